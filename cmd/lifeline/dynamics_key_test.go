package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"example.com/lifeline/activities"
	simdataverse "example.com/lifeline/sandbox/dataverse"
	"example.com/lifeline/support"
)

const sessionKey = "lifeline_sessionkeykey"

// keyAlerts are the alert desk's troubles with the session key; the desk answers once it has started.
func (s *stage) keyAlerts() (alerts []activities.Trouble, answered bool) {
	troubles, err := s.app.sessions.Troubles(s.t.Context(), "acme-d365")
	for _, trouble := range troubles {
		if trouble.Subject == "session key" {
			alerts = append(alerts, trouble)
		}
	}
	return alerts, err == nil
}

// keysAreUnique looks that no two rows carry one key, which would keep the key from becoming active.
func (s *stage) keysAreUnique() {
	s.t.Helper()
	seen := map[string]bool{}
	for _, row := range s.list("lifeline_session", "") {
		key := row.Text("lifeline_sessionkey")
		assert.NotEmpty(s.t, key)
		assert.False(s.t, seen[key], key)
		seen[key] = true
	}
}

func TestFailedKeyIsAlertedRepairedAndReconciled(t *testing.T) {
	t.Parallel()
	s := playDynamics(t, map[string]string{d365 + "KEY_HEALTH": "1s"})
	require.NoError(t, s.world.Dataverse.SetKeyStatus("lifeline_session", sessionKey, simdataverse.KeyFailed))
	s.eventually(func() bool { alerts, _ := s.keyAlerts(); return len(alerts) == 1 }, "the alert")
	alerts, _ := s.keyAlerts()
	assert.Contains(t, alerts[0].Remedy, "lifeline doctor --repair acme-d365")
	printed, err := s.doctor(s.env, false)
	require.NoError(t, err, "sessions are filed all the same: "+printed)
	assert.Contains(t, printed, "session key: the session key is failed")
	assert.Contains(t, printed, "lifeline doctor --repair")

	pressed := s.settle(s.pressRow(simdataverse.DemoDana, simdataverse.DemoCase))
	s.dropIn(map[string]any{"SessionID": 81, "Notes": "without the key", "ClosingTime": "2026-06-18 10:03:40"})
	console := s.filedRow("81")
	s.keysAreUnique()

	printed, err = s.doctor(s.administrator(), true)
	require.NoError(t, err, printed)
	assert.Contains(t, printed, "is being built again")
	assert.Equal(t, simdataverse.KeyActive, s.world.Dataverse.KeyStatus("lifeline_session", sessionKey))
	s.eventually(func() bool { alerts, answered := s.keyAlerts(); return answered && len(alerts) == 0 }, "the alert ends")

	// What comes now finds, by the key, the rows that were written without it.
	s.dropIn(map[string]any{"SessionID": 81, "Notes": "without the key", "ChatLog": "one word more", "ClosingTime": "2026-06-18 10:03:40"})
	s.eventually(func() bool { return strings.Contains(s.filedRow("81").Text("lifeline_chatlog"), "one word more") }, "the news")
	assert.Equal(t, console.Text("lifeline_sessionid"), s.filedRow("81").Text("lifeline_sessionid"))
	s.settle(s.pressRow(simdataverse.DemoDana, simdataverse.DemoCase))
	assert.Len(t, s.sessionRows(simdataverse.DemoCase), 2)
	assert.Len(t, s.list("lifeline_session", "lifeline_vendorsessionid eq '"+pressed.Text("lifeline_vendorsessionid")+"'"), 1)
	s.keysAreUnique()
}

func TestRepairWithoutTheRightSaysSo(t *testing.T) {
	t.Parallel()
	s := playDynamics(t, nil)
	require.NoError(t, s.world.Dataverse.SetKeyStatus("lifeline_session", sessionKey, simdataverse.KeyFailed))
	printed, err := s.doctor(s.env, true)
	require.ErrorIs(t, err, errFaults)
	assert.Contains(t, printed, "could not be repaired")
	assert.Contains(t, printed, "prv")
	assert.Equal(t, simdataverse.KeyFailed, s.world.Dataverse.KeyStatus("lifeline_session", sessionKey))
}

// Two workers may write one row at the same moment, e.g. after a partition. The key's index keeps doubles out while it
// is there, and the id made from the key does so without it.
func TestWritersOfOneKeyMakeOneRowWithAndWithoutTheIndex(t *testing.T) {
	t.Parallel()
	s := playDynamics(t, nil)
	crm := s.checker(s.env).connections[0].CRM
	for _, status := range []string{simdataverse.KeyFailed, simdataverse.KeyPending, simdataverse.KeyActive} {
		require.NoError(t, s.world.Dataverse.SetKeyStatus("lifeline_session", sessionKey, status))
		var writers errgroup.Group
		for range 8 {
			writers.Go(func() error {
				_, err := crm.SaveRow(t.Context(), support.SessionRow{Key: "rescue-" + status, Vendor: support.Rescue, VendorSessionID: status, State: support.Ended})
				return err
			})
		}
		require.NoError(t, writers.Wait(), status)
		assert.Len(t, s.list("lifeline_session", "lifeline_sessionkey eq 'rescue-"+status+"'"), 1, status)
	}
}
