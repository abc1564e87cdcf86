package activities

import (
	"context"
	"sync"
	"time"

	"example.com/lifeline/support"
)

// LeaseRequest asks for calls to one function of a vendor account.
type LeaseRequest struct {
	Function string            `json:"function"`
	Allowed  support.Allowance `json:"allowed"`
}

// Lease is a few calls that a process may make on its own, or how long it has to wait for any.
type Lease struct {
	Calls int           `json:"calls,omitempty"`
	Life  time.Duration `json:"life,omitempty"` // counted from the question, so that no two clocks have to agree
	Wait  time.Duration `json:"wait,omitempty"`
}

// Lessors reaches the entity workflows that count the accounts' calls; implemented by package sessions.
type Lessors interface {
	LeaseCalls(ctx context.Context, account string, request LeaseRequest) (Lease, error)
}

// CallBudget is a support.CallBudget over leases. Those of a process that is killed lapse unused: too few calls are
// made then, never too many.
type CallBudget struct {
	Account string
	Allowed support.Allowance
	Lessors func() Lessors // looked up late: adapters exist before the engine's client

	mu    sync.Mutex
	purse map[string]*purse
}

// purse is what the process holds of one function's calls. Whoever has put a token into turn may use it.
type purse struct {
	turn  chan struct{}
	calls int
	until time.Time // when the calls lapse
	next  time.Time // there are no more calls before
}

// Spend implements support.CallBudget.
func (b *CallBudget) Spend(ctx context.Context, function string) error {
	p := b.of(function)
	select {
	case p.turn <- struct{}{}:
		defer func() { <-p.turn }()
	case <-ctx.Done():
		return support.Retryable(support.CodeUnreachable, "Lifeline's engine did not answer in time; please try again", 0, ctx.Err())
	}
	if asked := time.Now(); p.calls == 0 || !asked.Before(p.until) {
		if wait := p.next.Sub(asked); wait > 0 {
			return noCalls(wait)
		}
		lease, err := b.Lessors().LeaseCalls(ctx, b.Account, LeaseRequest{Function: function, Allowed: b.Allowed})
		if err != nil {
			return err
		}
		// The keeper counts from a moment between question and answer: calls lapse too early rather than too late, and nobody
		// asks again too early.
		p.calls, p.until, p.next = lease.Calls, asked.Add(lease.Life), time.Now().Add(lease.Wait)
	}
	if now := time.Now(); p.calls == 0 || !now.Before(p.until) {
		return noCalls(max(p.next.Sub(now), time.Second)) // the answer took longer than what it gave
	}
	p.calls--
	return nil
}

func (b *CallBudget) of(function string) *purse {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.purse == nil {
		b.purse = map[string]*purse{}
	}
	if b.purse[function] == nil {
		b.purse[function] = &purse{turn: make(chan struct{}, 1)}
	}
	return b.purse[function]
}

func noCalls(wait time.Duration) error {
	return support.Retryable(support.CodeRateLimited, "the vendor's licence allows no more calls at the moment", wait, nil)
}
