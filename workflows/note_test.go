package workflows_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/support"
	"example.com/lifeline/workflows"
)

// theNote files a session whose end post is changed, and gives its note.
func theNote(t *testing.T, post func(*support.Event), change ...func(*support.Settings)) (string, *world) {
	t.Helper()
	w := given(t, change...)
	w.pressed()
	end := endPost()
	if post != nil {
		post(&end)
	}
	w.tell(12*time.Minute, end)
	require.Equal(t, support.Filed, w.run().State)
	for _, note := range w.notes {
		return note.Text, w
	}
	return "", w
}

func selection(names ...string) func(*support.Settings) {
	return func(s *support.Settings) { s.Notes, s.NoteFields = support.NotesSelection, names }
}

func TestNoteHoldsAllFilledFieldsWithoutTheChat(t *testing.T) {
	text, w := theNote(t, nil)
	assert.Equal(t, "SessionID: "+sessionID+"\nTechName: Dana Ruiz\nNotes: Reset the profile", text)
	assert.Empty(t, w.files)
}

func TestNoteHoldsTheSelectionInItsOrder(t *testing.T) {
	text, _ := theNote(t, nil, selection("Notes", "TechName"))
	assert.Equal(t, "Notes: Reset the profile\nTechName: Dana Ruiz", text)
}

func TestSelectionIgnoresCaseDoublesAndUnknownNames(t *testing.T) {
	text, _ := theNote(t, nil, selection("techname", " NOTES ", "TechName", "NoSuchField", "Empty"))
	assert.Equal(t, "TechName: Dana Ruiz\nNotes: Reset the profile", text)
}

func TestSelectionOfNothingThatIsFilledWritesNoNote(t *testing.T) {
	text, w := theNote(t, nil, selection("Empty"))
	assert.Empty(t, text)
	assert.Len(t, w.outcomes, 1, "the row is filed")
}

func TestNothingWritesNoNote(t *testing.T) {
	text, w := theNote(t, nil, func(s *support.Settings) { s.Notes = support.NotesNone })
	assert.Empty(t, text)
	assert.Len(t, w.outcomes, 1)
}

func TestChatIsInTheNoteOnlyWhenSelected(t *testing.T) {
	text, w := theNote(t, nil, selection("chatlog"))
	assert.Equal(t, "ChatLog:\nDana: bye", text)
	assert.Empty(t, w.files)
}

func TestLongChatIsAttachedInParts(t *testing.T) {
	chat := strings.Repeat("Ána: olá\n", 90_000) // 990,000 bytes
	text, w := theNote(t, func(e *support.Event) { e.Chat = chat }, selection("Notes", "ChatLog"))
	assert.Contains(t, text, "ChatLog: see session-"+sessionID+"-chat.txt")
	require.Len(t, w.files, 2)
	assert.Equal(t, "session-"+sessionID+"-chat-2.txt", w.files[1].Name)
	assert.Equal(t, strings.TrimRight(chat, "\n"), string(w.files[0].Contents)+string(w.files[1].Contents))
	for _, file := range w.files {
		assert.True(t, utf8.Valid(file.Contents))
		assert.LessOrEqual(t, len(file.Contents), 768<<10)
	}
}

func TestNoteLeavesOurTokenOut(t *testing.T) {
	text, _ := theNote(t, func(e *support.Event) { e.Fields = fields("CField3", string(token(0)), "SessionID", sessionID) })
	assert.Equal(t, "SessionID: "+sessionID, text)
}

func TestRemarksGoIntoTheNote(t *testing.T) {
	w := given(t, func(s *support.Settings) { s.EmailTechnician = true })
	w.fails("InviteTechnician", support.Stopped(support.CodeInvalid, "the address is refused", nil))
	w.pressed()
	w.tell(12*time.Minute, endPost())
	w.run()
	for _, note := range w.notes {
		assert.Contains(t, note.Text, "The code could not be mailed to the technician: the address is refused.")
	}
	assert.Len(t, w.notes, 1)
}

func TestSessionWithoutAPostIsToldUnderTheSameNames(t *testing.T) {
	w := given(t)
	w.transcript = support.Transcript{Notes: "Reset the profile"}
	w.pressed()
	w.tell(time.Minute, seenWith(support.PhaseConnected, danaTech))
	w.tell(10*time.Minute, seen(support.PhaseEnded))
	w.run()
	for _, note := range w.notes {
		assert.Equal(t, "SessionID: "+sessionID+"\nTechName: Dana Ruiz\nTechEmail: dana@example.com\nCField0: Ana Lima\n"+
			"CField1: ana@example.org\nNotes: Reset the profile\nPickupTime: 2026-11-30 09:01:00\nClosingTime: 2026-11-30 09:10:00", note.Text)
	}
	assert.Len(t, w.notes, 1)
}

func TestCutTextKeepsLinesAndLettersWhole(t *testing.T) {
	for _, c := range []struct{ text, head, rest string }{
		{"short", "short", ""},
		{"one\ntwo\nthree", "one\ntwo\n", "three"},
		{"no line ends here", "no line e", "nds here"},
		{"ééééé", "éééé", "é"},
		{"", "", ""},
	} {
		head, rest := workflows.CutText(c.text, 9)
		assert.Equal(t, []string{c.head, c.rest}, []string{head, rest})
	}
	broken := strings.Repeat("\x80", 20)
	head, rest := workflows.CutText(broken, 9)
	assert.NotEmpty(t, head)
	assert.Equal(t, broken, head+rest)
}

func FuzzCutText(f *testing.F) {
	f.Add("one\ntwo", 4)
	f.Fuzz(func(t *testing.T, text string, size int) {
		if size < 1 || size > 1<<20 {
			return
		}
		head, rest := workflows.CutText(text, size)
		if head+rest != text || len(head) > size || (head == "" && text != "") {
			t.Fatalf("%q, %d: %q, %q", text, size, head, rest)
		}
	})
}
