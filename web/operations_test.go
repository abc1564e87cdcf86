package web_test

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/activities"
	"example.com/lifeline/api"
	"example.com/lifeline/sessions"
	"example.com/lifeline/support"
	"example.com/lifeline/workflows"
)

func listed() []sessions.Listed {
	return []sessions.Listed{
		{WorkflowID: "session/acme-sn/incident/1", RunID: "r1", Connection: "acme-sn", Number: "INC0010001", State: support.Connected, Agent: "u-dana", AgentName: "Dana Ruiz", Live: true, StartedAt: time.Now()},
		{WorkflowID: "adopted/acme-sn/1080000123", RunID: "r2", Connection: "acme-sn", State: support.Ended, Attention: support.CodePermission, VendorSessionID: "1080000123", Live: true, StartedAt: time.Now()},
	}
}

func TestOperationsAreForOperatorsOnly(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{"/operations", "/operations/connections"} {
		page := w.get(path)
		assert.Equal(t, http.StatusSeeOther, page.StatusCode)
		assert.Equal(t, "/operations/signin", page.Header.Get("Location"))
	}
	for _, path := range []string{"/operations/retry", "/operations/connections/acme-d365/report/run"} {
		assert.Equal(t, "/operations/signin", w.post(path, url.Values{}).Header.Get("Location"))
	}
	assert.Empty(t, w.sessions.asked)
}

func TestSigningInSetsACookieThatOnlyTheBrowserCanUse(t *testing.T) {
	w := newWorld(t)
	page := w.post("/operations/signin", url.Values{"token": {" " + operatorToken + "\n"}})

	require.Equal(t, http.StatusSeeOther, page.StatusCode)
	cookie := page.Cookies()[0]
	assert.Equal(t, api.OperatorCookie, cookie.Name)
	assert.True(t, cookie.HttpOnly)
	assert.False(t, cookie.Secure, "the public address of this test is http")
	assert.Equal(t, http.SameSiteStrictMode, cookie.SameSite)
	assert.Equal(t, http.StatusOK, w.get("/operations", func(r *http.Request) { r.AddCookie(cookie) }).StatusCode)

	out := w.post("/operations/signout", url.Values{}, asOperator)
	assert.Negative(t, out.Cookies()[0].MaxAge)
}

func TestAWrongTokenIsRefusedAndSoonNotEvenLookedAt(t *testing.T) {
	w := newWorld(t)
	wrong := url.Values{"token": {"wrong"}}
	page := w.post("/operations/signin", wrong)
	assert.Equal(t, http.StatusUnauthorized, page.StatusCode)
	assert.Contains(t, page.body, "This is not the operator token.")
	assert.Empty(t, page.Cookies())

	assert.Equal(t, http.StatusUnauthorized, w.post("/operations/signin", url.Values{}).StatusCode)
	for range 4 {
		page = w.post("/operations/signin", wrong)
	}
	assert.Equal(t, http.StatusTooManyRequests, page.StatusCode)
	assert.Equal(t, http.StatusTooManyRequests, w.post("/operations/signin", url.Values{"token": {operatorToken}}).StatusCode)
}

// Proxies log addresses.
func TestTheOperatorTokenIsNotReadFromTheAddress(t *testing.T) {
	w := newWorld(t)
	page := w.post("/operations/signin?token="+operatorToken, url.Values{})
	assert.Equal(t, http.StatusUnauthorized, page.StatusCode)
	assert.Empty(t, page.Cookies())
}

func TestAWrongAddressUnderOperationsIsAPage(t *testing.T) {
	w := newWorld(t)
	page := w.get("/operations/nothing", asOperator)
	assert.Equal(t, http.StatusNotFound, page.StatusCode)
	assert.Contains(t, page.body, "There is no such page")
	assert.Contains(t, page.body, `href="/operations"`)
}

func TestTheBareHostLeadsToOperations(t *testing.T) {
	page := newWorld(t).get("/")
	assert.Equal(t, http.StatusSeeOther, page.StatusCode)
	assert.Equal(t, "/operations", page.Header.Get("Location"))
}

func TestSessionListFiltersAndPages(t *testing.T) {
	w := newWorld(t)
	w.sessions.list, w.sessions.next = listed(), []byte("two")
	from := base64.RawURLEncoding.EncodeToString([]byte("one"))

	page := w.get("/operations?connection=acme-sn&state=ended&agent=u-dana&attention=on&live=on&page="+from, asOperator)

	require.Equal(t, http.StatusOK, page.StatusCode)
	assert.Equal(t, sessions.Filter{
		Connection: "acme-sn", State: support.Ended, Agent: "u-dana", Attention: true, Live: true, PageSize: 50, Page: []byte("one"),
	}, w.sessions.args("list")[0])
	assert.Contains(t, page.body, "page="+base64.RawURLEncoding.EncodeToString([]byte("two")))
	assert.Contains(t, page.body, "https://temporal.example.com/namespaces/lifeline/workflows/session%2Facme-sn%2Fincident%2F1/r1/history")
	assert.Contains(t, page.body, "Give the service account the missing right")
	assert.Equal(t, 1, strings.Count(page.body, `action="/operations/retry"`), "only what waits can be retried")
}

func TestAgentsAreShownByNameAndLeadToTheirSessions(t *testing.T) {
	w := newWorld(t)
	w.sessions.list = append(listed(), sessions.Listed{WorkflowID: "unnamed", Agent: "u-lee"})
	body := w.get("/operations", asOperator).body
	assert.Contains(t, body, `<a href="?agent=u-dana" title="all sessions of this agent">Dana Ruiz</a>`)
	assert.Contains(t, body, `>u-lee</a>`)
}

// A run that had handed its session on was listed as though the customer waited twice.
func TestRunThatIsOverBeforeItsSessionSaysSo(t *testing.T) {
	w := newWorld(t)
	w.sessions.list = []sessions.Listed{
		{WorkflowID: "handed", State: support.Waiting, RunEnd: sessions.HandedOver}, {WorkflowID: "terminated", State: support.Connected, RunEnd: sessions.Stopped},
	}
	body := w.get("/operations", asOperator).body
	assert.Contains(t, body, "Goes on in another run")
	assert.Contains(t, body, "Run was stopped")
	assert.NotContains(t, body, `data-state="waiting"`)
	assert.NotContains(t, body, `data-state="connected"`)
}

func TestOverviewCountsWhereSessionsStand(t *testing.T) {
	w := newWorld(t)
	w.sessions.list = listed()
	body := w.get("/operations", asOperator).body
	for _, text := range []string{"<b>1</b> open", "<b>0</b> with a customer waiting", "<b>1</b> connected", "<b>1</b> ended, not yet filed", "<b>2</b> waiting for a human"} {
		assert.Contains(t, body, text)
	}
}

func TestSessionListSaysWhyItIsEmpty(t *testing.T) {
	w := newWorld(t)
	assert.Contains(t, w.get("/operations", asOperator).body, "No session matches.")

	w.sessions.fail(support.Retryable(support.CodeUnreachable, "the engine did not answer", 0, nil))
	page := w.get("/operations", asOperator)
	assert.Equal(t, http.StatusServiceUnavailable, page.StatusCode)
	assert.Contains(t, page.body, "The engine did not answer.")
	assert.Contains(t, w.get("/operations?page=%21", asOperator).body, "not one that this list gave")
}

func TestRetryGoesBackToTheSameList(t *testing.T) {
	w := newWorld(t)
	form := url.Values{"workflow": {"adopted/acme-sn/1080000123"}, "back": {"attention=on&evil=//example.com"}}

	page := w.post("/operations/retry", form, asOperator)

	assert.Equal(t, "/operations?attention=on&done=retry", page.Header.Get("Location"))
	assert.Equal(t, []any{"adopted/acme-sn/1080000123"}, w.sessions.args("retryRun"))

	w.sessions.fail(support.Stopped(support.CodeConflict, "nothing waits for a retry", nil))
	page = w.post("/operations/retry", form, asOperator)
	assert.Equal(t, http.StatusUnprocessableEntity, page.StatusCode)
	assert.Contains(t, page.body, "Nothing waits for a retry.")
}

func TestConnectionsShowReportAndTroubles(t *testing.T) {
	w := newWorld(t)
	w.sessions.report = sessions.PeriodicState{LastRun: time.Now(), NextRun: time.Now(), Status: "Completed", Result: &workflows.PeriodicResult{Read: 120, Saved: 118}}
	w.sessions.troubles = []activities.Trouble{{Subject: "INC0010001", Step: "file the outcome", Reason: "the CRM refused the write", Remedy: "Press retry.", Since: time.Now()}}

	body := w.get("/operations/connections", asOperator).body

	for _, text := range []string{"acme-sn", "acme-d365", "Rescue has none.", "120 read, 118 saved", "succeeded", "The CRM refused the write.", "Press retry.", ">Pause<"} {
		assert.Contains(t, body, text)
	}

	w.sessions.report = sessions.PeriodicState{Paused: true, LastRun: time.Now(), Status: "Failed", Failure: "the licence allows no reports"}
	body = w.get("/operations/connections", asOperator).body
	for _, text := range []string{"<strong>paused</strong>", "failed", "The licence allows no reports.", ">Resume<"} {
		assert.Contains(t, body, text)
	}

	w.sessions.fail(support.Retryable(support.CodeUnreachable, "the engine did not answer", 0, nil))
	assert.Contains(t, w.get("/operations/connections", asOperator).body, "The alert desk did not answer. The engine did not answer.")
}

func TestTheCompanyReportIsSteered(t *testing.T) {
	w := newWorld(t)
	for _, do := range []string{"run", "pause", "resume"} {
		page := w.post("/operations/connections/acme-d365/report/"+do, url.Values{}, asOperator)
		assert.Equal(t, "/operations/connections?done="+do, page.Header.Get("Location"))
	}
	assert.Equal(t, []any{"acme-d365"}, w.sessions.args("run"))
	assert.Equal(t, []any{true, false}, w.sessions.args("pause"))

	for _, path := range []string{"acme-d365/report/retry", "acme-sn/report/run", "unknown/report/run"} {
		assert.Equal(t, http.StatusNotFound, w.post("/operations/connections/"+path, url.Values{}, asOperator).StatusCode)
	}
}

func TestPressesOfOtherSitesAreRefused(t *testing.T) {
	w := newWorld(t)
	crossSite := func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }
	otherOrigin := func(r *http.Request) { r.Header.Set("Origin", "https://evil.example.com") }
	for _, path := range []string{"/operations/retry", "/operations/signin", "/operations/signout", "/operations/connections/acme-d365/report/run"} {
		assert.Equal(t, http.StatusForbidden, w.post(path, url.Values{}, asOperator, crossSite).StatusCode, path)
		assert.Equal(t, http.StatusForbidden, w.post(path, url.Values{}, asOperator, otherOrigin).StatusCode, path)
	}
	assert.Empty(t, w.sessions.args("retryRun"))
}
