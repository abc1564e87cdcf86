package kit

import (
	"context"
	"slices"
	"sync"
	"time"
)

// Faults are the faults of a simulator that are still to happen, oldest first. F is its description of a fault. It is
// safe for concurrent use.
type Faults[F any] struct {
	times func(*F) *int
	mu    sync.Mutex
	list  []*F
}

// NewFaults makes an empty store. times points to a fault's count of uses that are left: below 0 is until Clear.
func NewFaults[F any](times func(*F) *int) *Faults[F] { return &Faults[F]{times: times} }

// Add adds a fault. A count of 0 is one use.
func (s *Faults[F]) Add(fault F) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if left := s.times(&fault); *left == 0 {
		*left = 1
	}
	s.list = append(s.list, &fault)
}

// List returns the faults that are left; it is never nil.
func (s *Faults[F]) List() []F {
	s.mu.Lock()
	defer s.mu.Unlock()
	left := make([]F, 0, len(s.list))
	for _, fault := range s.list {
		left = append(left, *fault)
	}
	return left
}

// Clear removes all faults.
func (s *Faults[F]) Clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.list = nil
}

// Take uses up one use of the first fault that matches and returns a copy of it; nil when none does. match may change
// what the fault itself remembers.
func (s *Faults[F]) Take(match func(*F) bool) *F {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := slices.IndexFunc(s.list, match)
	if at < 0 {
		return nil
	}
	taken := *s.list[at]
	left := s.times(s.list[at])
	if *left > 0 {
		*left--
	}
	if *left == 0 {
		s.list = slices.Delete(s.list, at, at+1)
	}
	return &taken
}

// Pause waits, and tells whether it came to the end: false is that the context ended first.
func Pause(ctx context.Context, delay time.Duration) bool {
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
