package main

import (
	"bytes"
	"errors"
	"log/slog"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/engine/enginetest"
	"example.com/lifeline/sandbox"
	simdataverse "example.com/lifeline/sandbox/dataverse"
	simservicenow "example.com/lifeline/sandbox/servicenow"
)

// examination is what doctor said.
type examination struct {
	Text   string
	Faulty bool
}

// line finds the line about a subject, and the remedy below it.
func (e examination) line(mark, subject string) string {
	_, rest, found := strings.Cut(e.Text, "  "+mark+" "+subject+": ")
	if !found {
		return ""
	}
	line, below, _ := strings.Cut(rest, "\n")
	if remedy, is := strings.CutPrefix(below, "      -> "); is {
		remedy, _, _ = strings.Cut(remedy, "\n")
		return line + " -> " + remedy
	}
	return line
}

// consult lets doctor look at one connection, with other variables and another engine than the stage has.
func (s *stage) consult(overrides map[string]string, engine string, only ...string) examination {
	s.t.Helper()
	return s.askDoctor(overrides, engine, askedOfDoctor{only: only})
}

func (s *stage) askDoctor(overrides map[string]string, engine string, asked askedOfDoctor) examination {
	s.t.Helper()
	ctx, cancel := timeout(s.t)
	defer cancel()
	env := maps.Clone(s.env)
	maps.Copy(env, overrides)
	checker, err := NewApp(ctx, loadConfig(s.t, env), Roles{}, EngineAt{HostPort: engine, Namespace: s.namespace}, slog.New(slog.DiscardHandler))
	require.NoError(s.t, err)
	defer checker.Close()
	var out bytes.Buffer
	err = checker.doctor(ctx, &out, asked)
	require.True(s.t, err == nil || errors.Is(err, errFaults), err)
	return examination{out.String(), err != nil}
}

func (s *stage) examine() examination {
	s.t.Helper()
	return s.consult(nil, enginetest.Start(s.t).Address())
}

func TestDoctorSaysThatAllIsWell(t *testing.T) {
	t.Parallel()
	s := playWith(t, nil, "acme-sn", "acme-d365")
	found := s.examine()
	assert.False(t, found.Faulty, found.Text)
	assert.NotContains(t, found.Text, "✗")
	for _, section := range []string{"Lifeline", "acme-sn: servicenow", "acme-sn: rescue", "acme-sn: people", "acme-d365: dynamics"} {
		assert.Contains(t, found.Text, "\n"+section+"\n")
	}
	assert.Contains(t, found.line("✓", "worker"), "takes the engine's work")
	assert.Contains(t, found.line("✓", "single sign-on"), "Rescue knows the company id", "a healthy account is not warned of")
	assert.Contains(t, found.line("✓", "roles"), sandbox.ServiceUser+" has the role itil")
	assert.Contains(t, found.line("✓", "technicians"), "2 of 3 users are known", "the service user presses no button")
	assert.NotContains(t, found.Text, "SYSTEM", "it has no e-mail and is nobody")
	assert.Contains(t, found.line("✓", "mailbox"), "MAIL_CHANNEL=crm")
	assert.Contains(t, found.line("!", "technicians"), "noor@example.com", "an agent without a technician")
	assert.Contains(t, found.line("!", "technicians"), " -> give those who press the button")
	assert.Contains(t, found.Text, "\n0 faults, ")
}

func TestDoctorNamesWhatIsWrongAndWhatToDo(t *testing.T) {
	t.Parallel()
	s := playWith(t, nil, "acme-sn", "acme-d365")
	for name, trouble := range map[string]struct {
		env           map[string]string
		engine        string
		mark, subject string
		text, remedy  string
	}{
		"wrong client secret": {
			env: map[string]string{"LIFELINE_ACME_SN_SERVICENOW_CLIENT_SECRET": "wrong"}, mark: "✗", subject: "token", text: "refuses", remedy: "client secret",
		},
		"missing session table": {
			env: map[string]string{"LIFELINE_ACME_SN_SERVICENOW_TABLE_PREFIX": "x_other"}, mark: "✗", subject: "table x_other_session", text: "x_other_session", remedy: "docs/servicenow.md, section 3",
		},
		"wrong API token": {
			env: map[string]string{"LIFELINE_ACME_SN_RESCUE_API_TOKEN": "wrong"}, mark: "✗", subject: "API token", remedy: "new API token",
		},
		"wrong company": {
			env: map[string]string{"LIFELINE_ACME_SN_RESCUE_COMPANY_ID": "4712"}, mark: "✗", subject: "single sign-on", remedy: "RESCUE_COMPANY_ID",
		},
		"column misspelt": {
			env: map[string]string{"LIFELINE_ACME_SN_SERVICENOW_CALLER_FIELD": "u_caler"}, mark: "!", subject: "SERVICENOW_CALLER_FIELD", remedy: "SERVICENOW_CALLER_FIELD",
		},
		"mail server down": {
			env: map[string]string{"LIFELINE_MAIL_PORT": "1"}, mark: "✗", subject: "mail server", remedy: "LIFELINE_MAIL_HOST, _PORT",
		},
		"engine down": {engine: "127.0.0.1:1", mark: "✗", subject: "engine", text: "cannot be reached", remedy: "TEMPORAL_ADDRESS"},
		"public address not reachable": {
			env: map[string]string{"LIFELINE_PUBLIC_URL": "http://127.0.0.1:1"}, mark: "!", subject: "public address", text: "does not answer", remedy: "lifeline api",
		},
		// Forgotten, its default was praised: "http://127.0.0.1:8080 answers".
		"public address that only this machine has": {
			env:  map[string]string{"LIFELINE_MODE": "production", "LIFELINE_OPERATOR_TOKEN": "an-operators-token"},
			mark: "!", subject: "public address", text: "is of this machine alone", remedy: "LIFELINE_PUBLIC_URL",
		},
		"connection switched off": {
			env: map[string]string{"LIFELINE_ACME_SN_ENABLED": "false"}, mark: "!", subject: "connection", text: "switched off", remedy: "LIFELINE_ACME_SN_ENABLED=true",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			engine := trouble.engine
			if engine == "" {
				engine = enginetest.Start(t).Address()
			}
			found := s.consult(trouble.env, engine, "acme-sn")
			line, remedy, _ := strings.Cut(found.line(trouble.mark, trouble.subject), " -> ")
			assert.Contains(t, line, trouble.text, found.Text)
			assert.Contains(t, remedy, trouble.remedy, found.Text)
			assert.Equal(t, trouble.mark == "✗", found.Faulty, found.Text)
			assert.NotContains(t, found.Text, "acme-d365")
		})
	}
}

func TestS18DoctorSeesAMissingRole(t *testing.T) {
	t.Parallel()
	s := play(t, nil)
	s.world.ServiceNow.Allow("sys_user_has_role", "read", "x_lfln_lifeline.user")
	assert.Contains(t, s.examine().line("✓", "roles"), sandbox.ServiceUser+" has the role itil")
	s.world.ServiceNow.SetRole(sandbox.ServiceUser, "itil", false)
	found := s.examine()
	assert.Contains(t, found.line("!", "roles"), sandbox.ServiceUser+" has no role that is known to write incidents -> give it one of itil", found.Text)
}

func TestS18DoctorLooksAtThoseWithTheAgentsRole(t *testing.T) {
	t.Parallel()
	s := play(t, nil)
	for role, noor := range map[string]bool{"itil": true, "x_lfln_lifeline.user": false} {
		found := s.consult(map[string]string{sn + "SERVICENOW_AGENT_ROLE": role}, enginetest.Start(t).Address(), "acme-sn")
		assert.Equal(t, noor, strings.Contains(found.line("!", "technicians"), "noor@example.com"), found.Text)
	}
}

func TestS25DoctorSaysWhatTheServiceAccountLacks(t *testing.T) {
	t.Parallel()
	s := play(t, nil)
	sim := s.world.ServiceNow
	for subject, right := range map[string]struct {
		take, give func()
		mark, text string
	}{
		"token": {
			take: func() {
				sim.AddFault(simservicenow.Fault{Path: "/oauth_token.do", Kind: simservicenow.Unauthenticated, Times: -1})
			},
			give: sim.ClearFaults, mark: "✗", text: "refuses",
		},
		"table incident": {
			take: func() { sim.Allow("incident", simservicenow.Read, "nobody") },
			give: func() { sim.Allow("incident", simservicenow.Read) }, mark: "✗", text: "give the service user the roles",
		},
		"table sn_customerservice_case": {
			take: func() { sim.SetCSM(false) }, give: func() { sim.SetCSM(true) }, mark: "✓", text: "cases are not offered",
		},
		"table " + sim.SessionTable(): {
			take: func() { sim.Allow(sim.SessionTable(), simservicenow.Read, "nobody") },
			give: func() { sim.Allow(sim.SessionTable(), simservicenow.Read) }, mark: "✗", text: sim.SessionTable(),
		},
	} {
		right.take()
		found := s.examine()
		assert.Contains(t, found.line(right.mark, subject), right.text, found.Text)
		assert.Equal(t, right.mark == "✗", found.Faulty, found.Text)
		right.give()
		well := s.examine()
		assert.False(t, well.Faulty, well.Text)
		assert.NotContains(t, well.line("✓", subject), "not offered", well.Text)
	}
}

func TestS25DoctorWritesATestNoteWhenAskedTo(t *testing.T) {
	t.Parallel()
	s := playWith(t, nil, "acme-sn", "acme-d365")
	engine, vpn := enginetest.Start(t).Address(), s.incident("VPN")
	number := s.world.ServiceNow.List("incident", "sys_id="+vpn)[0]["number"]
	s.consult(nil, engine, "acme-sn")
	require.Empty(t, s.notes(vpn), "nobody asked for one")

	written := s.askDoctor(nil, engine, askedOfDoctor{only: []string{"acme-sn"}, note: number})
	assert.Contains(t, written.line("✓", "test note"), number, written.Text)
	require.Len(t, s.notes(vpn), 1)
	assert.Contains(t, s.notes(vpn)[0], "Lifeline's doctor wrote this note")

	s.world.ServiceNow.Allow("incident", simservicenow.Write, "nobody")
	refused := s.askDoctor(nil, engine, askedOfDoctor{only: []string{"acme-sn"}, note: number})
	assert.Contains(t, refused.line("✗", "test note"), "give the service account the right", refused.Text)
	assert.True(t, refused.Faulty)
	assert.Len(t, s.notes(vpn), 1)

	unknown := s.askDoctor(nil, engine, askedOfDoctor{only: []string{"acme-sn"}, note: "INC9999999"})
	assert.Contains(t, unknown.line("✗", "test note"), "there is no ticket INC9999999", unknown.Text)

	dynamicsCase, found := s.world.Dataverse.Get("incident", simdataverse.DemoCase)
	require.True(t, found)
	annotated := s.askDoctor(nil, engine, askedOfDoctor{only: []string{"acme-d365"}, note: dynamicsCase.Text("ticketnumber")})
	assert.NotEmpty(t, annotated.line("✓", "test note"), annotated.Text)
	assert.Len(t, s.annotations(simdataverse.DemoCase), 1)
}

func TestDoctorAsksForNobodyWhereRolesAreHidden(t *testing.T) {
	t.Parallel()
	s := play(t, nil)
	s.world.ServiceNow.Allow("sys_user_has_role", "read", "admin")
	found := s.consult(nil, enginetest.Start(t).Address(), "acme-sn")
	assert.False(t, found.Faulty, found.Text)
	assert.Contains(t, found.line("!", "technicians"), "not looked at: who has the role itil cannot be read; give the service account read on", found.Text)
	assert.Contains(t, found.line("!", "roles"), "not looked at", found.Text)
	for _, user := range s.world.Rescue.Users() {
		assert.NotContains(t, found.Text, user.Email)
	}
}

func TestDoctorSeesAWrongSSOPassword(t *testing.T) {
	t.Parallel()
	s := play(t, map[string]string{"LIFELINE_ACME_SN_RESCUE_SSO_PASSWORD": "wrong"})
	found := s.consult(nil, enginetest.Start(t).Address(), "acme-sn")
	assert.True(t, found.Faulty, found.Text)
	assert.Contains(t, found.line("✗", "technicians"), "none of 3 users is known to the vendor: ", found.Text)
	assert.Contains(t, found.line("✗", "technicians"), " -> the company id or the SSO password is probably wrong: check RESCUE_COMPANY_ID and RESCUE_SSO_PASSWORD", found.Text)
}

func TestDoctorSeesClocksThatDiffer(t *testing.T) {
	t.Parallel()
	s := play(t, nil)
	s.world.ServiceNow.Advance(10 * time.Minute)
	s.world.Rescue.Advance(10 * time.Minute)
	found := s.consult(nil, enginetest.Start(t).Address(), "acme-sn")
	assert.True(t, found.Faulty, found.Text)
	assert.Contains(t, found.line("✗", "clock"), "apart -> synchronise", found.Text)
	assert.Contains(t, found.line("!", "clock"), "Rescue's", found.Text)
}

func TestDoctorExitsWithOneForFaults(t *testing.T) {
	t.Parallel()
	c := playApart(t, sharedEngine, nil)
	c.rowState(c.pressed(), "invited") // the worker works
	well := startProcess(t, c.env, "doctor", "acme-sn")
	assert.Zero(t, well.code(), well.out)
	c.env["LIFELINE_MAIL_PORT"] = "1"
	ill := startProcess(t, c.env, "doctor")
	assert.Equal(t, 1, ill.code(), ill.out)
	assert.Contains(t, ill.out.String(), "\n1 fault, ")
	nobody := startProcess(t, c.env, "doctor", "nobody")
	assert.Equal(t, 1, nobody.code())
	assert.Contains(t, nobody.log.String(), `there is no connection "nobody"`)
}

func TestDoctorMissesAWorker(t *testing.T) {
	t.Parallel()
	c := apart(t, sharedEngine, nil)
	alone := startProcess(t, c.env, "doctor")
	assert.Zero(t, alone.code(), alone.log)
	assert.Contains(t, examination{Text: alone.out.String()}.line("!", "worker"), "-> start `lifeline worker`")
	assert.Contains(t, examination{Text: alone.out.String()}.line("!", "technicians"), "not looked at")
}

// pressed presses the button on a seeded incident and gives its id.
func (s *stage) pressed() string {
	s.t.Helper()
	vpn := s.incident("VPN")
	answered := s.press(vpn)
	require.Less(s.t, answered.Status, 300, answered.Raw)
	return vpn
}
