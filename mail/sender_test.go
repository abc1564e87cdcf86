package mail

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/sandbox/mailbox"
	"example.com/lifeline/support"
)

const password = "correct-horse-battery"

// server starts a mailbox and gives the configuration that fits it.
func server(t *testing.T, options mailbox.Options) (*mailbox.Mailbox, Config) {
	t.Helper()
	box, err := mailbox.New(options)
	require.NoError(t, err)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	done := make(chan error, 1)
	go func() { done <- box.Serve(listener) }()
	t.Cleanup(func() {
		assert.NoError(t, box.Close())
		assert.NoError(t, <-done)
	})
	cfg := Config{Host: "127.0.0.1", Port: listener.Addr().(*net.TCPAddr).Port, From: "Support <support@example.com>", StartTLS: NoTLS, Timeout: 5 * time.Second}
	if options.User != "" {
		cfg.User, cfg.Password = options.User, support.Secret(options.Password)
	}
	if options.StartTLS {
		cfg.StartTLS, cfg.CAFile = Mandatory, filepath.Join(t.TempDir(), "ca.pem")
		require.NoError(t, os.WriteFile(cfg.CAFile, box.CertificatePEM(), 0o600))
	}
	return box, cfg
}

func send(t *testing.T, cfg Config, message Message) error {
	t.Helper()
	sender, err := NewSender(cfg)
	require.NoError(t, err)
	return sender.Send(t.Context(), message)
}

func letterToAna() Message {
	return Message{To: support.Customer{Name: "Ana Ruiz", Email: "ana@example.com"}, Letter: CustomerInvitation("es", sample()), Key: "run-1/invite"}
}

func TestLetterArrivesEncryptedAndSignedIn(t *testing.T) {
	box, cfg := server(t, mailbox.Options{User: "lifeline", Password: password, StartTLS: true})
	message := letterToAna()
	require.NoError(t, send(t, cfg, message))
	mail, err := box.Wait(t.Context(), func(m mailbox.Mail) bool { return m.Subject == message.Letter.Subject })
	require.NoError(t, err)
	assert.True(t, mail.Encrypted)
	assert.Equal(t, "lifeline", mail.User)
	assert.Equal(t, []string{"ana@example.com"}, mail.Recipients)
	assert.Equal(t, "support@example.com", mail.Sender)
	assert.Equal(t, []string{"auto-generated"}, mail.Header["Auto-Submitted"])
	assert.Equal(t, strings.TrimSpace(message.Letter.Text), strings.TrimSpace(mail.Text))
	assert.Equal(t, strings.TrimSpace(message.Letter.HTML), strings.TrimSpace(mail.HTML))
	assert.Contains(t, mail.Text, "Estimado/a Ana Ruiz:")
}

func TestRepeatedLetterHasTheSameMessageID(t *testing.T) {
	box, cfg := server(t, mailbox.Options{})
	box.SetFaults(mailbox.Faults{LoseAnswer: true})
	err := send(t, cfg, letterToAna())
	assert.Equal(t, support.Retry, support.AsError(err).Kind, "%v", err)
	box.SetFaults(mailbox.Faults{})
	require.NoError(t, send(t, cfg, letterToAna()))
	other := letterToAna()
	other.Key = "run-2/invite"
	require.NoError(t, send(t, cfg, other))
	mails := box.Mails()
	require.Len(t, mails, 3)
	assert.Equal(t, mails[0].MessageID, mails[1].MessageID)
	assert.NotEqual(t, mails[1].MessageID, mails[2].MessageID)
	assert.Regexp(t, `^<[0-9a-f]{32}\.lifeline@example\.com>$`, mails[0].MessageID)
}

func TestFailuresAreOneOfThreeKinds(t *testing.T) {
	cases := []struct {
		name    string
		options mailbox.Options
		faults  mailbox.Faults
		change  func(*Config, *Message)
		kind    support.Kind
		code    string
	}{
		{name: "recipient refused", faults: mailbox.Faults{RefuseRecipients: []string{"ANA@example.com"}}, kind: support.Stop, code: support.CodeInvalid},
		{name: "no address", change: func(_ *Config, m *Message) { m.To.Email = "ana at example" }, kind: support.Stop, code: support.CodeInvalid},
		{name: "two addresses in one", change: func(_ *Config, m *Message) { m.To.Email = "ana@example.com, eve@example.com" }, kind: support.Stop, code: support.CodeInvalid},
		{name: "letter too large", options: mailbox.Options{MaxBytes: 1000}, kind: support.Stop, code: support.CodeInvalid},
		{name: "greylisted", faults: mailbox.Faults{TryLater: true}, kind: support.Retry, code: support.CodeUnreachable},
		{name: "down", faults: mailbox.Faults{Down: true}, kind: support.Retry, code: support.CodeUnreachable},
		{name: "nobody listens", change: func(c *Config, _ *Message) { c.Port = 1 }, kind: support.Retry, code: support.CodeUnreachable},
		{name: "sender refused", faults: mailbox.Faults{RefuseSender: true}, kind: support.Attention, code: support.CodeConfiguration},
		{name: "wrong password", options: mailbox.Options{User: "u", Password: "other", StartTLS: true},
			change: func(c *Config, _ *Message) { c.Password = password }, kind: support.Attention, code: support.CodeCredentialDead},
		{name: "no sign-in", options: mailbox.Options{User: "u", Password: "other"},
			change: func(c *Config, _ *Message) { c.User, c.Password = "", "" }, kind: support.Attention, code: support.CodeCredentialDead},
		{name: "no STARTTLS", change: func(c *Config, _ *Message) { c.StartTLS = Mandatory }, kind: support.Attention, code: support.CodeConfiguration},
		{name: "untrusted certificate", options: mailbox.Options{StartTLS: true},
			change: func(c *Config, _ *Message) { c.CAFile = "" }, kind: support.Attention, code: support.CodeConfiguration},
		{name: "mail is off", change: func(c *Config, _ *Message) { c.Host = "" }, kind: support.Attention, code: support.CodeConfiguration},
	}
	for _, test := range cases {
		t.Run(test.name, func(t *testing.T) {
			box, cfg := server(t, test.options)
			box.SetFaults(test.faults)
			message := letterToAna()
			if test.change != nil {
				test.change(&cfg, &message)
			}
			err := send(t, cfg, message)
			require.Error(t, err)
			failure := support.AsError(err)
			assert.Equal(t, test.kind, failure.Kind, "%v", err)
			assert.Equal(t, test.code, failure.Code, "%v", err)
			assert.NotEmpty(t, failure.Message)
			assert.NotContains(t, fmt.Sprintf("%v %+v %#v", err, err, err), password)
			assert.Empty(t, box.Mails())
		})
	}
}

func TestHeadersCannotBeInjected(t *testing.T) {
	box, cfg := server(t, mailbox.Options{})
	message := letterToAna()
	message.To.Name = "Ana\r\nBcc: all@example.com"
	message.Letter.Subject = "Hello\r\nBcc: all@example.com\r\n\r\nbody"
	message.Key = "a\r\nBcc: all@example.com"
	require.NoError(t, send(t, cfg, message))
	mails := box.Mails()
	require.Len(t, mails, 1)
	assert.Empty(t, mails[0].Header["Bcc"])
	assert.Equal(t, []string{"ana@example.com"}, mails[0].Recipients)
	assert.Equal(t, "Hello Bcc: all@example.com body", mails[0].Subject)
}

func TestCheckSignsInWithoutSending(t *testing.T) {
	box, cfg := server(t, mailbox.Options{User: "lifeline", Password: password, StartTLS: true})
	sender, err := NewSender(cfg)
	require.NoError(t, err)
	assert.Equal(t, support.OK, sender.Check(t.Context())[0].Level)
	box.SetFaults(mailbox.Faults{Down: true})
	assert.Equal(t, support.Fault, sender.Check(t.Context())[0].Level)
	assert.Empty(t, box.Mails())
	off, err := NewSender(Config{})
	require.NoError(t, err)
	assert.Equal(t, support.Warning, off.Check(t.Context())[0].Level)
}
