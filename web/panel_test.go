package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/support"
	"example.com/lifeline/workflows"
)

func TestPanelShowsTheInvitation(t *testing.T) {
	w := newWorld(t)
	w.sessions.show(invited())

	page := w.get(w.panelPath(rescueRecord))

	require.Equal(t, http.StatusOK, page.StatusCode)
	for _, text := range []string{"INC0010001", "Invited", "PIN", ">123456<", "https://secure.example.com/pin?code=123456", "Dana Ruiz", "Joe Employee"} {
		assert.Contains(t, page.body, text)
	}
}

func TestPanelEnablesTheButtonsOfTheView(t *testing.T) {
	tests := map[string]struct {
		state   support.State
		expires time.Duration
		enabled string
	}{
		"no session":              {"", 0, "new"},
		"requested":               {support.Requested, 0, ""},
		"invited":                 {support.Invited, time.Hour, "join share renew close"},
		"invited, code ran out":   {support.Invited, -time.Hour, "new"},
		"waiting":                 {support.Waiting, time.Hour, "join share close"},
		"connected, code ran out": {support.Connected, -time.Hour, "join close"},
		"ended":                   {support.Ended, time.Hour, "new"},
		"filed":                   {support.Filed, time.Hour, "new"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			path := w.panelPath(rescueRecord)
			view := invited()
			view.State, view.ExpiresAt = test.state, time.Now().Add(test.expires)
			w.sessions.show(view)
			assert.Equal(t, test.enabled, enabledButtons(w.get(path).body))
		})
	}
}

// enabledButtons lists the enabled ones of the panel's buttons.
func enabledButtons(body string) string {
	var enabled []string
	for _, id := range []string{"new", "join", "share", "renew", "close"} {
		_, rest, _ := strings.Cut(body, `<button type="button" id="`+id+`"`)
		if attributes, _, found := strings.Cut(rest, ">"); found && !strings.Contains(attributes, "disabled") {
			enabled = append(enabled, id)
		}
	}
	return strings.Join(enabled, " ")
}

// It was shown on, with buttons to copy it.
func TestACodeThatRanOutIsNotHandedOut(t *testing.T) {
	w := newWorld(t)
	path := w.panelPath(rescueRecord)
	view := invited()
	view.ExpiresAt = time.Now().Add(-time.Second)
	w.sessions.show(view)
	body := w.get(path).body
	assert.Contains(t, body, "The code has run out")
	assert.NotContains(t, body, ">123456<")
	assert.NotContains(t, body, `id="copy-code"`)
}

func TestACodeThatRanOutInUseGivesWayToNew(t *testing.T) {
	w := newWorld(t)
	path := w.panelPath(rescueRecord)
	view := invited()
	view.Vendor, view.State, view.ExpiresAt = support.TeamViewer, support.Connected, time.Now().Add(-time.Second)
	w.sessions.show(view)
	body := w.get(path).body
	assert.Equal(t, "new", enabledButtons(body))
	assert.Contains(t, body, "A connection that is under way goes on")
	assert.NotContains(t, body, ">123456<")
}

func TestPanelWithoutAnAgentExplainsWhereNewIs(t *testing.T) {
	w := newWorld(t)
	w.agent = support.Agent{}
	w.sessions.show(workflows.View{})

	page := w.get(w.panelPath(rescueRecord))

	assert.Empty(t, enabledButtons(page.body))
	assert.Contains(t, page.body, "press the button on the record")

	w.sessions.show(invited())
	assert.Equal(t, "join share renew close", enabledButtons(w.get(w.panelPath(rescueRecord)).body))
}

func TestPanelShowsWhatWaitsForAHuman(t *testing.T) {
	w := newWorld(t)
	view := invited()
	view.Attention = &workflows.AttentionView{Step: "file the outcome", Code: support.CodePermission, Reason: "the CRM refused the write", Since: time.Now()}
	view.Remarks = []string{"the customer has no e-mail address"}
	view.Shared = []workflows.Shared{{To: support.Customer{Name: "Ann"}, Channel: support.MailCRM, Status: support.MailFailed, At: time.Now()}}
	w.sessions.show(view)

	body := w.get(w.panelPath(rescueRecord)).body

	for _, text := range []string{"The CRM refused the write.", "Give the service account the missing right", "The customer has no e-mail address.", "Ann", "not sent"} {
		assert.Contains(t, body, text)
	}
}

func TestPanelShowsCommandsAsCode(t *testing.T) {
	w := newWorld(t)
	view := invited()
	view.Attention = &workflows.AttentionView{Step: "file the outcome", Code: support.CodePermission, Reason: "the CRM refused the write", Since: time.Now()}
	w.sessions.show(view)
	assert.Contains(t, w.get(w.panelPath(rescueRecord)).body, "<code>lifeline doctor</code> names it")
}

// Dynamics' table of cases is called incident; its users know cases only.
func TestPanelCallsACaseACase(t *testing.T) {
	for connection, word := range map[string]string{"acme-sn": " · incident · ", "acme-d365": " · case · "} {
		w := newWorld(t)
		w.sessions.show(invited())
		body := w.get(w.panelPath(support.RecordRef{Connection: connection, Type: "incident", ID: viewerRecord.ID})).body
		assert.Contains(t, strings.Join(strings.Fields(body), " "), "</strong>"+word, connection)
	}
}

// A draft was said to wait to be sent, for ever: only the agent's mail program knows.
func TestADraftDoesNotWaitToBeSent(t *testing.T) {
	w := newWorld(t)
	view := invited()
	view.Shared = []workflows.Shared{{To: support.Customer{Name: "Ann"}, Channel: support.MailMailto, Status: support.MailQueued, At: time.Now()}}
	w.sessions.show(view)
	body := w.get(w.panelPath(rescueRecord)).body
	assert.Contains(t, body, "drafted")
	assert.NotContains(t, body, "waiting to be sent")
}

// TeamViewer never tells who ended a session: that is no news worth a line.
func TestPanelDoesNotTellThatACauseIsUnknown(t *testing.T) {
	w := newWorld(t)
	view := invited()
	view.State, view.Reason = support.Filed, support.ReasonUnknownCause
	w.sessions.show(view)
	w.crm.rows = []support.RowInfo{{State: support.Filed, Reason: support.ReasonUnknownCause, StartedAt: time.Now(), EndedAt: time.Now()}}
	path := w.panelPath(rescueRecord)
	w.sessions.show(view)
	assert.Contains(t, w.get(path).body, "The session is over.")
	for _, page := range []string{path, strings.Replace(path, "/panel?", "/panel/history?", 1)} {
		assert.NotContains(t, strings.ToLower(w.get(page).body), "cause unknown")
	}
}

func TestPanelRefusesALinkThatIsNotSigned(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{"/panel", "/panel?t=x.y", "/panel/history?t=x.y"} {
		page := w.get(path)
		assert.Equal(t, http.StatusUnauthorized, page.StatusCode)
		assert.Contains(t, page.body, "This link has run out")
	}
}

func TestPanelSaysThatTheEngineIsDown(t *testing.T) {
	w := newWorld(t)
	path := w.panelPath(rescueRecord)
	w.sessions.stateErr(support.Retryable(support.CodeUnreachable, "Lifeline's engine did not answer in time", 0, nil))

	page := w.get(path)

	assert.Equal(t, http.StatusServiceUnavailable, page.StatusCode)
	assert.Contains(t, page.body, "engine did not answer in time.")
	assert.Empty(t, enabledButtons(page.body))
}

func TestPanelMayBeFramedByConfiguredOriginsOnly(t *testing.T) {
	w := newWorld(t)
	w.sessions.show(invited())

	policy := w.get(w.panelPath(rescueRecord)).Header.Get("Content-Security-Policy")
	assert.Contains(t, policy, "frame-ancestors https://acme.service-now.example.com")
	assert.Contains(t, policy, "default-src 'none'; script-src 'nonce-")

	policy = w.get("/operations/signin").Header.Get("Content-Security-Policy")
	assert.Contains(t, policy, "frame-ancestors 'none'")
}

func TestPagesUseANonceOnce(t *testing.T) {
	w := newWorld(t)
	w.sessions.show(invited())
	path := w.panelPath(rescueRecord)
	first, second := w.get(path), w.get(path)
	assert.NotEqual(t, first.Header.Get("Content-Security-Policy"), second.Header.Get("Content-Security-Policy"))
}

func TestHistoryListsTheRecordsSessions(t *testing.T) {
	w := newWorld(t)
	path := strings.Replace(w.panelPath(rescueRecord), "/panel?", "/panel/history?", 1)
	assert.Contains(t, w.get(path).body, "There are no earlier sessions")

	w.crm.rows = []support.RowInfo{{
		State: support.Filed, Reason: support.ReasonTechnician, VendorSessionID: "1080000123", StartedAt: time.Now(), EndedAt: time.Now(),
		Technician: support.Technician{Name: "Dana Ruiz"}, Customer: support.Customer{Name: "Joe Employee"}, Notes: hostile,
	}}
	body := w.get(path).body
	for _, text := range []string{"Filed", "closed by the technician", "Dana Ruiz with Joe Employee", "1080000123", "&lt;script&gt;"} {
		assert.Contains(t, body, text)
	}
	assert.NotContains(t, body, "<script>document")

	w.crm.err = support.Retryable(support.CodeUnreachable, "the CRM did not answer", 0, nil)
	assert.Contains(t, w.get(path).body, "The CRM did not answer.")
}

func TestAssetsMayBeKeptForGood(t *testing.T) {
	w := newWorld(t)
	script := w.get("/assets/any/panel.js")
	assert.Equal(t, http.StatusOK, script.StatusCode)
	assert.Contains(t, script.Header.Get("Content-Type"), "javascript")
	assert.Contains(t, script.Header.Get("Cache-Control"), "immutable")
	assert.Equal(t, http.StatusNotFound, w.get("/assets/any/nothing.js").StatusCode)
	assert.Equal(t, http.StatusNotFound, w.get("/assets/any/..%2fweb.go").StatusCode)
}

// TeamViewer only keeps new connections away from a closed code.
func TestCloseSaysWhatItDoesToASessionThatGoesOn(t *testing.T) {
	w := newWorld(t)
	w.sessions.show(invited())
	rescue, viewer := w.get(w.panelPath(rescueRecord)).body, w.get(w.panelPath(viewerRecord)).body
	assert.Contains(t, rescue, "ends for the customer too")
	assert.NotContains(t, rescue, "stop working", "Rescue has no call that withdraws a PIN")
	assert.Contains(t, viewer, "The code and the link stop working. A connection that is going on is not cut.")
}
