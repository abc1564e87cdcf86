package api

import (
	"embed"
	"html/template"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"example.com/lifeline/support"
)

//go:embed pages/*.html
var pageFiles embed.FS

var pages = template.Must(template.ParseFS(pageFiles, "pages/*.html"))

func (s *Server) signInRoutes() {
	s.echo.GET("/signin", s.signInPage)
	s.echo.POST("/signin", s.signIn, s.limitBody)
}

// withSignIn gives an agent who must sign in to the vendor once the address where to.
func (s *Server) withSignIn(ref support.RecordRef, agent support.Agent, err error) error {
	failure := support.AsError(err)
	if failure.Code != support.CodeSignInNeeded || s.Doors[ref.Connection].SignIn == nil {
		return err
	}
	return support.Stopped(failure.Code, failure.Message+" Sign in once at "+s.SignInURL(ref, agent), failure.Cause)
}

// SignInURL is where an agent signs in to the vendor once.
func (s *Server) SignInURL(ref support.RecordRef, agent support.Agent) string {
	token := s.links.sign(grant{Purpose: signInPurpose, Record: ref, Agent: agent}, joinLife)
	return s.PublicURL + "/signin?t=" + url.QueryEscape(token)
}

type signInView struct {
	Token, Email, Fault string
	Done                bool
}

func (s *Server) signInPage(c echo.Context) error {
	g, ok := s.links.open(c.QueryParam("t"), signInPurpose)
	if !ok {
		return support.Stopped(codeUnauthenticated, "this link has run out; please press the button on the record again", nil)
	}
	return s.render(c, http.StatusOK, signInView{Token: c.QueryParam("t"), Email: g.Agent.Email})
}

func (s *Server) signIn(c echo.Context) error {
	g, ok := s.links.open(c.FormValue("t"), signInPurpose)
	door := s.Doors[g.Record.Connection]
	if !ok || door == nil || door.SignIn == nil {
		return support.Stopped(codeUnauthenticated, "this link has run out; please press the button on the record again", nil)
	}
	view := signInView{Token: c.FormValue("t"), Email: c.FormValue("email")}
	if err := door.SignIn(c.Request().Context(), g.Agent, view.Email, support.Secret(c.FormValue("password"))); err != nil {
		view.Fault = support.AsError(err).Message
		return s.render(c, http.StatusUnprocessableEntity, view)
	}
	view.Done = true
	return s.render(c, http.StatusOK, view)
}

func (s *Server) render(c echo.Context, status int, view signInView) error {
	c.Response().Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'")
	c.Response().Header().Set(echo.HeaderContentType, echo.MIMETextHTMLCharsetUTF8)
	c.Response().WriteHeader(status)
	return pages.ExecuteTemplate(c.Response(), "signin.html", view)
}
