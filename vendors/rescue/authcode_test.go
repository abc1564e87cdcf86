package rescue

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/support"
)

func TestAuthcodeIsIssuedOnceAndShared(t *testing.T) {
	s := newServer(t)
	s.on("requestauthcodesso", "OK\n\nAUTHCODE:fresh01\n")
	s.on("getAccount_v2", accountAnswer("9", "0", "25500123"))
	v := openWith(t, s, nil, nil)
	for range 3 {
		_, err := v.Technician(t.Context(), support.Technician{SSOID: "Dana@Example.ORG"})
		require.NoError(t, err)
	}
	issued := s.seen("requestauthcodesso")
	require.Len(t, issued, 1, "a new code would void the former one")
	assert.Equal(t, dana, issued[0].form.Get("ssoid"))
	assert.Equal(t, testPassword, issued[0].form.Get("pwd"))
	assert.Equal(t, "1234567", issued[0].form.Get("company"))
	assert.Contains(t, s.seen("getAccount_v2")[2].body, "<sAuthCode>fresh01</sAuthCode>")
}

func TestRefusedAuthcodeIsRenewedOnce(t *testing.T) {
	for _, word := range []string{"INVALID_SECRETAUTHCODE", "NOTLOGGEDIN"} {
		s := newServer(t)
		s.on("requestauthcodesso", "OK AUTHCODE:fresh01")
		s.handle("requestpincode_v3", func(w http.ResponseWriter, c call) {
			if c.form.Get("authcode") == "fresh01" {
				_, _ = w.Write([]byte("OK PINCODE:012345"))
				return
			}
			_, _ = w.Write([]byte(word))
		})
		invitation, err := open(t, s, nil).Open(t.Context(), request(t))
		require.NoError(t, err, word)
		assert.Equal(t, "012345", invitation.Code)
		assert.Len(t, s.seen("requestauthcodesso"), 1)
	}
}

func TestAuthcodeRefusedTwiceNeedsAHuman(t *testing.T) {
	s := newServer(t)
	s.on("requestauthcodesso", "OK AUTHCODE:fresh01")
	s.on("requestpincode_v3", "INVALID_SECRETAUTHCODE")
	_, err := open(t, s, nil).Open(t.Context(), request(t))
	requireFailure(t, err, support.Attention, support.CodeCredentialDead)
	assert.Len(t, s.seen("requestauthcodesso"), 1)
	assert.Len(t, s.seen("requestpincode_v3"), 2)
}

func TestUnknownSSOIDStopsWithItsName(t *testing.T) {
	s := newServer(t)
	s.on("requestauthcodesso", "INVALID")
	_, err := openWith(t, s, nil, nil).Technician(t.Context(), support.Technician{Email: "nobody@example.org"})
	failure := requireFailure(t, err, support.Stop, support.CodeNoTechnician)
	assert.Equal(t, "no Rescue technician has the SSO id nobody@example.org", failure.Message)
	assert.Len(t, s.seen("requestauthcodesso"), 1, "never looped: users get locked out")
}

func TestWrongCompanyIsAMatterOfConfiguration(t *testing.T) {
	s := newServer(t)
	s.on("requestauthcodesso", "INVALIDPARAM_COMPANY")
	_, err := openWith(t, s, nil, nil).Technician(t.Context(), support.Technician{SSOID: dana})
	requireFailure(t, err, support.Attention, support.CodeConfiguration)
}

func TestWithoutSSOPasswordTheAgentSignsIn(t *testing.T) {
	s := newServer(t)
	s.on("requestauthcode", "OK AUTHCODE:signedin1")
	s.on("getAccount_v2", accountAnswer("9", "0", "25500123"))
	v := openWith(t, s, func(c *Config) { c.SSOPassword = "" }, nil)
	_, err := v.Open(t.Context(), request(t))
	requireFailure(t, err, support.Stop, support.CodeSignInNeeded)
	credential, who, err := v.SignIn(t.Context(), dana, "dana's own")
	require.NoError(t, err)
	assert.Equal(t, "25500123", who.ID)
	assert.Equal(t, support.Credential{Value: "signedin1"}, credential)
	assert.Equal(t, "dana's own", s.seen("requestauthcode")[0].form.Get("pwd"))
	assert.Empty(t, s.seen("requestauthcodesso"))
}

// A customer would be led to strangers.
func TestSignInTakesNoAccountThatCannotBeCompared(t *testing.T) {
	s := newServer(t)
	s.on("requestauthcode", "OK AUTHCODE:signedin1")
	s.on("getAccount_v2", accountAnswer("0", "1", "25500123"))
	credential, _, err := open(t, s, nil).SignIn(t.Context(), dana, "dana's own")
	requireFailure(t, err, support.Retry, support.CodeProtocol)
	assert.Empty(t, credential)
}

func TestWrongPasswordAtSignInStops(t *testing.T) {
	s := newServer(t)
	s.on("requestauthcode", "INVALID")
	_, _, err := open(t, s, nil).SignIn(t.Context(), dana, "wrong")
	requireFailure(t, err, support.Stop, support.CodeNoTechnician)
}

func TestOnlyAuthcodesAreIssued(t *testing.T) {
	v := open(t, newServer(t), nil)
	for _, subject := range []string{"oauth", "authcode/", "authcode/a b", "authcode/Ä"} {
		_, err := v.Issue(t.Context(), subject, support.Credential{})
		requireFailure(t, err, support.Stop, support.CodeInvalid)
	}
}

func TestTechnicianNeedsAnSSOIDThatFits(t *testing.T) {
	v := open(t, newServer(t), nil)
	_, err := v.Technician(t.Context(), support.Technician{})
	requireFailure(t, err, support.Stop, support.CodeNoTechnician)
	_, err = v.Technician(t.Context(), support.Technician{SSOID: `CORP\dana`})
	requireFailure(t, err, support.Stop, support.CodeInvalid)
}

func TestTechnicianIsFoundWithTheirNode(t *testing.T) {
	s := newServer(t)
	s.on("getAccount_v2", accountAnswer("9", "0", "25500123"))
	v := open(t, s, nil)
	found, err := v.Technician(t.Context(), support.Technician{SSOID: dana, Name: "Dana Ruiz"})
	require.NoError(t, err)
	assert.Equal(t, support.Technician{ID: "25500123", SSOID: dana, Name: "Dana Ruiz", Email: dana}, found)
}

func TestPlainAccountIsAskedWhereTheHostLacksTheSOAPOne(t *testing.T) {
	s := newServer(t)
	s.on("getaccount", "OK AccountID:9 Organization:Acme Inc AdminID:0 TechID:25500123 Email:dana@example.org")
	found, err := open(t, s, nil).Technician(t.Context(), support.Technician{SSOID: dana})
	require.NoError(t, err)
	assert.Equal(t, "25500123", found.ID)
	assert.Equal(t, testAuthcode, s.seen("getaccount")[0].form.Get("authcode"))
}

func TestUserWithoutASeatIsNoTechnician(t *testing.T) {
	s := newServer(t)
	s.on("getAccount_v2", accountAnswer("9", "77", "0"))
	_, err := open(t, s, nil).Technician(t.Context(), support.Technician{SSOID: dana})
	requireFailure(t, err, support.Stop, support.CodeNoTechnician)
}
