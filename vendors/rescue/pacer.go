package rescue

import (
	"context"
	"time"

	"golang.org/x/time/rate"

	"example.com/lifeline/support"
)

// maxPINWait is how long a caller waits for a turn; longer queues are sent away with the delay.
const maxPINWait = 2 * time.Second

// pacer lets one PIN request through per interval for the company: Rescue takes one a second (rescue.md 3.1). Its queue
// is bounded by maxPINWait.
type pacer struct {
	limiter *rate.Limiter
	now     func() time.Time
	sleep   func(ctx context.Context, d time.Duration) error
}

func newPacer(interval time.Duration) *pacer {
	return &pacer{limiter: rate.NewLimiter(rate.Every(interval), 1), now: time.Now, sleep: sleep}
}

// turn waits for the caller's turn. It answers rate_limited when that takes too long.
func (p *pacer) turn(ctx context.Context) error {
	now := p.now()
	slot := p.limiter.ReserveN(now, 1)
	delay := slot.DelayFrom(now)
	if delay <= maxPINWait && p.sleep(ctx, delay) == nil {
		return nil
	}
	slot.CancelAt(now)
	return support.Retryable(support.CodeRateLimited, "many agents ask Rescue for a PIN at the moment", max(delay, time.Second), ctx.Err())
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
