package sessions

import (
	"context"
	"errors"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"example.com/lifeline/activities"
	"example.com/lifeline/support"
	"example.com/lifeline/workflows"
)

// Raise implements activities.Dispatcher.
func (c *Client) Raise(ctx context.Context, connection string, trouble activities.Trouble) error {
	return c.tellDesk(ctx, connection, workflows.SignalRaise, trouble)
}

// Clear implements activities.Dispatcher.
func (c *Client) Clear(ctx context.Context, connection, subject, step string) error {
	return c.tellDesk(ctx, connection, workflows.SignalClear, workflows.Cleared{Subject: subject, Step: step})
}

func (c *Client) tellDesk(ctx context.Context, connection, signal string, message any) error {
	id := support.AlertWorkflowID(connection)
	_, err := c.engine.SignalWithStartWorkflow(ctx, id, signal, message,
		client.StartWorkflowOptions{ID: id, TaskQueue: workflows.TaskQueue, StaticSummary: "alerts of " + connection},
		workflows.AlertsType, workflows.AlertStart{Connection: connection, Rhythm: c.rhythm})
	return failure(err)
}

// StartAlerts starts a connection's alert desk, or tells a running one the configured rhythm.
func (c *Client) StartAlerts(ctx context.Context, connection string) error {
	return c.tellDesk(ctx, connection, workflows.SignalSchedule, c.rhythm)
}

// Troubles lists what waits for a human on a connection.
func (c *Client) Troubles(ctx context.Context, connection string) ([]activities.Trouble, error) {
	var troubles []activities.Trouble
	value, err := c.engine.QueryWorkflow(ctx, support.AlertWorkflowID(connection), "", workflows.QueryTroubles)
	if err == nil {
		err = value.Get(&troubles)
	}
	return troubles, failure(err)
}

// StartWatch starts the watcher of a vendor account, unless it runs.
func (c *Client) StartWatch(ctx context.Context, account string) error {
	_, err := c.engine.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID: support.WatchWorkflowID(account), TaskQueue: workflows.TaskQueue, StaticSummary: "watches " + account,
		WorkflowIDConflictPolicy: enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
	}, workflows.WatchType, workflows.WatchStart{Account: account})
	return failure(err)
}

// Periodic is what a connection does at intervals.
type Periodic struct {
	Type       string // workflow type
	Connection string
	Every      time.Duration
	Window     time.Duration
}

// scheduleID names the schedule of a periodic.
func (p Periodic) scheduleID() string { return p.Type + "/" + p.Connection }

// EnsureSchedule creates a schedule, or brings an existing one to the configured interval; a pause stays.
func (c *Client) EnsureSchedule(ctx context.Context, p Periodic) error {
	spec := client.ScheduleSpec{Intervals: []client.ScheduleIntervalSpec{{Every: p.Every}}, Jitter: min(p.Every/10, 5*time.Minute)}
	action := &client.ScheduleWorkflowAction{
		ID: p.scheduleID(), Workflow: p.Type, TaskQueue: workflows.TaskQueue,
		Args: []any{workflows.PeriodicStart{Connection: p.Connection, Window: p.Window}},
	}
	_, err := c.engine.ScheduleClient().Create(ctx, client.ScheduleOptions{
		ID: p.scheduleID(), Spec: spec, Action: action, Overlap: enums.SCHEDULE_OVERLAP_POLICY_SKIP, CatchupWindow: p.Every,
	})
	if errors.Is(err, temporal.ErrScheduleAlreadyRunning) {
		err = c.engine.ScheduleClient().GetHandle(ctx, p.scheduleID()).Update(ctx, client.ScheduleUpdateOptions{
			DoUpdate: func(in client.ScheduleUpdateInput) (*client.ScheduleUpdate, error) {
				schedule := in.Description.Schedule
				schedule.Spec, schedule.Action = &spec, action
				return &client.ScheduleUpdate{Schedule: &schedule}, nil
			},
		})
	}
	return failure(err)
}

// RunNow runs a periodic at once, also one that is paused.
func (c *Client) RunNow(ctx context.Context, p Periodic) error {
	handle := c.engine.ScheduleClient().GetHandle(ctx, p.scheduleID())
	return taken(ctx, handle, handle.Trigger(ctx, client.ScheduleTriggerOptions{Overlap: enums.SCHEDULE_OVERLAP_POLICY_BUFFER_ONE}))
}

// Pause pauses or resumes a periodic.
func (c *Client) Pause(ctx context.Context, p Periodic, paused bool) error {
	handle := c.engine.ScheduleClient().GetHandle(ctx, p.scheduleID())
	if paused {
		return taken(ctx, handle, handle.Pause(ctx, client.SchedulePauseOptions{Note: "paused by an operator"}))
	}
	return taken(ctx, handle, handle.Unpause(ctx, client.ScheduleUnpauseOptions{}))
}

// taken waits until the engine's scheduler has taken in what it was asked for. Of two requests that wait for it together
// it forgets the first; it says how things stand only when none waits.
func taken(ctx context.Context, schedule client.ScheduleHandle, err error) error {
	if err == nil {
		_, err = schedule.Describe(ctx)
	}
	return failure(err)
}

// PeriodicState is how a periodic stands.
type PeriodicState struct {
	Paused  bool                      `json:"paused"`
	LastRun time.Time                 `json:"lastRun,omitzero"`
	NextRun time.Time                 `json:"nextRun,omitzero"`
	Status  string                    `json:"status,omitempty"`  // of the last run
	Result  *workflows.PeriodicResult `json:"result,omitempty"`  // of the last run that succeeded
	Failure string                    `json:"failure,omitempty"` // of the last run, in plain words
}

// Describe says how a periodic stands.
func (c *Client) Describe(ctx context.Context, p Periodic) (PeriodicState, error) {
	description, err := c.engine.ScheduleClient().GetHandle(ctx, p.scheduleID()).Describe(ctx)
	if err != nil {
		return PeriodicState{}, failure(err)
	}
	state := PeriodicState{Paused: description.Schedule.State.Paused}
	if next := description.Info.NextActionTimes; len(next) > 0 {
		state.NextRun = next[0]
	}
	recent := description.Info.RecentActions
	if len(recent) == 0 {
		return state, nil
	}
	last := recent[len(recent)-1]
	state.LastRun = last.ActualTime
	if last.StartWorkflowResult == nil {
		return state, nil
	}
	return state, c.lastRun(ctx, last.StartWorkflowResult, &state)
}

func (c *Client) lastRun(ctx context.Context, run *client.ScheduleWorkflowExecution, state *PeriodicState) error {
	description, err := c.engine.DescribeWorkflowExecution(ctx, run.WorkflowID, run.FirstExecutionRunID)
	if err != nil {
		return failure(err)
	}
	status := description.GetWorkflowExecutionInfo().GetStatus()
	state.Status = status.String()
	if status == enums.WORKFLOW_EXECUTION_STATUS_RUNNING {
		return nil
	}
	var result workflows.PeriodicResult
	if err := c.engine.GetWorkflow(ctx, run.WorkflowID, run.FirstExecutionRunID).Get(ctx, &result); err != nil {
		state.Failure = support.AsError(failure(err)).Message
		return nil
	}
	state.Result = &result
	return nil
}
