package api

import (
	"net/http"
	"net/mail"
	"regexp"
	"slices"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"example.com/lifeline/support"
)

// ask is what every request on a record may say.
type ask struct {
	RequestID  string              `json:"requestId"` // or the Idempotency-Key header, see requestKey
	Agent      support.Agent       `json:"agent"`
	Number     string              `json:"number"` // the record's number as the CRM shows it
	To         support.Customer    `json:"to"`
	TemplateID string              `json:"templateId"`
	Channel    support.MailChannel `json:"channel"`
}

// ask reads caller, body and key of a request on a record. A caller with a panel link is the agent whom the link
// names, whatever the body says.
func (s *Server) ask(c echo.Context) (caller, ask, error) {
	who := callerOf(c)
	var in ask
	if err := decode(c.Request(), &in); err != nil {
		return who, in, err
	}
	if who.grant != nil {
		in.Agent, in.Number = who.grant.Agent, ""
	}
	in.RequestID = requestKey(c.Request(), in.RequestID)
	if fault := in.fault(); fault != "" {
		return who, in, support.Stopped(support.CodeInvalid, fault, nil)
	}
	return who, in, nil
}

// requestKey is by which a repeated request is known. The header is not signed, so in a signed request the body's key
// counts above it: else whoever recorded the request could have it carried out again under another key.
func requestKey(r *http.Request, inBody string) string {
	key := r.Header.Get("Idempotency-Key")
	switch {
	case inBody != "" && (key == "" || r.Header.Get(headerSignature) != ""):
		return inBody
	case key != "":
		return key
	}
	return uuid.NewString()
}

var idempotencyKey = regexp.MustCompile(`^[!-~]{1,128}$`)

// fault names what is wrong with a request, in plain words.
func (in ask) fault() string {
	lines := []string{in.Agent.ID, in.Agent.Name, in.Agent.UserName, in.Agent.Email, in.Number, in.To.ID, in.To.Name, in.To.Email, in.TemplateID}
	switch {
	case !idempotencyKey.MatchString(in.RequestID):
		return "the idempotency key must be 1 to 128 printable ASCII characters without spaces"
	case slices.ContainsFunc(lines, func(line string) bool { return !isLine(line, 320) }):
		return "a field is longer than 320 bytes or holds control characters"
	case in.To.Email != "" && !isAddress(in.To.Email):
		return "to.email is not an e-mail address"
	case !slices.Contains([]support.MailChannel{"", support.MailSMTP, support.MailCRM, support.MailMailto}, in.Channel):
		return "channel must be smtp, crm or mailto"
	}
	return ""
}

// isAddress takes one bare address: no name, no list.
func isAddress(text string) bool {
	address, err := mail.ParseAddress(text)
	return err == nil && address.Address == text
}
