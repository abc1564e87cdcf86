package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	simrescue "example.com/lifeline/sandbox/rescue"
	"example.com/lifeline/support"
)

// The settings of the ServiceNow help pages, servicenow.md 5, each flipped both ways by a test with its number. Here are
// those of what is filed and where. Who may do what is in settings_access_test.go and consent_test.go, mails in
// open_test.go, posts in posts_test.go and instances_test.go, hosts, logs and plugins in settings_hosts_test.go, and what
// doctor makes of an instance in doctor_test.go.

const sn = "LIFELINE_ACME_SN_"

func TestS6CallerFieldSaysWhoTheCustomerIs(t *testing.T) {
	t.Parallel()
	for field, email := range map[string]string{"caller_id": "joe@example.net", "opened_by": "sam@example.com", "u_no_such_field": "joe@example.net"} {
		t.Run(field, func(t *testing.T) {
			t.Parallel()
			s := play(t, map[string]string{sn + "SERVICENOW_CALLER_FIELD": field})
			vpn := s.incident("VPN")
			require.NoError(t, s.world.ServiceNow.Update("incident", vpn, map[string]string{"opened_by": s.agent("sam")["id"]}))
			require.Equal(t, http.StatusCreated, s.press(vpn).Status)
			assert.Equal(t, email, s.world.Rescue.PINs()[0].Fields[1])
		})
	}
}

func TestS7ContactFieldSaysWhoTheCustomerOfACaseIs(t *testing.T) {
	t.Parallel()
	for field, word := range map[string]string{"contact": "Printer", "consumer": "Router"} {
		t.Run(field, func(t *testing.T) {
			t.Parallel()
			s := play(t, map[string]string{sn + "SERVICENOW_CONTACT_FIELD": field})
			got := s.pressCase(word)
			require.Equal(t, http.StatusCreated, got.Status, got.Raw)
			email := map[string]string{"contact": "geneva@example.org", "consumer": "omar@example.org"}[field]
			assert.Equal(t, email, s.world.Rescue.PINs()[0].Fields[1])
		})
	}
}

func TestS14AndS15ConsoleSessionsGetARecordOnlyWhenTheSettingsWantIt(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]struct {
		env   map[string]string
		table string
	}{
		"a row and nothing else": {env: nil},
		"an incident":            {env: map[string]string{sn + "CREATE_FROM_CONSOLE": "true"}, table: "incident"},
		"a case": {env: map[string]string{sn + "CREATE_FROM_CONSOLE": "true", sn + "CONSOLE_RECORD_TYPE": "sn_customerservice_case"},
			table: "sn_customerservice_case"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := play(t, want.env)
			session := s.fromConsole(simrescue.Fields{"Beth Anglin", "beth@example.net"})
			row := s.vendorRow(session.ID, "filed")
			if want.table == "" {
				assert.Empty(t, row["source_id"])
				return
			}
			assert.Equal(t, want.table, row["source_table"])
			record, found := s.world.ServiceNow.Get(want.table, row["source_id"])
			require.True(t, found)
			assert.Equal(t, "rescue:"+itoa(session.ID), record["correlation_id"])
			assert.Equal(t, s.agent("dana")["id"], record["assigned_to"])
			if want.table == "incident" {
				assert.Equal(t, s.agent("beth.anglin")["id"], record["caller_id"])
			}
			assert.Len(t, s.notes(row["source_id"]), 1)
		})
	}
}

func TestConsoleSessionThatNamesATicketIsAttachedToIt(t *testing.T) {
	t.Parallel()
	s := play(t, map[string]string{sn + "CREATE_FROM_CONSOLE": "true"})
	vpn := s.incident("VPN")
	incident, _ := s.world.ServiceNow.Get("incident", vpn)
	before := len(s.world.ServiceNow.List("incident", ""))
	session := s.fromConsole(simrescue.Fields{"Joe Employee", "", incident["number"]})
	row := s.vendorRow(session.ID, "filed")
	assert.Equal(t, vpn, row["source_id"])
	assert.Len(t, s.notes(vpn), 1)
	assert.Len(t, s.world.ServiceNow.List("incident", ""), before)
}

// fromConsole plays a session that Dana begins in the console.
func (s *stage) fromConsole(fields simrescue.Fields) simrescue.Session {
	s.t.Helper()
	return s.fromConsoleOf("dana@example.com", fields)
}

func (s *stage) fromConsoleOf(technician string, fields simrescue.Fields) simrescue.Session {
	s.t.Helper()
	session, err := s.world.Rescue.StartFromConsole(technician, fields)
	require.NoError(s.t, err)
	s.do(s.world.Rescue.Note(session.ID, "from the console"))
	s.do(s.world.Rescue.CloseByTechnician(session.ID))
	return session
}

// vendorRow waits until the only row of a vendor session is in the state.
func (s *stage) vendorRow(id int64, state string) map[string]string {
	s.t.Helper()
	var row map[string]string
	s.eventually(func() bool {
		rows := s.world.ServiceNow.List(s.world.ServiceNow.SessionTable(), "vendor_session_id="+itoa(id))
		if len(rows) != 1 {
			return false
		}
		row = rows[0]
		return row["state"] == state
	}, "row of session "+itoa(id)+" "+state)
	return row
}

func TestS16NotesHoldAllASelectionOrNothing(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]struct {
		env   map[string]string
		check func(t *testing.T, notes []string)
	}{
		"all, without the chat": {env: map[string]string{sn + "NOTES": "all"}, check: func(t *testing.T, notes []string) {
			require.Len(t, notes, 1)
			assert.Contains(t, notes[0], "Platform: ")
			assert.Contains(t, notes[0], "TSurvey0: Resolved")
			assert.NotContains(t, notes[0], "hello chat")
			assert.NotContains(t, notes[0], "Tracking0", "our token is nobody's business")
		}},
		"a selection in the given order": {env: map[string]string{sn + "NOTES": "selection", sn + "NOTE_FIELDS": "notes, TECHNAME,notes,NoSuchThing"},
			check: func(t *testing.T, notes []string) {
				require.Len(t, notes, 1)
				lines := strings.Split(notes[0], "\n")
				assert.Equal(t, []string{"Notes: Fixed it", "TechName: Dana Whitfield"}, lines[1:3])
				assert.NotContains(t, notes[0], "SessionID:")
			}},
		"a selection with the chat": {env: map[string]string{sn + "NOTES": "selection", sn + "NOTE_FIELDS": "ChatLog"},
			check: func(t *testing.T, notes []string) {
				require.Len(t, notes, 1)
				assert.Contains(t, notes[0], "hello chat")
			}},
		"nothing":            {env: map[string]string{sn + "NOTES": "none"}, check: func(t *testing.T, notes []string) { assert.Empty(t, notes) }},
		"an empty selection": {env: map[string]string{sn + "NOTES": "selection"}, check: func(t *testing.T, notes []string) { assert.Empty(t, notes) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := play(t, want.env)
			vpn := s.incident("VPN")
			s.wholeSession(vpn, "hello chat")
			s.rowState(vpn, "filed")
			want.check(t, s.notes(vpn))
		})
	}
}

func TestS17SelectedChatIsInTheNoteUnlessItIsTooLong(t *testing.T) {
	t.Parallel()
	for limit, files := range map[string]int{"300": 1, "4000": 0} {
		t.Run("limit "+limit, func(t *testing.T) {
			t.Parallel()
			s := play(t, map[string]string{sn + "NOTES": "selection", sn + "NOTE_FIELDS": "ChatLog", sn + "NOTE_LIMIT": limit})
			vpn := s.incident("VPN")
			s.wholeSession(vpn, strings.Repeat("long words ", 100))
			s.rowState(vpn, "filed")
			require.Len(t, s.notes(vpn), 1)
			assert.Equal(t, files == 0, strings.Contains(s.notes(vpn)[0], "long words"))
			assert.Len(t, s.world.ServiceNow.Attachments(vpn), files)
		})
	}
}

func TestS17LongChatBecomesAnAttachmentAndCodeTagsAreHarmless(t *testing.T) {
	t.Parallel()
	s := play(t, map[string]string{sn + "NOTES": "selection", sn + "NOTE_FIELDS": "Notes,ChatLog", sn + "NOTE_LIMIT": "300"})
	vpn := s.incident("VPN")
	pressed := s.press(vpn)
	session := s.join(pressed.Code, "Joe Employee")
	s.pickUp(session.ID)
	s.do(s.world.Rescue.Say(session.ID, "customer", strings.Repeat("long words ", 100)))
	s.do(s.world.Rescue.Note(session.ID, "[code]<b>bold</b>[/code]"))
	s.do(s.world.Rescue.CloseByTechnician(session.ID))
	s.rowState(vpn, "filed")
	require.Len(t, s.notes(vpn), 1)
	assert.NotContains(t, strings.ToLower(s.notes(vpn)[0]), "[code]")
	assert.Contains(t, s.notes(vpn)[0], "session-"+itoa(session.ID)+"-chat.txt")
	files := s.world.ServiceNow.Attachments(vpn)
	require.Len(t, files, 1)
	assert.Equal(t, "session-"+itoa(session.ID)+"-chat.txt", files[0].Name)
	assert.Contains(t, string(files[0].Contents), "long words")
}

func TestResolveIsOffUnlessTheOutcomeIsChosen(t *testing.T) {
	t.Parallel()
	for resolveOn, state := range map[string]string{"": "2", "technician": "6", "customer": "2"} {
		t.Run("on "+resolveOn, func(t *testing.T) {
			t.Parallel()
			s := play(t, map[string]string{sn + "RESOLVE_ON": resolveOn})
			vpn := s.incident("VPN")
			s.wholeSession(vpn, "hello")
			s.rowState(vpn, "filed")
			incident, _ := s.world.ServiceNow.Get("incident", vpn)
			assert.Equal(t, state, incident["state"])
			if state == "6" {
				assert.Equal(t, "Solution provided", incident["close_code"])
				assert.Equal(t, "Fixed it", incident["close_notes"])
			}
		})
	}
}

func TestReassignFollowsTheSetting(t *testing.T) {
	t.Parallel()
	for mode, want := range map[string]struct{ assigned, unassigned string }{
		"never": {"sam", ""}, "if-unassigned": {"sam", "dana"}, "always": {"dana", "dana"},
	} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			s := play(t, map[string]string{sn + "REASSIGN": mode})
			for word, owner := range map[string]string{"Lobby": want.assigned, "Outlook": want.unassigned} {
				record := s.incident(word)
				s.wholeSession(record, "hello")
				s.rowState(record, "filed")
				expected := ""
				if owner != "" {
					expected = s.agent(owner)["id"]
				}
				incident, _ := s.world.ServiceNow.Get("incident", record)
				assert.Equal(t, expected, incident["assigned_to"], word)
			}
		})
	}
}

func TestDeactivateFollowsTheSetting(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]struct {
		env    map[string]string
		active string
	}{
		"at every end":        {nil, "false"},
		"never":               {map[string]string{sn + "DEACTIVATE": "false"}, "true"},
		"on chosen outcomes":  {map[string]string{sn + "DEACTIVATE_ON": "technician"}, "false"},
		"on others, not this": {map[string]string{sn + "DEACTIVATE_ON": "abandoned"}, "true"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := play(t, want.env)
			vpn := s.incident("VPN")
			id := s.wholeSession(vpn, "hello")
			s.rowState(vpn, "filed")
			s.eventually(func() bool {
				return s.finished(support.SessionWorkflowID(support.RecordRef{Connection: "acme-sn", Type: "incident", ID: vpn}))
			}, "the run is over")
			rows := s.world.ServiceNow.List(s.world.ServiceNow.SessionTable(), "vendor_session_id="+id)
			require.Len(t, rows, 1)
			assert.Equal(t, want.active, rows[0]["active"])
		})
	}
}

// finished tells whether a run has ended.
func (s *stage) finished(workflowID string) bool {
	s.t.Helper()
	description, err := s.engine.DescribeWorkflowExecution(s.t.Context(), workflowID, "")
	require.NoError(s.t, err)
	return description.GetWorkflowExecutionInfo().GetCloseTime() != nil
}

func TestPassEmailAndTokenFieldFollowTheSettings(t *testing.T) {
	t.Parallel()
	s := play(t, map[string]string{sn + "PASS_EMAIL": "false", sn + "TOKEN_FIELD": "3"})
	require.Equal(t, http.StatusCreated, s.press(s.incident("VPN")).Status)
	pin := s.world.Rescue.PINs()[0]
	assert.Empty(t, pin.Fields[1])
	assert.True(t, support.IsToken(pin.Fields[3]) && pin.Fields[5] == "")
}

func TestTokenFieldMayBeOffThenPostsAloneTellTheSession(t *testing.T) {
	t.Parallel()
	s := play(t, map[string]string{sn + "TOKEN_FIELD": "0"})
	vpn := s.incident("VPN")
	s.wholeSession(vpn, "hello")
	s.rowState(vpn, "filed")
	assert.Len(t, s.rows(vpn), 1)
}

func TestS20InstanceSelectsTheConnection(t *testing.T) {
	t.Parallel()
	s := play(t, nil)
	key := "&key=" + s.env[sn+"HOOK_SECRET"]
	body := `{"SessionID":51,"Notes":"x","ClosingTime":"2026-11-30 10:00:00"}`
	path := "/integration/api/servicenow/sessiondetails?instance="
	assert.Equal(t, http.StatusOK, s.postTo(path+"acme"+key, "application/json", body))
	assert.Equal(t, http.StatusOK, s.postTo(path+key, "application/json", body), "the only instance may be left out")
	assert.Equal(t, http.StatusUnauthorized, s.postTo(path+"evil.example.com"+key, "application/json", body))
	assert.Equal(t, http.StatusUnauthorized, s.postTo(path+"acme&key=wrong", "application/json", body))
	s.vendorRow(51, "filed")
}
