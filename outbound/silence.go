package outbound

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// silence notices that a service answers nobody any more: a call ran out of time, and no other was answered while it
// lasted. From then on one call a second tries, and the rest are refused at once: if all waited, a worker would soon
// have no hand free for the services that do answer. More than one at a time may try, for it may be a single kind of
// call that the service leaves unanswered.
type silence struct {
	mu       sync.Mutex
	answered time.Time     // when the last answer came
	noticed  chan struct{} // closed while the service is silent
	trials   *rate.Limiter
}

func newSilence() *silence {
	return &silence{noticed: make(chan struct{}), trials: rate.NewLimiter(rate.Every(time.Second), 1)}
}

// lasting is a channel that is closed while the service is silent.
func (s *silence) lasting() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.noticed
}

// goesOn is for those who hold the lock.
func (s *silence) goesOn() bool {
	select {
	case <-s.noticed:
		return true
	default:
		return false
	}
}

// refuses tells whether a call would be refused now.
func (s *silence) refuses() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.goesOn() && s.trials.Tokens() < 1
}

// enter lets a call through, which has to leave when it has ended, or refuses it.
func (s *silence) enter() (leave func(ending), allowed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.goesOn() && !s.trials.Allow() {
		return nil, false
	}
	began := time.Now()
	return func(end ending) { s.leave(began, end) }, true
}

func (s *silence) leave(began time.Time, end ending) {
	s.mu.Lock()
	defer s.mu.Unlock()
	silent := s.goesOn()
	switch {
	case end == wasAnswered:
		s.answered = time.Now()
		if silent {
			s.noticed = make(chan struct{})
		}
	case end == ranOut && s.answered.Before(began) && !silent:
		close(s.noticed)
	}
}

// ending is how a call ended.
type ending int

const (
	wasAnswered ending = iota // whatever the answer
	ranOut                    // of the time that a call is given
	brokeOff                  // refused, cut off, or given up by its caller, which says nothing
)
