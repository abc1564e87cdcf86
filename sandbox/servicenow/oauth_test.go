package servicenow

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const deniedBody = `{"error_description":"access_denied","error":"server_error"}`

var passwordForm = url.Values{"username": {"lifeline"}, "password": {"pw"}}

func TestTheSameAccessTokenIsGivenInsideItsLifeWithFallingExpiry(t *testing.T) {
	b := open(t)
	first := b.grant("client_credentials", nil)
	require.Equal(t, 200, first["status"])
	require.Equal(t, 1800.0, first["expires_in"])
	require.Equal(t, "Bearer", first["token_type"])
	require.Equal(t, "useraccount", first["scope"])
	require.NotContains(t, first, "refresh_token")

	b.Advance(10 * time.Minute)
	second := b.grant("client_credentials", nil)
	require.Equal(t, first["access_token"], second["access_token"])
	require.Equal(t, 1200.0, second["expires_in"])

	b.Advance(20 * time.Minute)
	require.Equal(t, 401, b.call("GET", b.incident(), nil).status)
	require.NotEqual(t, first["access_token"], b.grant("client_credentials", nil)["access_token"])
}

func TestRefreshingDoesNotProlongTheRefreshToken(t *testing.T) {
	b := open(t)
	first := b.grant("password", passwordForm)
	refresh := url.Values{"refresh_token": {first["refresh_token"].(string)}}
	b.Advance(99 * 24 * time.Hour)
	again := b.grant("refresh_token", refresh)
	require.Equal(t, 200, again["status"])
	require.Equal(t, first["refresh_token"], again["refresh_token"])
	require.NotEqual(t, first["access_token"], again["access_token"])
	b.Advance(24 * time.Hour)
	require.Equal(t, 401, b.grant("refresh_token", refresh)["status"])
}

func TestAPasswordGrantRenewsTheSameRefreshToken(t *testing.T) {
	b := open(t)
	first := b.grant("password", passwordForm)
	b.Advance(90 * 24 * time.Hour)
	second := b.grant("password", passwordForm)
	require.Equal(t, first["refresh_token"], second["refresh_token"])
	b.Advance(90 * 24 * time.Hour)
	require.Equal(t, 200, b.grant("refresh_token", url.Values{"refresh_token": {second["refresh_token"].(string)}})["status"])
}

func TestARefreshAnswerMayOmitTheRefreshToken(t *testing.T) {
	b := open(t, func(o *Options) { o.OmitRefreshToken = true })
	first := b.grant("password", passwordForm)
	require.NotContains(t, b.grant("refresh_token", url.Values{"refresh_token": {first["refresh_token"].(string)}}), "refresh_token")
}

func TestOneBodyAnswersEveryTokenError(t *testing.T) {
	b := open(t)
	good := "grant_type=password&client_id=cid&client_secret=s%5E%26%3C%3E%3Ft&username=lifeline&password=pw"
	refresh := b.grant("password", passwordForm)["refresh_token"].(string)
	b.KillRefreshToken()
	b.AddUser(User{UserName: "locked", Password: "pw", Locked: true})
	b.AddUser(User{UserName: "reset", Password: "pw", Reset: true})
	b.AddUser(User{UserName: "gone", Password: "pw", Inactive: true})
	cases := map[string]string{
		"wrong password":     strings.Replace(good, "password=pw", "password=no", 1),
		"wrong secret":       strings.Replace(good, "secret=s", "secret=x", 1),
		"unknown client":     strings.Replace(good, "client_id=cid", "client_id=who", 1),
		"unknown grant":      strings.Replace(good, "=password&", "=magic&", 1),
		"locked user":        strings.Replace(good, "=lifeline", "=locked", 1),
		"password to reset":  strings.Replace(good, "=lifeline", "=reset", 1),
		"inactive user":      strings.Replace(good, "=lifeline", "=gone", 1),
		"dead refresh token": "grant_type=refresh_token&client_id=cid&client_secret=s%5E%26%3C%3E%3Ft&refresh_token=" + refresh,
	}
	for name, form := range cases {
		t.Run(name, func(t *testing.T) { requireDenied(t, b, "/oauth_token.do", "application/x-www-form-urlencoded", form) })
	}
	t.Run("parameters in the address", func(t *testing.T) {
		requireDenied(t, b, "/oauth_token.do?"+good, "application/x-www-form-urlencoded", "")
	})
	t.Run("JSON instead of a form", func(t *testing.T) {
		requireDenied(t, b, "/oauth_token.do", "application/json", `{"grant_type":"client_credentials"}`)
	})
}

func requireDenied(t *testing.T, b *bench, path, kind, body string) {
	t.Helper()
	response, err := http.Post(b.url+path, kind, strings.NewReader(body))
	require.NoError(t, err)
	defer response.Body.Close()
	got, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.Equal(t, 401, response.StatusCode)
	require.JSONEq(t, deniedBody, string(got))
	require.NotEmpty(t, response.Header["Set-Cookie"])
}

func TestClientAuthenticationByBasicIsRefused(t *testing.T) {
	b := open(t)
	request, err := http.NewRequest("POST", b.url+"/oauth_token.do", strings.NewReader("grant_type=client_credentials"))
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.SetBasicAuth("cid", "s^&<>?t")
	require.Equal(t, 401, b.do(request).status)
}

func TestGrantsCanBeSwitchedOff(t *testing.T) {
	b := open(t)
	b.SetProperty("glide.oauth.inbound.client.credential.grant_type.enabled", "false")
	b.SetProperty("glide.oauth.inbound.ropc.grant_type.disabled", "true")
	require.Equal(t, 401, b.grant("client_credentials", nil)["status"])
	require.Equal(t, 401, b.grant("password", passwordForm)["status"])
}

func TestClientCredentialsNeedAnApplicationUser(t *testing.T) {
	b := open(t, func(o *Options) { o.Clients[0].User = "" })
	require.Equal(t, 401, b.grant("client_credentials", nil)["status"])
}

func TestMachinesCanBeKeptFromThePasswordGrant(t *testing.T) {
	b := open(t, func(o *Options) { o.MachinesCannotPass = true })
	require.Equal(t, 401, b.grant("password", passwordForm)["status"])
}

func TestARevokedTokenIsDead(t *testing.T) {
	b := open(t)
	response, err := http.Get(b.url + "/oauth_revoke_token.do?token=" + b.token)
	require.NoError(t, err)
	response.Body.Close()
	require.Equal(t, 200, response.StatusCode)
	require.Equal(t, 401, b.call("GET", b.incident(), nil).status)
}

func TestExpiredAccessTokensAreReplacedByRefreshing(t *testing.T) {
	b := open(t)
	first := b.grant("password", passwordForm)
	b.ExpireTokens()
	require.Equal(t, 401, b.call("GET", b.incident(), nil).status)
	b.token = b.grant("refresh_token", url.Values{"refresh_token": {first["refresh_token"].(string)}})["access_token"].(string)
	require.Equal(t, 200, b.call("GET", b.incident(), nil).status)
}
