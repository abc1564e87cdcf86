package workflows

import (
	"errors"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"example.com/lifeline/support"
)

// firstTryWithin marks the changes of a prompt step's first try: 1, it is made within the workflow task; 2, it is the
// last one where too little time is left for another.
const firstTryWithin = "first-try-within-the-workflow-task"

const (
	promptPause  = 500 * time.Millisecond // the least between the first try of a prompt step and the second
	worthAnother = 2 * time.Second        // the least that a further try is given: it would end unanswered
)

// promptStep is a step that an agent waits for. Its first try is a local activity: that spares the engine its writes
// between press and code, which are most of what the agent waits for. When it fails for now, ordinary tries follow,
// each with its line in the Temporal UI.
type promptStep struct {
	summary  string
	activity any
	input    any
	repeated any // the input of later tries, when they have to know that they are not the first; nil: the same
	by       time.Time

	try     workflow.Future
	version workflow.Version
}

// start begins the first try.
func (p *promptStep) start(ctx workflow.Context) *promptStep {
	p.version = workflow.GetVersion(ctx, firstTryWithin, workflow.DefaultVersion, 2)
	if p.local() {
		p.try = workflow.ExecuteLocalActivity(within(ctx, p.summary, p.by), p.activity, p.input)
	} else {
		p.try = workflow.ExecuteActivity(promptlyBy(ctx, p.summary, p.by), p.activity, p.input)
	}
	return p
}

func (p *promptStep) local() bool { return p.version >= 1 }

// get waits for the result.
func (p *promptStep) get(ctx workflow.Context, result any) *support.Error {
	err := p.try.Get(ctx, result)
	failure := failureOf(err)
	if failure == nil || failure.Kind != support.Retry || !p.local() {
		return failure
	}
	pause := max(promptPause, retryDelay(err))
	if workflow.Now(ctx).Add(pause + p.least()).After(p.by) {
		return failure
	}
	if err := workflow.Sleep(ctx, pause); err != nil {
		return failureOf(err)
	}
	input := p.input
	if p.repeated != nil {
		input = p.repeated
	}
	return failureOf(workflow.ExecuteActivity(promptlyBy(ctx, p.summary, p.by), p.activity, input).Get(ctx, result))
}

// least is what must be left for a further try.
func (p *promptStep) least() time.Duration {
	if p.version >= 2 {
		return worthAnother
	}
	return 0
}

// within makes one try of a step part of the workflow task.
func within(ctx workflow.Context, summary string, by time.Time) workflow.Context {
	left := timeLeft(ctx, by)
	return workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{
		ScheduleToCloseTimeout: left, StartToCloseTimeout: left, Summary: summary,
		RetryPolicy: &temporal.RetryPolicy{MaximumAttempts: 1},
	})
}

// retryDelay is how long the other side asked us to wait.
func retryDelay(err error) time.Duration {
	var application *temporal.ApplicationError
	if errors.As(err, &application) {
		return application.NextRetryDelay()
	}
	return 0
}

// firstTask tells whether this is the first try of a run's first workflow task: nobody can have made a step of this run
// before. Its history is the run's start and the task's own two events.
func firstTask(ctx workflow.Context) bool {
	return workflow.GetInfo(ctx).GetCurrentHistoryLength() <= 3
}
