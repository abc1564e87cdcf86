package sessions

import (
	"context"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"example.com/lifeline/engine/index"
	"example.com/lifeline/support"
	"example.com/lifeline/workflows"
)

// State gives the record's last session as its run knows it, live or within the engine's retention.
func (c *Client) State(ctx context.Context, ref support.RecordRef) (workflows.View, error) {
	if _, err := c.Pairing(ref.Connection); err != nil {
		return workflows.View{}, err
	}
	view, err := c.StateOf(ctx, support.SessionWorkflowID(ref))
	if Unavailable(err) {
		return c.opening(ctx, ref, err)
	}
	return view, err
}

// queryPatience is how long a run may take to tell how it stands. It is shorter than openPatience, so that there is
// time left for asking elsewhere.
const queryPatience = 5 * time.Second

// StateOf gives the session of a run. One that was ended by hand stands where it stood and follows nothing any more: it
// is no session, so that the record can have another.
func (c *Client) StateOf(ctx context.Context, workflowID string) (workflows.View, error) {
	ctx, cancel := context.WithTimeout(ctx, queryPatience)
	defer cancel()
	var view workflows.View
	answer, err := c.engine.QueryWorkflowWithOptions(ctx, &client.QueryWorkflowWithOptionsRequest{
		WorkflowID: workflowID, QueryType: workflows.QueryState, QueryRejectCondition: enums.QUERY_REJECT_CONDITION_NOT_COMPLETED_CLEANLY,
	})
	switch {
	case err != nil:
	case answer.QueryRejected != nil:
		return view, support.Stopped(support.CodeNoLiveSession, "there is no live session on this record", nil)
	default:
		err = answer.QueryResult.Get(&view)
	}
	return view, failure(err)
}

// opening gives a session that is only just being opened, as far as the engine's index shows it. While its run makes
// the steps of the press within its first task it answers nobody, and there is nothing more to show of it. Any other
// session keeps the failure.
func (c *Client) opening(ctx context.Context, ref support.RecordRef, unanswered error) (workflows.View, error) {
	ctx, cancel := context.WithTimeout(ctx, queryPatience)
	defer cancel()
	described, err := c.engine.DescribeWorkflowExecution(ctx, support.SessionWorkflowID(ref), "")
	if err != nil {
		return workflows.View{}, unanswered
	}
	run := described.GetWorkflowExecutionInfo()
	fields := run.GetSearchAttributes().GetIndexedFields()
	state := stateOf(run)
	if run.GetStatus() != enums.WORKFLOW_EXECUTION_STATUS_RUNNING || state != support.Requested {
		return workflows.View{}, unanswered
	}
	return workflows.View{
		Connection: ref.Connection, Vendor: support.VendorKind(keyword(fields, index.Vendor.GetName())), Record: ref, State: state,
		RequestedAt: run.GetStartTime().AsTime(), RunID: run.GetExecution().GetRunId(), WorkflowID: run.GetExecution().GetWorkflowId(),
	}, nil
}
