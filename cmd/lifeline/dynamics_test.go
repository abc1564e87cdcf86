package main

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/sandbox"
	simdataverse "example.com/lifeline/sandbox/dataverse"
	simrescue "example.com/lifeline/sandbox/rescue"
	"example.com/lifeline/support"
)

const d365 = "LIFELINE_ACME_D365_"

// playDynamics sets a stage up for Rescue with Dynamics.
func playDynamics(t *testing.T, overrides map[string]string) *stage {
	t.Helper()
	return playWith(t, overrides, "acme-d365")
}

// pressRow presses the button in Dynamics: the agent creates a session row for the case.
func (s *stage) pressRow(agent, caseID string) string {
	s.t.Helper()
	row, err := s.world.Dataverse.CreateAs(agent, "lifeline_session", map[string]any{
		"lifeline_name": "Remote session", "lifeline_incidentid@odata.bind": "/incidents(" + caseID + ")",
	})
	require.NoError(s.t, err)
	return row
}

// dynamicsRow waits until a session row fulfils the condition.
func (s *stage) dynamicsRow(id, what string, condition func(simdataverse.Row) bool) simdataverse.Row {
	s.t.Helper()
	ctx, cancel := timeout(s.t)
	defer cancel()
	var row simdataverse.Row
	err := s.world.Dataverse.Wait(ctx, func() bool {
		var found bool
		row, found = s.world.Dataverse.Get("lifeline_session", id)
		return found && condition(row)
	})
	require.NoError(s.t, err, "%s: %v", what, row)
	return row
}

func inState(state string) func(simdataverse.Row) bool {
	return func(r simdataverse.Row) bool { return r.Text("lifeline_state") == state }
}

func filedAndClosed(r simdataverse.Row) bool {
	return r.Text("lifeline_state") == "filed" && r.Int("statecode") == 1
}

func (s *stage) annotations(caseID string) []simdataverse.Row {
	s.t.Helper()
	rows, err := s.world.Dataverse.List("annotation", "_objectid_value eq "+caseID)
	require.NoError(s.t, err)
	return rows
}

func (s *stage) sessionRows(caseID string) []simdataverse.Row {
	s.t.Helper()
	rows, err := s.world.Dataverse.List("lifeline_session", "_lifeline_incidentid_value eq "+caseID)
	require.NoError(s.t, err)
	return rows
}

func TestDynamicsSessionGoesFromTheRowToAFiledNote(t *testing.T) {
	t.Parallel()
	s := playDynamics(t, nil)
	row := s.pressRow(simdataverse.DemoDana, simdataverse.DemoCase)
	invited := s.dynamicsRow(row, "invited", inState("invited"))
	assert.Regexp(t, `^\d{6}$`, invited.Text("lifeline_pin"))
	assert.Contains(t, invited.Text("lifeline_customerlink"), invited.Text("lifeline_pin"))
	assert.NotEmpty(t, invited.Text("lifeline_panelurl"))

	session := s.join(invited.Text("lifeline_pin"), "Maria")
	s.dynamicsRow(row, "waiting", inState("waiting"))
	s.pickUp(session.ID)
	s.dynamicsRow(row, "connected", inState("connected"))
	s.do(s.world.Rescue.Say(session.ID, "customer", "my screen is dark"))
	s.do(s.world.Rescue.Note(session.ID, "Cable was loose"))
	s.do(s.world.Rescue.CloseByTechnician(session.ID))
	filed := s.dynamicsRow(row, "filed and closed", filedAndClosed)
	assert.Equal(t, itoa(session.ID), filed.Text("lifeline_vendorsessionid"))
	assert.Contains(t, filed.Text("lifeline_chatlog"), "my screen is dark")
	assert.Equal(t, "Cable was loose", filed.Text("lifeline_notes"))
	assert.Empty(t, filed.Text("lifeline_pin"))
	notes := s.annotations(simdataverse.DemoCase)
	require.Len(t, notes, 1)
	assert.Contains(t, notes[0].Text("notetext"), "Notes: Cable was loose")
	assert.Len(t, s.sessionRows(simdataverse.DemoCase), 1)
}

func TestWebhookTwiceLateStrippedOrNeverOpensOneSession(t *testing.T) {
	t.Parallel()
	for name, set := range map[string]func(*simdataverse.Sim){
		"twice":                                  func(d *simdataverse.Sim) { d.DuplicateWebhooks(true) },
		"stripped":                               func(d *simdataverse.Sim) { d.StripWebhooks(true) },
		"never, so that the sweep finds the row": func(d *simdataverse.Sim) { d.DropWebhooks(1) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := playDynamics(t, map[string]string{d365 + "SWEEP": "1s"})
			set(s.world.Dataverse)
			if strings.HasPrefix(name, "never") {
				s.world.Dataverse.Advance(-2 * time.Minute) // the sweep leaves young rows to their webhook
			}
			row := s.pressRow(simdataverse.DemoDana, simdataverse.DemoCase)
			s.dynamicsRow(row, "invited", inState("invited"))
			assert.Len(t, s.world.Rescue.PINs(), 1)
		})
	}
}

func TestForgedWebhookIsRefused(t *testing.T) {
	t.Parallel()
	s := playDynamics(t, nil)
	body := map[string]any{"OrganizationId": "x", "PrimaryEntityId": simdataverse.DemoCase, "PrimaryEntityName": "lifeline_session", "MessageName": "Create"}
	assert.Equal(t, http.StatusUnauthorized, s.send(http.MethodPost, "/hooks/dynamics/acme-d365", body).Status)
	assert.Equal(t, http.StatusUnauthorized, s.send(http.MethodPost, "/hooks/dynamics/acme-d365", body, "X-Lifeline-Key", "wrong").Status)
	assert.Equal(t, http.StatusBadRequest,
		s.send(http.MethodPost, "/hooks/dynamics/acme-d365", body, "X-Lifeline-Key", sandbox.WebhookSecret("acme-d365")).Status, "another organisation")
}

func TestSecondRowOfACaseShowsTheLiveCodeAndIsClosed(t *testing.T) {
	t.Parallel()
	s := playDynamics(t, nil)
	first := s.pressRow(simdataverse.DemoDana, simdataverse.DemoCase)
	pin := s.dynamicsRow(first, "invited", inState("invited")).Text("lifeline_pin")
	second := s.pressRow(simdataverse.DemoSam, simdataverse.DemoCase)
	row := s.dynamicsRow(second, "closed", func(r simdataverse.Row) bool { return r.Int("statecode") == 1 })
	assert.Equal(t, pin, row.Text("lifeline_pin"))
	assert.Len(t, s.world.Rescue.PINs(), 1)
}

func TestRefusalIsWrittenOnTheRow(t *testing.T) {
	t.Parallel()
	s := playDynamics(t, map[string]string{d365 + "REQUIRE_CONSOLE": "true"})
	require.NoError(t, s.world.Rescue.SetConsole("dana@example.com", false))
	row := s.dynamicsRow(s.pressRow(simdataverse.DemoDana, simdataverse.DemoCase), "refused", func(r simdataverse.Row) bool {
		return r.Text("lifeline_errorcode") != ""
	})
	assert.Equal(t, support.CodeNoConsole, row.Text("lifeline_errorcode"))
	assert.NotEmpty(t, row.Text("lifeline_errormessage"))
	refused := support.SessionWorkflowID(support.RecordRef{Connection: "acme-d365", Type: "incident", ID: simdataverse.DemoCase})
	s.eventually(func() bool { return s.finished(refused) }, "over")
	require.NoError(t, s.world.Rescue.SetConsole("dana@example.com", true))
	s.invited(s.pressRow(simdataverse.DemoDana, simdataverse.DemoCase))
}

func TestDynamicsSettingsFlipBothWays(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]struct {
		env   map[string]string
		check func(t *testing.T, s *stage, row simdataverse.Row)
	}{
		"defaults: email in field 1, owner stays, row closed, case open": {check: func(t *testing.T, s *stage, row simdataverse.Row) {
			assert.NotEmpty(t, s.world.Rescue.PINs()[0].Fields[1])
			assert.Equal(t, 1, row.Int("statecode"))
			record, _ := s.world.Dataverse.Get("incident", simdataverse.DemoCase)
			assert.Equal(t, 0, record.Int("statecode"))
		}},
		"no e-mail in field 1": {env: map[string]string{d365 + "PASS_EMAIL": "false"}, check: func(t *testing.T, s *stage, _ simdataverse.Row) {
			assert.Empty(t, s.world.Rescue.PINs()[0].Fields[1])
		}},
		"row stays active": {env: map[string]string{d365 + "DEACTIVATE": "false"}, check: func(t *testing.T, _ *stage, row simdataverse.Row) {
			assert.Equal(t, 0, row.Int("statecode"))
		}},
		"case follows the technician": {env: map[string]string{d365 + "REASSIGN": "always"}, check: func(t *testing.T, s *stage, _ simdataverse.Row) {
			record, _ := s.world.Dataverse.Get("incident", simdataverse.DemoCase)
			assert.Equal(t, simdataverse.DemoSam, record.Text("_ownerid_value"))
		}},
		"case is resolved on the chosen outcome": {env: map[string]string{d365 + "RESOLVE_ON": "technician"}, check: func(t *testing.T, s *stage, _ simdataverse.Row) {
			record, _ := s.world.Dataverse.Get("incident", simdataverse.DemoCase)
			assert.Equal(t, 1, record.Int("statecode"))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := playDynamics(t, want.env)
			row := s.pressRow(simdataverse.DemoSam, simdataverse.DemoCase)
			pin := s.dynamicsRow(row, "invited", inState("invited")).Text("lifeline_pin")
			session := s.join(pin, "Maria")
			s.do(s.world.Rescue.PickUp(session.ID, "sam@example.com"))
			s.do(s.world.Rescue.CloseByTechnician(session.ID))
			s.dynamicsRow(row, "filed", inState("filed"))
			s.eventually(func() bool {
				return s.finished(support.SessionWorkflowID(support.RecordRef{Connection: "acme-d365", Type: "incident", ID: simdataverse.DemoCase}))
			}, "over")
			filed, _ := s.world.Dataverse.Get("lifeline_session", row)
			want.check(t, s, filed)
		})
	}
}

func TestUserSettingIsCreatedOnTheFirstRequest(t *testing.T) {
	t.Parallel()
	s := playDynamics(t, nil)
	s.dynamicsRow(s.pressRow(simdataverse.DemoDana, simdataverse.DemoCase), "invited", inState("invited"))
	settings, err := s.world.Dataverse.List("lifeline_usersetting", "")
	require.NoError(t, err)
	require.Len(t, settings, 1)
	assert.Empty(t, settings[0].Text("lifeline_ssoid"), "empty means the agent's e-mail")
	assert.NotEmpty(t, settings[0].Text("lifeline_technicianid"))
}

func TestSessionsAreFiledOnceWhileTheKeyIsFailed(t *testing.T) {
	t.Parallel()
	s := playDynamics(t, nil)
	require.NoError(t, s.world.Dataverse.SetKeyStatus("lifeline_session", "lifeline_sessionkeykey", simdataverse.KeyFailed))
	session, err := s.world.Rescue.StartFromConsole("dana@example.com", simrescue.Fields{"Maria"})
	require.NoError(t, err)
	s.do(s.world.Rescue.Note(session.ID, "without a key"))
	s.do(s.world.Rescue.CloseByTechnician(session.ID))
	ctx, cancel := timeout(t)
	defer cancel()
	var rows []simdataverse.Row
	require.NoError(t, s.world.Dataverse.Wait(ctx, func() bool {
		rows, err = s.world.Dataverse.List("lifeline_session", "lifeline_vendorsessionid eq '"+itoa(session.ID)+"'")
		return err == nil && len(rows) == 1 && rows[0].Text("lifeline_state") == "filed"
	}))
}

func TestDynamicsDropInTakesPostsOfEveryForm(t *testing.T) {
	t.Parallel()
	s := playDynamics(t, nil)
	key := "/api/integration?key=" + s.env[d365+"HOOK_SECRET"]
	for contentType, body := range map[string]string{
		"application/json":                  `{"SessionID":61,"Notes":"json","ClosingTime":"2026-11-30 10:00:00"}`,
		"text/xml":                          `<session><sessionid>62</sessionid><notes>xml</notes><closingtime>2026-11-30 10:00:00</closingtime></session>`,
		"application/x-www-form-urlencoded": `SessionID=63&Notes=form&ClosingTime=2026-11-30+10%3A00%3A00`,
	} {
		assert.Equal(t, http.StatusOK, s.postTo(key, contentType, body))
	}
	assert.Equal(t, http.StatusUnauthorized, s.postTo("/api/integration?key=wrong", "application/json", `{"SessionID":64}`))
	ctx, cancel := timeout(t)
	defer cancel()
	require.NoError(t, s.world.Dataverse.Wait(ctx, func() bool {
		rows, err := s.world.Dataverse.List("lifeline_session", "lifeline_state eq 'filed'")
		return err == nil && len(rows) == 3
	}))
}

func TestDynamicsLostAnswersFileOnce(t *testing.T) {
	t.Parallel()
	s := playDynamics(t, nil)
	row := s.pressRow(simdataverse.DemoDana, simdataverse.DemoCase)
	pin := s.dynamicsRow(row, "invited", inState("invited")).Text("lifeline_pin")
	session := s.join(pin, "Maria")
	s.pickUp(session.ID)
	s.dynamicsRow(row, "connected", inState("connected"))
	s.world.Dataverse.Inject(simdataverse.Fault{Kind: simdataverse.ResetAfter, Method: http.MethodPost, Path: "annotations", Times: 1})
	s.world.Dataverse.Inject(simdataverse.Fault{Kind: simdataverse.ResetAfter, Method: http.MethodPatch, Path: "lifeline_sessions", Times: 1})
	s.do(s.world.Rescue.CloseByTechnician(session.ID))
	s.dynamicsRow(row, "filed and closed", filedAndClosed)
	assert.Len(t, s.annotations(simdataverse.DemoCase), 1)
	assert.Len(t, s.sessionRows(simdataverse.DemoCase), 1)
}

func TestDynamicsThatIsDownLosesNoPress(t *testing.T) {
	t.Parallel()
	s := playDynamics(t, nil)
	s.world.Dataverse.Inject(simdataverse.Fault{Kind: simdataverse.Fault503, Method: http.MethodGet, Path: "lifeline_sessions", Times: 3})
	row := s.pressRow(simdataverse.DemoDana, simdataverse.DemoCase)
	s.dynamicsRow(row, "invited", inState("invited"))
}

func TestDynamicsHTTPAPIWorksForRecordsToo(t *testing.T) {
	t.Parallel()
	s := playDynamics(t, map[string]string{d365 + "API_KEY": "an-api-key-of-the-case-form"})
	got := s.send(http.MethodPost, "/v1/connections/acme-d365/records/incident/"+simdataverse.DemoCase+"/session",
		map[string]any{"agent": map[string]string{"id": simdataverse.DemoDana, "name": "Dana", "email": "dana@example.com"}}, "X-Api-Key", "an-api-key-of-the-case-form")
	require.Equal(t, http.StatusCreated, got.Status, got.Raw)
	assert.Regexp(t, `^\d{6}$`, got.Code)
}
