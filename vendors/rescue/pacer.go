package rescue

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"example.com/lifeline/support"
)

// The bounds of a caller's wait for a turn: an agent is waiting, and the call itself needs its time as well.
const (
	maxPINWait = 7 * time.Second
	pinCall    = 2 * time.Second
)

// pacer lets one PIN request through per interval for the company: Rescue takes one a second (rescue.md 3.1). Callers
// have their turns in the order in which they came; who can't have one in time is told at once.
type pacer struct {
	mu      sync.Mutex // taking a turn and giving it back is one step, or those sent away would lengthen the queue
	limiter *rate.Limiter
	now     func() time.Time
	sleep   func(ctx context.Context, d time.Duration) error
}

func newPacer(interval time.Duration) *pacer {
	return &pacer{limiter: rate.NewLimiter(rate.Every(interval), 1), now: time.Now, sleep: sleep}
}

// turn waits for the caller's turn. It answers rate_limited, with the time until the next free turn, when that takes too
// long.
func (p *pacer) turn(ctx context.Context) error {
	slot, delay, free := p.take(ctx)
	if !free {
		return crowded(delay, nil)
	}
	if err := p.sleep(ctx, delay); err != nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		slot.CancelAt(p.now())
		return crowded(delay, err)
	}
	return nil
}

// take reserves the next turn if it comes in time.
func (p *pacer) take(ctx context.Context) (slot *rate.Reservation, delay time.Duration, free bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	longest := maxPINWait
	if deadline, ok := ctx.Deadline(); ok {
		longest = min(longest, deadline.Add(-pinCall).Sub(now))
	}
	slot = p.limiter.ReserveN(now, 1)
	delay = slot.DelayFrom(now)
	if delay > 0 && delay > longest {
		slot.CancelAt(now)
		return nil, delay, false
	}
	return slot, delay, true
}

func crowded(delay time.Duration, cause error) error {
	return support.Retryable(support.CodeRateLimited, "many agents ask Rescue for a PIN at the moment; please try again shortly", max(delay, time.Second), cause)
}

func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
