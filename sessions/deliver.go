package sessions

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"example.com/lifeline/activities"
	"example.com/lifeline/engine/index"
	"example.com/lifeline/support"
	"example.com/lifeline/workflows"
)

// maxPart bounds the chat of one signal, far below what the engine takes in one payload.
const maxPart = 512 << 10

// Deliver brings an event to the session its token names. If that has no live run, the session is adopted. A token of
// another connection goes there, if both share the vendor account; the connection's own sessions are never reached by
// a foreign account. Without a token it goes on where it is followed already: of the connections that share the account
// each technicians' group posts to one, and a session may pass from group to group.
func (c *Client) Deliver(ctx context.Context, connection string, event support.Event) error {
	connection, ref, found, err := c.route(connection, event.Token)
	if err != nil {
		return err
	}
	if !found {
		if connection, err = c.follower(ctx, connection, event.VendorSessionID); err != nil {
			return err
		}
		return c.Adopt(ctx, connection, event)
	}
	for _, part := range parts(event) {
		err := c.engine.SignalWorkflow(ctx, support.SessionWorkflowID(ref), "", workflows.SignalEvent, part)
		var notFound *serviceerror.NotFound
		if errors.As(err, &notFound) {
			return c.Adopt(ctx, connection, event)
		}
		if err != nil {
			return failure(err)
		}
	}
	return nil
}

// Owner is the connection that an event is for: the one that its token names, if both share the vendor account, or else
// the one that was told. A token of neither is not_found.
func (c *Client) Owner(told string, token support.Token) (string, error) {
	owner, _, _, err := c.route(told, token)
	return owner, err
}

// route finds the connection and record that a token names.
func (c *Client) route(connection string, token support.Token) (string, support.RecordRef, bool, error) {
	pairing, err := c.Pairing(connection)
	if err != nil {
		return "", support.RecordRef{}, false, err
	}
	if ref, _, ok := token.Parse(pairing.CRM, connection); ok {
		return connection, ref, true, nil
	}
	for name, other := range c.pairings {
		if other.Account != pairing.Account {
			continue
		}
		if ref, _, ok := token.Parse(other.CRM, name); ok {
			return name, ref, true, nil
		}
	}
	if support.IsToken(string(token)) {
		return "", support.RecordRef{}, false, support.Stopped(support.CodeNotFound, "the session belongs to another installation", nil)
	}
	return connection, support.RecordRef{}, false, nil
}

// follower is the connection whose run has adopted a session of the account, or has filed it, or else the one that was
// told of it. A run that goes on counts more than one that is over.
func (c *Client) follower(ctx context.Context, told, vendorSessionID string) (string, error) {
	filer := ""
	for _, name := range c.sharing(told) {
		run, err := c.adoption(ctx, name, vendorSessionID)
		if err != nil {
			return "", err
		}
		if run.GetStatus() == enums.WORKFLOW_EXECUTION_STATUS_RUNNING {
			return name, nil
		}
		if stateOf(run) == support.Filed {
			filer = cmp.Or(filer, name)
		}
	}
	return cmp.Or(filer, told), nil
}

// sharing lists the connections of an account, the given one first and the others by name; none where it has the account
// to itself.
func (c *Client) sharing(connection string) []string {
	list := []string{connection}
	for name, other := range c.pairings {
		if name != connection && other.Account == c.pairings[connection].Account {
			list = append(list, name)
		}
	}
	if len(list) == 1 {
		return nil
	}
	slices.Sort(list[1:])
	return list
}

// adoption is a connection's last run that has adopted the session; nil: there is none.
func (c *Client) adoption(ctx context.Context, connection, vendorSessionID string) (*workflowpb.WorkflowExecutionInfo, error) {
	described, err := c.engine.DescribeWorkflowExecution(ctx, support.AdoptedWorkflowID(connection, vendorSessionID), "")
	var notFound *serviceerror.NotFound
	if errors.As(err, &notFound) {
		return nil, nil
	}
	return described.GetWorkflowExecutionInfo(), failure(err)
}

// Adopt brings an event to the run that adopts a vendor's session, and starts it if need be.
func (c *Client) Adopt(ctx context.Context, connection string, event support.Event) error {
	pairing, err := c.Pairing(connection)
	if err != nil {
		return err
	}
	if event.VendorSessionID == "" {
		return support.Stopped(support.CodeInvalid, "the event names no session", nil)
	}
	options := client.StartWorkflowOptions{
		ID: support.AdoptedWorkflowID(connection, event.VendorSessionID), TaskQueue: workflows.TaskQueue,
		WorkflowIDReusePolicy: enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		StaticSummary:         "adopted session " + event.VendorSessionID,
		TypedSearchAttributes: temporal.NewSearchAttributes(index.Connection.ValueSet(connection),
			index.Vendor.ValueSet(string(pairing.Vendor)), index.VendorSession.ValueSet(event.VendorSessionID),
			index.State.ValueSet(string(support.Requested))),
	}
	start := workflows.SessionStart{
		Origin: workflows.FromVendor, Connection: connection, CRM: pairing.CRM, Vendor: pairing.Vendor, SessionID: event.VendorSessionID,
	}
	for _, part := range parts(event) {
		if _, err := c.engine.SignalWithStartWorkflow(ctx, options.ID, workflows.SignalEvent, part, options, workflows.SessionType, start); err != nil {
			return failure(err)
		}
	}
	return nil
}

// parts cuts an event with a long chat into several of bounded size, in order; the last one carries all the rest.
func parts(event support.Event) []support.Event {
	event = bounded(event)
	var list []support.Event
	for n := 0; len(event.Chat) > maxPart; n++ {
		part := support.Event{
			ID: fmt.Sprintf("%s.%d", event.ID, n), Kind: support.EventChat, VendorSessionID: event.VendorSessionID,
			Token: event.Token, Phase: event.Phase, At: event.At, PickedUpAt: event.PickedUpAt,
		}
		part.Chat, event.Chat = workflows.CutText(event.Chat, maxPart)
		list = append(list, part)
	}
	return append(list, event)
}

// Observe tells a live run what the vendor's list or report shows of its session.
func (c *Client) Observe(ctx context.Context, workflowID string, event support.Event) error {
	err := c.engine.SignalWorkflow(ctx, workflowID, "", workflows.SignalEvent, event)
	var notFound *serviceerror.NotFound
	if errors.As(err, &notFound) {
		return nil // it ended meanwhile
	}
	return failure(err)
}

// Open implements activities.Dispatcher: a press on a button that is a row.
func (c *Client) Open(ctx context.Context, press activities.PressedRow) error {
	_, err := c.OpenSession(ctx, press.Record, workflows.Press{Agent: press.Agent, RowID: press.RowID}, press.RowID)
	return err
}

// Request turns a session row that an agent created into a session, once per row.
func (c *Client) Request(ctx context.Context, connection, rowID string) error {
	_, err := c.engine.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID: support.RequestWorkflowID(connection, rowID), TaskQueue: workflows.TaskQueue,
		WorkflowIDConflictPolicy: enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		WorkflowIDReusePolicy:    enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		Priority:                 temporal.Priority{PriorityKey: 1},
	}, workflows.RequestType, workflows.RequestStart{Connection: connection, RowID: rowID})
	return failure(err)
}
