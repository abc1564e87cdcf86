package servicenow_test

import (
	"io"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/crm/servicenow"
	sandbox "example.com/lifeline/sandbox/servicenow"
	"example.com/lifeline/support"
	"example.com/lifeline/support/conformance"
)

// columns makes the simulator's table from the adapter's own list, as an administrator would.
func columns(list []servicenow.Column) []sandbox.Column {
	var made []sandbox.Column
	for _, c := range list {
		made = append(made, sandbox.Column{Name: c.Name, Type: sandbox.ColumnType(c.Type), Length: c.Length, Unique: c.Unique, Reference: c.Reference})
	}
	return made
}

// simulated is an adapter against a fresh simulated instance with demo data.
func simulated(t *testing.T) (*servicenow.CRM, *sandbox.Sim, sandbox.Demo) {
	sim := sandbox.New(sandbox.Options{
		SessionColumns: columns(servicenow.Columns), ConnectionColumns: columns(servicenow.ReportColumns),
		Clients: []sandbox.Client{{ID: "client-1", Secret: "secret1", User: "svc"}},
		Users: []sandbox.User{{
			Name: "Lifeline", UserName: "svc", Password: "pass1", Machine: true,
			Roles: []string{"itil", "sn_customerservice_agent", "x_lfln_lifeline.user"},
		}},
	})
	server := httptest.NewServer(sim.Handler())
	t.Cleanup(server.Close)
	cfg := servicenow.Config{
		Instance: sim.Instance(), BaseURL: server.URL, Auth: servicenow.AuthClientCredentials, ClientID: "client-1", ClientSecret: "secret1",
		RefreshLife: 2400 * time.Hour, TablePrefix: "x_lfln_lifeline", CallerField: "caller_id", ContactField: "consumer",
		InteractionField: "opened_for", CloseCode: "Solution provided", CloseState: "6", InteractionEndState: "closed_complete",
		AgentRole: "itil", Concurrency: 2, Timeout: 5 * time.Second,
	}
	require.Empty(t, cfg.Validate())
	return servicenow.New(cfg, cfg.Seats(), conformance.NewKeeper(nil), slog.New(slog.NewTextHandler(io.Discard, nil)), nil), sim, sim.Seed()
}

func TestSimulatedInstancePassesTheCheck(t *testing.T) {
	crm, _, _ := simulated(t)
	for _, finding := range crm.Check(t.Context()) {
		assert.Equal(t, support.OK, finding.Level, "%+v", finding)
	}
}

func TestSimulatedSessionIsFiledOnceThroughEveryFault(t *testing.T) {
	crm, sim, demo := simulated(t)
	ctx := t.Context()
	ref := support.RecordRef{Connection: "acme-sn", Type: "incident", ID: demo.Incidents[1]}
	record, err := crm.ReadRecord(ctx, ref)
	require.NoError(t, err)
	assert.Equal(t, "beth@example.net", record.Customer.Email)

	row := support.SessionRow{Key: "s-1", Vendor: support.Rescue, VendorSessionID: "1080000123", Record: ref, State: support.Invited, Code: "482913", Token: "c:AbCd"}
	sim.AddFault(sandbox.Fault{Method: "POST", Table: sim.SessionTable(), Kind: sandbox.CommitThenDrop})
	_, err = crm.SaveRow(ctx, row)
	require.Equal(t, support.Retry, support.AsError(err).Kind)
	rowID, err := crm.SaveRow(ctx, row)
	require.NoError(t, err)
	assert.Len(t, sim.List(sim.SessionTable(), ""), 1)

	note := support.Note{Record: ref, Marker: "s-1:end:1", Text: "chat [code]<b>x</b>[/code]"}
	sim.AddFault(sandbox.Fault{Method: "PATCH", Table: "incident", Kind: sandbox.CommitThenFail})
	require.Equal(t, support.Retry, support.AsError(crm.AddNote(ctx, note)).Kind)
	note.Again = true
	require.NoError(t, crm.AddNote(ctx, note))
	entries := sim.Journal(ref.ID, "work_notes")
	require.Len(t, entries, 1)
	assert.NotContains(t, strings.ToLower(entries[0].Text), "[code]")

	file := support.Attachment{Record: ref, Name: "session-1-chat.txt", Type: "text/plain; charset=utf-8", Contents: []byte("hello")}
	sim.AddFault(sandbox.Fault{Method: "POST", Path: "/attachment", Kind: sandbox.CutOff})
	require.Equal(t, support.Retry, support.AsError(crm.Attach(ctx, file)).Kind)
	require.NoError(t, crm.Attach(ctx, file))
	assert.Len(t, sim.Attachments(ref.ID), 1)

	require.NoError(t, crm.Reassign(ctx, ref, support.Agent{ID: demo.Agents["dana"]}))
	require.NoError(t, crm.ResolveRecord(ctx, support.Resolution{Record: ref, Text: "solved"}))
	require.NoError(t, crm.CloseRow(ctx, rowID, support.Filed))
	info, err := crm.FindRowByToken(ctx, "c:AbCd")
	require.NoError(t, err)
	assert.True(t, info.Closed)
	record, err = crm.FindRecord(ctx, "acme-sn", record.Number)
	require.NoError(t, err)
	assert.True(t, record.Closed)
	assert.Equal(t, "dana@example.com", record.Owner.Email)
}

func TestSimulatedRefusalsAreUnderstood(t *testing.T) {
	crm, sim, demo := simulated(t)
	ref := support.RecordRef{Connection: "acme-sn", Type: "incident", ID: demo.Incidents[0]}
	err := crm.ResolveRecord(t.Context(), support.Resolution{Record: ref, Code: "No such code", Text: "solved"})
	assert.True(t, support.HasCode(err, support.CodeMapping), "%v", err)
	sim.AddFault(sandbox.Fault{Method: "PATCH", Table: "incident", Kind: sandbox.RuleAbort, Rule: "Freeze"})
	err = crm.AddNote(t.Context(), support.Note{Record: ref, Marker: "s-1:end:1", Text: "x"})
	require.True(t, support.HasCode(err, support.CodeRefusedByCRM), "%v", err)
	assert.Contains(t, support.AsError(err).Message, "Freeze")
	sim.SetVisible(ref.ID, false)
	_, err = crm.ReadRecord(t.Context(), ref)
	assert.True(t, support.HasCode(err, support.CodeNotFound), "%v", err)
}

func TestSimulatedRecordIsCreatedOnce(t *testing.T) {
	crm, sim, demo := simulated(t)
	created := support.NewRecord{
		Connection: "acme-sn", Type: "sn_customerservice_case", Correlation: "rescue:1080000123", Title: "Remote session",
		Customer: support.Customer{Email: "omar@example.org"}, Assignee: support.Agent{ID: demo.Agents["dana"]},
	}
	sim.AddFault(sandbox.Fault{Method: "POST", Table: created.Type, Kind: sandbox.CommitThenFail})
	first, err := crm.CreateRecord(t.Context(), created)
	require.NoError(t, err)
	second, err := crm.CreateRecord(t.Context(), created)
	require.NoError(t, err)
	assert.Equal(t, first, second)
	assert.Equal(t, "omar@example.org", first.Customer.Email)
	assert.Equal(t, "dana@example.com", first.Owner.Email)
}

func TestSimulatedReportsAndHistory(t *testing.T) {
	crm, sim, demo := simulated(t)
	ref := support.RecordRef{Connection: "acme-sn", Type: "incident", ID: demo.Incidents[0]}
	reports := []support.Report{{ID: "1", Record: ref, WorkSeconds: 60}, {ID: "2"}, {ID: "3"}}
	for range 2 {
		require.NoError(t, crm.SaveReports(t.Context(), "acme-sn", support.Rescue, reports))
	}
	assert.Len(t, sim.List(sim.ConnectionTable(), ""), 3)
	for _, key := range []string{"s-1", "s-2"} {
		_, err := crm.SaveRow(t.Context(), support.SessionRow{Key: key, Vendor: support.Rescue, Record: ref, State: support.Invited, RequestedAt: time.Now()})
		require.NoError(t, err)
	}
	history, err := crm.History(t.Context(), ref, 10)
	require.NoError(t, err)
	assert.Len(t, history, 2)
}

func TestSimulatedConsentIsExchangedForARefreshToken(t *testing.T) {
	crm, sim, _ := simulated(t)
	credential, err := crm.Exchange(t.Context(), "svc", "pass1")
	require.NoError(t, err)
	_, err = crm.Issue(t.Context(), servicenow.SubjectOAuth, credential)
	require.NoError(t, err)
	sim.KillRefreshToken()
	_, err = crm.Issue(t.Context(), servicenow.SubjectOAuth, credential)
	assert.True(t, support.HasCode(err, support.CodeCredentialDead), "%v", err)
	_, err = crm.Exchange(t.Context(), "svc", "wrong")
	assert.True(t, support.HasCode(err, support.CodeCredentialDead), "%v", err)
}

func TestSimulatedAgentsAreFound(t *testing.T) {
	crm, sim, demo := simulated(t)
	agent, err := crm.AgentOf(t.Context(), support.Technician{SSOID: "dana@example.com"})
	require.NoError(t, err)
	assert.Equal(t, demo.Agents["dana"], agent.ID)
	sim.DuplicateUsers("dana@example.com")
	agent, err = crm.AgentOf(t.Context(), support.Technician{SSOID: "dana@example.com"})
	require.NoError(t, err)
	assert.Empty(t, agent)
}

func TestSimulatedRoleTellsWhoTheAgentsAre(t *testing.T) {
	crm, sim, demo := simulated(t)
	sim.AddUser(sandbox.User{Name: "Gone", UserName: "gone", Email: "gone@example.com", Roles: []string{"itil"}, Inactive: true})
	sim.SetRole("noor", "itil", false)
	agents, err := crm.Agents(t.Context())
	require.NoError(t, err)
	assert.ElementsMatch(t, []support.Agent{
		{ID: demo.Agents["dana"], Name: "Dana Whitfield", UserName: "dana", Email: "dana@example.com"},
		{ID: demo.Agents["sam"], Name: "Sam Okafor", UserName: "sam", Email: "sam@example.com"},
	}, agents)
	sim.Allow("sys_user_has_role", sandbox.Read, "admin")
	_, err = crm.Agents(t.Context())
	assert.True(t, support.HasCode(err, support.CodePermission), "%v", err)
}
