package workflows

import (
	"time"

	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/workflow"

	"example.com/lifeline/engine/index"
	"example.com/lifeline/support"
)

// session is one support session: one run of SupportSession. Its phases are methods, in the order of its life.
type session struct {
	in       SessionStart
	log      log.Logger
	id       string // workflow id
	runID    string
	key      string // of the session row
	settings support.Settings
	record   support.Record
	panelURL string

	press      *Press // the press that opened the session
	answerBy   time.Time
	agent      support.Agent
	technician support.Technician
	invitation support.Invitation
	refusal    *support.Error // why opening failed; the press is answered with it

	story     story // what is known, gathered from events
	state     support.State
	row       rowWriter
	events    workflow.ReceiveChannel
	nudges    workflow.Channel  // wakes follow after an update changed something
	attention []AttentionView   // what waits for a human, oldest first
	telling   workflow.Mutex    // the alert desk
	told      map[string]string // by step, the subject under which the desk knows its trouble
	retries   int               // `retry` updates so far
	renewals  int               // codes that replaced an earlier one
	renewing  bool
	closing   bool
	handling  int    // updates under way
	deciding  int    // those of them that close the code or replace it
	yielding  int    // those that wait until the record is free
	memo      string // the technician as the index's memo has it
	console   bool   // begun in the vendor's console: it names no ticket of its own accord
	again     bool   // something of this session may have been filed before
	news      bool   // a late event brought something to file
	shared    []Shared
	remarks   []string

	reassigned  bool // the record went to who took the session, or stays where it is
	reassigning bool

	dropped    []string        // codes that are not the session's any more, and not closed yet
	returned   []support.Event // of a customer who came after all, when the session was over
	background background
	filing     bool // the session is over, its row is written by the filing alone
	wanted     bool // the record is wanted for a new session
	filed      bool // nothing is left to file
	released   bool // another run has taken over the rest of this one
	left       bool // nothing more is done in this run
}

// SupportSession is the life of one support session, from the request for a code to its being filed.
func SupportSession(ctx workflow.Context, in SessionStart) (View, error) {
	s := newSession(ctx, in)
	if err := s.listen(ctx); err != nil {
		return View{}, err
	}
	s.begin(ctx)
	for {
		s.follow(ctx)
		s.finish(ctx)
		if err := s.leave(ctx); err != nil || !s.goOn(ctx) {
			return s.view(ctx), err
		}
	}
}

func newSession(ctx workflow.Context, in SessionStart) *session {
	info := workflow.GetInfo(ctx)
	s := &session{
		in: in, log: workflow.GetLogger(ctx), id: info.WorkflowExecution.ID, runID: info.WorkflowExecution.RunID,
		key: support.SessionKey(info.WorkflowExecution.RunID), state: support.Requested, background: newBackground(ctx),
		events: workflow.GetSignalChannel(ctx, SignalEvent), nudges: workflow.NewBufferedChannel(ctx, 16),
		telling: workflow.NewMutex(ctx), told: map[string]string{},
	}
	s.record.Ref = in.Record
	s.story.vendor, s.story.requestedAt = in.Vendor, workflow.Now(ctx)
	if in.Origin == FromVendor {
		s.key = support.AdoptedKey(in.Vendor, in.SessionID)
	}
	s.row.session = s
	return s
}

// begin gets the session under way: by opening it for an agent, by adopting it from the vendor, or by taking over the
// rest of an earlier run.
func (s *session) begin(ctx workflow.Context) {
	switch s.in.Origin {
	case FromButton:
		s.open(ctx)
	case FromVendor:
		s.adopt(ctx)
	case FromRun:
		s.takeOver(ctx)
	}
	s.background.meanwhile(s.row.run)
}

// enter moves the session to a state, and lets the engine's index, its page and the session row know.
func (s *session) enter(ctx workflow.Context, state support.State) {
	if s.state == state {
		return
	}
	s.state = state
	s.publish(ctx)
	s.row.dirty = true
}

// publish keeps search attributes, memo and current details true.
func (s *session) publish(ctx workflow.Context) {
	attention := ""
	if len(s.attention) > 0 {
		attention = s.attention[0].Code
	}
	err := workflow.UpsertTypedSearchAttributes(ctx,
		index.Connection.ValueSet(s.in.Connection), index.Vendor.ValueSet(string(s.in.Vendor)), index.Record.ValueSet(s.record.Number),
		index.State.ValueSet(string(s.state)), index.Agent.ValueSet(s.agent.ID), index.VendorSession.ValueSet(s.story.SessionID),
		index.Technician.ValueSet(s.currentTechnician().ID), index.Attention.ValueSet(attention))
	if err != nil {
		s.log.Error("search attributes were not set", "error", err)
	}
	s.publishTechnician(ctx)
	workflow.SetCurrentDetails(ctx, s.details())
}

// publishTechnician keeps the SSO id by which the watcher finds the session's technician.
func (s *session) publishTechnician(ctx workflow.Context) {
	ssoID := s.currentTechnician().SSOID
	if ssoID == "" || ssoID == s.memo {
		return
	}
	if err := workflow.UpsertMemo(ctx, map[string]any{index.MemoTechnician: ssoID}); err != nil {
		s.log.Error("the technician was not kept in the index", "error", err)
		return
	}
	s.memo = ssoID
}
