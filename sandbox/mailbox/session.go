package mailbox

import (
	"crypto/subtle"
	"io"
	"net/mail"
	"slices"
	"strings"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

var (
	errSignIn       = &smtp.SMTPError{Code: 535, EnhancedCode: smtp.EnhancedCode{5, 7, 8}, Message: "Authentication credentials invalid"}
	errSignInFirst  = &smtp.SMTPError{Code: 530, EnhancedCode: smtp.EnhancedCode{5, 7, 0}, Message: "Authentication required"}
	errNoSuchUser   = &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "No such user here"}
	errBadRecipient = &smtp.SMTPError{Code: 553, EnhancedCode: smtp.EnhancedCode{5, 1, 3}, Message: "Bad recipient address syntax"}
	errSender       = &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 7, 60}, Message: "Client does not have permissions to send as this sender"}
	errLater        = &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "Greylisted, please try again later"}
	errUnreadable   = &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 6, 0}, Message: "The letter cannot be read"}
)

// session is one connection's conversation.
type session struct {
	box        *Mailbox
	conn       *smtp.Conn
	user       string
	sender     string
	recipients []string
}

var _ smtp.AuthSession = (*session)(nil)

func (m *Mailbox) newSession(conn *smtp.Conn) (smtp.Session, error) {
	return &session{box: m, conn: conn}, nil
}

func (s *session) needsSignIn() bool { return s.box.options.User != "" }

// AuthMechanisms offers PLAIN, and nothing without an account.
func (s *session) AuthMechanisms() []string {
	if !s.needsSignIn() {
		return nil
	}
	return []string{sasl.Plain}
}

// Auth checks user and password.
func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if !same(user, s.box.options.User) || !same(password, s.box.options.Password) {
			return errSignIn
		}
		s.user = user
		return nil
	}), nil
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// Mail begins a letter.
func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	if s.needsSignIn() && s.user == "" {
		return errSignInFirst
	}
	if s.box.Faults().RefuseSender {
		return errSender
	}
	s.sender = from
	return nil
}

// Rcpt names a recipient.
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	faults := s.box.Faults()
	if faults.TryLater {
		return errLater
	}
	if _, err := mail.ParseAddress(to); err != nil {
		return errBadRecipient
	}
	if slices.ContainsFunc(faults.RefuseRecipients, func(refused string) bool { return strings.EqualFold(refused, to) }) {
		return errNoSuchUser
	}
	s.recipients = append(s.recipients, to)
	return nil
}

// Data takes the letter itself.
func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err // 552 when it is too large
	}
	received, err := parse(raw)
	if err != nil {
		return errUnreadable
	}
	_, received.Encrypted = s.conn.TLSConnectionState()
	received.Sender, received.Recipients, received.User = s.sender, s.recipients, s.user
	s.box.keep(received)
	s.box.options.Log.Debug("letter kept", "recipients", len(s.recipients), "bytes", len(raw))
	if s.box.Faults().LoseAnswer {
		_ = s.conn.Conn().Close()
		return io.ErrClosedPipe
	}
	return nil
}

// Reset forgets the letter that was begun.
func (s *session) Reset() { s.sender, s.recipients = "", nil }

// Logout ends the conversation.
func (s *session) Logout() error { return nil }
