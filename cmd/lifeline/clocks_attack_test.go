package main

import (
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/api"
	"example.com/lifeline/sandbox"
	"example.com/lifeline/support"
)

// Clocks that differ, and times that do not say whose they are.

func TestButtonsClockMayBeFiveMinutesOff(t *testing.T) {
	t.Parallel()
	s := play(t, nil)
	path := "/v1/connections/acme-sn/records/incident/" + s.incident("VPN") + "/session"
	for off, status := range map[time.Duration]int{
		-290 * time.Second: http.StatusOK, 290 * time.Second: http.StatusOK,
		-310 * time.Second: http.StatusUnauthorized, 310 * time.Second: http.StatusUnauthorized,
	} {
		stamp := strconv.FormatInt(time.Now().Add(off).Unix(), 10)
		got := s.send(http.MethodGet, path, nil, "X-Lifeline-Timestamp", stamp, "X-Lifeline-Key-Id", sandbox.SigningKeyID,
			"X-Lifeline-Signature", api.Sign(support.Secret(sandbox.SigningSecret("acme-sn")), stamp, http.MethodGet, path, nil))
		assert.Equal(t, status, got.Status, "%s: %s", off, got.Raw)
	}
}

func TestVendorsClockMayBeOff(t *testing.T) {
	t.Parallel()
	for _, off := range []time.Duration{10 * time.Minute, -10 * time.Minute} {
		t.Run(off.String(), func(t *testing.T) {
			t.Parallel()
			s := play(t, nil)
			s.world.Rescue.Advance(off)
			vpn, before := s.incident("VPN"), time.Now()
			pressed := s.press(vpn)
			require.Equal(t, http.StatusCreated, pressed.Status, pressed.Raw)
			assert.WithinRange(t, pressed.ExpiresAt, before.Add(19*time.Minute), time.Now().Add(21*time.Minute))
			session := s.join(pressed.Code, "Joe Employee")
			s.pickUp(session.ID)
			s.rowState(vpn, "connected")
			s.do(s.world.Rescue.Say(session.ID, "customer", said))
			s.world.Rescue.Advance(7 * time.Minute)
			s.do(s.world.Rescue.CloseByTechnician(session.ID))
			s.filedOnce(vpn)
			row := s.rows(vpn)[0]
			assert.InDelta(t, 7, lasted(t, row).Minutes(), 1)
		})
	}
}

func lasted(t *testing.T, row map[string]string) time.Duration {
	t.Helper()
	started, err := time.Parse(time.DateTime, row["started_at"])
	require.NoError(t, err)
	ended, err := time.Parse(time.DateTime, row["ended_at"])
	require.NoError(t, err)
	return ended.Sub(started)
}

func TestTimesOfAnotherZoneKeepTheLengthOfTheSession(t *testing.T) {
	t.Parallel()
	for name, off := range map[string]time.Duration{"east": 2 * time.Hour, "west": -8 * time.Hour, "a day ahead": 24 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := play(t, nil)
			s.world.Rescue.DropPosts(1000)
			vpn := s.incident("VPN")
			session := s.untilConnected(vpn)
			picked := time.Now().UTC().Add(off)
			end := s.endPost(itoa(session.ID), map[string]any{
				"Tracking0": session.Tracking, "Notes": "done", "WorkTime": 600,
				"PickupTime": picked.Format(time.DateTime), "ClosingTime": picked.Add(10 * time.Minute).Format("1/2/2006 3:04:05 PM"),
			})
			require.Equal(t, http.StatusOK, s.post("end", end))
			row := s.rowState(vpn, "filed")
			assert.Equal(t, 10*time.Minute, lasted(t, row))
		})
	}
}
