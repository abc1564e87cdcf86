package rescue

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/support"
)

func TestClosingTakesTheAPIToken(t *testing.T) {
	s := newServer(t)
	s.on("closesession", "OK")
	require.NoError(t, open(t, s, nil).Close(t.Context(), support.CloseRequest{VendorSessionID: "1080000123"}))
	sent := s.seen("closesession")[0].form
	assert.Equal(t, []string{"1080000123", testToken}, []string{sent.Get("session"), sent.Get("authcode")})
	err := open(t, s, withoutToken).Close(t.Context(), support.CloseRequest{VendorSessionID: "1080000123"})
	requireFailure(t, err, support.Stop, support.CodeNotSupported)
}

func TestPINWithoutASessionIsClosedOnOurSideOnly(t *testing.T) {
	s := newServer(t)
	require.NoError(t, open(t, s, nil).Close(t.Context(), support.CloseRequest{Code: "012345"}))
	assert.Empty(t, s.methods())
}

func TestRefusedClosingIsSuccessWhenTheSessionIsOver(t *testing.T) {
	for list, over := range map[string]bool{
		sessionList(): true,
		sessionList(sessionRow("1", "SESSION_CLOSEDBYCUSTOMER", "2", "")): true,
		sessionList(sessionRow("1", "SESSION_PICKEDUP", "2", "")):         false,
		"ERROR": false,
	} {
		s := newServer(t)
		s.on("closesession", "ACTIONFAILED")
		s.on("getAccount_v2", accountAnswer("9", "77", "0"))
		s.on("getSession_V3", list)
		err := open(t, s, nil).Close(t.Context(), support.CloseRequest{VendorSessionID: "1"})
		if over {
			assert.NoError(t, err)
			continue
		}
		requireFailure(t, err, support.Stop, support.CodeActionFailed)
	}
}

func TestSessionIDsAreNumbers(t *testing.T) {
	v := open(t, newServer(t), nil)
	for _, id := range []string{"0", "-1", "abc", "1;2"} {
		requireFailure(t, v.Close(t.Context(), support.CloseRequest{VendorSessionID: id}), support.Stop, support.CodeInvalid)
		_, err := v.Transcript(t.Context(), id)
		requireFailure(t, err, support.Stop, support.CodeInvalid)
	}
}
