package sessions_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"google.golang.org/protobuf/types/known/timestamppb"

	"example.com/lifeline/activities"
	"example.com/lifeline/engine/index"
	"example.com/lifeline/sessions"
	"example.com/lifeline/support"
	"example.com/lifeline/workflows"
)

const acme = "acme-sn"

var incident = support.RecordRef{Connection: acme, Type: "incident", ID: "9d385017c611228701d22104cc95c371"}

// signal is one event and the workflow it went to.
type signal struct {
	workflowID string
	event      support.Event
}

// engine plays Temporal: it keeps signals, answers lists, and lets updates fail in turn.
type engine struct {
	client.Client
	running  bool                                         // the record's session has a run
	adopted  map[string]*workflowpb.WorkflowExecutionInfo // the runs that adopted sessions
	signals  []signal
	listed   []*workflowpb.WorkflowExecutionInfo
	queries  []string
	answers  []error // of the updates that open a session
	attempts []string
}

func (e *engine) SignalWorkflow(_ context.Context, id, _, _ string, arg any) error {
	if !e.running {
		return serviceerror.NewNotFound("no run")
	}
	e.signals = append(e.signals, signal{id, arg.(support.Event)})
	return nil
}

func (e *engine) SignalWithStartWorkflow(_ context.Context, id, _ string, arg any, _ client.StartWorkflowOptions, _ any, _ ...any) (client.WorkflowRun, error) {
	e.signals = append(e.signals, signal{id, arg.(support.Event)})
	return nil, nil
}

func (e *engine) DescribeWorkflowExecution(_ context.Context, id, _ string) (*workflowservice.DescribeWorkflowExecutionResponse, error) {
	info, found := e.adopted[id]
	if !found {
		return nil, serviceerror.NewNotFound("no run")
	}
	return &workflowservice.DescribeWorkflowExecutionResponse{WorkflowExecutionInfo: info}, nil
}

func (e *engine) ListWorkflow(_ context.Context, req *workflowservice.ListWorkflowExecutionsRequest) (*workflowservice.ListWorkflowExecutionsResponse, error) {
	e.queries = append(e.queries, req.GetQuery())
	return &workflowservice.ListWorkflowExecutionsResponse{Executions: e.listed}, nil
}

func (e *engine) NewWithStartWorkflowOperation(client.StartWorkflowOptions, any, ...any) client.WithStartWorkflowOperation {
	return nil
}

func (e *engine) UpdateWithStartWorkflow(_ context.Context, opts client.UpdateWithStartWorkflowOptions) (client.WorkflowUpdateHandle, error) {
	e.attempts = append(e.attempts, opts.UpdateOptions.UpdateID)
	return handle{err: e.answers[len(e.attempts)-1]}, nil
}

type handle struct {
	client.WorkflowUpdateHandle
	err error
}

func (h handle) Get(_ context.Context, result any) error {
	if h.err == nil {
		*result.(*workflows.View) = workflows.View{Code: "123456"}
	}
	return h.err
}

func newClient(e *engine) *sessions.Client {
	pairings := map[string]sessions.Pairing{
		acme: {CRM: support.ServiceNow, Vendor: support.Rescue, Account: "a"}, "same": {CRM: support.ServiceNow, Vendor: support.Rescue, Account: "a"},
		"other": {CRM: support.ServiceNow, Vendor: support.Rescue, Account: "b"},
	}
	return sessions.New(e, pairings, workflows.AlertRhythm{}, converter.GetDefaultDataConverter())
}

func tokenOf(connection string) support.Token {
	ref := incident
	ref.Connection = connection
	return support.NewToken(support.ServiceNow, ref, support.Nonce("run"))
}

func TestEventGoesToTheRunItsTokenNames(t *testing.T) {
	const adopted = "adopted/acme-sn/1"
	for name, c := range map[string]struct {
		token   support.Token
		running bool
		want    string
		code    string
	}{
		"live":                          {tokenOf(acme), true, support.SessionWorkflowID(incident), ""},
		"over":                          {tokenOf(acme), false, adopted, ""},
		"no token":                      {"", true, adopted, ""},
		"another of the account":        {tokenOf("same"), true, "session/same/incident/" + incident.ID, ""},
		"another account's":             {tokenOf("other"), true, "", support.CodeNotFound},
		"another installation's":        {tokenOf("elsewhere"), true, "", support.CodeNotFound},
		"something that is not a token": {"c:hello", true, adopted, ""},
	} {
		t.Run(name, func(t *testing.T) {
			e := &engine{running: c.running}
			err := newClient(e).Deliver(t.Context(), acme, support.Event{VendorSessionID: "1", Token: c.token})
			if c.code != "" {
				assert.True(t, support.HasCode(err, c.code))
				assert.Empty(t, e.signals)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, c.want, e.signals[0].workflowID)
		})
	}
}

func TestEventIsForTheConnectionThatItsTokenNames(t *testing.T) {
	c := newClient(&engine{})
	for token, want := range map[support.Token]string{"": acme, tokenOf(acme): acme, tokenOf("same"): "same", tokenOf("other"): "", tokenOf("elsewhere"): ""} {
		owner, err := c.Owner(acme, token)
		assert.Equal(t, want, owner)
		assert.Equal(t, want == "", support.HasCode(err, support.CodeNotFound))
	}
}

// Parts were cut within letters, and the engine's JSON made replacement characters of both halves.
func TestLongChatIsSentInWholeLettersBeforeItsPost(t *testing.T) {
	e := &engine{running: true}
	chat := strings.Repeat("é", 600<<10)
	post := support.Event{ID: "end", Kind: support.EventEnded, Phase: support.PhaseEnded, VendorSessionID: "1", Token: tokenOf(acme), Chat: chat, Notes: "n"}
	require.NoError(t, newClient(e).Deliver(t.Context(), acme, post))
	require.Len(t, e.signals, 3)
	together := ""
	for i, s := range e.signals {
		together += s.event.Chat
		assert.Equal(t, i < 2, s.event.Kind == support.EventChat)
		assert.Equal(t, support.PhaseEnded, s.event.Phase)
		assert.True(t, strings.HasPrefix(s.event.Chat, "é") && strings.HasSuffix(s.event.Chat, "é"))
	}
	assert.Equal(t, chat, together)
	assert.Equal(t, "end", e.signals[2].event.ID)
	assert.NotEqual(t, e.signals[0].event.ID, e.signals[1].event.ID)
}

// What the engine refuses for its size was kept and tried again for ever, and all posts behind it waited.
func TestPostThatCarriesTooMuchIsCut(t *testing.T) {
	e := &engine{running: true}
	long := strings.Repeat("é", 2<<20)
	post := support.Event{
		ID: "end", Kind: support.EventEnded, VendorSessionID: "1", Token: tokenOf(acme), Notes: long, Raw: long, Platform: long,
		Technician: support.Technician{ID: strings.Repeat("9", 5000), Name: long}, Customer: support.Customer{Name: long},
		Fields: []support.Field{{Name: "CField0", Value: "Ana"}, {Name: "Notes", Value: long}, {Name: "TSurvey0", Value: long}, {Name: "TSurvey1", Value: long}},
	}
	require.NoError(t, newClient(e).Deliver(t.Context(), acme, post))
	require.Len(t, e.signals, 1)
	sent := e.signals[0].event
	whole, err := json.Marshal(sent)
	require.NoError(t, err)
	assert.Less(t, len(whole), 1<<20)
	assert.True(t, strings.HasSuffix(sent.Notes, "é [...]"))
	assert.LessOrEqual(t, len(sent.Technician.ID), 512)
	assert.Equal(t, support.Field{Name: "CField0", Value: "Ana"}, sent.Fields[0])
}

func TestWhatTheEngineRefusesIsNotTriedAgain(t *testing.T) {
	e := &engine{answers: []error{serviceerror.NewInvalidArgument("blob data size exceeds limit")}}
	_, err := newClient(e).OpenSession(t.Context(), incident, workflows.Press{}, "key")
	assert.Equal(t, support.Stop, support.AsError(err).Kind)
	assert.False(t, sessions.Unavailable(err))
}

func payload(t *testing.T, value string) *commonpb.Payload {
	t.Helper()
	p, err := converter.GetDefaultDataConverter().ToPayload(value)
	require.NoError(t, err)
	return p
}

func TestLiveSessionsAreListedWithTheSSOIDOfTheMemo(t *testing.T) {
	execution := func(state support.State, memo map[string]*commonpb.Payload) *workflowpb.WorkflowExecutionInfo {
		return &workflowpb.WorkflowExecutionInfo{
			Execution: &commonpb.WorkflowExecution{WorkflowId: "w"}, Memo: &commonpb.Memo{Fields: memo},
			SearchAttributes: &commonpb.SearchAttributes{IndexedFields: map[string]*commonpb.Payload{
				index.State.GetName(): payload(t, string(state)), index.Technician.GetName(): payload(t, "7"), index.VendorSession.GetName(): payload(t, "1"),
			}},
		}
	}
	e := &engine{listed: []*workflowpb.WorkflowExecutionInfo{
		execution(support.Connected, map[string]*commonpb.Payload{index.MemoTechnician: payload(t, "dana@example.com")}),
		execution(support.Waiting, nil), execution(support.Ended, nil),
	}}
	live, err := newClient(e).Live(t.Context(), acme)
	require.NoError(t, err)
	assert.Equal(t, []activities.LiveSession{
		{WorkflowID: "w", State: support.Connected, VendorSessionID: "1", Technician: "dana@example.com"},
		{WorkflowID: "w", State: support.Waiting, VendorSessionID: "1", Technician: "7"},
	}, live)
	assert.Equal(t, "WorkflowType = 'SupportSession' AND LifelineConnection = 'acme-sn' AND ExecutionStatus = 'Running'", e.queries[0])
}

func TestListTellsTheAgentsNameAndWhyARunIsOverBeforeItsSession(t *testing.T) {
	run := func(state support.State, status enums.WorkflowExecutionStatus) *workflowpb.WorkflowExecutionInfo {
		info := &workflowpb.WorkflowExecutionInfo{
			Status: status, Memo: &commonpb.Memo{Fields: map[string]*commonpb.Payload{index.MemoAgent: payload(t, "Dana Ruiz")}},
			SearchAttributes: &commonpb.SearchAttributes{IndexedFields: map[string]*commonpb.Payload{index.State.GetName(): payload(t, string(state))}},
		}
		if status != enums.WORKFLOW_EXECUTION_STATUS_RUNNING {
			info.CloseTime = timestamppb.Now()
		}
		return info
	}
	for want, runs := range map[sessions.RunEnd][]*workflowpb.WorkflowExecutionInfo{
		"": {
			run(support.Waiting, enums.WORKFLOW_EXECUTION_STATUS_RUNNING), run(support.Filed, enums.WORKFLOW_EXECUTION_STATUS_COMPLETED),
			run(support.Cancelled, enums.WORKFLOW_EXECUTION_STATUS_COMPLETED),
		},
		sessions.HandedOver: {run(support.Waiting, enums.WORKFLOW_EXECUTION_STATUS_COMPLETED), run(support.Ended, enums.WORKFLOW_EXECUTION_STATUS_COMPLETED)},
		sessions.Stopped:    {run(support.Connected, enums.WORKFLOW_EXECUTION_STATUS_TERMINATED), run(support.Ended, enums.WORKFLOW_EXECUTION_STATUS_TIMED_OUT)},
	} {
		list, _, err := newClient(&engine{listed: runs}).List(t.Context(), sessions.Filter{})
		require.NoError(t, err)
		require.Len(t, list, len(runs))
		for _, l := range list {
			assert.Equal(t, want, l.RunEnd, l.State)
			assert.Equal(t, "Dana Ruiz", l.AgentName)
		}
	}
}

func TestWhatAFilterWantsStaysWithinItsQuotes(t *testing.T) {
	e := &engine{}
	_, _, err := newClient(e).List(t.Context(), sessions.Filter{Connection: `acme\`, Agent: ` OR LifelineAgent != ''`})
	require.NoError(t, err)
	assert.Equal(t, "WorkflowType = 'SupportSession' AND LifelineConnection = 'acme' AND LifelineAgent = ' OR LifelineAgent != '", e.queries[0])
}

func TestPressOnAnOverRunIsTriedOnceMore(t *testing.T) {
	over := temporal.NewApplicationErrorWithOptions("over", workflows.FailureSessionOver, temporal.ApplicationErrorOptions{NonRetryable: true})
	e := &engine{answers: []error{over, nil}}
	view, err := newClient(e).OpenSession(t.Context(), incident, workflows.Press{}, "key")
	require.NoError(t, err)
	assert.Equal(t, "123456", view.Code)
	assert.Equal(t, []string{"open-key-0", "open-key-1"}, e.attempts)
}

func TestRefusalKeepsItsKindAndCode(t *testing.T) {
	refusal := activities.Failed(support.Stopped(support.CodeNoConsole, "the console is not running", nil))
	_, err := newClient(&engine{answers: []error{refusal}}).OpenSession(t.Context(), incident, workflows.Press{}, "key")
	failure := support.AsError(err)
	assert.Equal(t, []any{support.Stop, support.CodeNoConsole}, []any{failure.Kind, failure.Code})
	assert.False(t, sessions.Unavailable(err))
	_, err = newClient(&engine{answers: []error{serviceerror.NewUnavailable("down")}}).OpenSession(t.Context(), incident, workflows.Press{}, "key")
	assert.True(t, sessions.Unavailable(err))
}

func TestUnknownConnectionIsNotFound(t *testing.T) {
	err := newClient(&engine{}).Deliver(t.Context(), "nowhere", support.Event{VendorSessionID: "1", At: time.Time{}})
	assert.True(t, support.HasCode(err, support.CodeNotFound))
}

func TestConsoleSessionGoesOnWhereItIsFollowed(t *testing.T) {
	type runs map[string]*workflowpb.WorkflowExecutionInfo // by connection
	const running, over = enums.WORKFLOW_EXECUTION_STATUS_RUNNING, enums.WORKFLOW_EXECUTION_STATUS_COMPLETED
	for name, c := range map[string]struct {
		runs runs
		want string
	}{
		"nowhere":                {nil, acme},
		"here":                   {runs{acme: run(t, running, support.Connected)}, acme},
		"elsewhere":              {runs{"same": run(t, running, support.Connected)}, "same"},
		"on another account":     {runs{"other": run(t, running, support.Connected)}, acme},
		"it was filed elsewhere": {runs{"same": run(t, over, support.Filed)}, "same"},
		"it was refused there":   {runs{"same": run(t, over, support.Cancelled)}, acme},
		"filed there, under way": {runs{acme: run(t, running, support.Ended), "same": run(t, over, support.Filed)}, acme},
		"under way there, filed": {runs{acme: run(t, over, support.Filed), "same": run(t, running, support.Ended)}, "same"},
		"filed there and here":   {runs{acme: run(t, over, support.Filed), "same": run(t, over, support.Filed)}, acme},
	} {
		t.Run(name, func(t *testing.T) {
			e := &engine{adopted: map[string]*workflowpb.WorkflowExecutionInfo{}}
			for connection, info := range c.runs {
				e.adopted[support.AdoptedWorkflowID(connection, "1")] = info
			}
			require.NoError(t, newClient(e).Deliver(t.Context(), acme, support.Event{ID: "e", VendorSessionID: "1"}))
			require.Len(t, e.signals, 1)
			assert.Equal(t, support.AdoptedWorkflowID(c.want, "1"), e.signals[0].workflowID)
		})
	}
}

func run(t *testing.T, status enums.WorkflowExecutionStatus, state support.State) *workflowpb.WorkflowExecutionInfo {
	return &workflowpb.WorkflowExecutionInfo{Status: status, SearchAttributes: &commonpb.SearchAttributes{
		IndexedFields: map[string]*commonpb.Payload{index.State.GetName(): payload(t, string(state))},
	}}
}
