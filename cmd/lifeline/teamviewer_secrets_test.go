package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	simteamviewer "example.com/lifeline/sandbox/teamviewer"
)

// Whoever has the secret at the end of a supporter link joins as supporter. A session with troubles is played to its end,
// and all that anybody is told of it is looked through.
func TestSecretOfTheSupporterLinkIsInNothingThatAnybodyIsTold(t *testing.T) {
	t.Parallel()
	s := playTeamViewer(t, "acme-tv-sn", map[string]string{
		"EMAIL_CUSTOMER": "true", "EMAIL_TECHNICIAN": "true", "SERVICENOW_DEBUG": "true", "LIFELINE_OPERATOR_TOKEN": operatorToken,
	})
	for call, kind := range map[string]simteamviewer.FaultKind{
		"GET /sessions": simteamviewer.FaultHTML, "GET /sessions/{code}": simteamviewer.Fault500, "POST /sessions": simteamviewer.FaultCut,
		"PUT /sessions/{code}": simteamviewer.FaultBlocked,
	} {
		s.tv(s.world.TeamViewer.Fault(simteamviewer.Fault{Match: call, Kind: kind}))
	}
	vpn, pressed := s.pressTV()
	session, _ := s.world.TeamViewer.Session(pressed.Code)
	secret := session.SupporterLink[strings.LastIndex(session.SupporterLink, "-")+1:]
	require.Len(t, secret, 12)
	events, stop := s.streamOf("acme-tv-sn", vpn)
	defer stop()
	joined, err := http.DefaultClient.Get(pressed.TechnicianLink) // follows the redirect to the vendor's page
	require.NoError(t, err)
	require.NoError(t, joined.Body.Close())
	require.Equal(t, session.SupporterLink, joined.Request.URL.String())

	beth := map[string]string{"name": "Beth Anglin", "email": "beth@example.net"}
	told := pressed.Raw + s.callTV(http.MethodPost, vpn, "/session/share", map[string]any{"to": beth, "channel": "mailto"}).Raw
	told += s.callTV(http.MethodPost, vpn, "/session/share", map[string]any{"to": beth}).Raw
	panel := strings.TrimPrefix(pressed.PanelURL, s.env["LIFELINE_PUBLIC_URL"])
	told += s.send(http.MethodGet, panel, nil).Raw
	s.playTV(vpn, pressed.Code, "Driver reinstalled")
	s.rowState(vpn, "filed")
	told += s.send(http.MethodGet, strings.Replace(panel, "?", "/history?", 1), nil).Raw + s.callTV(http.MethodGet, vpn, "/sessions", nil).Raw + s.operatorsView()
	stop()
	for line := range events {
		told += line
	}
	for _, mail := range s.world.Mailbox.Mails() {
		told += mail.Subject + mail.Text + mail.HTML
	}
	for where, text := range map[string]string{
		"what people are told": told, "the log": s.log.String(), "the CRM": string(encode(t, s.rows(vpn))), "the engine's clear text": s.clearText(),
	} {
		require.NotEmpty(t, text, where)
		assert.NotContains(t, text, secret, where)
	}
}
