package worker

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/interceptor"

	"example.com/lifeline/activities"
	"example.com/lifeline/support"
)

// failures is around every step: it gives failures their kind, logs their cause, and sends heartbeats while a step
// runs, so that a step whose worker died is given to another within seconds.
type failures struct {
	interceptor.WorkerInterceptorBase
	log     *slog.Logger
	observe func(step, code string)
}

// InterceptActivity implements interceptor.WorkerInterceptor.
func (f *failures) InterceptActivity(_ context.Context, next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	return &stepFailures{ActivityInboundInterceptorBase: interceptor.ActivityInboundInterceptorBase{Next: next}, failures: f}
}

type stepFailures struct {
	interceptor.ActivityInboundInterceptorBase
	*failures
}

// ExecuteActivity implements interceptor.ActivityInboundInterceptor.
func (s *stepFailures) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	stop := beat(ctx)
	defer stop()
	var result any
	err := support.Carefully(func() (err error) { // the engine's own retries would hide a panic for days
		result, err = s.Next.ExecuteActivity(ctx, in)
		return err
	})
	if err == nil || (ctx.Err() != nil && errors.Is(err, ctx.Err())) {
		return result, err
	}
	info := activity.GetInfo(ctx)
	failure := support.AsError(err)
	if s.observe != nil {
		s.observe(info.ActivityType.Name, failure.Code)
	}
	s.log.Log(ctx, level(failure), "a step failed", "step", info.ActivityType.Name, "workflow", info.WorkflowExecution.ID,
		"run", info.WorkflowExecution.RunID, "attempt", info.Attempt, "kind", failure.Kind, "code", failure.Code, "error", err)
	return result, activities.Failed(err)
}

// level is how much a failure wants to be read. Waiting because a service asks for it is how its limits are kept.
func level(failure *support.Error) slog.Level {
	switch {
	case failure.Kind == support.Stop, failure.Code == support.CodeRateLimited:
		return slog.LevelInfo
	case failure.Kind == support.Retry:
		return slog.LevelWarn
	}
	return slog.LevelError
}

// beat heartbeats three times as often as the step's limit asks for, until stop is called.
func beat(ctx context.Context) (stop func()) {
	limit := activity.GetInfo(ctx).HeartbeatTimeout
	if limit == 0 {
		return func() {}
	}
	done := make(chan struct{})
	go func() {
		ticker := time.NewTicker(limit / 3)
		defer ticker.Stop()
		for {
			select {
			case <-done:
				return
			case <-ctx.Done():
				return
			case <-ticker.C:
				activity.RecordHeartbeat(ctx)
			}
		}
	}()
	return func() { close(done) }
}
