package main

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/sandbox"
	simdataverse "example.com/lifeline/sandbox/dataverse"
)

const nextSecret = "webhook-secret-after-rotation"

func TestLateWebhookFindsTheSessionThatTheSweepOpened(t *testing.T) {
	t.Parallel()
	s := playDynamics(t, sweepSoon)
	s.world.Dataverse.DelayWebhooks()
	s.world.Dataverse.Advance(-2 * time.Minute) // the sweep leaves young rows to their webhook
	row := s.pressRow(simdataverse.DemoDana, simdataverse.DemoCase)
	s.invited(row)
	require.Equal(t, 1, s.world.Dataverse.HeldWebhooks())
	s.world.Dataverse.ReleaseWebhooks()
	s.eventually(func() bool { return len(s.list("asyncoperation", "messagename eq 'Create'")) == 0 }, "the webhook is delivered and its job gone")
	assert.Equal(t, http.StatusAccepted, s.hook(row, sandbox.WebhookSecret("acme-d365"), nil), "and may be sent again by hand")
	s.settle(row)
	assert.Len(t, s.world.Rescue.PINs(), 1)
	assert.Len(t, s.sessionRows(simdataverse.DemoCase), 1)
}

func TestRowWithTooMuchForAWebhookIsReadAgain(t *testing.T) {
	t.Parallel()
	s := playDynamics(t, sweepNever)
	s.world.Dataverse.StripWebhooks(true)
	row := s.invited(s.pressRow(simdataverse.DemoDana, simdataverse.DemoCase))
	assert.Equal(t, simdataverse.DemoCase, row.Text("_lifeline_incidentid_value"), "which the stripped body did not name")
	assert.Equal(t, "dana@example.com", row.Text("lifeline_technicianemail"))
}

func TestAgentIsTheRowsCreatorWhateverTheWebhookSays(t *testing.T) {
	t.Parallel()
	s := playDynamics(t, sweepNever)
	s.world.Dataverse.DropWebhooks(1)
	row := s.pressRow(simdataverse.DemoDana, simdataverse.DemoCase)
	lies := map[string]any{"InitiatingUserId": simdataverse.DemoSam, "UserId": simdataverse.DemoSam, "InputParameters": []any{map[string]any{
		"key": "Target", "value": map[string]any{"Attributes": []any{
			map[string]any{"key": "createdby", "value": map[string]any{"Id": simdataverse.DemoSam, "LogicalName": "systemuser"}},
			map[string]any{"key": "lifeline_incidentid", "value": map[string]any{"Id": simdataverse.DemoAccountCase, "LogicalName": "incident"}},
		}},
	}}}
	require.Equal(t, http.StatusAccepted, s.hook(row, sandbox.WebhookSecret("acme-d365"), lies))
	invited := s.invited(row)
	assert.Equal(t, "dana@example.com", invited.Text("lifeline_technicianemail"))
	assert.Equal(t, simdataverse.DemoDana, invited.Text("_lifeline_technicianid_value"))
	assert.Equal(t, simdataverse.DemoCase, invited.Text("_lifeline_incidentid_value"))
	assert.Empty(t, s.sessionRows(simdataverse.DemoAccountCase))
}

func TestWebhookAboutARowThatIsNotThereOpensNothing(t *testing.T) {
	t.Parallel()
	s := playDynamics(t, sweepNever)
	assert.Equal(t, http.StatusAccepted, s.hook("6d810000-0000-4000-8000-000000000009", sandbox.WebhookSecret("acme-d365"), nil), "a hint is taken, and then looked into")
	s.invited(s.pressRow(simdataverse.DemoDana, simdataverse.DemoCase))
	assert.Len(t, s.world.Rescue.PINs(), 1)
}

func TestConnectRotatesTheSecretOfTheOneEndpoint(t *testing.T) {
	t.Parallel()
	old := sandbox.WebhookSecret("acme-d365")
	s := playDynamics(t, merge(sweepNever, map[string]string{
		d365 + "DYNAMICS_WEBHOOK_SECRET": nextSecret, d365 + "DYNAMICS_WEBHOOK_SECRET_PREVIOUS": old,
	}))
	s.invited(s.pressRow(simdataverse.DemoDana, simdataverse.DemoCase)) // Dynamics sends the old one yet

	for range 2 {
		noFindings(t, s.connect())
	}
	assert.Len(t, s.list("serviceendpoint", ""), 1)
	assert.Len(t, s.list("sdkmessageprocessingstep", ""), 1)

	s.restart(map[string]string{d365 + "DYNAMICS_WEBHOOK_SECRET_PREVIOUS": ""})
	second := s.pressRow(simdataverse.DemoSam, simdataverse.DemoAccountCase)
	s.invited(second) // by the new one alone
	assert.Equal(t, http.StatusUnauthorized, s.hook(second, old, nil), "the old one is removed")
	assert.NotContains(t, s.log.String(), nextSecret)
}

func TestReassignIfUnassignedTakesTeamsAndApplicationsForNobody(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]struct {
		owner func(s *stage) string // as bound
		moves bool
	}{
		"a person": {func(*stage) string { return "/systemusers(" + simdataverse.DemoDana + ")" }, false},
		"a team": {func(s *stage) string {
			id, err := s.world.Dataverse.Create("team", map[string]any{"name": "Second line"})
			require.NoError(s.t, err)
			return "/teams(" + id + ")"
		}, true},
		"an application": {func(s *stage) string { return "/systemusers(" + s.world.Dataverse.ApplicationUser(sandbox.AppID) + ")" }, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := playDynamics(t, map[string]string{d365 + "REASSIGN": "if-unassigned"})
			require.NoError(t, s.world.Dataverse.Update("incident", simdataverse.DemoCase, map[string]any{"ownerid@odata.bind": want.owner(s)}))
			row := s.pressRow(simdataverse.DemoSam, simdataverse.DemoCase)
			s.settleAs(row, "sam@example.com")
			record, _ := s.world.Dataverse.Get("incident", simdataverse.DemoCase)
			assert.Equal(t, want.moves, record.Text("_ownerid_value") == simdataverse.DemoSam, record.Text("_ownerid_value"))
		})
	}
}
