package api

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/time/rate"

	"example.com/lifeline/sessions"
	"example.com/lifeline/support"
)

// Outcomes of posts, a label of the metric.
const (
	outcomeAccepted = "accepted" // in the engine
	outcomeKept     = "kept"     // on disk, until the engine can be reached
	outcomeDisabled = "disabled" // acknowledged and dropped, as the settings want
	outcomeForeign  = "foreign"  // of another installation; acknowledged and dropped
	outcomeInvalid  = "invalid"  // no session in it, or broken off
	outcomeRefused  = "refused"  // wrong secret
	outcomeTooLarge = "too_large"
	outcomeLimited  = "limited"
	outcomeFailed   = "failed"
)

func outcomeOf(unread error) string {
	if support.HasCode(unread, codeTooLarge) {
		return outcomeTooLarge
	}
	return outcomeInvalid
}

// deliverPatience is short: a post that the engine does not take soon is kept on disk, and the vendor gets its answer.
const deliverPatience = 3 * time.Second

// takePost answers 200 only when the post is durable: in the engine, or on disk.
func (s *Server) takePost(c echo.Context, door *Door, hook string) error {
	outcome, err := s.readAndDeliver(c, door)
	s.Metrics.Hook(hook, outcome)
	if err != nil {
		return err
	}
	return c.String(http.StatusOK, "OK")
}

func (s *Server) readAndDeliver(c echo.Context, door *Door) (string, error) {
	r := c.Request()
	if door.DecodePost == nil {
		return outcomeRefused, unauthenticated()
	}
	if !s.posts.allow(door.Name) {
		return outcomeLimited, support.Stopped(codeTooMany, "too many posts at once", nil)
	}
	r.Body = http.MaxBytesReader(c.Response(), r.Body, s.BodyLimit)
	body, err := readBody(r)
	if err != nil {
		return outcomeOf(err), err
	}
	post := Post{Connection: door.Name, ContentType: r.Header.Get(echo.HeaderContentType), Event: c.QueryParam("event"), Body: body, ReceivedAt: s.Now()}
	// The vendor sends a post once and may have hung up already: what has arrived is kept all the same.
	return s.deliver(context.WithoutCancel(r.Context()), door, post)
}

func (s *Server) deliver(ctx context.Context, door *Door, post Post) (string, error) {
	log := s.Log.With("connection", door.Name)
	if !door.Settings.Enabled {
		log.Info("a post was dropped: the connection is disabled")
		return outcomeDisabled, nil
	}
	err := s.Forward(ctx, post)
	switch {
	case err == nil:
		return outcomeAccepted, nil
	case support.HasCode(err, support.CodeNotFound):
		log.Info("a post of another installation was dropped")
		return outcomeForeign, nil
	case support.AsError(err).Kind == support.Stop:
		log.Warn("a post was refused", "error", err)
		return outcomeInvalid, err
	case !sessions.Unavailable(err):
		log.Error("a post could not be delivered; it is kept", "error", err)
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
	ctx, cancel := context.WithTimeout(ctx, deliverPatience)
	defer cancel()
	return s.Sessions.Deliver(ctx, door.Name, event)
}

// rates bound what each connection may do.
type rates map[string]*rate.Limiter

func newRates(doors map[string]*Door, perSecond float64, burst int) rates {
	r := rates{}
	for name := range doors {
		r[name] = rate.NewLimiter(rate.Limit(perSecond), burst)
	}
	return r
}

func (r rates) allow(name string) bool { return r[name].Allow() }
