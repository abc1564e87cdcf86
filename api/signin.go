package api

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"example.com/lifeline/support"
)

// SignIn signs an agent in to the vendor once, where no SSO does, and keeps the authcode; the password is not stored.
type SignIn func(ctx context.Context, agent support.Agent, email string, password support.Secret) error

// Sign-ins of one connection, so that the page is no place to try passwords.
const (
	signInRate  = 0.5 // a second
	signInBurst = 20
)

type signInView struct {
	Token, Email, Fault string
	Done                bool
}

func (s *Server) signInPage(c echo.Context) error {
	token := c.QueryParam("t")
	g, _, err := s.signInGrant(token)
	if err != nil {
		return err
	}
	return render(c, http.StatusOK, "signin.html", signInView{Token: token, Email: g.Agent.Email})
}

// signIn reads the form from the body alone: a password in an address would be in every proxy's log.
func (s *Server) signIn(c echo.Context) error {
	r := c.Request()
	if _, err := readBody(r); err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return support.Stopped(support.CodeInvalid, "the form cannot be read", nil)
	}
	view := signInView{Token: r.PostForm.Get("t"), Email: r.PostForm.Get("email")}
	g, door, err := s.signInGrant(view.Token)
	if err != nil {
		return err
	}
	if !s.signIns.allow(door.Name) {
		return support.Stopped(codeTooMany, "too many sign-ins at once; please wait a moment", nil)
	}
	if err := door.SignIn(r.Context(), g.Agent, view.Email, support.Secret(r.PostForm.Get("password"))); err != nil {
		failure := support.AsError(err)
		s.Log.Info("a sign-in failed", "connection", door.Name, "code", failure.Code)
		view.Fault = support.Sentence(failure.Message)
		return render(c, statusOf(failure), "signin.html", view)
	}
	view.Done = true
	return render(c, http.StatusOK, "signin.html", view)
}

func (s *Server) signInGrant(token string) (grant, *Door, error) {
	g, ok := s.links.open(signInPurpose, token)
	door := s.Doors[g.Record.Connection]
	if !ok || door == nil || door.SignIn == nil {
		return g, nil, linkRanOut()
	}
	return g, door, nil
}
