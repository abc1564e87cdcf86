package outbound

import (
	"context"
	"sync"
	"time"

	"example.com/lifeline/support"
)

// Tokens keeps one short-lived access token, fetched by one caller at a time and renewed before it runs out.
type Tokens struct {
	issuer  *Client
	turn    *Seats // who has it fetches; the others wait, unless the issuer answers nobody
	mu      sync.Mutex
	token   support.Secret
	until   time.Time
	margin  time.Duration
	fetch   func(ctx context.Context) (support.Secret, time.Duration, error)
	nowFunc func() time.Time
}

// NewTokens makes a cache over fetch, which calls the issuer and returns a token and the rest of its life. A token is
// replaced when less than margin is left.
func NewTokens(issuer *Client, margin time.Duration, fetch func(ctx context.Context) (support.Secret, time.Duration, error)) *Tokens {
	return &Tokens{issuer: issuer, turn: NewSeats(1), margin: margin, fetch: fetch, nowFunc: time.Now}
}

// Get returns a token that is good for at least the margin.
func (t *Tokens) Get(ctx context.Context) (support.Secret, error) {
	if token, good := t.held(); good {
		return token, nil
	}
	leave, err := t.turn.Take(ctx, t.issuer)
	if err != nil {
		return "", err
	}
	defer leave()
	if token, good := t.held(); good {
		return token, nil
	}
	token, life, err := t.fetch(ctx)
	if err != nil {
		return "", err
	}
	t.keep(token, life)
	return token, nil
}

func (t *Tokens) held() (token support.Secret, good bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.token, t.token != "" && t.nowFunc().Before(t.until)
}

func (t *Tokens) keep(token support.Secret, life time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.token, t.until = token, t.nowFunc().Add(life-min(t.margin, life/2))
}

// Drop forgets a token that was refused, unless it has been replaced already.
func (t *Tokens) Drop(refused support.Secret) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.token == refused {
		t.token = ""
	}
}
