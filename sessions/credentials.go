package sessions

import (
	"context"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"github.com/google/uuid"

	"example.com/lifeline/support"
	"example.com/lifeline/workflows"
)

// GetCredential implements activities.Owners.
func (c *Client) GetCredential(ctx context.Context, owner, connection, subject string) (support.Credential, error) {
	var credential support.Credential
	err := c.credential(ctx, owner, connection, subject, workflows.UpdateGet, &credential)
	return credential, err
}

// RenewCredential implements activities.Owners.
func (c *Client) RenewCredential(ctx context.Context, owner, connection, subject string, refused support.Credential) (support.Credential, error) {
	var credential support.Credential
	err := c.credential(ctx, owner, connection, subject, workflows.UpdateRenewal, &credential, refused)
	return credential, err
}

// ProvideCredential stores what a human gave: a consent, a sign-in, a token from the token hook.
func (c *Client) ProvideCredential(ctx context.Context, owner, connection, subject string, given support.Credential) error {
	return c.credential(ctx, owner, connection, subject, workflows.UpdateProvide, nil, given)
}

// credentialPatience is a little more than the owner's own step may take.
const credentialPatience = 40 * time.Second

func (c *Client) credential(ctx context.Context, owner, connection, subject, update string, result any, args ...any) error {
	ctx, cancel := context.WithTimeout(ctx, credentialPatience)
	defer cancel()
	start := c.engine.NewWithStartWorkflowOperation(client.StartWorkflowOptions{
		ID: support.CredentialWorkflowID(owner, subject), TaskQueue: workflows.TaskQueue, StaticSummary: "credential " + subject,
		WorkflowIDConflictPolicy: enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
	}, workflows.CredentialType, workflows.CredentialStart{Owner: owner, Connection: connection, Subject: subject})
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
