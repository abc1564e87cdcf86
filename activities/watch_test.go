package activities_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/activities"
	"example.com/lifeline/support"
)

// watch lets the watcher look once for each round, after the round was set up.
func (h *house) watch(t *testing.T, rounds ...func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	n := 0
	h.PollEvery = func(string) time.Duration {
		if n < len(rounds) {
			rounds[n]()
		} else {
			h.dispatch.live = nil
			cancel()
		}
		n++
		return 0
	}
	err := h.WatchVendor(ctx, activities.WatchInput{Account: "account", Shift: time.Hour})
	require.ErrorIs(t, err, context.Canceled)
}

func (h *house) live(sessions ...activities.LiveSession) {
	h.dispatch.live = map[string][]activities.LiveSession{acme: sessions}
}

func liveSession(id string) activities.LiveSession {
	return activities.LiveSession{WorkflowID: "session/" + id, State: support.Connected, VendorSessionID: id, Technician: "dana@example.com"}
}

func observed(id string, phase support.Phase, token support.Token) support.Observation {
	return support.Observation{VendorSessionID: id, Phase: phase, Token: token}
}

func phases(list []told) []support.Phase {
	var out []support.Phase
	for _, one := range list {
		out = append(out, one.Event.Phase)
	}
	return out
}

func TestWatcherTellsEachChangeOnce(t *testing.T) {
	h := newHouse(support.Rescue)
	h.live(liveSession("1"))
	h.watch(t,
		func() { h.vendor.list = []support.Observation{observed("1", support.PhaseWaiting, ours)} },
		func() {},
		func() { h.vendor.list = []support.Observation{observed("1", support.PhaseConnected, ours)} },
		func() {},
		func() { h.vendor.list[0].Technician = support.Technician{ID: "8"} },
	)
	assert.Equal(t, []support.Phase{support.PhaseWaiting, support.PhaseConnected, support.PhaseConnected}, phases(h.dispatch.observed))
	assert.Equal(t, "session/1", h.dispatch.observed[0].To)
	assert.Equal(t, []string{"dana@example.com"}, h.vendor.asked[0].Technicians)
}

func TestSessionThatIsNoLongerListedIsGone(t *testing.T) {
	h := newHouse(support.Rescue)
	h.live(liveSession("1"), activities.LiveSession{WorkflowID: "session/unknown"})
	h.watch(t, func() { h.vendor.list = []support.Observation{observed("1", support.PhaseConnected, ours)} }, func() { h.vendor.list = nil })
	assert.Equal(t, []support.Phase{support.PhaseConnected, support.PhaseGone}, phases(h.dispatch.observed))
}

// A list that came with a fault was thrown away, and nobody was told what it did show.
func TestPartialListIsUsedAndNothingIsConcludedFromAbsence(t *testing.T) {
	h := newHouse(support.Rescue)
	h.live(liveSession("1"), liveSession("2"))
	h.watch(t, func() {
		h.vendor.list, h.vendor.listErr = []support.Observation{observed("1", support.PhaseWaiting, ours)}, errors.New("one technician's list failed")
	})
	assert.Equal(t, []support.Phase{support.PhaseWaiting}, phases(h.dispatch.observed))
}

func TestConsoleAndForeignSessionsAreLeftAlone(t *testing.T) {
	h := newHouse(support.Rescue)
	h.live(liveSession("1"))
	elsewhere := incident
	elsewhere.Connection = "other"
	foreign := support.NewToken(support.ServiceNow, elsewhere, support.Nonce("run"))
	h.watch(t, func() {
		h.vendor.list = []support.Observation{
			observed("1", support.PhaseConnected, ours), observed("2", support.PhaseConnected, ""), observed("3", support.PhaseConnected, foreign),
			observed("4", support.PhaseEnded, ours), observed("5", support.PhaseWaiting, ours),
		}
	})
	assert.Len(t, h.dispatch.observed, 1)
	require.Len(t, h.dispatch.delivered, 1, "only one who is there brings a session back")
	assert.Equal(t, "5", h.dispatch.delivered[0].Event.VendorSessionID)
}

func TestTokensOfTheAccountsOtherConnectionsGoThere(t *testing.T) {
	h := newHouse(support.Rescue)
	second := *h.Connections[acme]
	second.Name = "other"
	h.Connections["other"] = &second
	h.live(liveSession("1"))
	elsewhere := incident
	elsewhere.Connection = "other"
	h.watch(t, func() {
		h.vendor.list = []support.Observation{
			observed("1", support.PhaseConnected, ours),
			observed("3", support.PhaseWaiting, support.NewToken(support.ServiceNow, elsewhere, support.Nonce("run"))),
		}
	})
	require.Len(t, h.dispatch.delivered, 1)
	assert.Equal(t, "other", h.dispatch.delivered[0].To)
}

func TestRestartedWatcherTellsAgain(t *testing.T) {
	h := newHouse(support.Rescue)
	for range 2 {
		h.live(liveSession("1"))
		h.watch(t, func() { h.vendor.list = []support.Observation{observed("1", support.PhaseConnected, ours)} })
	}
	assert.Len(t, h.dispatch.observed, 2)
}

func TestNobodyIsAskedWhileNoSessionIsOpen(t *testing.T) {
	h := newHouse(support.Rescue)
	h.watch(t, func() {})
	assert.Empty(t, h.vendor.asked)
}

func TestAccountOfNoConnectionNeedsAHuman(t *testing.T) {
	err := newHouse(support.Rescue).WatchVendor(t.Context(), activities.WatchInput{Account: "unknown", Shift: time.Hour})
	assert.Equal(t, support.Attention, support.AsError(err).Kind)
}

func TestReportIsReadOnceACustomerHasLeft(t *testing.T) {
	h := newHouse(support.TeamViewer)
	h.live(liveSession("s1"))
	h.vendor.pages = map[string]support.ReportPage{
		"":   {Reports: []support.Report{{ID: "r0", VendorSessionID: "another"}}, Next: "p2"},
		"p2": {Reports: []support.Report{{ID: "r1", VendorSessionID: "s1", Notes: "fixed"}}},
	}
	h.watch(t,
		func() { h.vendor.list = []support.Observation{observed("s1", support.PhaseWaiting, ours)} },
		func() {
			assert.Empty(t, h.vendor.queries)
			h.vendor.list = []support.Observation{observed("s1", support.PhaseOpen, ours)}
		},
	)
	require.Len(t, h.dispatch.observed, 3)
	report := h.dispatch.observed[2].Event
	assert.Equal(t, []any{support.EventReported, "fixed", []string{"r1"}, support.PhaseUnknown}, []any{report.Kind, report.Notes, report.Reports, report.Phase})
	assert.True(t, h.vendor.queries[0].From.Before(now), "the report lags behind")
}
