package rescue

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/support"
)

func chatServer(t *testing.T) *rescueServer {
	t.Helper()
	s := newServer(t)
	s.handle("login", withCookie)
	s.on("getchat", "OK\n\nCHATLOG:9:42 AM Dana Ruiz: a|b: c\n9:43 AM Ana: ok\n")
	s.on("getnote", "OK\n\nNOTE:Reset the profile")
	return s
}

func TestTranscriptIsVerbatim(t *testing.T) {
	s := chatServer(t)
	told, err := open(t, s, nil).Transcript(t.Context(), "1080000123")
	require.NoError(t, err)
	assert.Equal(t, support.Transcript{Chat: "9:42 AM Dana Ruiz: a|b: c\n9:43 AM Ana: ok", Notes: "Reset the profile"}, told)
	sent := s.seen("getchat")[0]
	assert.Equal(t, []string{"1080000123", testToken, "ASP.NET_SessionId=session1"}, []string{sent.form.Get("session"), sent.form.Get("authcode"), sent.header.Get("Cookie")})
}

func TestSessionWithoutWordsHasAnEmptyTranscript(t *testing.T) {
	s := chatServer(t)
	s.on("getchat", "OK")
	s.on("getnote", "OK\n\nNOTE:")
	told, err := open(t, s, nil).Transcript(t.Context(), "1")
	require.NoError(t, err)
	assert.Empty(t, told)
}

func TestLoginIsKeptAndMadeAnewWhenIdle(t *testing.T) {
	s := chatServer(t)
	v := open(t, s, nil)
	now := testNow
	v.now = func() time.Time { return now }
	for range 3 {
		_, err := v.Transcript(t.Context(), "1")
		require.NoError(t, err)
		now = now.Add(10 * time.Minute)
	}
	assert.Len(t, s.seen("login"), 1)
	now = now.Add(10 * time.Minute)
	_, err := v.Transcript(t.Context(), "1")
	require.NoError(t, err)
	assert.Len(t, s.seen("login"), 2)
}

func TestLostLoginIsMadeAnewOnce(t *testing.T) {
	for _, lost := range []string{"NOTLOGGEDIN", "INVALID_SECRETAUTHCODE", loginPage} {
		s := chatServer(t)
		s.on("getchat", lost, "OK\n\nCHATLOG:hello")
		told, err := open(t, s, nil).Transcript(t.Context(), "1")
		require.NoError(t, err, lost)
		assert.Equal(t, "hello", told.Chat)
		assert.Len(t, s.seen("login"), 2)
	}
	s := chatServer(t)
	s.on("getchat", "NOTLOGGEDIN")
	_, err := open(t, s, nil).Transcript(t.Context(), "1")
	requireFailure(t, err, support.Attention, support.CodeCredentialDead)
	assert.Len(t, s.seen("login"), 2)
}

func TestWrongReportPasswordIsNotTriedAgainAndAgain(t *testing.T) {
	s := newServer(t)
	s.on("login", "INVALID")
	v := open(t, s, nil)
	now := testNow
	v.now = func() time.Time { return now }
	for range 5 {
		_, err := v.Transcript(t.Context(), "1")
		requireFailure(t, err, support.Attention, support.CodeCredentialDead)
	}
	assert.Len(t, s.seen("login"), 1, "users get locked out")
	now = now.Add(loginHold)
	_, err := v.Transcript(t.Context(), "1")
	require.Error(t, err)
	assert.Len(t, s.seen("login"), 2)
}

func TestTooManyLoginsAreLeftAloneForThreeMinutes(t *testing.T) {
	s := chatServer(t)
	s.on("login", "LIMITREACHED")
	v := open(t, s, nil)
	now := testNow
	v.now = func() time.Time { return now }
	_, err := v.Transcript(t.Context(), "1")
	requireFailure(t, err, support.Retry, support.CodeRateLimited)
	now = now.Add(time.Minute)
	_, err = v.Transcript(t.Context(), "1")
	assert.Equal(t, 2*time.Minute, requireFailure(t, err, support.Retry, support.CodeRateLimited).RetryAfter)
	assert.Len(t, s.seen("login"), 1)
	now = now.Add(2 * time.Minute)
	s.handle("login", withCookie)
	_, err = v.Transcript(t.Context(), "1")
	require.NoError(t, err)
}

func TestLoginWithoutACookieIsNoLogin(t *testing.T) {
	s := newServer(t)
	s.on("login", "OK")
	_, err := open(t, s, nil).Transcript(t.Context(), "1")
	requireFailure(t, err, support.Retry, support.CodeProtocol)
}

func TestPassingLoginFaultIsNotRemembered(t *testing.T) {
	s := chatServer(t)
	s.handle("login", func(w http.ResponseWriter, _ call) { w.WriteHeader(http.StatusBadGateway) })
	v := open(t, s, nil)
	_, err := v.Transcript(t.Context(), "1")
	requireFailure(t, err, support.Retry, support.CodeUnreachable)
	s.handle("login", withCookie)
	_, err = v.Transcript(t.Context(), "1")
	require.NoError(t, err)
}

func TestWithoutAReportLoginThereIsNoTranscript(t *testing.T) {
	v := open(t, newServer(t), func(c *Config) { c.ReportEmail, c.ReportPassword = "", "" })
	_, err := v.Transcript(t.Context(), "1")
	requireFailure(t, err, support.Stop, support.CodeNotSupported)
	_, err = v.Report(t.Context(), wholeDay)
	requireFailure(t, err, support.Stop, support.CodeNotSupported)
}
