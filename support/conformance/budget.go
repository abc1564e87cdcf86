package conformance

import (
	"context"
	"sync"
	"time"

	"example.com/lifeline/support"
)

// Budget counts what an adapter spends, for tests. It gives whatever is asked for unless Limit is set.
type Budget struct {
	Limit int // the calls of each function; 0: any number
	Err   error

	mu    sync.Mutex
	spent map[string]int
}

// Spend implements support.CallBudget.
func (b *Budget) Spend(_ context.Context, function string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.Err != nil {
		return b.Err
	}
	if b.Limit > 0 && b.spent[function] == b.Limit {
		return support.Retryable(support.CodeRateLimited, "no more calls at the moment", time.Minute, nil)
	}
	if b.spent == nil {
		b.spent = map[string]int{}
	}
	b.spent[function]++
	return nil
}

// Spent is how many calls of a function were made.
func (b *Budget) Spent(function string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.spent[function]
}
