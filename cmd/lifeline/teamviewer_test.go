package main

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/api"
	"example.com/lifeline/config"
	simdataverse "example.com/lifeline/sandbox/dataverse"
	"example.com/lifeline/sandbox/mailbox"
	simteamviewer "example.com/lifeline/sandbox/teamviewer"
	"example.com/lifeline/support"
	"example.com/lifeline/workflows"
)

// playTeamViewer sets a stage up for TeamViewer with a CRM: acme-tv-sn or acme-tv-d365.
func playTeamViewer(t *testing.T, connection string, overrides map[string]string) *stage {
	t.Helper()
	s := playWith(t, prefixed(connection, overrides), connection)
	var at simteamviewer.Duration
	s.world.TeamViewer.Configure(func(c *simteamviewer.Settings) { c.ReportDelay = &at })
	return s
}

func prefixed(connection string, overrides map[string]string) map[string]string {
	out := map[string]string{}
	for name, value := range overrides {
		if !strings.HasPrefix(name, config.Prefix) {
			name = config.ConnectionPrefix(connection) + "_" + name
		}
		out[name] = value
	}
	return out
}

// pressTV asks for a session on the first incident of TeamViewer's ServiceNow.
func (s *stage) pressTV() (incident string, pressed answer) {
	s.t.Helper()
	incident = s.incident("VPN")
	pressed = s.callTV(http.MethodPost, incident, "/session", map[string]any{"agent": s.agent("dana")})
	require.Less(s.t, pressed.Status, 300, pressed.Raw)
	return incident, pressed
}

func (s *stage) callTV(method, incident, rest string, body any) answer {
	s.t.Helper()
	return s.call(method, "acme-tv-sn", "incident", incident, rest, body)
}

// closedAtVendor waits until a code is closed at TeamViewer.
func (s *stage) closedAtVendor(code string) {
	s.t.Helper()
	s.eventually(func() bool {
		session, _ := s.world.TeamViewer.Session(code)
		return session.State == simteamviewer.Closed
	}, "the code is closed at the vendor")
}

func (s *stage) tv(err error) {
	s.t.Helper()
	require.NoError(s.t, err)
}

func TestTeamViewerSessionGoesFromTheButtonToAFiledNote(t *testing.T) {
	t.Parallel()
	s := playTeamViewer(t, "acme-tv-sn", nil)
	vpn, pressed := s.pressTV()
	require.Equal(t, http.StatusCreated, pressed.Status)
	assert.Regexp(t, `^s\d+-\d+-\d+$`, pressed.Code)
	s.rowState(vpn, "invited")
	again := s.callTV(http.MethodPost, vpn, "/session", map[string]any{"agent": s.agent("dana")})
	assert.Equal(t, http.StatusOK, again.Status)
	assert.Equal(t, pressed.Code, again.Code)

	s.tv(s.world.TeamViewer.CustomerOnline(pressed.Code))
	waiting := s.rowState(vpn, "waiting")
	assert.Equal(t, "true", waiting["customer_online"])
	s.tv(s.world.TeamViewer.SupporterConnects(pressed.Code, "dana@example.com", true))
	s.tv(s.world.TeamViewer.ConnectionEnds(pressed.Code))
	s.tv(s.world.TeamViewer.EditNotes(pressed.Code, "Driver reinstalled"))
	s.tv(s.world.TeamViewer.CustomerOffline(pressed.Code))
	row := s.rowState(vpn, "filed")
	assert.Equal(t, "Driver reinstalled", row["notes"])
	assert.NotEmpty(t, row["started_at"])
	require.Len(t, s.notes(vpn), 1)
	assert.Contains(t, s.notes(vpn)[0], "Driver reinstalled")
	s.closedAtVendor(pressed.Code)
}

func TestTeamViewerWithDynamicsGoesFromTheRowToAFiledNote(t *testing.T) {
	t.Parallel()
	s := playTeamViewer(t, "acme-tv-d365", nil)
	row := s.pressRow(simdataverse.DemoDana, simdataverse.DemoCase)
	invited := s.dynamicsRow(row, "invited", inState("invited"))
	code := invited.Text("lifeline_vendorsessionid")
	assert.Equal(t, "true true true", strings.Join([]string{text(invited.Bool("lifeline_canjoin")), text(invited.Bool("lifeline_canshare")), text(invited.Bool("lifeline_canclose"))}, " "))
	s.tv(s.world.TeamViewer.CustomerOnline(code))
	waiting := s.dynamicsRow(row, "waiting", inState("waiting"))
	assert.True(t, waiting.Bool("lifeline_customeronline"))
	s.tv(s.world.TeamViewer.SupporterConnects(code, "dana@example.com", true))
	s.tv(s.world.TeamViewer.ConnectionEnds(code))
	s.tv(s.world.TeamViewer.CustomerOffline(code))
	s.dynamicsRow(row, "filed and closed", filedAndClosed)
	assert.Len(t, s.annotations(simdataverse.DemoCase), 1)
}

// pressOnForm presses the button on a form in Dynamics. On a busy machine it may have to be pressed again.
func (s *stage) pressOnForm(path string, body any) (pressed answer) {
	s.t.Helper()
	s.eventually(func() bool {
		pressed = s.send(http.MethodPost, path+"/session", body, "X-Api-Key", "an-api-key-of-the-forms")
		return pressed.Status != http.StatusServiceUnavailable
	}, "an answer")
	require.Less(s.t, pressed.Status, 300, path+pressed.Raw)
	return pressed
}

func text(b bool) string {
	if b {
		return "true"
	}
	return "false"
}

func TestServiceCaseFromEveryDynamicsRecord(t *testing.T) {
	t.Parallel()
	s := playTeamViewer(t, "acme-tv-d365", map[string]string{"API_KEY": "an-api-key-of-the-forms"})
	for table, id := range map[string]string{
		"incident": simdataverse.DemoCase, "account": simdataverse.DemoAccount, "contact": simdataverse.DemoContact,
		"lead": simdataverse.DemoLead, "opportunity": simdataverse.DemoOpportunity,
	} {
		path := "/v1/connections/acme-tv-d365/records/" + table + "/" + id
		body := map[string]any{"agent": map[string]string{"id": simdataverse.DemoDana, "email": "dana@example.com"}}
		s.pressOnForm(path, body)
		list := s.send(http.MethodGet, path+"/templates", nil, "X-Api-Key", "an-api-key-of-the-forms")
		assert.Contains(t, list.Raw, `"email"`, table)
	}
	assert.Len(t, s.world.TeamViewer.Sessions(), 5)
}

func TestServiceCaseFromAServiceNowCase(t *testing.T) {
	t.Parallel()
	s := playTeamViewer(t, "acme-tv-sn", nil)
	rows := s.world.ServiceNow.List("sn_customerservice_case", "")
	require.NotEmpty(t, rows)
	id := rows[0]["sys_id"]
	pressed := s.call(http.MethodPost, "acme-tv-sn", "sn_customerservice_case", id, "/session", map[string]any{"agent": s.agent("dana")})
	require.Equal(t, http.StatusCreated, pressed.Status, pressed.Raw)
	s.playTV(id, pressed.Code, "Cable replaced")
	assert.Equal(t, "Cable replaced", s.rowState(id, "filed")["notes"])
	assert.Len(t, s.notes(id), 1)
}

func TestSupporterLinkIsNowhereButInTheRedirect(t *testing.T) {
	t.Parallel()
	s := playTeamViewer(t, "acme-tv-sn", map[string]string{"EMAIL_CUSTOMER": "true", "EMAIL_TECHNICIAN": "true"})
	vpn, pressed := s.pressTV()
	s.rowState(vpn, "invited")
	session, _ := s.world.TeamViewer.Session(pressed.Code)
	secret := session.SupporterLink
	require.NotEmpty(t, secret)
	s.mail("joe@example.net")
	s.mail("dana@example.com")

	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := browser.Get(pressed.TechnicianLink)
	require.NoError(t, err)
	defer response.Body.Close()
	assert.Equal(t, secret, response.Header.Get("Location"))

	assert.NotContains(t, pressed.Raw, secret)
	for _, mail := range s.world.Mailbox.Mails() {
		assert.NotContains(t, mail.Text+mail.HTML, secret)
	}
	for _, row := range s.rows(vpn) {
		for column, value := range row {
			assert.NotContains(t, value, secret, column)
		}
	}
	assert.NotContains(t, s.log.String(), secret)
}

func TestShareByMailInvitesTheChosenContact(t *testing.T) {
	t.Parallel()
	s := playTeamViewer(t, "acme-tv-sn", nil)
	vpn, pressed := s.pressTV()
	to := map[string]string{"name": "Beth Anglin", "email": "beth@example.net"}
	shared := s.callTV(http.MethodPost, vpn, "/session/share", map[string]any{"agent": s.agent("dana"), "to": to})
	require.Equal(t, http.StatusOK, shared.Status, shared.Raw)
	mail := s.mail("beth@example.net")
	assert.Contains(t, mail.Text, pressed.CustomerLink)
	view := s.callTV(http.MethodGet, vpn, "/session", nil)
	toBeth := func(shared workflows.Shared) bool { return shared.To.Email == "beth@example.net" }
	assert.True(t, slices.ContainsFunc(view.Shared, toBeth), view.Raw) // the first invitation may be noted after it
	s.eventually(func() bool {
		session, _ := s.world.TeamViewer.Session(pressed.Code)
		return session.EndCustomer != nil && session.EndCustomer.Name == "Beth Anglin"
	}, "the vendor knows whom the link was mailed to, so that its report names them")

	draft := s.callTV(http.MethodPost, vpn, "/session/share", map[string]any{"to": to, "channel": "mailto"})
	require.Equal(t, http.StatusOK, draft.Status, draft.Raw)
	var drafted api.SharedAnswer
	decode(t, draft.Raw, &drafted)
	address, err := url.Parse(drafted.Mailto)
	require.NoError(t, err)
	assert.Equal(t, "beth@example.net", address.Opaque)
	assert.Contains(t, address.Query().Get("body"), pressed.CustomerLink)
	offered := s.callTV(http.MethodGet, vpn, "/templates", nil)
	assert.Contains(t, offered.Raw, "Lifeline's invitation", "ServiceNow has no templates of its own for it")
}

func TestShareThroughDynamicsUsesItsTemplateAndFollowsTheMail(t *testing.T) {
	t.Parallel()
	s := playTeamViewer(t, "acme-tv-d365", map[string]string{"API_KEY": "an-api-key-of-the-forms", "MAIL_CHANNEL": "crm", "EMAIL_CUSTOMER": "false"})
	row := s.pressRow(simdataverse.DemoDana, simdataverse.DemoCase)
	s.dynamicsRow(row, "invited", inState("invited"))
	path := "/v1/connections/acme-tv-d365/records/incident/" + simdataverse.DemoCase
	var list struct {
		Templates []support.Template `json:"templates"`
		Contacts  []support.Customer `json:"contacts"`
	}
	decode(t, s.send(http.MethodGet, path+"/templates", nil, "X-Api-Key", "an-api-key-of-the-forms").Raw, &list)
	require.Greater(t, len(list.Templates), 1)
	require.NotEmpty(t, list.Contacts)
	shared := s.send(http.MethodPost, path+"/session/share", map[string]any{
		"agent": map[string]string{"id": simdataverse.DemoDana}, "to": list.Contacts[0], "templateId": list.Templates[1].ID,
	}, "X-Api-Key", "an-api-key-of-the-forms")
	require.Equal(t, http.StatusOK, shared.Status, shared.Raw)
	mail := s.mail(list.Contacts[0].Email)
	session := s.world.TeamViewer.Sessions()[0]
	assert.Contains(t, mail.HTML, session.EndCustomerLink, "the link is in the mail whatever the template says")
	assert.NotContains(t, mail.HTML, session.SupporterLink)
	assert.Contains(t, mail.HTML, list.Contacts[0].Name)
	s.eventually(func() bool {
		return strings.Contains(s.send(http.MethodGet, path+"/session", nil, "X-Api-Key", "an-api-key-of-the-forms").Raw, `"status":"sent"`)
	}, "the mail's way is followed")
}

func TestRenewalReplacesTheCodeAndTellsTheCustomer(t *testing.T) {
	t.Parallel()
	s := playTeamViewer(t, "acme-tv-sn", map[string]string{"EMAIL_CUSTOMER": "true"})
	vpn, pressed := s.pressTV()
	s.mail("joe@example.net")
	renewed := s.callTV(http.MethodPost, vpn, "/session/renew", map[string]any{"agent": s.agent("dana")})
	require.Equal(t, http.StatusOK, renewed.Status, renewed.Raw)
	assert.NotEqual(t, pressed.Code, renewed.Code)
	s.closedAtVendor(pressed.Code)
	ctx, cancel := timeout(t)
	defer cancel()
	_, err := s.world.Mailbox.Wait(ctx, func(m mailbox.Mail) bool { return strings.Contains(m.Text, renewed.CustomerLink) })
	require.NoError(t, err)
	s.eventually(func() bool { return s.rows(vpn)[0]["vendor_session_id"] == renewed.Code }, "the row follows")
}

func TestSeveralConnectionsOnOneCodeAreOneSession(t *testing.T) {
	t.Parallel()
	s := playTeamViewer(t, "acme-tv-sn", map[string]string{"END_GRACE": "3s"})
	vpn, pressed := s.pressTV()
	for _, note := range []string{"first visit", "second visit"} {
		s.tv(s.world.TeamViewer.CustomerOnline(pressed.Code))
		s.rowState(vpn, "waiting")
		s.tv(s.world.TeamViewer.SupporterConnects(pressed.Code, "dana@example.com", true))
		s.tv(s.world.TeamViewer.ConnectionEnds(pressed.Code))
		s.tv(s.world.TeamViewer.EditNotes(pressed.Code, note))
		s.tv(s.world.TeamViewer.CustomerOffline(pressed.Code))
		s.eventually(func() bool { return s.rows(vpn)[0]["customer_online"] == "false" }, "offline")
	}
	row := s.rowState(vpn, "filed")
	assert.Contains(t, row["notes"], "first visit")
	assert.Contains(t, row["notes"], "second visit")
	assert.Len(t, s.rows(vpn), 1)
	assert.Len(t, s.notes(vpn), 1)
}

func TestSessionWithoutAReportIsFiledAsSuch(t *testing.T) {
	t.Parallel()
	s := playTeamViewer(t, "acme-tv-sn", nil)
	vpn, pressed := s.pressTV()
	s.tv(s.world.TeamViewer.CustomerOnline(pressed.Code))
	s.rowState(vpn, "waiting")
	s.tv(s.world.TeamViewer.SupporterConnects(pressed.Code, "dana@example.com", false)) // not signed in: no report
	s.tv(s.world.TeamViewer.ConnectionEnds(pressed.Code))
	closed := s.callTV(http.MethodPost, vpn, "/session/close", map[string]any{})
	require.Equal(t, http.StatusOK, closed.Status, closed.Raw)
	row := s.rowState(vpn, "filed")
	assert.Equal(t, "no_report", row["reason"])
}

func TestCodeClosedInTheConsoleEndsTheSession(t *testing.T) {
	t.Parallel()
	s := playTeamViewer(t, "acme-tv-sn", nil)
	vpn, pressed := s.pressTV()
	s.rowState(vpn, "invited")
	s.tv(s.world.TeamViewer.CloseInConsole(pressed.Code))
	s.eventually(func() bool { state := s.rows(vpn)[0]["state"]; return state == "cancelled" || state == "filed" }, "ended")
	assert.True(t, s.callTV(http.MethodGet, vpn, "/session", nil).Buttons.New)
}

func TestLicenceCeilingIsToldToTheAgent(t *testing.T) {
	t.Parallel()
	s := playTeamViewer(t, "acme-tv-sn", nil)
	s.world.TeamViewer.SetLicence(simteamviewer.Licence{MaxOpenSessions: 1})
	s.pressTV()
	second := s.callTV(http.MethodPost, s.incident("Outlook"), "/session", map[string]any{"agent": s.agent("dana")})
	assert.Equal(t, support.CodeLicenceLimit, second.Problem.Code, second.Raw)
}

func TestCreateIsNotDoubledAfterALostAnswer(t *testing.T) {
	t.Parallel()
	s := playTeamViewer(t, "acme-tv-sn", nil)
	s.tv(s.world.TeamViewer.Fault(simteamviewer.Fault{Match: "POST /sessions", Kind: simteamviewer.FaultCut}))
	s.pressTV()
	assert.Len(t, s.world.TeamViewer.Sessions(), 1)
}

func TestNotesEditedLaterAreTakenOver(t *testing.T) {
	t.Parallel()
	s := playTeamViewer(t, "acme-tv-sn", map[string]string{"RECONCILE": "1s"})
	vpn, pressed := s.pressTV()
	s.tv(s.world.TeamViewer.CustomerOnline(pressed.Code))
	s.rowState(vpn, "waiting")
	s.tv(s.world.TeamViewer.SupporterConnects(pressed.Code, "dana@example.com", true))
	s.tv(s.world.TeamViewer.ConnectionEnds(pressed.Code))
	s.tv(s.world.TeamViewer.CustomerOffline(pressed.Code))
	s.rowState(vpn, "filed")
	s.tv(s.world.TeamViewer.EditNotes(pressed.Code, "written an hour later"))
	s.eventually(func() bool { return strings.Contains(s.rows(vpn)[0]["notes"], "written an hour later") }, "taken over")
	assert.Len(t, s.rows(vpn), 1)
}

func TestRescueSessionsAreReconciledWhenAllPostsAreLost(t *testing.T) {
	t.Parallel()
	s := play(t, map[string]string{sn + "RECONCILE": "1h", sn + "POLL": "1h", sn + "TOKEN_FIELD": "0"})
	s.world.Rescue.DropPosts(1000)
	vpn := s.incident("VPN")
	id := s.wholeSession(vpn, "nobody told us")
	console := s.fromConsole([6]string{"Beth Anglin"})
	s.reconcile()
	s.eventually(func() bool {
		rows := s.world.ServiceNow.List(s.world.ServiceNow.SessionTable(), "vendor_session_id="+id)
		return len(rows) == 1 && rows[0]["state"] == "filed" && rows[0]["source_id"] == vpn
	}, "found by the report and its token")
	s.vendorRow(console.ID, "filed")
	assert.Len(t, s.notes(vpn), 1)
}
