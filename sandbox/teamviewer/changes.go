package teamviewer

import "context"

// touch announces a change. The lock is held.
func (s *Sim) touch() {
	s.version++
	close(s.changed)
	s.changed = make(chan struct{})
}

// Changed is closed at the next change: a request that changed something, an action, the clock moving, a report
// becoming visible.
func (s *Sim) Changed() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changed
}

// Version counts the changes.
func (s *Sim) Version() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.version
}

// Await waits until the condition holds. It looks after each change, and returns the context's error when time is up.
func (s *Sim) Await(ctx context.Context, condition func() bool) error {
	for {
		next := s.Changed()
		if condition() {
			return nil
		}
		select {
		case <-next:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
