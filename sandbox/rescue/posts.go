package rescue

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// Event is what a post tells of.
type Event string

// The events.
const (
	EventStart Event = "start"
	EventEnd   Event = "end"
)

// Outcome is how a post went.
type Outcome string

// The outcomes. Delivered means that the receiver answered, with whatever status.
const (
	PostPending   Outcome = "pending"
	PostHeld      Outcome = "held"
	PostDropped   Outcome = "dropped"
	PostDelivered Outcome = "delivered"
	PostFailed    Outcome = "failed"
)

// Post is one entry of the post log. The receiver's address is not kept: it carries a secret.
type Post struct {
	Number      int       `json:"number"`
	Session     int64     `json:"session"`
	Event       Event     `json:"event"`
	Technician  string    `json:"technician"`
	ContentType string    `json:"contentType"`
	Body        string    `json:"body"`
	MadeAt      time.Time `json:"madeAt"`
	Outcome     Outcome   `json:"outcome"`
	Status      int       `json:"status,omitempty"` // the receiver's answer
	Error       string    `json:"error,omitempty"`
}

// poster sends posts, each at most once. Those of one session go in order, those of different sessions side by side.
type poster struct {
	client    *http.Client
	ctx       context.Context
	cancel    context.CancelFunc
	slots     chan struct{} // bounds how many are sent at the same time
	log       []*Post
	holding   bool
	held      []delivery
	drop      int
	duplicate int
	pending   int
	idle      chan struct{} // closed while nothing is pending
}

// delivery is a post on its way.
type delivery struct {
	post    *Post
	session *session
	url     string
}

const (
	postSlots       = 32
	postTimeout     = 10 * time.Second
	postAnswerLimit = 64 << 10
)

func newPoster(timeout time.Duration) poster {
	if timeout == 0 {
		timeout = postTimeout
	}
	ctx, cancel := context.WithCancel(context.Background())
	idle := make(chan struct{})
	close(idle)
	return poster{
		client: &http.Client{
			Timeout:       timeout,
			Transport:     &http.Transport{MaxIdleConnsPerHost: postSlots, Proxy: http.ProxyFromEnvironment},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		ctx: ctx, cancel: cancel, slots: make(chan struct{}, postSlots), idle: idle,
	}
}

// post makes the post of an event and sends it, unless the technician's group has no URL for it or a fault is set.
func (s *Sim) post(x *session, tech *user, event Event) {
	g := s.groups[tech.Group]
	target := g.StartURL
	if event == EventEnd {
		target = g.EndURL
	}
	if target == "" {
		return
	}
	contentType, body := g.Format.encode(s.variables(x, tech, event))
	for range s.posts.copies() {
		made := &Post{
			Number: len(s.posts.log) + 1, Session: x.id, Event: event, Technician: tech.Name,
			ContentType: contentType, Body: body, MadeAt: s.now(), Outcome: PostPending,
		}
		s.posts.log = append(s.posts.log, made)
		s.dispatch(delivery{made, x, target})
	}
}

// copies is 2 while posts are to be duplicated.
func (p *poster) copies() int {
	if p.duplicate > 0 {
		p.duplicate--
		return 2
	}
	return 1
}

func (s *Sim) dispatch(d delivery) {
	switch {
	case s.posts.drop > 0:
		s.posts.drop--
		d.post.Outcome = PostDropped
	case s.posts.holding:
		d.post.Outcome = PostHeld
		s.posts.held = append(s.posts.held, d)
	default:
		d.session.lastPost = s.send(d, d.session.lastPost)
	}
}

// send delivers in the background, after an earlier post is done; the channel it returns is closed when it is done
// itself.
func (s *Sim) send(d delivery, after <-chan struct{}) <-chan struct{} {
	if s.posts.pending == 0 {
		s.posts.idle = make(chan struct{})
	}
	s.posts.pending++
	d.post.Outcome = PostPending
	done := make(chan struct{})
	go func() {
		defer close(done)
		if after != nil {
			<-after
		}
		s.posts.slots <- struct{}{}
		status, err := s.posts.deliver(d)
		<-s.posts.slots
		s.finish(d.post, status, err)
	}()
	return done
}

// deliver makes the one attempt.
func (p *poster) deliver(d delivery) (int, error) {
	req, err := http.NewRequestWithContext(p.ctx, http.MethodPost, d.url, bytes.NewBufferString(d.post.Body))
	if err != nil {
		return 0, withoutURL(err)
	}
	req.Header.Set("Content-Type", d.post.ContentType)
	resp, err := p.client.Do(req)
	if err != nil {
		return 0, withoutURL(err)
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, postAnswerLimit))
	return resp.StatusCode, nil
}

// withoutURL keeps the receiver's address, which carries a secret, out of the log.
func withoutURL(err error) error {
	var failed *url.Error
	if errors.As(err, &failed) {
		return failed.Err
	}
	return err
}

func (s *Sim) finish(post *Post, status int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	post.Outcome, post.Status = PostDelivered, status
	if err != nil {
		post.Outcome, post.Error = PostFailed, err.Error()
	}
	s.log.Debug("post sent", "session", post.Session, "event", post.Event, "outcome", post.Outcome, "status", status)
	if s.posts.pending--; s.posts.pending == 0 {
		close(s.posts.idle)
	}
}

// DropPosts loses the next n posts.
func (s *Sim) DropPosts(n int) {
	defer s.enter()()
	s.posts.drop = n
}

// DuplicatePosts sends each of the next n posts twice.
func (s *Sim) DuplicatePosts(n int) {
	defer s.enter()()
	s.posts.duplicate = n
}

// HoldPosts keeps posts back until ReleasePosts.
func (s *Sim) HoldPosts() {
	defer s.enter()()
	s.posts.holding = true
}

// ReleasePosts sends the held posts one after the other, in the order they were made or the reverse.
func (s *Sim) ReleasePosts(reverse bool) {
	defer s.enter()()
	held := s.posts.held
	s.posts.held, s.posts.holding = nil, false
	if reverse {
		slices.Reverse(held)
	}
	var last <-chan struct{}
	for _, d := range held {
		last = s.send(d, last)
		d.session.lastPost = last
	}
}

// Posts returns the post log, oldest first.
func (s *Sim) Posts() []Post {
	defer s.enter()()
	posts := make([]Post, 0, len(s.posts.log))
	for _, p := range s.posts.log {
		posts = append(posts, *p)
	}
	return posts
}

// WaitPosts returns when no post is on its way; held posts do not count. It fails only with the context's error.
func (s *Sim) WaitPosts(ctx context.Context) error {
	s.mu.Lock()
	idle := s.posts.idle
	s.mu.Unlock()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
