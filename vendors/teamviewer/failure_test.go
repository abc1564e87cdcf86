package teamviewer

import (
	"context"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/outbound"
	"example.com/lifeline/support"
	"example.com/lifeline/support/conformance"
)

func answerOf(status int, body string) outbound.Answer {
	return outbound.Answer{Status: status, Header: http.Header{}, Body: []byte(body)}
}

func TestRefusalsAreClassifiedByWordThenStatus(t *testing.T) {
	for _, test := range []struct {
		status int
		body   string
		kind   support.Kind
		code   string
	}{
		{403, `{"error":"rate_limit_reached","error_code":5}`, support.Retry, support.CodeRateLimited},
		{429, ``, support.Retry, support.CodeRateLimited},
		{403, `{"error":"too_many_retries"}`, support.Retry, support.CodeRateLimited},
		{500, `{"error":"internal_error","error_signature":17}`, support.Retry, support.CodeUnreachable},
		{401, `{"error":"token_expired","error_code":1}`, support.Attention, support.CodeCredentialDead},
		{400, `{"error":"invalid_token"}`, support.Attention, support.CodeCredentialDead},
		{403, `{"error":"blocked"}`, support.Attention, support.CodePermission},
		{403, `{"error":"invalid_permission"}`, support.Attention, support.CodePermission},
		{400, `"Session could not be created due to license limitations."`, support.Stop, support.CodeLicenceLimit},
		{400, `Session refused: License Limitations`, support.Stop, support.CodeLicenceLimit},
		{400, `{"error":"invalid_request","error_description":"license limitations"}`, support.Stop, support.CodeLicenceLimit},
		{400, `{"error":"invalid_request","error_description":"groupid or groupname must be set."}`, support.Stop, support.CodeInvalid},
		{400, `{"error":"not_found"}`, support.Stop, support.CodeNotFound},
		{404, ``, support.Stop, support.CodeNotFound},
		{403, `<html>no</html>`, support.Attention, support.CodePermission},
	} {
		failure := support.AsError(refusalOf(answerOf(test.status, test.body), noon))
		assert.Equal(t, test.kind, failure.Kind, test.body)
		assert.Equal(t, test.code, failure.Code, test.body)
		if test.code == support.CodeRateLimited {
			assert.Equal(t, time.Minute, failure.RetryAfter)
		}
	}
}

func TestErrorTextsLoseLinksAndTokens(t *testing.T) {
	err := refusalOf(answerOf(400, `{"error":"invalid_request","error_description":"see `+supporterLink+` and `+accessToken+` for s104882317-kQ2mZ8rTvw01"}`), noon)
	assert.NotContains(t, err.Error(), "kQ2mZ8rTvw01")
	assert.NotContains(t, err.Error(), accessToken)
	assert.Contains(t, err.Error(), "invalid_request")
}

func TestExhaustedBudgetAnswersWithoutACall(t *testing.T) {
	v, s := vendor(t, map[string]http.HandlerFunc{"GET /sessions": says(200, `{"sessions":[]}`)}, nil)
	v.budget = &conformance.Budget{Limit: 1}
	_, err := v.Observe(t.Context(), support.ObserveRequest{})
	require.NoError(t, err)
	_, err = v.Observe(t.Context(), support.ObserveRequest{})
	assert.Equal(t, support.CodeRateLimited, support.AsError(err).Code)
	assert.Equal(t, time.Minute, support.AsError(err).RetryAfter)
	assert.Len(t, s.seen(), 1)
}

func TestWithoutALeaseNoCallIsMade(t *testing.T) {
	v, s := vendor(t, nil, nil)
	v.budget = &conformance.Budget{Err: support.Retryable(support.CodeUnreachable, "the engine is away", 0, nil)}
	for _, call := range everyCall(v) {
		if call.Name == "Exchange" || call.Name == "Issue" || call.Name == "Join" { // calls that TeamViewer does not count, and none
			continue
		}
		v.cfg.Assign, v.cfg.ChatTranscript = true, true
		assert.Equal(t, support.CodeUnreachable, support.AsError(call.Do(t.Context())).Code, call.Name)
	}
	assert.Empty(t, s.seen())
}

// The transport sends a request that only reads once more by itself when a kept connection breaks under it.
func TestCallThatIsSentAgainIsSpentAgain(t *testing.T) {
	list := says(200, `{"sessions":[]}`)
	cut := func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
	v, s := vendor(t, map[string]http.HandlerFunc{"GET /sessions": inTurn(list, cut, list)}, nil)
	budget := &conformance.Budget{}
	v.budget = budget
	for range 2 {
		_, err := v.Observe(t.Context(), support.ObserveRequest{})
		require.NoError(t, err)
	}
	assert.Len(t, s.seen(), 3)
	assert.Equal(t, 3, budget.Spent("GET /sessions"))
}

func TestConfigurationNamesEveryFault(t *testing.T) {
	assert.Empty(t, config("http://127.0.0.1:1").Validate())
	bad := Config{BaseURL: "http://example.com", LoginURL: "x", TokenLevel: levelCompany, Licence: "gold", GroupID: ""}
	assert.Len(t, bad.Validate(), 7)
	both := config("https://webapi.example.com")
	both.ClientID, both.GroupID = "a", "270"
	assert.Len(t, both.Validate(), 4)
}

// everyCall is each method that reaches TeamViewer.
func everyCall(v *Vendor) []conformance.Call {
	again := openRequest()
	again.Again = true
	current := support.Credential{Value: accessToken, Refresh: refreshToken}
	return []conformance.Call{
		{Name: "Technician", Do: func(ctx context.Context) error {
			_, err := v.Technician(ctx, support.Technician{Email: "dana@example.com"})
			return err
		}},
		{Name: "Open", Do: func(ctx context.Context) error { _, err := v.Open(ctx, openRequest()); return err }},
		{Name: "Open again", Do: func(ctx context.Context) error { _, err := v.Open(ctx, again); return err }},
		{Name: "Join", Do: func(ctx context.Context) error {
			_, err := v.Join(ctx, support.JoinRequest{Invitation: support.Invitation{Code: code, SupporterLink: supporterLink}})
			return err
		}},
		{Name: "Observe", Do: func(ctx context.Context) error { _, err := v.Observe(ctx, support.ObserveRequest{}); return err }},
		{Name: "Transcript", Do: func(ctx context.Context) error { _, err := v.Transcript(ctx, code); return err }},
		{Name: "Report", Do: func(ctx context.Context) error { _, err := v.Report(ctx, support.ReportQuery{}); return err }},
		{Name: "UpdateCustomer", Do: func(ctx context.Context) error {
			return v.UpdateCustomer(ctx, code, support.Customer{Name: "Ana"})
		}},
		{Name: "Exchange", Do: func(ctx context.Context) error { _, err := v.Exchange(ctx, "code-Qx7d", "verifier-91"); return err }},
		{Name: "Issue", Do: func(ctx context.Context) error { _, err := v.Issue(ctx, Subject, current); return err }},
	}
}

func open(oauth bool, picks func(name string) bool) func(t *testing.T, baseURL string, log *slog.Logger) conformance.Target {
	return func(_ *testing.T, baseURL string, log *slog.Logger) conformance.Target {
		cfg := config(baseURL)
		cfg.Assign, cfg.ChatTranscript, cfg.Timeout = true, true, 2*time.Second
		if oauth {
			withOAuth(&cfg)
		}
		keeper := conformance.NewKeeper(map[string]support.Credential{Subject: {Value: accessToken, Refresh: refreshToken}})
		v := New(cfg, "acme-tv", keeper, &conformance.Budget{}, log, nil)
		keeper.Issuer = v
		target := conformance.Target{Secrets: []string{scriptToken, accessToken, freshToken, refreshToken, clientSecret, supporterLink, "code-Qx7d", "verifier-91"}}
		for _, call := range everyCall(v) {
			if picks(call.Name) {
				target.Calls = append(target.Calls, call)
			}
		}
		return target
	}
}

func TestEveryFaultWithAScriptToken(t *testing.T) {
	t.Parallel()
	conformance.Faults(t, nil, open(false, func(name string) bool { return name != "Exchange" && name != "Issue" }))
}

func TestEveryFaultWithOAuth(t *testing.T) {
	t.Parallel()
	tokens := func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != "/api/v1/oauth2/token" {
			return false
		}
		says(200, `{"access_token":"`+freshToken+`","refresh_token":"`+refreshToken+`","expires_in":86400}`)(w, r)
		return true
	}
	conformance.Faults(t, tokens, open(true, func(name string) bool { return name == "Open" || name == "Observe" }))
}

func TestEveryFaultOfTheTokenEndpoint(t *testing.T) {
	t.Parallel()
	conformance.Faults(t, nil, open(true, func(name string) bool { return name == "Exchange" || name == "Issue" }))
}

// Close is apart: a session that is gone counts as closed.
func TestCloseNamesFailures(t *testing.T) {
	for _, status := range []int{200, 302, 401, 403, 429, 500, 503} {
		v, _ := vendor(t, map[string]http.HandlerFunc{"PUT /sessions/" + code: says(status, "")}, nil)
		err := v.Close(t.Context(), support.CloseRequest{Code: code})
		require.Error(t, err, status)
		assert.NotEqual(t, support.CodeInternal, support.AsError(err).Code)
	}
}
