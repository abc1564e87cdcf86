package rescue

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"example.com/lifeline/support"
)

func levels(findings []support.Finding) map[string]support.Level {
	found := map[string]support.Level{}
	for _, f := range findings {
		found[f.Subject] = f.Level
	}
	return found
}

func healthyServer(t *testing.T) *rescueServer {
	t.Helper()
	s := newServer(t)
	s.handle("getaccount", func(w http.ResponseWriter, _ call) {
		w.Header().Set("Date", testNow.Format(http.TimeFormat))
		_, _ = w.Write([]byte("NOTLOGGEDIN"))
	})
	s.on("getloginticket", "INVALIDPASSWORD")
	s.on("getAccount_v2", accountAnswer("9", "77", "0"))
	s.on("getSession_V3", sessionList())
	s.handle("login", withCookie)
	return s
}

func TestDoctorLooksAtEveryHop(t *testing.T) {
	s := healthyServer(t)
	findings := levels(open(t, s, nil).Check(t.Context()))
	assert.Equal(t, map[string]support.Level{
		"host " + s.URL: support.OK, "clock": support.OK, "single sign-on": support.OK, "API token": support.OK,
		"session list": support.OK, "report login": support.OK,
	}, findings)
	assert.Empty(t, s.seen("requestauthcodesso"), "a check must not void an authcode in use")
}

func TestDoctorNamesEveryFault(t *testing.T) {
	s := healthyServer(t)
	s.on("getloginticket", "INVALIDCOMPANYID")
	s.on("getAccount_v2", soapAnswer("getAccount_v2", "<getAccount_v2Result>getAccount_Invalid_SecretAuthCode</getAccount_v2Result>"))
	s.on("login", "INVALID")
	v := open(t, s, nil)
	v.now = func() time.Time { return testNow.Add(-10 * time.Minute) }
	findings := v.Check(t.Context())
	assert.Equal(t, map[string]support.Level{
		"host " + s.URL: support.OK, "clock": support.Warning, "single sign-on": support.Fault, "API token": support.Fault, "report login": support.Fault,
	}, levels(findings))
	for _, f := range findings {
		assert.True(t, f.Level == support.OK || f.Remedy != "", f.Subject)
		for _, secret := range []string{testPassword, testToken, testReporter} {
			assert.NotContains(t, f.Text+f.Remedy, secret)
		}
	}
}

// Doctor told whoever ran it some times in a row that the reporting user's password was wrong.
func TestDoctorDoesNotBlameAPasswordThatWasNotTried(t *testing.T) {
	s := healthyServer(t)
	s.on("login", "LIMITREACHED")
	for _, f := range open(t, s, nil).Check(t.Context()) {
		if f.Subject == "report login" {
			assert.Equal(t, support.Warn("report login", "not looked at: too many logins at Rescue", "run doctor again in a few minutes"), f)
		}
	}
}

func TestDoctorSaysWhatMissingCredentialsCost(t *testing.T) {
	findings := levels(open(t, healthyServer(t), func(c *Config) {
		c.SSOPassword, c.APIToken, c.ReportEmail, c.ReportPassword = "", "", "", ""
	}).Check(t.Context()))
	for _, subject := range []string{"single sign-on", "API token", "report login"} {
		assert.Equal(t, support.Warning, findings[subject], subject)
	}
}

func TestDoctorWarnsOfATokenThatCannotClose(t *testing.T) {
	s := healthyServer(t)
	s.on("getAccount_v2", accountAnswer("9", "0", "25500123"))
	assert.Equal(t, support.Warning, levels(open(t, s, nil).Check(t.Context()))["API token"])
}

func TestDoctorStopsAtAHostThatIsNotRescue(t *testing.T) {
	findings := open(t, newServer(t), nil).Check(t.Context())
	assert.Len(t, findings, 1)
	assert.Equal(t, support.Fault, findings[0].Level)
}
