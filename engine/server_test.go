package engine_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"google.golang.org/protobuf/encoding/protojson"

	"example.com/lifeline/engine"
	"example.com/lifeline/engine/enginetest"
	"example.com/lifeline/engine/index"
)

const (
	queue  = "engine-test"
	secret = "dana@example.com has PIN 123456"
)

// waiting returns the text it was started with, once it is told to go on.
func waiting(ctx workflow.Context, text string) (string, error) {
	workflow.GetSignalChannel(ctx, "go").Receive(ctx, nil)
	return text, nil
}

func failing(workflow.Context, string) error {
	return temporal.NewNonRetryableApplicationError(secret, "Refused", errors.New(secret), secret)
}

func startWorker(t *testing.T, c client.Client) {
	w := worker.New(c, queue, worker.Options{})
	w.RegisterWorkflow(waiting)
	w.RegisterWorkflow(failing)
	require.NoError(t, w.Start())
	t.Cleanup(w.Stop)
}

func TestHistoryHoldsNothingInClear(t *testing.T) {
	t.Parallel()
	c := enginetest.Start(t).Client(t, enginetest.Namespace(t))
	startWorker(t, c)
	options := client.StartWorkflowOptions{ID: "sealed", TaskQueue: queue, StaticSummary: secret, Memo: map[string]any{"note": secret}}

	run, err := c.ExecuteWorkflow(t.Context(), options, waiting, secret)
	require.NoError(t, err)
	require.NoError(t, c.SignalWorkflow(t.Context(), "sealed", "", "go", secret))
	var got string
	require.NoError(t, run.Get(t.Context(), &got))
	assert.Equal(t, secret, got)
	assertSealed(t, c, "sealed")

	options.ID = "failed"
	run, err = c.ExecuteWorkflow(t.Context(), options, failing, secret)
	require.NoError(t, err)
	err = run.Get(t.Context(), nil)
	assert.ErrorContains(t, err, secret, "who has the key reads the failure")
	assertSealed(t, c, "failed")
}

func assertSealed(t *testing.T, c client.Client, id string) {
	t.Helper()
	var history strings.Builder
	events := c.GetWorkflowHistory(t.Context(), id, "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		event, err := events.Next()
		require.NoError(t, err)
		history.WriteString(protojson.Format(event))
	}
	assert.NotContains(t, history.String(), "dana")
	assert.NotContains(t, history.String(), "123456")
	assert.Contains(t, history.String(), "encryption-key-id")
}

func TestRegisterMayRunAgain(t *testing.T) {
	t.Parallel()
	namespace := enginetest.Namespace(t)
	c := enginetest.Start(t).Client(t, namespace)

	require.NoError(t, engine.Register(t.Context(), c, namespace))

	described, err := c.WorkflowService().DescribeNamespace(t.Context(), &workflowservice.DescribeNamespaceRequest{Namespace: namespace})
	require.NoError(t, err)
	assert.Equal(t, 30*24*time.Hour, described.GetConfig().GetWorkflowExecutionRetentionTtl().AsDuration())
}

func TestSearchAttributesFindAWorkflow(t *testing.T) {
	t.Parallel()
	c := enginetest.Start(t).Client(t, enginetest.Namespace(t))

	_, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{
		ID: "found", TaskQueue: queue,
		TypedSearchAttributes: temporal.NewSearchAttributes(
			index.Connection.ValueSet("acme-sn"), index.Vendor.ValueSet("rescue"),
			index.Record.ValueSet("INC0010001"), index.State.ValueSet("invited"),
			index.Agent.ValueSet("6816f79cc0a8016401c5a33be04be441"), index.VendorSession.ValueSet("100001"),
			index.Technician.ValueSet("7"), index.Attention.ValueSet("permission")),
	}, waiting, "")
	require.NoError(t, err)

	require.Eventually(t, func() bool {
		found, err := c.CountWorkflow(t.Context(), &workflowservice.CountWorkflowExecutionsRequest{
			Query: `LifelineConnection = 'acme-sn' AND LifelineRecord = 'INC0010001' AND LifelineAttention IS NOT NULL`})
		return err == nil && found.GetCount() == 1
	}, 10*time.Second, 20*time.Millisecond)
}

func TestKilledServerKeepsTheWorkflow(t *testing.T) {
	t.Parallel()
	server := enginetest.StartOwn(t)
	c := server.Client(t, "crash")
	run, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: "survivor", TaskQueue: queue}, waiting, secret)
	require.NoError(t, err)

	server.Kill()
	server.Restart(t)

	startWorker(t, c)
	require.NoError(t, c.SignalWorkflow(t.Context(), "survivor", "", "go", nil))
	var got string
	require.NoError(t, run.Get(t.Context(), &got))
	assert.Equal(t, secret, got)
}
