package dataverse_test

import (
	"encoding/base64"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/sandbox/dataverse"
)

const caseForm = "/main.aspx?pagetype=entityrecord&etn=incident&id=" + dataverse.DemoCase

// browser is a person at the pages.
type browser struct {
	*world
	client *http.Client
}

func (w *world) browse() *browser {
	w.t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(w.t, err)
	return &browser{w, &http.Client{Jar: jar}}
}

func (b *browser) look(path string) reply {
	b.t.Helper()
	request, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, b.url+path, nil)
	require.NoError(b.t, err)
	return b.do(request)
}

func (b *browser) press(table, id string, headers ...string) reply {
	b.t.Helper()
	form := url.Values{"etn": {table}, "id": {id}}.Encode()
	request, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.url+"/main.aspx", strings.NewReader(form))
	require.NoError(b.t, err)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	return b.do(request)
}

func (b *browser) do(request *http.Request) reply {
	b.t.Helper()
	response, err := b.client.Do(request)
	require.NoError(b.t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(b.t, err)
	return reply{t: b.t, Status: response.StatusCode, Header: response.Header, Text: string(text)}
}

func (w *world) sessions() []dataverse.Row {
	w.t.Helper()
	rows, err := w.sim.List("lifeline_session", "")
	require.NoError(w.t, err)
	return rows
}

func TestEveryTableHasAListThatSaysItIsASimulator(t *testing.T) {
	b := open(t).browse()
	for path, expected := range map[string]string{
		"/": "Till does not print receipts", "/main.aspx?pagetype=entitylist&etn=account": "Contoso Bakery",
		"/main.aspx?pagetype=entitylist&etn=contact": "Jean Dupont", "/main.aspx?pagetype=entitylist&etn=lead": "Wants a demonstration",
		"/main.aspx?pagetype=entitylist&etn=opportunity": "20 tills for Contoso",
	} {
		page := b.look(path).Is(http.StatusOK)
		assert.Contains(t, page.Text, expected, path)
		assert.Contains(t, page.Text, `<span class="badge">Simulator</span>`, path)
		assert.Contains(t, page.Header.Get("Content-Security-Policy"), "default-src 'self'")
	}
	b.look("/main.aspx?etn=systemuser").Is(http.StatusNotFound)
	b.look("/main.aspx?pagetype=entityrecord&etn=incident&id=x%20or%201%20eq%201").Is(http.StatusNotFound)
}

func TestTheButtonCreatesARowAsThePersonBoundToTheRecord(t *testing.T) {
	for table, id := range map[string]string{
		"incident": dataverse.DemoCase, "account": dataverse.DemoAccount, "contact": dataverse.DemoContact,
		"lead": dataverse.DemoLead, "opportunity": dataverse.DemoOpportunity,
	} {
		t.Run(table, func(t *testing.T) {
			b := open(t).browse()
			b.look("/?as=sam@example.com")
			page := b.press(table, id).Is(http.StatusOK)
			assert.Contains(t, page.Text, "Asking Lifeline for a code…")
			require.Len(t, b.sessions(), 1)
			row := b.sessions()[0]
			assert.Equal(t, id, row.Text("_lifeline_"+table+"id_value"))
			assert.Equal(t, dataverse.DemoSam, row.Text("_createdby_value"))
			assert.Equal(t, 1, row.Int("statuscode"))
			assert.Equal(t, table, row.Text("lifeline_regardingtype"))
			assert.Empty(t, row.Text("lifeline_workflowid"), "Lifeline writes it when it takes the request")
			assert.Nil(t, row["lifeline_vendor"], "the connection decides")
		})
	}
}

func TestTheFormShowsWhatLifelineWritesOnTheRow(t *testing.T) {
	b := open(t).browse()
	b.press("incident", dataverse.DemoCase)
	row := b.sessions()[0].Text("lifeline_sessionid")
	require.NoError(t, b.sim.Update("lifeline_session", row, map[string]any{
		"lifeline_pin": "654321", "lifeline_customerlink": "https://support.example.com/654321", "statuscode": 100000001,
		"lifeline_validuntil": "2026-11-22T09:30:00Z", "lifeline_vendor": 100000001,
	}))
	state := b.look(caseForm + "&part=state").Is(http.StatusOK).Text
	assert.NotContains(t, state, "<html", "only what changes")
	for _, part := range []string{"Waiting for customer", "654321", `href="https://support.example.com/654321"`, `datetime="2026-11-22T09:30:00Z"`, "Rescue"} {
		assert.Contains(t, state, part)
	}
	require.NoError(t, b.sim.Update("lifeline_session", row, map[string]any{
		"lifeline_pin": nil, "lifeline_customerlink": "javascript:alert(1)", "lifeline_errormessage": "No <b>console</b> is running", "statuscode": 100000004,
	}))
	state = b.look(caseForm + "&part=state").Text
	assert.Contains(t, state, "No &lt;b&gt;console&lt;/b&gt; is running")
	assert.NotContains(t, state, "javascript:")
	assert.NotContains(t, state, "Asking Lifeline")
}

func TestARequestThatNobodyTakesIsSaidToWait(t *testing.T) {
	b := open(t).browse()
	b.press("incident", dataverse.DemoCase)
	b.sim.Advance(2 * time.Minute)
	assert.Contains(t, b.look(caseForm).Text, "Still waiting for Lifeline")
}

func TestNotesAndFilesAreOnTheTimeline(t *testing.T) {
	b := open(t).browse()
	note, err := b.sim.Create("annotation", map[string]any{"subject": "Chat", "notetext": "<i>see file</i>", "filename": "chat.html", "mimetype": "text/html",
		"documentbody": base64.StdEncoding.EncodeToString([]byte("<script>1</script>")), "objectid_incident@odata.bind": "/incidents(" + dataverse.DemoCase + ")"})
	require.NoError(t, err)
	page := b.look(caseForm).Text
	assert.Contains(t, page, "&lt;i&gt;see file&lt;/i&gt;")
	assert.Contains(t, page, "/ui/notes/"+note+"/file")
	file := b.look("/ui/notes/" + note + "/file").Is(http.StatusOK)
	assert.Equal(t, "<script>1</script>", file.Text)
	assert.Equal(t, "attachment; filename=chat.html", file.Header.Get("Content-Disposition"), "a file is never shown as a page of ours")
	b.look("/ui/notes/" + dataverse.DemoCase + "/file").Is(http.StatusNotFound)
}

func TestWithoutTheRoleThereIsNoButtonInDynamics(t *testing.T) {
	b := open(t).browse()
	assert.Contains(t, b.look(caseForm).Text, "New remote session")
	assert.NotContains(t, b.look(caseForm+"&as=noor@example.com").Text, "New remote session")
	page := b.press("incident", dataverse.DemoCase).Is(http.StatusForbidden)
	assert.Contains(t, page.Text, "is missing prvAppendlifeline_session privilege")
	assert.Empty(t, b.sessions())
}

func TestWithoutTheTablesThereIsNoButton(t *testing.T) {
	b := open(t, func(o *dataverse.Options) { o.Installed = false }).browse()
	assert.NotContains(t, b.look(caseForm).Is(http.StatusOK).Text, "New remote session")
}

func TestForeignPagesCannotPressInDynamics(t *testing.T) {
	b := open(t).browse()
	b.press("incident", dataverse.DemoCase, "Sec-Fetch-Site", "cross-site").Is(http.StatusForbidden)
	assert.Empty(t, b.sessions())
	assert.Contains(t, b.look("/ui/pages.css").Header.Get("Content-Type"), "text/css")
	assert.Contains(t, b.look("/ui/crm.js").Text, "data-version")
}
