package workflows

import (
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/workflow"

	"example.com/lifeline/engine/index"
	"example.com/lifeline/support"
)

// Carried is what a run takes over of another's session.
type Carried struct {
	Key         string             `json:"key"`
	State       support.State      `json:"state"`
	Story       storyData          `json:"story"`
	RequestedAt time.Time          `json:"requestedAt"`
	Settings    support.Settings   `json:"settings"`
	Record      support.Record     `json:"record"`
	PanelURL    string             `json:"panelUrl"`
	Agent       support.Agent      `json:"agent"`
	Technician  support.Technician `json:"technician"`
	Invitation  support.Invitation `json:"invitation"`
	RowID       string             `json:"rowId"`
	Closing     bool               `json:"closing"`
	Reassigned  bool               `json:"reassigned"`
	Attention   []AttentionView    `json:"attention"`
	Shared      []Shared           `json:"shared"`
	Remarks     []string           `json:"remarks"`
	News        bool               `json:"news,omitempty"` // something came late and is not filed
	Told        map[string]string  `json:"told,omitempty"`
	Dropped     []string           `json:"dropped,omitempty"`
}

// isOfNoUse tells whether a press wants a new session in place of this one.
func (s *session) isOfNoUse(ctx workflow.Context) bool {
	now := workflow.Now(ctx)
	switch {
	case s.isBehind(now):
		return true
	case s.closing: // and closed: the press has waited for that
		return workflow.GetVersion(ctx, codeSettledFirst, workflow.DefaultVersion, 1) >= 1
	}
	return s.hasLapsed(now) && workflow.GetVersion(ctx, lapsedGivesWay, workflow.DefaultVersion, 1) >= 1
}

// isBehind tells whether nothing but the rest of the session is left in this run: its end was seen, or its code ran
// out before anybody came. Then a press wants a new session.
func (s *session) isBehind(now time.Time) bool {
	return s.refusal == nil && (s.state.Over() || !s.story.EndSeenAt.IsZero() || s.mayExpire() && !now.Before(s.invitation.ExpiresAt))
}

// lapsedGivesWay marks the change by which a press gets a new code when the old one has run out with somebody there.
const lapsedGivesWay = "lapsed-code-gives-way"

// hasLapsed tells whether the code ran out while somebody is there, or on the way, and is of no use to others. A press
// wants a new session, and another run follows this one to its end. So does a press that comes just after another was
// refused, but there is nothing to follow then.
func (s *session) hasLapsed(now time.Time) bool {
	return (s.state != support.Invited || s.story.Phase == support.PhaseJoining) && s.hasRunOut(now)
}

// giveWay lets another run take the rest of this one, and asks the caller to try again when the record is free.
func (s *session) giveWay(ctx workflow.Context) error {
	s.yielding++
	defer func() { s.yielding-- }()
	s.wanted = true
	s.nudge()
	if err := workflow.Await(ctx, func() bool { return s.left }); err != nil {
		return err
	}
	return answer(support.Stopped(FailureSessionOver, "the last session on this record is over", nil))
}

// release starts the run that takes the rest of this session: under the id by which the vendor's events reach it, or,
// if that is taken, under the row's.
func (s *session) release(ctx workflow.Context) {
	for _, id := range []string{or(s.story.SessionID, s.key), s.key} {
		child := workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
			WorkflowID:            support.AdoptedWorkflowID(s.in.Connection, id),
			ParentClosePolicy:     enums.PARENT_CLOSE_POLICY_ABANDON,
			WorkflowIDReusePolicy: enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
			StaticSummary:         "filing of " + s.subject(),
			Memo:                  index.AgentMemo(s.agent.Name),
		})
		err := workflow.ExecuteChildWorkflow(child, SessionType, s.rest()).GetChildWorkflowExecution().Get(ctx, nil)
		if err == nil {
			s.released = true
			return
		}
		s.log.Error("the filing was not handed over", "error", err)
	}
}

// rest is the start of the run that goes on with this session.
func (s *session) rest() SessionStart {
	return SessionStart{
		Origin: FromRun, Connection: s.in.Connection, CRM: s.in.CRM, Vendor: s.in.Vendor, SessionID: s.story.SessionID,
		Carried: &Carried{
			Key: s.key, State: s.state, Story: s.story.storyData, RequestedAt: s.story.requestedAt, Settings: s.settings,
			Record: s.record, PanelURL: s.panelURL, Agent: s.agent, Technician: s.technician, Invitation: s.invitation,
			RowID: s.row.id, Closing: s.closing, Reassigned: s.reassigned, Attention: s.attention, Shared: s.shared,
			Remarks: s.remarks, News: s.news, Told: s.told, Dropped: s.dropped,
		},
	}
}

// takeOver goes on where another run gave way.
func (s *session) takeOver(ctx workflow.Context) {
	c := s.in.Carried
	s.key, s.state, s.settings, s.record, s.panelURL = c.Key, c.State, c.Settings, c.Record, c.PanelURL
	s.agent, s.technician, s.invitation, s.shared, s.remarks = c.Agent, c.Technician, c.Invitation, c.Shared, c.Remarks
	s.story.storyData, s.story.requestedAt, s.row.id, s.closing = c.Story, c.RequestedAt, c.RowID, c.Closing
	s.reassigned, s.attention, s.again, s.news, s.dropped = c.Reassigned, c.Attention, true, c.News, c.Dropped
	if c.Told != nil {
		s.told = c.Told
	}
	s.publish(ctx)
	s.advance(ctx)
}
