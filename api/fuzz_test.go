package api_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Whatever a stranger sends, nothing of it reaches the workflows, and nothing breaks.
func FuzzStrangersReachNothing(f *testing.F) {
	f.Add("POST", snPath+"/session", pressed, "v1=x", "eyJyIjp7fX0.x")
	f.Add("GET", "/join/eyJyIjp7fX0.x", "", "", "")
	f.Add("POST", "/hooks/rescue/acme-sn/%2e%2e", "SessionID=1", "", "")
	f.Add("POST", "/integration/api/servicenow/sessiondetails?instance=acme&key=;", "<session/>", "", "")
	f.Add("POST", "/signin?t=x", "t=%zz&password", "", "")
	f.Add("GET", "/v1/sessions?page=%ff", "", "", "Bearer")
	f.Fuzz(func(t *testing.T, method, target, body, signature, token string) {
		address, err := url.ParseRequestURI(target)
		if err != nil || strings.ContainsAny(method, " \r\n") {
			return // no server would see it
		}
		w := newWorld(t)
		r := httptest.NewRequest("GET", "/", strings.NewReader(body))
		r.Method, r.URL, r.RequestURI = method, address, target
		r.Header = http.Header{"X-Lifeline-Signature": {signature}, "Authorization": {"Bearer " + token}, "Content-Type": {"application/json"},
			"X-Lifeline-Timestamp": {"1781775720"}, "X-Lifeline-Key-Id": {"one"}}
		answer := httptest.NewRecorder()
		w.server.Handler().ServeHTTP(answer, r)
		require.Less(t, answer.Code, 500)
		for _, call := range w.sessions.calls {
			require.Equal(t, "ready", call.name)
		}
		require.Empty(t, w.inbox.kept)
	})
}

// Callers that are trusted may still be broken: their bodies never become anything but a press or a problem.
func FuzzTrustedBodies(f *testing.F) {
	f.Add(pressed, "key")
	f.Add(`{"requestId":"\u0000"}`, "")
	f.Add(`{"to":{"email":"\"a b\"@example.org"}}`, "ключ")
	f.Fuzz(func(t *testing.T, body, key string) {
		w := newWorld(t)
		w.sessions.shared.Channel = "smtp"
		r := httptest.NewRequest("POST", snPath+"/session/share", strings.NewReader(body))
		r.Header = http.Header{"X-Api-Key": {apiKey}, "Idempotency-Key": {key}}
		answer := httptest.NewRecorder()
		w.server.Handler().ServeHTTP(answer, r)
		require.Contains(t, []int{200, 400, 413}, answer.Code)
	})
}
