package main

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

// shape is what a session asks of the engine.
type shape struct{ Local, Activities, Signals int }

// The shapes of a press, and of a session where none was measured in this run.
var (
	pressShape = shape{Local: 3}
	usualShape = shape{Local: 3, Activities: 7, Signals: 2}
)

const (
	floorQueue  = "floor"
	floorUpdate = "open"
	floorSignal = "event"
)

// bare is an activity that does nothing.
func bare(context.Context) error { return nil }

// floorWorkflow has the course of a session without its content: local activities for the press, two at once and one
// more, then three ordinary ones at once, and the others one by one as the signals come.
func floorWorkflow(ctx workflow.Context, of shape) error {
	left, opened := of.Activities, false
	err := workflow.SetUpdateHandler(ctx, floorUpdate, func(ctx workflow.Context) error {
		err := atOnce(ctx, 2, &of.Local, localBare)
		if err == nil {
			err = atOnce(ctx, 1, &of.Local, localBare)
		}
		opened = true
		return err
	})
	if err != nil {
		return err
	}
	if err := workflow.Await(ctx, func() bool { return opened }); err != nil {
		return err
	}
	if err := atOnce(ctx, 3, &left, ordinaryBare); err != nil {
		return err
	}
	for range of.Signals {
		workflow.GetSignalChannel(ctx, floorSignal).Receive(ctx, nil)
		if err := atOnce(ctx, 1, &left, ordinaryBare); err != nil {
			return err
		}
	}
	for left > 0 {
		if err := atOnce(ctx, 1, &left, ordinaryBare); err != nil {
			return err
		}
	}
	return nil
}

func ordinaryBare(ctx workflow.Context) workflow.Future {
	return workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute}), bare)
}

func localBare(ctx workflow.Context) workflow.Future {
	return workflow.ExecuteLocalActivity(workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{StartToCloseTimeout: time.Minute}), bare)
}

// atOnce runs some of the activities that are left at the same time.
func atOnce(ctx workflow.Context, count int, left *int, start func(workflow.Context) workflow.Future) error {
	var running []workflow.Future
	for ; count > 0 && *left > 0; count-- {
		running = append(running, start(ctx))
		*left--
	}
	for _, future := range running {
		if err := future.Get(ctx, nil); err != nil {
			return err
		}
	}
	return nil
}

// floor runs bare workflows on the same server, without encryption, index or calls.
type floor struct {
	*bench
	engine client.Client
	worker worker.Worker
}

func (b *bench) startFloor(ctx context.Context) (*floor, error) {
	engine, err := client.DialContext(ctx, client.Options{
		HostPort: b.server.Address(), Logger: silent{},
		ConnectionOptions: client.ConnectionOptions{GrpcCompression: &client.GrpcCompressionNone{}}, // as Lifeline does
	})
	if err != nil {
		return nil, err
	}
	w := worker.New(engine, floorQueue, worker.Options{
		WorkflowTaskPollerBehavior: worker.NewPollerBehaviorAutoscaling(worker.PollerBehaviorAutoscalingOptions{}),
		ActivityTaskPollerBehavior: worker.NewPollerBehaviorAutoscaling(worker.PollerBehaviorAutoscalingOptions{}),
	})
	w.RegisterWorkflow(floorWorkflow)
	w.RegisterActivity(bare)
	if err := w.Start(); err != nil {
		engine.Close()
		return nil, err
	}
	return &floor{bench: b, engine: engine, worker: w}, nil
}

func (f *floor) stop() {
	f.worker.Stop()
	f.engine.Close()
}

// measureFloor runs bare workflows of a session's shape.
func measureFloor(ctx context.Context, b *bench) error {
	f, err := b.startFloor(ctx)
	if err != nil {
		return err
	}
	defer f.stop()
	return f.sessions(ctx)
}

// press runs a workflow that is no more than a press, and tells how long its answer took.
func (f *floor) press(ctx context.Context) (time.Duration, error) {
	began := time.Now()
	err := f.open(ctx, ids(1)[0], pressShape)
	return time.Since(began), err
}

func (f *floor) sessions(ctx context.Context) error {
	runs := ids(f.options.sessions)
	load := f.startLoad()
	began := time.Now()
	if _, err := eachOf(ctx, runs, f.options.parallel, f.whole); err != nil {
		return err
	}
	rate := float64(len(runs)) / time.Since(began).Seconds()
	used := load.end()
	what := fmt.Sprintf("floor: %d local and %d other activities, %d signals, %d at a time (%d)", f.shape.Local, f.shape.Activities, f.shape.Signals, f.options.parallel, len(runs))
	f.report.add(what, fmt.Sprintf("%.1f/s", rate), "", used)
	f.report.note("a run of the floor costs: " + used.perItem(len(runs)))
	if sessions := f.report.sessions; sessions.rate > 0 {
		f.report.add("sessions: ratio of the rates to the floor", fmt.Sprintf("%.2f", sessions.rate/rate), ">= 0.5", used)
		f.report.add("- by CPU time, whoever else was busy", fmt.Sprintf("%.2f", used.cost(len(runs))/sessions.cost), "", used)
	}
	return nil
}

func ids(count int) []string {
	list := make([]string, count)
	for i := range list {
		list[i] = "floor/" + uuid.NewString()
	}
	return list
}

func (f *floor) open(ctx context.Context, id string, of shape) error {
	start := f.engine.NewWithStartWorkflowOperation(client.StartWorkflowOptions{
		ID: id, TaskQueue: floorQueue, WorkflowIDConflictPolicy: enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
	}, floorWorkflow, of)
	handle, err := f.engine.UpdateWithStartWorkflow(ctx, client.UpdateWithStartWorkflowOptions{
		StartWorkflowOperation: start,
		UpdateOptions:          client.UpdateWorkflowOptions{UpdateName: floorUpdate, WaitForStage: client.WorkflowUpdateStageCompleted},
	})
	if err != nil {
		return err
	}
	return handle.Get(ctx, nil)
}

func (f *floor) whole(ctx context.Context, id string) error {
	if err := f.open(ctx, id, f.shape); err != nil {
		return err
	}
	for range f.shape.Signals {
		if err := f.engine.SignalWorkflow(ctx, id, "", floorSignal, nil); err != nil {
			return err
		}
	}
	return f.engine.GetWorkflow(ctx, id, "").Get(ctx, nil)
}

// silent drops the SDK's log lines.
type silent struct{}

func (silent) Debug(string, ...any) {}
func (silent) Info(string, ...any)  {}
func (silent) Warn(string, ...any)  {}
func (silent) Error(string, ...any) {}
