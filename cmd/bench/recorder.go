package main

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// recorder sees when the simulators are asked and when they answer.
type recorder struct {
	mu    sync.Mutex
	calls []span
	on    bool
}

// span is one call at a simulator.
type span struct {
	path       string
	began, end time.Time
}

// around fits sandbox.Options.Around.
func (r *recorder) around(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		began := time.Now()
		next.ServeHTTP(w, request)
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.on {
			r.calls = append(r.calls, span{request.URL.Path, began, time.Now()})
		}
	})
}

// record forgets earlier calls, and keeps those that come.
func (r *recorder) record() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls, r.on = nil, true
}

// take ends the recording and gives the calls in the order in which they began.
func (r *recorder) take() []span {
	r.mu.Lock()
	defer r.mu.Unlock()
	calls := r.calls
	r.calls, r.on = nil, false
	slices.SortFunc(calls, func(a, b span) int { return a.began.Compare(b.began) })
	return calls
}

// quiet tells whether nobody has asked for a while.
func (r *recorder) quiet(now time.Time, rest time.Duration) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return !slices.ContainsFunc(r.calls, func(s span) bool { return now.Sub(s.end) < rest })
}

// untilPIN keeps the calls that a press waits for: those up to the PIN. What comes later (row, mails) is beside it.
func untilPIN(calls []span) []span {
	at := slices.IndexFunc(calls, func(s span) bool { return strings.Contains(strings.ToLower(s.path), "requestpincode") })
	if at < 0 {
		return nil
	}
	return slices.DeleteFunc(calls, func(s span) bool { return s.end.After(calls[at].end) })
}

// busy is how long at least one call was under way. The calls are in the order of their beginnings.
func busy(calls []span) time.Duration {
	var total time.Duration
	var until time.Time
	for _, s := range calls {
		if s.began.After(until) {
			until = s.began
		}
		if s.end.After(until) {
			total += s.end.Sub(until)
			until = s.end
		}
	}
	return total
}
