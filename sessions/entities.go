package sessions

import (
	"context"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"example.com/lifeline/activities"
	"example.com/lifeline/support"
	"example.com/lifeline/workflows"
)

// entity is a standing workflow that begins with the first question to it.
type entity struct {
	id       string
	kind     string
	summary  string
	start    any
	patience time.Duration
}

// ask sends an update to the entity and waits for its answer.
func (c *Client) ask(ctx context.Context, e entity, update string, result any, args ...any) error {
	ctx, cancel := context.WithTimeout(ctx, e.patience)
	defer cancel()
	start := c.engine.NewWithStartWorkflowOperation(client.StartWorkflowOptions{
		ID: e.id, TaskQueue: workflows.TaskQueue, StaticSummary: e.summary,
		WorkflowIDConflictPolicy: enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
	}, e.kind, e.start)
	handle, err := c.engine.UpdateWithStartWorkflow(ctx, client.UpdateWithStartWorkflowOptions{
		StartWorkflowOperation: start,
		UpdateOptions: client.UpdateWorkflowOptions{
			UpdateID: uuid.NewString(), UpdateName: update, Args: args, WaitForStage: client.WorkflowUpdateStageCompleted,
		},
	})
	if err == nil {
		err = handle.Get(ctx, result)
	}
	return failure(err)
}

// leasePatience is enough for a worker that was killed: until then its questions are held for it.
const leasePatience = 10 * time.Second

// LeaseCalls implements activities.Lessors.
func (c *Client) LeaseCalls(ctx context.Context, account string, request activities.LeaseRequest) (activities.Lease, error) {
	keeper := entity{
		id: support.BudgetWorkflowID(account), kind: workflows.BudgetType, summary: "calls of " + account,
		start: workflows.BudgetStart{}, patience: leasePatience,
	}
	var lease activities.Lease
	err := c.ask(ctx, keeper, workflows.UpdateLease, &lease, request)
	return lease, err
}
