// Package api is how the world reaches Lifeline: buttons and pages of agents, posts of vendors, webhooks of CRMs, and
// what operators need. It authenticates, translates and bounds; every decision is a workflow's.
package api

import (
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"github.com/labstack/echo/v4"

	"example.com/lifeline/metrics"
	"example.com/lifeline/support"
)

// Options of a server.
type Options struct {
	Doors          map[string]*Door
	Sessions       Sessions
	Inbox          Inbox
	Metrics        *metrics.Metrics
	Log            *slog.Logger
	PublicURL      string // under which browsers reach the API; no slash at its end
	TemporalUI     string // the namespace's pages in the engine's UI; empty: there are none
	LinkKey        support.Secret
	Operators      Operators
	Codec          http.Handler   // POST /codec/encode, /codec/decode; authorizes itself
	BodyLimit      int64          // bytes of a post
	HookRate       float64        // posts a second of one connection
	HookBurst      int            // posts at once of one connection
	HeadStart      time.Duration  // how long the engine has a post before it goes to disk too; 0: 25 ms
	TrustedProxies []netip.Prefix // whose X-Forwarded-For is believed
	PollEvents     time.Duration  // how often the event streams look at a session
	Now            func() time.Time
}

// Server answers requests.
type Server struct {
	Options
	echo    *echo.Echo
	links   *links
	posts   rates
	signIns rates
	hub     *hub

	deliveries shift // posts on their way to the engine
}

// New makes the server; it listens nowhere by itself.
func New(opts Options) *Server {
	if opts.HeadStart == 0 {
		opts.HeadStart = defaultHeadStart
	}
	s := &Server{
		Options: opts, echo: echo.New(), links: newLinks(opts.LinkKey, opts.Now),
		posts: newRates(opts.Doors, opts.HookRate, opts.HookBurst), signIns: newRates(opts.Doors, signInRate, signInBurst),
	}
	s.hub = newHub(opts.PollEvents, s.look)
	s.echo.HideBanner, s.echo.HidePort = true, true
	s.echo.HTTPErrorHandler = s.answerError
	s.echo.IPExtractor = extractor(opts.TrustedProxies)
	s.echo.Use(requestID, s.observe, s.recoverPanics(), secureHeaders, sameOrigin(opts.PublicURL))
	s.routes()
	return s
}

// Handler is the whole API.
func (s *Server) Handler() http.Handler { return s.echo }

// Echo lets pages add their routes.
func (s *Server) Echo() *echo.Echo { return s.echo }

// EndStreams ends all event streams, so that a server that shuts down need not wait for browsers to leave. It fits
// http.Server.RegisterOnShutdown.
func (s *Server) EndStreams() { s.hub.end() }

// Settle waits until no post is on its way to the engine or to the disk any more, which takes seconds at most. Those
// that come after are refused.
func (s *Server) Settle() { s.deliveries.end() }

func (s *Server) routes() {
	s.recordRoutes()
	s.hookRoutes()
	s.operatorRoutes()
	s.echo.GET("/join/:token", s.join)
	s.echo.GET("/signin", s.signInPage)
	s.echo.POST("/signin", s.signIn, limitBody)
	s.echo.GET("/healthz", s.health)
	s.echo.GET("/readyz", s.ready)
	s.echo.GET("/openapi.yaml", s.openapi)
	if s.Codec != nil {
		s.echo.Any("/codec/*", echo.WrapHandler(http.StripPrefix("/codec", s.Codec)))
	}
}

func (s *Server) recordRoutes() {
	record := s.echo.Group("/v1/connections/:c/records/:type/:id")
	for path, handler := range map[string]echo.HandlerFunc{
		"/session": s.open, "/session/share": s.share, "/session/renew": s.renew, "/session/close": s.close,
		"/session/retry": s.retry, "/session/join": s.joinLink,
	} {
		record.POST(path, handler, limitBody, s.authenticate)
	}
	for path, handler := range map[string]echo.HandlerFunc{
		"/session": s.state, "/session/events": s.events, "/sessions": s.history, "/templates": s.templates,
	} {
		record.GET(path, handler, limitBody, s.authenticate)
	}
}

func (s *Server) hookRoutes() {
	s.echo.POST("/hooks/rescue/:c/:secret", s.rescueHook)
	s.echo.POST("/integration/api/servicenow/sessiondetails", s.servicenowDropIn)
	s.echo.POST("/api/integration", s.dynamicsDropIn)
	s.echo.POST("/hooks/dynamics/:c", s.dynamicsHook, limitBody)
	s.echo.POST("/hooks/servicenow/:c/token", s.tokenHook, limitBody)
}

// operatorRoutes are guarded one by one: a guarded group would answer for addresses that are nobody's.
func (s *Server) operatorRoutes() {
	s.echo.GET("/v1/sessions", s.list, s.operatorsOnly)
	s.echo.POST("/v1/sessions/retry", s.retryRun, limitBody, s.operatorsOnly)
	s.echo.GET("/v1/connections/:c/report", s.reportState, s.operatorsOnly)
	s.echo.POST("/v1/connections/:c/report/refresh", s.reportRefresh, s.operatorsOnly)
	s.echo.POST("/v1/connections/:c/report/pause", s.reportPause, s.operatorsOnly)
	s.echo.POST("/v1/connections/:c/report/resume", s.reportResume, s.operatorsOnly)
	s.echo.GET("/metrics", echo.WrapHandler(s.Metrics.Handler()), s.operatorsOnly)
}
