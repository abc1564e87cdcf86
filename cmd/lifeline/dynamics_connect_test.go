package main

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/crm/dynamics"
	"example.com/lifeline/sandbox"
	simdataverse "example.com/lifeline/sandbox/dataverse"
	"example.com/lifeline/support"
)

// emptyOrganisation is one that nobody has connected yet, and the administrator's view of it.
func emptyOrganisation(t *testing.T) (*simdataverse.Sim, *dynamics.CRM) {
	t.Helper()
	sim := simdataverse.New(simdataverse.Options{Logger: slog.New(slog.DiscardHandler), TenantID: sandbox.TenantID, OrgName: "empty",
		Apps: []simdataverse.App{{ID: sandbox.AdminAppID, Secret: sandbox.AdminAppSecret, Roles: []string{simdataverse.RoleAdmin}}}})
	t.Cleanup(sim.Close)
	server := httptest.NewServer(sim.Handler())
	t.Cleanup(server.Close)
	cfg := loadConfig(t, map[string]string{
		"LIFELINE_MODE": "dev", "LIFELINE_CONNECTIONS": "acme-d365", d365 + "CRM": "dynamics", d365 + "VENDOR": "rescue",
		d365 + "RESCUE_COMPANY_ID": "1234567", d365 + "RESCUE_API_TOKEN": "token", d365 + "HOOK_SECRET": nextSecret,
		d365 + "DYNAMICS_ORG_URL": server.URL, d365 + "DYNAMICS_AUTHORITY": server.URL, d365 + "DYNAMICS_TENANT_ID": sandbox.TenantID,
		d365 + "DYNAMICS_CLIENT_ID": sandbox.AdminAppID, d365 + "DYNAMICS_CLIENT_SECRET": sandbox.AdminAppSecret,
	})
	own := cfg.Connections[0].Dynamics
	return sim, dynamics.New(own, own.Seats(), slog.New(slog.DiscardHandler), nil)
}

// Each run is broken at the first thing that it creates: half of the time before, half of the time after it was done.
func TestConnectBrokenAtEveryWriteComesToItsEnd(t *testing.T) {
	t.Parallel()
	sim, crm := emptyOrganisation(t)
	hook := "https://lifeline.example.com/hooks/dynamics/acme-d365"
	var err error
	runs := 0
	for done := false; !done; runs++ {
		require.Less(t, runs, 400)
		kind := []simdataverse.FaultKind{simdataverse.ResetAfter, simdataverse.ResetBefore}[runs%2]
		path := "/api/data/"
		if err != nil && strings.Contains(err.Error(), "PublishAllXml") {
			path = "/api/data/v9.2/s" // what is published again each time stands before the webhook's rows
		}
		sim.Inject(simdataverse.Fault{Kind: kind, Method: http.MethodPost, Path: path})
		_, err = crm.Connect(t.Context(), hook, nextSecret)
		done = err == nil && len(sim.Faults()) == 1
		sim.ClearFaults()
		if err != nil {
			assert.NotContains(t, err.Error(), nextSecret)
		}
	}
	assert.Greater(t, runs, 50, "every table, column, status reason and key is a write")
	findings, err := crm.Connect(t.Context(), hook, nextSecret)
	require.NoError(t, err)
	for _, finding := range findings {
		assert.Equal(t, support.OK, finding.Level, finding)
	}
	for _, table := range []string{"serviceendpoint", "sdkmessageprocessingstep"} {
		rows, err := sim.List(table, "")
		require.NoError(t, err)
		assert.Len(t, rows, 1, table)
	}
	assert.Equal(t, simdataverse.KeyActive, sim.KeyStatus("lifeline_session", sessionKey))
}

func TestPrefixOfItsOwnGivesAConnectionTablesOfItsOwn(t *testing.T) {
	t.Parallel()
	s := playDynamics(t, sweepNever)
	s.restart(map[string]string{d365 + "DYNAMICS_PREFIX": "second"})
	s.connectSecond()
	_, err := s.world.Dataverse.CreateAs(simdataverse.DemoDana, "second_session", map[string]any{
		"second_name": "Remote session", "second_incidentid@odata.bind": "/incidents(" + simdataverse.DemoCase + ")",
	})
	require.NoError(t, err)
	s.eventually(func() bool { return len(s.list("second_session", "second_pin ne null")) == 1 }, "the code")
	assert.Empty(t, s.list("lifeline_session", ""))
	printed, err := s.doctor(s.env, false)
	require.NoError(t, err, printed)
	assert.Contains(t, printed, "webhook: calls "+s.env["LIFELINE_PUBLIC_URL"]+"/hooks/dynamics/acme-d365")
}

// connectSecond makes the tables of the connection's prefix "second", and gives everybody the same rights to them as to
// the others.
func (s *stage) connectSecond() {
	s.t.Helper()
	noFindings(s.t, s.connect())
	roles := append(s.world.Dataverse.Roles(s.world.Dataverse.ApplicationUser(sandbox.AppID)), simdataverse.RoleUser)
	for _, table := range []string{"session", "usersetting", "connection"} {
		for _, right := range []string{"prvCreate", "prvRead", "prvWrite", "prvAppend", "prvAppendTo"} {
			for _, role := range roles {
				s.world.Dataverse.Grant(role, right+"second_"+table, simdataverse.Global)
			}
		}
	}
}
