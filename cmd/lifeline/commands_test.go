package main

import (
	"io"
	"maps"
	"net"
	"path/filepath"
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

// bare configures a process that reaches nothing.
func bare(t *testing.T, changes map[string]string) map[string]string {
	t.Helper()
	env := map[string]string{
		"LIFELINE_MODE": "dev", "LIFELINE_LISTEN": "127.0.0.1:0", "LIFELINE_WORKER_LISTEN": "", "LIFELINE_INBOX": filepath.Join(t.TempDir(), "inbox"),
		"LIFELINE_KEYS": "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "TEMPORAL_ADDRESS": "127.0.0.1:1", "LIFELINE_CONNECTIONS": "acme-sn", "LIFELINE_ACME_SN_VENDOR": "rescue", "LIFELINE_ACME_SN_CRM": "servicenow",
		"LIFELINE_ACME_SN_RESCUE_COMPANY_ID": "4711", "LIFELINE_ACME_SN_RESCUE_BASE_URL": "http://127.0.0.1:1",
		"LIFELINE_ACME_SN_SERVICENOW_INSTANCE": "acme", "LIFELINE_ACME_SN_SERVICENOW_BASE_URL": "http://127.0.0.1:1",
		"LIFELINE_ACME_SN_SERVICENOW_CLIENT_ID": "client", "LIFELINE_ACME_SN_SERVICENOW_CLIENT_SECRET": "secret",
	}
	maps.Copy(env, changes)
	return env
}

// The error of the system was all that was said: "listen tcp 127.0.0.1:8080: bind: address already in use".
func TestWhatKeepsAProcessFromStartingIsNamedByItsVariable(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = taken.Close() })
	for name, trouble := range map[string]struct{ command, variable, value, says string }{
		"taken port":         {"api", "LIFELINE_LISTEN", taken.Addr().String(), "lifeline: LIFELINE_LISTEN: listen tcp"},
		"folder not to make": {"api", "LIFELINE_INBOX", "/dev/null/inbox", "lifeline: LIFELINE_INBOX: inbox: mkdir"},
		"no engine":          {"worker", "TEMPORAL_ADDRESS", "127.0.0.1:1", "lifeline: engine: Temporal at 127.0.0.1:1 can't be reached, see TEMPORAL_ADDRESS"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := startProcess(t, bare(t, map[string]string{trouble.variable: trouble.value}), trouble.command)
			assert.Equal(t, 1, p.code(), p.log)
			assert.Contains(t, p.log.String(), trouble.says)
		})
	}
}

// Where another program had port 8080, as many do, nobody could try Lifeline.
func TestDevMovesItsPortsTogether(t *testing.T) {
	usual, err := shiftedPorts("")
	require.NoError(t, err)
	assert.Equal(t, devPorts{api: 8080, desk: 8090, mailbox: 8025, temporal: 7233, ui: 8233}, usual)
	moved, err := shiftedPorts("100")
	require.NoError(t, err)
	assert.Equal(t, devPorts{api: 8180, desk: 8190, mailbox: 8125, temporal: 7333, ui: 8333}, moved)
	for _, wrong := range []string{"x", "-1", "70000"} {
		_, err := shiftedPorts(wrong)
		assert.ErrorContains(t, err, "LIFELINE_DEV_SHIFT must be a whole number", wrong)
	}
}

// "Done" was all, as if something had been done.
func TestConnectSaysWhenThereIsNothingToSetUp(t *testing.T) {
	t.Parallel()
	p := startProcess(t, bare(t, nil), "connect", "acme-sn")
	assert.Zero(t, p.code(), p.log)
	assert.Equal(t, "There is nothing to set up: acme-sn needs its variables only. `lifeline doctor acme-sn` shows how it stands.\n", p.out.String())
}

// A wrong key was named only when all else was right.
func TestAWrongKeyIsNamedAmongTheOtherFaults(t *testing.T) {
	t.Parallel()
	p := startProcess(t, bare(t, map[string]string{"LIFELINE_KEYS": "k1:c2hvcnQ=", "LIFELINE_WORKERS": "0"}), "api")
	assert.Equal(t, 1, p.code(), p.log)
	assert.Contains(t, p.log.String(), "LIFELINE_WORKERS and WORKFLOW_CACHE must be positive\n  LIFELINE_KEYS: encryption key \"k1\" must be 32 bytes in base64")
	assert.NotContains(t, p.log.String(), "c2hvcnQ=")
}

func TestAnUnknownConnectionIsAnsweredWithThoseThatAre(t *testing.T) {
	t.Parallel()
	for _, command := range []string{"doctor", "connect"} {
		p := startProcess(t, bare(t, nil), command, "acme_sn")
		assert.Equal(t, 1, p.code(), p.log)
		assert.Contains(t, p.log.String(), `there is no connection "acme_sn"; LIFELINE_CONNECTIONS names acme-sn`)
		assert.Empty(t, p.out.String())
	}
}
