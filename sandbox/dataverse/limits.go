package dataverse

import (
	"net/http"
	"strconv"
	"time"
)

// usage is what one user has used of the limits (reference 4).
type usage struct {
	requests   []time.Time // within the window
	execution  []span
	concurrent int
	total      int
	refused    int
}

type span struct {
	at   time.Time
	took time.Duration
}

// Usage counts one user's requests.
type Usage struct {
	Requests   int `json:"requests"`   // since the start
	InWindow   int `json:"inWindow"`   // in the current window
	Concurrent int `json:"concurrent"` // right now
	Refused    int `json:"refused"`    // by a limit
}

// UsageOf tells what a user has used of the service protection limits.
func (s *Sim) UsageOf(userID string) Usage {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.usageOf(userID)
	s.forget(u)
	return Usage{Requests: u.total, InWindow: len(u.requests), Concurrent: u.concurrent, Refused: u.refused}
}

func (s *Sim) usageOf(user string) *usage {
	u := s.usage[user]
	if u == nil {
		u = &usage{}
		s.usage[user] = u
	}
	return u
}

// forget drops what has left the sliding window.
func (s *Sim) forget(u *usage) {
	since := s.now().Add(-s.opts.Limits.Window)
	for len(u.requests) > 0 && !u.requests[0].After(since) {
		u.requests = u.requests[1:]
	}
	for len(u.execution) > 0 && !u.execution[0].at.After(since) {
		u.execution = u.execution[1:]
	}
}

// enter counts a request in, or refuses it with 429. The returned function counts it out.
func (s *Sim) enter(header http.Header, user string) (func(), error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, limits := s.usageOf(user), s.opts.Limits
	s.forget(u)
	u.total++
	if kind := u.exceeds(limits); kind != "" {
		u.refused++
		wait := limits.Window
		if len(u.requests) > 0 {
			wait = u.requests[0].Add(limits.Window).Sub(s.now())
		}
		return nil, throttled(kind, header, wait)
	}
	now := s.now()
	u.requests = append(u.requests, now)
	u.concurrent++
	header.Set("x-ms-ratelimit-burst-remaining-xrm-requests", strconv.Itoa(limits.Requests-len(u.requests)))
	header.Set("x-ms-dop-hint", "4")
	header.Set("x-ms-ratelimit-time-remaining-xrm-requests", (limits.Execution - u.executed()).String())
	started := time.Now()
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		u.concurrent--
		u.execution = append(u.execution, span{now, time.Since(started)})
	}, nil
}

func (u *usage) executed() time.Duration {
	var sum time.Duration
	for _, e := range u.execution {
		sum += e.took
	}
	return sum
}

func (u *usage) exceeds(limits Limits) FaultKind {
	switch {
	case u.concurrent+1 >= limits.Concurrent:
		return Throttle429Concurrency
	case len(u.requests) >= limits.Requests:
		return Throttle429Count
	case u.executed() >= limits.Execution:
		return Throttle429Time
	}
	return ""
}

// throttled makes the 429 of a limit with its Retry-After in whole seconds.
func throttled(kind FaultKind, header http.Header, wait time.Duration) error {
	seconds := max(1, int(wait.Round(time.Second)/time.Second))
	header.Set("Retry-After", strconv.Itoa(seconds))
	failure := throttles[kind]
	return &failure
}

var throttles = map[FaultKind]Failure{
	Throttle429Count: {http.StatusTooManyRequests, "0x80072322", "Number of requests exceeded the limit of 6000 over time window of 300 seconds."},
	Throttle429Time: {http.StatusTooManyRequests, "0x80072321", "Combined execution time of incoming requests exceeded limit of 1,200,000 milliseconds over time window of 300 seconds. " +
		"Decrease number of concurrent requests or reduce the duration of requests and try again later."},
	Throttle429Concurrency: {http.StatusTooManyRequests, "0x80072326", "Number of concurrent requests exceeded the limit of 52."},
}
