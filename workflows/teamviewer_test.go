package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/engine/index"
	"example.com/lifeline/support"
	"example.com/lifeline/workflows"
)

func tvSeen(phase support.Phase) support.Event {
	e := seen(phase)
	e.VendorSessionID = teamCode
	return e
}

// report is one finished connection.
func report(id, notes string, from, to time.Duration) support.Event {
	return support.Event{
		ID: "report-" + id + notes, Kind: support.EventReported, VendorSessionID: teamCode, Token: token(0), Notes: notes,
		PickedUpAt: start.Add(from), EndedAt: start.Add(to), WorkSeconds: int64((to - from).Seconds()), Reports: []string{id},
		Technician: support.Technician{ID: "u7", Name: "Dana Ruiz"},
	}
}

func longer(s *support.Settings) { s.InvitationTTL = 24 * time.Hour }

func TestTeamViewerSessionEndsByItsReport(t *testing.T) {
	w := given(t, longer).teamViewer()
	w.pressed()
	w.tell(time.Minute, tvSeen(support.PhaseWaiting))
	w.look(2*time.Minute, func(v workflows.View) { assert.True(t, *v.CustomerOnline) })
	w.tell(10*time.Minute, tvSeen(support.PhaseOpen))
	w.look(11*time.Minute, func(v workflows.View) { assert.False(t, *v.CustomerOnline) })
	w.tell(12*time.Minute, report("c1", "fixed", time.Minute, 10*time.Minute))
	view := w.run()
	assert.Equal(t, support.Filed, view.State)
	assert.Equal(t, 14*time.Minute, w.Now().Sub(start).Round(time.Second), "after the grace: the customer may come again")
	assert.Len(t, w.notes, 1)
	require.Len(t, w.closings, 1, "the code is closed at the end")
	assert.Equal(t, teamCode, w.closings[0].VendorSessionID)
	assert.Equal(t, "fixed", w.lastRow().Outcome.Notes)
}

func TestSeveralConnectionsOnOneCodeSumUp(t *testing.T) {
	w := given(t, longer).teamViewer()
	w.pressed()
	w.tell(time.Minute, tvSeen(support.PhaseWaiting))
	w.tell(10*time.Minute, tvSeen(support.PhaseOpen))
	w.tell(10*time.Minute, report("c1", "first", time.Minute, 10*time.Minute))
	w.tell(11*time.Minute, tvSeen(support.PhaseWaiting))
	w.tell(15*time.Minute, report("c1", "first, edited", time.Minute, 10*time.Minute))
	w.tell(20*time.Minute, tvSeen(support.PhaseOpen))
	w.tell(21*time.Minute, report("c2", "second", 11*time.Minute, 20*time.Minute))
	w.run()
	outcome := w.lastRow().Outcome
	assert.EqualValues(t, 18*60, outcome.ActiveSeconds, "an edited note is no further connection")
	assert.EqualValues(t, 18*60, outcome.WorkSeconds)
	assert.Equal(t, "first, edited\nsecond", outcome.Notes)
	assert.Equal(t, start.Add(20*time.Minute), outcome.EndedAt)
	assert.Len(t, w.notes, 1)
}

// Reconciling found the first of several connections, and ended a session that went on.
func TestReportDoesNotEndASessionWhoseCustomerIsThere(t *testing.T) {
	w := given(t, longer).teamViewer()
	w.pressed()
	w.tell(time.Minute, tvSeen(support.PhaseWaiting))
	reconciled := report("c1", "", time.Minute, 5*time.Minute)
	reconciled.Phase = support.PhaseEnded
	w.tell(10*time.Minute, reconciled)
	w.look(20*time.Minute, func(v workflows.View) { assert.Equal(t, support.Waiting, v.State) })
	w.tell(30*time.Minute, tvSeen(support.PhaseGone))
	w.run()
	assert.Equal(t, 32*time.Minute, w.Now().Sub(start).Round(time.Second))
}

// TeamViewer's list never shows a technician, so every session whose report was late counted as abandoned at once.
func TestSessionWithoutAReportIsToldSoAfterTheGrace(t *testing.T) {
	w := given(t, longer).teamViewer()
	w.pressed()
	w.tell(time.Minute, tvSeen(support.PhaseWaiting))
	w.tell(10*time.Minute, tvSeen(support.PhaseGone))
	view := w.run()
	assert.Equal(t, support.Filed, view.State)
	assert.Equal(t, support.ReasonNoReport, view.Reason)
	assert.Equal(t, 12*time.Minute, w.Now().Sub(start).Round(time.Second))
}

func TestReportWithinTheGraceIsTaken(t *testing.T) {
	w := given(t, longer).teamViewer()
	w.pressed()
	w.tell(time.Minute, tvSeen(support.PhaseWaiting))
	w.tell(10*time.Minute, tvSeen(support.PhaseGone))
	w.tell(11*time.Minute, report("c1", "fixed", time.Minute, 10*time.Minute))
	view := w.run()
	assert.Equal(t, support.ReasonUnknownCause, view.Reason)
	assert.Equal(t, "fixed", w.lastRow().Outcome.Notes)
}

func TestCodeThatNobodyUsedExpiresAndIsClosed(t *testing.T) {
	for name, how := range map[string]func(*world){
		"by the clock": func(*world) {},
		"by the list": func(w *world) {
			e := tvSeen(support.PhaseEnded)
			e.Reason = support.ReasonExpired
			w.tell(24*time.Hour, e)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := given(t, longer).teamViewer()
			w.pressed()
			how(w)
			view := w.run()
			assert.Equal(t, support.Expired, view.State)
			assert.Empty(t, w.notes)
			require.Len(t, w.closings, 1)
		})
	}
}

// A code that was closed in the vendor's console before anybody came was filed like a session, with a note.
func TestCodeClosedInTheConsoleIsCancelled(t *testing.T) {
	w := given(t, longer).teamViewer()
	w.pressed()
	w.tell(time.Minute, tvSeen(support.PhaseOpen))
	w.tell(10*time.Minute, tvSeen(support.PhaseGone))
	assert.Equal(t, support.Cancelled, w.run().State)
	assert.Empty(t, w.notes)
}

func TestExpiryWithSomebodySeenIsFiled(t *testing.T) {
	w := given(t).teamViewer()
	w.pressed()
	w.tell(time.Minute, tvSeen(support.PhaseWaiting))
	w.tell(5*time.Minute, tvSeen(support.PhaseOpen))
	view := w.run()
	assert.Equal(t, support.Filed, view.State)
	assert.Equal(t, support.ReasonExpired, view.Reason)
	assert.Len(t, w.notes, 1)
	assert.Len(t, w.closings, 1)
}

func TestVendorDownDoesNotHoldTheFiling(t *testing.T) {
	w := given(t).teamViewer()
	w.failsUntil("CloseSession", 5*time.Hour, crmDown)
	w.pressed()
	w.look(time.Hour, func(v workflows.View) {
		assert.Equal(t, support.Expired, v.State)
		assert.Len(t, w.closedRows, 1)
	})
	w.run()
	assert.Len(t, w.closings, 1)
}

// The index kept the old code after a renewal: the watcher missed the new one, and told of the old one's end.
func TestIndexFollowsARenewal(t *testing.T) {
	w := given(t, longer).teamViewer()
	w.pressed()
	renewal := w.renew(time.Hour)
	w.tell(2*time.Hour, tvSeen(support.PhaseGone))
	w.look(3*time.Hour, func(v workflows.View) { assert.Equal(t, support.Invited, v.State) })
	w.run()
	assert.Equal(t, renewal.value.Code, w.attribute(index.VendorSession))
	assert.Equal(t, teamCode, w.closings[0].VendorSessionID)
	assert.Empty(t, w.handed)
}

func TestWithdrawnCodeIsClosedOnce(t *testing.T) {
	w := given(t, longer).teamViewer()
	w.pressed()
	w.closeAt(time.Minute)
	assert.Equal(t, support.Cancelled, w.run().State)
	assert.Len(t, w.closings, 1)
}
