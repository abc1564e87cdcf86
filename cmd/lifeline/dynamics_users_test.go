package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/proxy"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/encoding/protojson"

	"example.com/lifeline/engine"
	"example.com/lifeline/engine/enginetest"
	"example.com/lifeline/sandbox"
	simdataverse "example.com/lifeline/sandbox/dataverse"
	simrescue "example.com/lifeline/sandbox/rescue"
	"example.com/lifeline/support"
)

func TestManyFirstPressesAtOnceMakeOneUserSetting(t *testing.T) {
	t.Parallel()
	s := playDynamics(t, map[string]string{d365 + "API_KEY": apiKey})
	var pressing sync.WaitGroup
	for table, id := range map[string]string{
		"incident": simdataverse.DemoCase, "account": simdataverse.DemoAccount, "contact": simdataverse.DemoContact, "lead": simdataverse.DemoLead,
	} {
		pressing.Go(func() { s.pressUntilOpen(table, id, simdataverse.DemoDana) })
	}
	pressing.Wait()
	settings := s.list("lifeline_usersetting", "")
	require.Len(t, settings, 1)
	assert.Equal(t, simdataverse.DemoDana, settings[0].Text("_lifeline_userid_value"))
	assert.NotEmpty(t, settings[0].Text("lifeline_technicianid"))
	assert.Equal(t, support.AuthcodeKept, settings[0].Text("lifeline_authcode"))
	assert.Len(t, s.world.Rescue.PINs(), 4)
}

func TestSSOIDOfTheUserSettingGoesBeforeTheEMail(t *testing.T) {
	t.Parallel()
	s := playDynamics(t, nil)
	_, err := s.world.Dataverse.Create("lifeline_usersetting", map[string]any{
		"lifeline_name": "Dana", "lifeline_ssoid": "sam@example.com", "lifeline_userid@odata.bind": "/systemusers(" + simdataverse.DemoDana + ")",
	})
	require.NoError(t, err)
	row := s.invited(s.pressRow(simdataverse.DemoDana, simdataverse.DemoCase))
	assert.Equal(t, "sam@example.com", row.Text("lifeline_techniciansso"))
	assert.Equal(t, simdataverse.DemoDana, row.Text("_lifeline_technicianid_value"), "the agent stays who pressed")
	settings := s.list("lifeline_usersetting", "")
	require.Len(t, settings, 1)
	assert.Equal(t, row.Text("lifeline_vendortechnicianid"), settings[0].Text("lifeline_technicianid"))
}

// lee is an agent whose Rescue account has a password, where no SSO password speaks for everybody.
const (
	leeEmail    = "lee@example.com"
	leePassword = "Lee's own Rescue password"
)

func playWithoutSSO(t *testing.T) (s *stage, lee string) {
	t.Helper()
	s = playDynamics(t, map[string]string{d365 + "RESCUE_SSO_PASSWORD": ""})
	_, err := s.world.Rescue.AddTechnician(simrescue.User{Company: sandbox.CompanyID, Name: "Lee Wong", Email: leeEmail, SSOID: leeEmail,
		Password: leePassword, Group: sandbox.TechnicianGroup, Console: true})
	require.NoError(t, err)
	return s, s.world.Dataverse.AddUser(simdataverse.User{Name: "Lee Wong", Email: leeEmail, Roles: []string{simdataverse.RoleUser, simdataverse.RoleService}})
}

func TestAgentWithoutSSOIsLedToTheSignInOnce(t *testing.T) {
	t.Parallel()
	s, lee := playWithoutSSO(t)
	refused := s.dynamicsRow(s.pressRow(lee, simdataverse.DemoCase), "refused and closed", func(r simdataverse.Row) bool {
		return r.Text("lifeline_errorcode") != "" && r.Int("statecode") == 1
	})
	assert.Equal(t, support.CodeSignInNeeded, refused.Text("lifeline_errorcode"))
	assert.Empty(t, s.world.Rescue.PINs())
	assert.Equal(t, support.AuthcodeMissing, s.list("lifeline_usersetting", "")[0].Text("lifeline_authcode"))

	page, err := url.Parse(refused.Text("lifeline_panelurl"))
	require.NoError(t, err)
	require.Equal(t, "/signin", page.Path, refused.Text("lifeline_panelurl"))
	status, text := s.fill(page, leeEmail, "not the password")
	assert.Equal(t, http.StatusUnprocessableEntity, status)
	assert.Contains(t, text, "Rescue refused this e-mail or password")
	status, text = s.fill(page, leeEmail, leePassword)
	require.Equal(t, http.StatusOK, status, text)
	assert.Contains(t, text, "You are signed in")
	assert.Equal(t, support.AuthcodeKept, s.list("lifeline_usersetting", "")[0].Text("lifeline_authcode"))

	row := s.settleAs(s.pressRow(lee, simdataverse.DemoCase), leeEmail)
	assert.Equal(t, leeEmail, row.Text("lifeline_technicianemail"))
	assert.NotEqual(t, "/signin", row.Text("lifeline_panelurl"))
	s.invited(s.pressRow(lee, simdataverse.DemoAccountCase)) // asks for nothing more
	s.nowhere(leePassword)
}

// The agent has changed the password in Rescue, say, which makes the authcode void.
func TestAgentWhoseAuthcodeIsVoidIsLedToTheSignInAgain(t *testing.T) {
	t.Parallel()
	s, lee := playWithoutSSO(t)
	signIn := func() {
		refused := s.dynamicsRow(s.pressRow(lee, simdataverse.DemoCase), "refused and closed", func(r simdataverse.Row) bool { return r.Int("statecode") == 1 })
		require.Equal(t, support.CodeSignInNeeded, refused.Text("lifeline_errorcode"))
		assert.Equal(t, support.AuthcodeMissing, s.list("lifeline_usersetting", "")[0].Text("lifeline_authcode"))
		page, err := url.Parse(refused.Text("lifeline_panelurl"))
		require.NoError(t, err)
		status, text := s.fill(page, leeEmail, leePassword)
		require.Equal(t, http.StatusOK, status, text)
	}
	signIn()
	s.settleAs(s.pressRow(lee, simdataverse.DemoCase), leeEmail)
	require.NoError(t, s.world.Rescue.RevokeAuthcode(leeEmail))
	signIn()
	s.invited(s.pressRow(lee, simdataverse.DemoCase))
}

// fill sends the form of the sign-in page, as a browser does.
func (s *stage) fill(page *url.URL, email, password string) (status int, text string) {
	s.t.Helper()
	form := url.Values{"t": {page.Query().Get("t")}, "email": {email}, "password": {password}}
	response, err := http.PostForm(s.env["LIFELINE_PUBLIC_URL"]+"/signin", form)
	require.NoError(s.t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(s.t, err)
	return response.StatusCode, string(body)
}

// keptAuthcode finds a credential in decrypted payloads.
var keptAuthcode = regexp.MustCompile(`"value":"([a-z0-9]{40,})"`)

// nowhere looks for a secret in the log, in Dynamics, and in what the engine keeps, decrypted; and for the authcode,
// which the engine alone keeps, encrypted.
func (s *stage) nowhere(secret string) {
	s.t.Helper()
	logged := s.log.String()
	inDynamics := s.everythingInDynamics()
	stored, decrypted := s.everythingInTheEngine()
	for where, text := range map[string]string{"log": logged, "Dynamics": inDynamics, "engine": stored, "engine, decrypted": decrypted} {
		require.NotEmpty(s.t, text, where)
		assert.NotContains(s.t, text, secret, where)
	}
	kept := keptAuthcode.FindStringSubmatch(decrypted)
	require.NotNil(s.t, kept, "the authcode is kept")
	authcode := kept[1]
	for where, text := range map[string]string{"log": logged, "Dynamics": inDynamics, "engine": stored} {
		assert.NotContains(s.t, text, authcode, where)
	}
}

func (s *stage) everythingInDynamics() string {
	s.t.Helper()
	var all strings.Builder
	for _, table := range []string{"lifeline_session", "lifeline_usersetting", "annotation", "incident"} {
		rows, err := json.Marshal(s.list(table, ""))
		require.NoError(s.t, err)
		all.Write(rows)
	}
	return all.String()
}

// everythingInTheEngine gives all histories: as they are stored, and what their payloads hold.
func (s *stage) everythingInTheEngine() (stored, decrypted string) {
	s.t.Helper()
	ctx := s.t.Context()
	open := s.decrypt()
	runs, err := s.engine.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{})
	require.NoError(s.t, err)
	var plain strings.Builder
	var raw strings.Builder
	for _, run := range runs.GetExecutions() {
		history := s.engine.GetWorkflowHistory(ctx, run.GetExecution().GetWorkflowId(), run.GetExecution().GetRunId(), false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
		for history.HasNext() {
			event, err := history.Next()
			require.NoError(s.t, err)
			text, err := protojson.Marshal(event)
			require.NoError(s.t, err)
			raw.Write(text)
			require.NoError(s.t, proxy.VisitPayloads(ctx, event, proxy.VisitPayloadsOptions{SkipSearchAttributes: true,
				Visitor: func(_ *proxy.VisitPayloadsContext, payloads []*common.Payload) ([]*common.Payload, error) {
					for _, p := range open(payloads) {
						plain.Write(p.GetData())
					}
					return payloads, nil
				}}))
		}
	}
	return raw.String(), plain.String()
}

// decrypt reads payloads as the codec endpoint does.
func (s *stage) decrypt() func([]*common.Payload) []*common.Payload {
	s.t.Helper()
	codec := engine.NewCodec(enginetest.Start(s.t).Keys())
	return func(payloads []*common.Payload) []*common.Payload {
		opened, err := codec.Decode(slices.Clone(payloads))
		require.NoError(s.t, err)
		return opened
	}
}
