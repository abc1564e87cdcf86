package rescue

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/support"
)

func TestPINIsReadInBothLayouts(t *testing.T) {
	for body, pin := range map[string]string{
		"OK\n\nPINCODE:012345\n":     "012345",
		"OK PINCODE:12345":           "012345",
		"OK\r\n\r\nPINCODE: 000007":  "000007",
		"\ufeffOK PINCODE:999999 \n": "999999",
		"OK pincode:1 SMS_RESULT: x": "000001",
	} {
		payload, err := readPlain([]byte(body))
		require.NoError(t, err, body)
		got, err := readPIN(payload)
		require.NoError(t, err, body)
		assert.Equal(t, pin, got, body)
	}
}

func TestOKWithoutAPINIsNoSuccess(t *testing.T) {
	for _, payload := range []string{"", "PINCODE:", "PINCODE:1234567", "PINCODE:12a", "PINCODE:-1", "Encerrado"} {
		_, err := readPIN(payload)
		requireFailure(t, err, support.Retry, support.CodeProtocol)
	}
}

func TestAuthcodeIsReadInBothLayouts(t *testing.T) {
	for _, body := range []string{"OK AUTHCODE: ab12", "OK\n\nAUTHCODE:ab12\n"} {
		payload, err := readPlain([]byte(body))
		require.NoError(t, err)
		code, err := readAuthcode(payload)
		require.NoError(t, err)
		assert.Equal(t, "ab12", code)
	}
	_, err := readAuthcode("AUTHCODE:<html>")
	requireFailure(t, err, support.Retry, support.CodeProtocol)
}

func TestHeaderOnlyIsAnEmptySuccess(t *testing.T) {
	payload, err := readPlain([]byte("OK\n\nID|Status|Technician|\n"))
	require.NoError(t, err)
	assert.Equal(t, "ID|Status|Technician|", payload)
}

func TestAnswersOutsideTheGrammarAreRetried(t *testing.T) {
	for _, body := range []string{loginPage, "", " \r\n", "OKAY", "OK:https://h.example.com/SSO/Login.aspx?Ticket=x", "k3v9q0", "Ativas", "TRUE"} {
		_, err := readPlain([]byte(body))
		requireFailure(t, err, support.Retry, support.CodeProtocol)
	}
}

func TestEveryErrorWordHasItsClass(t *testing.T) {
	for word, want := range map[string]struct {
		kind  support.Kind
		code  string
		after time.Duration
	}{
		"ERROR":                    {support.Retry, support.CodeUnreachable, 0},
		"NOTLOGGEDIN":              {support.Attention, support.CodeCredentialDead, 0},
		"NOTLOGGEDINASADMIN":       {support.Attention, support.CodePermission, 0},
		"NOTTECHNICIAN":            {support.Stop, support.CodeNoTechnician, 0},
		"INVALID":                  {support.Attention, support.CodeCredentialDead, 0},
		"INVALID_SECRETAUTHCODE":   {support.Attention, support.CodeCredentialDead, 0},
		"USER_IS_DELETED":          {support.Attention, support.CodeNoTechnician, 0},
		"USER_DELETED_OR_DISABLED": {support.Attention, support.CodeNoTechnician, 0},
		"LIMITREACHED":             {support.Retry, support.CodeRateLimited, 3 * time.Minute},
		"NOTECHCONSOLERUNNING":     {support.Stop, support.CodeNoConsole, 0},
		"OUTOFPINCODES":            {support.Retry, support.CodeOutOfCodes, 5 * time.Minute},
		"ACTIONFAILED":             {support.Stop, support.CodeActionFailed, 0},
		"INVALIDPARAM_SESSION":     {support.Stop, support.CodeNotFound, 0},
		"INVALIDPARAM_NODE":        {support.Attention, support.CodeConfiguration, 0},
		"INVALIDPARAM_COMPANY":     {support.Attention, support.CodeConfiguration, 0},
		"INVALIDPINFORMAT":         {support.Stop, support.CodeInvalid, 0},
		"INVALIDFORMAT":            {support.Stop, support.CodeInvalid, 0},
		"INVALIDDATERANGE":         {support.Stop, support.CodeInvalid, 0},
		"INVALIDPASSWORD":          {support.Attention, support.CodeCredentialDead, 0},
		"INVALIDCOMPANYID":         {support.Attention, support.CodeConfiguration, 0},
		"MISSINGPARAMETERS":        {support.Attention, support.CodeConfiguration, 0},
		"NOTSUPPORTED":             {support.Stop, support.CodeNotSupported, 0},
		"INVALIDPARAM_SOMETHING":   {support.Attention, support.CodeConfiguration, 0},
	} {
		_, err := readPlain([]byte(word + "\r\n"))
		failure := requireFailure(t, err, want.kind, want.code)
		assert.Equal(t, want.after, failure.RetryAfter, word)
		assert.True(t, refusedWith(err, word), word)
	}
}

func TestTooFastIsRetriedAfterASecondAndAJitter(t *testing.T) {
	_, err := readPlain([]byte("POLLRATEEXCEEDED\r\n"))
	failure := requireFailure(t, err, support.Retry, support.CodeRateLimited)
	assert.GreaterOrEqual(t, failure.RetryAfter, time.Second)
	assert.Less(t, failure.RetryAfter, 2*time.Second)
}

func TestTextRunsToTheEndOfTheBody(t *testing.T) {
	chat := "9:42 AM Dana Ruiz: see NOTE: a|b\n\nPINCODE:1"
	assert.Equal(t, chat, restAfter("CHATLOG:"+chat, "CHATLOG"))
	assert.Equal(t, chat, restAfter(chat, "CHATLOG"))
	assert.Empty(t, restAfter("NOTE:", "NOTE"))
	assert.Empty(t, restAfter("", "NOTE"))
}

func FuzzReadPlain(f *testing.F) {
	for _, seed := range []string{"OK\n\nPINCODE:012345\n", "OK AUTHCODE: ab12", "POLLRATEEXCEEDED\r\n", loginPage, "", "OKAY", "INVALIDPARAM_X"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		payload, err := readPlain(body)
		if err != nil {
			require.NotEqual(t, support.CodeInternal, support.AsError(err).Code)
			return
		}
		if pin, err := readPIN(payload); err == nil {
			require.Len(t, pin, pinDigits)
		}
		accountLabels.read(payload)
		restAfter(payload, "CHATLOG")
	})
}
