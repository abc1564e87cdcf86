package teamviewer

import (
	"sync"
	"time"

	"golang.org/x/time/rate"

	"example.com/lifeline/support"
)

// licence is the number of calls to one API function within a window (teamviewer.md 1.5).
type licence struct {
	calls  int
	window time.Duration
}

var licences = map[string]licence{
	"free":      {300, time.Hour},
	"business":  {7_200, 24 * time.Hour},
	"premium":   {14_400, 24 * time.Hour},
	"corporate": {36_000, 24 * time.Hour},
}

// PollEvery is how often the list may be read so that half of its calls or more are left for everything else
// (teamviewer.md 2.7).
func (c Config) PollEvery() time.Duration {
	switch c.Licence {
	case "corporate":
		return 10 * time.Second
	case "premium":
		return 15 * time.Second
	}
	return 30 * time.Second
}

// burstShare is the part of a window's calls that may be made at once. The rest is spread over the window, so that
// both together never exceed what the licence allows, wherever TeamViewer lets the window begin.
const burstShare = 20

// budget counts the calls to each API function before they are made: at TeamViewer's own limit all Lifeline's sessions
// would stand still for the rest of the window.
type budget struct {
	mu       sync.Mutex
	every    rate.Limit
	burst    int
	limiters map[string]*rate.Limiter
}

func newBudget(name string, processes int) *budget {
	allowed, known := licences[name]
	if !known {
		allowed = licences["free"]
	}
	calls := max(allowed.calls/max(processes, 1), 2)
	burst := max(calls/burstShare, 1)
	return &budget{
		every:    rate.Every(allowed.window/time.Duration(calls-burst) + 1),
		burst:    burst,
		limiters: map[string]*rate.Limiter{},
	}
}

// spend takes one call to the function, or answers rate_limited with the time until the next is free.
func (b *budget) spend(function string, now time.Time) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	limiter := b.limiters[function]
	if limiter == nil {
		limiter = rate.NewLimiter(b.every, b.burst)
		b.limiters[function] = limiter
	}
	slot := limiter.ReserveN(now, 1)
	wait := slot.DelayFrom(now)
	if wait == 0 {
		return nil
	}
	slot.CancelAt(now)
	return support.Retryable(support.CodeRateLimited, "the TeamViewer licence allows no more calls at the moment", wait, nil)
}
