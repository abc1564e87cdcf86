package activities_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/activities"
	"example.com/lifeline/support"
)

func TestRowLeadsToTheSignInWhileOneIsNeeded(t *testing.T) {
	for name, want := range map[string]struct {
		code, link, panel string
	}{
		"needed":                  {support.CodeSignInNeeded, "https://lifeline.example.com/signin", "https://lifeline.example.com/signin"},
		"another failure":         {support.CodeNoConsole, "https://lifeline.example.com/signin", "the panel"},
		"nobody can sign in here": {support.CodeSignInNeeded, "", "the panel"},
	} {
		h := newHouse(support.Rescue)
		var linked support.RecordRef
		h.SignIn = func(ref support.RecordRef, agent support.Agent) string {
			linked = ref
			assert.Equal(t, "u1", agent.ID)
			return want.link
		}
		row := support.SessionRow{ErrorCode: want.code, PanelURL: "the panel", Agent: support.Agent{ID: "u1"}}
		_, err := h.FileProgress(t.Context(), activities.RowInput{Connection: acme, Row: row})
		require.NoError(t, err)
		assert.Equal(t, want.panel, h.crm.saved[0].PanelURL, name)
		if want.code == support.CodeSignInNeeded {
			assert.Equal(t, acme, linked.Connection, "also when the record was not read")
		}
	}
}
