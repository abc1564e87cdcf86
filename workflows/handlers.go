package workflows

import (
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"example.com/lifeline/activities"
	"example.com/lifeline/support"
)

// listen sets the session's updates and its query. Each update has a validator that refuses without leaving a trace
// in the history.
func (s *session) listen(ctx workflow.Context) error {
	if err := workflow.SetQueryHandler(ctx, QueryState, func() (View, error) { return s.view(ctx), nil }); err != nil {
		return err
	}
	if err := setUpdate(ctx, s, UpdateOpen, s.onOpen, func(p Press) error {
		if p.Agent.Email == "" && p.Agent.ID == "" {
			return answer(support.Stopped(support.CodeInvalid, "the request names no agent", nil))
		}
		return nil
	}); err != nil {
		return err
	}
	if err := setUpdate(ctx, s, UpdateClose, s.onClose, func(ClosePress) error { return s.mustLive() }); err != nil {
		return err
	}
	if err := setUpdate(ctx, s, UpdateShare, s.onShare, s.mayShare); err != nil {
		return err
	}
	if err := setUpdate(ctx, s, UpdateRenew, s.onRenew, func(RenewPress) error { return s.mayRenew() }); err != nil {
		return err
	}
	if err := setUpdate(ctx, s, UpdateJoin, s.onJoin, func(p JoinPress) error { return s.mayJoin(p, workflow.Now(ctx)) }); err != nil {
		return err
	}
	return setUpdate(ctx, s, UpdateRetry, s.onRetry, func(RetryPress) error {
		if len(s.attention) == 0 {
			return answer(support.Stopped(support.CodeConflict, "nothing waits for a retry", nil))
		}
		return nil
	})
}

// setUpdate sets a handler, and counts how often it is under way.
func setUpdate[In, Out any](ctx workflow.Context, s *session, name string, handle func(workflow.Context, In) (Out, error), validate func(In) error) error {
	counted := func(ctx workflow.Context, in In) (Out, error) {
		s.handling++
		defer func() { s.handling-- }()
		return handle(ctx, in)
	}
	return workflow.SetUpdateHandlerWithOptions(ctx, name, counted, workflow.UpdateHandlerOptions{Validator: validate})
}

// mustLive refuses what makes no sense without a live session.
func (s *session) mustLive() error {
	switch {
	case s.invitation.Code == "" && s.story.SessionID == "":
		return answer(support.Stopped(support.CodeSessionNotReady, "the session has no code yet", nil))
	case s.state.Over() || s.closing || s.wanted:
		return answer(support.Stopped(support.CodeNoLiveSession, "there is no live session on this record", nil))
	}
	return nil
}

// mayRenew refuses a new code where the old one is in use: closing it would end the session.
func (s *session) mayRenew() error {
	switch {
	case s.mustLive() != nil:
		return s.mustLive()
	case s.renewing:
		return answer(support.Stopped(support.CodeConflict, "a new code is being made already", nil))
	case s.inUse():
		return answer(support.Stopped(support.CodeConflict, "somebody has come with this code; it needs no new one", nil))
	}
	return nil
}

func (s *session) inUse() bool {
	return s.state != support.Invited || s.story.Phase == support.PhaseJoining || present(s.story.Phase)
}

// onOpen answers a press: the first opens the session, each further one gets the same invitation. A press on a record
// whose session is over, but not yet filed, lets another run take the rest, so that a new session can begin.
func (s *session) onOpen(ctx workflow.Context, press Press) (View, error) {
	for {
		if err := s.settle(ctx); err != nil {
			return View{}, err
		}
		if s.isOfNoUse(ctx) {
			return View{}, s.giveWay(ctx)
		}
		first := s.press == nil
		if first {
			s.press, s.row.id = &press, press.RowID
		}
		if err := workflow.Await(ctx, func() bool { return s.state != support.Requested }); err != nil {
			return View{}, err
		}
		if s.refusal != nil {
			return View{}, answer(s.refusal)
		}
		if press.RowID == "" || press.RowID == s.press.RowID || s.showOn(ctx, press) {
			view := s.view(ctx)
			view.First = first
			return view, nil
		}
		if s.wanted {
			return View{}, s.giveWay(ctx)
		}
	}
}

// codeSettledFirst marks the change by which a press waits for others that close the code or replace it.
const codeSettledFirst = "code-settled-first"

// settle waits while another press closes the code or replaces it. Whoever asks for one meanwhile would be given the old
// one, and a session that is handed over half closed or half renewed would be so for good.
func (s *session) settle(ctx workflow.Context) error {
	if s.deciding == 0 || workflow.GetVersion(ctx, codeSettledFirst, workflow.DefaultVersion, 1) < 1 {
		return nil
	}
	return workflow.Await(ctx, func() bool { return s.deciding == 0 })
}

// decide counts a press that closes the code or replaces it, until it is done.
func (s *session) decide() (done func()) {
	s.deciding++
	return func() { s.deciding-- }
}

// onClose ends the session at the vendor, or withdraws the code while nobody has joined. A customer who comes meanwhile
// has a session that is to be closed, too.
func (s *session) onClose(ctx workflow.Context, _ ClosePress) (View, error) {
	defer s.decide()()
	s.closing = true
	for {
		id := s.story.SessionID
		if failure := s.closeAtVendor(promptly(ctx, "close the session at the vendor"), s.invitation.Code); failure != nil {
			s.closing = false
			return View{}, answer(failure)
		}
		if id != s.story.SessionID {
			continue
		}
		s.story.markEnd(workflow.Now(ctx), support.ReasonClosedByUs)
		s.row.dirty = true
		s.nudge()
		err := workflow.Await(ctx, func() bool { return s.state.Over() || s.story.Joined })
		if err != nil || s.state.Over() || id == s.story.SessionID {
			return s.view(ctx), err
		}
	}
}

func (s *session) closeAtVendor(ctx workflow.Context, code string) *support.Error {
	return failureOf(workflow.ExecuteActivity(ctx, steps.CloseSession, s.closeInput(s.story.SessionID, code)).Get(ctx, nil))
}

// closeInput names what is to be closed. At TeamViewer the code is the session; at Rescue a code that nobody used has
// none.
func (s *session) closeInput(sessionID, code string) activities.CloseInput {
	if s.in.Vendor == support.TeamViewer {
		sessionID = or(code, sessionID)
	}
	return activities.CloseInput{
		Connection: s.in.Connection, Request: support.CloseRequest{VendorSessionID: sessionID, Code: code, Technician: s.currentTechnician()},
	}
}

// nudge wakes follow, so that it looks at the story again.
func (s *session) nudge() { s.nudges.SendAsync(true) }

// onRenew replaces a code before it runs out: a new code, a new mail, and the old one closed.
func (s *session) onRenew(ctx workflow.Context, _ RenewPress) (View, error) {
	defer s.decide()()
	s.renewing = true
	defer func() { s.renewing = false }()
	old := s.invitation
	s.renewals++
	input := s.openInput(ctx)
	input.Request.EarlierCode = old.Code
	var renewed support.Invitation
	if err := workflow.ExecuteActivity(promptly(ctx, "get a new code"), steps.OpenSession, input).Get(ctx, &renewed); err != nil {
		return View{}, answer(failureOf(err))
	}
	current := workflow.GetVersion(ctx, closingGoesFirst, workflow.DefaultVersion, 1) >= 1
	if s.inUse() || s.closing && current { // a customer came meanwhile, with the old code, or an agent closed the session
		s.dropUngiven(renewed.Code, current)
		return s.view(ctx), nil
	}
	s.invitation = renewed
	s.story.SessionID = or(renewed.VendorSessionID, s.story.SessionID)
	s.publish(ctx)
	s.row.dirty = true
	s.nudge()
	s.dropCode(old.Code)
	s.mailRenewal(ctx)
	return s.view(ctx), nil
}

// closingGoesFirst marks the change by which a code that comes while the session is being closed is not given out.
const closingGoesFirst = "closing-goes-first"

// onJoin gives the technician's way in. It is asked for at each press: Rescue's tickets are single-use.
func (s *session) onJoin(ctx workflow.Context, press JoinPress) (support.Secret, error) {
	var link support.Secret
	input := activities.JoinInput{Connection: s.in.Connection, Request: support.JoinRequest{Invitation: s.invitation, Technician: s.technician}}
	if !s.isOwn(press.Agent) {
		input.Other = &press.Agent
	}
	if err := workflow.ExecuteActivity(promptly(ctx, "get the technician's link"), steps.JoinSession, input).Get(ctx, &link); err != nil {
		return "", answer(failureOf(err))
	}
	return link, nil
}

// isOwn tells whether it is the session's own agent who asks.
func (s *session) isOwn(agent support.Agent) bool {
	if agent.ID != "" {
		return agent.ID == s.agent.ID
	}
	return agent.Email == "" || strings.EqualFold(agent.Email, s.agent.Email)
}

// mayJoin refuses whoever says no name, as a link on a session row does, a ticket of Rescue: it would sign any reader
// of the row in as the session's agent.
func (s *session) mayJoin(press JoinPress, now time.Time) error {
	switch err := s.mustLive(); {
	case s.in.Vendor == support.Rescue && press.Agent.ID == "" && press.Agent.Email == "":
		return answer(support.Stopped(support.CodeInvalid, "this link names no agent; open the session in your own technician console", nil))
	case err != nil:
		return err
	case s.hasRunOut(now):
		return answer(support.Stopped(support.CodeConflict, "the code has run out; press New for another", nil))
	}
	return nil
}

// hasRunOut tells whether the live session's code is of no use any more: its links lead nowhere.
func (s *session) hasRunOut(now time.Time) bool { return s.buttonsAt(now).New }

// onRetry lets every step that waits for a human try again.
func (s *session) onRetry(ctx workflow.Context, _ RetryPress) (View, error) {
	s.retries++
	return s.view(ctx), nil
}
