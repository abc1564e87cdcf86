package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	simdataverse "example.com/lifeline/sandbox/dataverse"
	"example.com/lifeline/support"
)

// The policies beyond the original's switches: each lets through what it names, and nothing else.
func TestDynamicsPoliciesActOnlyOnTheChosenOutcomes(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]struct {
		env                        map[string]string
		deactivated, resolved, own bool // own: the case stays its owner's
	}{
		"defaults":                         {nil, true, false, true},
		"deactivate on another outcome":    {map[string]string{d365 + "DEACTIVATE_ON": "customer,timeout"}, false, false, true},
		"deactivate on this one":           {map[string]string{d365 + "DEACTIVATE_ON": "technician"}, true, false, true},
		"resolve on another outcome":       {map[string]string{d365 + "RESOLVE_ON": "customer"}, true, false, true},
		"resolve with a chosen reason":     {map[string]string{d365 + "RESOLVE_ON": "technician", d365 + "DYNAMICS_RESOLVE_STATUS": "1000"}, true, true, true},
		"reassign never":                   {map[string]string{d365 + "REASSIGN": "never"}, true, false, true},
		"reassign always, and stay active": {map[string]string{d365 + "REASSIGN": "always", d365 + "DEACTIVATE": "false"}, false, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := playDynamics(t, want.env)
			row := s.pressRow(simdataverse.DemoSam, simdataverse.DemoCase)
			session := s.join(s.invited(row).Text("lifeline_pin"), "Maria")
			s.do(s.world.Rescue.PickUp(session.ID, "sam@example.com"))
			s.do(s.world.Rescue.CloseByTechnician(session.ID))
			s.dynamicsRow(row, "filed", inState("filed"))
			s.eventually(func() bool {
				return s.finished(support.SessionWorkflowID(support.RecordRef{Connection: "acme-d365", Type: "incident", ID: simdataverse.DemoCase}))
			}, "over")
			filed, _ := s.world.Dataverse.Get("lifeline_session", row)
			record, _ := s.world.Dataverse.Get("incident", simdataverse.DemoCase)
			assert.Equal(t, want.deactivated, filed.Int("statecode") == 1)
			assert.Equal(t, want.resolved, record.Int("statecode") == 1)
			assert.Equal(t, want.resolved, record.Int("statuscode") == 1000)
			assert.Equal(t, want.own, record.Text("_ownerid_value") == simdataverse.DemoDana)
		})
	}
}

func TestConsoleThatIsNotRunningIsNoMatterUnlessRequired(t *testing.T) {
	t.Parallel()
	s := playDynamics(t, nil)
	require.NoError(t, s.world.Rescue.SetConsole("dana@example.com", false))
	s.invited(s.pressRow(simdataverse.DemoDana, simdataverse.DemoCase))
}

func TestSwitchedOffRecordTypesAreRefusedOnTheRow(t *testing.T) {
	t.Parallel()
	s := playDynamics(t, map[string]string{d365 + "BUTTON_TYPES": "account"})
	row := s.dynamicsRow(s.pressRow(simdataverse.DemoDana, simdataverse.DemoCase), "refused", func(r simdataverse.Row) bool {
		return r.Text("lifeline_errorcode") != ""
	})
	assert.Equal(t, support.CodeDisabled, row.Text("lifeline_errorcode"))
	assert.Empty(t, s.world.Rescue.PINs())
}

// Nobody else looks at the row. It would wait for ever, and a hundred such rows would hold up the sweep.
func TestRowThatAsksForAnotherVendorIsRefusedOnTheRow(t *testing.T) {
	t.Parallel()
	s := playDynamics(t, nil)
	id, err := s.world.Dataverse.CreateAs(simdataverse.DemoDana, "lifeline_session", map[string]any{
		"lifeline_name": "by hand", "lifeline_vendor": 100000002, "lifeline_incidentid@odata.bind": "/incidents(" + simdataverse.DemoCase + ")",
	})
	require.NoError(t, err)
	row := s.dynamicsRow(id, "refused and closed", func(r simdataverse.Row) bool { return r.Int("statecode") == 1 })
	assert.Equal(t, support.CodeNotSupported, row.Text("lifeline_errorcode"))
	assert.Contains(t, row.Text("lifeline_errormessage"), "another vendor")
	assert.Empty(t, s.world.Rescue.PINs())
}
