package dataverse_test

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/sandbox/dataverse"
)

func TestFaultsAnswerAsTheServiceDoes(t *testing.T) {
	w := open(t)
	for kind, want := range map[dataverse.FaultKind]struct {
		status int
		code   string
	}{
		dataverse.Throttle429Count:       {429, "0x80072322"},
		dataverse.Throttle429Time:        {429, "0x80072321"},
		dataverse.Throttle429Concurrency: {429, "0x80072326"},
		dataverse.Fault502:               {502, ""},
		dataverse.Fault503:               {503, ""},
		dataverse.Fault504:               {504, ""},
		dataverse.SQLTimeout:             {500, "0x80044151"},
		dataverse.PluginAbort:            {400, "0x80040265"},
	} {
		w.sim.Inject(dataverse.Fault{Kind: kind, RetryAfter: 7})
		got := w.get("WhoAmI")
		got.Refused(want.status, want.code)
		if want.status == 429 || want.status == 502 || want.status == 503 {
			assert.Equal(t, "7", got.Header.Get("Retry-After"), kind)
		}
		w.get("WhoAmI").Is(200)
	}
}

func TestFaultsMatchMethodPathAndTimes(t *testing.T) {
	w := open(t)
	w.sim.Inject(dataverse.Fault{Method: http.MethodPatch, Path: "incidents", Kind: dataverse.Fault503, HTML: true, Times: 2})
	w.get(caseAddress).Is(200)
	for range 2 {
		page := w.patch(caseAddress, object{"title": "x"}).Is(503)
		assert.Equal(t, "text/html", page.Header.Get("Content-Type"))
	}
	assert.Empty(t, w.sim.Faults())
	w.patch(caseAddress, object{"title": "x"}).Is(204)
	w.sim.Inject(dataverse.Fault{Kind: dataverse.Fault502})
	w.sim.ClearFaults()
	w.get("WhoAmI").Is(200)
}

func TestResetsLoseTheWriteOrOnlyItsAnswer(t *testing.T) {
	w := open(t)
	w.sim.Inject(dataverse.Fault{Method: http.MethodPost, Kind: dataverse.ResetBefore})
	_, err := w.try(http.MethodPost, "contacts", object{"lastname": "Lost"})
	require.Error(t, err)
	assert.Empty(t, w.rows("contact", "lastname eq 'Lost'"))
	w.sim.Inject(dataverse.Fault{Method: http.MethodPost, Kind: dataverse.ResetAfter})
	_, err = w.try(http.MethodPost, "contacts", object{"lastname": "Kept"})
	require.Error(t, err)
	assert.Len(t, w.rows("contact", "lastname eq 'Kept'"), 1)
}

func TestARaceIsLostToAnEqualRequest(t *testing.T) {
	w := open(t)
	w.sim.Inject(dataverse.Fault{Kind: dataverse.Race})
	w.patch(keyAddress, object{"lifeline_name": "x"}).Refused(412, "0x80060892")
	w.patch(keyAddress, object{"lifeline_name": "x"}, "If-Match: *").Is(204)
}

func TestSlowAnswersComeLateButTheWriteIsDone(t *testing.T) {
	w := open(t)
	w.sim.Inject(dataverse.Fault{Kind: dataverse.Slow, DelayMS: 5})
	assert.NotEmpty(t, w.post("contacts", object{"lastname": "Late"}).Is(204).Header.Get("OData-EntityId"))
	w.sim.Inject(dataverse.Fault{Kind: dataverse.Slow, DelayMS: 60_000})
	client := http.Client{Timeout: 30 * time.Millisecond}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.url+"/api/data", nil)
	require.NoError(t, err)
	_, err = client.Do(req)
	require.Error(t, err)
}

func TestTokenEndpointHasFaultsToo(t *testing.T) {
	w := open(t)
	w.sim.Inject(dataverse.Fault{Path: "oauth2", Kind: dataverse.Fault503})
	w.signIn(w.tokenForm()).Is(503)
	w.signIn(w.tokenForm()).Is(200)
}

func TestDownBreaksEveryConnection(t *testing.T) {
	w := open(t)
	w.sim.Down(true)
	_, err := w.try(http.MethodGet, "WhoAmI", nil)
	require.Error(t, err)
	w.get("/_sim/state").Is(200)
	w.sim.Down(false)
	w.get("WhoAmI").Is(200)
}

func limited(limits dataverse.Limits) func(*dataverse.Options) {
	return func(o *dataverse.Options) {
		frozen := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
		o.Limits, o.Clock = limits, func() time.Time { return frozen }
	}
}

func TestRequestsAreCountedPerUserInASlidingWindow(t *testing.T) {
	w := open(t, limited(dataverse.Limits{Requests: 2, Window: time.Minute}))
	assert.Equal(t, "1", w.get("WhoAmI").Is(200).Header.Get("x-ms-ratelimit-burst-remaining-xrm-requests"))
	w.sim.Advance(20 * time.Second)
	w.get("WhoAmI").Is(200)
	refused := w.get("WhoAmI")
	refused.Refused(429, "0x80072322")
	assert.Equal(t, "40", refused.Header.Get("Retry-After"))
	w.as(dataverse.DemoDana).get("WhoAmI").Is(200)
	w.sim.Advance(40 * time.Second)
	w.get("WhoAmI").Is(200)
	assert.Equal(t, dataverse.Usage{Requests: 4, InWindow: 2, Refused: 1}, w.sim.UsageOf(w.sim.ApplicationUser(appID)))
}

func TestExecutionTimeIsLimited(t *testing.T) {
	w := open(t, limited(dataverse.Limits{Execution: time.Nanosecond}))
	w.get("WhoAmI").Is(200)
	w.waitFor(func() bool { return w.sim.UsageOf(w.sim.ApplicationUser(appID)).Concurrent == 0 })
	w.get("WhoAmI").Refused(429, "0x80072321")
}

func TestConcurrentRequestsAreLimited(t *testing.T) {
	w, release := open(t, limited(dataverse.Limits{Concurrent: 2})), make(chan struct{})
	arrived := make(chan struct{})
	hook := newHook(t, func() { close(arrived); <-release })
	w.register(hook, nil, object{"mode": 0})
	var pressing sync.WaitGroup
	pressing.Go(func() { _, _ = w.try(http.MethodPost, "lifeline_sessions", object{"lifeline_name": "x"}) })
	<-arrived
	w.get("WhoAmI").Refused(429, "0x80072326")
	close(release)
	pressing.Wait()
	w.get("WhoAmI").Is(200)
}
