package sandbox_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/sandbox"
	simdataverse "example.com/lifeline/sandbox/dataverse"
	simservicenow "example.com/lifeline/sandbox/servicenow"
)

// lifeline answers the desk's question for runs.
func lifeline(t *testing.T, runs string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
		if in.URL.Path == "/v1/sessions" {
			fmt.Fprintf(out, `{"sessions":[%s]}`, runs)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func look(t *testing.T, address string, status int) string {
	t.Helper()
	response, err := http.Get(address)
	require.NoError(t, err)
	defer response.Body.Close()
	page, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.Equal(t, status, response.StatusCode, address)
	return string(page)
}

// incidentRow files a session row on the first incident, as Lifeline would.
func incidentRow(t *testing.T, sim *simservicenow.Sim, row simservicenow.Row) string {
	t.Helper()
	incident := sim.List("incident", "")[0]
	full := simservicenow.Row{"session_key": "k" + row["state"], "source_table": "incident", "source_id": incident["sys_id"], "source_number": incident["number"]}
	for name, value := range row {
		full[name] = value
	}
	id, err := sim.Add(sim.SessionTable(), full)
	require.NoError(t, err)
	return id
}

func TestTheDeskOffersThePairsThatWereStarted(t *testing.T) {
	t.Parallel()
	world := start(t, sandbox.Options{API: "http://127.0.0.1:1"}) // nobody: a developer may have `make run` at the default
	home := look(t, world.DeskURL(), http.StatusOK)
	for _, connection := range world.Connections() {
		assert.Contains(t, home, `href="/pairs/`+connection+`"`)
		page := look(t, world.DeskURL()+"/pairs/"+connection, http.StatusOK)
		assert.Contains(t, page, "How to play it")
		assert.Regexp(t, "<h1>(LogMeIn Rescue|TeamViewer) with (ServiceNow|Dynamics 365)</h1>", page)
		assert.Contains(t, page, "Lifeline does not answer at the moment.")
		assert.Contains(t, page, world.MailboxURL())
	}
	look(t, world.DeskURL()+"/pairs/acme-none", http.StatusNotFound)
}

func TestTheDeskSaysWhoseTurnItIsInRescueAndServiceNow(t *testing.T) {
	t.Parallel()
	world := start(t, sandbox.Options{Only: []string{"acme-sn"}, API: lifeline(t, `{"workflowId":"session/1","temporalUrl":"http://127.0.0.1:8233/run-1"}`)})
	row := incidentRow(t, world.ServiceNow, simservicenow.Row{"state": "invited", "pin": "123456", "link": world.URL("rescue") + "/R?i=2&Code=123456", "workflow_id": "session/1"})
	page := func() string { return look(t, world.DeskURL()+"/pairs/acme-sn/live", http.StatusOK) }
	for _, part := range []string{"INC0010001", "123456", "Join as the customer.", `turn" href="` + world.URL("rescue") + "/R?i=2", "http://127.0.0.1:8233/run-1"} {
		assert.Contains(t, page(), part)
	}
	require.NoError(t, world.ServiceNow.Update(world.ServiceNow.SessionTable(), row, simservicenow.Row{"state": "waiting", "technician_email": "sam@example.com"}))
	assert.Contains(t, page(), "Pick up as the technician.")
	require.NoError(t, world.ServiceNow.Update(world.ServiceNow.SessionTable(), row, simservicenow.Row{"state": "filed", "pin": ""}))
	assert.Contains(t, page(), "Read on the ticket what was filed.")
	assert.NotContains(t, page(), ">Technician<", "there is nothing left to do in the console")
}

func TestTheDeskSaysWhatASessionInAttentionWaitsFor(t *testing.T) {
	t.Parallel()
	world := start(t, sandbox.Options{Only: []string{"acme-sn"}, API: lifeline(t, `{"workflowId":"session/1","attention":"permission"}`)})
	incidentRow(t, world.ServiceNow, simservicenow.Row{"state": "ended", "workflow_id": "session/1"})
	page := look(t, world.DeskURL()+"/pairs/acme-sn/live", http.StatusOK)
	assert.Contains(t, page, "Waits for a human. Give the service account the missing right")
}

func TestTheDeskShowsSessionsOfDynamics(t *testing.T) {
	t.Parallel()
	world := start(t, sandbox.Options{Only: []string{"acme-d365"}, API: lifeline(t, "")})
	dynamicsRow(t, world)
	page := look(t, world.DeskURL()+"/pairs/acme-d365/live", http.StatusOK)
	for _, part := range []string{"CAS-01042", "Till does not print receipts", "Lifeline is getting a code.", "etn=incident"} {
		assert.Contains(t, page, part)
	}
	assert.NotContains(t, page, "does not answer")
}

func dynamicsRow(t *testing.T, world *sandbox.World) string {
	t.Helper()
	id, err := world.Dataverse.CreateAs(simdataverse.DemoDana, "lifeline_session", map[string]any{
		"lifeline_name": "Remote session", "lifeline_regardingtype": "incident", "lifeline_incidentid@odata.bind": "/incidents(" + simdataverse.DemoCase + ")",
	})
	require.NoError(t, err)
	return id
}

func TestPagesFitTelephonesAndComplainOfNothing(t *testing.T) {
	t.Parallel()
	world := start(t, sandbox.Options{API: lifeline(t, `{"workflowId":"session/1","temporalUrl":"http://127.0.0.1:8233/run-1"}`)})
	incidentRow(t, world.ServiceNow, simservicenow.Row{"state": "invited", "pin": "123456", "link": world.URL("rescue") + "/R?i=2&Code=123456",
		"panel_url": "http://127.0.0.1:8080/panel?t=x", "workflow_id": "session/1", "technician_email": "dana@example.com"})
	incidentRow(t, world.ServiceNow, simservicenow.Row{"state": "filed", "error_message": "The mail server refused the customer's address."})
	row := dynamicsRow(t, world)
	require.NoError(t, world.Dataverse.Update("lifeline_session", row, map[string]any{
		"lifeline_pin": "654321", "lifeline_customerlink": world.URL("rescue") + "/R?i=2&Code=654321", "lifeline_panelurl": "http://127.0.0.1:8080/panel?t=y",
		"lifeline_state": "invited", "statuscode": 100000001, "lifeline_validuntil": "2030-01-02T03:04:05Z", "lifeline_vendor": 100000001}))
	_, err := world.Dataverse.Create("annotation", map[string]any{"subject": "Remote session", "notetext": "TechName: Dana Whitfield\nNotes: Cable was loose",
		"filename": "chat.txt", "documentbody": "aGVsbG8=", "objectid_incident@odata.bind": "/incidents(" + simdataverse.DemoCase + ")"})
	require.NoError(t, err)
	browser := openChrome(t)
	browser.inspect(world.DeskURL())
	for _, connection := range world.Connections() {
		browser.inspect(world.DeskURL() + "/pairs/" + connection)
	}
	for _, table := range []string{"incident", "account", "contact", "lead", "opportunity"} {
		browser.inspect(world.URL("dataverse") + "/main.aspx?pagetype=entitylist&etn=" + table)
	}
	for table, id := range map[string]string{"incident": simdataverse.DemoCase, "account": simdataverse.DemoAccount, "contact": simdataverse.DemoContact,
		"lead": simdataverse.DemoLead, "opportunity": simdataverse.DemoOpportunity} {
		browser.inspect(world.URL("dataverse") + "/main.aspx?pagetype=entityrecord&etn=" + table + "&id=" + id)
	}
}

func TestTheFormInDynamicsFollowsTheRowByItself(t *testing.T) {
	t.Parallel()
	world := start(t, sandbox.Options{Only: []string{"acme-d365"}})
	browser := openChrome(t)
	require.NoError(t, chromedp.Do(browser.ctx,
		chromedp.Navigate(world.URL("dataverse")+"/main.aspx?pagetype=entityrecord&etn=incident&id="+simdataverse.DemoCase),
		chromedp.Click("#new-session"), chromedp.WaitVisible(".session")))
	rows, err := world.Dataverse.List("lifeline_session", "")
	require.NoError(t, err)
	require.Len(t, rows, 1)
	require.NoError(t, world.Dataverse.Update("lifeline_session", rows[0].Text("lifeline_sessionid"), map[string]any{
		"lifeline_pin": "654321", "statuscode": 100000001, "lifeline_validuntil": "2030-01-02T03:04:05Z"}))
	code, err := chromedp.Run(browser.ctx, chromedp.Text(".session .pin"))
	require.NoError(t, err)
	assert.Equal(t, "654321", code)
	until, err := chromedp.Run(browser.ctx, chromedp.Text(".session time"))
	require.NoError(t, err)
	assert.NotContains(t, until, "UTC", "the reader's own zone is shown")
}

func TestTheDeskFollowsATeamViewerSessionToItsEnd(t *testing.T) {
	t.Parallel()
	world := start(t, sandbox.Options{Only: []string{"acme-tv-sn"}, API: lifeline(t, "")})
	session, err := world.TeamViewer.OpenInConsole("dana@example.com", sandbox.TeamViewerGroupID, "INC0010001", "")
	require.NoError(t, err)
	incidentRow(t, world.ServiceNow, simservicenow.Row{"state": "waiting", "vendor_session_id": session.Code})
	page := func() string { return look(t, world.DeskURL()+"/pairs/acme-tv-sn/live", http.StatusOK) }
	require.NoError(t, world.TeamViewer.CustomerOnline(session.Code))
	assert.Contains(t, page(), "Connect as the technician.")
	assert.Contains(t, page(), session.SupporterLink)
	require.NoError(t, world.TeamViewer.SupporterConnects(session.Code, "dana@example.com", true))
	assert.Contains(t, page(), "end the connection as the technician.")
	require.NoError(t, world.TeamViewer.CloseInConsole(session.Code))
	assert.Contains(t, page(), "Lifeline waits for reports")
	assert.NotContains(t, page(), session.SupporterLink)
}

func TestEachSessionOfARecordHasItsOwnRun(t *testing.T) {
	t.Parallel()
	world := start(t, sandbox.Options{Only: []string{"acme-sn"}, API: lifeline(t, `
		{"workflowId":"session/1","vendorSessionId":"78","temporalUrl":"http://127.0.0.1:8233/second"},
		{"workflowId":"session/1","vendorSessionId":"77","temporalUrl":"http://127.0.0.1:8233/first"},
		{"workflowId":"session/2","temporalUrl":"http://127.0.0.1:8233/foreign"}`)})
	incidentRow(t, world.ServiceNow, simservicenow.Row{"state": "filed", "workflow_id": "session/1", "vendor_session_id": "77"})
	incidentRow(t, world.ServiceNow, simservicenow.Row{"state": "connected", "workflow_id": "session/1", "vendor_session_id": "78"})
	page := look(t, world.DeskURL()+"/pairs/acme-sn/live", http.StatusOK)
	for run, times := range map[string]int{"/first": 1, "/second": 1, "/foreign": 0} {
		assert.Equal(t, times, strings.Count(page, run), run)
	}
}
