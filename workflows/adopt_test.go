package workflows_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/activities"
	"example.com/lifeline/support"
	"example.com/lifeline/workflows"
)

// fromConsole makes an event that carries no token.
func fromConsole(event support.Event) support.Event {
	event.Token = ""
	return event
}

func TestConsoleSessionGetsWhatTheSettingSays(t *testing.T) {
	ticket := support.Record{Ref: incident, Number: "INC0010042"}
	for name, c := range map[string]struct {
		create         bool
		record         *support.Record
		created, notes int
	}{
		"row only":        {false, nil, 0, 0},
		"new record":      {true, nil, 1, 1},
		"existing ticket": {true, &ticket, 0, 1},
	} {
		t.Run(name, func(t *testing.T) {
			w := given(t, func(s *support.Settings) { s.CreateFromConsole, s.ConsoleRecordType = c.create, "incident" })
			w.adopting(activities.Adopted{Record: c.record})
			w.tell(0, fromConsole(startPost()))
			w.tell(10*time.Minute, fromConsole(endPost()))
			view := w.run()
			assert.Equal(t, support.Filed, view.State)
			assert.Len(t, w.created, c.created)
			assert.Len(t, w.notes, c.notes)
			assert.Equal(t, support.AdoptedKey(support.Rescue, sessionID), w.lastRow().Key)
			assert.Len(t, w.closedRows, 1)
			if c.created > 0 {
				assert.Equal(t, "rescue:"+sessionID, w.created[0].Record.Correlation)
				assert.Equal(t, danaTech, w.created[0].Technician)
				assert.Equal(t, "INC0010077", view.Number)
			}
		})
	}
}

// A session whose ticket had been deleted got a new ticket, as if it had been begun in the console.
func TestSessionOfAGoneTicketGetsNoNewOne(t *testing.T) {
	w := given(t, func(s *support.Settings) { s.CreateFromConsole = true }).adopting(activities.Adopted{})
	w.tell(0, endPost())
	assert.Equal(t, support.Filed, w.run().State)
	assert.Empty(t, w.created)
}

func TestSwitchedOffConnectionDropsTheSession(t *testing.T) {
	w := given(t, func(s *support.Settings) { s.Enabled = false }).adopting(activities.Adopted{})
	w.tell(0, fromConsole(startPost()))
	assert.Equal(t, support.Cancelled, w.run().State)
	assert.Empty(t, w.rows)
}

// The first part of a long post names no ticket: the session was adopted before its fields had come.
func TestPostInPartsIsAdoptedByItsOwnEvent(t *testing.T) {
	w := given(t).adopting(activities.Adopted{})
	w.tell(0, support.Event{ID: "end.0", Kind: support.EventChat, Phase: support.PhaseEnded, Chat: "Ana: hello\n"})
	w.tell(time.Second, fromConsole(endPost()))
	w.run()
	require.Len(t, w.asked, 1)
	assert.Equal(t, support.EventEnded, w.asked[0].Kind)
	assert.Equal(t, "Ana: hello\nDana: bye", w.lastRow().Outcome.Chat)
}

// The vendor's list was taken for the end of such a post, and what it brought was lost.
func TestListDoesNotEndAPostThatComesInParts(t *testing.T) {
	w := given(t).adopting(activities.Adopted{})
	w.tell(0, support.Event{ID: "end.0", Kind: support.EventChat, Phase: support.PhaseEnded, Chat: "Ana: hello\n"})
	w.tell(time.Second, support.Event{Kind: support.EventObserved, VendorSessionID: sessionID, Phase: support.PhaseGone})
	w.tell(2*time.Second, fromConsole(endPost()))
	assert.Equal(t, support.Filed, w.run().State)
	assert.Equal(t, support.EventEnded, w.asked[0].Kind)
	assert.Equal(t, "Ana: hello\nDana: bye", w.lastRow().Outcome.Chat)
}

// filedRow is the row of a session that was filed before.
func filedRow(state support.State, reason support.Reason) *support.RowInfo {
	return &support.RowInfo{
		RowID: "row-1", Key: "s-key", Record: incident, RecordNumber: "INC0010001", State: state, Reason: reason, Token: token(0),
		RequestedAt: start, StartedAt: start.Add(2 * time.Minute), EndedAt: start.Add(12 * time.Minute), Chat: "Dana: bye",
		Notes: "Reset the profile", Sources: []string{"start", "end"},
	}
}

func (w *world) adoptingRow(state support.State, reason support.Reason) *world {
	return w.adopting(activities.Adopted{Row: filedRow(state, reason), Record: &w.record})
}

func TestLatePostToAFiledSessionAddsOneNoteIfItBringsNews(t *testing.T) {
	w := given(t).adoptingRow(support.Filed, support.ReasonTechnician)
	late := endPost()
	late.ID, late.Chat = "late", "Ana: thanks"
	w.tell(0, late)
	w.tell(0, late)
	view := w.run()
	assert.Equal(t, support.Filed, view.State)
	require.Len(t, w.notes, 1)
	assert.Contains(t, w.notes, "s-key:late-3")
	assert.Equal(t, "Dana: bye\nAna: thanks", w.lastRow().Outcome.Chat)
	assert.Equal(t, "row-1", w.lastRow().RowID)
}

func TestDuplicateLatePostWritesNothing(t *testing.T) {
	w := given(t).adoptingRow(support.Filed, support.ReasonTechnician)
	w.tell(0, endPost())
	w.run()
	assert.Equal(t, []string{"Adopt"}, w.calls)
}

// A run that went on with a row did not look whether the note had been written by the run before it.
func TestUnfiledRowIsFiledOnceMore(t *testing.T) {
	w := given(t).adoptingRow(support.Ended, support.ReasonNone)
	report := support.Event{ID: "report", Kind: support.EventReported, Phase: support.PhaseEnded, Token: token(0), Reports: []string{"r1"}}
	w.tell(0, report)
	assert.Equal(t, support.Filed, w.run().State)
	require.Contains(t, w.notes, "s-key:end")
	assert.True(t, w.notes["s-key:end"].Again)
}

func TestCustomerWhoComesWithAWithdrawnCodeIsClosedAgain(t *testing.T) {
	w := given(t).adoptingRow(support.Cancelled, support.ReasonCancelled)
	w.tell(0, seen(support.PhaseWaiting))
	view := w.run()
	require.Len(t, w.closings, 1)
	assert.Equal(t, sessionID, w.closings[0].VendorSessionID)
	assert.Equal(t, support.Filed, view.State)
	assert.Equal(t, support.ReasonClosedByUs, view.Reason)
	assert.Len(t, w.notes, 1)
}

func TestWithdrawnSessionThatCannotBeClosedIsFollowed(t *testing.T) {
	w := given(t).adoptingRow(support.Cancelled, support.ReasonCancelled)
	w.fails("CloseSession", support.Stopped(support.CodeNotSupported, "close it in the console", nil))
	w.tell(0, seen(support.PhaseWaiting))
	w.tell(time.Minute, startPost())
	end := endPost()
	end.ID = "this session's end"
	w.tell(10*time.Minute, end)
	view := w.run()
	assert.Equal(t, support.ReasonTechnician, view.Reason)
	assert.Len(t, view.Remarks, 1)
	assert.Len(t, w.notes, 1)
}

func TestCustomerWhoComesWithAnExpiredCodeIsFollowed(t *testing.T) {
	w := given(t).adoptingRow(support.Expired, support.ReasonExpired)
	w.tell(0, seen(support.PhaseConnected))
	w.look(time.Minute, func(v workflows.View) { assert.Equal(t, support.Connected, v.State) })
	end := endPost()
	end.ID = "this session's end"
	w.tell(10*time.Minute, end)
	w.run()
	assert.Empty(t, w.closings)
	assert.Len(t, w.notes, 1)
}

func TestAdoptionWaitsWhileTheCRMIsDown(t *testing.T) {
	w := given(t).adopting(activities.Adopted{})
	w.failsUntil("Adopt", 3*time.Hour, crmDown)
	w.tell(0, fromConsole(startPost()))
	w.tell(10*time.Minute, fromConsole(endPost()))
	assert.Equal(t, support.Filed, w.run().State)
	assert.Len(t, w.closedRows, 1)
}

func TestLongChatIsKeptUpToABoundAndSaysSo(t *testing.T) {
	w := given(t).adopting(activities.Adopted{})
	for i := range 5 {
		w.tell(time.Duration(i)*time.Second, support.Event{
			ID: "end." + string(rune('0'+i)), Kind: support.EventChat, Phase: support.PhaseEnded, Chat: strings.Repeat("Ana: hello\n", 30_000),
		})
	}
	w.tell(10*time.Second, fromConsole(endPost()))
	w.run()
	chat := w.lastRow().Outcome.Chat
	assert.Less(t, len(chat), 1<<20+100)
	assert.True(t, strings.HasSuffix(chat, "the vendor has all of it.]"))
}

func TestEditedNotesOfAFiledSessionReplaceTheirEarlierText(t *testing.T) {
	w := given(t).adopting(activities.Adopted{
		Row: &support.RowInfo{
			RowID: "row-1", Key: "s-key", State: support.Filed, Record: incident, Notes: "first\nsecnd", Sources: []string{"c1", "c2", "report-c2secnd"},
		},
		Connections: []activities.Connected{
			{Report: "c1", StartedAt: start, EndedAt: start.Add(time.Minute), Work: 60, Notes: "first"},
			{Report: "c2", StartedAt: start.Add(time.Hour), EndedAt: start.Add(61 * time.Minute), Work: 60, Notes: "second"},
		},
	})
	w.start.Vendor, w.start.SessionID = support.TeamViewer, teamCode
	w.tell(0, report("c2", "second", time.Hour, 61*time.Minute))
	w.run()
	outcome := w.lastRow().Outcome
	assert.Equal(t, "first\nsecond", outcome.Notes)
	assert.EqualValues(t, 120, outcome.WorkSeconds)
}
