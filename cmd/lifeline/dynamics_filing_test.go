package main

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	simdataverse "example.com/lifeline/sandbox/dataverse"
	simrescue "example.com/lifeline/sandbox/rescue"
	"example.com/lifeline/support"
)

// everyVariable is a post with all variables that there are (rescue.md 7.2).
var everyVariable = map[string]any{
	"SessionID": 71, "TechID": 25500123, "TechSSOID": "dana@example.com", "TechName": "Dana Whitfield", "TechEmail": "dana@example.com",
	"TechDescr": "Second line", "CField0": "Maria Campbell", "CField1": "one", "CField2": "two", "CField3": "three", "CField4": "four", "CField5": "five",
	"Tracking0": "of-somebody-else", "ChatLog": "9:58 AM Maria: thanks", "Notes": "Reset the profile", "WaitingTime": 35,
	"PickupTime": "2026-06-18 09:42:05", "ClosingTime": "2026-06-18 10:03:40", "WorkTime": 1180, "LastActionTime": "2026-06-18 10:03:11",
	"Transmitted": 4821177000, "Platform": "Windows 11", "TSurvey0": "Resolved", "TSurvey9": "yes",
}

// filedRow waits for the filed row of a session by the vendor's id.
func (s *stage) filedRow(vendorSession string) simdataverse.Row {
	s.t.Helper()
	var rows []simdataverse.Row
	s.eventually(func() bool {
		rows = s.list("lifeline_session", "lifeline_vendorsessionid eq '"+vendorSession+"'")
		return len(rows) > 0 && filedAndClosed(rows[0])
	}, "filed and closed")
	require.Len(s.t, rows, 1)
	return rows[0]
}

// dropIn posts to the address of the vendor's own connector.
func (s *stage) dropIn(variables map[string]any) {
	s.t.Helper()
	body, err := json.Marshal(variables)
	require.NoError(s.t, err)
	require.Equal(s.t, http.StatusOK, s.postTo("/api/integration?key="+s.env[d365+"HOOK_SECRET"], "application/json", string(body)))
}

func TestEveryVariableOfAPostIsInTheDynamicsRow(t *testing.T) {
	t.Parallel()
	s := playDynamics(t, nil)
	s.dropIn(everyVariable)
	row := s.filedRow("71")
	for column, want := range map[string]string{
		"vendortechnicianid": "25500123", "techniciansso": "dana@example.com", "technicianname": "Dana Whitfield", "technicianemail": "dana@example.com",
		"techniciandescr": "Second line", "customername": "Maria Campbell", "customfield1": "one", "customfield2": "two", "customfield3": "three",
		"customfield4": "four", "customfield5": "five", "chatlog": "9:58 AM Maria: thanks", "notes": "Reset the profile", "transmitted": "4821177000",
		"platform": "Windows 11", "survey": `{"TSurvey0":"Resolved","TSurvey9":"yes"}`,
	} {
		assert.Equal(t, want, strings.TrimSpace(row.Text("lifeline_"+column)), column)
	}
	assert.Equal(t, 35, row.Int("lifeline_waitingsec"))
	assert.Equal(t, 1180, row.Int("lifeline_workingsec"))
	assert.Equal(t, 21*60+35, row.Int("lifeline_durationsec"))
	for column, want := range map[string]string{"startedon": "09:42:05", "endedon": "10:03:40", "lastactionon": "10:03:11"} {
		assert.Equal(t, want, row.Time("lifeline_"+column).UTC().Format("15:04:05"), column)
	}
}

// Customers hang their own automation on the deactivation, so all else is written before (dynamics.md 2.7).
func TestDynamicsIsFiledDataFirstAndDeactivatedLast(t *testing.T) {
	t.Parallel()
	s := playDynamics(t, map[string]string{d365 + "RESOLVE_ON": "technician", d365 + "REASSIGN": "always"})
	r := s.record()
	row := s.pressRow(simdataverse.DemoSam, simdataverse.DemoCase)
	s.settleAs(row, "sam@example.com")
	s.eventually(func() bool {
		return s.finished(support.SessionWorkflowID(support.RecordRef{Connection: "acme-d365", Type: "incident", ID: simdataverse.DemoCase}))
	}, "over")
	var order []string
	for _, write := range r.writes() {
		order = append(order, kindOf(write))
	}
	first := func(kind string) int {
		for i, one := range order {
			if one == kind {
				return i
			}
		}
		require.Fail(t, "not written", "%s: %v", kind, order)
		return -1
	}
	assert.Less(t, first("row"), first("note"))
	assert.Less(t, first("owner"), first("resolve"))
	assert.Equal(t, len(order)-1, first("deactivate"), "%v", order)
	assert.Len(t, s.list("incidentresolution", ""), 1)
}

func kindOf(write sent) string {
	switch {
	case strings.Contains(write.Body, `"statecode":1`):
		return "deactivate"
	case strings.Contains(write.Body, `"ownerid@odata.bind"`):
		return "owner"
	case strings.HasSuffix(write.Path, "/CloseIncident"):
		return "resolve"
	case strings.HasSuffix(write.Path, "/annotations"):
		return "note"
	case strings.Contains(write.Path, "/lifeline_sessions"):
		return "row"
	}
	return write.Path
}

func TestLongChatIsAFileOnTheDynamicsRow(t *testing.T) {
	t.Parallel()
	s := playDynamics(t, nil)
	chat := strings.Repeat("9:58 AM Maria: and then it said this again\n", 4000)
	s.dropIn(map[string]any{"SessionID": 72, "ClosingTime": "2026-06-18 10:03:40", "ChatLog": chat})
	row := s.filedRow("72")
	assert.Equal(t, 100000, utf8.RuneCountInString(row.Text("lifeline_chatlog")))
	files := s.annotations(row.Text("lifeline_sessionid"))
	require.Len(t, files, 1)
	assert.Equal(t, "chat.txt", files[0].Text("filename"))
	content, err := base64.StdEncoding.DecodeString(files[0].Text("documentbody"))
	require.NoError(t, err)
	assert.Equal(t, strings.TrimSpace(chat), strings.TrimSpace(string(content)))
}

func TestChatIsInTheNoteOrAFileOnTheCase(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{"short": "it works", "long": strings.Repeat("and again ", 50) + "it fails"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := playDynamics(t, map[string]string{d365 + "NOTES": "selection", d365 + "NOTE_FIELDS": "Notes,ChatLog", d365 + "NOTE_LIMIT": "300"})
			row, session := s.connectedRow()
			s.do(s.world.Rescue.Say(session, "customer", text))
			s.do(s.world.Rescue.Note(session, "Cable was loose"))
			s.do(s.world.Rescue.CloseByTechnician(session))
			s.dynamicsRow(row, "filed and closed", filedAndClosed)
			var note, file string
			for _, one := range s.annotations(simdataverse.DemoCase) {
				content, err := base64.StdEncoding.DecodeString(one.Text("documentbody"))
				require.NoError(t, err)
				note, file = note+one.Text("notetext"), file+string(content)
			}
			assert.Contains(t, note, "Notes: Cable was loose")
			assert.Equal(t, name == "short", strings.Contains(note, text))
			assert.Equal(t, name == "long", strings.Contains(file, text))
		})
	}
}

func TestDynamicsIsReconciledWhenAllPostsAreLost(t *testing.T) {
	t.Parallel()
	s := playDynamics(t, map[string]string{d365 + "RECONCILE": "1h", d365 + "POLL": "1h", d365 + "TOKEN_FIELD": "0"})
	s.world.Rescue.DropPosts(1000)
	row := s.pressRow(simdataverse.DemoDana, simdataverse.DemoCase)
	pressed := s.playOut(s.invited(row).Text("lifeline_pin"), said)
	console := s.fromConsole(simrescue.Fields{"Beth Anglin"})
	s.reconcile()
	s.dynamicsRow(row, "found by the report and its token", filedAndClosed)
	s.filedRow(itoa(console.ID))
	s.filedRow(pressed)
	assert.Len(t, s.sessionRows(simdataverse.DemoCase), 1)
	assert.Len(t, s.annotations(simdataverse.DemoCase), 1)
	assert.Len(t, s.list("lifeline_session", ""), 2)
}
