package main

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	simteamviewer "example.com/lifeline/sandbox/teamviewer"
	"example.com/lifeline/sessions"
)

// playTeamViewerApart sets a stage up for TeamViewer whose API, worker and engine are processes that may be killed.
func playTeamViewerApart(t *testing.T, own bool) *cluster {
	t.Helper()
	c := apartFor(t, "acme-tv-sn", own, nil)
	c.world.TeamViewer.Configure(func(s *simteamviewer.Settings) { s.ReportDelay = simteamviewer.Delay(0) })
	c.startWorker()
	c.startAPI()
	return c
}

// TeamViewer pushes nothing: while nobody watches its list, agents learn nothing. A killed worker's watch stood still for
// a minute, and not for the seconds of every other step.
func TestTeamViewerSessionOutlivesKillsInEachOfItsStates(t *testing.T) {
	for _, k := range []killed{workerKilled, engineKilled} {
		t.Run(k.part, func(t *testing.T) {
			t.Parallel()
			c := playTeamViewerApart(t, k.own)
			vpn, pressed := c.pressTV()
			k.restart(c)
			c.tv(c.world.TeamViewer.CustomerOnline(pressed.Code))
			c.rowState(vpn, "waiting")
			c.tv(c.world.TeamViewer.SupporterConnects(pressed.Code, "dana@example.com", true))
			k.restart(c)
			c.tv(c.world.TeamViewer.ConnectionEnds(pressed.Code))
			c.tv(c.world.TeamViewer.EditNotes(pressed.Code, "Driver reinstalled"))
			c.tv(c.world.TeamViewer.CustomerOffline(pressed.Code))
			k.restart(c)
			row := c.rowState(vpn, "filed")
			assert.Equal(t, "Driver reinstalled", row["notes"])
			c.closedAtVendor(pressed.Code)
			require.Len(t, c.rows(vpn), 1)
			assert.Len(t, c.notes(vpn), 1)
			assert.Len(t, c.world.TeamViewer.Sessions(), 1)
		})
	}
}

// What was saved before the kill is saved once, and nobody has to start the report anew. A pause holds back only the runs
// that nobody asks for.
func TestCompanyReportKilledHalfWayGoesOnWhereItWas(t *testing.T) {
	t.Parallel()
	const connections = 2000
	c := apartFor(t, "acme-tv-sn", sharedEngine, prefixed("acme-tv-sn", map[string]string{
		"REPORT_WINDOW": "9000h", "LIFELINE_OPERATOR_TOKEN": operator,
	}))
	c.world.TeamViewer.Configure(func(s *simteamviewer.Settings) { s.PageSize = 50 })
	c.world.TeamViewer.AddReports(connections)
	c.startWorker()
	c.startAPI()
	r := reporting{c.stage, "acme-tv-sn"}
	r.eventually(func() bool { return r.ask(http.MethodPost, "/pause").Status == http.StatusNoContent }, "paused")
	require.Equal(t, http.StatusAccepted, r.ask(http.MethodPost, "/refresh").Status)
	r.eventually(func() bool { return len(r.rows()) > 50 }, "the second page is being saved")
	c.worker.kill()
	require.Less(t, len(r.rows()), connections, "half-way")
	c.startWorker()
	r.becomes(func(state sessions.PeriodicState) bool {
		return state.Result != nil && state.Result.Saved == connections
	}, "the same run ends")
	assert.Len(t, r.rows(), connections)
	assert.True(t, r.state().Paused)
}
