package rescue_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	simrescue "example.com/lifeline/sandbox/rescue"
)

func TestANewAuthcodeReplacesTheFormerOne(t *testing.T) {
	b := newBench(t)
	first := b.code("dana-sso")
	require.Len(t, first, 80)
	second := b.call("requestAuthCode", "email", "dana@example.org", "pwd", "dana-secret")
	second = strings.TrimSpace(strings.TrimPrefix(second, "OK\n\nAUTHCODE:"))
	require.NotEqual(t, first, second)
	require.Equal(t, "INVALID_SECRETAUTHCODE", b.call("getAccount", "authcode", first))
	require.Contains(t, b.call("getAccount", "authcode", second), "TechID:25500123")
}

func TestARevokedAuthcodeIsRefused(t *testing.T) {
	b := newBench(t)
	code := b.code("dana-sso")
	require.NoError(t, b.sim.RevokeAuthcode("dana-sso"))
	require.Equal(t, "INVALID_SECRETAUTHCODE", b.call("requestPINCode", "authcode", code))
}

func TestSingleSignOnNeedsCompanyAndMasterPassword(t *testing.T) {
	b := newBench(t)
	for company, word := range map[string]string{"41200": "INVALID", "41201": "INVALID", "abc": "INVALIDPARAM_COMPANY"} {
		require.Equal(t, word, b.call("requestAuthCodeSSO", "ssoid", "dana-sso", "pwd", "wrong", "company", company))
	}
	require.Equal(t, "INVALID", b.call("requestAuthCodeSSO", "ssoid", "nobody", "pwd", masterPassword, "company", "41200"))
}

func TestWithoutCredentialNothingIsAnswered(t *testing.T) {
	b := newBench(t)
	require.Equal(t, "NOTLOGGEDIN", b.call("requestPINCode"))
	require.Equal(t, "NOTLOGGEDIN", b.call("getSession_v3", "node", "25500123"))
	require.Equal(t, "NOTLOGGEDINASADMIN", b.call("closeSession", "session", "1"))
}

func TestALoginCookieLastsTwentyIdleMinutes(t *testing.T) {
	b := newBench(t)
	require.Equal(t, "OK", b.call("login", "email", "dana@example.org", "pwd", "dana-secret"))
	for range 3 {
		b.sim.Advance(19 * time.Minute)
		require.Contains(t, b.call("getAccount"), "Email:dana@example.org")
	}
	b.sim.Advance(20 * time.Minute)
	require.Equal(t, "NOTLOGGEDIN", b.call("getAccount"))
}

func TestLogoutEndsTheLogin(t *testing.T) {
	b := newBench(t)
	require.Equal(t, "OK", b.call("login", "email", "dana@example.org", "pwd", "dana-secret"))
	require.Equal(t, "OK", b.call("logout"))
	require.Equal(t, "NOTLOGGEDIN", b.call("getAccount"))
}

func TestTheEleventhLoginInThreeMinutesIsRefused(t *testing.T) {
	b := newBench(t)
	for range 10 {
		require.Equal(t, "INVALID", b.call("login", "email", "dana@example.org", "pwd", "wrong"))
	}
	require.Equal(t, "LIMITREACHED", b.call("login", "email", "dana@example.org", "pwd", "dana-secret"))
	b.sim.Advance(3 * time.Minute)
	require.Equal(t, "OK", b.call("login", "email", "dana@example.org", "pwd", "dana-secret"))
}

func TestDisabledAndDeletedUsersAreRefused(t *testing.T) {
	b := newBench(t)
	code := b.code("dana-sso")
	require.NoError(t, b.sim.SetEnabled("dana-sso", false))
	require.Equal(t, "USER_DELETED_OR_DISABLED", b.call("requestPINCode", "authcode", code))
	require.Equal(t, "INVALID", b.call("login", "email", "dana@example.org", "pwd", "dana-secret"))
	require.NoError(t, b.sim.Delete("dana-sso"))
	require.Equal(t, "USER_IS_DELETED", b.call("requestPINCode", "authcode", code))
	require.Equal(t, "USER_DELETED_OR_DISABLED", b.call("getAccount", "authcode", code))
}

func TestAnAPITokenActsAsItsAdministratorUntilRevoked(t *testing.T) {
	b := newBench(t)
	token := b.token()
	require.Contains(t, b.call("getAccount", "authcode", token), "TechID:0\nEmail:max@example.org")
	require.Equal(t, "NOTTECHNICIAN", b.call("requestPINCode", "authcode", token))
	require.NoError(t, b.sim.RevokeTokens("max@example.org"))
	require.Equal(t, "INVALID_SECRETAUTHCODE", b.call("getAccount", "authcode", token))
	_, err := b.sim.IssueToken("dana-sso")
	require.ErrorIs(t, err, simrescue.ErrNotAdministrator)
}

func TestALoginTicketOpensTheConsoleOnce(t *testing.T) {
	b := newBench(t)
	_, body := b.post("/SSO/GetLoginTicket.aspx", "ssoid", "lee-sso", "Password", masterPassword, "CompanyID", "41200")
	address, found := strings.CutPrefix(body, "OK:"+b.host)
	require.True(t, found, body)
	resp, _ := b.get(address)
	require.Equal(t, http.StatusSeeOther, resp.StatusCode)
	require.Equal(t, "/console/25500124", resp.Header.Get("Location"))
	_, body = b.get("/console/25500124")
	require.Contains(t, body, "Lee Park")
	require.Contains(t, body, "Close the console")
	resp, _ = b.get(address)
	require.Equal(t, http.StatusForbidden, resp.StatusCode)
}

func TestATicketExpires(t *testing.T) {
	b := newBench(t)
	_, body := b.post("/SSO/GetLoginTicket.aspx", "ssoid", "lee-sso", "Password", masterPassword, "CompanyID", "41200")
	b.sim.Advance(5 * time.Minute)
	resp, _ := b.get(strings.TrimPrefix(body, "OK:"+b.host))
	require.Equal(t, http.StatusForbidden, resp.StatusCode)
}

func TestTicketErrorsHaveTheirOwnWords(t *testing.T) {
	b := newBench(t)
	_, missing := b.post("/SSO/GetLoginTicket.aspx", "ssoid", "lee-sso")
	_, company := b.post("/SSO/GetLoginTicket.aspx", "ssoid", "lee-sso", "Password", masterPassword, "CompanyID", "7")
	_, password := b.post("/SSO/GetDTCLoginTicket.aspx", "ssoid", "lee-sso", "Password", "wrong", "CompanyID", "41200", "arch", "64")
	require.Equal(t, []string{"MISSINGPARAMETERS", "INVALIDCOMPANYID", "INVALIDPASSWORD"}, []string{missing, company, password})
	_, desktop := b.post("/SSO/GetDTCLoginTicket.aspx", "ssoid", "lee-sso", "Password", masterPassword, "CompanyID", "41200", "arch", "64")
	require.Contains(t, desktop, "/TechConsole/DesktopApp/DownloadSSO.aspx?companyid=41200&ticket=")
}
