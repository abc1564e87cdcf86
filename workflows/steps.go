package workflows

import (
	"errors"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"example.com/lifeline/activities"
	"example.com/lifeline/support"
)

// steps names activities in a typed way; it is never called.
var steps *activities.Steps

// Time-outs of steps. A step's own call ends a little earlier (the adapters' time-outs); heartbeats, sent by the
// worker while a step runs, end it within seconds when its worker died.
const (
	promptTimeout  = 9 * time.Second  // while an agent waits: one try, and all tries together
	steadyTimeout  = 75 * time.Second // one try of a step that nobody waits for
	heartbeatEvery = 12 * time.Second
	patience       = 7 * 24 * time.Hour // how long a step is tried before it becomes a human's matter
)

// promptly runs steps for an agent who waits: what does not work within seconds is answered as it is.
func promptly(ctx workflow.Context, summary string) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout:    promptTimeout,
		ScheduleToCloseTimeout: promptTimeout,
		HeartbeatTimeout:       heartbeatEvery,
		RetryPolicy:            &temporal.RetryPolicy{InitialInterval: 500 * time.Millisecond, BackoffCoefficient: 2, MaximumInterval: 2 * time.Second},
		Priority:               temporal.Priority{PriorityKey: 1},
		Summary:                summary,
	})
}

// promptlyBy is promptly for one of several steps that have to be done by a time.
func promptlyBy(ctx workflow.Context, summary string, deadline time.Time) workflow.Context {
	left := timeLeft(ctx, deadline)
	return workflow.WithScheduleToCloseTimeout(workflow.WithStartToCloseTimeout(promptly(ctx, summary), left), left)
}

// timeLeft is what a step that has to be done by a time is given: never so little that it could not even begin.
func timeLeft(ctx workflow.Context, deadline time.Time) time.Duration {
	return max(time.Second, deadline.Sub(workflow.Now(ctx)))
}

// patiently runs steps that nobody waits for: they are tried for days, with growing pauses. One that is given up while
// a try is under way comes to the end of that try: another run may repeat it, and never at the same time.
func patiently(ctx workflow.Context, summary string) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout:    steadyTimeout,
		ScheduleToCloseTimeout: patience,
		HeartbeatTimeout:       heartbeatEvery,
		WaitForCancellation:    true,
		RetryPolicy:            &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: time.Minute},
		Summary:                summary,
	})
}

// whileOfUse begins a step and waits until it is done, or of no use any more; then the caller may give it up.
func whileOfUse(ctx workflow.Context, useless func() bool, do func(workflow.Context) workflow.Future) (step workflow.Future, giveUp workflow.CancelFunc) {
	doing, giveUp := workflow.WithCancel(ctx)
	step = do(doing)
	_ = workflow.Await(ctx, func() bool { return step.IsReady() || useless() })
	return step, giveUp
}

// briefly runs steps that add what would be good to have: a few tries, and the session goes on without.
func briefly(ctx workflow.Context, summary string) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout:    steadyTimeout,
		ScheduleToCloseTimeout: 3 * time.Minute,
		HeartbeatTimeout:       heartbeatEvery,
		RetryPolicy:            &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 2, MaximumAttempts: 3},
		Summary:                summary,
	})
}

// failureOf reads the kind, code and public message out of a step's failure. A step that ran out of time or tries is a
// matter for attention under the code of its last failure.
func failureOf(err error) *support.Error {
	if err == nil {
		return nil
	}
	var application *temporal.ApplicationError
	if errors.As(err, &application) {
		var detail activities.FailureDetail
		if application.HasDetails() && application.Details(&detail) == nil && detail.Code != "" {
			return &support.Error{Kind: detail.Kind, Code: detail.Code, Message: detail.Message}
		}
		return support.NeedsAttention(support.CodeInternal, "an internal error occurred", err)
	}
	var timeout *temporal.TimeoutError
	if errors.As(err, &timeout) {
		return support.Retryable(support.CodeUnreachable, "no answer in time", 0, err)
	}
	var own *support.Error
	if errors.As(err, &own) {
		return own
	}
	return support.NeedsAttention(support.CodeInternal, "an internal error occurred", err)
}

// answer turns a failure into what an update returns: the same detail, never retried by the engine.
func answer(failure *support.Error) error {
	return temporal.NewApplicationErrorWithOptions(failure.Message, failure.Code, temporal.ApplicationErrorOptions{
		NonRetryable: true,
		Details:      []any{activities.FailureDetail{Kind: failure.Kind, Code: failure.Code, Message: failure.Message}},
	})
}
