package main

import (
	"bytes"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/proto"

	"example.com/lifeline/config"
	"example.com/lifeline/engine/enginetest"
	"example.com/lifeline/sandbox"
	simrescue "example.com/lifeline/sandbox/rescue"
	simservicenow "example.com/lifeline/sandbox/servicenow"
	"example.com/lifeline/support"
)

const canary = "canary-of-the-chat"

func TestNoSecretLeavesItsPlace(t *testing.T) {
	t.Parallel()
	s := play(t, map[string]string{
		"LIFELINE_OPERATOR_TOKEN": operatorToken, "LIFELINE_ALERT_AFTER": "0s", "LIFELINE_ACME_SN_API_KEY": "api-key-of-acme-sn",
		"LIFELINE_ACME_SN_RESCUE_DEBUG_SOAP": "true", "LIFELINE_ACME_SN_SERVICENOW_DEBUG": "true",
		"LIFELINE_ACME_SN_NOTES": "selection", "LIFELINE_ACME_SN_NOTE_FIELDS": "TechName,ChatLog",
	})
	secrets := s.configuredSecrets()
	told := s.sessionWithTroubles(secrets)
	histories := s.clearText()
	require.Contains(t, histories, "SupportSession", "the histories were read")
	require.Contains(t, s.log.String(), "rescue soap", "the debug log is on")
	seen := map[string]string{"the operators' pages": s.operatorsView() + told, "the engine's clear text": histories, "the log": s.log.String()}
	doctor := s.examine().Text // it lists the users it does not know, whoever they are
	finder(secrets)(t, "doctor", doctor)
	finder(secrets)(t, "the log", s.log.String())
	maps.Copy(secrets, map[string]string{
		"the customer's name": "Joe Employee", "the customer's e-mail": "joe@example.net", "the chat": canary, "the notes": "canary-of-the-notes",
	})
	for where, text := range seen {
		finder(secrets)(t, where, text)
	}
}

// configuredSecrets are the values of all variables that are secrets, by name; of pairs the secret half.
func (s *stage) configuredSecrets() map[string]string {
	secrets := map[string]string{}
	for _, v := range s.app.cfg.Variables() {
		value := s.env[v.Name]
		if !strings.Contains(v.Type, "Secret") || value == "" {
			continue
		}
		if _, half, pair := strings.Cut(value, ":"); pair {
			value = half
		}
		secrets[v.Name] = value
	}
	return secrets
}

// finder looks for secrets in what others may see. Codes are looked for as words: their digits may occur in numbers.
func finder(secrets map[string]string) func(t *testing.T, where, text string) {
	return func(t *testing.T, where, text string) {
		t.Helper()
		for name, secret := range secrets {
			if !strings.Contains(text, secret) {
				continue
			}
			if at := regexp.MustCompile(`\b` + regexp.QuoteMeta(secret) + `\b`).FindStringIndex(text); at != nil {
				assert.Fail(t, name+" is in "+where, "…%s…", text[max(0, at[0]-300):min(len(text), at[1]+100)])
			}
		}
	}
}

// sessionWithTroubles plays sessions in which much goes wrong, so that every path of logging is walked, and adds their
// secrets. It returns the problems that callers were told.
func (s *stage) sessionWithTroubles(secrets map[string]string) (told string) {
	s.t.Helper()
	vpn, sim := s.incident("VPN"), s.world.ServiceNow
	s.world.Rescue.Fault(simrescue.Fault{Method: "requestPINCode", Kind: "500"})
	s.world.Rescue.Fault(simrescue.Fault{Method: "getSession", Kind: "500"})
	s.world.Rescue.Fault(simrescue.Fault{Method: "getSession", Kind: "html"})
	sim.AddFault(simservicenow.Fault{Method: http.MethodGet, Table: "incident", Kind: simservicenow.Unauthenticated})
	sim.AddFault(simservicenow.Fault{Method: http.MethodPost, Table: sim.SessionTable(), Kind: simservicenow.CommitThenFail})
	sim.AddFault(simservicenow.Fault{Method: http.MethodPatch, Table: "incident", Kind: simservicenow.RuleAbort, Rule: "No notes today"})

	pressed := s.press(vpn)
	require.Equal(s.t, http.StatusCreated, pressed.Status, pressed.Raw)
	secrets["the code"], secrets["the customer's link"] = pressed.Code, pressed.CustomerLink
	secrets["the technician's link"] = pressed.TechnicianLink
	secrets["the SSO ticket"] = s.ticket(pressed.TechnicianLink)
	secrets["the first authcode"] = s.authcode()
	s.mail("joe@example.net")
	require.NoError(s.t, s.world.Rescue.RevokeAuthcode("dana@example.com"))
	outlook := s.press(s.incident("Outlook"))
	require.Equal(s.t, http.StatusCreated, outlook.Status, outlook.Raw)
	secrets["the second code"], secrets["the second authcode"] = outlook.Code, s.authcode()

	session := s.join(pressed.Code, "Joe Employee")
	s.pickUp(session.ID)
	s.do(s.world.Rescue.Say(session.ID, "customer", canary))
	s.do(s.world.Rescue.Note(session.ID, "canary-of-the-notes"))
	s.do(s.world.Rescue.CloseByTechnician(session.ID))
	s.eventually(func() bool { return strings.Contains(s.sessions(), support.CodeRefusedByCRM) }, "attention")
	told = s.refusals(vpn) + s.mail("operator@example.com").Text
	require.Equal(s.t, http.StatusOK, s.call(http.MethodPost, "acme-sn", "incident", vpn, "/session/retry", map[string]any{}).Status)
	s.rowState(vpn, "filed")
	assert.Contains(s.t, s.notes(vpn)[0], canary, "the note is where the chat belongs")
	return told
}

// ticket follows the technician's link into the console and gives the ticket in its address.
func (s *stage) ticket(link string) string {
	s.t.Helper()
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := browser.Get(link)
	require.NoError(s.t, err)
	defer response.Body.Close()
	console, err := url.Parse(response.Header.Get("Location"))
	require.NoError(s.t, err)
	require.NotEmpty(s.t, console.Query().Get("Ticket"))
	return console.Query().Get("Ticket")
}

func (s *stage) authcode() string {
	s.t.Helper()
	held, err := s.app.sessions.GetCredential(s.t.Context(), s.app.connections[0].Vendor.Account(), "acme-sn", "authcode/dana@example.com")
	require.NoError(s.t, err)
	return held.Value.Reveal()
}

// refusals makes requests that are refused, and gives their problem documents.
func (s *stage) refusals(record string) string {
	s.t.Helper()
	var told strings.Builder
	path := "/v1/connections/acme-sn/records/incident/" + record + "/session"
	for _, refused := range []answer{
		s.call(http.MethodPost, "acme-sn", "incident", s.incident("Lobby"), "/session", map[string]any{"agent": s.agent("noor")}),
		s.call(http.MethodPost, "acme-sn", "incident", s.incident("Lobby"), "/session", map[string]any{"agent": "no object"}),
		s.call(http.MethodPost, "acme-sn", "problem", record, "/session/close", map[string]any{}),
		s.send(http.MethodGet, path, nil, "X-Api-Key", "wrong"),
		s.send(http.MethodPost, "/hooks/rescue/acme-sn/wrong?event=end", map[string]any{"ChatLog": canary}),
		s.send(http.MethodPost, "/hooks/rescue/acme-sn/"+s.env["LIFELINE_ACME_SN_HOOK_SECRET"], map[string]any{"ChatLog": canary}),
		s.send(http.MethodGet, "/nowhere/"+canary, nil),
	} {
		require.GreaterOrEqual(s.t, refused.Status, 400, refused.Raw)
		told.WriteString(refused.Raw)
	}
	return told.String()
}

func (s *stage) sessions() string {
	s.t.Helper()
	return s.send(http.MethodGet, "/v1/sessions", nil, "Authorization", "Bearer "+operatorToken).Raw
}

// operatorsView is all that operators are shown.
func (s *stage) operatorsView() string {
	s.t.Helper()
	var shown strings.Builder
	for _, path := range []string{"/v1/sessions", "/metrics", "/healthz", "/readyz", "/openapi.yaml", "/operations", "/operations/connections"} {
		page := s.send(http.MethodGet, path, nil, "Authorization", "Bearer "+operatorToken)
		require.Equal(s.t, http.StatusOK, page.Status, path)
		shown.WriteString(page.Raw)
	}
	return shown.String()
}

// clearText is what somebody sees in the engine without the keys: every event of every run, and the visibility lists.
func (s *stage) clearText() string {
	s.t.Helper()
	stranger, err := client.DialContext(s.t.Context(), client.Options{
		HostPort: enginetest.Start(s.t).Address(), Namespace: s.namespace, Logger: quietEngine{},
	})
	require.NoError(s.t, err)
	defer stranger.Close()
	var out bytes.Buffer
	show := func(m proto.Message) {
		raw, err := proto.Marshal(m)
		require.NoError(s.t, err)
		out.Write(raw)
	}
	list, err := stranger.ListWorkflow(s.t.Context(), &workflowservice.ListWorkflowExecutionsRequest{Namespace: s.namespace, PageSize: 1000})
	require.NoError(s.t, err)
	show(list)
	for _, run := range list.GetExecutions() {
		id := run.GetExecution()
		described, err := stranger.DescribeWorkflowExecution(s.t.Context(), id.GetWorkflowId(), id.GetRunId())
		require.NoError(s.t, err)
		show(described)
		events := stranger.GetWorkflowHistory(s.t.Context(), id.GetWorkflowId(), id.GetRunId(), false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
		for events.HasNext() {
			event, err := events.Next()
			require.NoError(s.t, err)
			show(event)
		}
	}
	schedules, err := stranger.WorkflowService().ListSchedules(s.t.Context(), &workflowservice.ListSchedulesRequest{Namespace: s.namespace, MaximumPageSize: 100})
	require.NoError(s.t, err)
	show(schedules)
	return out.String()
}

// quietEngine drops the lines of a client that is only looked through.
type quietEngine struct{}

func (quietEngine) Debug(string, ...any) {}
func (quietEngine) Info(string, ...any)  {}
func (quietEngine) Warn(string, ...any)  {}
func (quietEngine) Error(string, ...any) {}

func TestAPostOnDiskIsSealed(t *testing.T) {
	t.Parallel()
	c := apart(t, sharedEngine, map[string]string{"TEMPORAL_ADDRESS": "127.0.0.1:1"})
	c.startAPI()
	require.Equal(t, http.StatusOK, c.post("end", `{"SessionID":1,"ChatLog":"`+canary+`"}`))
	kept := readAll(t, c.env["LIFELINE_INBOX"])
	assert.NotEmpty(t, kept)
	assert.NotContains(t, kept, canary)
	assert.NotContains(t, kept, "SessionID")
}

func TestOneConnectionNeverReachesAnother(t *testing.T) {
	t.Parallel()
	s := playWith(t, map[string]string{
		"LIFELINE_ACME_SN_API_KEY": "api-key-of-acme-sn", "LIFELINE_ACME_D365_API_KEY": "api-key-of-acme-d365", "LIFELINE_OPERATOR_TOKEN": operatorToken,
	}, "acme-sn", "acme-d365")
	vpn := s.incident("VPN")
	foreign := "/v1/connections/acme-d365/records/incident/" + "0a0a0a0a-0000-4000-8000-000000000001" + "/session"
	own := "/v1/connections/acme-sn/records/incident/" + vpn + "/session"
	pressed := s.press(vpn)
	require.Equal(t, http.StatusCreated, pressed.Status, pressed.Raw)
	panel, err := url.Parse(pressed.PanelURL)
	require.NoError(t, err)
	ticket := panel.Query().Get("t")

	for name, proof := range map[string][]string{
		"a signature of the other": s.signature("acme-sn", http.MethodGet, foreign, nil),
		"an API key of the other":  {"X-Api-Key", "api-key-of-acme-sn"},
		"a panel link":             {"Authorization", "Bearer " + ticket},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, http.StatusUnauthorized, s.send(http.MethodGet, foreign, nil, proof...).Status)
		})
	}
	assert.Equal(t, http.StatusOK, s.send(http.MethodGet, own, nil, "Authorization", "Bearer "+ticket).Status, "each is good for its own")
	assert.Equal(t, http.StatusOK, s.send(http.MethodGet, own, nil, "X-Api-Key", "api-key-of-acme-sn").Status)
	assert.Equal(t, http.StatusUnauthorized, s.send(http.MethodGet, own, nil, "X-Api-Key", "api-key-of-acme-d365").Status)
	other := s.incident("Outlook")
	assert.Equal(t, http.StatusUnauthorized, s.send(http.MethodGet, strings.Replace(own, vpn, other, 1), nil, "Authorization", "Bearer "+ticket).Status, "a link is for one record")

	post := `{"SessionID":5,"ClosingTime":"2026-11-30 10:00:00"}`
	sn, d365 := s.env["LIFELINE_ACME_SN_HOOK_SECRET"], s.env["LIFELINE_ACME_D365_HOOK_SECRET"]
	for _, door := range []string{
		"/hooks/rescue/acme-d365/" + sn, "/hooks/rescue/acme-sn/" + d365,
		"/api/integration?key=" + sn, "/integration/api/servicenow/sessiondetails?key=" + d365,
		"/integration/api/servicenow/sessiondetails?instance=other&key=" + sn,
	} {
		assert.Equal(t, http.StatusUnauthorized, s.postTo(door, "application/json", post))
	}
}

func TestPostsOfAnotherVendorAccountAreNotBelieved(t *testing.T) {
	t.Parallel()
	s := playWith(t, map[string]string{"LIFELINE_ACME_D365_RESCUE_COMPANY_ID": "4712", "LIFELINE_ACME_SN_POLL": "1h"}, "acme-sn", "acme-d365")
	vpn := s.incident("VPN")
	pressed := s.press(vpn)
	require.Equal(t, http.StatusCreated, pressed.Status, pressed.Raw)
	body := `{"SessionID":5,"Tracking0":"` + s.world.Rescue.PINs()[0].Tracking + `","ChatLog":"` + canary + `","ClosingTime":"2026-11-30 10:00:00"}`
	hook := "/hooks/rescue/acme-d365/" + s.env["LIFELINE_ACME_D365_HOOK_SECRET"] + "?event=end"
	assert.Equal(t, http.StatusOK, s.postTo(hook, "application/json", body), "acknowledged, and dropped")
	assert.Equal(t, support.Invited, s.call(http.MethodGet, "acme-sn", "incident", vpn, "/session", nil).State)
	s.eventually(func() bool { return strings.Contains(s.log.String(), "a post of another installation was dropped") }, "the log says so")
}

func TestUnprotectedStartIsRefusedAndEveryFaultNamed(t *testing.T) {
	t.Parallel()
	c := apart(t, sharedEngine, map[string]string{
		"LIFELINE_LISTEN": "0.0.0.0:0", "LIFELINE_PUBLIC_URL": "http://lifeline.example.com", "LIFELINE_ACME_SN_SERVICENOW_CLIENT_ID": "",
	})
	for _, name := range []string{"KEYS", "LINK_KEY", "OPERATOR_TOKEN", "ACME_SN_HOOK_SECRET", "ACME_SN_SIGNING_KEYS"} {
		delete(c.env, config.Prefix+"_"+name)
	}
	for _, role := range []string{"api", "worker", "server"} {
		t.Run(role, func(t *testing.T) {
			p := startProcess(t, c.env, role)
			assert.Equal(t, 1, p.code())
			for _, fault := range []string{
				"LIFELINE_KEYS must", "LIFELINE_LINK_KEY must", "LIFELINE_OPERATOR_TOKEN or", "LIFELINE_LISTEN is not loopback", "LIFELINE_PUBLIC_URL must begin with https://",
				"LIFELINE_ACME_SN_HOOK_SECRET must", "LIFELINE_ACME_SN_SIGNING_KEYS or", "LIFELINE_ACME_SN_SERVICENOW_CLIENT_ID is missing",
			} {
				assert.Contains(t, p.log.String(), fault)
			}
		})
	}
}

func TestStartUpSummaryMasksSecrets(t *testing.T) {
	t.Parallel()
	c := apart(t, sharedEngine, map[string]string{"LIFELINE_ACME_SN_API_KEY": "api-key-of-acme-sn"})
	c.startAPI()
	log := c.api.log.String()
	for _, shown := range []string{
		"LIFELINE_KEYS=(set)", "LIFELINE_ACME_SN_RESCUE_SSO_PASSWORD=(set)", "LIFELINE_ACME_SN_SERVICENOW_PASSWORD=(missing)",
		"LIFELINE_ACME_SN_SERVICENOW_CLIENT_ID=" + sandbox.ClientID("acme-sn"),
	} {
		assert.Contains(t, log, shown)
	}
	cfg := loadConfig(t, c.lifelineEnv())
	s := &stage{t: t, env: c.env, app: &App{cfg: cfg}}
	finder(s.configuredSecrets())(t, "the log", log)
}

// lifelineEnv is the environment without the engine's variables, which belong to the whole process.
func (c *cluster) lifelineEnv() map[string]string {
	own := maps.Clone(c.env)
	maps.DeleteFunc(own, func(name, _ string) bool { return !strings.HasPrefix(name, config.Prefix) })
	return own
}
