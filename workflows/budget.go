package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"example.com/lifeline/activities"
	"example.com/lifeline/support"
)

// UpdateLease asks the keeper of an account's calls for some: activities.LeaseRequest -> activities.Lease.
const UpdateLease = "lease"

// BudgetStart is the input of the keeper of a vendor account's calls.
type BudgetStart struct {
	// Earned is, by function, when the calls that were given will have been earned back.
	Earned map[string]time.Time `json:"earned,omitempty"`
}

// CallBudget is the entity workflow that gives out the calls of one vendor account. Each is in the history before
// anybody may make it, so that neither restarts nor further processes make more.
func CallBudget(ctx workflow.Context, in BudgetStart) error {
	if in.Earned == nil {
		in.Earned = map[string]time.Time{}
	}
	if err := workflow.SetUpdateHandler(ctx, UpdateLease, in.lease); err != nil {
		return err
	}
	full := func() bool {
		return workflow.GetInfo(ctx).GetContinueAsNewSuggested() && workflow.AllHandlersFinished(ctx)
	}
	if err := workflow.Await(ctx, full); err != nil {
		return err
	}
	return workflow.NewContinueAsNewError(ctx, BudgetType, in)
}

// lease gives a few calls at once while there are plenty, so that few of them cost a question, and one while they are
// scarce.
func (b BudgetStart) lease(ctx workflow.Context, asked activities.LeaseRequest) (activities.Lease, error) {
	if asked.Allowed.Calls < 2 || asked.Allowed.Window <= 0 {
		return activities.Lease{}, answer(support.NeedsAttention(support.CodeConfiguration, "the licence's calls are not known", nil))
	}
	now, p := workflow.Now(ctx), paceOf(asked.Allowed)
	earned := b.Earned[asked.Function]
	if earned.Before(now) {
		earned = now
	}
	credit := p.credit() - earned.Sub(now)
	free := int(credit / p.every)
	if free < 1 {
		return activities.Lease{Wait: p.every - credit}, nil
	}
	calls := min(max(free/leaseShare, 1), mostLeased)
	b.Earned[asked.Function] = earned.Add(time.Duration(calls) * p.every)
	return activities.Lease{Calls: calls, Life: p.life}, nil
}

const (
	burstShare   = 20 // the part of a window's calls that may be given at once, as a divisor; the others are spread over it
	leaseShare   = 20 // the part of what is free that goes into one lease
	mostLeased   = 10
	lifeShare    = 60 // the part of the window that a lease lives
	longestLease = 10 * time.Minute
	onTheWay     = time.Minute // how long a call that is spent may take to the vendor: no adapter waits longer for one
)

// pace is how a licence's calls are given out: some at once, and one more after each interval. A call may be made as late
// as its lease lapses. So calls that the vendor counts within a window were given within the window, a lease's life and
// the way: in that time burst and intervals together make no more than the licence allows, wherever it lies.
type pace struct {
	burst int
	every time.Duration
	life  time.Duration
}

func paceOf(allowed support.Allowance) pace {
	burst := max(allowed.Calls/burstShare, 1)
	life := min(allowed.Window/lifeShare, longestLease)
	spread := allowed.Window + life + onTheWay
	return pace{burst: burst, every: spread/time.Duration(allowed.Calls-burst) + 1, life: life}
}

// credit is how far ahead of being earned calls are given.
func (p pace) credit() time.Duration { return time.Duration(p.burst) * p.every }
