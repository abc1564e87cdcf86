package main

import (
	"bytes"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/config"
	"example.com/lifeline/sandbox"
	simdataverse "example.com/lifeline/sandbox/dataverse"
)

// Rescue and TeamViewer in one organization, each with its tables: webhooks come twice and stripped, and at the wrong
// door they are refused.
func TestConnectionsOfOneOrganizationTakeTheirOwnRows(t *testing.T) {
	t.Parallel()
	s := playWith(t, merge(sweepNever, map[string]string{tvD365 + "SWEEP": "1h"}), "acme-d365", "acme-tv-d365")
	theirs := map[string]string{d365 + "DYNAMICS_PREFIX": "second"}
	for _, name := range []string{"DYNAMICS_ORG_URL", "DYNAMICS_AUTHORITY", "DYNAMICS_ORGANIZATION_ID"} {
		theirs[tvD365+name] = s.env[d365+name]
	}
	s.restart(theirs)
	s.connectSecond()
	s.connectOther("acme-tv-d365")
	assert.Len(t, s.list("serviceendpoint", ""), 2)
	s.world.Dataverse.DuplicateWebhooks(true)
	s.world.Dataverse.StripWebhooks(true)

	rescues, err := s.world.Dataverse.CreateAs(simdataverse.DemoDana, "second_session", map[string]any{
		"second_name": "Remote session", "second_incidentid@odata.bind": "/incidents(" + simdataverse.DemoCase + ")",
	})
	require.NoError(t, err)
	teamviewers := s.pressRow(simdataverse.DemoDana, simdataverse.DemoCase)
	code := s.invited(teamviewers).Text("lifeline_pin")
	s.eventually(func() bool { return len(s.list("second_session", "second_pin ne null")) == 1 }, "the other's code")
	require.Len(t, s.world.TeamViewer.Sessions(), 1)
	assert.Equal(t, s.world.TeamViewer.Sessions()[0].Code, code)
	assert.Len(t, s.world.Rescue.PINs(), 1)

	own, other := sandbox.WebhookSecret("acme-d365"), sandbox.WebhookSecret("acme-tv-d365")
	assert.Equal(t, http.StatusUnauthorized, s.hook(rescues, other, map[string]any{"PrimaryEntityName": "second_session"}), "the other's key")
	assert.Equal(t, http.StatusBadRequest, s.hook(teamviewers, own, nil), "the other's table")
	assert.Equal(t, http.StatusAccepted, s.hook(rescues, own, map[string]any{"PrimaryEntityName": "second_session"}))
}

// connectOther runs `lifeline connect` for another connection than the stage's.
func (s *stage) connectOther(connection string) {
	s.t.Helper()
	env := s.administrator()
	prefix := config.ConnectionPrefix(connection)
	env[prefix+"_DYNAMICS_CLIENT_ID"], env[prefix+"_DYNAMICS_CLIENT_SECRET"] = sandbox.AdminAppID, sandbox.AdminAppSecret
	app := s.checker(env)
	for _, c := range app.connections {
		if c.Name == connection {
			require.NoError(s.t, app.connectOne(s.t.Context(), c, &bytes.Buffer{}))
		}
	}
}
