package teamviewer

import "context"

// touch announces a change.
func (s *Sim) touch() { s.news.Announce() }

// Changed is closed at the next change: a request that changed something, an action, the clock moving, a report
// becoming visible.
func (s *Sim) Changed() <-chan struct{} { return s.news.Next() }

// Version counts the changes.
func (s *Sim) Version() int64 { return s.news.Count() }

// Await waits until the condition holds. It looks after each change, and returns the context's error when time is up.
func (s *Sim) Await(ctx context.Context, condition func() bool) error {
	return s.news.Await(ctx, condition)
}
