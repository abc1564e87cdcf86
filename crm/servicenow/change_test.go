package servicenow

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/support"
)

const incidentPath = "/api/now/table/incident/{id}"

var endNote = support.Note{Record: incidentRef, Marker: "s-1:end:1", Subject: "Session", Text: "said [code]<b>[/CODE]"}

func TestNoteGoesToWorkNotesWithTheMarkerLast(t *testing.T) {
	i := newInstance(t)
	i.on("PATCH "+incidentPath, echo(recordID))
	require.NoError(t, i.open().AddNote(t.Context(), endNote))
	require.Len(t, i.all(), 1, "a first note is not looked for")
	fields := i.writes()[0].fields
	assert.NotContains(t, fields, "comments")
	lines := strings.Split(fields["work_notes"], "\n")
	assert.Equal(t, "Session", lines[0])
	assert.Equal(t, "[lifeline:s-1:end:1]", lines[len(lines)-1])
	assert.NotRegexp(t, `(?i)\[/?code\]`, fields["work_notes"])
}

func again(note support.Note) support.Note {
	note.Again = true
	return note
}

func journalShows(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		result(w, 200, map[string]string{"sys_id": recordID, "work_notes": text})
	}
}

func TestRepeatedNoteIsNotWrittenWhenTheJournalShowsIt(t *testing.T) {
	i := newInstance(t)
	i.on("GET "+incidentPath, journalShows("2026-01-01 10:00:00 - Lifeline (Work notes)\ndone\n[lifeline:s-1:end:1]\n\n"))
	require.NoError(t, i.open().AddNote(t.Context(), again(endNote)))
	assert.Empty(t, i.writes())
	assert.Equal(t, "true", i.all()[0].query.Get("sysparm_display_value"))
}

func TestRepeatedNoteIsWrittenWhenTheJournalShowsOthersOnly(t *testing.T) {
	i := newInstance(t)
	i.on("GET "+incidentPath, journalShows("something\n[lifeline:s-1:end:11]\n"))
	i.on("PATCH "+incidentPath, echo(recordID))
	require.NoError(t, i.open().AddNote(t.Context(), again(endNote)))
	assert.Len(t, i.writes(), 1)
}

func TestRepeatedNoteIsLookedForAmongTheEntriesWhenNoneAreShown(t *testing.T) {
	i := newInstance(t)
	i.on("GET "+incidentPath, journalShows(""))
	i.on("GET /api/now/table/sys_journal_field", rows(map[string]any{
		"sys_id": rowID, "element_id": recordID, "value": "done\n[lifeline:s-1:end:1]",
	}))
	require.NoError(t, i.open().AddNote(t.Context(), again(endNote)))
	assert.Empty(t, i.writes())
}

func TestRepeatedNoteIsWrittenWhenTheEntriesAreHidden(t *testing.T) {
	i := newInstance(t)
	i.on("GET "+incidentPath, journalShows(""))
	i.on("GET /api/now/table/sys_journal_field", func(w http.ResponseWriter, _ *http.Request) { failure(w, 403, "User Not Authorized", "") })
	i.on("PATCH "+incidentPath, echo(recordID))
	require.NoError(t, i.open().AddNote(t.Context(), again(endNote)))
	assert.Len(t, i.writes(), 1)
}

func TestFileIsAttachedOnceUnderItsName(t *testing.T) {
	i := newInstance(t)
	there := []map[string]any{{"sys_id": rowID, "table_sys_id": recordID, "file_name": "other.txt"}}
	i.on("GET /api/now/attachment", func(w http.ResponseWriter, r *http.Request) { rows(there...)(w, r) })
	i.on("POST /api/now/attachment/file", func(w http.ResponseWriter, r *http.Request) {
		there = append(there, map[string]any{"sys_id": rowID, "table_sys_id": recordID, "file_name": r.URL.Query().Get("file_name")})
		result(w, 201, map[string]string{"sys_id": rowID, "file_name": r.URL.Query().Get("file_name")})
	})
	c := i.open()
	file := support.Attachment{Record: incidentRef, Name: "session-1-chat.txt", Type: "text/plain; charset=utf-8", Contents: []byte("hello")}
	for range 2 {
		require.NoError(t, c.Attach(t.Context(), file))
	}
	require.Len(t, i.writes(), 1)
	post := i.writes()[0]
	assert.Equal(t, "hello", post.body)
	assert.Equal(t, "text/plain; charset=utf-8", post.header.Get("Content-Type"))
	assert.Equal(t, "incident", post.query.Get("table_name"))
}

func TestReassignChangesThePersonAndLeavesTheGroup(t *testing.T) {
	i := newInstance(t)
	i.on("GET "+incidentPath, answerIncident(nil))
	i.on("PATCH "+incidentPath, echo(recordID))
	require.NoError(t, i.open().Reassign(t.Context(), incidentRef, support.Agent{ID: userID}))
	assert.Equal(t, map[string]string{"assigned_to": userID}, i.writes()[0].fields)
}

func TestReassignLeavesClosedAndAlreadyAssignedRecords(t *testing.T) {
	for name, fields := range map[string]map[string]any{"closed": {"state": "7"}, "assigned": {"assigned_to": userID}} {
		t.Run(name, func(t *testing.T) {
			i := newInstance(t)
			i.on("GET "+incidentPath, answerIncident(fields))
			require.NoError(t, i.open().Reassign(t.Context(), incidentRef, support.Agent{ID: userID}))
			assert.Empty(t, i.writes())
		})
	}
}

func TestAssigneeThatWasNotTakenIsAMappingFault(t *testing.T) {
	i := newInstance(t)
	i.on("GET "+incidentPath, answerIncident(nil))
	i.on("PATCH "+incidentPath, answerIncident(map[string]any{"assigned_to": ""}))
	err := i.open().Reassign(t.Context(), incidentRef, support.Agent{ID: userID})
	requireCode(t, err, support.Attention, support.CodeMapping)
}

func TestResolvingWritesStateCodeAndNotesTogether(t *testing.T) {
	i := newInstance(t)
	i.on("GET "+incidentPath, answerIncident(nil))
	i.on("PATCH "+incidentPath, echo(recordID))
	require.NoError(t, i.open().ResolveRecord(t.Context(), support.Resolution{Record: incidentRef, Text: "solved"}))
	assert.Equal(t, map[string]string{"state": "6", "close_code": "Solution provided", "close_notes": "solved"}, i.writes()[0].fields)
}

func TestCaseIsResolvedWithItsOwnCode(t *testing.T) {
	i := newInstance(t)
	i.on("GET /api/now/table/sn_customerservice_case/{id}", answerIncident(map[string]any{"state": "10"}))
	i.on("PATCH /api/now/table/sn_customerservice_case/{id}", echo(recordID))
	c := i.open(func(cfg *Config) { cfg.CaseResolutionCode = "1" })
	require.NoError(t, c.ResolveRecord(t.Context(), support.Resolution{Record: support.RecordRef{Type: caseTable, ID: recordID}, Text: "solved"}))
	assert.Equal(t, map[string]string{"state": "6", "resolution_code": "1", "close_notes": "solved"}, i.writes()[0].fields)
}

func TestResolvedRecordIsLeftAlone(t *testing.T) {
	i := newInstance(t)
	i.on("GET "+incidentPath, answerIncident(map[string]any{"state": "6"}))
	require.NoError(t, i.open().ResolveRecord(t.Context(), support.Resolution{Record: incidentRef}))
	assert.Empty(t, i.writes())
}

func TestBlankedCloseCodeIsAMappingFault(t *testing.T) {
	i := newInstance(t)
	i.on("GET "+incidentPath, answerIncident(nil))
	i.on("PATCH "+incidentPath, answerIncident(map[string]any{"state": "6", "close_code": ""}))
	err := i.open().ResolveRecord(t.Context(), support.Resolution{Record: incidentRef, Code: "Solved (Permanently)"})
	requireCode(t, err, support.Attention, support.CodeMapping)
	assert.Contains(t, support.AsError(err).Message, "Solved (Permanently)")
}
