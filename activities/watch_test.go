package activities_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/activities"
	"example.com/lifeline/support"
)

// watch lets the watcher look once for each round, after the round was set up, and what it does beside came to its end.
func (h *house) watch(t *testing.T, rounds ...func()) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { h.watchInBubble(t, rounds) })
}

func (h *house) watchInBubble(t *testing.T, rounds []func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	n := 0
	h.PollEvery = func(connection string) time.Duration {
		if connection != acme {
			return time.Second // asked for as well in each round
		}
		if n < len(rounds) {
			rounds[n]()
		} else {
			h.dispatch.live = nil
			cancel()
		}
		n++
		return time.Second
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

// watchFor lets the watcher look for a while of a bubble's time, and gives the pauses between the lists it asked for.
func (h *house) watchFor(t *testing.T, while time.Duration) (between []time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), while)
	defer cancel()
	require.ErrorIs(t, h.WatchVendor(ctx, activities.WatchInput{Account: "account", Shift: time.Hour}), context.DeadlineExceeded)
	for i := 1; i < len(h.vendor.askedAt); i++ {
		between = append(between, h.vendor.askedAt[i].Sub(h.vendor.askedAt[i-1]))
	}
	return between
}

func TestSlowListDoesNotMakeTheNextOneLater(t *testing.T) {
	t.Parallel()
	for takes, between := range map[time.Duration]time.Duration{
		0: 10 * time.Second, 3 * time.Second: 10 * time.Second,
		8 * time.Second: 13 * time.Second, // there is always a break
	} {
		t.Run(takes.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				h := newHouse(support.Rescue)
				h.live(liveSession("1"))
				h.vendor.takes, h.PollEvery = takes, func(string) time.Duration { return 10 * time.Second }
				assert.Equal(t, []time.Duration{between, between}, h.watchFor(t, 2*between+time.Second+takes))
			})
		})
	}
}

func TestListIsReadAsOftenAsAnyConnectionOfTheAccountWants(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(support.Rescue)
		second := *h.Connections[acme]
		second.Name = "other"
		h.Connections["other"] = &second
		h.live(liveSession("1"))
		h.PollEvery = func(connection string) time.Duration {
			return map[string]time.Duration{acme: 30 * time.Second, "other": 5 * time.Second}[connection]
		}
		assert.Equal(t, []time.Duration{5 * time.Second, 5 * time.Second}, h.watchFor(t, 12*time.Second))
	})
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

// The report is selected by when connections began: those that began before the watcher did were never found.
func TestReportReachesBackToLongConnections(t *testing.T) {
	h := newHouse(support.TeamViewer)
	h.live(liveSession("s1"))
	old := support.Report{ID: "r0", EndedAt: now.Add(-time.Hour)}
	h.vendor.pages = map[string]support.ReportPage{"": {Reports: []support.Report{{ID: "r1", EndedAt: now}, old}, Next: "p2"}}
	h.watch(t, func() { h.vendor.list = []support.Observation{observed("s1", support.PhaseOpen, ours)} })
	require.Len(t, h.vendor.queries, 1, "older ends were read before")
	assert.True(t, h.vendor.queries[0].From.Before(now.Add(-24*time.Hour)))
}

func TestVendorThatAsksToSlowDownIsLeftAlone(t *testing.T) {
	slow := support.Retryable(support.CodeRateLimited, "slow down", time.Minute, nil)
	for name, c := range map[string]struct {
		limit          func(*vendor)
		lists, reports int
	}{
		"list": {func(v *vendor) { v.listErr = slow }, 2, 0},
		// TeamViewer counts the calls to each function by itself (teamviewer.md 1.5)
		"report": {func(v *vendor) { v.reportErr = slow }, 8, 2},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHouse(support.TeamViewer)
				began := time.Now()
				h.Now, h.PollEvery = func() time.Time { return now.Add(time.Since(began)) }, func(string) time.Duration { return 10 * time.Second }
				h.live(liveSession("s1"))
				h.vendor.list = []support.Observation{observed("s1", support.PhaseOpen, ours)}
				c.limit(h.vendor)
				h.watchFor(t, 79*time.Second)
				assert.Equal(t, []int{c.lists, c.reports}, []int{len(h.vendor.asked), len(h.vendor.queries)})
			})
		})
	}
}

func houseWhoseReportIsDue() *house {
	h := newHouse(support.TeamViewer)
	h.PollEvery = func(string) time.Duration { return 10 * time.Second }
	h.live(liveSession("s1"))
	h.vendor.list = []support.Observation{observed("s1", support.PhaseOpen, ours)}
	return h
}

// A report that hung held up the list, and agents heard late of customers who came.
func TestSlowReportDoesNotMakeTheListLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := houseWhoseReportIsDue()
		h.vendor.reportTakes = 25 * time.Second
		h.vendor.pages = map[string]support.ReportPage{"": {Reports: []support.Report{{ID: "r1", VendorSessionID: "s1"}}}}
		assert.Equal(t, []time.Duration{10 * time.Second, 10 * time.Second, 10 * time.Second}, h.watchFor(t, 39*time.Second))
		assert.Len(t, h.vendor.queries, 2, "one at a time")
		assert.Equal(t, support.EventReported, h.dispatch.observed[1].Event.Kind)
	})
}

// Beside the step nothing but the reading itself keeps a panic from ending the process, and all that it has in hand.
func TestPanicOverAReportEndsItsReadingAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := houseWhoseReportIsDue()
		h.vendor.reportFails = true
		assert.Len(t, h.watchFor(t, 39*time.Second), 3)
		assert.Len(t, h.vendor.queries, 4, "it is tried again")
	})
}

func TestStrayCodesAreClosedAfterAWhile(t *testing.T) {
	h := newHouse(support.TeamViewer)
	clock := now
	h.Now = func() time.Time { return clock }
	later := func(d time.Duration) func() { return func() { clock = clock.Add(d) } }
	h.live(liveSession("s1"))
	expired := observed("s3", support.PhaseEnded, ours)
	h.vendor.list = []support.Observation{
		observed("s1", support.PhaseOpen, ours), observed("s2", support.PhaseOpen, ours), expired,
		observed("s4", support.PhaseWaiting, ours), observed("s5", support.PhaseOpen, ""),
	}
	h.vendor.closeErr = down
	h.watch(t, later(0), later(4*time.Minute), later(time.Minute), func() { h.vendor.closeErr = nil }, func() {
		assert.Equal(t, []string{"s2", "s3", "s2", "s3"}, h.vendor.closed, "tried again until it works")
		h.vendor.list = h.vendor.list[:1]
	})
	assert.Len(t, h.vendor.closed, 4)
}

func TestStrayCodesAreLookedForWhileNoSessionIsOpen(t *testing.T) {
	h := newHouse(support.TeamViewer)
	clock := now
	h.Now = func() time.Time { return clock }
	h.vendor.list = []support.Observation{observed("s2", support.PhaseOpen, ours)}
	h.watch(t, func() {}, func() {}, func() { clock = clock.Add(6 * time.Minute) }, func() {})
	assert.Len(t, h.vendor.asked, 2, "now and then")
	assert.Equal(t, []string{"s2"}, h.vendor.closed)
}

// A code that was just made is not in the index yet.
func TestFreshCodeIsNoStray(t *testing.T) {
	h := newHouse(support.TeamViewer)
	clock := now
	h.Now = func() time.Time { return clock }
	h.live(liveSession("s1"))
	h.vendor.list = []support.Observation{observed("s1", support.PhaseOpen, ours), observed("s2", support.PhaseOpen, ours)}
	h.watch(t, func() {}, func() { clock = clock.Add(time.Hour); h.live(liveSession("s1"), liveSession("s2")) }, func() {})
	assert.Empty(t, h.vendor.closed)
}

// The index lags behind. A session whose run it did not show yet was taken for told, and never heard that its code was
// open, so that a customer who came and went between two sweeps left it waiting for the code's end.
func TestSessionThatTheIndexShowsLateIsToldStill(t *testing.T) {
	h := newHouse(support.TeamViewer)
	h.vendor.list = []support.Observation{observed("1", support.PhaseOpen, ours)}
	h.live(liveSession("2"))
	h.watch(t, func() {}, func() { h.live(liveSession("1")) })
	assert.Contains(t, phases(h.dispatch.observed), support.PhaseOpen)
}
