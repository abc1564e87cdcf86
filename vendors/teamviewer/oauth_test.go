package teamviewer

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/support"
)

const tokens = `{"access_token":"` + freshToken + `","token_type":"bearer","expires_in":86400,"refresh_token":"12034567-next-vv3A"}`

func form(t *testing.T, s *server, path string) url.Values {
	t.Helper()
	for _, c := range s.seen() {
		if c.Path == path {
			values, err := url.ParseQuery(c.Body)
			require.NoError(t, err)
			return values
		}
	}
	t.Fatal("not called: " + path)
	return nil
}

func TestConsentIsAskedInTheBrowser(t *testing.T) {
	v, _ := vendor(t, nil, withOAuth)
	consent, err := url.Parse(v.AuthURL("state-1", "verifier"))
	require.NoError(t, err)
	assert.Equal(t, "/oauth2/authorize", consent.Path)
	assert.Equal(t, url.Values{"response_type": {"code"}, "display": {"popup"}, "client_id": {"482211-aBcDeF"},
		"redirect_uri": {"https://lifeline.example.com/oauth/teamviewer"}, "state": {"state-1"}}, consent.Query())

	v, _ = vendor(t, nil, func(c *Config) { withOAuth(c); c.PKCE = true })
	consent, err = url.Parse(v.AuthURL("state-1", "verifier"))
	require.NoError(t, err)
	assert.Equal(t, "S256", consent.Query().Get("code_challenge_method"))
	assert.NotContains(t, consent.RawQuery, "verifier")
}

func TestExchangeGivesTheFirstCredential(t *testing.T) {
	v, s := vendor(t, map[string]http.HandlerFunc{"POST /oauth2/token": says(200, tokens)}, func(c *Config) { withOAuth(c); c.PKCE = true })
	got, err := v.Exchange(t.Context(), "Qx7d", "verifier")
	require.NoError(t, err)
	assert.Equal(t, support.Credential{Value: freshToken, Refresh: "12034567-next-vv3A", ExpiresAt: noon.Add(24 * time.Hour)}, got)
	assert.Equal(t, url.Values{"grant_type": {"authorization_code"}, "code": {"Qx7d"}, "code_verifier": {"verifier"}, "client_id": {"482211-aBcDeF"},
		"client_secret": {clientSecret}, "redirect_uri": {"https://lifeline.example.com/oauth/teamviewer"}}, form(t, s, "/oauth2/token"))

	s.answer["POST /oauth2/token"] = says(400, `{"error":"invalid_request"}`)
	_, err = v.Exchange(t.Context(), "Qx7d", "verifier")
	assert.True(t, support.HasCode(err, support.CodeSignInNeeded), "%v", err)
}

func TestIssueRefreshesWithTheSingleUseToken(t *testing.T) {
	v, s := vendor(t, map[string]http.HandlerFunc{"POST /oauth2/token": says(200, tokens)}, withOAuth)
	_, err := v.Issue(t.Context(), Subject, support.Credential{})
	assert.True(t, support.HasCode(err, support.CodeConsentMissing))
	assert.Equal(t, support.Retry, support.AsError(err).Kind, "filing waits for the consent")
	assert.Empty(t, s.seen())

	got, err := v.Issue(t.Context(), Subject, support.Credential{Value: accessToken, Refresh: refreshToken})
	require.NoError(t, err)
	assert.Equal(t, support.Secret("12034567-next-vv3A"), got.Refresh)
	assert.Equal(t, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refreshToken}, "client_id": {"482211-aBcDeF"}, "client_secret": {clientSecret}},
		form(t, s, "/oauth2/token"))
	assert.Empty(t, s.seen()[0].Authorization)

	_, err = v.Issue(t.Context(), "authcode/dana@example.com", support.Credential{})
	assert.True(t, support.HasCode(err, support.CodeConfiguration))
}

// The refresh token is spent by the call: an answer that is thrown away for its form is a grant that is lost.
func TestTokensAreKeptWhateverTheirLifeIsSaidToBe(t *testing.T) {
	for said, life := range map[string]time.Duration{
		`"86400"`: 24 * time.Hour, `3600.0`: time.Hour, `1e3`: 1000 * time.Second, `null`: 0, `"a day"`: 0, `-1`: 0, `1e300`: 0, `{}`: 0,
	} {
		body := `{"access_token":"` + freshToken + `","refresh_token":"12034567-next-vv3A","expires_in":` + said + `}`
		v, _ := vendor(t, map[string]http.HandlerFunc{"POST /oauth2/token": says(200, body)}, withOAuth)
		got, err := v.Issue(t.Context(), Subject, support.Credential{Refresh: refreshToken})
		require.NoError(t, err, said)
		want := support.Credential{Value: freshToken, Refresh: "12034567-next-vv3A"}
		if life > 0 {
			want.ExpiresAt = noon.Add(life)
		}
		assert.Equal(t, want, got, said)
	}
}

func TestRefusedRefreshMeansADeadGrantButAWrongAppSecretDoesNot(t *testing.T) {
	for body, code := range map[string]string{
		`{"error":"invalid_request"}`:    support.CodeCredentialDead,
		`{"error":"token_expired"}`:      support.CodeCredentialDead,
		`{"error":"invalid_client"}`:     support.CodeConfiguration,
		`{"error":"rate_limit_reached"}`: support.CodeRateLimited,
	} {
		v, _ := vendor(t, map[string]http.HandlerFunc{"POST /oauth2/token": says(400, body)}, withOAuth)
		_, err := v.Issue(t.Context(), Subject, support.Credential{Refresh: refreshToken})
		assert.Equal(t, code, support.AsError(err).Code, body)
	}
}

func TestExpiredTokenIsRenewedOnce(t *testing.T) {
	expired := says(401, `{"error":"token_expired","error_code":1}`)
	list := says(200, `{"sessions":[]}`)
	for name, first := range map[string]http.HandlerFunc{"401": expired, "400": says(400, `{"error":"token_expired"}`), "401 without a word": says(401, "")} {
		t.Run(name, func(t *testing.T) {
			v, s := vendor(t, map[string]http.HandlerFunc{"GET /sessions": inTurn(first, list), "POST /oauth2/token": says(200, tokens)}, withOAuth)
			_, err := v.Observe(t.Context(), support.ObserveRequest{})
			require.NoError(t, err)
			assert.Equal(t, []string{"GET /sessions", "POST /oauth2/token", "GET /sessions"}, s.paths())
			assert.Equal(t, "Bearer "+freshToken, s.seen()[2].Authorization)
		})
	}
	v, s := vendor(t, map[string]http.HandlerFunc{"GET /sessions": expired, "POST /oauth2/token": says(200, tokens)}, withOAuth)
	_, err := v.Observe(t.Context(), support.ObserveRequest{})
	assert.Equal(t, support.Attention, support.AsError(err).Kind)
	assert.Len(t, s.seen(), 3, "the second time a human must look")
}

func TestTokenKnownToBeOverIsRenewedAhead(t *testing.T) {
	v, s := vendor(t, map[string]http.HandlerFunc{"GET /sessions": says(200, `{"sessions":[]}`), "POST /oauth2/token": says(200, tokens)}, withOAuth)
	v.now = func() time.Time { return noon.Add(25 * time.Hour) }
	_, err := v.Observe(t.Context(), support.ObserveRequest{})
	require.NoError(t, err)
	assert.Equal(t, []string{"POST /oauth2/token", "GET /sessions"}, s.paths())
}

func TestScriptTokenIsNeverRenewed(t *testing.T) {
	v, s := vendor(t, map[string]http.HandlerFunc{"GET /sessions": says(401, "")}, nil)
	_, err := v.Observe(t.Context(), support.ObserveRequest{})
	assert.Equal(t, support.CodeCredentialDead, support.AsError(err).Code)
	assert.Len(t, s.seen(), 1)
}
