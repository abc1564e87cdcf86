package rescue_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	simrescue "example.com/lifeline/sandbox/rescue"
)

func TestTheFirstPINBeginsWithZero(t *testing.T) {
	b := newBench(t)
	require.Equal(t, "OK\n\nPINCODE:012345\n", b.call("requestPINCode_v2", "authcode", b.code("dana-sso")))
}

func TestOnePINPerSecondAndCompany(t *testing.T) {
	b := newBench(t)
	dana, lee := b.code("dana-sso"), b.code("lee-sso")
	require.Contains(t, b.call("requestPINCode", "authcode", dana), "PINCODE:")
	require.Equal(t, "POLLRATEEXCEEDED", b.call("requestPINCode", "authcode", lee, "notechconsole", "1"))
	b.sim.Advance(time.Second)
	require.Contains(t, b.call("requestPINCode", "authcode", lee, "notechconsole", "1"), "PINCODE:")
}

func TestRateLimitsCanBeSwitchedOff(t *testing.T) {
	b := newBench(t, func(o *simrescue.Options) { o.NoLimits = true })
	dana := b.code("dana-sso")
	for range 50 {
		require.Contains(t, b.call("requestPINCode", "authcode", dana), "PINCODE:")
	}
	require.Len(t, b.sim.PINs(), 50)
}

func TestAPINNeedsARunningConsoleUnlessToldOtherwise(t *testing.T) {
	b := newBench(t)
	lee := b.code("lee-sso")
	require.Equal(t, "NOTECHCONSOLERUNNING", b.call("requestPINCode_v3", "authcode", lee))
	b.sim.Advance(time.Second)
	require.Contains(t, b.call("requestPINCode_v3", "authcode", lee, "notechconsole", "1"), "PINCODE:")
	b.sim.Advance(time.Second)
	require.NoError(t, b.sim.SetConsole("lee@example.org", true))
	require.Contains(t, b.call("requestPINCode_v3", "authcode", lee, "notechconsole", "0"), "PINCODE:")
}

func TestOnlyAdministratorsMayAskForAnotherTechniciansPIN(t *testing.T) {
	b := newBench(t)
	require.Equal(t, "INVALIDPARAM_NODE", b.call("requestPINCode_v3", "authcode", b.code("dana-sso"), "NodeId", "25500124"))
	require.Equal(t, "INVALIDPARAM_NODE", b.call("requestPINCode_v3", "authcode", b.token(), "NodeId", "99"))
	b.pin()
	require.EqualValues(t, danaNode, b.sim.PINs()[0].Technician)
}

func TestAnExhaustedPoolGivesNoPIN(t *testing.T) {
	b := newBench(t, func(o *simrescue.Options) { o.PINPool = 1 })
	b.pin()
	b.sim.Advance(time.Second)
	dana := b.code("dana-sso")
	require.Equal(t, "OUTOFPINCODES", b.call("requestPINCode", "authcode", dana))
	b.sim.Advance(20 * time.Minute)
	require.Contains(t, b.call("requestPINCode", "authcode", dana), "PINCODE:")
}

func TestOverlongFieldsAreCutByCharacters(t *testing.T) {
	b := newBench(t)
	b.pin("cfield0", strings.Repeat("é", 70), "tracking0", strings.Repeat("x", 65))
	pin := b.sim.PINs()[0]
	require.Equal(t, strings.Repeat("é", 64), pin.Fields[0])
	require.Len(t, pin.Tracking, 64)
}

func TestAPINIsGoodForOneSession(t *testing.T) {
	b := newBench(t)
	pin := b.pin()
	_, err := b.sim.CustomerJoins(pin, "Ana")
	require.NoError(t, err)
	_, err = b.sim.CustomerJoins(pin, "Ana")
	require.ErrorIs(t, err, simrescue.ErrPINUsed)
}

func TestAPINExpiresAfterTheGroupsTime(t *testing.T) {
	b := newBench(t)
	b.sim.AddGroup(simrescue.Group{Name: "First line", PINLife: simrescue.Duration(time.Hour)})
	pin := b.pin()
	b.sim.Advance(time.Hour - time.Second)
	require.Equal(t, pin, b.sim.PINs()[0].Code)
	b.sim.Advance(time.Second)
	_, err := b.sim.CustomerJoins(pin, "Ana")
	require.ErrorIs(t, err, simrescue.ErrPINExpired)
}

func TestHostedErrorHandlingSendsTheWordBackToTheReferrer(t *testing.T) {
	b := newBench(t)
	used := b.joined().PIN
	expired := b.pin()
	b.sim.Advance(20 * time.Minute)
	for code, word := range map[string]string{
		"": "pincode_missing", "999999": "pincode_invalid", used: "pincode_alreadyused", expired: "pincode_expired",
	} {
		body := strings.NewReader("hostederrorhandling=1&Code=" + code)
		req, err := http.NewRequest(http.MethodPost, b.host+"/Customer/Code.aspx", body)
		require.NoError(t, err)
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Referer", "https://www.example.com/help?lang=en")
		resp, err := b.http.Do(req)
		require.NoError(t, err)
		read(t, resp)
		require.Equal(t, http.StatusFound, resp.StatusCode)
		back, err := resp.Location()
		require.NoError(t, err)
		require.Equal(t, "www.example.com", back.Host)
		require.Equal(t, "en", back.Query().Get("lang"))
		require.Equal(t, word, back.Query().Get("rescue_pin_error_code"))
	}
}

func TestTheInvitationTextCarriesTheLink(t *testing.T) {
	b := newBench(t)
	dana := b.code("dana-sso")
	require.Equal(t, "INVALIDPINFORMAT", b.call("generateEmailText", "authcode", dana, "pincode", "12a456"))
	require.Contains(t, b.call("generateEmailText", "authcode", dana, "pincode", "012345"), "LINK:"+b.host+"/R?i=2&Code=012345")
	require.Equal(t, "ERROR", b.call("generateEmailText", "authcode", dana, "pincode", "012345"))
}
