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
	outcomeKept     = "kept"     // on disk, until the engine has taken it
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

// defaultHeadStart is little: half of what a vendor should wait at the most.
const defaultHeadStart = 25 * time.Millisecond

const (
	// deliverPatience is how long a delivery is tried before it is left to the inbox.
	deliverPatience = 3 * time.Second
	// forwardPatience is how long one from the inbox is tried. Nobody waits for it, and each try begins anew: megabytes of
	// chat, on their way to a busy engine in many parts, must not be broken off again and again.
	forwardPatience = time.Minute
)

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
	if !s.deliveries.enter() {
		return outcomeFailed, support.Retryable(support.CodeUnreachable, "this process is ending; please send the post again", 0, nil)
	}
	defer s.deliveries.leave()
	// The vendor sends a post once and may have hung up already: what has arrived is kept all the same.
	return s.deliver(context.WithoutCancel(r.Context()), door, post)
}

// deliver brings a post to the engine, or on disk when that takes long, or both.
func (s *Server) deliver(ctx context.Context, door *Door, post Post) (string, error) {
	event, err := readPost(door, post)
	if owner := s.owner(door, event.Token); !owner.Settings.Enabled {
		s.Log.Info("a post was dropped: its connection is disabled", "connection", owner.Name)
		return outcomeDisabled, nil
	}
	if err != nil {
		return s.conclude(ctx, post, err)
	}
	delivery := make(chan error, 1)
	s.deliveries.do(func() { delivery <- s.bring(ctx, door, event, deliverPatience) })
	select {
	case err := <-delivery:
		return s.conclude(ctx, post, err)
	case <-time.After(s.HeadStart):
	}
	held, err := s.Inbox.Hold(ctx, post)
	if err != nil { // the engine alone can save it
		return s.conclude(ctx, post, <-delivery)
	}
	s.deliveries.do(func() {
		if outcome, _ := s.judge(post, <-delivery); outcome == outcomeAccepted || outcome == outcomeForeign {
			held.Drop()
			return
		}
		held.Release() // it is tried again, or set aside with the reason
	})
	return outcomeKept, nil
}

// owner is the connection that a post is for, which need not be the one it came to: a technician whose group posts to one
// instance may have helped another's customer. Nobody's is left to the one it came to.
func (s *Server) owner(door *Door, token support.Token) *Door {
	if name, err := s.Sessions.Owner(door.Name, token); err == nil {
		return s.Doors[name]
	}
	return door
}

// conclude answers for a post whose delivery has ended before it was put on disk.
func (s *Server) conclude(ctx context.Context, post Post, delivered error) (string, error) {
	outcome, refusal := s.judge(post, delivered)
	if outcome != outcomeKept {
		return outcome, refusal
	}
	held, err := s.Inbox.Hold(ctx, post)
	if err != nil {
		return outcomeFailed, support.Retryable(support.CodeUnreachable, "the post could not be kept; please send it again", 0, err)
	}
	held.Release()
	return outcomeKept, nil
}

// judge tells what a delivery's end means; the error is for who sent the post.
func (s *Server) judge(post Post, delivered error) (string, error) {
	log := s.Log.With("connection", post.Connection)
	switch {
	case delivered == nil:
		return outcomeAccepted, nil
	case support.HasCode(delivered, support.CodeNotFound):
		log.Info("a post of another installation was dropped")
		return outcomeForeign, nil
	case support.AsError(delivered).Kind == support.Stop:
		log.Warn("a post was refused", "error", delivered)
		return outcomeInvalid, delivered
	case !sessions.Unavailable(delivered):
		log.Error("a post could not be delivered; it is kept", "error", delivered)
	}
	return outcomeKept, nil
}

// Forward decodes a post and brings it to its session; the inbox sends kept posts through it too.
func (s *Server) Forward(ctx context.Context, post Post) error {
	door, ok := s.Doors[post.Connection]
	if !ok || door.DecodePost == nil {
		return support.Stopped(support.CodeConfiguration, "the post's connection is no longer configured", nil)
	}
	event, err := readPost(door, post)
	if err != nil {
		return err
	}
	return s.bring(ctx, door, event, forwardPatience)
}

func readPost(door *Door, post Post) (event support.Event, err error) {
	err = support.Carefully(func() (err error) {
		event, err = door.DecodePost(post.ContentType, post.Event, post.Body, post.ReceivedAt)
		return err
	})
	return event, err
}

// bring delivers an event.
func (s *Server) bring(ctx context.Context, door *Door, event support.Event, patience time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return support.Carefully(func() error { return s.Sessions.Deliver(ctx, door.Name, event) })
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
