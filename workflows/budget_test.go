package workflows_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"example.com/lifeline/activities"
	"example.com/lifeline/support"
	"example.com/lifeline/workflows"
)

const (
	listing  = "GET /sessions"
	creating = "POST /sessions"
)

var (
	free      = support.Allowance{Calls: 300, Window: time.Hour}
	business  = support.Allowance{Calls: 7_200, Window: 24 * time.Hour}
	corporate = support.Allowance{Calls: 36_000, Window: 24 * time.Hour}
)

// counter runs the keeper of an account's calls on the virtual clock, one run after the other.
type counter struct {
	*testsuite.TestWorkflowEnvironment
	t      *testing.T
	start  workflows.BudgetStart
	asked  int
	leased []leased
}

// leased is a lease and when it was given.
type leased struct {
	at time.Time
	activities.Lease
}

func newCounter(t *testing.T) *counter {
	c := &counter{t: t}
	c.fresh(start)
	return c
}

// fresh makes the environment of the next run.
func (c *counter) fresh(at time.Time) {
	c.TestWorkflowEnvironment = newEnvironment()
	c.SetStartTime(at)
	c.RegisterWorkflowWithOptions(workflows.CallBudget, workflow.RegisterOptions{Name: workflows.BudgetType})
}

// lease asks for calls now.
func (c *counter) lease(function string, allowed support.Allowance, told func(activities.Lease, error)) {
	c.asked++
	answered := &testsuite.TestUpdateCallback{
		OnAccept: func() {}, OnReject: func(err error) { require.NoError(c.t, err) },
		OnComplete: func(value any, err error) {
			lease, _ := value.(activities.Lease)
			told(lease, err)
		},
	}
	c.UpdateWorkflow(workflows.UpdateLease, fmt.Sprintf("lease-%d", c.asked), answered, activities.LeaseRequest{Function: function, Allowed: allowed})
}

// greedily asks for all that can be had until a time, as soon as it can be had.
func (c *counter) greedily(after time.Duration, allowed support.Allowance, until time.Time) {
	c.RegisterDelayedCallback(func() {
		c.lease(listing, allowed, func(lease activities.Lease, err error) {
			require.NoError(c.t, err)
			if lease.Calls > 0 {
				c.leased = append(c.leased, leased{c.Now(), lease})
			} else {
				require.Positive(c.t, lease.Wait)
			}
			tooMuch := len(c.leased) > allowed.Calls*10 // or this went on for ever
			if next := c.Now().Add(lease.Wait); next.Before(until) && !tooMuch {
				c.greedily(lease.Wait, allowed, until)
			}
		})
	}, after)
}

// run runs the keeper until the engine suggests a fresh run, which goes on where it left off.
func (c *counter) run(length time.Duration) {
	c.t.Helper()
	end := c.Now().Add(length)
	c.RegisterDelayedCallback(func() {
		c.SetContinueAsNewSuggested(true)
		c.lease("PUT", corporate, func(activities.Lease, error) {})
	}, length)
	c.ExecuteWorkflow(workflows.BudgetType, c.start)
	require.True(c.t, c.IsWorkflowCompleted())
	var again *workflow.ContinueAsNewError
	require.ErrorAs(c.t, c.GetWorkflowError(), &again)
	assert.Equal(c.t, workflows.BudgetType, again.WorkflowType.Name)
	c.start = workflows.BudgetStart{}
	require.NoError(c.t, converter.GetDefaultDataConverter().FromPayloads(again.Input, &c.start))
	c.fresh(end)
}

// most is the largest number of calls that may arrive within any window of a length: made at once, or as late as their
// lease lapses and as slow as a call may be.
func (c *counter) most(window time.Duration) (most int) {
	sum, first := 0, 0
	for _, last := range c.leased {
		sum += last.Calls
		for ; c.leased[first].at.Add(c.leased[first].Life + time.Minute + window).Before(last.at); first++ {
			sum -= c.leased[first].Calls
		}
		most = max(most, sum)
	}
	return most
}

// all is the number of calls given.
func (c *counter) all() (all int) {
	for _, g := range c.leased {
		all += g.Calls
	}
	return all
}

func TestLicenceIsNeverExceededInAnyWindow(t *testing.T) {
	t.Parallel()
	for name, licence := range map[string]struct {
		allowed support.Allowance
		least   int // in hundredths of what is allowed
	}{
		"free": {free, 90}, "business": {business, 94}, "tiny": {support.Allowance{Calls: 2, Window: time.Minute}, 30},
		"crowded": {support.Allowance{Calls: 1_000, Window: time.Hour}, 90},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCounter(t)
			part := licence.allowed.Window * 2 / 5
			for range 4 {
				c.greedily(0, licence.allowed, c.Now().Add(part))
				c.run(part)
			}
			assert.LessOrEqual(t, c.most(licence.allowed.Window), licence.allowed.Calls)
			assert.Greater(t, c.all(), licence.allowed.Calls*16/10*licence.least/100, "and little of it is left unused")
		})
	}
}

// Many processes, each begun afresh a moment after it had its lease: nothing is given anew.
func TestRestartsBringNoCalls(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	for range 50 {
		c.greedily(0, free, c.Now().Add(time.Second))
		c.run(time.Second)
	}
	assert.LessOrEqual(t, c.all(), 300/20+50/13+1, "the burst, and one after each interval")
}

func TestLeaseIsLargeWhileThereIsPlentyAndSmallWhenScarce(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	c.greedily(0, business, start.Add(time.Second))
	c.run(time.Minute)
	require.NotEmpty(t, c.leased)
	assert.Equal(t, activities.Lease{Calls: 10, Life: 10 * time.Minute}, c.leased[0].Lease)
	assert.Equal(t, 1, c.leased[len(c.leased)-1].Calls)
	assert.Equal(t, 360, c.all(), "a twentieth at once")
}

func TestEachFunctionHasItsOwnCalls(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	c.greedily(0, free, start.Add(time.Second))
	var other activities.Lease
	c.RegisterDelayedCallback(func() {
		c.lease(creating, free, func(lease activities.Lease, _ error) { other = lease })
	}, 2*time.Second)
	c.run(time.Minute)
	assert.Equal(t, activities.Lease{Calls: 1, Life: time.Minute}, other)
}

func TestAfterTheWaitThereIsACall(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	c.greedily(0, free, start.Add(time.Second))
	var again activities.Lease
	c.RegisterDelayedCallback(func() {
		c.lease(listing, free, func(none activities.Lease, _ error) {
			assert.Zero(t, none.Calls)
			c.RegisterDelayedCallback(func() {
				c.lease(listing, free, func(lease activities.Lease, _ error) { again = lease })
			}, none.Wait)
		})
	}, 2*time.Second)
	c.run(time.Minute)
	assert.Equal(t, 1, again.Calls)
}

// Another licence counts from the next lease on. What was made under a larger one cannot be taken back.
func TestChangedLicenceEndsRight(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]struct {
		before, after support.Allowance
		larger        bool
	}{
		"more calls":     {business, corporate, true},
		"fewer calls":    {corporate, business, false},
		"longer window":  {free, business, true},
		"shorter window": {business, free, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCounter(t)
			c.greedily(0, change.before, start.Add(time.Hour))
			c.run(time.Hour)
			changed := len(c.leased)
			c.greedily(0, change.after, c.Now().Add(4*time.Hour))
			c.run(4 * time.Hour)
			require.Greater(t, len(c.leased), changed)
			assert.Less(t, c.leased[changed].at.Sub(start), time.Hour+change.before.Window/18, "soon there are calls")
			if !change.larger {
				c.leased = c.leased[changed:]
			}
			assert.LessOrEqual(t, c.most(change.after.Window), change.after.Calls)
			assert.Greater(t, c.most(time.Hour), change.after.Calls*9/10/int(change.after.Window/time.Hour))
		})
	}
}

func TestLicenceWithoutCallsIsRefused(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	var refused error
	c.RegisterDelayedCallback(func() {
		c.lease(listing, support.Allowance{}, func(_ activities.Lease, err error) { refused = err })
	}, 0)
	c.run(time.Minute)
	assert.Equal(t, support.CodeConfiguration, code(t, refused))
}
