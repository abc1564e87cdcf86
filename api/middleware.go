package api

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"example.com/lifeline/support"
)

// foreignID is what a proxy's request id may look like; anything else is replaced, because it is logged and sent back.
var foreignID = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

func requestID(next echo.HandlerFunc) echo.HandlerFunc {
	next = middleware.RequestID()(next)
	return func(c echo.Context) error {
		if h := c.Request().Header; !foreignID.MatchString(h.Get(echo.HeaderXRequestID)) {
			h.Del(echo.HeaderXRequestID)
		}
		return next(c)
	}
}

// observe logs and counts each request by its route: paths may hold secrets.
func (s *Server) observe(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		started := s.Now()
		if err := next(c); err != nil {
			c.Error(err)
		}
		took := s.Now().Sub(started)
		s.Metrics.Request(c.Path(), statusClass(c.Response().Status), took)
		s.Log.Debug("request", "method", c.Request().Method, "route", c.Path(), "status", c.Response().Status, "took", took,
			"from", c.RealIP(), "request", c.Response().Header().Get(echo.HeaderXRequestID))
		return nil
	}
}

func statusClass(status int) string { return string(rune('0'+status/100)) + "xx" }

// recoverPanics logs where a panic was and not what it says, which may hold words of the request.
func (s *Server) recoverPanics() echo.MiddlewareFunc {
	return middleware.RecoverWithConfig(middleware.RecoverConfig{
		LogErrorFunc: func(c echo.Context, _ error, stack []byte) error {
			s.Log.Error("a request panicked", "route", c.Path(), "stack", string(stack))
			return support.Retryable(support.CodeInternal, "an internal error occurred", 0, nil)
		},
	})
}

// secureHeaders keep answers out of caches and foreign frames, and addresses out of foreign logs; pages loosen what
// they need. Without a referrer at all, browsers would send forms of our own pages without their origin.
func secureHeaders(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		h := c.Response().Header()
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		return next(c)
	}
}

// machineRoutes hold no right that a browser carries by itself. A vendor's console in a browser may post to hooks, and
// the engine's UI has an origin of its own.
var machineRoutes = []string{"/hooks/", "/integration/", "/api/integration", "/codec/"}

// sameOrigin keeps other sites' pages from writing with an operator's cookie, or in dev, where no proof is needed.
func sameOrigin(publicURL string) echo.MiddlewareFunc {
	guard := http.NewCrossOriginProtection()
	if own, err := url.Parse(publicURL); err == nil && own.Host != "" {
		_ = guard.AddTrustedOrigin(own.Scheme + "://" + own.Host) // fails only without scheme or host
	}
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			forMachines := slices.ContainsFunc(machineRoutes, func(prefix string) bool { return strings.HasPrefix(c.Path(), prefix) })
			if !forMachines && guard.Check(c.Request()) != nil {
				return support.Stopped(codeForbidden, "pages of other sites may not do this", nil)
			}
			return next(c)
		}
	}
}

func extractor(trusted []netip.Prefix) echo.IPExtractor {
	if len(trusted) == 0 {
		return echo.ExtractIPDirect()
	}
	options := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	for _, prefix := range trusted {
		options = append(options, echo.TrustIPRange(ipNet(prefix)))
	}
	return echo.ExtractIPFromXFFHeader(options...)
}

func ipNet(prefix netip.Prefix) *net.IPNet {
	return &net.IPNet{IP: prefix.Addr().AsSlice(), Mask: net.CIDRMask(prefix.Bits(), prefix.Addr().BitLen())}
}
