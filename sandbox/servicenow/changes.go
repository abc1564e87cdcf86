package servicenow

import "context"

// touch announces a change. The lock is held.
func (s *Sim) touch() {
	s.version++
	close(s.changed)
	s.changed = make(chan struct{})
}

// Version counts the changes to the instance's data.
func (s *Sim) Version() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.version
}

// Changed waits until the version is above since and returns it, or the context's error.
func (s *Sim) Changed(ctx context.Context, since int64) (int64, error) {
	for {
		s.mu.Lock()
		version, next := s.version, s.changed
		s.mu.Unlock()
		if version > since {
			return version, nil
		}
		select {
		case <-next:
		case <-ctx.Done():
			return version, ctx.Err()
		}
	}
}

// Await waits until the condition holds. It looks after each change and returns the context's error when time is up.
func (s *Sim) Await(ctx context.Context, condition func() bool) error {
	for {
		version := s.Version()
		if condition() {
			return nil
		}
		if _, err := s.Changed(ctx, version); err != nil {
			return err
		}
	}
}
