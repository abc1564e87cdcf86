package workflows_test

import (
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/workflow"
)

// restType stands for SupportSession where one run starts another, so that a test plays one run at a time.
const restType = "Rest"

// stage lets steps be tried as often as the engine does (the test environment gives up after ten tries where a policy
// sets no bound), and keeps the session's children from being played along.
type stage struct {
	interceptor.WorkerInterceptorBase
}

func (*stage) InterceptWorkflow(_ workflow.Context, next interceptor.WorkflowInboundInterceptor) interceptor.WorkflowInboundInterceptor {
	return &stageIn{interceptor.WorkflowInboundInterceptorBase{Next: next}}
}

type stageIn struct {
	interceptor.WorkflowInboundInterceptorBase
}

func (i *stageIn) Init(out interceptor.WorkflowOutboundInterceptor) error {
	return i.Next.Init(&stageOut{interceptor.WorkflowOutboundInterceptorBase{Next: out}})
}

type stageOut struct {
	interceptor.WorkflowOutboundInterceptorBase
}

func (o *stageOut) ExecuteActivity(ctx workflow.Context, name string, args ...any) workflow.Future {
	options := workflow.GetActivityOptions(ctx)
	if options.RetryPolicy != nil && options.RetryPolicy.MaximumAttempts == 0 {
		policy := *options.RetryPolicy
		policy.MaximumAttempts = 1 << 30
		options.RetryPolicy = &policy
		ctx = workflow.WithActivityOptions(ctx, options)
	}
	return o.Next.ExecuteActivity(ctx, name, args...)
}

func (o *stageOut) ExecuteChildWorkflow(ctx workflow.Context, _ string, args ...any) workflow.ChildWorkflowFuture {
	return o.Next.ExecuteChildWorkflow(ctx, restType, args...)
}
