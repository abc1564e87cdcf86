package main

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/sandbox/mailbox"
	simrescue "example.com/lifeline/sandbox/rescue"
	"example.com/lifeline/support"
)

func TestOpenAnswersEverythingTheAgentNeeds(t *testing.T) {
	t.Parallel()
	s := play(t, nil)
	pressed := s.press(s.incident("VPN"))
	require.Equal(t, http.StatusCreated, pressed.Status, pressed.Raw)
	assert.NotEmpty(t, pressed.CustomerLink)
	assert.Contains(t, pressed.TechnicianLink, s.env["LIFELINE_PUBLIC_URL"]+"/join/")
	assert.Contains(t, pressed.PanelURL, "/panel?t=")
	assert.WithinDuration(t, time.Now().Add(20*time.Minute), pressed.ExpiresAt, time.Minute)
	assert.True(t, pressed.Buttons.Close && pressed.Buttons.Join && !pressed.Buttons.New)

	pins := s.world.Rescue.PINs()
	require.Len(t, pins, 1)
	assert.Equal(t, "Joe Employee", pins[0].Fields[0])
	assert.Equal(t, "joe@example.net", pins[0].Fields[1])
	assert.Equal(t, pressed.Number, pins[0].Fields[2])
	assert.True(t, support.IsToken(pins[0].Tracking) && pins[0].Fields[5] == pins[0].Tracking, "our token is in tracking0 and in the configured field")
}

func TestJoinLinkLeadsTheTechnicianIntoTheConsole(t *testing.T) {
	t.Parallel()
	s := play(t, nil)
	pressed := s.press(s.incident("VPN"))
	require.Equal(t, http.StatusCreated, pressed.Status, pressed.Raw)
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := browser.Get(pressed.TechnicianLink)
	require.NoError(t, err)
	defer response.Body.Close()
	assert.Equal(t, http.StatusSeeOther, response.StatusCode)
	assert.Contains(t, response.Header.Get("Location"), "/SSO/Login.aspx?Ticket=")
}

func TestManySimultaneousPressesGiveOneCode(t *testing.T) {
	t.Parallel()
	s := play(t, nil)
	vpn := s.incident("VPN")
	codes := make(chan answer, 8)
	for range cap(codes) {
		go func() { codes <- s.press(vpn) }()
	}
	seen := map[string]bool{}
	created := 0
	for range cap(codes) {
		got := <-codes
		require.Less(t, got.Status, 300, got.Raw)
		seen[got.Code] = true
		if got.Status == http.StatusCreated {
			created++
		}
	}
	assert.Len(t, seen, 1)
	assert.Equal(t, 1, created)
	assert.Len(t, s.world.Rescue.PINs(), 1)
}

func TestRepeatedRequestAfterATimeOutFindsItsOwnPress(t *testing.T) {
	t.Parallel()
	s := play(t, nil)
	vpn := s.incident("VPN")
	first := s.press(vpn, "Idempotency-Key", "press-1")
	again := s.press(vpn, "Idempotency-Key", "press-1")
	require.Equal(t, http.StatusCreated, first.Status, first.Raw)
	assert.Equal(t, http.StatusCreated, again.Status, "the same request has the same answer")
	assert.Equal(t, first.Code, again.Code)
}

func TestAuthcodeIsFetchedOnceAndRenewedOnlyWhenRefused(t *testing.T) {
	t.Parallel()
	s := play(t, nil)
	for _, word := range []string{"VPN", "Outlook"} {
		got := s.press(s.incident(word))
		require.Equal(t, http.StatusCreated, got.Status, got.Raw)
	}
	first, err := s.app.sessions.GetCredential(t.Context(), s.app.connections[0].Vendor.Account(), "acme-sn", "authcode/dana@example.com")
	require.NoError(t, err)
	assert.Equal(t, 1, first.Version, "two presses, one authcode")

	require.NoError(t, s.world.Rescue.RevokeAuthcode("dana@example.com"))
	got := s.press(s.incident("Lobby"))
	require.Equal(t, http.StatusCreated, got.Status, got.Raw)
	renewed, err := s.app.sessions.GetCredential(t.Context(), s.app.connections[0].Vendor.Account(), "acme-sn", "authcode/dana@example.com")
	require.NoError(t, err)
	assert.Equal(t, 2, renewed.Version)
}

func TestBusinessAnswersComeBackAsClearProblems(t *testing.T) {
	t.Parallel()
	for name, refusal := range map[string]struct {
		env    map[string]string
		set    func(s *stage)
		agent  string
		status int
		code   string
	}{
		"console not running": {
			env:    map[string]string{"LIFELINE_ACME_SN_REQUIRE_CONSOLE": "true"},
			set:    func(s *stage) { require.NoError(s.t, s.world.Rescue.SetConsole("dana@example.com", false)) },
			agent:  "dana",
			status: http.StatusUnprocessableEntity, code: support.CodeNoConsole,
		},
		"no technician of this e-mail": {set: func(*stage) {}, agent: "noor", status: http.StatusUnprocessableEntity, code: support.CodeNoTechnician},
		"integration switched off": {
			env: map[string]string{"LIFELINE_ACME_SN_ENABLED": "false"}, set: func(*stage) {}, agent: "dana",
			status: http.StatusForbidden, code: support.CodeDisabled,
		},
		"pool of codes exhausted": {
			set: func(s *stage) {
				s.world.Rescue.Fault(simrescue.Fault{Method: "requestPINCode_v3", Kind: "OUTOFPINCODES", Times: 100})
			},
			agent: "dana", status: http.StatusServiceUnavailable, code: support.CodeOutOfCodes,
		},
		"vendor down": {
			set: func(s *stage) {
				s.world.Rescue.Fault(simrescue.Fault{Method: "requestPINCode_v3", Kind: "503", Times: 1000})
			},
			agent: "dana", status: http.StatusServiceUnavailable, code: support.CodeUnreachable,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := play(t, refusal.env)
			refusal.set(s)
			started := time.Now()
			got := s.call(http.MethodPost, "acme-sn", "incident", s.incident("VPN"), "/session", map[string]any{"agent": s.agent(refusal.agent)})
			assert.Less(t, time.Since(started), 10500*time.Millisecond)
			assert.Equal(t, refusal.status, got.Status, got.Raw)
			assert.Equal(t, refusal.code, got.Problem.Code, got.Raw)
			assert.NotEmpty(t, got.Problem.Detail)
		})
	}
}

func TestUnknownRecordIsRefused(t *testing.T) {
	t.Parallel()
	s := play(t, nil)
	got := s.press(strings.Repeat("0", 32))
	assert.Equal(t, http.StatusNotFound, got.Status, got.Raw)
	got = s.call(http.MethodPost, "acme-sn", "problem", strings.Repeat("0", 32), "/session", map[string]any{"agent": s.agent("dana")})
	assert.Equal(t, http.StatusBadRequest, got.Status, got.Raw)
}

func TestInvitationsAreMailedInTheLanguageOfTheSetting(t *testing.T) {
	t.Parallel()
	for language, greeting := range map[string]string{"en": "session", "es": "sesión", "fr": "session", "nl": "sessie"} {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			s := play(t, map[string]string{"LIFELINE_ACME_SN_LANGUAGE": language})
			pressed := s.press(s.incident("VPN"))
			require.Equal(t, http.StatusCreated, pressed.Status, pressed.Raw)
			customer := s.mail("joe@example.net")
			assert.Contains(t, customer.Text, pressed.CustomerLink)
			assert.Contains(t, customer.Text, pressed.Code)
			assert.Contains(t, strings.ToLower(customer.Text), greeting)
			technician := s.mail("dana@example.com")
			assert.Contains(t, technician.Text, pressed.Code)
			assert.NotContains(t, technician.Text, pressed.CustomerLink)
		})
	}
}

func TestS8AndS11MailsGoToWhomTheSettingsSay(t *testing.T) {
	t.Parallel()
	for name, mailed := range map[string]struct {
		customer, technician string
		want                 []string
	}{
		"nobody":     {"false", "false", nil},
		"customer":   {"true", "false", []string{"joe@example.net"}},
		"technician": {"false", "true", []string{"dana@example.com"}},
		"both":       {"true", "true", []string{"joe@example.net", "dana@example.com"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := play(t, map[string]string{sn + "EMAIL_CUSTOMER": mailed.customer, sn + "EMAIL_TECHNICIAN": mailed.technician})
			vpn := s.incident("VPN")
			require.Equal(t, http.StatusCreated, s.press(vpn).Status)
			for _, to := range mailed.want {
				s.mail(to)
			}
			s.rowState(vpn, "invited")
			closed := s.call(http.MethodPost, "acme-sn", "incident", vpn, "/session/close", map[string]any{})
			require.Equal(t, http.StatusOK, closed.Status, closed.Raw)
			s.rowState(vpn, "cancelled")
			assert.ElementsMatch(t, mailed.want, s.mailed())
		})
	}
}

// mailed are the addresses of all mails that were sent.
func (s *stage) mailed() []string {
	var to []string
	for _, mail := range s.world.Mailbox.Mails() {
		to = append(to, mail.Recipients...)
	}
	return to
}

func TestS8AndS11MailServerThatIsDownHoldsUpNoCode(t *testing.T) {
	t.Parallel()
	s := play(t, map[string]string{"LIFELINE_MAIL_PORT": "1"})
	vpn := s.incident("VPN")
	require.Equal(t, http.StatusCreated, s.press(vpn).Status)
	s.rowState(vpn, "invited")
}

func TestS11CustomerWithoutAddressIsRemarkedNotFailed(t *testing.T) {
	t.Parallel()
	s := play(t, nil)
	lobby := s.incident("Lobby")
	pressed := s.press(lobby)
	require.Equal(t, http.StatusCreated, pressed.Status, pressed.Raw)
	s.eventually(func() bool {
		return strings.Contains(s.call(http.MethodGet, "acme-sn", "incident", lobby, "/session", nil).Raw, "no e-mail address")
	}, "the remark is shown")
}

// mail waits for a mail to the address.
func (s *stage) mail(to string) mailbox.Mail {
	s.t.Helper()
	ctx, cancel := timeout(s.t)
	defer cancel()
	mail, err := s.world.Mailbox.Wait(ctx, func(m mailbox.Mail) bool { return len(m.Recipients) == 1 && m.Recipients[0] == to })
	require.NoError(s.t, err, "a mail to "+to)
	return mail
}
