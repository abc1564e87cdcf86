package main

import (
	"log/slog"
	"maps"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/engine/enginetest"
	"example.com/lifeline/sandbox"
	simteamviewer "example.com/lifeline/sandbox/teamviewer"
	"example.com/lifeline/support"
)

// freeLicence is the smallest there is: 300 calls of a function an hour. The list is read as if there were no limit.
var freeLicence = map[string]string{
	"TEAMVIEWER_LICENCE": "free", "TEAMVIEWER_TOKEN_LEVEL": "user", "TEAMVIEWER_GROUP_ID": "", "TEAMVIEWER_ASSIGN": "false",
	"TEAMVIEWER_NO_REPORTS": "true", "POLL": "100ms",
}

// enforceFree lets the simulator keep its customer to the free licence.
func (s *stage) enforceFree() {
	s.t.Helper()
	s.tv(s.world.TeamViewer.AddToken(simteamviewer.ScriptToken{Name: "lifeline", Value: sandbox.TeamViewerToken, User: "admin@example.com"}))
	s.world.TeamViewer.SetLicence(simteamviewer.Licence{Type: simteamviewer.Free})
	s.world.TeamViewer.Configure(func(c *simteamviewer.Settings) { c.NoLimits = false })
}

// withinLicence looks that the simulator never had to refuse, and that of no function more calls were made than a burst
// of 15 and one after each interval.
func (s *stage) withinLicence(since time.Time) map[string]int {
	s.t.Helper()
	calls := map[string]int{}
	for _, request := range s.world.TeamViewer.Requests() {
		calls[request.Route]++
		assert.NotEqual(s.t, http.StatusForbidden, request.Status, request.Route)
	}
	most := 15 + int(time.Since(since)/(13*time.Second)) + 1
	for route, made := range calls {
		assert.LessOrEqual(s.t, made, most, route)
	}
	return calls
}

// Each process had the burst to itself: forty of them, at once or one after the other, used up the hour's calls in
// seconds.
func TestProcessesAtOnceAndOneAfterTheOtherKeepToTheLicence(t *testing.T) {
	t.Parallel()
	began := time.Now()
	s := playTeamViewer(t, "acme-tv-sn", freeLicence)
	s.enforceFree()
	for range 5 {
		var crowd sync.WaitGroup
		for range 8 {
			crowd.Go(s.useAll)
		}
		crowd.Wait()
	}
	calls := s.withinLicence(began)
	assert.GreaterOrEqual(t, calls["GET /sessions"], 15, "what is allowed is used")
}

// useAll is a process that begins, makes all the calls it may, and is gone.
func (s *stage) useAll() {
	process, err := NewApp(s.t.Context(), loadConfig(s.t, s.env), Roles{},
		EngineAt{HostPort: enginetest.Start(s.t).Address(), Namespace: s.namespace}, slog.New(slog.DiscardHandler))
	if !assert.NoError(s.t, err) {
		return
	}
	defer process.Close()
	for err == nil {
		_, err = process.connections[0].Vendor.Observe(s.t.Context(), support.ObserveRequest{})
	}
	failure := support.AsError(err)
	assert.Equal(s.t, support.CodeRateLimited, failure.Code, failure)
	assert.Positive(s.t, failure.RetryAfter)
}

// A crash loop, with two workers: each began with the burst anew.
func TestKilledProcessesKeepToTheLicenceAndSessionsGetThrough(t *testing.T) {
	t.Parallel()
	began := time.Now()
	c := apartFor(t, "acme-tv-sn", sharedEngine, prefixed("acme-tv-sn", freeLicence))
	c.enforceFree()
	c.startWorker()
	c.startAPI()
	second := maps.Clone(c.env)
	second["LIFELINE_WORKER_LISTEN"] = freeAddress(t)
	sibling := startProcess(t, second, "worker")
	vpn, watched := c.pressTV() // while it is live the list is read
	for range 4 {
		c.worker.kill()
		sibling.kill()
		c.startWorker()
		sibling = startProcess(t, second, "worker")
		outlook := c.incident("Outlook")
		c.eventually(func() bool {
			return c.callTV(http.MethodPost, outlook, "/session", map[string]any{"agent": c.agent("dana")}).Status < 300
		}, "a code")
		c.eventually(func() bool {
			return c.callTV(http.MethodPost, outlook, "/session/close", map[string]any{}).Status < 300
		}, "closed")
		c.rowState(outlook, "cancelled")
	}
	c.tv(c.world.TeamViewer.CustomerOnline(watched.Code))
	c.rowState(vpn, "waiting")
	require.Equal(t, http.StatusOK, c.callTV(http.MethodPost, vpn, "/session/close", map[string]any{}).Status)
	c.rowState(vpn, "filed")
	calls := c.withinLicence(began)
	assert.GreaterOrEqual(t, calls["GET /sessions"], 10, "the list was read: %v", calls)
}

// Doctor's calls are counted, too: it makes none that nobody counts.
func TestDoctorAsksTeamViewerNothingWithoutTheEngineOrAWorker(t *testing.T) {
	t.Parallel()
	c := apartFor(t, "acme-tv-sn", sharedEngine, nil)
	for _, engine := range []string{c.server.Address(), "127.0.0.1:1"} {
		found := c.consult(nil, engine, "acme-tv-sn")
		assert.Contains(t, found.line("!", "token"), "not looked at: Lifeline's engine did not answer", found.Text)
		assert.Contains(t, found.line("!", "token"), "-> the engine and a worker give out the licence's calls", found.Text)
	}
	assert.Empty(t, c.world.TeamViewer.Requests())
	c.startWorker()
	c.eventually(func() bool { return c.consult(nil, c.server.Address(), "acme-tv-sn").line("✓", "token") != "" }, "the token is looked at")
}

// Whoever presses when the calls are used up is told so, and gets a code when the next call is earned.
func TestAgentsAreToldThatTheCallsAreUsedUp(t *testing.T) {
	t.Parallel()
	began := time.Now()
	s := playTeamViewer(t, "acme-tv-sn", freeLicence)
	s.enforceFree()
	vpn := s.incident("VPN")
	press := func() answer {
		return s.callTV(http.MethodPost, vpn, "/session", map[string]any{"agent": s.agent("dana")})
	}
	pressed := press()
	for ; pressed.Status == http.StatusCreated; pressed = press() {
		require.Equal(t, http.StatusOK, s.callTV(http.MethodPost, vpn, "/session/close", map[string]any{}).Status)
		s.rowState(vpn, "cancelled")
	}
	assert.Equal(t, support.CodeRateLimited, pressed.Problem.Code, pressed.Raw)
	assert.Contains(t, pressed.Raw, "licence allows no more calls at the moment")
	s.buttonsBecome(vpn, "New")
	s.eventually(func() bool { pressed = press(); return pressed.Status == http.StatusCreated }, "a code")
	s.tv(s.world.TeamViewer.CustomerOnline(pressed.Code))
	s.withinLicence(began)
}
