package main

import (
	"io"
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
			assert.Contains(t, out.String(), "lifeline connect <connection>", "%s %s", c.name, ask)
		}
	}
}

func TestTheCommandsAreListedForWhoeverNamesNone(t *testing.T) {
	for _, args := range [][]string{{}, {"help"}, {"-h"}, {"--help"}} {
		var out strings.Builder
		require.NoError(t, run(t.Context(), args, &out), "%v", args)
		assert.Contains(t, out.String(), "lifeline connect <connection>", "%v", args)
	}
	require.ErrorContains(t, run(t.Context(), []string{"fly"}, io.Discard), `there is no command "fly"`)
}

// A word that no command heeds was passed over: `lifeline doctor --repiar` looked without repairing.
func TestCommandsRefuseWordsThatTheyDoNotHeed(t *testing.T) {
	for _, args := range [][]string{
		{"version", "extra"}, {"config", "--json"}, {"server", "-x"}, {"worker", "acme-sn"}, {"dev", "now"}, {"dev", "--port", "1"},
		{"doctor", "--repiar"}, {"doctor", "--note"}, {"doctor", "--note="}, {"doctor", "--repair=x"}, {"connect", "--force", "acme-sn"},
	} {
		var out strings.Builder
		err := run(t.Context(), args, &out)
		require.ErrorContains(t, err, "usage: lifeline "+args[0], "%v", args)
		assert.Empty(t, out.String(), "%v", args)
	}
}
