package api_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"example.com/lifeline/api"
	"example.com/lifeline/sessions"
	"example.com/lifeline/support"
	"example.com/lifeline/workflows"
)

func TestListPagesThroughSessions(t *testing.T) {
	w := newWorld(t)
	w.sessions.list = []sessions.Listed{{
		WorkflowID: "adopted/acme-sn/1080000123", RunID: "run-1", Connection: "acme-sn", Vendor: "rescue", Number: "INC0010001",
		State: support.Connected, Agent: "u-dana", AgentName: "Dana Ruiz", RunEnd: sessions.Stopped, VendorSessionID: "1080000123", Technician: "25500123", Attention: "permission", Live: true, StartedAt: w.now,
	}}
	w.sessions.next = []byte{0, 1, 0xfe}
	answer := w.asOperator("GET", "/v1/sessions?connection=acme-sn&state=connected&agent=u-dana&attention=true&live=true&limit=1", "").status(200)
	require.Equal(t, sessions.Filter{Connection: "acme-sn", State: support.Connected, Agent: "u-dana", Attention: true, Live: true, PageSize: 1}, w.sessions.last().arg)
	require.NotContains(t, answer.Body.String(), "25500123")
	var page api.ListAnswer
	answer.decode(&page)
	require.Len(t, page.Sessions, 1)
	require.Equal(t, "Dana Ruiz", page.Sessions[0].AgentName)
	require.Equal(t, sessions.Stopped, page.Sessions[0].RunEnd)
	require.Contains(t, page.Sessions[0].TemporalURL, "/workflows/adopted%2Facme-sn%2F1080000123/run-1/history")

	w.sessions.list, w.sessions.next = nil, nil
	last := w.asOperator("GET", "/v1/sessions?page="+page.Next, "").status(200)
	require.Equal(t, sessions.Filter{PageSize: 100, Page: []byte{0, 1, 0xfe}}, w.sessions.last().arg)
	require.JSONEq(t, `{"sessions":[]}`, last.Body.String())
}

func TestListRefusesWhatTheEngineWouldNotUnderstand(t *testing.T) {
	w := newWorld(t)
	for _, query := range []string{
		"page=AAH-", "page=.", "page=%00", "limit=0", "limit=501", "limit=x", "state=happy", "connection=nobody",
		"agent=x%27%20OR%201=1", "agent=x%5C", "agent=%22", "agent=a%0Ab",
	} {
		w.asOperator("GET", "/v1/sessions?"+query, "").problem(400, "invalid")
	}
	require.Empty(t, w.sessions.calls)
}

func TestRetryOfARunNamesASession(t *testing.T) {
	w := newWorld(t)
	w.sessions.show(live())
	session := w.asOperator("POST", "/v1/sessions/retry", `{"workflowId":"adopted/acme-sn/1080000123"}`).status(200).session()
	require.Equal(t, "adopted/acme-sn/1080000123", w.sessions.last().ref.ID)
	require.Equal(t, workflows.RetryPress{By: "operator"}, w.sessions.last().arg)
	require.Empty(t, session.PanelURL)
	w.sessions.forget()
	for _, body := range []string{"", "{}", "{", `{"workflowId":""}`, `{"workflowId":"credential/acme-sn/oauth"}`, `{"workflowId":"watch/1"}`} {
		w.asOperator("POST", "/v1/sessions/retry", body).problem(400, "invalid")
	}
	require.Empty(t, w.sessions.calls)
}

func TestReportIsShownRunPausedAndResumed(t *testing.T) {
	w := newWorld(t)
	w.sessions.report = sessions.PeriodicState{
		Paused: true, LastRun: w.now.Add(-time.Hour), NextRun: w.now.Add(time.Hour), Status: "Failed", Failure: "the token is dead",
		Result: &workflows.PeriodicResult{Read: 7, Saved: 7},
	}
	const report = "/v1/connections/acme-d365/report"
	require.JSONEq(t, `{"paused":true,"lastRun":"2026-06-18T08:42:00Z","nextRun":"2026-06-18T10:42:00Z","status":"Failed","failure":"the token is dead",
		"result":{"read":7,"saved":7}}`, w.asOperator("GET", report, "").status(200).Body.String())
	w.asOperator("POST", report+"/refresh", "").status(202)
	require.Equal(t, *w.options.Doors["acme-d365"].Report, w.sessions.last().arg)
	w.asOperator("POST", report+"/pause", "").status(204)
	require.Equal(t, true, w.sessions.last().arg)
	w.asOperator("POST", report+"/resume", "").status(204)
	require.Equal(t, false, w.sessions.last().arg)
}

func TestVendorWithoutACompanyReportSaysSo(t *testing.T) {
	w := newWorld(t)
	const report = "/v1/connections/acme-sn/report"
	w.asOperator("GET", report, "").problem(501, "not_supported")
	for _, verb := range []string{"/refresh", "/pause", "/resume"} {
		w.asOperator("POST", report+verb, "").problem(501, "not_supported")
	}
}

func TestOperationsAreForOperatorsOnly(t *testing.T) {
	w := newWorld(t)
	bearer := []string{"Authorization", "Bearer " + w.panelLink(snRecord, dana)}
	for _, route := range [][2]string{
		{"GET", "/v1/sessions"}, {"POST", "/v1/sessions/retry"}, {"GET", "/metrics"}, {"GET", "/v1/connections/acme-d365/report"},
		{"POST", "/v1/connections/acme-d365/report/refresh"}, {"POST", "/v1/connections/acme-d365/report/pause"}, {"POST", "/v1/connections/acme-d365/report/resume"},
	} {
		w.send(request(route[0], route[1], "")).problem(401, "unauthenticated")
		w.send(request(route[0], route[1], "", bearer...)).problem(401, "unauthenticated")
		w.asCRM(route[0], route[1], "").problem(401, "unauthenticated")
	}
	require.Empty(t, w.sessions.calls)
}

func TestOperatorsReadMetricsByRoute(t *testing.T) {
	w := newWorld(t)
	w.send(post("/hooks/rescue/acme-sn/"+hookSecret, "SessionID=1"))
	w.send(request("GET", "/nowhere/"+hookSecret, ""))
	metrics := w.asOperator("GET", "/metrics", "").status(200).Body.String()
	require.Contains(t, metrics, `lifeline_hooks_total{hook="rescue",outcome="accepted"} 1`)
	require.Contains(t, metrics, `route="/hooks/rescue/:c/:secret",status="2xx"`)
	require.NotContains(t, metrics, hookSecret)
}

func TestRunHasNoPageWithoutTheEnginesUI(t *testing.T) {
	w := newWorld(t, func(o *api.Options) { o.TemporalUI = "" })
	require.Empty(t, w.server.RunURL("session/a/b/c", "run"))
}
