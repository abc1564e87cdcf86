package sessions

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/converter"

	"example.com/lifeline/activities"
	"example.com/lifeline/engine/index"
	"example.com/lifeline/support"
	"example.com/lifeline/workflows"
)

// Filter selects sessions for operations.
type Filter struct {
	Connection string
	State      support.State
	Agent      string
	Attention  bool // only those that wait for a human
	Live       bool // only those whose run goes on
	PageSize   int  // at most 500
	Page       []byte
}

// RunEnd tells why a run is over whose session is not.
type RunEnd string

// What may have become of such a run.
const (
	HandedOver RunEnd = "handed_over" // another run goes on with the session
	Stopped    RunEnd = "stopped"     // somebody ended it, or the engine could not go on with it
)

// Listed is a session as the engine's index shows it.
type Listed struct {
	WorkflowID      string        `json:"workflowId"`
	RunID           string        `json:"runId"`
	Connection      string        `json:"connection"`
	Vendor          string        `json:"vendor"`
	Number          string        `json:"number,omitempty"`
	State           support.State `json:"state"`
	Agent           string        `json:"agent,omitempty"`     // the CRM's id
	AgentName       string        `json:"agentName,omitempty"` // where it is known
	VendorSessionID string        `json:"vendorSessionId,omitempty"`
	Technician      string        `json:"-"` // SSO id where it is known, else the vendor's id
	Attention       string        `json:"attention,omitempty"`
	Live            bool          `json:"live"`
	RunEnd          RunEnd        `json:"runEnd,omitempty"` // empty also where the session is over
	StartedAt       time.Time     `json:"startedAt"`
}

// maxPage is how many sessions a page may have.
const maxPage = 500

// List pages through sessions, newest first.
func (c *Client) List(ctx context.Context, filter Filter) ([]Listed, []byte, error) {
	size := filter.PageSize
	if size <= 0 || size > maxPage {
		size = 100
	}
	answer, err := c.engine.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{
		PageSize: int32(size), NextPageToken: filter.Page, Query: filter.query(),
	})
	if err != nil {
		return nil, nil, failure(err)
	}
	list := make([]Listed, 0, len(answer.Executions))
	for _, execution := range answer.Executions {
		list = append(list, c.listed(execution))
	}
	return list, answer.NextPageToken, nil
}

func (c *Client) listed(run *workflowpb.WorkflowExecutionInfo) Listed {
	fields := run.GetSearchAttributes().GetIndexedFields()
	return Listed{
		WorkflowID: run.GetExecution().GetWorkflowId(), RunID: run.GetExecution().GetRunId(),
		Connection: keyword(fields, index.Connection.GetName()), Vendor: keyword(fields, index.Vendor.GetName()),
		Number: keyword(fields, index.Record.GetName()), State: stateOf(run),
		Agent: keyword(fields, index.Agent.GetName()), AgentName: c.memo(run, index.MemoAgent),
		VendorSessionID: keyword(fields, index.VendorSession.GetName()), Technician: c.technician(run),
		Attention: keyword(fields, index.Attention.GetName()),
		Live:      run.GetCloseTime() == nil, RunEnd: runEnd(run), StartedAt: run.GetStartTime().AsTime(),
	}
}

func runEnd(run *workflowpb.WorkflowExecutionInfo) RunEnd {
	state := stateOf(run)
	switch {
	case run.GetCloseTime() == nil, state.Over() && state != support.Ended:
		return ""
	case run.GetStatus() == enums.WORKFLOW_EXECUTION_STATUS_COMPLETED:
		return HandedOver
	}
	return Stopped
}

// technician is how the vendor's list finds a session: by the SSO id in the memo, or else the vendor's own id.
func (c *Client) technician(run *workflowpb.WorkflowExecutionInfo) string {
	return cmp.Or(c.memo(run, index.MemoTechnician), keyword(run.GetSearchAttributes().GetIndexedFields(), index.Technician.GetName()))
}

// memo reads one of a run's memos; one that is not there, or sealed with a key that is gone, is empty.
func (c *Client) memo(run *workflowpb.WorkflowExecutionInfo, name string) string {
	var text string
	if payload, ok := run.GetMemo().GetFields()[name]; !ok || c.memos.FromPayload(payload, &text) != nil {
		return ""
	}
	return text
}

// stateOf is the session's state as the engine's index has it.
func stateOf(run *workflowpb.WorkflowExecutionInfo) support.State {
	return support.State(keyword(run.GetSearchAttributes().GetIndexedFields(), index.State.GetName()))
}

func keyword(fields map[string]*commonpb.Payload, name string) string {
	var value string
	if payload, ok := fields[name]; ok {
		_ = converter.GetDefaultDataConverter().FromPayload(payload, &value)
	}
	return value
}

// outOfQuotes drops what would end a value's quotes. No value of ours holds it.
var outOfQuotes = strings.NewReplacer("'", "", `\`, "")

func (f Filter) query() string {
	terms := []string{fmt.Sprintf("WorkflowType = '%s'", workflows.SessionType)}
	add := func(name, value string) {
		if value != "" {
			terms = append(terms, fmt.Sprintf("%s = '%s'", name, outOfQuotes.Replace(value)))
		}
	}
	add(index.Connection.GetName(), f.Connection)
	add(index.State.GetName(), string(f.State))
	add(index.Agent.GetName(), f.Agent)
	if f.Attention {
		terms = append(terms, index.Attention.GetName()+" != ''")
	}
	if f.Live {
		terms = append(terms, "ExecutionStatus = 'Running'")
	}
	return strings.Join(terms, " AND ")
}

// Live implements activities.Dispatcher.
func (c *Client) Live(ctx context.Context, connection string) ([]activities.LiveSession, error) {
	list, err := c.listAll(ctx, Filter{Connection: connection, Live: true})
	if err != nil {
		return nil, err
	}
	var live []activities.LiveSession
	for _, l := range list {
		if !l.State.Over() {
			live = append(live, activities.LiveSession{WorkflowID: l.WorkflowID, State: l.State, VendorSessionID: l.VendorSessionID, Technician: l.Technician})
		}
	}
	return live, nil
}

// listAll goes through all pages of the list.
func (c *Client) listAll(ctx context.Context, filter Filter) ([]Listed, error) {
	filter.PageSize = maxPage
	var all []Listed
	for {
		list, next, err := c.List(ctx, filter)
		if err != nil {
			return nil, err
		}
		if all = append(all, list...); len(next) == 0 {
			return all, nil
		}
		filter.Page = next
	}
}

// Ready tells whether the engine can be reached.
func (c *Client) Ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	_, err := c.engine.CheckHealth(ctx, nil)
	return failure(err)
}

// maxUnfiled bounds how many ended sessions Backlog asks for the time of their end. Those that began first ended first,
// or not much later.
const maxUnfiled = 50

// Backlog counts sessions that wait for a human, and tells how long ago the oldest unfiled one ended; it fits
// metrics.Backlog.
func (c *Client) Backlog(ctx context.Context) (attention int, oldest time.Duration, err error) {
	waiting, err := c.listAll(ctx, Filter{Attention: true, Live: true})
	if err != nil {
		return 0, 0, err
	}
	unfiled, err := c.listAll(ctx, Filter{State: support.Ended, Live: true})
	if err != nil {
		return 0, 0, err
	}
	for _, session := range unfiled[max(0, len(unfiled)-maxUnfiled):] { // the newest come first
		view, err := c.StateOf(ctx, session.WorkflowID)
		if err == nil && view.State == support.Ended && !view.EndedAt.IsZero() {
			oldest = max(oldest, time.Since(view.EndedAt))
		}
	}
	return len(waiting), oldest, nil
}
