package api_test

import (
	"errors"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/api"
	"example.com/lifeline/support"
)

func TestFailuresBecomeProblemDocuments(t *testing.T) {
	cause := errors.New("the wire said: password=hunter2")
	for _, it := range []struct {
		err        error
		status     int
		code       string
		retryAfter string
	}{
		{support.Stopped(support.CodeNoConsole, "start your console first", cause), 422, "no_console", ""},
		{support.Stopped(support.CodeNotFound, "the record is gone", cause), 404, "not_found", ""},
		{support.Stopped(support.CodeNoLiveSession, "nothing to close", cause), 409, "no_live_session", ""},
		{support.Stopped(support.CodeSessionNotReady, "not ready", cause), 409, "session_not_ready", ""},
		{support.Stopped(support.CodeConflict, "changed meanwhile", cause), 409, "conflict", ""},
		{support.Stopped(support.CodeDisabled, "switched off", cause), 403, "disabled", ""},
		{support.Stopped(support.CodeInvalid, "wrong", cause), 400, "invalid", ""},
		{support.Stopped(support.CodeNotSupported, "cannot", cause), 501, "not_supported", ""},
		{support.NeedsAttention(support.CodePermission, "a right is missing", cause), 502, "permission", ""},
		{support.NeedsAttention(support.CodeCredentialDead, "the token is dead", cause), 502, "credential_dead", ""},
		{support.Retryable(support.CodeUnreachable, "no answer", 0, cause), 503, "unreachable", "5"},
		{support.Retryable(support.CodeRateLimited, "slow down", 90*time.Second, cause), 503, "rate_limited", "90"},
		{support.Retryable(support.CodeProtocol, "not understood", 0, cause), 503, "protocol", "5"},
		{support.Retryable(support.CodeConsentMissing, "waits for consent", 1500*time.Millisecond, cause), 503, "consent_missing", "5"},
		{cause, 500, "internal", ""},
	} {
		w := newWorld(t)
		w.sessions.fail(it.err)
		answer := w.asCRM("POST", snPath+"/session/close", pressed)
		problem := answer.problem(it.status, it.code)
		require.Equal(t, "about:blank", problem.Type)
		require.Equal(t, http.StatusText(it.status), problem.Title)
		require.Equal(t, it.retryAfter, answer.Header().Get("Retry-After"), it.code)
		require.NotContains(t, answer.Body.String(), "hunter2")
		require.Equal(t, it.status >= 500, strings.Contains(w.log.String(), "a request failed"), it.code)
	}
}

func TestSignInNeededTellsWhereTo(t *testing.T) {
	w := newWorld(t)
	w.sessions.fail(support.Stopped(support.CodeSignInNeeded, "Sign in to Rescue once.", nil))
	problem := w.asCRM("POST", snPath+"/session", pressed).problem(422, "sign_in_needed")
	require.True(t, strings.HasPrefix(problem.SignInURL, publicURL+"/signin?t="))
	require.Equal(t, "Sign in to Rescue once.", problem.Detail)
	require.NotContains(t, w.log.String(), strings.TrimPrefix(problem.SignInURL, publicURL+"/signin?t="))

	globex := request("POST", "/v1/connections/globex-sn/records/incident/"+sysID+"/session", pressed, "X-Api-Key", globexKey)
	require.Empty(t, w.send(globex).problem(422, "sign_in_needed").SignInURL)
}

func TestUnknownAddressesAndMethodsAreProblemsToo(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{"/", "/v1", "/v1/sessions/", "//v1/sessions", "/v1/sessions/..%2f..%2fmetrics", snPath, snPath + "/session/delete", "/hooks/rescue/acme-sn"} {
		w.send(request("GET", path, "")).problem(404, "not_found")
	}
	answer := w.send(request("DELETE", snPath+"/session", ""))
	answer.problem(405, "method_not_allowed")
	require.Contains(t, answer.Header().Get("Allow"), "POST")
}

func TestPagesMayAnswerWithTheRoutersErrors(t *testing.T) {
	w := newWorld(t)
	w.server.Echo().GET("/panel", func(echo.Context) error { return echo.NewHTTPError(http.StatusTeapot, "secret of the page") })
	w.server.Echo().GET("/operations", func(echo.Context) error { return echo.ErrInternalServerError })
	for path, status := range map[string]int{"/panel": 400, "/operations": 500} {
		r := request("GET", path, "")
		answer := &recorded{header: http.Header{}}
		w.server.Handler().ServeHTTP(answer, r)
		require.Equal(t, status, answer.code)
		require.NotContains(t, answer.body.String(), "secret of the page")
	}
}

type recorded struct {
	header http.Header
	code   int
	body   strings.Builder
}

func (r *recorded) Header() http.Header         { return r.header }
func (r *recorded) WriteHeader(code int)        { r.code = code }
func (r *recorded) Write(p []byte) (int, error) { return r.body.Write(p) }

func TestPanicIsAProblemWithoutDetails(t *testing.T) {
	w := newWorld(t)
	w.desk.panics = true
	answer := w.send(request("POST", "/hooks/dynamics/acme-d365", rowCreated, "X-Lifeline-Key", webhookKey))
	require.Equal(t, "An internal error occurred.", answer.problem(500, "internal").Detail)
	require.NotContains(t, answer.Body.String(), "parser")
	require.Contains(t, w.log.String(), "a request panicked")
	require.NotContains(t, w.log.String(), webhookKey)
	require.NotContains(t, w.log.String(), "row-1")
	w.send(request("GET", "/healthz", "")).status(200)
}

func TestAnswersCarrySecureHeaders(t *testing.T) {
	w := newWorld(t)
	for _, r := range []*http.Request{request("GET", "/healthz", ""), request("GET", "/nowhere", ""), request("GET", snPath+"/session", "")} {
		h := w.send(r).Header()
		require.Equal(t, "no-store", h.Get("Cache-Control"))
		require.Equal(t, "nosniff", h.Get("X-Content-Type-Options"))
		require.Equal(t, "same-origin", h.Get("Referrer-Policy"))
		require.Equal(t, "default-src 'none'; frame-ancestors 'none'", h.Get("Content-Security-Policy"))
	}
}

func TestRequestIDOfAProxyIsKeptIfItIsHarmless(t *testing.T) {
	w := newWorld(t)
	require.Equal(t, "proxy-0123", w.send(request("GET", "/healthz", "", "X-Request-ID", "proxy-0123")).Header().Get("X-Request-ID"))
	for _, id := range []string{"", "<script>", "a b", strings.Repeat("x", 65), `x","level":"ERROR`} {
		made := w.send(request("GET", "/healthz", "", "X-Request-ID", id)).Header().Get("X-Request-ID")
		require.NotEqual(t, id, made)
		require.NotEmpty(t, made)
	}
}

func TestLogNamesTheClientBehindTrustedProxiesOnly(t *testing.T) {
	for _, it := range []struct{ proxies, from string }{{"", "192.0.2.1"}, {"10.0.0.0/8", "192.0.2.1"}, {"192.0.2.0/24", "203.0.113.9"}} {
		w := newWorld(t, func(o *api.Options) {
			if it.proxies != "" {
				o.TrustedProxies = []netip.Prefix{netip.MustParsePrefix(it.proxies)}
			}
		})
		w.send(request("GET", "/healthz", "", "X-Forwarded-For", "198.51.100.4, 203.0.113.9"))
		require.Contains(t, w.log.String(), `"from":"`+it.from+`"`)
	}
}

func TestReadinessFollowsTheEngine(t *testing.T) {
	w := newWorld(t)
	w.send(request("GET", "/readyz", "")).status(200)
	w.sessions.fail(unreachable)
	w.send(request("GET", "/readyz", "")).problem(503, "unreachable")
	w.send(request("GET", "/healthz", "")).status(200)
}

func TestReadinessFollowsTheInbox(t *testing.T) {
	w := newWorld(t)
	w.inbox.err = errors.New("no space left on device")
	require.Equal(t, "The inbox can keep no posts.", w.send(request("GET", "/readyz", "")).problem(503, "unreachable").Detail)
}

func TestCodecAuthorizesItself(t *testing.T) {
	w := newWorld(t, func(o *api.Options) {
		o.Codec = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			rw.Header().Set("Content-Type", "application/json")
			_, _ = rw.Write([]byte(`{"payloads":[]}`))
			require.Contains(t, []string{"/encode", "/decode"}, r.URL.Path)
		})
	})
	foreign := []string{"Origin", "https://temporal.example.com", "Sec-Fetch-Site", "cross-site", "Authorization", "Bearer " + operator}
	w.send(request("POST", "/codec/decode", `{"payloads":[]}`, foreign...)).status(200)
	w.send(request("POST", "/codec/encode", `{"payloads":[]}`, foreign...)).status(200)
}
