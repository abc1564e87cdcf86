package workflows

import (
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

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
	agent      support.Agent
	technician support.Technician
	invitation support.Invitation
	refusal    *support.Error // why opening failed; the press is answered with it

	story     story // what is known, gathered from events
	state     support.State
	row       rowWriter
	events    workflow.ReceiveChannel
	nudges    workflow.Channel // wakes follow after an update changed something
	attention []AttentionView  // what waits for a human, oldest first
	retries   int              // `retry` updates so far
	renewals  int              // codes that replaced an earlier one
	closing   bool
	wanted    bool // the record is wanted for a new session
	released  bool // another run has taken over the rest of this one
	news      bool // a late event brought something to file
	shared    []Shared
	remarks   []string
}

// SupportSession is the life of one support session, from the request for a code to its being filed.
func SupportSession(ctx workflow.Context, in SessionStart) (View, error) {
	s := newSession(ctx, in)
	if err := s.listen(ctx); err != nil {
		return View{}, err
	}
	s.begin(ctx)
	s.follow(ctx)
	s.finish(ctx)
	return s.view(ctx), workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) })
}

func newSession(ctx workflow.Context, in SessionStart) *session {
	info := workflow.GetInfo(ctx)
	s := &session{
		in: in, log: workflow.GetLogger(ctx), id: info.WorkflowExecution.ID, runID: info.WorkflowExecution.RunID,
		key: support.SessionKey(info.WorkflowExecution.RunID), state: support.Requested,
		events: workflow.GetSignalChannel(ctx, SignalEvent), nudges: workflow.NewBufferedChannel(ctx, 16),
	}
	s.record.Ref = in.Record
	s.story.requestedAt = workflow.Now(ctx)
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
	workflow.Go(ctx, s.row.run)
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

// publish keeps search attributes and current details true.
func (s *session) publish(ctx workflow.Context) {
	attention := ""
	if len(s.attention) > 0 {
		attention = s.attention[0].Code
	}
	err := workflow.UpsertTypedSearchAttributes(ctx,
		KeyConnection.ValueSet(s.in.Connection), KeyVendor.ValueSet(string(s.in.Vendor)), KeyRecord.ValueSet(s.record.Number),
		KeyState.ValueSet(string(s.state)), KeyAgent.ValueSet(s.agent.ID), KeySession.ValueSet(s.story.SessionID),
		KeyTechnician.ValueSet(s.watchedTechnician()), KeyAttention.ValueSet(attention))
	if err != nil {
		s.log.Error("search attributes were not set", "error", err)
	}
	workflow.SetCurrentDetails(ctx, s.details())
}

// watchedTechnician is how the watcher finds the session: the vendor's id of the technician, no personal data.
func (s *session) watchedTechnician() string {
	if s.story.Technician.ID != "" {
		return s.story.Technician.ID
	}
	return s.technician.ID
}

// The search attributes of a session. Values hold no personal data: ids and numbers only.
var (
	KeyConnection = temporal.NewSearchAttributeKeyKeyword("LifelineConnection")
	KeyVendor     = temporal.NewSearchAttributeKeyKeyword("LifelineVendor")
	KeyRecord     = temporal.NewSearchAttributeKeyKeyword("LifelineRecord")
	KeyState      = temporal.NewSearchAttributeKeyKeyword("LifelineState")
	KeyAgent      = temporal.NewSearchAttributeKeyKeyword("LifelineAgent")
	KeySession    = temporal.NewSearchAttributeKeyKeyword("LifelineVendorSession")
	KeyTechnician = temporal.NewSearchAttributeKeyKeyword("LifelineTechnician")
	KeyAttention  = temporal.NewSearchAttributeKeyKeyword("LifelineAttention")
)
