package main

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/sandbox"
	simdataverse "example.com/lifeline/sandbox/dataverse"
	simrescue "example.com/lifeline/sandbox/rescue"
	"example.com/lifeline/support"
)

// connectedRow presses as Dana and lets her pick up.
func (s *stage) connectedRow() (row string, session int64) {
	s.t.Helper()
	row = s.pressRow(simdataverse.DemoDana, simdataverse.DemoCase)
	session = s.join(s.invited(row).Text("lifeline_pin"), "Maria").ID
	s.pickUp(session)
	s.dynamicsRow(row, "connected", inState("connected"))
	return row, session
}

func TestRowDeletedInTheMiddleIsMadeAgain(t *testing.T) {
	t.Parallel()
	s := playDynamics(t, nil)
	row, session := s.connectedRow()
	require.NoError(t, s.world.Dataverse.Delete("lifeline_session", row))
	s.do(s.world.Rescue.Note(session, "Cable was loose"))
	s.do(s.world.Rescue.CloseByTechnician(session))
	filed := s.filedRow(itoa(session))
	assert.Equal(t, "Cable was loose", filed.Text("lifeline_notes"))
	assert.Len(t, s.sessionRows(simdataverse.DemoCase), 1)
	assert.Len(t, s.annotations(simdataverse.DemoCase), 1)
}

func TestRowChangedByHandInTheMiddleIsFiledWhereItBelongs(t *testing.T) {
	t.Parallel()
	s := playDynamics(t, nil)
	row, session := s.connectedRow()
	require.NoError(t, s.world.Dataverse.UpdateAs(simdataverse.DemoDana, "lifeline_session", row, map[string]any{
		"lifeline_sessionkey": "of-somebody-else", "lifeline_vendorsessionid": "4711", "lifeline_tracking": nil, "lifeline_workflowid": nil,
		"lifeline_incidentid@odata.bind": "/incidents(" + simdataverse.DemoAccountCase + ")", "statecode": 1, "statuscode": 2,
	}))
	s.do(s.world.Rescue.CloseByTechnician(session))
	filed := s.filedRow(itoa(session))
	assert.Equal(t, row, filed.Text("lifeline_sessionid"))
	assert.Equal(t, simdataverse.DemoCase, filed.Text("_lifeline_incidentid_value"))
	assert.Len(t, s.annotations(simdataverse.DemoCase), 1)
	assert.Len(t, s.list("lifeline_session", ""), 1)
}

func TestTwoRowsAtOnceOfACaseAreOneSession(t *testing.T) {
	t.Parallel()
	s := playDynamics(t, nil)
	s.world.Dataverse.DuplicateWebhooks(true)
	rows := make([]string, 6)
	var pressing sync.WaitGroup
	for i := range rows {
		pressing.Go(func() {
			rows[i] = s.pressRow([]string{simdataverse.DemoDana, simdataverse.DemoSam}[i%2], simdataverse.DemoCase)
		})
	}
	pressing.Wait()
	live := 0
	for _, row := range rows {
		shown := s.dynamicsRow(row, "live or closed", func(r simdataverse.Row) bool {
			return r.Text("lifeline_pin") != "" && (r.Int("statecode") == 1 || r.Text("lifeline_state") == "invited")
		})
		if shown.Int("statecode") == 0 {
			live++
		}
	}
	assert.Equal(t, 1, live)
	assert.Len(t, s.world.Rescue.PINs(), 1)
	s.keysAreUnique()
}

func TestRowOfASessionThatGoesOnPromisesNoCode(t *testing.T) {
	t.Parallel()
	s := playDynamics(t, nil)
	s.connectedRow()
	second := s.pressRow(simdataverse.DemoSam, simdataverse.DemoCase)
	row := s.dynamicsRow(second, "closed", func(r simdataverse.Row) bool { return r.Int("statecode") == 1 })
	assert.Equal(t, "already_open", row.Text("lifeline_errorcode"))
	assert.Empty(t, row.Text("lifeline_pin"), "it is used")
	assert.NotContains(t, row.Text("lifeline_errormessage"), "code")
}

func TestRowWithoutARecordIsRefused(t *testing.T) {
	t.Parallel()
	s := playDynamics(t, nil)
	row, err := s.world.Dataverse.CreateAs(simdataverse.DemoDana, "lifeline_session", map[string]any{"lifeline_name": "by hand"})
	require.NoError(t, err)
	refused := s.dynamicsRow(row, "refused and closed", func(r simdataverse.Row) bool { return r.Int("statecode") == 1 })
	assert.NotEmpty(t, refused.Text("lifeline_errormessage"))
	assert.Empty(t, s.world.Rescue.PINs())
}

func TestCaseDeletedInTheMiddleKeepsTheSessionRow(t *testing.T) {
	t.Parallel()
	s := playDynamics(t, map[string]string{d365 + "RESOLVE_ON": "technician", d365 + "REASSIGN": "always"})
	row, session := s.connectedRow()
	require.NoError(t, s.world.Dataverse.Delete("incident", simdataverse.DemoCase))
	s.do(s.world.Rescue.Note(session, "Cable was loose"))
	s.do(s.world.Rescue.CloseByTechnician(session))
	filed := s.dynamicsRow(row, "filed and closed", filedAndClosed)
	assert.Equal(t, "Cable was loose", filed.Text("lifeline_notes"))
	assert.Empty(t, filed.Text("lifeline_errorcode"))
	assert.Len(t, s.list("lifeline_session", ""), 1)
}

func TestCaseClosedByAnotherInTheMiddleStaysAsItIs(t *testing.T) {
	t.Parallel()
	for name, status := range map[string]int{"resolved": 5, "cancelled": 6} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := playDynamics(t, map[string]string{d365 + "RESOLVE_ON": "technician", d365 + "REASSIGN": "always"})
			row := s.pressRow(simdataverse.DemoSam, simdataverse.DemoCase)
			session := s.join(s.invited(row).Text("lifeline_pin"), "Maria")
			s.closeCase(simdataverse.DemoCase, status)
			s.do(s.world.Rescue.PickUp(session.ID, "sam@example.com"))
			s.do(s.world.Rescue.CloseByTechnician(session.ID))
			s.dynamicsRow(row, "filed and closed", filedAndClosed)
			record, _ := s.world.Dataverse.Get("incident", simdataverse.DemoCase)
			assert.Equal(t, status, record.Int("statuscode"))
			assert.Equal(t, simdataverse.DemoDana, record.Text("_ownerid_value"))
			assert.Len(t, s.annotations(simdataverse.DemoCase), 1)
		})
	}
}

// closeCase resolves or cancels a case as Dana does in the browser.
func (s *stage) closeCase(id string, status int) {
	s.t.Helper()
	if status == 6 {
		require.NoError(s.t, s.world.Dataverse.Update("incident", id, map[string]any{"statecode": 2, "statuscode": status}))
		return
	}
	body := encode(s.t, map[string]any{"Status": status, "IncidentResolution": map[string]any{
		"@odata.type": "Microsoft.Dynamics.CRM.incidentresolution", "subject": "Solved by phone", "incidentid@odata.bind": "/incidents(" + id + ")",
	}})
	request, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.env[d365+"DYNAMICS_ORG_URL"]+"/api/data/v9.2/CloseIncident", bytes.NewReader(body))
	require.NoError(s.t, err)
	request.Header.Set("Authorization", "Bearer "+s.world.Dataverse.UserToken(simdataverse.DemoDana))
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	require.NoError(s.t, err)
	defer response.Body.Close()
	require.Equal(s.t, http.StatusNoContent, response.StatusCode)
}

func TestReplayedWebhookOfAFiledRowOpensNothing(t *testing.T) {
	t.Parallel()
	s := playDynamics(t, nil)
	row := s.pressRow(simdataverse.DemoDana, simdataverse.DemoCase)
	s.settle(row)
	require.NoError(t, s.world.Dataverse.Update("lifeline_session", row, map[string]any{"statecode": 0, "statuscode": 1}))
	require.Equal(t, http.StatusAccepted, s.hook(row, sandbox.WebhookSecret("acme-d365"), nil))
	s.settle(s.pressRow(simdataverse.DemoDana, simdataverse.DemoAccountCase))
	assert.Len(t, s.world.Rescue.PINs(), 2)
	assert.Len(t, s.sessionRows(simdataverse.DemoCase), 1)
}

// The administrator takes the right to act as agents away, or an agent's own rights.
func TestRefusedImpersonationIsSaidAndGoesOnAfterRetry(t *testing.T) {
	t.Parallel()
	s := playDynamics(t, map[string]string{d365 + "DYNAMICS_IMPERSONATE": "objectid", d365 + "API_KEY": apiKey})
	app := s.world.Dataverse.ApplicationUser(sandbox.AppID)
	roles := s.world.Dataverse.Roles(app)
	row, session := s.connectedRow()
	for _, role := range roles {
		s.world.Dataverse.Revoke(role, "prvActOnBehalfOfAnotherUser")
	}
	s.do(s.world.Rescue.Note(session, "Cable was loose"))
	s.do(s.world.Rescue.CloseByTechnician(session))
	id := support.SessionWorkflowID(support.RecordRef{Connection: "acme-d365", Type: "incident", ID: simdataverse.DemoCase})
	s.eventually(func() bool {
		view, err := s.app.sessions.StateOf(t.Context(), id)
		return err == nil && view.Attention != nil && view.Attention.Code == support.CodePermission
	}, "attention")
	for _, role := range roles {
		s.world.Dataverse.Grant(role, "prvActOnBehalfOfAnotherUser", simdataverse.Global)
	}
	_, err := s.app.sessions.RetryRun(t.Context(), id, retryPress, "retry")
	require.NoError(t, err)
	filed := s.dynamicsRow(row, "filed and closed", filedAndClosed)
	assert.Equal(t, "Cable was loose", filed.Text("lifeline_notes"))
	assert.Empty(t, filed.Text("lifeline_errorcode"))
	assert.Len(t, s.annotations(simdataverse.DemoCase), 1)
}

func TestLostAnswerOfEveryWriteDoublesNothing(t *testing.T) {
	t.Parallel()
	s := playDynamics(t, map[string]string{d365 + "RESOLVE_ON": "technician", d365 + "REASSIGN": "always"})
	r := s.record()
	lose := func(method, path string, times int) {
		s.world.Dataverse.Inject(simdataverse.Fault{Kind: simdataverse.ResetAfter, Method: method, Path: path, Times: times})
	}
	lose(http.MethodPost, "lifeline_usersettings", 1)
	lose(http.MethodPatch, "lifeline_usersettings", 2)
	lose(http.MethodPatch, "lifeline_sessions", 1)
	row := s.pressRow(simdataverse.DemoSam, simdataverse.DemoCase)
	session := s.join(s.invited(row).Text("lifeline_pin"), "Maria")
	s.do(s.world.Rescue.Say(session.ID, "customer", strings.Repeat("long ", 30_000)))
	lose(http.MethodPatch, "incidents", 1)
	lose(http.MethodPost, "annotations", 1)
	lose(http.MethodPatch, "annotations", 1)
	lose(http.MethodPost, "CloseIncident", 1)
	s.do(s.world.Rescue.PickUp(session.ID, "sam@example.com"))
	s.dynamicsRow(row, "connected", inState("connected"))
	lose(http.MethodPatch, "lifeline_sessions", 4)
	s.do(s.world.Rescue.CloseByTechnician(session.ID))
	s.dynamicsRow(row, "filed and closed", filedAndClosed)
	assert.Empty(t, s.world.Dataverse.Faults(), "each was met")
	assert.Len(t, s.list("lifeline_usersetting", ""), 1)
	assert.Len(t, s.list("lifeline_session", ""), 1)
	assert.Len(t, s.annotations(simdataverse.DemoCase), 1)
	assert.Len(t, s.annotations(row), 1, "the chat")
	assert.Len(t, s.list("incidentresolution", ""), 1)
	assert.Len(t, s.world.Rescue.PINs(), 1)
	assert.NotEmpty(t, r.writes())
}

func TestKeyThatComesAndGoesDuringABurstMakesNoDoubles(t *testing.T) {
	t.Parallel()
	s := playDynamics(t, map[string]string{d365 + "POLL": "1h"})
	const sessions = 24
	statuses := []string{simdataverse.KeyFailed, simdataverse.KeyActive, simdataverse.KeyPending, simdataverse.KeyActive}
	for i := range sessions {
		require.NoError(t, s.world.Dataverse.SetKeyStatus("lifeline_session", sessionKey, statuses[i%len(statuses)]))
		for range 2 {
			s.dropIn(map[string]any{"SessionID": 900 + i, "Notes": "in a burst", "ClosingTime": "2026-06-18 10:03:40"})
		}
		s.dropIn(map[string]any{"SessionID": 900 + i, "ChatLog": "late word", "PickupTime": "2026-06-18 10:00:40"})
	}
	for i := range sessions {
		s.filedRow(itoa(int64(900 + i)))
	}
	assert.Len(t, s.list("lifeline_session", ""), sessions)
	s.keysAreUnique()
}

func TestWhateverPeopleTypeIsFiled(t *testing.T) {
	t.Parallel()
	s := playDynamics(t, nil)
	typed := "<script>alert(1)</script> [code]<b>x</b>[/code] 😀 ñ ' \" \\ %00 &amp; {{x}} $1 \u202e, NUL\x00 and VT\v."
	kept := strings.NewReplacer("\x00", "", "\v", "").Replace(typed) // no CRM takes control characters
	row, session := s.connectedRow()
	s.do(s.world.Rescue.Say(session, "customer", typed))
	s.do(s.world.Rescue.Note(session, typed))
	s.do(s.world.Rescue.CloseByTechnician(session))
	filed := s.dynamicsRow(row, "filed and closed", filedAndClosed)
	assert.Equal(t, kept, filed.Text("lifeline_notes"))
	assert.Contains(t, filed.Text("lifeline_chatlog"), kept)
	assert.Contains(t, s.annotations(simdataverse.DemoCase)[0].Text("notetext"), "Notes: "+kept)
}

// Whoever may read the row has the link to the sign-in.
func TestSignInTakesNobodyElsesAccount(t *testing.T) {
	t.Parallel()
	s, lee := playWithoutSSO(t)
	const otherCompany = 7654321
	s.world.Rescue.AddCompany(simrescue.Company{ID: otherCompany, Name: "Strangers"})
	for _, user := range []simrescue.User{
		{Company: otherCompany, Name: "Mallory", Email: "mallory@example.net", Group: "Strangers"},
		{Company: sandbox.CompanyID, Name: "Noor Haddad", Email: "noor@example.com", Group: sandbox.TechnicianGroup},
	} {
		user.Password = leePassword
		_, err := s.world.Rescue.AddTechnician(user)
		require.NoError(t, err)
	}
	_, err := s.world.Rescue.AddAdministrator(simrescue.User{Company: sandbox.CompanyID, Name: "Boss", Email: "boss@example.com", Password: leePassword})
	require.NoError(t, err)
	refused := s.dynamicsRow(s.pressRow(lee, simdataverse.DemoCase), "led to the sign-in", func(r simdataverse.Row) bool { return r.Int("statecode") == 1 })
	page, err := url.Parse(refused.Text("lifeline_panelurl"))
	require.NoError(t, err)
	for email, why := range map[string]string{
		"mallory@example.net": "another company",
		"noor@example.com":    "another agent",
		"boss@example.com":    "no technician licence",
	} {
		status, text := s.fill(page, email, leePassword)
		assert.Equal(t, http.StatusUnprocessableEntity, status, email)
		assert.Contains(t, text, why, email)
	}
	assert.Equal(t, support.AuthcodeMissing, s.list("lifeline_usersetting", "")[0].Text("lifeline_authcode"))
	status, text := s.fill(page, leeEmail, leePassword)
	assert.Equal(t, http.StatusOK, status, text)
}

func TestCaseOfAConsoleSessionIsMadeOnceThoughItsAnswerIsLost(t *testing.T) {
	t.Parallel()
	s := playDynamics(t, map[string]string{d365 + "CREATE_FROM_CONSOLE": "true", d365 + "DYNAMICS_DEFAULT_CUSTOMER": "accounts(" + simdataverse.DemoAccount + ")"})
	for _, role := range s.world.Dataverse.Roles(s.world.Dataverse.ApplicationUser(sandbox.AppID)) {
		s.world.Dataverse.Grant(role, "prvCreateIncident", simdataverse.Global)
		s.world.Dataverse.Grant(role, "prvAppendIncident", simdataverse.Global)
	}
	cases := len(s.list("incident", ""))
	s.world.Dataverse.Inject(simdataverse.Fault{Kind: simdataverse.ResetAfter, Method: http.MethodPost, Path: "incidents", Times: 2})
	session, err := s.world.Rescue.StartFromConsole("dana@example.com", simrescue.Fields{"Beth Anglin"})
	require.NoError(t, err)
	s.do(s.world.Rescue.CloseByTechnician(session.ID))
	row := s.filedRow(itoa(session.ID))
	assert.Len(t, s.list("incident", ""), cases+1)
	assert.Len(t, s.annotations(row.Text("_lifeline_incidentid_value")), 1)
}

// Each passing refusal that there is, one after the other, with pages of a gateway instead of data.
func TestRowIsWrittenOnceThroughEveryPassingFault(t *testing.T) {
	t.Parallel()
	s := playDynamics(t, nil)
	for _, kind := range []simdataverse.FaultKind{simdataverse.Fault502, simdataverse.Fault503, simdataverse.SQLTimeout, simdataverse.Race, simdataverse.Throttle429Time} {
		s.world.Dataverse.Inject(simdataverse.Fault{Kind: kind, Method: http.MethodPatch, Path: "lifeline_sessions", HTML: true})
	}
	s.dropIn(map[string]any{"SessionID": 77, "Notes": "storm", "ClosingTime": "2026-06-18 10:03:40"})
	assert.Equal(t, "storm", s.filedRow("77").Text("lifeline_notes"))
	assert.Empty(t, s.world.Dataverse.Faults())
	s.keysAreUnique()
}
