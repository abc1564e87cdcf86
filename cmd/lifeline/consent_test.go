package main

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/activities"
	"example.com/lifeline/sandbox"
	simrescue "example.com/lifeline/sandbox/rescue"
	"example.com/lifeline/support"
)

func TestS3ServiceAccountIsAskedForInTheModePasswordAlone(t *testing.T) {
	t.Parallel()
	account := map[string]string{sn + "SERVICENOW_USER": sandbox.ServiceUser, sn + "SERVICENOW_PASSWORD": servicePassword}
	for name, mode := range map[string]struct {
		env   map[string]string
		works bool
	}{
		"client credentials without it": {nil, true},
		"its password":                  {merge(account, map[string]string{sn + "SERVICENOW_AUTH": "password"}), true},
		"a wrong password":              {merge(account, map[string]string{sn + "SERVICENOW_AUTH": "password", sn + "SERVICENOW_PASSWORD": "wrong"}), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := play(t, mode.env)
			vpn := s.incident("VPN")
			if !mode.works {
				assert.Equal(t, support.CodeCredentialDead, s.press(vpn).Problem.Code)
				return
			}
			s.wholeSession(vpn, "hello")
			s.rowState(vpn, "filed")
		})
	}
}

// servicePassword is the service user's.
const servicePassword = "sandbox-service-password"

func TestS4RegistryIsTheOneThatTheInstanceKnows(t *testing.T) {
	t.Parallel()
	for name, env := range map[string]map[string]string{
		"known": nil, "another client": {sn + "SERVICENOW_CLIENT_ID": "not-registered"}, "another secret": {sn + "SERVICENOW_CLIENT_SECRET": "not-the-secret"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := play(t, env)
			pressed := s.press(s.incident("VPN"))
			if name == "known" {
				assert.Equal(t, http.StatusCreated, pressed.Status, pressed.Raw)
				return
			}
			assert.Equal(t, http.StatusBadGateway, pressed.Status)
			assert.Equal(t, support.CodeCredentialDead, pressed.Problem.Code, pressed.Raw)
		})
	}
}

func TestS21FilingWaitsForConsentAndGoesOnWithTheTokenHook(t *testing.T) {
	t.Parallel()
	s := play(t, withoutConsent)
	session := s.waitingForConsent()
	assert.Equal(t, http.StatusUnauthorized, s.send(http.MethodPost, tokenHook("acme-sn"), map[string]any{}).Status, "nobody else may give a token")
	s.consent()
	s.vendorRow(session.ID, "filed")
}

var withoutConsent = map[string]string{sn + "SERVICENOW_AUTH": "refresh_token", "LIFELINE_OPERATOR_TOKEN": "an-operators-token"}

// waitingForConsent plays a session that was begun in the console, which needs no CRM to begin with: its filing waits.
func (s *stage) waitingForConsent() simrescue.Session {
	s.t.Helper()
	session := s.fromConsole([6]string{"Joe Employee"})
	s.eventually(func() bool {
		list := s.send(http.MethodGet, "/v1/sessions?live=true", nil, "Authorization", "Bearer an-operators-token")
		return strings.Contains(list.Raw, itoa(session.ID))
	}, "the session lives")
	assert.Empty(s.t, s.world.ServiceNow.List(s.world.ServiceNow.SessionTable(), ""))
	return session
}

func tokenHook(connection string) string { return "/hooks/servicenow/" + connection + "/token" }

// consent sends a refresh token to the token hook, as the instance's catalogue item does.
func (s *stage) consent() {
	s.t.Helper()
	type exchanger interface {
		Exchange(ctx context.Context, user string, password support.Secret) (support.Credential, error)
	}
	c := s.paired()
	credential, err := c.CRM.(exchanger).Exchange(s.t.Context(), sandbox.ServiceUser, servicePassword)
	require.NoError(s.t, err)
	path := tokenHook(s.connection)
	body := map[string]any{"instance": c.config.ServiceNow.Instance, "refresh_token": credential.Refresh.Reveal(), "expires_at": credential.Ends}
	given := s.send(http.MethodPost, path, body, s.signature(s.connection, http.MethodPost, path, body)...)
	require.Equal(s.t, http.StatusOK, given.Status, given.Raw)
}

func TestS21FilingWaitsForConsentAndGoesOnWithConnect(t *testing.T) {
	s := play(t, withoutConsent)
	session := s.waitingForConsent()
	t.Setenv(connectUser, sandbox.ServiceUser)
	t.Setenv(connectPassword, servicePassword)
	var out bytes.Buffer
	require.NoError(t, s.app.connectOne(t.Context(), s.app.connections[0], &out))
	assert.Contains(t, out.String(), "it ends on")
	assert.NotContains(t, out.String(), servicePassword)
	stored, err := s.app.sessions.GetCredential(t.Context(), "acme-sn", "acme-sn", activities.CRMSubject("oauth"))
	require.NoError(t, err)
	assert.NotEmpty(t, stored.Refresh)
	s.vendorRow(session.ID, "filed")
	vpn := s.incident("VPN")
	s.wholeSession(vpn, "hello")
	s.rowState(vpn, "filed")
}

func TestS24LifeOfTheRefreshTokenSaysWhenConsentEnds(t *testing.T) {
	t.Parallel()
	for life, mark := range map[string]string{"8760h": "✓", "240h": "!"} {
		t.Run(life, func(t *testing.T) {
			t.Parallel()
			s := play(t, map[string]string{sn + "SERVICENOW_AUTH": "refresh_token", sn + "SERVICENOW_REFRESH_LIFE": life})
			lasts, err := time.ParseDuration(life)
			require.NoError(t, err)
			s.consent()
			ends := time.Now().Add(lasts).UTC().Format(time.DateOnly)
			assert.Contains(t, s.examine().line(mark, "consent"), "the refresh token ends on "+ends)
			if mark == "!" {
				assert.Contains(t, s.mail("operator@example.com").Text, "lifeline connect", "operators are told in time")
			}
		})
	}
}
