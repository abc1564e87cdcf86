package rescue

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/support"
)

func request(t *testing.T) support.OpenRequest {
	t.Helper()
	return support.OpenRequest{
		Token:         testToken37(t),
		Record:        support.Record{Number: "INC0010001"},
		Technician:    support.Technician{ID: "25500123", SSOID: dana},
		Customer:      support.Customer{Name: "Ana López", Email: "ana@example.org"},
		Settings:      support.Settings{PassEmail: true, TokenField: 5, RequireConsole: true},
		Now:           testNow,
		InvitationTTL: 20 * time.Minute,
	}
}

func TestPINIsAskedForWithAllFields(t *testing.T) {
	s := newServer(t)
	s.on("requestpincode_v3", "OK\n\nPINCODE:012345\n")
	req := request(t)
	invitation, err := open(t, s, nil).Open(t.Context(), req)
	require.NoError(t, err)
	assert.Equal(t, support.Invitation{
		Code: "012345", CustomerLink: s.URL + "/R?i=2&Code=012345", ExpiresAt: testNow.Add(20 * time.Minute),
	}, invitation)
	sent := s.seen("requestpincode_v3")[0]
	for name, want := range map[string]string{
		"cfield0": "Ana López", "cfield1": "ana@example.org", "cfield2": "INC0010001", "cfield5": string(req.Token),
		"tracking0": string(req.Token), "notechconsole": "0", "authcode": testAuthcode, "NodeId": "25500123",
	} {
		assert.Equal(t, want, sent.form.Get(name), name)
	}
	assert.NotContains(t, sent.form, "cfield3")
}

func TestSettingsDecideWhatRescueIsTold(t *testing.T) {
	req := request(t)
	req.Settings = support.Settings{}
	req.Technician.ID = ""
	form := pinForm(req)
	assert.Equal(t, "1", form.Get("notechconsole"))
	assert.NotContains(t, form, "cfield1", "the e-mail is passed only when PassEmail says so")
	assert.NotContains(t, form, "cfield5")
	assert.NotContains(t, form, "NodeId")
	assert.Equal(t, string(req.Token), form.Get("tracking0"))
}

func TestTokenIsNeverTruncatedNorOverwritten(t *testing.T) {
	req := request(t)
	req.Settings.TokenField = 2
	req.Customer.Name = strings.Repeat("é", 100) + "\r\nsecond | line"
	req.Record.Number = strings.Repeat("9", 600)
	form := pinForm(req)
	assert.Equal(t, 64, utf8.RuneCountInString(form.Get("cfield0")))
	assert.Equal(t, string(req.Token), form.Get("cfield2"))
	assert.LessOrEqual(t, len(req.Token), 64)
}

func TestTextIsPutOnOneLine(t *testing.T) {
	assert.Equal(t, "Ana López", truncate(" Ana\r\n\tLópez\xff ", 64))
	assert.Equal(t, "a", truncate("a bc", 2))
}

func TestUnknownMethodFallsBackToTheFirstVersionOnly(t *testing.T) {
	s := newServer(t)
	s.on("requestpincode", "OK PINCODE:12345")
	invitation, err := open(t, s, nil).Open(t.Context(), request(t))
	require.NoError(t, err)
	assert.Equal(t, "012345", invitation.Code, "v1 loses the leading zero")
	assert.Equal(t, []string{"requestpincode_v3", "requestpincode"}, s.methods())
}

func TestPINRequestIsNotRepeatedAfterABusinessAnswer(t *testing.T) {
	for word, code := range map[string]string{
		"NOTECHCONSOLERUNNING": support.CodeNoConsole, "OUTOFPINCODES": support.CodeOutOfCodes, "ERROR": support.CodeUnreachable,
		"NOTTECHNICIAN": support.CodeNoTechnician, "POLLRATEEXCEEDED": support.CodeRateLimited, "INVALIDPARAM_NODE": support.CodeConfiguration,
	} {
		s := newServer(t)
		s.on("requestpincode_v3", word)
		_, err := open(t, s, nil).Open(t.Context(), request(t))
		assert.True(t, support.HasCode(err, code), "%v", err)
		assert.Equal(t, []string{"requestpincode_v3"}, s.methods())
	}
}

func TestMissingAddressFallsBackAsWell(t *testing.T) {
	s := newServer(t)
	s.handle("requestpincode_v2", func(w http.ResponseWriter, _ call) { w.WriteHeader(http.StatusNotFound) })
	s.on("requestpincode", "OK PINCODE:012345")
	_, err := open(t, s, func(c *Config) { c.PINMethod = "v2" }).Open(t.Context(), request(t))
	require.NoError(t, err)
}

func TestCodeThatIsReplacedIsNeverGivenBack(t *testing.T) {
	s := newServer(t)
	s.on("requestpincode_v3", "OK PINCODE:654321")
	req := request(t)
	req.Again, req.EarlierCode = true, "012345"
	invitation, err := open(t, s, nil).Open(t.Context(), req)
	require.NoError(t, err)
	assert.Equal(t, "654321", invitation.Code)
}

func TestPINsAreASecondApart(t *testing.T) {
	now := testNow
	p := newPacer(time.Second)
	p.now = func() time.Time { return now }
	var waited []time.Duration
	p.sleep = func(_ context.Context, d time.Duration) error {
		waited = append(waited, d)
		return nil
	}
	for range 8 {
		require.NoError(t, p.turn(t.Context()))
	}
	assert.Equal(t, time.Second, waited[1])
	assert.Equal(t, 7*time.Second, waited[7])
	for range 3 {
		failure := requireFailure(t, p.turn(t.Context()), support.Retry, support.CodeRateLimited)
		assert.Equal(t, 8*time.Second, failure.RetryAfter, "those who are sent away hold no place in the queue")
	}
	now = now.Add(8 * time.Second)
	require.NoError(t, p.turn(t.Context()))
	assert.Equal(t, time.Duration(0), waited[8])
}

func TestNobodyWaitsForAPINThatComesTooLateForThem(t *testing.T) {
	p := newPacer(time.Second)
	p.sleep = func(context.Context, time.Duration) error { return nil }
	require.NoError(t, p.turn(t.Context()))
	require.NoError(t, p.turn(t.Context()))
	hurried, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	failure := requireFailure(t, p.turn(hurried), support.Retry, support.CodeRateLimited)
	assert.Greater(t, failure.RetryAfter, time.Second)
	require.NoError(t, p.turn(t.Context()), "who has the time takes the turn")
}

func TestWhoGivesUpWaitingForAPINGivesTheTurnBack(t *testing.T) {
	now := testNow
	p := newPacer(time.Second)
	p.now = func() time.Time { return now }
	p.sleep = func(context.Context, time.Duration) error { return nil }
	require.NoError(t, p.turn(t.Context()))
	p.sleep = func(context.Context, time.Duration) error { return context.Canceled }
	requireFailure(t, p.turn(t.Context()), support.Retry, support.CodeRateLimited)
	var waited time.Duration
	p.sleep = func(_ context.Context, d time.Duration) error { waited = d; return nil }
	require.NoError(t, p.turn(t.Context()))
	assert.Equal(t, time.Second, waited)
}

func TestPINsWaitForNothingWithoutAnInterval(t *testing.T) {
	p := newPacer(0)
	p.sleep = func(_ context.Context, d time.Duration) error {
		assert.Zero(t, d)
		return nil
	}
	for range 5 {
		require.NoError(t, p.turn(t.Context()))
	}
}

func TestCallerWhoGivesUpHoldsNoTurn(t *testing.T) {
	p := newPacer(time.Second)
	require.NoError(t, p.turn(t.Context()))
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	requireFailure(t, p.turn(gone), support.Retry, support.CodeRateLimited)
}
