package api

import (
	"context"
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"example.com/lifeline/support"
	"example.com/lifeline/workflows"
)

// SessionAnswer is a session as callers get it.
type SessionAnswer struct {
	workflows.View
	TechnicianLink string `json:"technicianLink,omitempty"` // Lifeline's own short-lived redirect
	TemporalURL    string `json:"temporalUrl,omitempty"`    // the run in the engine's UI
}

func (s *Server) answer(c echo.Context, status int, who caller, agent support.Agent, view workflows.View) error {
	out := SessionAnswer{View: view}
	out.PanelURL = s.panelURL(who, agent)
	if view.Buttons.Join {
		out.TechnicianLink = s.joinURL(who.ref, agent)
	}
	out.TemporalURL = s.RunURL(view.WorkflowID, view.RunID)
	return c.JSON(status, out)
}

// open asks for a session, or answers the live one: 201 or 200.
func (s *Server) open(c echo.Context) error {
	who, in, err := s.ask(c)
	if err != nil {
		return err
	}
	view, err := s.Sessions.OpenSession(c.Request().Context(), who.ref, workflows.Press{Agent: in.Agent, Number: in.Number}, in.RequestID)
	if err != nil {
		return s.withSignIn(who, in.Agent, err)
	}
	status := http.StatusOK
	if view.First {
		status = http.StatusCreated
	}
	return s.answer(c, status, who, in.Agent, view)
}

// withSignIn gives an agent who must sign in to the vendor once the address where to.
func (s *Server) withSignIn(who caller, agent support.Agent, err error) error {
	if !support.HasCode(err, support.CodeSignInNeeded) || who.door.SignIn == nil {
		return err
	}
	return &signInNeeded{error: err, url: s.signInURL(who.ref, agent)}
}

// state answers the record's session, or that there is none: then only the button for a new one is enabled.
func (s *Server) state(c echo.Context) error {
	who, in, err := s.ask(c)
	if err != nil {
		return err
	}
	view, err := s.stateOf(c.Request().Context(), who.ref)
	if err != nil {
		return err
	}
	return s.answer(c, http.StatusOK, who, in.Agent, view)
}

func (s *Server) stateOf(ctx context.Context, ref support.RecordRef) (workflows.View, error) {
	view, err := s.Sessions.State(ctx, ref)
	if support.HasCode(err, support.CodeNoLiveSession) {
		return workflows.View{Connection: ref.Connection, Record: ref, Buttons: support.ButtonsFor("", "", time.Time{}, false, s.Now())}, nil
	}
	return view, err
}

func (s *Server) renew(c echo.Context) error {
	return s.press(c, func(ctx context.Context, ref support.RecordRef, in ask) (workflows.View, error) {
		return s.Sessions.Renew(ctx, ref, workflows.RenewPress{Agent: in.Agent}, in.RequestID)
	})
}

func (s *Server) close(c echo.Context) error {
	return s.press(c, func(ctx context.Context, ref support.RecordRef, in ask) (workflows.View, error) {
		return s.Sessions.CloseSession(ctx, ref, workflows.ClosePress{Agent: in.Agent}, in.RequestID)
	})
}

func (s *Server) retry(c echo.Context) error {
	return s.press(c, func(ctx context.Context, ref support.RecordRef, in ask) (workflows.View, error) {
		return s.Sessions.Retry(ctx, ref, workflows.RetryPress{By: in.Agent.ID}, in.RequestID)
	})
}

// press is a button on a session that is there already.
func (s *Server) press(c echo.Context, button func(context.Context, support.RecordRef, ask) (workflows.View, error)) error {
	who, in, err := s.ask(c)
	if err != nil {
		return err
	}
	view, err := button(c.Request().Context(), who.ref, in)
	if err != nil {
		return err
	}
	return s.answer(c, http.StatusOK, who, in.Agent, view)
}

// joinLink answers the agent's short-lived way into the session.
func (s *Server) joinLink(c echo.Context) error {
	who, in, err := s.ask(c)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, map[string]string{"technicianLink": s.joinURL(who.ref, in.Agent)})
}

// join leads the agent's browser into the session, by way of the sign-in where the vendor wants one. The vendor's
// address is a bearer secret: it is in no page, no answer body and no log.
func (s *Server) join(c echo.Context) error {
	g, ok := s.links.open(joinPurpose, c.Param("token"))
	door := s.Doors[g.Record.Connection]
	if !ok || door == nil {
		return linkRanOut()
	}
	c.Response().Header().Set("Referrer-Policy", "no-referrer")
	link, err := s.Sessions.Join(c.Request().Context(), g.Record, workflows.JoinPress{Agent: g.Agent}, uuid.NewString())
	switch {
	case support.HasCode(err, support.CodeSignInNeeded) && door.SignIn != nil:
		return c.Redirect(http.StatusSeeOther, s.signInURL(g.Record, g.Agent))
	case err != nil:
		return err
	}
	return c.Redirect(http.StatusSeeOther, link.Reveal())
}

func linkRanOut() error {
	return support.Stopped(codeUnauthenticated, "this link has run out; please press the button on the record again", nil)
}
