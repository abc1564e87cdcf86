package api

import "sync"

// shift counts what goes on until it is over. Unlike a WaitGroup alone it may be entered while somebody ends it: a
// request that a slow client drew out is still read when the server's time to drain is up.
type shift struct {
	mu   sync.Mutex
	over bool
	work sync.WaitGroup
}

// enter counts one in, unless the shift is over. Each who entered leaves.
func (s *shift) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.over {
		s.work.Add(1)
	}
	return !s.over
}

func (s *shift) leave() { s.work.Done() }

// do runs work beside whoever entered and has not left yet.
func (s *shift) do(work func()) { s.work.Go(work) }

// end lets nobody in any more and waits until all have left.
func (s *shift) end() {
	s.mu.Lock()
	s.over = true
	s.mu.Unlock()
	s.work.Wait()
}
