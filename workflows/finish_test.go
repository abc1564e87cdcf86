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

var (
	crmDown   = support.Retryable(support.CodeUnreachable, "the CRM is down", 0, nil)
	forbidden = support.NeedsAttention(support.CodePermission, "the service account lacks a right", nil)
)

// ended makes a session that runs from minute 2 to minute 12.
func ended(t *testing.T, change ...func(*support.Settings)) *world {
	w := given(t, change...)
	w.pressed()
	w.tell(2*time.Minute, startPost())
	w.tell(12*time.Minute, endPost())
	return w
}

func TestCRMDownForHoursGoesOnByItself(t *testing.T) {
	w := ended(t)
	for _, step := range []string{"FileProgress", "FileOutcome", "CloseRow"} {
		w.failsUntil(step, 5*time.Hour, crmDown)
	}
	view := w.run()
	assert.Equal(t, support.Filed, view.State)
	assert.Len(t, w.notes, 1)
	assert.Len(t, w.closedRows, 1)
	assert.GreaterOrEqual(t, w.Now().Sub(start), 5*time.Hour)
	assert.Empty(t, w.raised, "waiting is no human's matter")
}

func TestCRMDownForMoreThanAWeekWaitsForAHuman(t *testing.T) {
	w := ended(t)
	w.failsUntil("FileOutcome", 8*24*time.Hour, crmDown)
	w.at(6*24*time.Hour, func() { assert.Empty(t, w.raised) })
	w.at(8*24*time.Hour, func() { assert.Equal(t, support.CodeUnreachable, w.attribute(index.Attention)) })
	update[workflows.View](w, 9*24*time.Hour, workflows.UpdateRetry, workflows.RetryPress{By: "op"})
	assert.Equal(t, support.Filed, w.run().State)
	assert.Len(t, w.notes, 1)
}

func TestGoneRecordStillHasItsRowFiled(t *testing.T) {
	w := ended(t)
	w.fails("FileOutcome", support.Stopped(support.CodeNotFound, "the incident is gone", nil), 1)
	view := w.run()
	assert.Equal(t, support.Filed, view.State)
	assert.True(t, w.lastRow().Record.IsZero())
	assert.Empty(t, w.notes)
	assert.Contains(t, view.Remarks, "The record is gone; only the session row was kept.")
}

// A row that the CRM refused for good ended the run as if it had been filed, and the session was lost.
func TestRefusedRowWaitsForAHumanInsteadOfBeingLost(t *testing.T) {
	w := ended(t)
	w.fails("FileOutcome", support.Stopped(support.CodeInvalid, "the value is too long", nil), 1)
	w.at(20*time.Minute, func() { assert.Equal(t, support.CodeInvalid, w.attribute(index.Attention)) })
	update[workflows.View](w, 30*time.Minute, workflows.UpdateRetry, workflows.RetryPress{By: "op"})
	assert.Equal(t, support.Filed, w.run().State)
	assert.Len(t, w.notes, 1)
}

func TestStopAnswersOfTheTicketDoNotHoldTheFiling(t *testing.T) {
	w := ended(t, func(s *support.Settings) {
		s.Reassign, s.ResolveOn = support.ReassignAlways, []support.Reason{support.ReasonTechnician}
	})
	w.fails("Reassign", support.Stopped(support.CodeRefusedByCRM, "the case is locked", nil))
	w.fails("ResolveRecord", support.Stopped(support.CodeRefusedByCRM, "a task is open", nil))
	view := w.run()
	assert.Equal(t, support.Filed, view.State)
	assert.Equal(t, []string{"The record was not reassigned: the case is locked.", "The record was not resolved: a task is open."}, view.Remarks)
	assert.Nil(t, view.Attention)
}

func TestRecordIsResolvedOnChosenOutcomesOnly(t *testing.T) {
	for reason, want := range map[support.Reason]int{support.ReasonTechnician: 1, support.ReasonCustomer: 0} {
		w := ended(t, func(s *support.Settings) { s.ResolveOn, s.ResolutionCode = []support.Reason{reason}, "Solved" })
		w.run()
		require.Len(t, w.resolved, want)
		if want > 0 {
			assert.Equal(t, support.Resolution{Record: incident, Code: "Solved", Text: "Reset the profile", Minutes: 10}, w.resolved[0])
		}
	}
}

// Without a pick-up time the minutes were counted from the year 1.
func TestResolutionOfASessionWithoutAStartHasNoMinutes(t *testing.T) {
	w := given(t, func(s *support.Settings) { s.ResolveOn = []support.Reason{support.ReasonTechnician} })
	w.pressed()
	end := endPost()
	end.PickedUpAt = time.Time{}
	w.tell(12*time.Minute, end)
	w.run()
	assert.Zero(t, w.resolved[0].Minutes)
}

func TestRowIsDeactivatedAsTheSettingsSay(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*support.Settings)
		want   int
	}{
		"always":             {func(*support.Settings) {}, 1},
		"never":              {func(s *support.Settings) { s.KeepRowOpen = true }, 0},
		"on this outcome":    {func(s *support.Settings) { s.DeactivateOn = []support.Reason{support.ReasonTechnician} }, 1},
		"on another outcome": {func(s *support.Settings) { s.DeactivateOn = []support.Reason{support.ReasonCustomer} }, 0},
		"on no outcome":      {func(s *support.Settings) { s.DeactivateOn = []support.Reason{} }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			w := ended(t, c.change)
			assert.Equal(t, support.Filed, w.run().State)
			assert.Len(t, w.closedRows, c.want)
		})
	}
}

func TestPressOnAnUnfiledSessionHandsTheRestToAnotherRun(t *testing.T) {
	w := ended(t)
	w.failsUntil("FileOutcome", time.Hour, crmDown)
	press := w.press(30 * time.Minute)
	w.run()
	assert.Equal(t, workflows.FailureSessionOver, code(t, press.err), "the caller tries again, and a new run gets a code")
	assert.Less(t, press.after, time.Second)
	require.Len(t, w.children, 1)
	assert.Equal(t, support.Ended, w.children[0].Carried.State)
}

// restOf runs what a run handed over.
func restOf(t *testing.T, w *world) *world {
	t.Helper()
	rest := given(t)
	rest.settings, rest.start = w.settings, w.children[0]
	return rest
}

func TestRunThatTakesOverFilesOneNote(t *testing.T) {
	w := ended(t)
	w.failsUntil("FileOutcome", time.Hour, crmDown)
	w.press(30 * time.Minute)
	w.run()
	rest := restOf(t, w)
	view := rest.run()
	assert.Equal(t, support.Filed, view.State)
	require.Len(t, rest.notes, 1)
	for marker, note := range rest.notes {
		assert.Equal(t, w.rows[0].Key+":end", marker)
		assert.True(t, note.Again, "the first run may have written it")
	}
	assert.Equal(t, "row-of-"+w.rows[0].Key, rest.lastRow().RowID)
	assert.Equal(t, "Reset the profile", rest.lastRow().Outcome.Notes)
	assert.Equal(t, "INC0010001", rest.attribute(index.Record))
}

// A press while the end post was awaited got the code of the session that was over.
func TestPressAfterTheEndWasSeenGetsANewSession(t *testing.T) {
	w := given(t)
	w.pressed()
	w.tell(2*time.Minute, startPost())
	w.tell(10*time.Minute, seen(support.PhaseEnded))
	press := w.press(11 * time.Minute)
	w.run()
	assert.Equal(t, workflows.FailureSessionOver, code(t, press.err))
	assert.Empty(t, w.notes)
	rest := restOf(t, w)
	rest.SetStartTime(start.Add(11 * time.Minute))
	rest.tell(30*time.Second, endPost())
	view := rest.run()
	assert.Equal(t, support.Filed, view.State)
	assert.Equal(t, 11*time.Minute+30*time.Second, rest.Now().Sub(start).Round(time.Second), "it waits for the end post")
	assert.Len(t, rest.notes, 1)
}

// A press in the two minutes after a code's end got the code that had run out.
func TestPressAfterTheCodeRanOutGetsANewSession(t *testing.T) {
	w := given(t)
	w.pressed()
	press := w.press(21 * time.Minute)
	w.run()
	assert.Equal(t, workflows.FailureSessionOver, code(t, press.err))
	rest := restOf(t, w)
	rest.SetStartTime(start.Add(21 * time.Minute))
	assert.Equal(t, support.Expired, rest.run().State)
	assert.True(t, rest.lastRow().ClearCode)
}

// A press on a record whose cancelled session was just being filed was sent in circles: it was told to try again
// before the run was free.
func TestPressIsAnsweredWhenTheRunIsFree(t *testing.T) {
	w := given(t)
	w.pressed()
	w.failsUntil("CloseRow", 2*time.Hour, crmDown)
	press := w.press(time.Hour)
	w.run()
	assert.Equal(t, workflows.FailureSessionOver, code(t, press.err))
	require.Len(t, w.children, 1)
	assert.Equal(t, support.Expired, w.children[0].Carried.State)
}

func TestLateEventsOfAFiledSession(t *testing.T) {
	late := endPost()
	late.ID, late.Chat = "late", "Ana: thanks"
	known := endPost()
	known.ID = "another post, nothing new"
	for name, c := range map[string]struct {
		event support.Event
		notes int
	}{"news": {late, 2}, "duplicate": {endPost(), 1}, "nothing new": {known, 1}, "observed": {seen(support.PhaseGone), 1}} {
		t.Run(name, func(t *testing.T) {
			w := ended(t)
			w.failsUntil("CloseRow", time.Hour, crmDown)
			w.tell(30*time.Minute, c.event)
			w.run()
			assert.Len(t, w.notes, c.notes)
		})
	}
}

// Events that came while an unused code was being closed were dropped with the run.
func TestCustomerWhoComesAsTheCodeExpiresIsAdopted(t *testing.T) {
	w := given(t)
	w.pressed()
	w.failsUntil("FileProgress", time.Hour, crmDown)
	w.tell(30*time.Minute, seen(support.PhaseWaiting))
	assert.Equal(t, support.Expired, w.run().State)
	require.Len(t, w.handed, 1)
	assert.Equal(t, sessionID, w.handed[0].VendorSessionID)
}

func TestEventsGoToTheRunThatTookOver(t *testing.T) {
	w := ended(t)
	w.failsUntil("FileOutcome", time.Hour, crmDown)
	w.press(30 * time.Minute)
	late := endPost()
	late.ID, late.Chat = "late", "Ana: thanks"
	w.tell(30*time.Minute, late)
	w.run()
	require.Len(t, w.handed, 1)
	assert.Equal(t, "late", w.handed[0].ID)
}

// That a report's notes had been emptied was forgotten with the run: the row kept them.
func TestRunThatTakesOverEmptiesNotesThatWereEmptied(t *testing.T) {
	w := given(t).teamViewer()
	w.pressed()
	w.tell(2*time.Minute, tvSeen(support.PhaseWaiting))
	w.tell(4*time.Minute, report("r1", "Reset the profile", 2*time.Minute, 3*time.Minute))
	w.tell(5*time.Minute, report("r1", "", 2*time.Minute, 3*time.Minute))
	w.press(21 * time.Minute)
	w.run()
	rest := restOf(t, w)
	rest.SetStartTime(start.Add(21 * time.Minute))
	rest.tell(time.Minute, tvSeen(support.PhaseGone))
	assert.Equal(t, support.Filed, rest.run().State)
	assert.True(t, rest.lastRow().Outcome.ClearNotes)
}

// A filing that gave way while the record could not be reassigned was taken for done: the record stayed with whom it was,
// and its trouble with the alert desk.
func TestRunThatTakesOverReassignsTheRecord(t *testing.T) {
	w := ended(t, func(s *support.Settings) { s.Reassign = support.ReassignAlways })
	w.fails("Reassign", forbidden)
	w.press(30 * time.Minute)
	w.run()
	require.NotEmpty(t, w.raised)
	rest := restOf(t, w)
	assert.Equal(t, support.Filed, rest.run().State)
	assert.Len(t, rest.reassigned, 1)
	assert.Len(t, rest.cleared, 1)
}
