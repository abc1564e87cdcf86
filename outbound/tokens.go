package outbound

import (
	"context"
	"sync"
	"time"

	"example.com/lifeline/support"
)

// Tokens keeps one short-lived access token, fetched by one caller at a time and renewed before it runs out.
type Tokens struct {
	mu      sync.Mutex
	token   support.Secret
	until   time.Time
	margin  time.Duration
	fetch   func(ctx context.Context) (support.Secret, time.Duration, error)
	nowFunc func() time.Time
}

// NewTokens makes a cache over fetch, which returns a token and the rest of its life. A token is replaced when less
// than margin is left.
func NewTokens(margin time.Duration, fetch func(ctx context.Context) (support.Secret, time.Duration, error)) *Tokens {
	return &Tokens{margin: margin, fetch: fetch, nowFunc: time.Now}
}

// Get returns a token that is good for at least the margin.
func (t *Tokens) Get(ctx context.Context) (support.Secret, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.token != "" && t.nowFunc().Before(t.until) {
		return t.token, nil
	}
	token, life, err := t.fetch(ctx)
	if err != nil {
		return "", err
	}
	t.token, t.until = token, t.nowFunc().Add(life-min(t.margin, life/2))
	return token, nil
}

// Drop forgets a token that was refused, unless it has been replaced already.
func (t *Tokens) Drop(refused support.Secret) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.token == refused {
		t.token = ""
	}
}
