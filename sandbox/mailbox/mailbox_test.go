package mailbox

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/smtp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const letter = "From: a@example.com\r\nTo: =?utf-8?q?Jos=C3=A9?= <b@example.com>\r\nSubject: =?utf-8?q?H=C3=A9?=\r\nMessage-ID: <1@example.com>\r\n" +
	"MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=x\r\n\r\n" +
	"--x\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nplain =C3=A9\r\n" +
	"--x\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\nPHA+SGk8L3A+\r\n--x--\r\n"

func start(t *testing.T, options Options) (*Mailbox, string) {
	t.Helper()
	box, err := New(options)
	require.NoError(t, err)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	done := make(chan error, 1)
	go func() { done <- box.Serve(listener) }()
	t.Cleanup(func() {
		assert.NoError(t, box.Close())
		assert.NoError(t, <-done)
	})
	return box, listener.Addr().String()
}

func send(address, content string) error {
	return smtp.SendMail(address, nil, "a@example.com", []string{"b@example.com"}, []byte(content))
}

func TestLetterIsKeptAsItsParts(t *testing.T) {
	box, address := start(t, Options{})
	require.NoError(t, send(address, letter))
	mails := box.Mails()
	require.Len(t, mails, 1)
	assert.Equal(t, 1, mails[0].ID)
	assert.Equal(t, "Hé", mails[0].Subject)
	assert.Equal(t, "José <b@example.com>", mails[0].To)
	assert.Equal(t, "plain é", mails[0].Text)
	assert.Equal(t, "<p>Hi</p>", mails[0].HTML)
	assert.False(t, mails[0].Encrypted)
}

func TestWaitReturnsWhenTheLetterComes(t *testing.T) {
	box, address := start(t, Options{})
	sent := make(chan error, 1)
	go func() { sent <- send(address, letter) }()
	mail, err := box.Wait(t.Context(), func(m Mail) bool { return m.Subject == "Hé" })
	require.NoError(t, err)
	require.NoError(t, <-sent)
	assert.Equal(t, "<1@example.com>", mail.MessageID)

	over, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = box.Wait(over, func(Mail) bool { return false })
	assert.ErrorIs(t, err, context.Canceled)
}

func TestOldestLettersMakeRoom(t *testing.T) {
	box, _ := start(t, Options{Keep: 2})
	for range 3 {
		box.keep(Mail{})
	}
	mails := box.Mails()
	require.Len(t, mails, 2)
	assert.Equal(t, []int{2, 3}, []int{mails[0].ID, mails[1].ID})
	_, found := box.Mail(1)
	assert.False(t, found)
}

func TestServerRefusesWhatARealOneRefuses(t *testing.T) {
	_, address := start(t, Options{MaxBytes: 1000})
	assert.ErrorContains(t, send(address, letter+strings.Repeat("x\r\n", 1000)), "552")
	assert.ErrorContains(t, send(address, "no header at all"), "554")

	_, address = start(t, Options{User: "u", Password: "p"})
	assert.ErrorContains(t, send(address, letter), "530")
	host, _, _ := net.SplitHostPort(address)
	assert.ErrorContains(t, smtp.SendMail(address, smtp.PlainAuth("", "u", "wrong", host), "a@example.com", []string{"b@example.com"}, []byte(letter)), "535")
	assert.NoError(t, smtp.SendMail(address, smtp.PlainAuth("", "u", "p", host), "a@example.com", []string{"b@example.com"}, []byte(letter)))
}

func TestFaultsAreSetAndHealedOverHTTP(t *testing.T) {
	box, address := start(t, Options{})
	handler := box.Handler()
	put := func(body string) int {
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, httptest.NewRequest(http.MethodPut, "/_sim/faults", strings.NewReader(body)))
		return answer.Code
	}
	assert.Equal(t, http.StatusNoContent, put(`{"refuseRecipients":["B@example.com"]}`))
	assert.ErrorContains(t, send(address, letter), "550")
	assert.Equal(t, http.StatusNoContent, put(`{"tryLater":true}`))
	assert.ErrorContains(t, send(address, letter), "451")
	assert.Equal(t, http.StatusNoContent, put(`{"down":true}`))
	assert.Error(t, send(address, letter))
	assert.Equal(t, http.StatusBadRequest, put(`{"dwon":true}`))
	assert.Equal(t, http.StatusNoContent, put(`{"loseAnswer":true}`))
	assert.Error(t, send(address, letter))
	assert.Len(t, box.Mails(), 1, "kept, though the sender does not know")
	assert.Equal(t, http.StatusNoContent, put(`{}`))
	assert.NoError(t, send(address, letter))
}

func get(t *testing.T, handler http.Handler, path string) *httptest.ResponseRecorder {
	t.Helper()
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, path, nil))
	return answer
}

func TestPagesShowLettersWithoutTrustingThem(t *testing.T) {
	box, _ := start(t, Options{})
	handler := box.Handler()
	assert.Contains(t, get(t, handler, "/").Body.String(), "No letter has arrived yet")
	box.keep(Mail{Subject: "<script>alert(1)</script>", Text: "<b>plain</b>", HTML: `<p onclick="x()">Hi</p><script>alert(1)</script>`})

	list := get(t, handler, "/").Body.String()
	assert.Contains(t, list, "Simulator")
	assert.Contains(t, list, "/mails/1")
	assert.NotContains(t, list, "<script>")

	page := get(t, handler, "/mails/1").Body.String()
	assert.Contains(t, page, "&lt;b&gt;plain&lt;/b&gt;")
	assert.Contains(t, page, `sandbox="allow-popups allow-popups-to-escape-sandbox"`)

	frame := get(t, handler, "/mails/1/html")
	assert.Contains(t, frame.Header().Get("Content-Security-Policy"), "default-src 'none'")
	assert.NotContains(t, frame.Body.String(), "script")
	assert.NotContains(t, frame.Body.String(), "onclick")

	assert.Equal(t, http.StatusNotFound, get(t, handler, "/mails/9").Code)
	assert.Equal(t, http.StatusNotFound, get(t, handler, "/mails/x/html").Code)
	assert.Contains(t, get(t, handler, "/style.css").Header().Get("Content-Type"), "text/css")
}

func TestLettersAreListedAndForgottenOverHTTP(t *testing.T) {
	box, _ := start(t, Options{})
	handler := box.Handler()
	box.keep(Mail{Subject: "one"})
	var mails []Mail
	require.NoError(t, json.Unmarshal(get(t, handler, "/_sim/mails").Body.Bytes(), &mails))
	require.Len(t, mails, 1)
	var mail Mail
	require.NoError(t, json.Unmarshal(get(t, handler, fmt.Sprintf("/_sim/mails/%d", mails[0].ID)).Body.Bytes(), &mail))
	assert.Equal(t, "one", mail.Subject)
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, httptest.NewRequest(http.MethodDelete, "/_sim/mails", nil))
	assert.Equal(t, http.StatusNoContent, answer.Code)
	assert.Empty(t, box.Mails())
}

func TestCleanKeepsTheLetterAndDropsTheRest(t *testing.T) {
	cleaned := clean(`<p class="x" onclick="a()">Hi <font><b>you</b></font><a href="https://a.example.com" onfocus="b()">link</a>` +
		`<a href="javascript:c()">bad</a><img src="https://track.example.com/1.png"><form action="/"><input></form><!-- c -->` +
		`<foo><script>d()</script><iframe src="x"></iframe></foo></p>`)
	assert.Contains(t, cleaned, `<p class="x">Hi <b>you</b><a href="https://a.example.com" target="_blank" rel="noopener noreferrer">link</a><a>bad</a></p>`)
	for _, word := range []string{"onclick", "script", "img", "form", "iframe", "<!--"} {
		assert.NotContains(t, cleaned, word)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(letter))
	f.Add([]byte("Subject: x\r\nContent-Type: multipart/mixed\r\n\r\n"))
	f.Fuzz(func(_ *testing.T, raw []byte) { _, _ = parse(raw) })
}

func FuzzClean(f *testing.F) {
	f.Add(`<a href="javascript:x"><svg><style><img src=x onerror=y></style></svg>`)
	f.Fuzz(func(t *testing.T, source string) {
		if cleaned := clean(source); strings.Contains(strings.ToLower(cleaned), "<script") {
			t.Fatal(cleaned)
		}
	})
}
