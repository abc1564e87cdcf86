package engine_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/durationpb"

	"example.com/lifeline/engine"
	"example.com/lifeline/engine/enginetest"
)

// managed is a client of a cluster whose namespaces and attributes are not made through it, as Temporal Cloud.
type managed struct{ client.Client }

func (m managed) OperatorService() operatorservice.OperatorServiceClient { return managedOperator{} }

func (m managed) WorkflowService() workflowservice.WorkflowServiceClient {
	return managedWorkflow{m.Client.WorkflowService()}
}

type managedOperator struct {
	operatorservice.OperatorServiceClient
}

func (managedOperator) AddSearchAttributes(context.Context, *operatorservice.AddSearchAttributesRequest, ...grpc.CallOption) (*operatorservice.AddSearchAttributesResponse, error) {
	return nil, serviceerror.NewUnimplemented("not here")
}

type managedWorkflow struct {
	workflowservice.WorkflowServiceClient
}

func (managedWorkflow) RegisterNamespace(context.Context, *workflowservice.RegisterNamespaceRequest, ...grpc.CallOption) (*workflowservice.RegisterNamespaceResponse, error) {
	return nil, serviceerror.NewPermissionDenied("not yours", "")
}

func TestManagedClusterIsToldWhatIsMissing(t *testing.T) {
	t.Parallel()
	server := enginetest.Start(t)
	c, err := engine.Dial(t.Context(), server.Options("default"))
	require.NoError(t, err)
	defer c.Close()
	namespace := enginetest.Namespace(t)

	var missing *engine.MissingError
	require.ErrorAs(t, engine.Register(t.Context(), managed{c}, namespace), &missing)
	assert.Contains(t, missing.Error(), namespace)
	assert.Empty(t, missing.Attributes)

	registerNamespace(t, c, namespace)
	require.ErrorAs(t, engine.Register(t.Context(), managed{c}, namespace), &missing)
	assert.Len(t, missing.Attributes, 8)
	assert.Contains(t, missing.Error(), "LifelineVendorSession")

	require.NoError(t, engine.Register(t.Context(), c, namespace))
	assert.NoError(t, engine.Register(t.Context(), managed{c}, namespace), "nothing to add, nothing refused")
}

func registerNamespace(t *testing.T, c client.Client, namespace string) {
	t.Helper()
	_, err := c.WorkflowService().RegisterNamespace(t.Context(), &workflowservice.RegisterNamespaceRequest{
		Namespace: namespace, WorkflowExecutionRetentionPeriod: durationpb.New(24 * time.Hour),
	})
	require.NoError(t, err)
}
