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

func TestSessionGoesThroughItsStates(t *testing.T) {
	w := given(t)
	w.pressed()
	w.tell(time.Minute, seen(support.PhaseWaiting))
	w.tell(2*time.Minute, seenWith(support.PhaseConnected, support.Technician{ID: "7", Name: "Dana Ruiz"}))
	w.look(3*time.Minute, func(v workflows.View) {
		assert.Equal(t, support.Connected, v.State)
		assert.True(t, *v.CustomerOnline)
	})
	w.tell(12*time.Minute, endPost())
	view := w.run()
	assert.Equal(t, support.Filed, view.State)
	assert.Equal(t, support.ReasonTechnician, view.Reason)
	assert.Equal(t, []support.State{support.Invited, support.Waiting, support.Connected, support.Ended, support.Filed}, w.states())
	assert.Len(t, w.notes, 1)
	assert.Equal(t, sessionID, w.attribute(index.VendorSession))
	assert.Equal(t, w.lastRow().RowID, w.closedRows[0].RowID)
	assert.Empty(t, w.counts["FetchTranscript"])
}

func TestConnectedIsLearnedFromListOrPostWhicheverIsFirst(t *testing.T) {
	for name, events := range map[string][]support.Event{
		"list first":       {seen(support.PhaseConnected), startPost()},
		"post first":       {startPost(), seen(support.PhaseConnected)},
		"late waiting":     {startPost(), seen(support.PhaseConnected), seen(support.PhaseUnknown)},
		"everything twice": {seen(support.PhaseWaiting), seen(support.PhaseWaiting), startPost(), startPost(), seen(support.PhaseConnected)},
	} {
		t.Run(name, func(t *testing.T) {
			w := given(t)
			w.pressed()
			for i, event := range events {
				w.tell(time.Minute+time.Duration(i)*time.Second, event)
			}
			w.look(3*time.Minute, func(v workflows.View) {
				assert.Equal(t, support.Connected, v.State)
				assert.Equal(t, sessionID, v.VendorSessionID)
			})
			w.tell(12*time.Minute, endPost())
			w.run()
			assert.Len(t, w.notes, 1)
		})
	}
}

func TestPINIsTakenFromTheRowOnceItIsUsed(t *testing.T) {
	w := given(t)
	w.pressed()
	w.tell(time.Minute, startPost())
	w.tell(12*time.Minute, endPost())
	w.run()
	for _, row := range w.rows {
		if row.State == support.Connected {
			assert.True(t, row.ClearCode)
			assert.Empty(t, row.Code)
		}
	}
}

func TestEndPostBeforeTheStartPostFilesOnce(t *testing.T) {
	w := given(t)
	w.pressed()
	first := startPost()
	first.Chat = "Ana: hello"
	w.tell(10*time.Minute, endPost())
	w.tell(10*time.Minute, first)
	w.tell(11*time.Minute, endPost())
	view := w.run()
	assert.Equal(t, support.Filed, view.State)
	assert.NotEmpty(t, w.notes)
	last := w.outcomes[len(w.outcomes)-1].Row.Outcome
	assert.Equal(t, "Ana: hello\nDana: bye", last.Chat, "the conversation's order, whatever the posts'")
}

func TestDuplicatesChangeNothing(t *testing.T) {
	w := given(t)
	w.pressed()
	part := support.Event{ID: "p1", Kind: support.EventStarted, Chat: "Ana: hello", PickedUpAt: start.Add(time.Minute)}
	for i := range 4 {
		w.tell(time.Minute+time.Duration(i)*time.Second, part)
	}
	w.tell(12*time.Minute, endPost())
	w.run()
	assert.Equal(t, "Ana: hello\nDana: bye", w.lastRow().Outcome.Chat)
	assert.Len(t, w.notes, 1)
}

func TestChatIncrementsAreAppendedInOrderAndNeverOverwritten(t *testing.T) {
	w := given(t)
	w.pressed()
	first := startPost()
	first.Chat = "1"
	w.tell(3*time.Minute, first)
	transfer := support.Event{ID: "second start", Kind: support.EventStarted, Technician: lee, PickedUpAt: start.Add(6 * time.Minute), Chat: "2"}
	w.tell(6*time.Minute, transfer)
	end := endPost()
	end.PickedUpAt, end.Technician = start.Add(6*time.Minute), lee
	for i, text := range []string{"3a\n", "3b\n"} {
		w.tell(12*time.Minute+time.Duration(i)*time.Second, support.Event{
			ID: "end." + text, Kind: support.EventChat, Phase: support.PhaseEnded, PickedUpAt: end.PickedUpAt, Chat: text,
		})
	}
	end.Chat = "3c"
	w.tell(13*time.Minute, end)
	w.run()
	assert.Equal(t, "1\n2\n3a\n3b\n3c", w.lastRow().Outcome.Chat)
	assert.Equal(t, lee, w.lastRow().Technician)
}

// The parts of a long end post carry no sign of being the end's, so that a late start post was put behind them.
func TestLateStartPostGoesBeforeTheEndsChatParts(t *testing.T) {
	w := given(t)
	w.pressed()
	w.tell(12*time.Minute, support.Event{
		ID: "end.0", Kind: support.EventChat, Phase: support.PhaseEnded, PickedUpAt: start.Add(2 * time.Minute), Chat: "2",
	})
	late := startPost()
	late.Chat = "1"
	w.tell(12*time.Minute+time.Second, late)
	end := endPost()
	end.Chat = "3"
	w.tell(12*time.Minute+2*time.Second, end)
	w.run()
	assert.Equal(t, "1\n2\n3", w.lastRow().Outcome.Chat)
}

func TestForeignEventsAreHandedOn(t *testing.T) {
	w := given(t)
	w.pressed()
	otherRun := startPost()
	otherRun.Token, otherRun.VendorSessionID = support.NewToken(support.ServiceNow, incident, support.Nonce("another run")), "1080000999"
	w.tell(time.Minute, otherRun)
	w.tell(2*time.Minute, startPost())
	console := startPost()
	console.Token, console.VendorSessionID = "", "1080000555"
	w.tell(3*time.Minute, console)
	gone := seen(support.PhaseGone)
	gone.VendorSessionID = "1080000777"
	w.tell(4*time.Minute, gone)
	w.tell(12*time.Minute, endPost())
	view := w.run()
	assert.Equal(t, sessionID, view.VendorSessionID)
	require.Len(t, w.handed, 2, "and that somebody is gone is nothing to adopt")
	assert.Equal(t, []string{"1080000999", "1080000555"}, []string{w.handed[0].VendorSessionID, w.handed[1].VendorSessionID})
	assert.Len(t, w.notes, 1)
}

// Handing on was a side task that ended with the run: an event was lost when the session was over first.
func TestRunWaitsUntilForeignEventsAreHandedOn(t *testing.T) {
	w := given(t)
	w.failsUntil("HandOn", time.Hour, support.Retryable(support.CodeUnreachable, "the engine is busy", 0, nil))
	w.pressed()
	foreign := startPost()
	foreign.Token = support.NewToken(support.ServiceNow, incident, support.Nonce("another run"))
	foreign.VendorSessionID = "1080000999"
	w.tell(time.Minute, foreign)
	w.tell(12*time.Minute, endPost())
	w.run()
	assert.Len(t, w.handed, 1)
}

func TestTransferDoesNotEndTheSession(t *testing.T) {
	w := given(t)
	w.pressed()
	w.tell(2*time.Minute, startPost())
	w.tell(3*time.Minute, seen(support.PhaseTransferring))
	giver := endPost()
	giver.ID = "giver's end"
	w.tell(4*time.Minute, giver)
	w.look(5*time.Minute, func(v workflows.View) { assert.Equal(t, support.Connected, v.State) })
	w.tell(6*time.Minute, seenWith(support.PhaseConnected, lee))
	w.look(7*time.Minute, func(v workflows.View) { assert.Equal(t, lee.Name, v.Technician) })
	taker := endPost()
	taker.Technician = lee
	w.tell(12*time.Minute, taker)
	view := w.run()
	assert.Equal(t, support.Filed, view.State)
	assert.Len(t, w.notes, 1)
	assert.Equal(t, lee, w.lastRow().Technician)
}

func TestEndByTheListWaitsForTheEndPost(t *testing.T) {
	w := given(t)
	w.pressed()
	w.tell(2*time.Minute, startPost())
	ended := seen(support.PhaseEnded)
	ended.Reason = support.ReasonCustomer
	w.tell(10*time.Minute, ended)
	w.look(11*time.Minute, func(v workflows.View) { assert.Equal(t, support.Connected, v.State) })
	w.tell(11*time.Minute+30*time.Second, endPost())
	view := w.run()
	assert.Equal(t, support.ReasonCustomer, view.Reason, "the list knows better who ended it")
	assert.Equal(t, 11*time.Minute+30*time.Second, w.Now().Sub(start).Round(time.Second))
	assert.Zero(t, w.counts["FetchTranscript"])
	assert.Len(t, w.notes, 1)
}

func TestEndByTheListPlusGraceFetchesTheTranscript(t *testing.T) {
	w := given(t, func(s *support.Settings) {
		s.Notes, s.NoteFields = support.NotesSelection, []string{"Notes", "ChatLog"}
	})
	w.transcript = support.Transcript{Chat: "Ana: hello", Notes: "Reset the profile"}
	w.pressed()
	w.tell(2*time.Minute, startPost())
	w.tell(10*time.Minute, seen(support.PhaseEnded))
	view := w.run()
	assert.Equal(t, support.Filed, view.State)
	assert.Equal(t, support.ReasonUnknownCause, view.Reason)
	assert.Equal(t, 12*time.Minute, w.Now().Sub(start).Round(time.Second))
	assert.Equal(t, "Ana: hello", w.lastRow().Outcome.Chat)
	assert.Equal(t, "Reset the profile", w.lastRow().Outcome.Notes)
	assert.Equal(t, start.Add(10*time.Minute), view.EndedAt)
}

// A start post that came after the list had shown the end took the end back, and the session never ended.
func TestLateStartPostDoesNotTakeTheEndBack(t *testing.T) {
	w := given(t)
	w.pressed()
	w.tell(2*time.Minute, seen(support.PhaseConnected))
	w.tell(10*time.Minute, seen(support.PhaseEnded))
	w.tell(11*time.Minute, startPost())
	w.run()
	assert.Equal(t, 12*time.Minute, w.Now().Sub(start).Round(time.Second))
	assert.Equal(t, danaTech, w.lastRow().Technician)
}

func TestAbandonmentNeedsNoGrace(t *testing.T) {
	w := given(t)
	w.pressed()
	w.tell(time.Minute, seen(support.PhaseWaiting))
	w.tell(5*time.Minute, seen(support.PhaseGone))
	view := w.run()
	assert.Equal(t, support.Filed, view.State)
	assert.Equal(t, support.ReasonAbandoned, view.Reason)
	assert.Equal(t, 5*time.Minute, w.Now().Sub(start).Round(time.Second))
}

func TestCustomerWhoLeavesWhileTheCodeLivesMayComeAgain(t *testing.T) {
	w := given(t)
	w.pressed()
	w.tell(time.Minute, seen(support.PhaseWaiting))
	w.tell(2*time.Minute, seen(support.PhaseOpen))
	w.look(3*time.Minute, func(v workflows.View) { assert.Equal(t, support.Invited, v.State) })
	w.tell(4*time.Minute, seen(support.PhaseConnected))
	w.tell(12*time.Minute, endPost())
	assert.Equal(t, support.Filed, w.run().State)
}

func TestUnusedCodeExpires(t *testing.T) {
	w := given(t)
	w.pressed()
	view := w.run()
	assert.Equal(t, support.Expired, view.State)
	assert.Equal(t, support.ReasonExpired, view.Reason)
	assert.Equal(t, 22*time.Minute, w.Now().Sub(start).Round(time.Second))
	assert.Empty(t, w.notes)
	assert.Equal(t, support.Expired, w.lastRow().State)
	assert.True(t, w.lastRow().ClearCode && w.lastRow().CanNew)
	assert.Equal(t, support.Expired, w.closedRows[0].State)
	assert.Empty(t, w.closings, "Rescue's PIN runs out by itself")
}

// A customer whose applet was starting when the code ran out was not seen as there: the session expired under them,
// or turned in circles.
func TestCodeDoesNotExpireWhileTheCustomerIsConnecting(t *testing.T) {
	w := given(t)
	w.pressed()
	w.tell(21*time.Minute, seen(support.PhaseJoining))
	w.look(23*time.Minute, func(v workflows.View) { assert.Equal(t, support.Invited, v.State) })
	w.tell(24*time.Minute, seen(support.PhaseWaiting))
	w.tell(25*time.Minute, startPost())
	w.tell(30*time.Minute, endPost())
	assert.Equal(t, support.Filed, w.run().State)
	assert.Equal(t, sessionID, w.attribute(index.VendorSession))
}

// The timer of a cancelled run fails at once, again and again: the run turned in circles.
func TestCancelledRunEnds(t *testing.T) {
	w := given(t)
	w.pressed()
	w.at(time.Minute, w.CancelWorkflow)
	w.ExecuteWorkflow(workflows.SessionType, w.start)
	require.True(t, w.IsWorkflowCompleted())
	require.Error(t, w.GetWorkflowError())
	assert.Equal(t, time.Minute, w.Now().Sub(start).Round(time.Second))
}

func TestReassignModesReachTheStep(t *testing.T) {
	for mode, want := range map[support.ReassignMode]int{support.ReassignNever: 0, "": 0, support.ReassignIfUnassigned: 1, support.ReassignAlways: 1} {
		t.Run(string(mode), func(t *testing.T) {
			w := given(t, func(s *support.Settings) { s.Reassign = mode })
			w.pressed()
			w.tell(time.Minute, seenWith(support.PhaseConnected, support.Technician{ID: "7", Name: "Dana Ruiz"}))
			w.tell(2*time.Minute, startPost())
			w.tell(12*time.Minute, endPost())
			w.run()
			require.Len(t, w.reassigned, want)
			if want > 0 {
				assert.Equal(t, mode, w.reassigned[0].Mode)
				assert.Equal(t, danaTech, w.reassigned[0].Technician, "the list shows no address, but it is the agent's own id")
			}
		})
	}
}

// The list shows another technician by id only, by which no CRM user is found: the record stayed where it was.
func TestReassignmentWaitsUntilTheTechnicianIsKnown(t *testing.T) {
	w := given(t, func(s *support.Settings) { s.Reassign = support.ReassignAlways })
	w.pressed()
	w.tell(time.Minute, seenWith(support.PhaseConnected, support.Technician{ID: "8", Name: "Lee Wong"}))
	w.at(2*time.Minute, func() { assert.Empty(t, w.reassigned) })
	post := startPost()
	post.Technician = lee
	w.tell(3*time.Minute, post)
	w.at(4*time.Minute, func() { assert.Equal(t, lee, w.reassigned[0].Technician) })
	end := endPost()
	end.Technician = lee
	w.tell(12*time.Minute, end)
	w.run()
	assert.Len(t, w.reassigned, 1)
}

// Reassigning was a side task that ended with the run.
func TestReassignmentIsDoneBeforeTheRecordIsResolved(t *testing.T) {
	w := given(t, func(s *support.Settings) {
		s.Reassign, s.ResolveOn = support.ReassignAlways, []support.Reason{support.ReasonTechnician}
	})
	w.failsUntil("Reassign", time.Hour, support.Retryable(support.CodeUnreachable, "the CRM is down", 0, nil))
	w.pressed()
	w.tell(time.Minute, startPost())
	w.tell(12*time.Minute, endPost())
	w.run()
	assert.Len(t, w.reassigned, 1)
	assert.Len(t, w.resolved, 1)
	assert.GreaterOrEqual(t, w.Now().Sub(start), time.Hour)
}
