package servicenow

import "context"

// touch announces a change.
func (s *Sim) touch() { s.news.Announce() }

// Version counts the changes to the instance's data.
func (s *Sim) Version() int64 { return s.news.Count() }

// Changed waits until the version is above since and returns it, or the context's error.
func (s *Sim) Changed(ctx context.Context, since int64) (int64, error) {
	return s.news.Above(ctx, since)
}

// Await waits until the condition holds. It looks after each change and returns the context's error when time is up.
func (s *Sim) Await(ctx context.Context, condition func() bool) error {
	return s.news.Await(ctx, condition)
}
