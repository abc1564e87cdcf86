package servicenow

import (
	"io"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/support"
	"example.com/lifeline/support/conformance"
)

func incident(fields map[string]any) map[string]any {
	row := map[string]any{
		"sys_id": recordID, "number": "INC0010001", "short_description": "Printer", "state": "2", "active": "true",
		"assigned_to": "", "assigned_to.name": "", "assigned_to.email": "", "assigned_to.user_name": "",
		"caller_id": userID, "caller_id.name": "Kim Berg", "caller_id.email": "kim@example.org",
	}
	for field, value := range fields {
		row[field] = value
	}
	return row
}

func answerIncident(fields map[string]any) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { result(w, 200, incident(fields)) }
}

func refuseGrant(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(401)
	_, _ = io.WriteString(w, `{"error_description":"access_denied","error":"server_error"}`)
}

func TestClientAuthenticatesInTheBodyOnly(t *testing.T) {
	i := newInstance(t)
	i.on("GET /api/now/table/incident/{id}", answerIncident(nil))
	_, err := i.open().ReadRecord(t.Context(), incidentRef)
	require.NoError(t, err)
	require.Len(t, i.grants, 1)
	assert.Equal(t, "client_credentials", i.grants[0].Get("grant_type"))
	assert.Equal(t, "client-secret-1", i.grants[0].Get("client_secret"))
	call := i.all()[0]
	assert.Equal(t, "Bearer access-1", call.header.Get("Authorization"))
	assert.Empty(t, call.header.Get("Cookie"))
}

func TestPasswordModeGrantsWithTheUser(t *testing.T) {
	i := newInstance(t)
	i.on("GET /api/now/table/incident/{id}", answerIncident(nil))
	c := i.open(func(cfg *Config) { cfg.Auth, cfg.User, cfg.Password = AuthPassword, "svc", "p^&<>?" })
	_, err := c.ReadRecord(t.Context(), incidentRef)
	require.NoError(t, err)
	assert.Equal(t, "svc", i.grants[0].Get("username"))
	assert.Equal(t, "p^&<>?", i.grants[0].Get("password"))
}

func TestTokenIsFetchedOnceForManyCallsAndCookiesAreNotKept(t *testing.T) {
	i := newInstance(t)
	i.on("GET /api/now/table/incident/{id}", answerIncident(nil))
	c := i.open()
	for range 3 {
		_, err := c.ReadRecord(t.Context(), incidentRef)
		require.NoError(t, err)
	}
	assert.Len(t, i.grants, 1)
	assert.Empty(t, i.all()[2].header.Get("Cookie"))
}

func TestRefusedAccessTokenIsReplacedOnce(t *testing.T) {
	i := newInstance(t)
	first := true
	i.on("GET /api/now/table/incident/{id}", func(w http.ResponseWriter, r *http.Request) {
		if first {
			first = false
			failure(w, 401, "User Not Authenticated", "Required to provide Auth information")
			return
		}
		answerIncident(nil)(w, r)
	})
	_, err := i.open().ReadRecord(t.Context(), incidentRef)
	require.NoError(t, err)
	assert.Len(t, i.grants, 2)
}

func TestAccessTokenRefusedTwiceIsDead(t *testing.T) {
	i := newInstance(t)
	i.on("GET /api/now/table/incident/{id}", func(w http.ResponseWriter, _ *http.Request) {
		failure(w, 401, "User Not Authenticated", "Required to provide Auth information")
	})
	_, err := i.open().ReadRecord(t.Context(), incidentRef)
	requireCode(t, err, support.Attention, support.CodeCredentialDead)
	assert.Len(t, i.all(), 2)
}

func TestServerErrorOfTheTokenEndpointIsADeadCredential(t *testing.T) {
	i := newInstance(t)
	i.token = refuseGrant
	_, err := i.open().ReadRecord(t.Context(), incidentRef)
	requireCode(t, err, support.Attention, support.CodeCredentialDead)
	assert.Len(t, i.grants, 1, "a refused login is not repeated: it may lock the user")
}

func refreshing(i *instance, given map[string]support.Credential) *CRM {
	cfg := testConfig(i.server.URL)
	cfg.Auth = AuthRefreshToken
	keeper := conformance.NewKeeper(given)
	c := New(cfg, cfg.Seats(), keeper, slog.New(slog.DiscardHandler), nil)
	keeper.Issuer = c
	return c
}

func TestRefreshModeWaitsForConsent(t *testing.T) {
	i := newInstance(t)
	_, err := refreshing(i, nil).ReadRecord(t.Context(), incidentRef)
	requireCode(t, err, support.Retry, support.CodeConsentMissing)
	assert.Empty(t, i.grants)
}

func TestRefreshModeUsesTheHeldToken(t *testing.T) {
	i := newInstance(t)
	i.on("GET /api/now/table/incident/{id}", answerIncident(nil))
	c := refreshing(i, map[string]support.Credential{SubjectOAuth: {Refresh: "refresh-1"}})
	_, err := c.ReadRecord(t.Context(), incidentRef)
	require.NoError(t, err)
	assert.Equal(t, "refresh-1", i.grants[0].Get("refresh_token"))
}

func TestExchangeReturnsTheRefreshTokenAndTheEndOfConsent(t *testing.T) {
	i := newInstance(t)
	i.token = func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"access_token":"a","refresh_token":"refresh-2","expires_in":1799}`)
	}
	c := i.open()
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	c.now = func() time.Time { return now }
	credential, err := c.Exchange(t.Context(), "svc", "password-1")
	require.NoError(t, err)
	assert.Equal(t, support.Secret("refresh-2"), credential.Refresh)
	assert.Equal(t, now.AddDate(0, 0, 100), credential.Ends)
}

func TestExchangeWithoutARefreshTokenNamesTheRegistry(t *testing.T) {
	_, err := newInstance(t).open().Exchange(t.Context(), "svc", "password-1")
	requireCode(t, err, support.Attention, support.CodeConfiguration)
}

func TestIssueKeepsTheEndOfConsent(t *testing.T) {
	i := newInstance(t)
	c := i.open()
	held := support.Credential{Refresh: "refresh-1", Ends: time.Date(2026, 4, 11, 0, 0, 0, 0, time.UTC)}
	next, err := c.Issue(t.Context(), SubjectOAuth, held)
	require.NoError(t, err)
	assert.Equal(t, held, next, "refreshing does not prolong the refresh token")

	_, err = c.Issue(t.Context(), SubjectOAuth, support.Credential{})
	requireCode(t, err, support.Retry, support.CodeConsentMissing)
	i.token = refuseGrant
	_, err = c.Issue(t.Context(), SubjectOAuth, held)
	requireCode(t, err, support.Attention, support.CodeCredentialDead)
	_, err = c.Issue(t.Context(), "other", held)
	requireCode(t, err, support.Stop, support.CodeNotSupported)
}

func TestTokenLifeFallsBackToTheUsualOne(t *testing.T) {
	assert.Equal(t, 1207*time.Second, grant{ExpiresIn: "1207"}.life())
	assert.Equal(t, usualLife, grant{}.life())
	assert.Equal(t, usualLife, grant{ExpiresIn: "-5"}.life())
	assert.Equal(t, usualLife, grant{ExpiresIn: "9223372036854775807"}.life(), "it fits no Duration")
}
