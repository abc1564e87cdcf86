package teamviewer_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	sim "example.com/lifeline/sandbox/teamviewer"
)

func TestRequestsWithoutOrWithBadTokens(t *testing.T) {
	b := newBench(t)
	a := b.as("").call("GET", "/sessions", "")
	require.Equal(t, 401, a.status)
	require.Equal(t, "Bearer", a.header.Get("WWW-Authenticate"))
	require.Empty(t, a.body)
	a = b.as("stranger").call("GET", "/sessions", "")
	require.Equal(t, 401, a.status)
	require.Equal(t, "Bearer", a.header.Get("WWW-Authenticate"))
	e := a.object(t)
	require.Equal(t, "invalid_token", e["error"])
	require.IsType(t, 0.0, e["error_code"])
	require.Regexp(t, "^[0-9a-f]{8}$", e["error_signature"])
	require.NotEmpty(t, e["error_description"])
	b.RevokeToken(liToken)
	b.refused(401, "invalid_token", "GET", "/account", "")
}

func TestPathsAreCaseInsensitiveAndUnknownOnesAreNotFound(t *testing.T) {
	b := newBench(t)
	require.Equal(t, 200, b.call("GET", "/Account", "").status)
	b.refused(404, "not_found", "GET", "/nothing", "")
	b.refused(404, "not_found", "PATCH", "/sessions", "")
}

func TestBodiesMustBeJSONOfBoundedSize(t *testing.T) {
	b := newBench(t)
	r := b.request("POST", "/api/v1/sessions", "text/plain", `{"groupname":"Dynamics"}`)
	r.Header.Set("Authorization", "Bearer "+liToken)
	a, err := b.send(r)
	require.NoError(t, err)
	require.Equal(t, 400, a.status)
	b.refused(400, "invalid_request", "POST", "/sessions", `{"groupname":"`+strings.Repeat("x", 1<<20)+`"}`)
}

func TestPingTellsWhetherTheTokenIsValid(t *testing.T) {
	b := newBench(t)
	require.JSONEq(t, `{"token_valid":true}`, b.call("GET", "/ping", "").body)
	a := b.as("stranger").call("GET", "/ping", "")
	require.Equal(t, 200, a.status)
	require.JSONEq(t, `{"token_valid":false}`, a.body)
	b.Configure(func(set *sim.Settings) { set.PingRefuses = true })
	b.as("stranger").refused(401, "invalid_token", "GET", "/ping", "")
	require.Equal(t, 401, b.as("").call("GET", "/ping", "").status)
}

func TestTheAccountNamesTheLicence(t *testing.T) {
	b := newBench(t)
	a := b.call("GET", "/account", "").object(t)
	require.Equal(t, "u11223344", a["userid"])
	require.Equal(t, "Example AG", a["company_name"])
	require.Equal(t, true, a["email_validated"])
	require.Equal(t, "Corporate", a["license"].(map[string]any)["type"])
	require.NotContains(t, a["available_licenses"].([]any)[0], "version")
	b.SetLicence(sim.Licence{Type: sim.Free})
	a = b.call("GET", "/account", "").object(t)
	require.Equal(t, "Free", a["license"].(map[string]any)["type"])
	require.Equal(t, "False", a["custom_field_has_paid_license"])
}

func TestCallsAreCountedPerTokenAndFunction(t *testing.T) {
	b := newBench(t, func(o *sim.Options) { o.Licence = sim.Licence{Type: sim.Free} })
	code := b.session()
	for range 300 {
		require.Equal(t, 200, b.call("GET", "/sessions/"+code, "").status)
	}
	a := b.call("GET", "/sessions/s1-2-3", "")
	require.Equal(t, 403, a.status)
	require.Equal(t, "rate_limit_reached", a.object(t)["error"])
	require.Empty(t, a.header.Get("Retry-After"))
	require.Equal(t, 200, b.call("GET", "/sessions", "").status, "another function")
	require.Equal(t, 404, b.as(danaToken).call("GET", "/sessions/"+code, "").status, "another token")
	b.Advance(time.Hour)
	require.Equal(t, 200, b.call("GET", "/sessions/"+code, "").status)
	b.Configure(func(set *sim.Settings) { set.NoLimits = true })
	for range 301 {
		require.Equal(t, 200, b.call("GET", "/sessions/"+code, "").status)
	}
}

func TestFunctionsNeedTheirLicence(t *testing.T) {
	b := newBench(t, func(o *sim.Options) { o.Licence = sim.Licence{Type: sim.Business} })
	b.session()
	b.refused(403, "invalid_permission", "GET", "/reports/connections", "")
	b.refused(403, "invalid_permission", "GET", "/users", "")
	b.as(companyToken).refused(403, "invalid_permission", "GET", "/sessions", "")
	b.SetLicence(sim.Licence{Type: sim.Premium})
	require.Empty(t, b.reports(""))
	require.Equal(t, 200, b.as(companyToken).call("GET", "/users", "").status)
}

func TestTheSessionCeilingIsRefusedInWordsAndExpiredSessionsCount(t *testing.T) {
	b := newBench(t, func(o *sim.Options) { o.Licence = sim.Licence{MaxOpenSessions: 1} })
	code := b.session()
	b.Advance(48 * time.Hour)
	a := b.call("POST", "/sessions", `{"groupname":"New"}`)
	require.Equal(t, 400, a.status)
	require.Contains(t, a.body, "license limitations")
	require.False(t, json.Valid([]byte(a.body)))
	b.Configure(func(set *sim.Settings) { set.QuotedLicenceText = true })
	var text string
	require.NoError(t, json.Unmarshal([]byte(b.call("POST", "/sessions", `{"groupname":"New"}`).body), &text))
	require.Contains(t, text, "license limitations")
	require.NoError(t, b.CloseInConsole(code))
	b.session()
}

func TestFaultsHitTheFunctionTheyNameAsOftenAsTheySay(t *testing.T) {
	b := newBench(t)
	for kind, want := range map[sim.FaultKind]struct {
		status int
		part   string
	}{
		sim.Fault500: {500, `"internal_error"`}, sim.FaultRateLimit: {403, `"rate_limit_reached"`}, sim.FaultBlocked: {403, `"blocked"`},
		sim.FaultHTML: {200, "<html>"}, sim.FaultLicence: {400, "license limitations"},
	} {
		require.NoError(t, b.Fault(sim.Fault{Match: "POST /sessions", Kind: kind, Times: 2}))
		require.Equal(t, 200, b.call("GET", "/sessions", "").status)
		before := len(b.Sessions())
		for range 2 {
			a := b.call("POST", "/sessions", `{"groupname":"Dynamics"}`)
			require.Equal(t, want.status, a.status, kind)
			require.Contains(t, a.body, want.part)
		}
		require.Len(t, b.Sessions(), before, "not carried out")
		b.session()
	}
	require.Empty(t, b.Faults())
	require.Error(t, b.Fault(sim.Fault{Kind: "other"}))
	require.NoError(t, b.Fault(sim.Fault{Match: "* /sessions/{code}", Kind: sim.Fault500, Times: -1}))
	for range 3 {
		require.Equal(t, 500, b.call("DELETE", "/sessions/s1", "").status)
	}
	b.ClearFaults()
	require.Equal(t, 404, b.call("DELETE", "/sessions/s1", "").status)
}

func TestCallsAreCarriedOutAlthoughTheAnswerIsLost(t *testing.T) {
	b := newBench(t)
	require.NoError(t, b.Fault(sim.Fault{Kind: sim.FaultCut}))
	_, err := b.try("POST", "/sessions", `{"groupname":"Dynamics"}`)
	require.Error(t, err)
	require.Len(t, b.Sessions(), 1)

	require.NoError(t, b.Fault(sim.Fault{Match: "POST /sessions", Kind: sim.FaultTimeout}))
	ctx, giveUp := context.WithCancel(t.Context())
	r := b.request("POST", "/api/v1/sessions", "application/json", `{"groupname":"Dynamics"}`).WithContext(ctx)
	r.Header.Set("Authorization", "Bearer "+liToken)
	failed := make(chan error, 1)
	go func() {
		_, err := b.send(r)
		failed <- err
	}()
	require.NoError(t, b.Await(t.Context(), func() bool { return len(b.Sessions()) == 2 }))
	giveUp()
	require.ErrorIs(t, <-failed, context.Canceled)
}

func TestRequestsAreRecordedWithoutSecrets(t *testing.T) {
	b := newBench(t)
	code := b.session()
	b.call("GET", "/sessions?full_list=true&access_token="+liToken, "")
	access, refresh, err := b.Grant(clientID, "li@example.com")
	require.NoError(t, err)
	b.exchange("grant_type", "refresh_token", "refresh_token", refresh)
	b.as(access).call("GET", "/sessions/"+code, "")
	x, _ := b.Session(code)
	b.page(pathOf(t, x.SupporterLink))

	all := b.Requests()
	require.Len(t, all, 4)
	require.Equal(t, sim.Request{At: start, Method: "POST", Path: "/api/v1/sessions", Route: "POST /sessions", Token: "li", Status: 200,
		Body: `{"groupname":"Dynamics","end_customer":{"name":"Ana Ruiz"},"custom_api":"ref-1"}`}, all[0])
	require.Equal(t, "full_list=true", all[1].Query)
	require.Equal(t, clientID, all[3].Token)
	written, err := json.Marshal(all)
	require.NoError(t, err)
	_, secret, _ := strings.Cut(x.SupporterLink, "-")
	for _, hidden := range []string{liToken, access, refresh, clientSecret, secret} {
		require.NotContains(t, string(written), hidden)
	}
}

func TestGroupsAreMadeChangedSharedAndDeleted(t *testing.T) {
	b := newBench(t)
	dana := b.as(danaToken)
	b.refused(400, "invalid_request", "POST", "/groups", `{}`)
	made := b.call("POST", "/groups", `{"name":"Dynamics","policy_id":"p1"}`).object(t)
	path := "/groups/" + made["id"].(string)
	require.Equal(t, map[string]any{"id": made["id"], "name": "Dynamics", "permissions": "owned", "policy_id": "p1",
		"owner": map[string]any{"userid": "u11223344", "name": "Li Wei"}}, made)
	dana.refused(404, "not_found", "GET", path, "")
	b.refused(400, "invalid_request", "POST", path+"/share_group", `{"users":[{"userid":"u11223345","permissions":"all"}]}`)
	require.Equal(t, 204, b.call("POST", path+"/share_group", `{"users":[{"userid":"u11223345","permissions":"read"}]}`).status)
	shared := dana.call("GET", path, "").object(t)
	require.Equal(t, "read", shared["permissions"])
	require.Equal(t, []any{map[string]any{"userid": "u11223345", "name": "Dana Ruiz", "permissions": "read", "pending": false}}, shared["shared_with"])
	dana.refused(403, "invalid_permission", "PUT", path, `{"name":"Mine"}`)
	require.Equal(t, 204, b.call("PUT", path, `{"name":"Second","policy_id":"p2"}`).status)
	b.refused(400, "invalid_request", "PUT", path, `{"name":""}`)
	require.Len(t, dana.call("GET", "/groups?name=sec&shared=true", "").list(t, "groups"), 1)
	require.Empty(t, dana.call("GET", "/groups?shared=false", "").list(t, "groups"))
	require.Equal(t, 204, b.call("POST", path+"/unshare_group", `{"users":["u11223345"]}`).status)
	require.Empty(t, dana.call("GET", "/groups", "").list(t, "groups"))
	code := b.create(`{"groupname":"Second"}`)
	b.refused(400, "invalid_request", "DELETE", path, "")
	require.NoError(t, b.DeleteSession(code))
	require.Equal(t, 204, b.call("DELETE", path, "").status)
	b.refused(404, "not_found", "GET", path, "")
}

func TestUsersAreFoundByEmailNameAndPermission(t *testing.T) {
	b := newBench(t)
	require.NoError(t, b.SetLogging("dana@example.com", false))
	for query, want := range map[string]int{"": 3, "?email=DANA@example.com,max@example.com": 2, "?name=wei": 1, "?permissions=EditConnections": 1, "?email=x@example.com": 0} {
		require.Len(t, b.call("GET", "/users"+query, "").list(t, "users"), want, query)
	}
	require.Equal(t, []map[string]any{{"id": "u11223345", "name": "Dana Ruiz", "email": "dana@example.com"}},
		b.call("GET", "/users?email=dana@example.com", "").list(t, "users"))
	full := b.call("GET", "/users?full_list=true&email=dana@example.com", "").list(t, "users")[0]
	require.Equal(t, false, full["log_sessions"])
	require.Equal(t, true, full["active"])
	require.Equal(t, full, b.call("GET", "/users/u11223345", "").object(t))
	b.refused(404, "not_found", "GET", "/users/u1", "")
	b.refused(400, "invalid_request", "GET", "/users?full_list=2", "")
}

func TestControlsActOverHTTPAndHideSupporterLinks(t *testing.T) {
	b := newBench(t, withoutDelay)
	order := func(status int, path, body string) answered {
		a, err := b.send(b.request("POST", "/_sim/"+path, "application/json", body))
		require.NoError(t, err)
		require.Equal(t, status, a.status, a.body)
		return a
	}
	group := order(200, "groups", `{"name":"Console","owner":"li@example.com"}`).object(t)["id"].(string)
	code := order(200, "sessions", `{"user":"li@example.com","group":"`+group+`","text":"By telephone"}`).object(t)["code"].(string)
	order(200, "sessions/"+code+"/online", "")
	order(200, "sessions/"+code+"/connect", `{"user":"li@example.com","signedIn":true}`)
	order(409, "sessions/"+code+"/connect", `{"user":"li@example.com","signedIn":true}`)
	order(200, "sessions/"+code+"/say", `{"customer":true,"text":"Hello"}`)
	require.Contains(t, b.page("/_sim/sessions").body, `"connected":true,"supporter":"Li Wei"`)
	require.NotContains(t, b.page("/_sim/sessions").body, "supporter_link")
	order(200, "clock", `{"advance":"90s"}`)
	order(200, "sessions/"+code+"/end", "")
	order(200, "sessions/"+code+"/notes", `{"text":"Done"}`)
	require.Equal(t, "Done", b.reports("?session_code=" + code)[0]["notes"])
	order(200, "sessions/"+code+"/close", "")
	order(404, "sessions/"+code+"/dance", "")
	order(404, "sessions/s1/close", "")
	order(400, "sessions/"+code+"/close", `{"typo":1}`)
	order(200, "reports/bulk", `{"count":5}`)
	order(200, "reports", `{"userid":"u11223344","start_date":"2026-01-01T00:00:00Z","end_date":"2026-01-01T01:00:00Z"}`)
	order(200, "settings", `{"reportDelay":"10m","state":"lower"}`)
	require.Equal(t, 10*time.Minute, time.Duration(*b.Settings().ReportDelay))
	order(200, "licence", `{"type":"Free","maxOpenSessions":3}`)
	require.Equal(t, sim.Licence{Type: sim.Free, MaxOpenSessions: 3}, b.Licence())
	order(200, "users", `{"name":"New","email":"new@example.com"}`)
	order(200, "users/new@example.com/logging", `{"on":false}`)
	order(200, "tokens", `{"name":"new","value":"new-token","user":"new@example.com"}`)
	require.Equal(t, 200, b.as("new-token").call("GET", "/account", "").status)
	order(400, "faults", `{"kind":"other"}`)
	order(200, "faults", `{"kind":"500"}`)
	require.Equal(t, 500, b.call("GET", "/account", "").status)
	order(200, "clients", `{"id":"c2","secret":"s","redirectUri":"https://example.com"}`)
	order(200, "grants/revoke", `{}`)
	order(200, "lose-token-answer", "")
	for _, path := range []string{"clock", "settings", "licence", "users", "groups", "reports", "requests", "faults"} {
		require.Equal(t, 200, b.page("/_sim/"+path).status, path)
	}
	require.NotContains(t, b.page("/_sim/requests").body, "new-token")
}

func TestForeignPagesCanPressNothing(t *testing.T) {
	b := newBench(t)
	for _, path := range []string{"/_sim/clock", "/oauth2/authorize", "/console/sessions/s1/close"} {
		r := b.request(http.MethodPost, path, "application/x-www-form-urlencoded", "")
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		a, err := b.send(r)
		require.NoError(t, err)
		require.Equal(t, 403, a.status)
	}
}
