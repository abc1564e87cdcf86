package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"example.com/lifeline/activities"
	"example.com/lifeline/support"
)

// follow waits for what the session does, until it is over or its record is wanted for a new one: events, the clock,
// and the agent's updates.
func (s *session) follow(ctx workflow.Context) {
	var timer deadline
	for !s.state.Over() && !s.wanted && ctx.Err() == nil {
		selector := workflow.NewSelector(ctx)
		selector.AddReceive(ctx.Done(), func(workflow.ReceiveChannel, bool) {})
		selector.AddReceive(s.events, func(c workflow.ReceiveChannel, _ bool) {
			var event support.Event
			c.Receive(ctx, &event)
			s.take(ctx, event)
		})
		selector.AddReceive(s.nudges, func(c workflow.ReceiveChannel, _ bool) { c.Receive(ctx, nil) })
		if due := timer.until(ctx, s.dueAt(workflow.Now(ctx))); due != nil {
			selector.AddFuture(due, func(workflow.Future) { timer.done() })
		}
		selector.Select(ctx)
		s.advance(ctx)
	}
	timer.stop()
}

// reportEndsUnseen marks the change by which a report is enough to end a session that the vendor's list never showed.
const reportEndsUnseen = "report-ends-unseen"

// take takes an event in, or hands it over when it speaks of another session of the same record.
func (s *session) take(ctx workflow.Context, event support.Event) {
	if s.isForeign(event) {
		s.handOn(event)
		return
	}
	if event.Kind == support.EventReported && s.story.Phase == support.PhaseUnknown {
		s.story.unseenEnds = workflow.GetVersion(ctx, reportEndsUnseen, workflow.DefaultVersion, 1) >= 1
	}
	s.markEdit(ctx, event)
	technician, sessionID := s.story.Technician, s.story.SessionID
	if !s.story.take(event) {
		return
	}
	s.row.dirty = true
	if s.story.Technician != technician || s.story.SessionID != sessionID {
		s.publish(ctx)
	}
}

// newestEditCounts marks the change by which a report's notes may also be emptied, or become what they were before.
const newestEditCounts = "newest-edit-counts"

// markEdit makes the newest edit of a report count, but in a run that did otherwise before.
func (s *session) markEdit(ctx workflow.Context, event support.Event) {
	if s.story.isConnection(event) && s.story.isEdited(event) {
		s.story.NewestEdits = workflow.GetVersion(ctx, newestEditCounts, workflow.DefaultVersion, 1) >= 1
	}
}

// takeNews takes an event of a filed session in if it adds to what was filed, and tells whether it did.
func (s *session) takeNews(ctx workflow.Context, event support.Event) bool {
	s.markEdit(ctx, event)
	return s.story.brings(event) && s.story.take(event)
}

// isForeign tells whether the event belongs to another run: its token carries another nonce, or it names another
// session of the vendor's.
func (s *session) isForeign(event support.Event) bool {
	if event.VendorSessionID != "" && s.story.SessionID != "" {
		return event.VendorSessionID != s.story.SessionID
	}
	//workflowcheck:ignore it looks for the one type that a letter stands for, in whatever order
	_, nonce, ok := event.Token.Parse(s.in.CRM, s.in.Connection)
	return ok && s.in.Origin == FromButton && !s.ownNonce(nonce)
}

// handOn brings an event to the run that adopts its session. That nobody is there any more is no news to adopt: so
// ends, say, a code that was replaced.
func (s *session) handOn(event support.Event) {
	if event.Kind == support.EventObserved && !present(event.Phase) {
		return
	}
	input := activities.AdoptInput{Connection: s.in.Connection, Event: event}
	s.background.errand(func(ctx workflow.Context) {
		if err := workflow.ExecuteActivity(patiently(ctx, "hand an event on"), steps.HandOn, input).Get(ctx, nil); err != nil {
			s.log.Error("an event could not be handed on", "error", err)
		}
	})
}

// advance draws the conclusions from story and clock.
func (s *session) advance(ctx workflow.Context) {
	now := workflow.Now(ctx)
	switch {
	case s.state.Over():
	case s.isEnded(now):
		s.end(ctx)
	case s.isExpired(now) && s.story.Joined:
		s.story.markEnd(now, support.ReasonExpired) // somebody was there before; a report may follow
	case s.isExpired(now):
		s.story.Reason = support.ReasonExpired
		s.enter(ctx, support.Expired)
	case s.story.Phase == support.PhaseConnected || s.story.Phase == support.PhaseTransferring:
		s.enter(ctx, support.Connected)
	case s.story.Phase == support.PhaseWaiting:
		s.enter(ctx, support.Waiting)
	case s.story.Phase == support.PhaseOpen && s.state == support.Waiting:
		s.enter(ctx, support.Invited) // the customer left before anybody joined
	}
	s.row.dirty = s.row.dirty || s.row.shown != s.buttons(ctx)
	s.reassignEarly()
}

// isEnded tells whether nothing more is to be waited for: an end post came, or the grace for it is over.
func (s *session) isEnded(now time.Time) bool {
	switch {
	case s.story.PostEnded, s.story.Reported && s.story.Phase == support.PhaseEnded:
		return true
	case s.story.EndSeenAt.IsZero():
		return false
	case !s.story.Joined || s.story.Reason == support.ReasonAbandoned:
		return true // there will be no post and no report
	}
	return !now.Before(s.story.EndSeenAt.Add(s.settings.EndGrace))
}

// end concludes the session. One that nobody joined ran out, or was withdrawn by the agent or in the vendor's console.
func (s *session) end(ctx workflow.Context) {
	switch {
	case s.story.Joined:
		if s.closing && (vague(s.story.Reason) || s.story.Reason == support.ReasonTechnician) {
			s.story.Reason = support.ReasonClosedByUs // the end post is quicker than the answer to our call, and can't tell
		}
		if s.story.EndedAt.IsZero() {
			s.story.EndedAt = s.story.EndSeenAt
		}
		s.enter(ctx, support.Ended)
	case s.story.Reason == support.ReasonExpired:
		s.enter(ctx, support.Expired)
	default:
		s.story.Reason = support.ReasonCancelled
		s.enter(ctx, support.Cancelled)
	}
}

// isExpired tells whether the code ran out while nobody was there.
func (s *session) isExpired(now time.Time) bool {
	return s.mayExpire() && !now.Before(s.expiresAt())
}

// mayExpire tells whether the code's end matters: a customer who is just connecting used it in time.
func (s *session) mayExpire() bool {
	return s.state == support.Invited && !s.invitation.ExpiresAt.IsZero() && s.story.Phase != support.PhaseJoining
}

// expiresAt is when an unused code is given up: a little after its end, for a customer who is just connecting.
func (s *session) expiresAt() time.Time {
	slack := min(2*time.Minute, s.settings.InvitationTTL/10)
	return s.invitation.ExpiresAt.Add(slack)
}

// dueAt is when the clock alone changes something; zero is never. At the code's end the buttons change, whatever else
// goes on.
func (s *session) dueAt(now time.Time) time.Time {
	var due time.Time
	switch {
	case !s.story.EndSeenAt.IsZero():
		due = s.story.EndSeenAt.Add(s.settings.EndGrace)
	case s.mayExpire():
		due = s.expiresAt()
	}
	if now.Before(s.invitation.ExpiresAt) {
		due = earliest(due, s.invitation.ExpiresAt)
	}
	return due
}

// reassignEarly lets the record follow the technician while the session goes on, as soon as it is known who that is to
// the CRM: the vendor's list may show no more than an id.
func (s *session) reassignEarly() {
	technician := s.currentTechnician()
	known := technician.SSOID != "" || technician.Email != ""
	if !s.story.Connected || s.state.Over() || s.reassigned || s.reassigning || !known {
		return
	}
	s.reassigning = true
	s.background.meanwhile(func(ctx workflow.Context) {
		s.reassign(ctx)
		s.reassigning = false
	})
}

// reassign lets the record follow the technician who took the session, as the settings say.
func (s *session) reassign(ctx workflow.Context) {
	unwanted := s.settings.Reassign == support.ReassignNever || s.settings.Reassign == ""
	if s.reassigned || unwanted || !s.story.Connected || s.record.Ref.IsZero() {
		return
	}
	input := activities.ReassignInput{Record: s.record.Ref, Technician: s.currentTechnician(), Mode: s.settings.Reassign}
	failure := s.persist(ctx, "reassign the record", func(ctx workflow.Context) error {
		return workflow.ExecuteActivity(patiently(ctx, "reassign the record"), steps.Reassign, input).Get(ctx, nil)
	})
	s.remarkFailure(ctx, "The record was not reassigned", failure)
	s.reassigned = failure == nil || ctx.Err() == nil
}

// currentTechnician is who has the session now: who took it, or else who asked for it.
func (s *session) currentTechnician() support.Technician {
	return newest(s.technician, s.story.Technician)
}

// deadline is one timer that is moved only when its time changes.
type deadline struct {
	at     time.Time
	future workflow.Future
	cancel workflow.CancelFunc
}

// until returns a future that is ready at the time; nil when there is none.
func (d *deadline) until(ctx workflow.Context, at time.Time) workflow.Future {
	if at.Equal(d.at) {
		return d.future
	}
	d.stop()
	if at.IsZero() {
		return nil
	}
	ctx, cancel := workflow.WithCancel(ctx)
	d.at, d.cancel = at, cancel
	d.future = workflow.NewTimer(ctx, max(0, at.Sub(workflow.Now(ctx))))
	return d.future
}

func (d *deadline) done() { d.future, d.at = nil, time.Time{} }

func (d *deadline) stop() {
	if d.cancel != nil {
		d.cancel()
	}
	d.done()
}
