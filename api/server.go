// Package api is how the world reaches Lifeline: buttons and pages of agents, posts of vendors, webhooks of CRMs, and
// what operators need. It authenticates, translates and bounds; every decision is a workflow's.
package api

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"example.com/lifeline/metrics"
	"example.com/lifeline/sessions"
	"example.com/lifeline/support"
	"example.com/lifeline/workflows"
)

// Sessions are the workflows as the API needs them; implemented by package sessions.
type Sessions interface {
	OpenSession(ctx context.Context, ref support.RecordRef, press workflows.Press, key string) (workflows.View, error)
	CloseSession(ctx context.Context, ref support.RecordRef, press workflows.ClosePress, key string) (workflows.View, error)
	Share(ctx context.Context, ref support.RecordRef, share workflows.Share, key string) (workflows.Shared, error)
	Renew(ctx context.Context, ref support.RecordRef, press workflows.RenewPress, key string) (workflows.View, error)
	Join(ctx context.Context, ref support.RecordRef, press workflows.JoinPress, key string) (support.Secret, error)
	Retry(ctx context.Context, ref support.RecordRef, press workflows.RetryPress, key string) (workflows.View, error)
	RetryRun(ctx context.Context, workflowID string, press workflows.RetryPress, key string) (workflows.View, error)
	State(ctx context.Context, ref support.RecordRef) (workflows.View, error)
	List(ctx context.Context, filter sessions.Filter) ([]sessions.Listed, []byte, error)
	Deliver(ctx context.Context, connection string, event support.Event) error
	Request(ctx context.Context, connection, rowID string) error
	ProvideCredential(ctx context.Context, owner, connection, subject string, given support.Credential) error
	RunNow(ctx context.Context, p sessions.Periodic) error
	Pause(ctx context.Context, p sessions.Periodic, paused bool) error
	Describe(ctx context.Context, p sessions.Periodic) (sessions.PeriodicState, error)
	Ready(ctx context.Context) error
}

// Post is a vendor's post as it came.
type Post struct {
	Connection  string
	ContentType string
	Event       string // start, end or ""
	Body        []byte
	ReceivedAt  time.Time
}

// Inbox keeps a post on disk while the engine cannot be reached. Keep returns when it is durable.
type Inbox interface {
	Keep(ctx context.Context, post Post) error
}

// Door is a connection as requests see it.
type Door struct {
	Name           string
	CRM            support.CRM
	Vendor         support.Vendor
	Settings       support.Settings
	Instance       string // ServiceNow's name, for ?instance=
	HookSecrets    []support.Secret
	APIKeys        []support.Secret
	Signers        map[string]support.Secret
	WebhookSecrets []support.Secret // Dataverse's header
	DecodePost     support.PostDecoder
	DecodeRequest  func(body []byte) (rowID string, err error) // Dataverse's webhook; checks the organization
	SignIn         SignIn                                      // nil: agents never sign in
	TakeToken      func(ctx context.Context, given TokenGiven) (support.Credential, error)
	Report         *sessions.Periodic // the company report; nil: the vendor has none
}

// Options of a server.
type Options struct {
	Doors          map[string]*Door
	Sessions       Sessions
	Inbox          Inbox
	Metrics        *metrics.Metrics
	Log            *slog.Logger
	PublicURL      string
	TemporalUI     string
	LinkKey        support.Secret
	Operators      Operators
	Codec          http.Handler // POST /codec/encode, /codec/decode; authorizes itself
	BodyLimit      int64
	HookRate       float64
	HookBurst      int
	TrustedProxies []netip.Prefix
	PollEvents     time.Duration // how often the event stream looks at a session
	Now            func() time.Time
}

// Server answers requests.
type Server struct {
	Options
	echo  *echo.Echo
	links *links
	rates *rates
}

// New makes the server; it listens nowhere by itself.
func New(opts Options) *Server {
	s := &Server{Options: opts, echo: echo.New(), links: newLinks(opts.LinkKey, opts.Now), rates: newRates(opts.HookRate, opts.HookBurst)}
	s.echo.HideBanner, s.echo.HidePort = true, true
	s.echo.HTTPErrorHandler = s.answerError
	s.echo.IPExtractor = extractor(opts.TrustedProxies)
	s.echo.Use(middleware.RequestID(), s.observe, middleware.RecoverWithConfig(middleware.RecoverConfig{
		LogErrorFunc: func(_ echo.Context, err error, stack []byte) error {
			s.Log.Error("a request panicked", "error", err, "stack", string(stack))
			return support.Retryable(support.CodeInternal, "an internal error occurred", 0, nil)
		},
	}), secureHeaders)
	s.routes()
	return s
}

// Handler is the whole API.
func (s *Server) Handler() http.Handler { return s.echo }

// Echo lets pages add their routes.
func (s *Server) Echo() *echo.Echo { return s.echo }

func (s *Server) routes() {
	record := s.echo.Group("/v1/connections/:c/records/:type/:id", s.limitBody, s.authenticate)
	record.POST("/session", s.open)
	record.GET("/session", s.state)
	record.POST("/session/share", s.share)
	record.POST("/session/renew", s.renew)
	record.POST("/session/close", s.close)
	record.POST("/session/retry", s.retry)
	record.POST("/session/join", s.joinLink)
	record.GET("/session/events", s.events)
	record.GET("/sessions", s.history)
	record.GET("/templates", s.templates)

	s.echo.GET("/join/:token", s.join)
	s.echo.POST("/hooks/rescue/:c/:secret", s.rescueHook)
	s.echo.POST("/integration/api/servicenow/sessiondetails", s.servicenowDropIn)
	s.echo.POST("/api/integration", s.dynamicsDropIn)
	s.echo.POST("/hooks/dynamics/:c", s.dynamicsHook, s.limitBody)
	s.echo.POST("/hooks/servicenow/:c/token", s.tokenHook, s.limitBody)
	s.signInRoutes()

	operators := s.echo.Group("", s.operatorsOnly)
	operators.GET("/v1/sessions", s.list)
	operators.POST("/v1/sessions/retry", s.retryRun, s.limitBody)
	operators.GET("/v1/connections/:c/report", s.reportState)
	operators.POST("/v1/connections/:c/report/refresh", s.reportRefresh)
	operators.POST("/v1/connections/:c/report/pause", s.reportPause)
	operators.POST("/v1/connections/:c/report/resume", s.reportResume)
	operators.GET("/metrics", echo.WrapHandler(s.Metrics.Handler()))

	s.echo.GET("/healthz", s.health)
	s.echo.GET("/readyz", s.ready)
	s.echo.GET("/openapi.yaml", s.openapi)
	if s.Codec != nil {
		s.echo.Any("/codec/*", echo.WrapHandler(http.StripPrefix("/codec", s.Codec)))
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
			"request", c.Response().Header().Get(echo.HeaderXRequestID))
		return nil
	}
}

func statusClass(status int) string { return string(rune('0'+status/100)) + "xx" }

// secureHeaders keep answers out of caches and pages out of foreign frames; pages loosen what they need.
func secureHeaders(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		h := c.Response().Header()
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		return next(c)
	}
}

// smallBody bounds requests that are not posts.
const smallBody = 1 << 20

func (s *Server) limitBody(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		c.Request().Body = http.MaxBytesReader(c.Response(), c.Request().Body, smallBody)
		return next(c)
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
