// Package mailbox is a mail server that catches every letter instead of delivering it: for tests, and for the
// sandbox, where its page shows what customers and technicians would have received. It speaks real SMTP with optional
// STARTTLS and sign-in, refuses what a real server refuses, and fails on request.
package mailbox

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/emersion/go-smtp"

	"example.com/lifeline/sandbox/kit"
)

// Options of a Mailbox; the zero value is an open server without TLS.
type Options struct {
	User, Password string           // both set: letters are taken only after a sign-in
	StartTLS       bool             // offer STARTTLS with a certificate made for this run, for localhost and loopback addresses
	Keep           int              // how many letters are kept, oldest dropped first; 0 means 500
	MaxBytes       int64            // of one letter; larger ones are refused with 552; 0 means 1 MiB
	Now            func() time.Time // nil means time.Now
	Log            *slog.Logger     // nil means no log
}

// Faults make the server misbehave until they are changed.
type Faults struct {
	RefuseRecipients []string `json:"refuseRecipients,omitempty"` // 550 5.1.1 for these addresses
	RefuseSender     bool     `json:"refuseSender,omitempty"`     // 550 5.7.60 for every sender
	TryLater         bool     `json:"tryLater,omitempty"`         // 451 for every recipient
	Down             bool     `json:"down,omitempty"`             // connections are dropped without a word
	LoseAnswer       bool     `json:"loseAnswer,omitempty"`       // the letter is kept, but the connection breaks before the answer
}

// Mail is a letter as it arrived.
type Mail struct {
	ID         int                 `json:"id"` // counts from 1
	ReceivedAt time.Time           `json:"receivedAt"`
	Sender     string              `json:"sender"`     // of the envelope
	Recipients []string            `json:"recipients"` // of the envelope
	Subject    string              `json:"subject"`
	From       string              `json:"from"`
	To         string              `json:"to"`
	MessageID  string              `json:"messageId"`
	Header     map[string][]string `json:"header"`
	Text       string              `json:"text"`
	HTML       string              `json:"html"`
	Encrypted  bool                `json:"encrypted"`      // came over TLS
	User       string              `json:"user,omitempty"` // who signed in
}

// Mailbox is the server. It is safe for concurrent use.
type Mailbox struct {
	options     Options
	server      *smtp.Server
	certificate []byte
	news        kit.News // of letters

	mu       sync.Mutex
	mails    []Mail
	lastID   int
	faults   Faults
	listener net.Listener
	closed   bool
}

// New makes a mailbox that does not listen yet.
func New(options Options) (*Mailbox, error) {
	if options.Keep == 0 {
		options.Keep = 500
	}
	if options.MaxBytes == 0 {
		options.MaxBytes = 1 << 20
	}
	if options.Now == nil {
		options.Now = time.Now
	}
	if options.Log == nil {
		options.Log = slog.New(slog.DiscardHandler)
	}
	m := &Mailbox{options: options}
	m.server = smtp.NewServer(smtp.BackendFunc(m.newSession))
	m.server.Domain = "mailbox.example.com"
	m.server.MaxMessageBytes = options.MaxBytes
	m.server.MaxRecipients = 50
	m.server.ReadTimeout, m.server.WriteTimeout = 30*time.Second, 30*time.Second
	m.server.AllowInsecureAuth = !options.StartTLS
	m.server.ErrorLog = slog.NewLogLogger(options.Log.Handler(), slog.LevelDebug)
	if options.StartTLS {
		config, pem, err := selfMade(time.Now())
		if err != nil {
			return nil, err
		}
		m.server.TLSConfig, m.certificate = config, pem
	}
	return m, nil
}

// CertificatePEM is the certificate that a client must trust; nil without STARTTLS.
func (m *Mailbox) CertificatePEM() []byte { return m.certificate }

// Serve takes letters from the listener until Close.
func (m *Mailbox) Serve(listener net.Listener) error {
	m.mu.Lock()
	if m.closed {
		m.mu.Unlock()
		return listener.Close()
	}
	m.listener = listener
	m.mu.Unlock()
	err := m.server.Serve(flakyListener{Listener: listener, down: func() bool { return m.Faults().Down }})
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// Close stops listening and drops all connections.
func (m *Mailbox) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	_ = m.server.Close() // knows the listener only if Serve has come that far
	if m.listener == nil {
		return nil
	}
	if err := m.listener.Close(); !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}

// flakyListener drops connections while the server plays dead.
type flakyListener struct {
	net.Listener
	down func() bool
}

func (l flakyListener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil || !l.down() {
			return conn, err
		}
		_ = conn.Close()
	}
}

// Faults returns the faults in force.
func (m *Mailbox) Faults() Faults {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.faults
}

// SetFaults replaces the faults; the zero value heals the server.
func (m *Mailbox) SetFaults(faults Faults) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.faults = faults
}

// Mails lists the letters that are kept, oldest first.
func (m *Mailbox) Mails() []Mail {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.mails)
}

// Mail finds one letter.
func (m *Mailbox) Mail(id int) (Mail, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	at := slices.IndexFunc(m.mails, func(mail Mail) bool { return mail.ID == id })
	if at < 0 {
		return Mail{}, false
	}
	return m.mails[at], true
}

// Clear forgets all letters.
func (m *Mailbox) Clear() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.mails = nil
}

// Wait returns the oldest letter that matches, as soon as there is one, or the context's error.
func (m *Mailbox) Wait(ctx context.Context, match func(Mail) bool) (Mail, error) {
	var found Mail
	err := m.news.Await(ctx, func() bool {
		mails := m.Mails()
		at := slices.IndexFunc(mails, match)
		if at >= 0 {
			found = mails[at]
		}
		return at >= 0
	})
	return found, err
}

func (m *Mailbox) keep(mail Mail) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.lastID++
	mail.ID, mail.ReceivedAt = m.lastID, m.options.Now().UTC()
	m.mails = append(m.mails, mail)
	m.mails = slices.Clone(m.mails[max(0, len(m.mails)-m.options.Keep):])
	m.news.Announce()
}
