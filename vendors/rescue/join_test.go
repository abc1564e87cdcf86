package rescue

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/support"
)

func TestTicketOpensTheConsole(t *testing.T) {
	s := newServer(t)
	s.on("getloginticket", "OK:"+s.URL+"/SSO/Login.aspx?Ticket=f70156")
	ticket, err := open(t, s, nil).Join(t.Context(), support.JoinRequest{Technician: support.Technician{SSOID: dana}})
	require.NoError(t, err)
	assert.Equal(t, s.URL+"/SSO/Login.aspx?Ticket=f70156", ticket.Reveal())
	sent := s.seen("getloginticket")[0].form
	assert.Equal(t, []string{dana, testPassword, "1234567"}, []string{sent.Get("ssoid"), sent.Get("Password"), sent.Get("CompanyID")})
}

func TestTicketThatLeadsElsewhereIsRefused(t *testing.T) {
	v := open(t, newServer(t), nil)
	for _, body := range []string{"OK:https://evil.example.com/SSO/Login.aspx?Ticket=x", "OK:javascript:alert(1)", "OK:", "OK", "OK https://secure.logmeinrescue.com/"} {
		_, err := v.readTicket([]byte(body))
		requireFailure(t, err, support.Retry, support.CodeProtocol)
	}
	ticket, err := v.readTicket([]byte("OK:https://secure.logmeinrescue.com/SSO/Login.aspx?Ticket=x\r\n"))
	require.NoError(t, err)
	assert.Equal(t, "https://secure.logmeinrescue.com/SSO/Login.aspx?Ticket=x", ticket.Reveal())
}

func TestTicketsAreRefusedInRescuesWords(t *testing.T) {
	for word, code := range map[string]string{
		"INVALIDPASSWORD": support.CodeCredentialDead, "INVALIDCOMPANYID": support.CodeConfiguration, "MISSINGPARAMETERS": support.CodeConfiguration,
	} {
		s := newServer(t)
		s.on("getloginticket", word)
		_, err := open(t, s, nil).Join(t.Context(), support.JoinRequest{Technician: support.Technician{SSOID: dana}})
		requireFailure(t, err, support.Attention, code)
	}
}

func TestWithoutSSOPasswordThereIsNoTicket(t *testing.T) {
	v := open(t, newServer(t), func(c *Config) { c.SSOPassword = "" })
	_, err := v.Join(t.Context(), support.JoinRequest{Technician: support.Technician{SSOID: dana}})
	requireFailure(t, err, support.Stop, support.CodeNotSupported)
}
