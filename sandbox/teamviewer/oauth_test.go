package teamviewer_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"

	sim "example.com/lifeline/sandbox/teamviewer"
)

// consent opens the consent page and answers it; it returns where the browser is sent.
func (b *bench) consent(answer, user string, extra ...string) url.Values {
	b.Helper()
	query := []string{"response_type", "code", "client_id", clientID, "redirect_uri", callback, "state", "opaque &1", "display", "popup"}
	query = append(query, extra...)
	values := url.Values{}
	for i := 0; i < len(query); i += 2 {
		values.Set(query[i], query[i+1])
	}
	a := b.page("/oauth2/authorize?" + values.Encode())
	require.Equal(b, 200, a.status, a.body)
	require.Contains(b, a.body, "opaque &amp;1")
	a = b.form("/oauth2/authorize", append(query, "answer", answer, "user", user)...)
	require.Equal(b, 302, a.status, a.body)
	target, err := url.Parse(a.header.Get("Location"))
	require.NoError(b, err)
	require.Equal(b, callback, target.Scheme+"://"+target.Host+target.Path)
	require.Equal(b, "opaque &1", target.Query().Get("state"))
	return target.Query()
}

// exchange asks the token endpoint; the app's credentials are added.
func (b *bench) exchange(pairs ...string) answered {
	b.Helper()
	return b.form("/api/v1/OAuth2/token", append(pairs, "client_id", clientID, "client_secret", clientSecret)...)
}

func (b *bench) exchangeRefused(category string, pairs ...string) {
	b.Helper()
	a := b.exchange(pairs...)
	require.Equal(b, 400, a.status, a.body)
	require.Equal(b, category, a.object(b)["error"])
}

func TestConsentGivesACodeThatIsGoodForOneTokenPair(t *testing.T) {
	b := newBench(t)
	code := b.consent("allow", "u11223345").Get("code")
	a := b.exchange("grant_type", "authorization_code", "code", code, "redirect_uri", callback)
	require.Equal(t, 200, a.status, a.body)
	require.Equal(t, "no-store", a.header.Get("Cache-Control"))
	tokens := a.object(t)
	require.Equal(t, "bearer", tokens["token_type"])
	require.Equal(t, 86400.0, tokens["expires_in"])
	require.Len(t, tokens, 4)
	dana := b.as(tokens["access_token"].(string))
	require.Equal(t, "dana@example.com", dana.call("GET", "/account", "").object(t)["email"])
	b.exchangeRefused("invalid_request", "grant_type", "authorization_code", "code", code, "redirect_uri", callback)
}

func TestDenyGoesBackWithoutACode(t *testing.T) {
	result := newBench(t).consent("deny", "u11223345")
	require.Equal(t, "access_denied", result.Get("error"))
	require.Empty(t, result.Get("code"))
}

func TestCodesExpireAfterTenMinutes(t *testing.T) {
	b := newBench(t)
	code := b.consent("allow", "u11223345").Get("code")
	b.Advance(10 * time.Minute)
	b.exchangeRefused("invalid_request", "grant_type", "authorization_code", "code", code, "redirect_uri", callback)
}

func TestAWrongRedirectURIUsesTheCodeUp(t *testing.T) {
	b := newBench(t)
	code := b.consent("allow", "u11223345").Get("code")
	b.exchangeRefused("invalid_request", "grant_type", "authorization_code", "code", code, "redirect_uri", "https://other.example.com")
	b.exchangeRefused("invalid_request", "grant_type", "authorization_code", "code", code, "redirect_uri", callback)
}

func TestPKCEIsVerifiedWhenAChallengeWasGiven(t *testing.T) {
	b := newBench(t)
	verifier := strings.Repeat("v", 43)
	sum := sha256.Sum256([]byte(verifier))
	challenge := base64.RawURLEncoding.EncodeToString(sum[:])
	code := func() string {
		return b.consent("allow", "u11223345", "code_challenge", challenge, "code_challenge_method", "S256").Get("code")
	}
	b.exchangeRefused("invalid_request", "grant_type", "authorization_code", "code", code(), "redirect_uri", callback)
	b.exchangeRefused("invalid_request", "grant_type", "authorization_code", "code", code(), "redirect_uri", callback, "code_verifier", "other")
	a := b.exchange("grant_type", "authorization_code", "code", code(), "redirect_uri", callback, "code_verifier", verifier)
	require.Equal(t, 200, a.status, a.body)
}

func TestTheConsentPageRefusesWhatIsNotRegistered(t *testing.T) {
	b := newBench(t)
	valid := map[string]string{"response_type": "code", "client_id": clientID, "redirect_uri": callback, "display": "popup"}
	for name, value := range map[string]string{"response_type": "token", "client_id": "x", "redirect_uri": callback + "/", "display": "page", "code_challenge": "plain"} {
		query := url.Values{}
		for k, v := range valid {
			query.Set(k, v)
		}
		query.Set(name, value)
		require.Equal(t, 400, b.page("/oauth2/authorize?"+query.Encode()).status, name)
		require.Equal(t, 400, b.form("/oauth2/authorize", "answer", "allow", "user", "u11223345", name, value).status)
	}
}

func TestCompanyAppsAreGrantedByAdministratorsOnly(t *testing.T) {
	b := newBench(t, func(o *sim.Options) { o.Clients[0].Level = sim.CompanyLevel })
	a := b.form("/oauth2/authorize", "response_type", "code", "client_id", clientID, "redirect_uri", callback, "display", "popup",
		"answer", "allow", "user", "u11223344")
	require.Equal(t, 403, a.status)
	require.Contains(t, a.body, "only an administrator")
	_, _, err := b.Grant(clientID, "li@example.com")
	require.ErrorIs(t, err, sim.ErrNotAdministrator)
	b.session()
	access, _, err := b.Grant(clientID, "max@example.com")
	require.NoError(t, err)
	require.Len(t, b.as(access).call("GET", "/sessions", "").list(t, "sessions"), 1)
}

func TestRefreshTokensWorkOnceAndRotate(t *testing.T) {
	b := newBench(t)
	access, refresh, err := b.Grant(clientID, "li@example.com")
	require.NoError(t, err)
	a := b.exchange("grant_type", "refresh_token", "refresh_token", refresh)
	require.Equal(t, 200, a.status, a.body)
	next := a.object(t)
	require.NotEqual(t, refresh, next["refresh_token"])
	b.exchangeRefused("invalid_request", "grant_type", "refresh_token", "refresh_token", refresh)
	for _, token := range []string{access, next["access_token"].(string)} {
		require.Equal(t, 200, b.as(token).call("GET", "/account", "").status)
	}
	require.Equal(t, 200, b.exchange("grant_type", "refresh_token", "refresh_token", next["refresh_token"].(string)).status)
}

func TestTheTokenEndpointTakesJSONToo(t *testing.T) {
	b := newBench(t)
	_, refresh, err := b.Grant(clientID, "li@example.com")
	require.NoError(t, err)
	body, err := json.Marshal(map[string]string{"grant_type": "refresh_token", "refresh_token": refresh, "client_id": clientID, "client_secret": clientSecret})
	require.NoError(t, err)
	require.Equal(t, 200, b.as("").call("POST", "/oauth2/token", string(body)).status)
	b.as("").refused(400, "invalid_request", "POST", "/oauth2/token", `{"grant_type":1}`)
}

func TestTheTokenEndpointRefusesStrangersAndOtherGrants(t *testing.T) {
	b := newBench(t)
	a := b.form("/api/v1/oauth2/token", "grant_type", "refresh_token", "client_id", clientID, "client_secret", "wrong")
	require.Equal(t, "invalid_client", a.object(t)["error"])
	b.exchangeRefused("invalid_request", "grant_type", "client_credentials")
	b.exchangeRefused("invalid_request", "grant_type", "refresh_token")
}

func TestAccessTokensExpireAfterADayAndScriptTokensNever(t *testing.T) {
	b := newBench(t)
	access, _, err := b.Grant(clientID, "li@example.com")
	require.NoError(t, err)
	b.Advance(24*time.Hour - time.Second)
	require.Equal(t, 200, b.as(access).call("GET", "/account", "").status)
	b.Advance(time.Second)
	a := b.as(access).call("GET", "/account", "")
	require.Equal(t, 401, a.status)
	require.Equal(t, "Bearer", a.header.Get("WWW-Authenticate"))
	require.Equal(t, "token_expired", a.object(t)["error"])
	require.Equal(t, 1.0, a.object(t)["error_code"])
	b.Advance(10 * 365 * 24 * time.Hour)
	require.Equal(t, 200, b.call("GET", "/account", "").status)
}

func TestRevokeKillsTheAccessTokenAndItsRefreshToken(t *testing.T) {
	b := newBench(t)
	access, refresh, err := b.Grant(clientID, "li@example.com")
	require.NoError(t, err)
	a := b.as(access).call("POST", "/oauth2/revoke", "")
	require.Equal(t, 204, a.status)
	require.Empty(t, a.body)
	b.as(access).refused(401, "invalid_token", "GET", "/account", "")
	b.exchangeRefused("invalid_request", "grant_type", "refresh_token", "refresh_token", refresh)
}

func TestAWithdrawnGrantIsDead(t *testing.T) {
	b := newBench(t)
	access, refresh, err := b.Grant(clientID, "li@example.com")
	require.NoError(t, err)
	other, _, err := b.Grant(clientID, "dana@example.com")
	require.NoError(t, err)
	b.RevokeGrant(clientID, "li@example.com")
	b.as(access).refused(401, "invalid_token", "GET", "/account", "")
	b.exchangeRefused("invalid_request", "grant_type", "refresh_token", "refresh_token", refresh)
	require.Equal(t, 200, b.as(other).call("GET", "/account", "").status)
}

func TestALostTokenAnswerLosesTheGrant(t *testing.T) {
	b := newBench(t)
	_, refresh, err := b.Grant(clientID, "li@example.com")
	require.NoError(t, err)
	b.LoseNextTokenAnswer()
	b.exchangeRefused("invalid_request", "grant_type", "other")
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refresh}, "client_id": {clientID}, "client_secret": {clientSecret}}
	_, err = b.http.PostForm(b.url+"/api/v1/oauth2/token", form)
	require.Error(t, err)
	b.exchangeRefused("invalid_request", "grant_type", "refresh_token", "refresh_token", refresh)
}

func TestTheStandardOAuthLibraryGetsAndRenewsATokenWithPKCE(t *testing.T) {
	b := newBench(t)
	config := oauth2.Config{ClientID: clientID, ClientSecret: clientSecret, RedirectURL: callback, Endpoint: oauth2.Endpoint{
		AuthURL: b.url + "/oauth2/authorize", TokenURL: b.url + "/api/v1/oauth2/token", AuthStyle: oauth2.AuthStyleInParams}}
	verifier := oauth2.GenerateVerifier()
	address, err := url.Parse(config.AuthCodeURL("s", oauth2.SetAuthURLParam("display", "popup"), oauth2.S256ChallengeOption(verifier)))
	require.NoError(t, err)
	form := address.Query()
	form.Set("answer", "allow")
	form.Set("user", "li@example.com")
	response, err := b.http.PostForm(b.url+"/oauth2/authorize", form)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	back, err := response.Location()
	require.NoError(t, err)
	token, err := config.Exchange(t.Context(), back.Query().Get("code"), oauth2.VerifierOption(verifier))
	require.NoError(t, err)
	renewed, err := config.TokenSource(t.Context(), &oauth2.Token{RefreshToken: token.RefreshToken}).Token()
	require.NoError(t, err)
	require.NotEqual(t, token.AccessToken, renewed.AccessToken)
}
