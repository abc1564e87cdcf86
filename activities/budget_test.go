package activities_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/activities"
	"example.com/lifeline/support"
)

// lessor plays the engine, which takes its time to answer.
type lessor struct {
	takes  time.Duration
	answer func(n int) (activities.Lease, error)

	mu    sync.Mutex
	asked []activities.LeaseRequest
	now   int // questions under way
	most  int
}

func (l *lessor) LeaseCalls(ctx context.Context, _ string, request activities.LeaseRequest) (activities.Lease, error) {
	l.mu.Lock()
	l.asked = append(l.asked, request)
	n := len(l.asked)
	l.now++
	l.most = max(l.most, l.now)
	l.mu.Unlock()
	defer func() {
		l.mu.Lock()
		l.now--
		l.mu.Unlock()
	}()
	select {
	case <-time.After(l.takes):
		return l.answer(n)
	case <-ctx.Done():
		return activities.Lease{}, support.Retryable(support.CodeUnreachable, "no answer", 0, ctx.Err())
	}
}

func budgetOf(l *lessor) *activities.CallBudget {
	return &activities.CallBudget{
		Account: "account", Allowed: support.Allowance{Calls: 300, Window: time.Hour}, Lessors: func() activities.Lessors { return l },
	}
}

func gives(calls int, life time.Duration) func(int) (activities.Lease, error) {
	return func(int) (activities.Lease, error) { return activities.Lease{Calls: calls, Life: life}, nil }
}

const (
	listing  = "GET /sessions"
	creating = "POST /sessions"
)

func TestLeaseIsSpentBeforeTheNextIsAskedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &lessor{answer: gives(3, time.Hour)}
		b := budgetOf(l)
		for range 7 {
			require.NoError(t, b.Spend(t.Context(), listing))
		}
		assert.Len(t, l.asked, 3)
		require.NoError(t, b.Spend(t.Context(), creating))
		assert.Equal(t, activities.LeaseRequest{Function: creating, Allowed: b.Allowed}, l.asked[3], "each function has its own")
	})
}

func TestLapsedLeaseIsNotSpent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &lessor{takes: 2 * time.Second, answer: gives(3, 10*time.Second)}
		b := budgetOf(l)
		require.NoError(t, b.Spend(t.Context(), listing))
		time.Sleep(8*time.Second - 1) // its life began with the question
		require.NoError(t, b.Spend(t.Context(), listing))
		assert.Len(t, l.asked, 1)
		time.Sleep(time.Nanosecond)
		require.NoError(t, b.Spend(t.Context(), listing))
		assert.Len(t, l.asked, 2)
	})
}

func TestLeaseThatLapsedOnItsWayIsNotSpent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := budgetOf(&lessor{takes: 10 * time.Second, answer: gives(3, 10*time.Second)})
		assert.Equal(t, support.CodeRateLimited, support.AsError(b.Spend(t.Context(), listing)).Code)
	})
}

func TestManyAtOnceAskOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &lessor{takes: time.Second, answer: gives(10, time.Minute)}
		b := budgetOf(l)
		failures := make(chan error, 35)
		for range 35 {
			go func() { failures <- b.Spend(t.Context(), listing) }()
		}
		for range 35 {
			require.NoError(t, <-failures)
		}
		assert.Len(t, l.asked, 4, "four leases of ten")
		assert.Equal(t, 1, l.most, "one after the other")
	})
}

func TestWaitIsToldAndNobodyAsksBeforeItIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &lessor{answer: func(n int) (activities.Lease, error) {
			if n == 1 {
				return activities.Lease{Wait: 13 * time.Second}, nil
			}
			return activities.Lease{Calls: 1, Life: time.Minute}, nil
		}}
		b := budgetOf(l)
		for _, left := range []time.Duration{13 * time.Second, 8 * time.Second} {
			failure := support.AsError(b.Spend(t.Context(), listing))
			assert.Equal(t, support.CodeRateLimited, failure.Code)
			assert.Equal(t, support.Retry, failure.Kind)
			assert.Equal(t, left, failure.RetryAfter)
			time.Sleep(5 * time.Second)
		}
		assert.Len(t, l.asked, 1)
		time.Sleep(3 * time.Second)
		assert.NoError(t, b.Spend(t.Context(), listing))
	})
}

// The keeper counts the wait from when it is asked. An agent who waited from a little before it was refused once more.
func TestWhoWaitedAsLongAsToldAsksNotTooEarly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := budgetOf(&lessor{takes: 300 * time.Millisecond, answer: func(int) (activities.Lease, error) { return activities.Lease{Wait: 6 * time.Second}, nil }})
		assert.Equal(t, 6*time.Second, support.AsError(b.Spend(t.Context(), listing)).RetryAfter)
	})
}

func TestNothingIsSpentWhileTheEngineIsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		away := support.Retryable(support.CodeUnreachable, "away", 0, nil)
		l := &lessor{answer: func(n int) (activities.Lease, error) {
			if n == 1 {
				return activities.Lease{Calls: 5}, away // whatever else it says
			}
			return gives(1, time.Minute)(n)
		}}
		b := budgetOf(l)
		assert.ErrorIs(t, b.Spend(t.Context(), listing), away)
		assert.NoError(t, b.Spend(t.Context(), listing), "and it is asked again")
	})
}

func TestWhoIsGivenUpWaitsNoLonger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := budgetOf(&lessor{takes: time.Hour, answer: gives(1, 2*time.Hour)})
		go func() { _ = b.Spend(t.Context(), listing) }()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err := b.Spend(ctx, listing)
		assert.Equal(t, support.CodeUnreachable, support.AsError(err).Code)
		assert.True(t, errors.Is(err, context.DeadlineExceeded))
		time.Sleep(time.Hour)
	})
}
