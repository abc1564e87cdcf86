package api

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"

	"github.com/labstack/echo/v4"
	"golang.org/x/time/rate"

	"example.com/lifeline/sessions"
	"example.com/lifeline/support"
)

// Outcomes of posts, the label of the metric.
const (
	outcomeAccepted = "accepted" // in the engine
	outcomeKept     = "kept"     // on disk, until the engine can be reached
	outcomeDisabled = "disabled" // acknowledged and dropped, as the settings want
	outcomeForeign  = "foreign"  // of another installation; acknowledged and dropped
	outcomeInvalid  = "invalid"  // no session in it
	outcomeRefused  = "refused"  // wrong secret
	outcomeTooLarge = "too_large"
	outcomeLimited  = "limited"
	outcomeFailed   = "failed"
)

// rescueHook takes a post on the address that carries the connection's secret.
func (s *Server) rescueHook(c echo.Context) error {
	door, ok := s.Doors[c.Param("c")]
	if !ok || !matches(support.Secret(c.Param("secret")), door.HookSecrets) {
		return s.refusePost("rescue")
	}
	return s.takePost(c, door, "rescue")
}

// servicenowDropIn takes posts on the address of the vendor's own ServiceNow connector. The instance selects among
// configured ones; a host is never made of it.
func (s *Server) servicenowDropIn(c echo.Context) error {
	instance, key := c.QueryParam("instance"), support.Secret(c.QueryParam("key"))
	var candidates []*Door
	for _, door := range s.Doors {
		if door.CRM.Kind() == support.ServiceNow && door.DecodePost != nil && (instance == "" || door.Instance == instance) {
			candidates = append(candidates, door)
		}
	}
	if instance == "" && len(candidates) > 1 {
		return support.Stopped(support.CodeInvalid, "several instances are connected; name one with ?instance=", nil)
	}
	for _, door := range candidates {
		if matches(key, door.HookSecrets) {
			return s.takePost(c, door, "servicenow_drop_in")
		}
	}
	return s.refusePost("servicenow_drop_in")
}

// dynamicsDropIn takes posts on the address of the vendor's own Dynamics connector; the key selects the connection.
func (s *Server) dynamicsDropIn(c echo.Context) error {
	key := support.Secret(c.QueryParam("key"))
	for _, door := range s.Doors {
		if door.CRM.Kind() == support.Dynamics && door.DecodePost != nil && matches(key, door.HookSecrets) {
			return s.takePost(c, door, "dynamics_drop_in")
		}
	}
	return s.refusePost("dynamics_drop_in")
}

func (s *Server) refusePost(hook string) error {
	s.Metrics.Hook(hook, outcomeRefused)
	return unauthenticated()
}

// takePost answers 200 only when the post is durable: in the engine, or on disk.
func (s *Server) takePost(c echo.Context, door *Door, hook string) error {
	if door.DecodePost == nil {
		return s.refusePost(hook)
	}
	if !s.rates.allow(door.Name) {
		s.Metrics.Hook(hook, outcomeLimited)
		c.Response().Header().Set("Retry-After", "1")
		return support.Stopped(codeTooMany, "too many posts at once", nil)
	}
	body, err := io.ReadAll(http.MaxBytesReader(c.Response(), c.Request().Body, s.BodyLimit))
	if err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			s.Metrics.Hook(hook, outcomeTooLarge)
			return err
		}
		return support.Stopped(support.CodeInvalid, "the post broke off", err)
	}
	post := Post{Connection: door.Name, ContentType: c.Request().Header.Get(echo.HeaderContentType), Event: c.QueryParam("event"), Body: body, ReceivedAt: s.Now()}
	outcome, err := s.deliver(c.Request().Context(), door, post)
	s.Metrics.Hook(hook, outcome)
	if err != nil {
		return err
	}
	return c.String(http.StatusOK, "OK")
}

func (s *Server) deliver(ctx context.Context, door *Door, post Post) (string, error) {
	if !door.Settings.Enabled {
		s.Log.Info("a post was dropped: the connection is disabled", "connection", door.Name)
		return outcomeDisabled, nil
	}
	err := s.Forward(ctx, post)
	switch {
	case err == nil:
		return outcomeAccepted, nil
	case support.HasCode(err, support.CodeNotFound):
		s.Log.Info("a post of another installation was dropped", "connection", door.Name)
		return outcomeForeign, nil
	case support.AsError(err).Kind == support.Stop:
		return outcomeInvalid, err
	case !sessions.Unavailable(err):
		s.Log.Error("a post could not be delivered; it is kept", "connection", door.Name, "error", err)
	}
	if err := s.Inbox.Keep(ctx, post); err != nil {
		return outcomeFailed, support.Retryable(support.CodeUnreachable, "the post could not be kept; please send it again", 0, err)
	}
	return outcomeKept, nil
}

// Forward decodes a post and brings it to its session; the inbox sends kept posts through it too.
func (s *Server) Forward(ctx context.Context, post Post) error {
	door, ok := s.Doors[post.Connection]
	if !ok || door.DecodePost == nil {
		return support.Stopped(support.CodeConfiguration, "the post's connection is no longer configured", nil)
	}
	event, err := door.DecodePost(post.ContentType, post.Event, post.Body, post.ReceivedAt)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, s.deliverTimeout())
	defer cancel()
	return s.Sessions.Deliver(ctx, door.Name, event)
}

// dynamicsHook takes Dataverse's word that a session row was created. It is only a hint: the row is read again. 503
// buys the one retry that Dataverse makes (dynamics.md 1.3).
func (s *Server) dynamicsHook(c echo.Context) error {
	door, ok := s.Doors[c.Param("c")]
	if !ok || door.DecodeRequest == nil || !matches(support.Secret(c.Request().Header.Get("X-Lifeline-Key")), door.WebhookSecrets) {
		return s.refusePost("dynamics")
	}
	body, err := io.ReadAll(c.Request().Body)
	if err != nil {
		return err
	}
	rowID, err := door.DecodeRequest(body)
	if err != nil {
		s.Metrics.Hook("dynamics", outcomeInvalid)
		return err
	}
	if err := s.Sessions.Request(c.Request().Context(), door.Name, rowID); err != nil {
		s.Metrics.Hook("dynamics", outcomeFailed)
		return err
	}
	s.Metrics.Hook("dynamics", outcomeAccepted)
	return c.NoContent(http.StatusAccepted)
}

// rates bounds the posts of each connection.
type rates struct {
	perSecond float64
	burst     int
	mu        sync.Mutex
	limiters  map[string]*rate.Limiter
}

func newRates(perSecond float64, burst int) *rates {
	return &rates{perSecond: perSecond, burst: burst, limiters: map[string]*rate.Limiter{}}
}

func (r *rates) allow(name string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	limiter, ok := r.limiters[name]
	if !ok {
		limiter = rate.NewLimiter(rate.Limit(r.perSecond), r.burst)
		r.limiters[name] = limiter
	}
	return limiter.Allow()
}
