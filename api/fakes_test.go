package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"time"

	"example.com/lifeline/api"
	"example.com/lifeline/sessions"
	"example.com/lifeline/support"
	"example.com/lifeline/workflows"
)

// call is one thing that the workflows were asked.
type call struct {
	name string
	ref  support.RecordRef
	arg  any
	key  string
}

// fakeSessions answers what it was told, and remembers what it was asked.
type fakeSessions struct {
	busy   chan struct{} // until it is closed, posts are not taken
	takes  time.Duration // that a delivery takes; in a bubble only
	panics bool          // where a post is brought
	mu     sync.Mutex
	calls  []call
	err    error
	view   workflows.View
	shared workflows.Shared
	link   support.Secret
	list   []sessions.Listed
	next   []byte
	report sessions.PeriodicState
}

func (f *fakeSessions) called(name string, ref support.RecordRef, arg any, key string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, call{name, ref, arg, key})
	return f.err
}

func (f *fakeSessions) session(ref support.RecordRef) workflows.View {
	f.mu.Lock()
	defer f.mu.Unlock()
	view := f.view
	view.Connection, view.Record = ref.Connection, ref
	return view
}

func (f *fakeSessions) forget() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = nil
}

func (f *fakeSessions) show(view workflows.View) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.view = view
}

func (f *fakeSessions) fail(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.err = err
}

func (f *fakeSessions) count(name string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for _, c := range f.calls {
		if c.name == name {
			n++
		}
	}
	return n
}

func (f *fakeSessions) last() call {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.calls) == 0 {
		return call{}
	}
	return f.calls[len(f.calls)-1]
}

func (f *fakeSessions) OpenSession(_ context.Context, ref support.RecordRef, press workflows.Press, key string) (workflows.View, error) {
	return f.session(ref), f.called("open", ref, press, key)
}

func (f *fakeSessions) CloseSession(_ context.Context, ref support.RecordRef, press workflows.ClosePress, key string) (workflows.View, error) {
	return f.session(ref), f.called("close", ref, press, key)
}

func (f *fakeSessions) Share(_ context.Context, ref support.RecordRef, share workflows.Share, key string) (workflows.Shared, error) {
	return f.shared, f.called("share", ref, share, key)
}

func (f *fakeSessions) Renew(_ context.Context, ref support.RecordRef, press workflows.RenewPress, key string) (workflows.View, error) {
	return f.session(ref), f.called("renew", ref, press, key)
}

func (f *fakeSessions) Join(_ context.Context, ref support.RecordRef, press workflows.JoinPress, key string) (support.Secret, error) {
	return f.link, f.called("join", ref, press, key)
}

func (f *fakeSessions) Retry(_ context.Context, ref support.RecordRef, press workflows.RetryPress, key string) (workflows.View, error) {
	return f.session(ref), f.called("retry", ref, press, key)
}

func (f *fakeSessions) RetryRun(_ context.Context, workflowID string, press workflows.RetryPress, key string) (workflows.View, error) {
	return f.session(support.RecordRef{}), f.called("retryRun", support.RecordRef{ID: workflowID}, press, key)
}

func (f *fakeSessions) State(_ context.Context, ref support.RecordRef) (workflows.View, error) {
	return f.session(ref), f.called("state", ref, nil, "")
}

func (f *fakeSessions) List(_ context.Context, filter sessions.Filter) ([]sessions.Listed, []byte, error) {
	return f.list, f.next, f.called("list", support.RecordRef{}, filter, "")
}

// Owner takes all connections for those of one account.
func (f *fakeSessions) Owner(connection string, token support.Token) (string, error) {
	for _, name := range []string{"acme-sn", "globex-sn"} {
		if _, _, ok := token.Parse(support.ServiceNow, name); ok {
			return name, nil
		}
	}
	if support.IsToken(string(token)) {
		return "", support.Stopped(support.CodeNotFound, "the session belongs to another installation", nil)
	}
	return connection, nil
}

// sleep lets the time of a bubble go by.
func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (f *fakeSessions) Deliver(ctx context.Context, connection string, event support.Event) error {
	if f.busy != nil {
		<-f.busy
	}
	if f.panics {
		panic("delivering " + event.VendorSessionID)
	}
	if err := sleep(ctx, f.takes); err != nil {
		return support.Retryable(support.CodeUnreachable, "the engine is busy", 0, err)
	}
	return errors.Join(ctx.Err(), f.called("deliver", support.RecordRef{Connection: connection}, event, ""))
}

func (f *fakeSessions) Request(_ context.Context, connection, rowID string) error {
	return f.called("request", support.RecordRef{Connection: connection, ID: rowID}, nil, "")
}

func (f *fakeSessions) ProvideCredential(_ context.Context, owner, connection, subject string, given support.Credential) error {
	return f.called("credential", support.RecordRef{Connection: connection, Type: owner, ID: subject}, given, "")
}

func (f *fakeSessions) RunNow(_ context.Context, p sessions.Periodic) error {
	return f.called("runNow", support.RecordRef{}, p, "")
}

func (f *fakeSessions) Pause(_ context.Context, p sessions.Periodic, paused bool) error {
	return f.called("pause", support.RecordRef{Connection: p.Connection}, paused, "")
}

func (f *fakeSessions) Describe(_ context.Context, p sessions.Periodic) (sessions.PeriodicState, error) {
	return f.report, f.called("describe", support.RecordRef{}, p, "")
}

func (f *fakeSessions) Ready(context.Context) error {
	return f.called("ready", support.RecordRef{}, nil, "")
}

// fakeInbox keeps posts in memory.
type fakeInbox struct {
	mu     sync.Mutex
	kept   []api.Post
	fates  []string // what became of them
	err    error
	onHold func()
}

func (f *fakeInbox) Hold(ctx context.Context, post api.Post) (api.Held, error) {
	if f.onHold != nil {
		defer f.onHold()
	}
	if err := errors.Join(ctx.Err(), f.err); err != nil {
		return nil, err
	}
	f.kept = append(f.kept, post)
	return heldPost{f}, nil
}

func (f *fakeInbox) Ready() error { return f.err }

type heldPost struct{ inbox *fakeInbox }

func (h heldPost) Release() { h.inbox.ended("released") }
func (h heldPost) Drop()    { h.inbox.ended("dropped") }

func (f *fakeInbox) ended(fate string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fates = append(f.fates, fate)
}

// fakeCRM answers what the API asks a CRM itself.
type fakeCRM struct {
	support.CRM
	kind      support.CRMKind
	rows      []support.RowInfo
	limit     int
	contacts  []support.Customer
	templates []support.Template
	noMails   error
}

func (f *fakeCRM) Kind() support.CRMKind { return f.kind }

func (f *fakeCRM) History(_ context.Context, _ support.RecordRef, limit int) ([]support.RowInfo, error) {
	f.limit = limit
	return f.rows, nil
}

func (f *fakeCRM) Contacts(context.Context, support.RecordRef) ([]support.Customer, error) {
	return f.contacts, nil
}

func (f *fakeCRM) Templates(context.Context, support.RecordRef) ([]support.Template, error) {
	return f.templates, f.noMails
}

// fakeDesk is what a connection's adapters do for the API.
type fakeDesk struct {
	posts     []api.Post
	token     support.Token // in every post
	panics    bool
	signedIn  []string // agent, e-mail and password
	signFault error
}

func (f *fakeDesk) decodePost(contentType, event string, body []byte, now time.Time) (support.Event, error) {
	if f.panics {
		panic("the parser met " + string(body))
	}
	f.posts = append(f.posts, api.Post{ContentType: contentType, Event: event, Body: bytes.Clone(body), ReceivedAt: now})
	if !strings.Contains(strings.ToLower(string(body)), "sessionid") {
		return support.Event{}, support.Stopped(support.CodeInvalid, "the post holds no Rescue session id", nil)
	}
	return support.Event{VendorSessionID: "1080000123", Token: f.token, At: now}, nil
}

func (f *fakeDesk) decodeRequest(body []byte) (string, error) {
	if f.panics {
		panic("the parser met " + string(body))
	}
	var sent struct{ OrganizationId, PrimaryEntityId string }
	if json.Unmarshal(body, &sent) != nil || sent.OrganizationId != "org-acme" {
		return "", support.Stopped(support.CodeInvalid, "the webhook is not about a new session row of this organization", nil)
	}
	return sent.PrimaryEntityId, nil
}

func (f *fakeDesk) signIn(_ context.Context, agent support.Agent, email string, password support.Secret) error {
	f.signedIn = []string{agent.ID, email, password.Reveal()}
	return f.signFault
}

func (f *fakeDesk) takeToken(_ context.Context, given api.TokenGiven) (support.Credential, error) {
	return support.Credential{Refresh: given.RefreshToken, Ends: given.ExpiresAt}, nil
}
