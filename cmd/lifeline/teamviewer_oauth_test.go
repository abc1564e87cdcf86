package main

import (
	"bufio"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/sandbox/mailbox"
	simteamviewer "example.com/lifeline/sandbox/teamviewer"
	"example.com/lifeline/support"
	"example.com/lifeline/vendors/teamviewer"
)

const appSecret = "a-secret-of-the-oauth-app"

// playOAuth sets a stage up for TeamViewer with an OAuth app instead of a script token. Its access tokens live an hour.
func playOAuth(t *testing.T, overrides map[string]string) *stage {
	t.Helper()
	redirect := "http://" + freeAddress(t) + "/callback"
	all := map[string]string{
		"TEAMVIEWER_TOKEN": "", "TEAMVIEWER_CLIENT_ID": "app-1", "TEAMVIEWER_CLIENT_SECRET": appSecret,
		"TEAMVIEWER_REDIRECT_URL": redirect, "TEAMVIEWER_PKCE": "true",
	}
	for name, value := range overrides {
		all[name] = value
	}
	s := playTeamViewer(t, "acme-tv-sn", all)
	s.world.TeamViewer.Configure(func(c *simteamviewer.Settings) { c.AccessLife = simteamviewer.Duration(time.Hour) })
	s.world.TeamViewer.AddClient(simteamviewer.Client{ID: "app-1", Secret: appSecret, Name: "Lifeline", RedirectURI: redirect, Level: simteamviewer.CompanyLevel})
	return s
}

// consenting is a `lifeline connect` that waits for its human.
type consenting struct {
	t     *testing.T
	asked *url.URL // the address it shows
	said  <-chan string
	ended <-chan error
}

func (s *stage) connecting() *consenting {
	s.t.Helper()
	reader, writer := io.Pipe()
	ended, said := make(chan error, 1), make(chan string, 1)
	go func() {
		err := s.app.connectOne(s.t.Context(), s.app.connections[0], writer)
		_ = writer.Close()
		ended <- err
	}()
	lines := bufio.NewScanner(reader)
	c := &consenting{t: s.t, said: said, ended: ended}
	for c.asked == nil && lines.Scan() {
		if text := strings.TrimSpace(lines.Text()); strings.HasPrefix(text, "http") {
			at, err := url.Parse(text)
			require.NoError(s.t, err)
			c.asked = at
		}
	}
	require.NotNil(s.t, c.asked, "an address is shown")
	go func() {
		var rest strings.Builder
		for lines.Scan() {
			rest.WriteString(lines.Text() + "\n")
		}
		said <- rest.String()
	}()
	return c
}

// answer presses Allow or Deny on the consent page and gives what the browser shows in the end.
func (c *consenting) answer(button string) string {
	c.t.Helper()
	form := c.asked.Query()
	form.Set("user", "admin@example.com")
	form.Set("answer", button)
	page := *c.asked
	page.RawQuery = ""
	response, err := http.PostForm(page.String(), form)
	require.NoError(c.t, err)
	defer response.Body.Close()
	shown, err := io.ReadAll(response.Body)
	require.NoError(c.t, err)
	return string(shown)
}

func (s *stage) connected() {
	s.t.Helper()
	c := s.connecting()
	c.answer("allow")
	require.NoError(s.t, <-c.ended)
}

// grants counts the calls of the token endpoint by their answer.
func (s *stage) grants(status int) int {
	n := 0
	for _, r := range s.world.TeamViewer.Requests() {
		if strings.HasSuffix(strings.ToLower(r.Path), "/oauth2/token") && r.Status == status {
			n++
		}
	}
	return n
}

func TestConnectLeadsThroughTeamViewersConsent(t *testing.T) {
	t.Parallel()
	s := playOAuth(t, nil)
	missing := s.callTV(http.MethodPost, s.incident("VPN"), "/session", map[string]any{"agent": s.agent("dana")})
	assert.Equal(t, support.CodeConsentMissing, missing.Problem.Code, missing.Raw)

	denied := s.connecting()
	assert.Equal(t, "S256", denied.asked.Query().Get("code_challenge_method"))
	assert.Contains(t, denied.answer("deny"), "not given")
	require.ErrorIs(t, <-denied.ended, errDenied)

	c := s.connecting()
	forged, err := http.Get(c.asked.Query().Get("redirect_uri") + "?code=stolen&state=wrong")
	require.NoError(t, err)
	require.NoError(t, forged.Body.Close())
	assert.Equal(t, http.StatusBadRequest, forged.StatusCode, "an answer to somebody else's question")
	assert.Contains(t, c.answer("allow"), "Thank you")
	require.NoError(t, <-c.ended)
	said := <-c.said
	assert.Contains(t, said, "consent: stored")
	assert.NotContains(t, said+s.log.String(), appSecret)

	vpn, pressed := s.pressTV()
	s.playTV(vpn, pressed.Code, "Driver reinstalled")
	row := s.rowState(vpn, "filed")
	assert.Equal(t, "Driver reinstalled", row["notes"])
	assert.Equal(t, 1, s.grants(http.StatusOK))
}

func TestConnectWaitsOnLoopbackOnlyAndNotForever(t *testing.T) {
	t.Parallel()
	for _, redirect := range []string{"https://lifeline.example.com/callback", "http://192.0.2.1:8099/callback", "http://127.0.0.1/callback", ":"} {
		_, err := openConsentDesk(redirect)
		require.ErrorIs(t, err, errNotLoopback, redirect)
	}
	desk, err := openConsentDesk("http://" + freeAddress(t))
	require.NoError(t, err)
	defer desk.close()
	_, err = desk.wait(t.Context(), 0)
	require.ErrorIs(t, err, errNoConsent)
}

func TestExpiredAccessTokenIsRenewedOnce(t *testing.T) {
	t.Parallel()
	s := playOAuth(t, nil)
	s.connected()
	vpn, pressed := s.pressTV()
	s.rowState(vpn, "invited")
	s.world.TeamViewer.Advance(61 * time.Minute)
	second := s.callTV(http.MethodPost, s.incident("Outlook"), "/session", map[string]any{"agent": s.agent("dana")})
	require.Equal(t, http.StatusCreated, second.Status, "while the watcher finds the token expired, too: "+second.Raw)
	s.playTV(vpn, pressed.Code, "done")
	s.rowState(vpn, "filed")
	assert.Equal(t, 2, s.grants(http.StatusOK), "one consent, one renewal, whoever found the token expired")
	assert.Zero(t, s.grants(http.StatusBadRequest))
}

func TestLostGrantIsToldAndSessionsGoOnAfterANewConsent(t *testing.T) {
	t.Parallel()
	s := playOAuth(t, map[string]string{"LIFELINE_ALERT_TO": "ops@example.com", "LIFELINE_ALERT_AFTER": "100ms"})
	s.connected()
	vpn, pressed := s.pressTV()
	s.rowState(vpn, "invited")
	s.world.TeamViewer.LoseNextTokenAnswer()
	s.world.TeamViewer.Advance(61 * time.Minute)
	told := s.mail("ops@example.com")
	assert.Contains(t, told.Text, "lifeline connect")
	refused := s.callTV(http.MethodPost, s.incident("Outlook"), "/session", map[string]any{"agent": s.agent("dana")})
	assert.Equal(t, support.CodeConsentMissing, refused.Problem.Code, refused.Raw)
	s.tv(s.world.TeamViewer.CustomerOnline(pressed.Code))

	s.connected()
	s.rowState(vpn, "waiting")
	s.tv(s.world.TeamViewer.SupporterConnects(pressed.Code, "dana@example.com", true))
	s.tv(s.world.TeamViewer.CustomerOffline(pressed.Code))
	s.rowState(vpn, "filed")
	s.closedAtVendor(pressed.Code)
	ctx, cancel := timeout(t)
	defer cancel()
	_, err := s.world.Mailbox.Wait(ctx, func(m mailbox.Mail) bool { return m.Recipients[0] == "ops@example.com" && m.Subject != told.Subject })
	require.NoError(t, err, "the operators are told that it is over")
	stored, err := s.app.sessions.GetCredential(t.Context(), s.app.connections[0].Vendor.Account(), "acme-tv-sn", teamviewer.Subject)
	require.NoError(t, err)
	assert.NotEmpty(t, stored.Refresh)
}
