// Package kit is what the simulators and the sandbox's desk have in common: a clock that can be moved, news of changes,
// a store of faults, JSON controls, and pages with their assets. It knows no vendor; how a real service behaves stays
// with its simulator.
package kit

import (
	"net/http"
	"sync/atomic"
	"time"
)

// Clock runs like the one it was made from, ahead of it by what it was advanced. It is safe for concurrent use.
type Clock struct {
	base  func() time.Time
	ahead atomic.Int64 // nanoseconds
}

// NewClock makes a clock from another one; nil is time.Now.
func NewClock(base func() time.Time) *Clock {
	if base == nil {
		base = time.Now
	}
	return &Clock{base: base}
}

// Now is the clock's time in UTC.
func (c *Clock) Now() time.Time { return c.base().Add(time.Duration(c.ahead.Load())).UTC() }

// Advance moves the clock forward.
func (c *Clock) Advance(by time.Duration) { c.ahead.Add(int64(by)) }

// Dated tells the time in every answer's Date header, as a server with that clock would.
func Dated(now func() time.Time, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", now().UTC().Format(http.TimeFormat))
		next.ServeHTTP(w, r)
	})
}
