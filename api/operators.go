package api

import (
	"context"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"example.com/lifeline/support"
)

// OperatorCookie keeps an operator signed in to the pages.
const OperatorCookie = "lifeline_operator"

// Operators decides who may operate.
type Operators struct {
	Token support.Secret
	// Verify checks an OpenID Connect token; nil: none is accepted.
	Verify func(ctx context.Context, token string) error
	Open   bool // dev: everyone on this machine operates
}

// Allowed tells whether the request comes from an operator.
func (o Operators) Allowed(r *http.Request) bool {
	if token := bearer(r); token != "" {
		return o.holds(token) || o.verifies(r.Context(), token)
	}
	if cookie, err := r.Cookie(OperatorCookie); err == nil && o.holds(cookie.Value) {
		return true
	}
	return o.Open && isLocal(r.Host)
}

func (o Operators) holds(token string) bool {
	return matches(support.Secret(token), []support.Secret{o.Token})
}

// verifyPatience bounds the wait for an issuer whose keys must be fetched first.
const verifyPatience = 10 * time.Second

func (o Operators) verifies(ctx context.Context, token string) bool {
	if o.Verify == nil {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, verifyPatience)
	defer cancel()
	return o.Verify(ctx, token) == nil
}

// isLocal tells whether the browser was sent to this machine by a name that only this machine has. A foreign name
// that was made to point here (DNS rebinding) is none.
func isLocal(host string) bool {
	name := (&url.URL{Host: host}).Hostname()
	address, err := netip.ParseAddr(name)
	return name == "localhost" || (err == nil && address.IsLoopback())
}

func (s *Server) operatorsOnly(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if !s.Operators.Allowed(c.Request()) {
			return unauthenticated()
		}
		return next(c)
	}
}
