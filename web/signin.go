package web

import (
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"example.com/lifeline/api"
)

// Attempts to sign in from one address: a few at once, then one every ten seconds.
const (
	attemptsPerSecond = 0.1
	attemptsAtOnce    = 5
	attemptsKept      = 10 * time.Minute
)

// cookieLife ends a sign-in that was forgotten.
const cookieLife = 12 * time.Hour

// slowly bounds the attempts to guess the operator token.
func (p *pages) slowly() echo.MiddlewareFunc {
	return middleware.RateLimiterWithConfig(middleware.RateLimiterConfig{
		Store: middleware.NewRateLimiterMemoryStoreWithConfig(middleware.RateLimiterMemoryStoreConfig{
			Rate: attemptsPerSecond, Burst: attemptsAtOnce, ExpiresIn: attemptsKept,
		}),
		DenyHandler: func(c echo.Context, _ string, _ error) error {
			c.Response().Header().Set("Retry-After", "10")
			return p.signInForm(c, http.StatusTooManyRequests, "There were too many attempts. Please wait ten seconds.")
		},
	})
}

// boundForm bounds what a form may send.
func boundForm(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		c.Request().Body = http.MaxBytesReader(c.Response(), c.Request().Body, formLimit)
		return next(c)
	}
}

func (p *pages) operatorsOnly(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if !p.Operators.Allowed(c.Request()) {
			return c.Redirect(http.StatusSeeOther, p.base+"/operations/signin")
		}
		return next(c)
	}
}

func (p *pages) signInPage(c echo.Context) error { return p.signInForm(c, http.StatusOK, "") }

func (p *pages) signInForm(c echo.Context, status int, fault string) error {
	return p.render(c, status, "signin", page{Title: "Sign in", Kind: operationsKind, Data: fault})
}

// signIn keeps the operator token in a cookie that no script and no other site can use. The token is read from the body
// alone: one in an address would be in every proxy's log.
func (p *pages) signIn(c echo.Context) error {
	cookie := p.cookie(strings.TrimSpace(c.Request().PostFormValue("token")))
	cookie.MaxAge = int(cookieLife / time.Second)
	if !p.accepts(cookie) {
		return p.signInForm(c, http.StatusUnauthorized, "This is not the operator token.")
	}
	c.SetCookie(cookie)
	return c.Redirect(http.StatusSeeOther, p.base+"/operations")
}

// accepts asks as the cookie's next request will, and without dev's open door.
func (p *pages) accepts(cookie *http.Cookie) bool {
	probe := &http.Request{Header: http.Header{}}
	probe.AddCookie(cookie)
	return api.Operators{Token: p.Operators.Token}.Allowed(probe)
}

func (p *pages) signOut(c echo.Context) error {
	cookie := p.cookie("")
	cookie.MaxAge = -1
	c.SetCookie(cookie)
	return c.Redirect(http.StatusSeeOther, p.base+"/operations/signin")
}

func (p *pages) cookie(token string) *http.Cookie {
	return &http.Cookie{
		Name: api.OperatorCookie, Value: token, Path: p.base + "/", HttpOnly: true,
		Secure: strings.HasPrefix(p.PublicURL, "https://"), SameSite: http.SameSiteStrictMode,
	}
}
