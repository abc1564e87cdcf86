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

func (s *Server) sharedAnswer(shared workflows.Shared) SharedAnswer {
	out := SharedAnswer{Channel: shared.Channel, Status: shared.Status, To: shared.To}
	if shared.Letter != nil {
		out.Mailto = mail.Mailto(shared.To.Email, *shared.Letter)
	}
	return out
}

// templates lists templates and contacts for sharing. A CRM without templates has Lifeline's own, whose id is empty.
func (s *Server) templates(c echo.Context) error {
	ref, err := s.record(c)
	if err != nil {
		return err
	}
	crm, ctx := s.Doors[ref.Connection].CRM, c.Request().Context()
	contacts, err := crm.Contacts(ctx, ref)
	if err != nil {
		return err
	}
	templates, err := crm.Templates(ctx, ref)
	if err != nil && !support.HasCode(err, support.CodeNotSupported) {
		return err
	}
	templates = append([]support.Template{{Title: "Lifeline's invitation"}}, templates...)
	if contacts == nil {
		contacts = []support.Customer{}
	}
	return c.JSON(http.StatusOK, map[string]any{"templates": templates, "contacts": contacts})
}
