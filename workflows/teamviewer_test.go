package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/activities"
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
	assert.Equal(t, support.ReasonNoReport, view.Reason)
	require.Len(t, w.notes, 1)
	assert.Contains(t, onlyNote(w), "No report by the vendor")
	assert.Contains(t, onlyNote(w), "ran out")
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

// onlyNote is the text of the session's only note.
func onlyNote(w *world) string {
	w.t.Helper()
	require.Len(w.t, w.notes, 1)
	for _, note := range w.notes {
		return note.Text
	}
	return ""
}

// A session that was closed by the agent and of which no report came was filed as if all was known of it.
func TestClosedSessionWithoutAReportIsToldSo(t *testing.T) {
	w := given(t, longer).teamViewer()
	w.pressed()
	w.tell(time.Minute, tvSeen(support.PhaseWaiting))
	w.closeAt(5 * time.Minute)
	view := w.run()
	assert.Equal(t, support.ReasonNoReport, view.Reason)
	assert.Contains(t, onlyNote(w), "No report by the vendor")
	assert.Contains(t, onlyNote(w), "closed through Lifeline")
	assert.Equal(t, 7*time.Minute, w.Now().Sub(start).Round(time.Second), "after the grace")
}

func TestNoteTellsEachTimeTheCustomerJoined(t *testing.T) {
	w := given(t, longer).teamViewer()
	w.pressed()
	for _, visit := range []time.Duration{time.Minute, 10 * time.Minute} {
		w.tell(visit, tvSeen(support.PhaseWaiting))
		w.tell(visit+time.Minute, tvSeen(support.PhaseWaiting))
		w.tell(visit+5*time.Minute, tvSeen(support.PhaseOpen))
	}
	closing := report("c1", "fixed", time.Minute, 10*time.Minute)
	closing.Fields = fields("username", "Dana Ruiz", "notes", "fixed")
	w.tell(16*time.Minute, closing)
	w.run()
	assert.Contains(t, onlyNote(w), "Customer joined: 2026-11-30 09:01:00 UTC, 2026-11-30 09:10:00 UTC")
}

func TestNoteTellsOfAllConnections(t *testing.T) {
	w := given(t, longer).teamViewer()
	w.pressed()
	w.tell(time.Minute, tvSeen(support.PhaseWaiting))
	w.tell(30*time.Minute, tvSeen(support.PhaseOpen))
	for i, notes := range []string{"first", "second"} {
		begin := time.Duration(10*i+1) * time.Minute
		line := report(notes, notes, begin, begin+5*time.Minute)
		line.Fields = fields("notes", notes, "start_date", "of this one", "end_date", "of this one")
		w.tell(31*time.Minute, line)
	}
	w.run()
	assert.Contains(t, onlyNote(w), "notes: first\nsecond\nstart_date: 2026-11-30 09:01:00\nend_date: 2026-11-30 09:16:00")
}

func TestLateReportCorrectsASessionFiledWithoutOne(t *testing.T) {
	w := given(t).teamViewer().adopting(activities.Adopted{
		Record: &support.Record{Ref: incident, Number: "INC0010001"},
		Row:    &support.RowInfo{RowID: "r1", Key: "s-key", State: support.Filed, Reason: support.ReasonNoReport, Token: token(0), Vendor: support.TeamViewer},
	})
	w.start.SessionID = teamCode
	late := report("c1", "", time.Minute, 10*time.Minute)
	late.Phase, late.Fields = support.PhaseEnded, fields("username", "Dana Ruiz")
	w.tell(0, late)
	view := w.run()
	assert.Equal(t, support.ReasonUnknownCause, view.Reason)
	assert.Equal(t, start.Add(time.Minute), w.lastRow().Outcome.StartedAt)
	assert.Equal(t, support.ReasonUnknownCause, w.lastRow().Outcome.Reason)
	assert.Contains(t, onlyNote(w), "username: Dana Ruiz")
}

// The row showed Join and Share until the slack for late customers was over.
func TestRowFollowsTheButtonsAtTheCodesEnd(t *testing.T) {
	w := given(t).teamViewer()
	w.pressed()
	at := func(after time.Duration, want support.Buttons) {
		w.look(after, func(v workflows.View) {
			row := w.lastRow()
			assert.Equal(t, want, v.Buttons, after)
			assert.Equal(t, want, support.Buttons{New: row.CanNew, Join: row.CanJoin, Share: row.CanShare, Close: row.CanClose}, after)
		})
	}
	at(19*time.Minute, support.Buttons{Join: true, Share: true, Close: true})
	at(20*time.Minute+time.Second, support.Buttons{New: true})
	w.look(21*time.Minute, func(v workflows.View) { assert.Equal(t, support.Invited, v.State) })
	assert.Equal(t, support.Expired, w.run().State)
}

func TestLinksEndWithTheCodeWhileSomebodyIsThere(t *testing.T) {
	w := given(t).teamViewer()
	w.pressed()
	w.tell(19*time.Minute, tvSeen(support.PhaseWaiting))
	early := w.share(10*time.Minute, workflows.Share{To: ana})
	late := w.share(21*time.Minute, workflows.Share{To: ana})
	w.look(20*time.Minute+time.Second, func(v workflows.View) {
		assert.Equal(t, support.Buttons{New: true}, v.Buttons)
		assert.False(t, w.lastRow().CanShare)
	})
	w.tell(30*time.Minute, tvSeen(support.PhaseGone))
	w.run()
	require.NoError(t, early.err)
	assert.Equal(t, support.CodeConflict, code(t, late.err), "a dead link is not mailed")
	assert.Len(t, w.shares, 1)
	assert.Contains(t, onlyNote(w), "Link sent: 2026-11-30 09:10:00 UTC to Ana Lima by smtp (sent)")
}

// The customer came and went between two looks at the list, and the list had not shown the session before either.
func TestReportThatIsTheFirstSignEndsTheSession(t *testing.T) {
	w := given(t, longer).teamViewer()
	w.pressed()
	w.tell(10*time.Minute, report("c1", "fixed", time.Minute, 10*time.Minute))
	assert.Equal(t, support.Filed, w.run().State)
	assert.Equal(t, 12*time.Minute, w.Now().Sub(start).Round(time.Second), "after the grace: the customer may come again")
}

// A run of an earlier version waits for its code's end, as its history says.
func TestReportThatIsTheFirstSignLeavesARunOfAnEarlierVersionAsItIs(t *testing.T) {
	w := given(t, longer).teamViewer().begunBefore()
	w.pressed()
	w.tell(10*time.Minute, report("c1", "fixed", time.Minute, 10*time.Minute))
	w.run()
	assert.Greater(t, w.Now().Sub(start), time.Hour)
}

// The row of a session that was closed while its customer was there told for ever that they were.
func TestNobodyIsOnlineWhenTheSessionIsOver(t *testing.T) {
	w := given(t, longer).teamViewer()
	w.pressed()
	w.tell(time.Minute, tvSeen(support.PhaseWaiting))
	w.closeAt(5 * time.Minute)
	view := w.run()
	assert.False(t, *view.CustomerOnline)
	assert.False(t, *w.lastRow().CustomerOnline)
}
