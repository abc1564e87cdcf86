package mail

import (
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	netmail "net/mail"
	"os"
	"strings"

	gomail "github.com/wneessen/go-mail"

	"example.com/lifeline/support"
)

// Message is a letter on its way to one person.
type Message struct {
	To     support.Customer // Email is needed, Name is shown beside it
	Letter support.Letter
	// Key is the same for every attempt to send the same letter: it becomes the Message-ID, by which mail systems
	// recognise a letter that reaches them twice.
	Key string
}

// Sender hands letters to a mail server. It is safe for concurrent use; each letter has a connection of its own.
type Sender struct {
	cfg   Config
	from  *netmail.Address
	roots *x509.CertPool
}

// NewSender makes a sender from a validated configuration. Without a host it is made as well, and every Send answers
// the code configuration.
func NewSender(cfg Config) (*Sender, error) {
	if !cfg.Enabled() {
		return &Sender{cfg: cfg}, nil
	}
	if faults := cfg.Validate(); len(faults) > 0 {
		return nil, errors.New("mail: " + strings.Join(faults, "; "))
	}
	from, err := netmail.ParseAddress(cfg.From)
	if err != nil {
		return nil, err
	}
	roots, err := authorities(cfg.CAFile)
	if err != nil {
		return nil, err
	}
	return &Sender{cfg: cfg, from: from, roots: roots}, nil
}

// authorities adds those in the file to the system's; nil means the system's alone.
func authorities(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool()
	}
	if !roots.AppendCertsFromPEM(pem) {
		return nil, errors.New("mail: CA_FILE holds no certificate")
	}
	return roots, nil
}

// Send hands one letter to the mail server. A recipient the server refuses for good is kind Stop, code invalid; a
// refused sign-in is Attention, credential_dead; what may pass is Retry.
func (s *Sender) Send(ctx context.Context, message Message) error {
	if !s.cfg.Enabled() {
		return support.NeedsAttention(support.CodeConfiguration, "no mail server is configured", nil)
	}
	msg, err := s.compose(message)
	if err != nil {
		return err
	}
	client, err := s.client()
	if err != nil {
		return support.NeedsAttention(support.CodeConfiguration, "the mail server's settings cannot be used", err)
	}
	err = client.DialAndSendWithContext(ctx, msg)
	if err == nil || msg.IsDelivered() { // a lost goodbye does not take an accepted letter back
		return nil
	}
	return s.classify(err)
}

// Check signs in to the mail server without sending anything, for doctor.
func (s *Sender) Check(ctx context.Context) []support.Finding {
	finding := support.Finding{Level: support.OK, Subject: "mail server", Text: "accepts the connection and the sign-in"}
	if !s.cfg.Enabled() {
		finding.Level, finding.Text = support.Warning, "no mail server is configured: nobody is invited or alerted by mail"
		finding.Remedy = "set LIFELINE_MAIL_HOST and LIFELINE_MAIL_FROM"
		return []support.Finding{finding}
	}
	if err := s.signIn(ctx); err != nil {
		finding.Level, finding.Text = support.Fault, support.AsError(err).Message
		finding.Remedy = "compare LIFELINE_MAIL_HOST, _PORT, _STARTTLS, _USER and _PASSWORD with the mail server's own"
	}
	return []support.Finding{finding}
}

func (s *Sender) signIn(ctx context.Context) error {
	client, err := s.client()
	if err != nil {
		return support.NeedsAttention(support.CodeConfiguration, "the mail server's settings cannot be used", err)
	}
	if err := client.DialWithContext(ctx); err != nil {
		return s.classify(err)
	}
	_ = client.Close() // the answer to the goodbye tells nothing more
	return nil
}

func (s *Sender) client() (*gomail.Client, error) {
	options := []gomail.Option{
		gomail.WithPort(s.cfg.Port),
		gomail.WithTimeout(s.cfg.Timeout),
		gomail.WithTLSPolicy(tlsPolicy(s.cfg.StartTLS)),
		gomail.WithTLSConfig(&tls.Config{ServerName: s.cfg.Host, MinVersion: tls.VersionTLS12, RootCAs: s.roots}),
	}
	if s.cfg.Port == submissionsPort {
		options = append(options, gomail.WithSSL())
	}
	if s.cfg.User != "" {
		options = append(options, gomail.WithSMTPAuth(authType(s.cfg.StartTLS)),
			gomail.WithUsername(s.cfg.User), gomail.WithPassword(s.cfg.Password.Reveal()))
	}
	return gomail.NewClient(s.cfg.Host, options...)
}

func tlsPolicy(startTLS string) gomail.TLSPolicy {
	switch startTLS {
	case NoTLS:
		return gomail.NoTLS
	case Opportunistic:
		return gomail.TLSOpportunistic
	default:
		return gomail.TLSMandatory
	}
}

// authType lets the library choose; over an open line it never chooses one that shows the password. Validate allows a
// line without TLS only within this machine, where plain is fine.
func authType(startTLS string) gomail.SMTPAuthType {
	if startTLS == NoTLS {
		return gomail.SMTPAuthPlainNoEnc
	}
	return gomail.SMTPAuthAutoDiscover
}

func (s *Sender) compose(message Message) (*gomail.Msg, error) {
	to, err := netmail.ParseAddress(message.To.Email)
	if err != nil {
		return nil, support.Stopped(support.CodeInvalid, "the recipient's e-mail address is not valid", nil)
	}
	msg := gomail.NewMsg()
	msg.FromMailAddress(s.from)
	msg.ToMailAddress(&netmail.Address{Name: oneLine(message.To.Name), Address: to.Address})
	msg.Subject(oneLine(message.Letter.Subject))
	msg.SetMessageIDWithValue(messageID(message.Key, s.from.Address))
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no out-of-office answers, please
	msg.SetGenHeader(gomail.HeaderXAutoResponseSuppress, "All")
	msg.SetDate()
	setBody(msg, message.Letter)
	return msg, nil
}

// setBody puts the plain text first, so that readers that can show HTML prefer it (RFC 2046 5.1.4).
func setBody(msg *gomail.Msg, letter support.Letter) {
	msg.SetBodyString(gomail.TypeTextPlain, cmp.Or(letter.Text, plainText(letter.HTML)))
	if letter.HTML != "" {
		msg.AddAlternativeString(gomail.TypeTextHTML, letter.HTML)
	}
}

func messageID(key, from string) string {
	sum := sha256.Sum256([]byte("letter\x00" + key))
	_, domain, _ := strings.Cut(from, "@")
	return hex.EncodeToString(sum[:16]) + ".lifeline@" + domain
}
