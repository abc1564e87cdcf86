package support

import (
	"context"
	"time"
)

// Allowance is how many calls to one function a vendor's licence allows within any window of time.
type Allowance struct {
	Calls  int           `json:"calls"`
	Window time.Duration `json:"window"`
}

// CallBudget gives adapters the calls that a vendor counts by licence. All processes of Lifeline share the account's, and
// what was spent stays spent when they end.
type CallBudget interface {
	// Spend takes one call to the function, to be made at once. It answers kind Retry: rate_limited, with the time until
	// the next call, while there is none; unreachable while nobody can tell. No call is made then.
	Spend(ctx context.Context, function string) error
}
