package outbound

import (
	"context"

	"example.com/lifeline/support"
)

// Seats bounds the calls that are under way to a service at the same time. Adapters whose calls the service counts
// together share them.
type Seats struct{ taken chan struct{} }

// NewSeats makes that many seats, at least one.
func NewSeats(n int) *Seats { return &Seats{taken: make(chan struct{}, max(n, 1))} }

// Take waits for a free seat and gives the way to leave it. While the service answers nobody none is waited for: those
// who try it hold the seats until they run out of time, and as many callers as there are would wait behind them.
func (s *Seats) Take(ctx context.Context, service *Client) (leave func(), err error) {
	if service.silence.refuses() {
		return nil, service.isSilent()
	}
	select {
	case s.taken <- struct{}{}:
		return s.leave, nil
	default:
	}
	select {
	case s.taken <- struct{}{}:
		return s.leave, nil
	case <-service.silence.lasting():
		return nil, service.isSilent()
	case <-ctx.Done():
		return nil, support.Retryable(support.CodeUnreachable, service.name+" is busy with earlier calls", 0, ctx.Err())
	}
}

func (s *Seats) leave() { <-s.taken }

// Count is how many seats there are.
func (s *Seats) Count() int { return cap(s.taken) }
