package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"example.com/lifeline/mail"
	"example.com/lifeline/support"
	"example.com/lifeline/workflows"
)

// SharedAnswer says what became of a shared invitation. Mailto is the draft's address, for the mailto channel.
type SharedAnswer struct {
	Channel support.MailChannel `json:"channel"`
	Status  support.MailStatus  `json:"status"`
	To      support.Customer    `json:"to"`
	Mailto  string              `json:"mailto,omitempty"`
}

// share invites a contact, or answers a draft for the agent's own mail program.
func (s *Server) share(c echo.Context) error {
	who, in, err := s.ask(c)
	if err != nil {
		return err
	}
	share := workflows.Share{Agent: in.Agent, To: in.To, TemplateID: in.TemplateID, Channel: in.Channel}
	shared, err := s.Sessions.Share(c.Request().Context(), who.ref, share, in.RequestID)
	if err != nil {
		return err
	}
	out := SharedAnswer{Channel: shared.Channel, Status: shared.Status, To: shared.To}
	if shared.Letter != nil {
		out.Mailto = mail.Mailto(shared.To.Email, *shared.Letter)
	}
	return c.JSON(http.StatusOK, out)
}
