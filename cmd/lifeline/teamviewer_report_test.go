package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/activities"
	"example.com/lifeline/sandbox"
	simdataverse "example.com/lifeline/sandbox/dataverse"
	simteamviewer "example.com/lifeline/sandbox/teamviewer"
	"example.com/lifeline/sessions"
	"example.com/lifeline/support"
	"example.com/lifeline/support/conformance"
	"example.com/lifeline/vendors/teamviewer"
)

const operator = "an-operators-token"

// reporting is a connection's company report as operators see it.
type reporting struct {
	*stage
	connection string
}

func playReport(t *testing.T, connection string, overrides map[string]string) reporting {
	t.Helper()
	all := map[string]string{"REPORT_WINDOW": "9000h", "LIFELINE_OPERATOR_TOKEN": operator}
	for name, value := range overrides {
		all[name] = value
	}
	return reporting{playTeamViewer(t, connection, all), connection}
}

func (r reporting) ask(method, what string) answer {
	r.t.Helper()
	return r.send(method, "/v1/connections/"+r.connection+"/report"+what, nil, "Authorization", "Bearer "+operator)
}

func (r reporting) state() sessions.PeriodicState {
	r.t.Helper()
	var state sessions.PeriodicState
	decode(r.t, r.ask(http.MethodGet, "").Raw, &state)
	return state
}

// run runs the report now and waits for its end.
func (r reporting) run() sessions.PeriodicState {
	r.t.Helper()
	before := r.state().LastRun
	require.Equal(r.t, http.StatusAccepted, r.ask(http.MethodPost, "/refresh").Status)
	return r.becomes(func(state sessions.PeriodicState) bool {
		return state.LastRun.After(before) && (state.Result != nil || state.Failure != "")
	}, "the run ends")
}

// becomes waits for a state. While an engine is too busy to answer, it asks again, as the answer says one should.
func (r reporting) becomes(wanted func(sessions.PeriodicState) bool, what string) sessions.PeriodicState {
	r.t.Helper()
	var state sessions.PeriodicState
	r.eventually(func() bool {
		answer := r.ask(http.MethodGet, "")
		if answer.Status != http.StatusOK {
			return false
		}
		state = sessions.PeriodicState{}
		decode(r.t, answer.Raw, &state)
		return wanted(state)
	}, what)
	return state
}

// rows are the report's rows in the CRM.
func (r reporting) rows() []map[string]string {
	r.t.Helper()
	var rows []map[string]string
	if r.connection == "acme-tv-sn" {
		for _, row := range r.world.ServiceNow.List(r.world.ServiceNow.ConnectionTable(), "") {
			rows = append(rows, row)
		}
		return rows
	}
	list, err := r.world.Dataverse.List("lifeline_connection", "")
	require.NoError(r.t, err)
	for _, row := range list {
		texts := map[string]string{}
		for column := range row {
			texts[column] = row.Text(column)
		}
		rows = append(rows, texts)
	}
	return rows
}

// The ten columns of the help page, in its order, by their names in each CRM.
var reportColumns = map[string][]string{
	"acme-tv-sn": {"source_table", "vendor_session_id", "technician_id", "technician_name", "customer_name", "device_id",
		"started_at", "ended_at", "description", "notes"},
	"acme-tv-d365": {"lifeline_regardingtype", "lifeline_vendorsessionid", "lifeline_userid", "lifeline_supportername", "lifeline_customername",
		"lifeline_deviceid", "lifeline_startedon", "lifeline_endedon", "lifeline_description", "lifeline_notes"},
}

func TestCompanyReportHasTheHelpPagesColumns(t *testing.T) {
	t.Parallel()
	for connection, columns := range reportColumns {
		t.Run(connection, func(t *testing.T) {
			t.Parallel()
			r := playReport(t, connection, nil)
			code := r.ourConnection()
			r.world.TeamViewer.AddReport(simteamviewer.Report{
				UserID: "u1", Username: "Sam Okafor", DeviceID: "1200000001", StartDate: time.Now().Add(-time.Hour), EndDate: time.Now().Add(-time.Minute),
			})
			r.world.TeamViewer.AddReports(1200)
			require.Equal(t, 1202, r.run().Result.Saved)
			rows := r.rows()
			require.Len(t, rows, 1202, "also connections made without Lifeline, and without a code")
			at := -1
			for i, row := range rows {
				if row[columns[1]] == code {
					at = i
				}
			}
			require.GreaterOrEqual(t, at, 0, "the session made with Lifeline")
			for _, column := range columns {
				assert.NotEmpty(t, rows[at][column], column)
			}
			assert.Equal(t, "incident", rows[at][columns[0]])
			assert.Equal(t, "Dana Whitfield", rows[at][columns[3]])
			assert.Contains(t, rows[at][columns[8]], `"token"`, "the description is what only the API shows")
			assert.Equal(t, "Driver reinstalled", rows[at][columns[9]])

			assert.Equal(t, 1202, r.run().Result.Saved)
			assert.Len(t, r.rows(), 1202, "the same rows again")
		})
	}
}

// ourConnection makes a connection on a session of Lifeline's, and gives its code.
func (r reporting) ourConnection() string {
	r.t.Helper()
	if r.connection == "acme-tv-sn" {
		vpn, pressed := r.pressTV()
		r.playTV(vpn, pressed.Code, "Driver reinstalled")
		return pressed.Code
	}
	row := r.pressRow(simdataverse.DemoDana, simdataverse.DemoCase)
	code := r.dynamicsRow(row, "invited", inState("invited")).Text("lifeline_vendorsessionid")
	r.tv(r.world.TeamViewer.CustomerOnline(code))
	r.tv(r.world.TeamViewer.SupporterConnects(code, "dana@example.com", true))
	r.tv(r.world.TeamViewer.ConnectionEnds(code))
	r.tv(r.world.TeamViewer.EditNotes(code, "Driver reinstalled"))
	return code
}

func TestCompanyReportIsAScheduleThatOperatorsControl(t *testing.T) {
	t.Parallel()
	r := playReport(t, "acme-tv-sn", map[string]string{"LIFELINE_ALERT_TO": "ops@example.com", "LIFELINE_ALERT_AFTER": "100ms"})
	assert.Equal(t, 24*time.Hour, r.app.connections[0].config.Report, "by default")
	assert.LessOrEqual(t, time.Until(r.state().NextRun), 24*time.Hour+5*time.Minute)
	assert.Equal(t, http.StatusUnauthorized, r.send(http.MethodPost, "/v1/connections/acme-tv-sn/report/refresh", nil).Status)

	require.Equal(t, http.StatusNoContent, r.ask(http.MethodPost, "/pause").Status)
	assert.True(t, r.state().Paused)
	require.Equal(t, http.StatusNoContent, r.ask(http.MethodPost, "/resume").Status)
	assert.False(t, r.state().Paused)

	r.world.TeamViewer.AddReports(10)
	require.NoError(t, r.world.TeamViewer.Fault(simteamviewer.Fault{Match: "GET /reports/connections", Kind: simteamviewer.FaultBlocked, Times: -1}))
	assert.NotEmpty(t, r.run().Failure)
	told := r.mail("ops@example.com")
	assert.Contains(t, told.Subject, "company report")
	assert.NotContains(t, told.Text, "session", "it waits for no session, and no session for it")
	r.world.TeamViewer.ClearFaults()
	assert.Equal(t, 10, r.run().Result.Saved)
	r.eventually(func() bool {
		mails := r.world.Mailbox.Mails()
		return mails[len(mails)-1].Subject != told.Subject && strings.Contains(strings.ToLower(mails[len(mails)-1].Subject), "company report")
	}, "the operators are told that it works again")
}

// Of two requests that reach the engine's scheduler together it forgot the first: a pause was answered, and gone.
func TestPauseAndRunNowHoldThoughOneFollowsTheOtherAtOnce(t *testing.T) {
	t.Parallel()
	r := playReport(t, "acme-tv-sn", nil)
	for range 10 {
		for _, what := range []string{"/resume", "/refresh", "/pause", "/refresh"} {
			require.Less(t, r.ask(http.MethodPost, what).Status, 300, what)
		}
		require.True(t, r.state().Paused)
	}
	r.becomes(func(state sessions.PeriodicState) bool { return state.Result != nil }, "it runs")
}

// ledger is a CRM that only counts the report's rows.
type ledger struct {
	support.CRM
	seen map[string]bool
	most int
}

func (l *ledger) Kind() support.CRMKind { return support.ServiceNow }

func (l *ledger) SaveReports(_ context.Context, _ string, _ support.VendorKind, reports []support.Report) error {
	l.most = max(l.most, len(reports))
	for _, r := range reports {
		l.seen[r.ID] = true
	}
	return nil
}

// A year of a large company: what is kept at a time is a page, however many there are. It is not run beside other tests,
// which would be measured, too.
func TestCompanyReportOfAYearNeedsThePlaceOfAPage(t *testing.T) {
	const connections = 100_000
	sim := simteamviewer.New(simteamviewer.Options{
		Settings: simteamviewer.Settings{NoLimits: true}, Users: []simteamviewer.User{{Name: "Admin", Email: "admin@example.com", Admin: true}},
		Tokens: []simteamviewer.ScriptToken{{Name: "lifeline", Value: sandbox.TeamViewerToken, User: "admin@example.com", Level: simteamviewer.CompanyLevel}},
	})
	sim.AddReports(connections)
	server := httptest.NewServer(sim.Handler())
	defer server.Close()
	log := slog.New(slog.DiscardHandler)
	vendor := teamviewer.New(teamviewer.Config{
		BaseURL: server.URL, Token: sandbox.TeamViewerToken, Licence: "corporate", Timeout: 30 * time.Second,
	}, "account", nil, &conformance.Budget{}, log, nil)
	kept := &ledger{seen: make(map[string]bool, connections)}
	steps := &activities.Steps{Connections: map[string]*activities.Connection{"acme": {Name: "acme", Vendor: vendor, CRM: kept}}, Log: log, Now: time.Now}

	page := activities.PageInput{Connection: "acme", From: time.Now().AddDate(-1, 0, -2), To: time.Now().Add(time.Minute)}
	read, pages, early, late := 0, 0, uint64(0), uint64(0)
	for {
		result, err := steps.SaveReportPage(t.Context(), page)
		require.NoError(t, err)
		carried, err := json.Marshal(result)
		require.NoError(t, err)
		assert.Less(t, len(carried), 200, "what a step hands on")
		read, pages = read+result.Read, pages+1
		switch pages {
		case 10:
			early = heap()
		case 95:
			late = heap()
		}
		if page.Cursor = result.Next; page.Cursor == "" {
			break
		}
	}
	assert.Equal(t, connections, read)
	assert.Len(t, kept.seen, connections)
	assert.Equal(t, 1000, kept.most)
	assert.Less(t, late, early+24<<20, "the ids that this test keeps are most of the growth")
}

// heap is the memory in use.
func heap() uint64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}
