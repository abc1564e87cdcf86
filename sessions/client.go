// Package sessions reaches the workflows: it opens sessions, brings events to them and asks how they stand. The API and
// the steps go through it; it alone knows how runs are addressed.
package sessions

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"

	"example.com/lifeline/activities"
	"example.com/lifeline/engine/index"
	"example.com/lifeline/support"
	"example.com/lifeline/workflows"
)

// Pairing is what the client must know of a connection.
type Pairing struct {
	CRM     support.CRMKind
	Vendor  support.VendorKind
	Account string // the vendor account; connections with the same one may hand posts to each other
}

// Client reaches the workflows of one namespace.
type Client struct {
	engine   client.Client
	pairings map[string]Pairing
	rhythm   workflows.AlertRhythm
	memos    converter.DataConverter
}

// New makes a client for the configured connections. The converter is that of the engine's client: the index's memos
// come encrypted.
func New(engine client.Client, pairings map[string]Pairing, rhythm workflows.AlertRhythm, memos converter.DataConverter) *Client {
	return &Client{engine: engine, pairings: pairings, rhythm: rhythm, memos: memos}
}

// Pairing finds a connection.
func (c *Client) Pairing(connection string) (Pairing, error) {
	if p, ok := c.pairings[connection]; ok {
		return p, nil
	}
	return Pairing{}, support.Stopped(support.CodeNotFound, "there is no connection of this name", nil)
}

// openPatience is how long the engine has to answer: an agent waits ten seconds, and the way takes its part of them.
const openPatience = 9700 * time.Millisecond

// OpenSession opens a session on the record, or gives the live one. The key makes a repeated request find its own
// press again.
func (c *Client) OpenSession(ctx context.Context, ref support.RecordRef, press workflows.Press, key string) (workflows.View, error) {
	pairing, err := c.Pairing(ref.Connection)
	if err != nil {
		return workflows.View{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, openPatience)
	defer cancel()
	for try := 0; ; try++ {
		view, err := c.tryOpen(ctx, pairing, ref, press, fmt.Sprintf("%s-%d", key, try))
		if !over(err) || try == 3 {
			return view, failure(err)
		}
	}
}

// over tells whether the record's last run refused the press because its session is over: then the next try begins a
// new run.
func over(err error) bool {
	var application *temporal.ApplicationError
	return errors.As(err, &application) && application.Type() == workflows.FailureSessionOver
}

func (c *Client) tryOpen(ctx context.Context, pairing Pairing, ref support.RecordRef, press workflows.Press, key string) (workflows.View, error) {
	start := c.engine.NewWithStartWorkflowOperation(client.StartWorkflowOptions{
		ID: support.SessionWorkflowID(ref), TaskQueue: workflows.TaskQueue,
		WorkflowIDConflictPolicy: enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		WorkflowIDReusePolicy:    enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		StaticSummary:            summary(press.Number, ref),
		Priority:                 temporal.Priority{PriorityKey: 1},
		Memo:                     index.AgentMemo(press.Agent.Name),
		TypedSearchAttributes: temporal.NewSearchAttributes(index.Connection.ValueSet(ref.Connection),
			index.Vendor.ValueSet(string(pairing.Vendor)), index.State.ValueSet(string(support.Requested)),
			index.Agent.ValueSet(press.Agent.ID)),
	}, workflows.SessionType, workflows.SessionStart{
		Origin: workflows.FromButton, Connection: ref.Connection, CRM: pairing.CRM, Vendor: pairing.Vendor, Record: ref,
	})
	handle, err := c.engine.UpdateWithStartWorkflow(ctx, client.UpdateWithStartWorkflowOptions{
		StartWorkflowOperation: start,
		UpdateOptions: client.UpdateWorkflowOptions{
			UpdateID: "open-" + key, UpdateName: workflows.UpdateOpen, Args: []any{press}, WaitForStage: client.WorkflowUpdateStageCompleted,
		},
	})
	var view workflows.View
	if err == nil {
		err = handle.Get(ctx, &view)
	}
	return view, err
}

func summary(number string, ref support.RecordRef) string {
	if number != "" {
		return number
	}
	return ref.Type + " " + ref.ID
}

// update sends an update to a run and waits for its answer.
func update[Out any](ctx context.Context, c *Client, workflowID, name, key string, arg any) (result Out, err error) {
	ctx, cancel := context.WithTimeout(ctx, openPatience)
	defer cancel()
	handle, err := c.engine.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
		WorkflowID: workflowID, UpdateID: name + "-" + key, UpdateName: name, Args: []any{arg},
		WaitForStage: client.WorkflowUpdateStageCompleted,
	})
	if err == nil {
		err = handle.Get(ctx, &result)
	}
	return result, failure(err)
}

// updateLive is update for the live run of a record.
func updateLive[Out any](ctx context.Context, c *Client, ref support.RecordRef, name, key string, arg any) (Out, error) {
	if _, err := c.Pairing(ref.Connection); err != nil {
		var none Out
		return none, err
	}
	return update[Out](ctx, c, support.SessionWorkflowID(ref), name, key, arg)
}

// CloseSession ends the record's live session.
func (c *Client) CloseSession(ctx context.Context, ref support.RecordRef, press workflows.ClosePress, key string) (workflows.View, error) {
	return updateLive[workflows.View](ctx, c, ref, workflows.UpdateClose, key, press)
}

// Share invites a contact to the record's live session.
func (c *Client) Share(ctx context.Context, ref support.RecordRef, share workflows.Share, key string) (workflows.Shared, error) {
	return updateLive[workflows.Shared](ctx, c, ref, workflows.UpdateShare, key, share)
}

// Renew replaces the code of the record's live session.
func (c *Client) Renew(ctx context.Context, ref support.RecordRef, press workflows.RenewPress, key string) (workflows.View, error) {
	return updateLive[workflows.View](ctx, c, ref, workflows.UpdateRenew, key, press)
}

// Join gives the technician's way into the record's live session.
func (c *Client) Join(ctx context.Context, ref support.RecordRef, press workflows.JoinPress, key string) (support.Secret, error) {
	return updateLive[support.Secret](ctx, c, ref, workflows.UpdateJoin, key, press)
}

// Retry lets a session that waits for a human go on.
func (c *Client) Retry(ctx context.Context, ref support.RecordRef, press workflows.RetryPress, key string) (workflows.View, error) {
	return updateLive[workflows.View](ctx, c, ref, workflows.UpdateRetry, key, press)
}

// RetryRun is Retry for any run, also one that adopted a session.
func (c *Client) RetryRun(ctx context.Context, workflowID string, press workflows.RetryPress, key string) (workflows.View, error) {
	return update[workflows.View](ctx, c, workflowID, workflows.UpdateRetry, key, press)
}

// failure turns what the engine answers into the three kinds.
func failure(err error) error {
	if err == nil {
		return nil
	}
	var application *temporal.ApplicationError
	if errors.As(err, &application) {
		var detail activities.FailureDetail
		if application.HasDetails() && application.Details(&detail) == nil && detail.Code != "" {
			return &support.Error{Kind: detail.Kind, Code: detail.Code, Message: detail.Message, Cause: err}
		}
		return support.Retryable(support.CodeInternal, "an internal error occurred", 0, err)
	}
	var notFound *serviceerror.NotFound
	if errors.As(err, &notFound) {
		return support.Stopped(support.CodeNoLiveSession, "there is no live session on this record", err)
	}
	var invalid *serviceerror.InvalidArgument
	if errors.As(err, &invalid) { // it would be refused for ever, and hold up all that waits behind it
		return support.Stopped(support.CodeInvalid, "Lifeline's engine does not accept the request", err)
	}
	var own *support.Error
	if errors.As(err, &own) {
		return own
	}
	return support.Retryable(support.CodeUnreachable, "Lifeline's engine did not answer in time; please try again", 0, err)
}

// Unavailable tells whether the engine itself could not take something, so that it must be kept elsewhere.
func Unavailable(err error) bool {
	return support.HasCode(err, support.CodeUnreachable)
}
