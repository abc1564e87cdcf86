package sandbox_test

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/config"
	"example.com/lifeline/sandbox"
	simdataverse "example.com/lifeline/sandbox/dataverse"
	simteamviewer "example.com/lifeline/sandbox/teamviewer"
)

func start(t *testing.T, options sandbox.Options) *sandbox.World {
	t.Helper()
	began := time.Now()
	world, err := sandbox.Start(options)
	t.Log("started in", time.Since(began))
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, world.Close()) })
	return world
}

func TestTheEnvironmentIsAConfigurationWithoutFaults(t *testing.T) {
	world := start(t, sandbox.Options{})
	for name, value := range world.Environment() {
		t.Setenv(name, value)
	}
	t.Setenv("LIFELINE_MODE", "dev")
	cfg, err := config.Load()
	require.NoError(t, err)
	var names []string
	for _, connection := range cfg.Connections {
		names = append(names, connection.Name)
	}
	assert.Equal(t, world.Connections(), names)
	assert.Empty(t, os.Getenv("LIFELINE_ACME_SN_DYNAMICS_ORG_URL"), "a connection has the variables of its own halves only")
}

func TestOnlyWhatAConnectionNeedsIsStarted(t *testing.T) {
	world := start(t, sandbox.Options{Only: []string{"acme-d365"}})
	assert.Nil(t, world.ServiceNow)
	assert.NotNil(t, world.Rescue)
	assert.Same(t, world.Dataverse, world.DataverseOf("acme-d365"))
	assert.Equal(t, []string{"acme-d365"}, world.Connections())
	_, err := sandbox.Start(sandbox.Options{Only: []string{"acme-none"}})
	assert.ErrorContains(t, err, "acme-none")
}

func TestASecondInstanceOnTheRescueAccountStartsWhenNamed(t *testing.T) {
	assert.NotContains(t, start(t, sandbox.Options{}).Connections(), "globex-sn")
	world := start(t, sandbox.Options{Only: []string{"acme-sn", "globex-sn"}})
	assert.NotSame(t, world.ServiceNowOf("acme-sn"), world.ServiceNowOf("globex-sn"))
	acme, globex := connectionVariables(world, "ACME_SN"), connectionVariables(world, "GLOBEX_SN")
	for _, name := range []string{"HOOK_SECRET", "SIGNING_KEYS", "SERVICENOW_INSTANCE", "SERVICENOW_BASE_URL", "SERVICENOW_CLIENT_ID", "SERVICENOW_CLIENT_SECRET"} {
		assert.NotEqual(t, acme[name], globex[name], name)
	}
	assert.Equal(t, acme["RESCUE_COMPANY_ID"], globex["RESCUE_COMPANY_ID"])
}

// connectionVariables are the variables of one connection without its prefix.
func connectionVariables(world *sandbox.World, connection string) map[string]string {
	own := map[string]string{}
	for name, value := range world.Environment() {
		if rest, of := strings.CutPrefix(name, "LIFELINE_"+connection+"_"); of {
			own[rest] = value
		}
	}
	return own
}

func TestDanaAndSamAreKnownEverywhere(t *testing.T) {
	world := start(t, sandbox.Options{})
	for _, email := range []string{"dana@example.com", "sam@example.com"} {
		assert.Len(t, world.ServiceNow.List("sys_user", "email="+email), 1)
		people, err := world.Dataverse.List("systemuser", "internalemailaddress eq '"+email+"'")
		require.NoError(t, err)
		assert.Len(t, people, 1)
		assert.True(t, slices.ContainsFunc(world.Rescue.Users(), isTechnician(email)))
		assert.True(t, slices.ContainsFunc(world.TeamViewer.Users(), func(u simteamviewer.User) bool { return u.Email == email }))
	}
}

func TestAnAgentMayAskForASessionInDynamics(t *testing.T) {
	world := start(t, sandbox.Options{Only: []string{"acme-d365"}})
	row, err := world.Dataverse.CreateAs(simdataverse.DemoDana, "lifeline_session", map[string]any{
		"lifeline_name": "Remote session", "lifeline_incidentid@odata.bind": "/incidents(" + simdataverse.DemoCase + ")",
	})
	require.NoError(t, err)
	made, err := world.Dataverse.List("lifeline_session", "lifeline_sessionid eq "+row)
	require.NoError(t, err)
	require.Len(t, made, 1)
	assert.Equal(t, "Requested", made[0].Label("statuscode"))
	_, err = world.Dataverse.CreateAs(simdataverse.DemoObserver, "lifeline_session", map[string]any{"lifeline_name": "Remote session"})
	assert.Error(t, err, "only the role of Lifeline's users may")
}

func TestWhatDynamicsSendsIsInTheMailbox(t *testing.T) {
	world := start(t, sandbox.Options{Only: []string{"acme-d365"}})
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	sendFromDynamics(t, world)
	mail, err := world.Mailbox.Wait(ctx, addressedTo("maria.campbell@contoso.example"))
	require.NoError(t, err)
	assert.Equal(t, "Your code", mail.Subject)
	assert.Contains(t, mail.HTML, "123456")
}

func TestBeforeADurableEngineEachStartHasCasesOfItsOwn(t *testing.T) {
	world := start(t, sandbox.Options{Only: []string{"acme-d365"}, FirstSession: 1_700_000_000})
	cases, err := world.Dataverse.List("incident", "")
	require.NoError(t, err)
	require.Len(t, cases, 2)
	assert.NotEqual(t, simdataverse.DemoCase, cases[0].Text("incidentid"))
	assert.Equal(t, "Maria Campbell", cases[0].Label("_customerid_value"))
	assert.Equal(t, "Contoso Bakery", cases[1].Label("_customerid_value"))
}
