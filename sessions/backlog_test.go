package sessions_test

import (
	"context"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"example.com/lifeline/sessions"
	"example.com/lifeline/support"
	"example.com/lifeline/workflows"
)

// crowded is an engine with many sessions that ended and wait for a human. It lists the newest first, as Temporal does;
// the n-th ended n minutes ago.
type crowded struct {
	client.Client
	sessions int
	asked    int // how they stand
}

func (c *crowded) ListWorkflow(_ context.Context, req *workflowservice.ListWorkflowExecutionsRequest) (*workflowservice.ListWorkflowExecutionsResponse, error) {
	from, _ := strconv.Atoi(string(req.GetNextPageToken()))
	to := min(from+int(req.GetPageSize()), c.sessions)
	var page workflowservice.ListWorkflowExecutionsResponse
	for n := from; n < to; n++ {
		page.Executions = append(page.Executions, &workflowpb.WorkflowExecutionInfo{
			Execution: &commonpb.WorkflowExecution{WorkflowId: strconv.Itoa(n + 1)},
		})
	}
	if to < c.sessions {
		page.NextPageToken = []byte(strconv.Itoa(to))
	}
	return &page, nil
}

func (c *crowded) QueryWorkflowWithOptions(_ context.Context, req *client.QueryWorkflowWithOptionsRequest) (*client.QueryWorkflowWithOptionsResponse, error) {
	c.asked++
	minutes, err := strconv.Atoi(req.WorkflowID)
	ended := time.Now().Add(-time.Duration(minutes) * time.Minute)
	return &client.QueryWorkflowWithOptionsResponse{QueryResult: stands{workflows.View{State: support.Ended, EndedAt: ended}}}, err
}

// stands is a query's answer.
type stands struct{ view workflows.View }

func (s stands) HasValue() bool { return true }
func (s stands) Get(into any) error {
	*into.(*workflows.View) = s.view
	return nil
}

// The oldest was looked for among the newest fifty, and those that wait were counted up to a page.
func TestBacklogOfManySessionsTellsTheOldestAndCountsThemAll(t *testing.T) {
	e := &crowded{sessions: 1200}
	c := sessions.New(e, nil, workflows.AlertRhythm{}, converter.GetDefaultDataConverter())
	attention, oldest, err := c.Backlog(t.Context())
	require.NoError(t, err)
	assert.Equal(t, 1200, attention)
	assert.Equal(t, 1200*time.Minute, oldest.Truncate(time.Minute))
	assert.LessOrEqual(t, e.asked, 50, "each question wakes a run")
}
