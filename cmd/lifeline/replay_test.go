package main

import (
	"compress/gzip"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/history/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	sdkworker "go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"google.golang.org/protobuf/encoding/protojson"

	"example.com/lifeline/config"
	"example.com/lifeline/engine"
	"example.com/lifeline/engine/enginetest"
	"example.com/lifeline/engine/index"
	simdataverse "example.com/lifeline/sandbox/dataverse"
	simrescue "example.com/lifeline/sandbox/rescue"
	simservicenow "example.com/lifeline/sandbox/servicenow"
	"example.com/lifeline/support"
	"example.com/lifeline/worker"
	"example.com/lifeline/workflows"
)

// update keeps the recorded histories for the replay test of package workflows.
var update = flag.Bool("update", false, "keep the histories that TestRecordHistories records")

const kept = "../../workflows/testdata/histories"

// shape is a way a session may go, and the types of the workflows whose histories are kept of it.
type shape struct {
	name       string
	connection string // acme-sn unless it says another
	env        map[string]string
	keep       []string
	play       func(s *stage)
}

// shapes are all ways that a session goes. Each returns when its runs have done what is worth keeping.
func shapes() []shape {
	session := []string{workflows.SessionType}
	return []shape{
		{name: "posts", env: postsAlone, keep: session, play: func(s *stage) {
			vpn := s.incident("VPN")
			s.wholeSession(vpn, said)
			s.filedOnce(vpn)
		}},
		{name: "list", keep: append(session, workflows.WatchType), play: func(s *stage) {
			s.world.Rescue.DropPosts(1000)
			vpn := s.pressed()
			id := s.taking(vpn)
			s.do(s.world.Rescue.CloseByTechnician(id))
			s.closedRow(vpn, "filed")
		}},
		{name: "transfer", keep: session, play: func(s *stage) {
			vpn := s.pressed()
			id := s.taking(vpn)
			s.do(s.world.Rescue.Transfer(id, "sam@example.com", "please"))
			s.do(s.world.Rescue.PickUp(id, "sam@example.com"))
			s.do(s.world.Rescue.CloseByTechnician(id))
			s.closedRow(vpn, "filed")
		}},
		{name: "expired", env: map[string]string{sn + "INVITATION_TTL": "1s"}, keep: session, play: func(s *stage) { s.closedRow(s.pressed(), "expired") }},
		{name: "cancelled", keep: session, play: func(s *stage) {
			vpn := s.pressed()
			require.Equal(s.t, http.StatusOK, s.close(vpn).Status)
			s.closedRow(vpn, "cancelled")
		}},
		{name: "closed", keep: session, play: func(s *stage) {
			vpn := s.pressed()
			s.taking(vpn)
			require.Equal(s.t, http.StatusOK, s.close(vpn).Status)
			s.closedRow(vpn, "filed")
		}},
		{name: "abandoned", keep: session, play: func(s *stage) {
			vpn := s.pressed()
			joined := s.join(s.look(vpn).Code, "Joe Employee")
			s.rowState(vpn, "waiting")
			s.do(s.world.Rescue.CloseByCustomer(joined.ID))
			s.closedRow(vpn, "filed")
		}},
		{name: "console", env: map[string]string{sn + "CREATE_FROM_CONSOLE": "true"}, keep: session, play: func(s *stage) {
			s.vendorRow(s.fromConsole(simrescue.Fields{"Joe Employee", "joe@example.net"}).ID, "filed")
		}},
		{name: "late", keep: session, play: func(s *stage) {
			s.world.Rescue.DropPosts(1000)
			vpn := s.pressed()
			id := s.taking(vpn)
			s.do(s.world.Rescue.CloseByTechnician(id))
			s.closedRow(vpn, "filed")
			require.Equal(s.t, http.StatusOK, s.post("end", `{"SessionID":`+itoa(id)+`,"Notes":"Told later","ClosingTime":"2026-11-30 10:00:00"}`))
			s.eventually(func() bool { return len(s.notes(vpn)) == 2 }, "a further note")
		}},
		{name: "retried", env: map[string]string{"LIFELINE_ALERT_AFTER": "0s"}, keep: append(session, workflows.AlertsType), play: func(s *stage) {
			vpn := s.unfiled()
			require.Equal(s.t, http.StatusOK, s.call(http.MethodPost, "acme-sn", "incident", vpn, "/session/retry", map[string]any{}).Status)
			s.closedRow(vpn, "filed")
		}},
		{name: "handed-over", keep: session, play: func(s *stage) {
			vpn := s.unfiled()
			require.Equal(s.t, http.StatusCreated, s.press(vpn).Status)
			require.Equal(s.t, http.StatusOK, s.close(vpn).Status)
			s.closedRow(vpn, "cancelled")
		}},
		{name: "refused", keep: session, play: func(s *stage) {
			refused := s.call(http.MethodPost, "acme-sn", "incident", s.incident("VPN"), "/session", map[string]any{"agent": s.agent("noor")})
			require.Equal(s.t, support.CodeNoTechnician, refused.Problem.Code)
		}},
		{name: "renewed-authcode", keep: []string{workflows.CredentialType}, play: func(s *stage) {
			s.pressed()
			require.NoError(s.t, s.world.Rescue.RevokeAuthcode("dana@example.com"))
			require.Equal(s.t, http.StatusCreated, s.press(s.incident("Outlook")).Status)
		}},
		{name: "reconciled", env: map[string]string{sn + "RECONCILE": "1s", sn + "POLL": "1h"}, keep: append(session, workflows.ReconcileType), play: func(s *stage) {
			s.world.Rescue.DropPosts(1000)
			s.vendorRow(s.fromConsole(simrescue.Fields{"Beth Anglin"}).ID, "filed")
		}},
		{name: "row", connection: "acme-d365", env: map[string]string{d365 + "SWEEP": "1s", d365 + "KEY_HEALTH": "1s"},
			keep: append(session, workflows.RequestType, workflows.SweepType, workflows.KeyHealthType), play: func(s *stage) {
				row := s.pressRow(simdataverse.DemoDana, simdataverse.DemoCase)
				invited := s.dynamicsRow(row, "invited", inState("invited"))
				s.playOut(invited.Text("lifeline_pin"), said)
				s.dynamicsRow(row, "filed and closed", filedAndClosed)
			}},
		{name: "teamviewer", connection: "acme-tv-sn", keep: append(session, workflows.ReportType, workflows.BudgetType), play: func(s *stage) {
			vpn, pressed := s.pressTV()
			renewed := s.callTV(http.MethodPost, vpn, "/session/renew", map[string]any{"agent": s.agent("dana")})
			require.Equal(s.t, http.StatusOK, renewed.Status, renewed.Raw)
			require.NotEqual(s.t, pressed.Code, renewed.Code)
			s.tv(s.world.TeamViewer.CustomerOnline(renewed.Code))
			s.rowState(vpn, "waiting")
			s.tv(s.world.TeamViewer.SupporterConnects(renewed.Code, "dana@example.com", true))
			s.tv(s.world.TeamViewer.ConnectionEnds(renewed.Code))
			s.tv(s.world.TeamViewer.CustomerOffline(renewed.Code))
			s.closedRow(vpn, "filed")
			refreshed := s.send(http.MethodPost, "/v1/connections/acme-tv-sn/report/refresh", nil)
			require.Less(s.t, refreshed.Status, 300, refreshed.Raw)
		}},
		{name: "meanwhile", connection: "acme-tv-sn", env: prefixed("acme-tv-sn", map[string]string{"EMAIL_CUSTOMER": "true", "LIFELINE_MAIL_PORT": "1"}),
			keep: session, play: func(s *stage) {
				closer, overrides := s.closeSlowly("acme-tv-sn", s.env[config.ConnectionPrefix("acme-tv-sn")+"_TEAMVIEWER_BASE_URL"])
				s.restart(overrides)
				vpn, pressed := s.pressTV()
				renewed := s.callTV(http.MethodPost, vpn, "/session/renew", map[string]any{"agent": s.agent("dana")})
				require.Equal(s.t, http.StatusOK, renewed.Status, renewed.Raw) // with the mail of the first code under way
				s.closedAtVendor(pressed.Code)
				require.NotEqual(s.t, renewed.Code, s.pressDuringClose(closer, vpn, func() {}).Code)
				s.eventually(func() bool { return s.rows(vpn)[0]["active"] == "false" }, "the first row is closed")
			}},
	}
}

// taking brings the record's session to where the technician has it.
func (s *stage) taking(record string) int64 {
	s.t.Helper()
	session := s.join(s.look(record).Code, "Joe Employee")
	s.pickUp(session.ID)
	s.rowState(record, "connected")
	return session.ID
}

// closedRow waits until the record's newest row is in the state and closed.
func (s *stage) closedRow(record, state string) {
	s.t.Helper()
	s.rowState(record, state)
	s.eventually(func() bool { return s.rows(record)[len(s.rows(record))-1]["active"] == "false" }, "the row is closed")
}

// unfiled brings a session to where its note is refused and waits for a human. The next try succeeds.
func (s *stage) unfiled() string {
	s.t.Helper()
	s.world.ServiceNow.AddFault(simservicenow.Fault{Method: http.MethodPatch, Table: "incident", Kind: simservicenow.RuleAbort, Rule: "Not now"})
	vpn := s.pressed()
	id := s.taking(vpn)
	s.do(s.world.Rescue.CloseByTechnician(id))
	s.eventually(func() bool { return s.look(vpn).Attention != nil }, "attention")
	return vpn
}

// TestRecordHistories plays every shape of session on a real engine and replays what it recorded. With -update the
// histories are kept for package workflows, whose test replays them with the code of every later day:
//
//	go test ./cmd/lifeline -run TestRecordHistories -update
func TestRecordHistories(t *testing.T) {
	t.Parallel()
	for _, each := range shapes() {
		t.Run(each.name, func(t *testing.T) {
			t.Parallel()
			s := each.stage(t)
			each.play(s)
			s.settled()
			if *update {
				forget(t, each.name)
			}
			for _, workflowType := range each.keep {
				for n, h := range s.histories(workflowType) {
					require.NoError(t, replayer(t).ReplayWorkflowHistory(nil, h), workflowType)
					if *update {
						keep(t, fmt.Sprintf("%s-%s-%d.json.gz", each.name, strings.ToLower(workflowType), n+1), h)
					}
				}
			}
		})
	}
}

// forget takes away what was kept of a shape.
func forget(t *testing.T, shape string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(kept, 0o755))
	old, err := filepath.Glob(filepath.Join(kept, shape+"-*.json.gz"))
	require.NoError(t, err)
	for _, file := range old {
		require.NoError(t, os.Remove(file))
	}
}

func (p shape) stage(t *testing.T) *stage {
	if p.connection == "" {
		return play(t, p.env)
	}
	return playWith(t, p.env, p.connection)
}

// settled waits until no session's run is left, but those whose code nobody has used.
func (s *stage) settled() {
	s.t.Helper()
	s.eventually(func() bool {
		list, err := s.engine.CountWorkflow(s.t.Context(), &workflowservice.CountWorkflowExecutionsRequest{
			Namespace: s.namespace, Query: "WorkflowType = '" + workflows.SessionType + "' AND ExecutionStatus = 'Running' AND " + index.State.GetName() + " != 'invited'",
		})
		return err == nil && list.GetCount() == 0
	}, "all sessions are over")
}

// histories are those of the runs of a type, oldest first, as the engine has them; of what runs at intervals, the first.
func (s *stage) histories(workflowType string) []*history.History {
	s.t.Helper()
	var runs []*workflowpb.WorkflowExecutionInfo
	s.eventually(func() bool {
		list, err := s.engine.ListWorkflow(s.t.Context(), &workflowservice.ListWorkflowExecutionsRequest{
			Namespace: s.namespace, Query: "WorkflowType = '" + workflowType + "'", PageSize: 1000,
		})
		runs = list.GetExecutions()
		return err == nil && len(runs) > 0
	}, "a run of the type "+workflowType)
	slices.Reverse(runs)
	if workflowType != workflows.SessionType {
		runs = runs[:1]
	}
	all := make([]*history.History, len(runs))
	for i, run := range runs {
		all[i] = s.history(run.GetExecution())
	}
	return all
}

func (s *stage) history(run *common.WorkflowExecution) *history.History {
	s.t.Helper()
	recorded := &history.History{}
	events := s.engine.GetWorkflowHistory(s.t.Context(), run.GetWorkflowId(), run.GetRunId(), false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		event, err := events.Next()
		require.NoError(s.t, err)
		recorded.Events = append(recorded.Events, event)
	}
	return recorded
}

func replayer(t *testing.T) sdkworker.WorkflowReplayer {
	t.Helper()
	keys, err := engine.ParseKeys(enginetest.KeySpec)
	require.NoError(t, err)
	r, err := sdkworker.NewWorkflowReplayerWithOptions(sdkworker.WorkflowReplayerOptions{
		DataConverter: engine.DataConverter(keys), FailureConverter: engine.FailureConverter(keys), DisableDeadlockDetection: true,
	})
	require.NoError(t, err)
	for name, run := range worker.Workflows() {
		r.RegisterWorkflowWithOptions(run, workflow.RegisterOptions{Name: name})
	}
	return r
}

// machineNames are in the names of workers and of their own task queues.
var machineNames = regexp.MustCompile(`("(?:identity|name)":\s*)"(?:\d+@[^"]*|[^":]+:[0-9a-f-]{36})"`)

// keep writes a history as JSON. Payloads stay encrypted with the key of tests; the name of this machine is left out.
func keep(t *testing.T, name string, h *history.History) {
	t.Helper()
	text, err := protojson.Marshal(h)
	require.NoError(t, err)
	text = machineNames.ReplaceAll(text, []byte(`$1"worker"`))
	file, err := os.Create(filepath.Join(kept, name))
	require.NoError(t, err)
	packed, err := gzip.NewWriterLevel(file, gzip.BestCompression)
	require.NoError(t, err)
	_, err = packed.Write(text)
	require.NoError(t, err)
	require.NoError(t, packed.Close())
	require.NoError(t, file.Close())
}
