package web_test

import (
	"context"
	"encoding/json"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"example.com/lifeline/activities"
	"example.com/lifeline/api"
	"example.com/lifeline/sessions"
	"example.com/lifeline/support"
	"example.com/lifeline/workflows"
)

// hostile is a text that would run if a page took it for markup.
const hostile = `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>`

// fakeSessions answers what it was told, and remembers what it was asked.
type fakeSessions struct {
	api.Sessions
	link support.Secret

	mu       sync.Mutex
	view     workflows.View
	none     bool // there is no session
	err      error
	lost     error // why the session's state cannot be read
	shared   workflows.Shared
	list     []sessions.Listed
	next     []byte
	report   sessions.PeriodicState
	troubles []activities.Trouble
	asked    []asked
}

type asked struct {
	name string
	arg  any
}

func newFakeSessions() *fakeSessions {
	return &fakeSessions{shared: workflows.Shared{Channel: support.MailSMTP, Status: support.MailSent}}
}

// show makes the record's session stand so, with the buttons that follow.
func (f *fakeSessions) show(view workflows.View) {
	f.mu.Lock()
	defer f.mu.Unlock()
	view.Buttons = support.ButtonsFor(view.Vendor, view.State, view.ExpiresAt, false, time.Now())
	f.view, f.none = view, view.State == ""
}

func (f *fakeSessions) fail(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.err = err
}

func (f *fakeSessions) stateErr(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lost = err
}

func (f *fakeSessions) forget() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = nil
}

// args gives what was asked under a name.
func (f *fakeSessions) args(name string) []any {
	f.mu.Lock()
	defer f.mu.Unlock()
	var list []any
	for _, a := range f.asked {
		if a.name == name {
			list = append(list, a.arg)
		}
	}
	return list
}

func (f *fakeSessions) ask(name string, arg any) (workflows.View, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = append(f.asked, asked{name, arg})
	return f.view, f.err
}

func (f *fakeSessions) State(context.Context, support.RecordRef) (workflows.View, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.none {
		return workflows.View{}, support.Stopped(support.CodeNoLiveSession, "there is no live session on this record", nil)
	}
	if f.lost != nil {
		return workflows.View{}, f.lost
	}
	return f.view, nil
}

func (f *fakeSessions) OpenSession(_ context.Context, _ support.RecordRef, press workflows.Press, _ string) (workflows.View, error) {
	return f.ask("open", press)
}

func (f *fakeSessions) CloseSession(_ context.Context, _ support.RecordRef, press workflows.ClosePress, _ string) (workflows.View, error) {
	return f.ask("close", press)
}

func (f *fakeSessions) Renew(_ context.Context, _ support.RecordRef, press workflows.RenewPress, _ string) (workflows.View, error) {
	return f.ask("renew", press)
}

func (f *fakeSessions) Retry(_ context.Context, _ support.RecordRef, press workflows.RetryPress, _ string) (workflows.View, error) {
	return f.ask("retry", press)
}

func (f *fakeSessions) RetryRun(_ context.Context, workflowID string, _ workflows.RetryPress, _ string) (workflows.View, error) {
	return f.ask("retryRun", workflowID)
}

func (f *fakeSessions) Join(_ context.Context, _ support.RecordRef, press workflows.JoinPress, _ string) (support.Secret, error) {
	_, err := f.ask("join", press)
	return f.link, err
}

func (f *fakeSessions) Share(_ context.Context, _ support.RecordRef, share workflows.Share, _ string) (workflows.Shared, error) {
	_, err := f.ask("share", share)
	shared := f.shared
	shared.To = share.To
	if share.Channel == support.MailMailto {
		shared.Channel, shared.Status = support.MailMailto, ""
		shared.Letter = &support.Letter{Subject: "Support", Text: "Your code is 123456."}
	}
	return shared, err
}

func (f *fakeSessions) List(_ context.Context, filter sessions.Filter) ([]sessions.Listed, []byte, error) {
	_, err := f.ask("list", filter)
	return f.list, f.next, err
}

func (f *fakeSessions) Describe(_ context.Context, p sessions.Periodic) (sessions.PeriodicState, error) {
	_, err := f.ask("describe", p)
	return f.report, err
}

func (f *fakeSessions) RunNow(_ context.Context, p sessions.Periodic) error {
	_, err := f.ask("run", p.Connection)
	return err
}

func (f *fakeSessions) Pause(_ context.Context, _ sessions.Periodic, paused bool) error {
	_, err := f.ask("pause", paused)
	return err
}

func (f *fakeSessions) Troubles(_ context.Context, connection string) ([]activities.Trouble, error) {
	_, err := f.ask("troubles", connection)
	return f.troubles, err
}

// fakeCRM answers what pages and API ask a CRM itself.
type fakeCRM struct {
	support.CRM
	rows      []support.RowInfo
	contacts  []support.Customer
	templates []support.Template
	err       error
}

func (f *fakeCRM) History(context.Context, support.RecordRef, int) ([]support.RowInfo, error) {
	return f.rows, f.err
}

func (f *fakeCRM) Contacts(context.Context, support.RecordRef) ([]support.Customer, error) {
	return f.contacts, nil
}

func (f *fakeCRM) Templates(context.Context, support.RecordRef) ([]support.Template, error) {
	return f.templates, nil
}

// kindOfCRM gives a fake its kind.
type kindOfCRM struct {
	*fakeCRM
	kind support.CRMKind
}

// Kind implements support.CRM.
func (k *kindOfCRM) Kind() support.CRMKind { return k.kind }

func panelURL(t *testing.T, body []byte) string {
	var out struct {
		PanelURL string `json:"panelUrl"`
	}
	require.NoError(t, json.Unmarshal(body, &out))
	require.NotEmpty(t, out.PanelURL)
	return out.PanelURL
}

// invited is a session whose code waits to be used.
func invited() workflows.View {
	return workflows.View{
		Connection: "acme-sn", Vendor: support.Rescue, Record: rescueRecord, Number: "INC0010001", Key: "k1", State: support.Invited,
		Code: "123456", CustomerLink: "https://secure.example.com/pin?code=123456", ExpiresAt: time.Now().Add(20 * time.Minute),
		Agent: dana, Technician: "Dana Ruiz", Customer: support.Customer{Name: "Joe Employee", Email: "joe@example.org"},
		RequestedAt: time.Now().Add(-time.Minute), RunID: "run-1", WorkflowID: "session/acme-sn/incident/" + rescueRecord.ID,
	}
}
