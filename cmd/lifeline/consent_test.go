package main

import (
	"bytes"
	"context"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/activities"
	"example.com/lifeline/sandbox"
	"example.com/lifeline/support"
)

func TestOAuthModesAllFileASession(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"client_credentials", "password"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			s := play(t, map[string]string{sn + "SERVICENOW_AUTH": mode, sn + "SERVICENOW_USER": "lifeline.service", sn + "SERVICENOW_PASSWORD": "sandbox-service-password"})
			vpn := s.incident("VPN")
			s.wholeSession(vpn, "hello")
			s.rowState(vpn, "filed")
		})
	}
}

func TestFilingWaitsForConsentAndGoesOnWithTheTokenHook(t *testing.T) {
	t.Parallel()
	s := play(t, map[string]string{sn + "SERVICENOW_AUTH": "refresh_token", "LIFELINE_OPERATOR_TOKEN": "an-operators-token"})
	// A session begun in the console needs no CRM to begin with; its filing waits.
	session := s.fromConsole([6]string{"Joe Employee"})
	s.eventually(func() bool {
		list := s.send(http.MethodGet, "/v1/sessions?live=true", nil, "Authorization", "Bearer an-operators-token")
		return bytes.Contains([]byte(list.Raw), []byte(itoa(session.ID)))
	}, "the session lives")
	assert.Empty(t, s.world.ServiceNow.List(s.world.ServiceNow.SessionTable(), ""))

	assert.Equal(t, http.StatusUnauthorized, s.send(http.MethodPost, tokenHook("acme-sn"), map[string]any{}).Status, "nobody else may give a token")
	s.consent()
	s.vendorRow(session.ID, "filed")
}

func tokenHook(connection string) string { return "/hooks/servicenow/" + connection + "/token" }

// consent sends a refresh token to the token hook, as the instance's catalogue item does.
func (s *stage) consent() {
	s.t.Helper()
	type exchanger interface {
		Exchange(ctx context.Context, user string, password support.Secret) (support.Credential, error)
	}
	c := s.paired()
	credential, err := c.CRM.(exchanger).Exchange(s.t.Context(), sandbox.ServiceUser, "sandbox-service-password")
	require.NoError(s.t, err)
	path := tokenHook(s.connection)
	body := map[string]any{"instance": c.config.ServiceNow.Instance, "refresh_token": credential.Refresh.Reveal(), "expires_at": credential.Ends}
	given := s.send(http.MethodPost, path, body, s.signature(s.connection, http.MethodPost, path, body)...)
	require.Equal(s.t, http.StatusOK, given.Status, given.Raw)
}

func TestConnectAsksOnceAndStoresTheConsent(t *testing.T) {
	s := play(t, map[string]string{sn + "SERVICENOW_AUTH": "refresh_token"})
	t.Setenv(connectUser, "lifeline.service")
	t.Setenv(connectPassword, "sandbox-service-password")
	var out bytes.Buffer
	require.NoError(t, s.app.connectOne(t.Context(), s.app.connections[0], &out))
	assert.Contains(t, out.String(), "it ends on")
	assert.NotContains(t, out.String(), "sandbox-service-password")
	stored, err := s.app.sessions.GetCredential(t.Context(), "acme-sn", "acme-sn", activities.CRMSubject("oauth"))
	require.NoError(t, err)
	assert.NotEmpty(t, stored.Refresh)
	vpn := s.incident("VPN")
	s.wholeSession(vpn, "hello")
	s.rowState(vpn, "filed")
}

func TestDeadSecretPutsTheSessionInAttention(t *testing.T) {
	t.Parallel()
	s := play(t, map[string]string{sn + "SERVICENOW_CLIENT_SECRET": "not-the-right-secret"})
	got := s.press(s.incident("VPN"))
	assert.Equal(t, support.CodeCredentialDead, got.Problem.Code, got.Raw)
	assert.Equal(t, http.StatusBadGateway, got.Status)
}
