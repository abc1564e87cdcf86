package workflows_test

import (
	"fmt"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"example.com/lifeline/activities"
	"example.com/lifeline/engine/index"
	"example.com/lifeline/support"
	"example.com/lifeline/workflows"
)

const (
	acme      = "acme-sn"
	pin       = "123456"
	sessionID = "1080000123"
	teamCode  = "s104-882-317"
	testRun   = "default-test-run-id"
)

// start is when every test begins.
var start = time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)

var (
	incident = support.RecordRef{Connection: acme, Type: "incident", ID: "9d385017c611228701d22104cc95c371"}
	ana      = support.Customer{ID: "c1", Name: "Ana Lima", Email: "ana@example.org"}
	dana     = support.Agent{ID: "u1", Name: "Dana Ruiz", Email: "dana@example.com"}
	danaTech = support.Technician{ID: "7", SSOID: "dana@example.com", Name: "Dana Ruiz", Email: "dana@example.com"}
	lee      = support.Technician{ID: "8", SSOID: "lee@example.com", Name: "Lee Wong", Email: "lee@example.com"}
)

// world is a session's run on the virtual clock, among steps that are played.
type world struct {
	*testsuite.TestWorkflowEnvironment
	*desk
	t        *testing.T
	start    workflows.SessionStart
	presses  int
	indexed  map[string]string // search attributes as last published
	memo     map[string]any
	children []workflows.SessionStart
	over     time.Time // when the index first showed the session as over
}

// given makes a world in which a Rescue session on an incident is wanted; change alters the settings.
func given(t *testing.T, change ...func(*support.Settings)) *world {
	t.Helper()
	d := newDesk()
	for _, c := range change {
		c(&d.settings)
	}
	return among(t, d)
}

// among makes a world among steps that have been played before, by another run.
func among(t *testing.T, d *desk) *world {
	w := &world{
		TestWorkflowEnvironment: newEnvironment(), desk: d, t: t, indexed: map[string]string{}, memo: map[string]any{},
		start: workflows.SessionStart{
			Origin: workflows.FromButton, Connection: acme, CRM: support.ServiceNow, Vendor: support.Rescue, Record: incident,
		},
	}
	w.now = w.Now
	w.RegisterActivity(w.desk)
	w.RegisterWorkflowWithOptions(workflows.SupportSession, workflow.RegisterOptions{Name: workflows.SessionType})
	w.RegisterWorkflowWithOptions(w.takeRest, workflow.RegisterOptions{Name: restType})
	w.OnUpsertTypedSearchAttributes(mock.MatchedBy(w.keepAttributes)).Return(nil)
	w.OnUpsertMemo(mock.MatchedBy(func(memo map[string]any) bool { w.memo = memo; return true })).Return(nil)
	return w
}

// begunBefore makes the run one that began before any change that is marked.
func (w *world) begunBefore() *world {
	for newest := range workflow.Version(2) {
		w.OnGetVersion(mock.Anything, workflow.DefaultVersion, newest+1).Return(workflow.DefaultVersion)
	}
	return w
}

// takeRest stands for the run that takes the rest of a session over.
func (w *world) takeRest(_ workflow.Context, rest workflows.SessionStart) (workflows.View, error) {
	w.children = append(w.children, rest)
	return workflows.View{}, nil
}

func newEnvironment() *testsuite.TestWorkflowEnvironment {
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(sdklog.NewStructuredLogger(slog.New(slog.NewTextHandler(io.Discard, nil))))
	env := suite.NewTestWorkflowEnvironment()
	env.SetStartTime(start)
	env.SetTestTimeout(30 * time.Second)
	env.SetWorkerOptions(worker.Options{Interceptors: []interceptor.WorkerInterceptor{&stage{}}})
	return env
}

// keepAttributes remembers what the index was told.
func (w *world) keepAttributes(attributes temporal.SearchAttributes) bool {
	for key, value := range attributes.GetUntypedValues() {
		w.indexed[key.GetName()] = fmt.Sprint(value)
	}
	if w.over.IsZero() && support.State(w.attribute(index.State)).Over() {
		w.over = w.Now()
	}
	return true
}

// teamViewer makes it a TeamViewer session.
func (w *world) teamViewer() *world {
	w.start.Vendor = support.TeamViewer
	w.invitation = support.Invitation{
		Code: teamCode, CustomerLink: "https://get.example.com/" + teamCode, SupporterLink: "https://secret.example.com", VendorSessionID: teamCode,
	}
	return w
}

// adopting makes it a session that no button began. What the CRM knows of it is found.
func (w *world) adopting(found activities.Adopted) *world {
	w.start.Origin, w.start.Record, w.start.SessionID = workflows.FromVendor, support.RecordRef{}, sessionID
	found.Settings = w.settings
	w.found = found
	return w
}

// run plays the session to its end.
func (w *world) run() workflows.View {
	w.t.Helper()
	id := support.SessionWorkflowID(incident)
	if w.start.Origin != workflows.FromButton {
		id = support.AdoptedWorkflowID(acme, w.start.SessionID)
	}
	w.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: id})
	w.ExecuteWorkflow(workflows.SessionType, w.start)
	require.True(w.t, w.IsWorkflowCompleted(), "the run goes on")
	require.NoError(w.t, w.GetWorkflowError())
	var view workflows.View
	require.NoError(w.t, w.GetWorkflowResult(&view))
	return view
}

// at does something at a time after the start.
func (w *world) at(after time.Duration, do func()) { w.RegisterDelayedCallback(do, after) }

// answered is what became of an update.
type answered[T any] struct {
	value    T
	err      error
	accepted bool
	done     bool
	rejected bool
	after    time.Duration // how long it took
	since    time.Time
	now      func() time.Time
}

func (a *answered[T]) Accept() { a.accepted = true }

func (a *answered[T]) Reject(err error) { a.err, a.done, a.rejected = err, true, true }

func (a *answered[T]) Complete(value any, err error) {
	if typed, ok := value.(T); ok {
		a.value = typed
	}
	a.err, a.done, a.after = err, true, a.now().Sub(a.since)
}

// update sends an update at a time after the start.
func update[T any](w *world, after time.Duration, name string, arg any) *answered[T] {
	a := &answered[T]{now: w.Now}
	w.presses++
	id := fmt.Sprintf("%s-%d", name, w.presses)
	w.at(after, func() {
		a.since = w.Now()
		w.UpdateWorkflow(name, id, a, arg)
	})
	return a
}

// pressed presses the button at the very start.
func (w *world) pressed() *answered[workflows.View] { return w.press(0) }

func (w *world) press(after time.Duration) *answered[workflows.View] {
	return update[workflows.View](w, after, workflows.UpdateOpen, workflows.Press{Agent: dana})
}

// tell sends an event at a time after the start.
func (w *world) tell(after time.Duration, event support.Event) {
	w.at(after, func() {
		event.At = w.Now()
		if event.VendorSessionID == "" {
			event.VendorSessionID = sessionID
		}
		w.SignalWorkflow(workflows.SignalEvent, event)
	})
}

// look asks for the session's view at a time after the start.
func (w *world) look(after time.Duration, see func(workflows.View)) {
	w.at(after, func() {
		value, err := w.QueryWorkflow(workflows.QueryState)
		require.NoError(w.t, err)
		var view workflows.View
		require.NoError(w.t, value.Get(&view))
		see(view)
	})
}

// attribute is what the index shows of the session.
func (w *world) attribute(key temporal.SearchAttributeKeyKeyword) string {
	return w.indexed[key.GetName()]
}

// token is that of the run's n-th code.
func token(n int) support.Token {
	if n == 0 {
		return support.NewToken(support.ServiceNow, incident, support.Nonce(testRun))
	}
	return support.NewToken(support.ServiceNow, incident, support.Nonce(fmt.Sprintf("%s#%d", testRun, n)))
}

// The events of a Rescue session, as list and posts tell them.

func seen(phase support.Phase) support.Event {
	return support.Event{Kind: support.EventObserved, Phase: phase, Token: token(0)}
}

func seenWith(phase support.Phase, technician support.Technician) support.Event {
	e := seen(phase)
	e.Technician = technician
	return e
}

func startPost() support.Event {
	return support.Event{
		ID: "start", Kind: support.EventStarted, Phase: support.PhaseConnected, Token: token(0), Technician: danaTech,
		PickedUpAt: start.Add(2 * time.Minute), Fields: fields("SessionID", sessionID),
	}
}

func endPost() support.Event {
	return support.Event{
		ID: "end", Kind: support.EventEnded, Phase: support.PhaseEnded, Token: token(0), Technician: danaTech,
		PickedUpAt: start.Add(2 * time.Minute), EndedAt: start.Add(12 * time.Minute), Chat: "Dana: bye", Notes: "Reset the profile",
		WorkSeconds: 600, Fields: fields("SessionID", sessionID, "TechName", "Dana Ruiz", "Notes", "Reset the profile", "Empty", ""),
	}
}

func fields(pairs ...string) []support.Field {
	var list []support.Field
	for i := 0; i < len(pairs); i += 2 {
		list = append(list, support.Field{Name: pairs[i], Value: pairs[i+1]})
	}
	return list
}
