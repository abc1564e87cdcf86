package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/textproto"
	"strings"

	gomail "github.com/wneessen/go-mail"

	"example.com/lifeline/support"
)

// reply is what the mail server answered: its code (RFC 5321 4.2), its enhanced code (RFC 3463) where it gives one,
// and the step it answered to.
type reply struct {
	code     int
	enhanced string
	step     gomail.SendErrReason
	sending  bool // signed in already: step is known
}

// classify turns a failure to send into one of the three kinds.
func (s *Sender) classify(err error) error {
	if answer, ok := replyOf(err); ok {
		return answer.failure(err)
	}
	var untrusted *tls.CertificateVerificationError
	switch {
	case errors.As(err, &untrusted):
		return support.NeedsAttention(support.CodeConfiguration, "the mail server's certificate is not trusted", err)
	case passing(err):
		return support.Retryable(support.CodeUnreachable, "the mail server cannot be reached", 0, err)
	default: // no STARTTLS, no common way to sign in
		return support.NeedsAttention(support.CodeConfiguration, "the mail server does not offer the configured encryption or sign-in", err)
	}
}

func replyOf(err error) (reply, bool) {
	var sending *gomail.SendError
	if errors.As(err, &sending) && sending.ErrorCode() > 0 {
		return reply{code: sending.ErrorCode(), enhanced: sending.EnhancedStatusCode(), step: sending.Reason, sending: true}, true
	}
	var connecting *textproto.Error
	if errors.As(err, &connecting) {
		return reply{code: connecting.Code}, true
	}
	return reply{}, false
}

func (r reply) failure(cause error) error {
	switch {
	case r.code < 500:
		return support.Retryable(support.CodeUnreachable, "the mail server asks to try again later", 0, cause)
	case r.code == 530 || r.code == 534 || r.code == 535 || r.code == 538: // RFC 4954 6
		return support.NeedsAttention(support.CodeCredentialDead, "the mail server refuses the user or password", cause)
	case !r.sending:
		return support.NeedsAttention(support.CodeConfiguration, "the mail server refuses the connection", cause)
	case r.step == gomail.ErrSMTPMailFrom:
		return support.NeedsAttention(support.CodeConfiguration, "the mail server refuses the configured sender", cause)
	case strings.HasPrefix(r.enhanced, "5.7."): // security or policy, not the recipient's fault
		return support.NeedsAttention(support.CodePermission, "the mail server does not let Lifeline send this letter", cause)
	case r.step == gomail.ErrSMTPRcptTo:
		return support.Stopped(support.CodeInvalid, "the mail server refuses the recipient's e-mail address", cause)
	default:
		return support.Stopped(support.CodeInvalid, "the mail server refuses the letter", cause)
	}
}

// passing tells failures of the line from answers.
func passing(err error) bool {
	var network net.Error
	var garbled textproto.ProtocolError
	var sending *gomail.SendError
	return errors.As(err, &network) || errors.As(err, &garbled) || errors.As(err, &sending) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) ||
		errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}
