// Package worker wires workflows and steps to Lifeline's task queue, and starts what runs all the time.
package worker

import (
	"log/slog"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"example.com/lifeline/activities"
	"example.com/lifeline/workflows"
)

// Options of a worker.
type Options struct {
	Cache       int           // sticky workflows kept in memory, 33 KB each; once per process
	Parallel    int           // steps at once
	StopTimeout time.Duration // how long running steps may finish on shutdown
	OnFailure   func(step, code string)
	Log         *slog.Logger
}

// deadlockAfter is how long workflow code may hold its thread. It never waits, but a session with a megabyte of chat on
// a machine that is short of processors may well take longer than the SDK's second; a workflow task has ten.
const deadlockAfter = 8 * time.Second

// New makes a worker for Lifeline's task queue. Start and Stop are the caller's.
func New(engine client.Client, steps *activities.Steps, opts Options) worker.Worker {
	worker.SetStickyWorkflowCacheSize(opts.Cache)
	w := worker.New(engine, workflows.TaskQueue, worker.Options{
		MaxConcurrentActivityExecutionSize: opts.Parallel,
		WorkflowTaskPollerBehavior:         worker.NewPollerBehaviorAutoscaling(worker.PollerBehaviorAutoscalingOptions{}),
		ActivityTaskPollerBehavior:         worker.NewPollerBehaviorAutoscaling(worker.PollerBehaviorAutoscalingOptions{}),
		WorkerStopTimeout:                  opts.StopTimeout,
		DeadlockDetectionTimeout:           deadlockAfter,
		DisableRegistrationAliasing:        true,
		Interceptors:                       []interceptor.WorkerInterceptor{&failures{log: opts.Log, observe: opts.OnFailure}},
	})
	Register(w, steps)
	return w
}

// Register registers every workflow under the name it has for ever, and every step.
func Register(r worker.Registry, steps *activities.Steps) {
	for name, run := range Workflows() {
		r.RegisterWorkflowWithOptions(run, workflow.RegisterOptions{Name: name})
	}
	r.RegisterActivityWithOptions(steps, activity.RegisterOptions{})
}

// Workflows are the workflow types by name.
func Workflows() map[string]any {
	return map[string]any{
		workflows.SessionType:    workflows.SupportSession,
		workflows.RequestType:    workflows.RowRequest,
		workflows.CredentialType: workflows.Credential,
		workflows.BudgetType:     workflows.CallBudget,
		workflows.WatchType:      workflows.VendorWatch,
		workflows.AlertsType:     workflows.AlertDesk,
		workflows.ReconcileType:  workflows.Reconcile,
		workflows.ReportType:     workflows.CompanyReport,
		workflows.SweepType:      workflows.Sweep,
		workflows.KeyHealthType:  workflows.KeyHealth,
	}
}
