package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Asking a command for help started it: `lifeline dev -help` took the ports and ran until it was stopped.
func TestEveryCommandExplainsItselfInsteadOfStarting(t *testing.T) {
	for _, c := range commands() {
		for _, ask := range []string{"-h", "-help", "--help"} {
			var out strings.Builder
			require.NoError(t, run(t.Context(), []string{c.name, ask}, &out), "%s %s", c.name, ask)
			assert.Contains(t, out.String(), "Usage:", "%s %s", c.name, ask)
		}
	}
}

// A word that no command heeds was passed over: `lifeline doctor --repiar` looked without repairing.
func TestCommandsRefuseWordsThatTheyDoNotHeed(t *testing.T) {
	for _, args := range [][]string{
		{"version", "extra"}, {"config", "--json"}, {"server", "-x"}, {"dev", "now"}, {"doctor", "--repiar"}, {"connect", "--force", "acme-sn"},
	} {
		var out strings.Builder
		err := run(t.Context(), args, &out)
		require.ErrorContains(t, err, "usage: lifeline "+args[0], "%v", args)
		assert.Empty(t, out.String(), "%v", args)
	}
}
