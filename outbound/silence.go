package outbound

import (
	"sync"
	"time"
)

// silence notices that a service answers nobody any more: a call ran out of time, and no other was answered while it
// lasted. From then on one call at a time tries, and the rest are refused at once: if all waited, a worker would soon
// have no hand free for the services that do answer.
type silence struct {
	mu       sync.Mutex
	answered time.Time // when the last answer came
	noticed  bool
	trying   bool
}

// refuses tells whether a call would be refused now.
func (s *silence) refuses() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.noticed && s.trying
}

// enter lets a call through, which has to leave when it has ended, or refuses it.
func (s *silence) enter() (leave func(ending), allowed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.noticed && s.trying {
		return nil, false
	}
	began, trial := time.Now(), s.noticed
	s.trying = trial
	return func(end ending) { s.leave(began, trial, end) }, true
}

func (s *silence) leave(began time.Time, trial bool, end ending) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.trying = s.trying && !trial
	switch {
	case end == wasAnswered:
		s.answered, s.noticed = time.Now(), false
	case end == ranOut && s.answered.Before(began):
		s.noticed = true
	}
}

// ending is how a call ended.
type ending int

const (
	wasAnswered ending = iota // whatever the answer
	ranOut                    // of the time that a call is given
	brokeOff                  // refused, cut off, or given up by its caller, which says nothing
)
