package outbound

import "context"

// Seats bounds the calls that are under way to a service at the same time. Adapters whose calls the service counts
// together share them.
type Seats struct{ taken chan struct{} }

// NewSeats makes that many seats, at least one.
func NewSeats(n int) *Seats { return &Seats{taken: make(chan struct{}, max(n, 1))} }

// Take waits for a free seat and gives the way to leave it. It fails with the context's error only.
func (s *Seats) Take(ctx context.Context) (leave func(), err error) {
	select {
	case s.taken <- struct{}{}:
		return func() { <-s.taken }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Count is how many seats there are.
func (s *Seats) Count() int { return cap(s.taken) }
