package web_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"example.com/lifeline/activities"
	"example.com/lifeline/sessions"
	"example.com/lifeline/support"
	"example.com/lifeline/workflows"
)

func (w *world) fillOperations() {
	w.sessions.list = append(listed(), sessions.Listed{
		WorkflowID: "session/acme-d365/account/6d81a2b4-0000-4000-8000-00000000c0de", RunID: "r3", Connection: "acme-d365", Number: hostile,
		State: support.Invited, Agent: hostile, AgentName: hostile, VendorSessionID: "s104-882-317", StartedAt: time.Now().Add(-30 * time.Hour),
	})
	w.sessions.next = []byte("two")
	w.sessions.report = sessions.PeriodicState{LastRun: time.Now(), NextRun: time.Now().Add(time.Hour), Status: "Completed", Result: &workflows.PeriodicResult{Read: 120, Saved: 118}}
	w.sessions.troubles = []activities.Trouble{{Subject: hostile, Step: "file the outcome", Reason: hostile, Remedy: support.Remedy(support.CodePermission), Since: time.Now()}}
}

func TestOperationsFitAndStayQuiet(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/operations?attention=on", "/operations/connections?done=run", "/operations/signin"} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.fillOperations()
			page := w.open(path, 1280)
			page.shows("h1", "")
			page.mustFitEverywhere()
		})
	}
}

func TestAnOperatorSignsInAndOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	page := w.open("/operations/signin", 340)
	page.forgetCookies()
	page.enter("#token", "wrong")
	page.tolerate("401")
	page.click("main button")
	page.shows(".alert", "This is not the operator token.")
	page.enter("#token", operatorToken)
	page.click("main button")
	page.shows("h1", "Sessions")
	page.click(".bar button")
	page.shows("h1", "Operations")
}

func TestAnOperatorRetriesAndSteersTheReport(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.fillOperations()
	page := w.open("/operations?attention=on", 340)
	page.click("#list form button")
	page.shows(".notice", "The session goes on.")
	assert.Equal(t, []any{"adopted/acme-sn/1080000123"}, w.sessions.args("retryRun"))
	page.until("location.search.includes('attention=on')")

	page.click(".bar nav a:last-child")
	page.click("#run-acme-d365")
	page.shows(".notice", "The report runs now.")
	page.click("#pause-acme-d365")
	page.shows(".notice", "The report is paused.")
	assert.Equal(t, []any{"acme-d365"}, w.sessions.args("run"))
	assert.Equal(t, []any{true}, w.sessions.args("pause"))
}

func TestAnOperatorFilters(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.fillOperations()
	page := w.open("/operations", 1280)
	page.choose("[name=connection]", "acme-sn")
	page.choose("[name=state]", "ended")
	page.click("[name=live]")
	page.click(".filters button")
	page.until("location.search.includes('connection=acme-sn') && location.search.includes('state=ended') && location.search.includes('live=on')")
	page.click("#next")
	page.until("location.search.includes('page=') && location.search.includes('state=ended')")
}
