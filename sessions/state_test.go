package sessions_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"google.golang.org/protobuf/types/known/timestamppb"

	"example.com/lifeline/engine/index"
	"example.com/lifeline/sessions"
	"example.com/lifeline/support"
	"example.com/lifeline/workflows"
)

// silent is an engine with a run that answers no query; its index shows the run.
type silent struct {
	client.Client
	status enums.WorkflowExecutionStatus
	state  support.State
}

func (s silent) QueryWorkflowWithOptions(context.Context, *client.QueryWorkflowWithOptionsRequest) (*client.QueryWorkflowWithOptionsResponse, error) {
	return nil, context.DeadlineExceeded
}

var pressedAt = time.Date(2026, 6, 18, 9, 40, 0, 0, time.UTC)

func (s silent) DescribeWorkflowExecution(_ context.Context, id, _ string) (*workflowservice.DescribeWorkflowExecutionResponse, error) {
	state, err := converter.GetDefaultDataConverter().ToPayload(string(s.state))
	return &workflowservice.DescribeWorkflowExecutionResponse{WorkflowExecutionInfo: &workflowpb.WorkflowExecutionInfo{
		Execution: &commonpb.WorkflowExecution{WorkflowId: id, RunId: "run-1"}, Status: s.status, StartTime: timestamppb.New(pressedAt),
		SearchAttributes: &commonpb.SearchAttributes{IndexedFields: map[string]*commonpb.Payload{index.State.GetName(): state}},
	}}, err
}

func TestStateOfARunThatIsBusyOpeningComesFromTheIndex(t *testing.T) {
	pairings := map[string]sessions.Pairing{acme: {CRM: support.ServiceNow, Vendor: support.Rescue}}
	look := func(s silent) (workflows.View, error) {
		return sessions.New(s, pairings, workflows.AlertRhythm{}, nil).State(t.Context(), incident)
	}
	view, err := look(silent{status: enums.WORKFLOW_EXECUTION_STATUS_RUNNING, state: support.Requested})
	require.NoError(t, err)
	assert.Equal(t, workflows.View{
		Connection: acme, Record: incident, State: support.Requested, RequestedAt: pressedAt, RunID: "run-1", WorkflowID: support.SessionWorkflowID(incident),
	}, view)

	for _, other := range []silent{
		{status: enums.WORKFLOW_EXECUTION_STATUS_RUNNING, state: support.Invited},
		{status: enums.WORKFLOW_EXECUTION_STATUS_TERMINATED, state: support.Requested},
	} {
		_, err := look(other)
		assert.True(t, sessions.Unavailable(err), "only an opening has nothing more to show")
	}
}
