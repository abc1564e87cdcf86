package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"example.com/lifeline/support"
)

// returnsAreFollowed marks the change by which a run that files a session which nobody joined follows a customer who
// comes after all.
const returnsAreFollowed = "returns-are-followed"

// bringsBack tells whether an event shows that a session that is over took place after all. It cannot be handed on: the
// run by which it would be adopted is this one. What comes after it is of the same customer.
func (s *session) bringsBack(ctx workflow.Context, event support.Event) bool {
	if len(s.returned) > 0 {
		return true
	}
	shows := event.Kind != support.EventObserved || present(event.Phase)
	return shows && s.refusal == nil && workflow.GetVersion(ctx, returnsAreFollowed, workflow.DefaultVersion, 1) >= 1
}

// goOn begins to follow the session anew, if its customer has come back, and tells whether it does. That is what a run
// would do that adopts the session from its row: the code is of no use any more.
func (s *session) goOn(ctx workflow.Context) bool {
	events := s.returned
	if len(events) == 0 {
		return false
	}
	s.returned, s.invitation, s.closing = nil, support.Invitation{}, false
	s.filing, s.filed, s.left, s.again = false, false, false, true
	s.story.Phase, s.story.EndSeenAt = support.PhaseUnknown, time.Time{}
	s.background.begin(ctx)
	s.reopen(ctx, events)
	s.background.meanwhile(s.row.run)
	return true
}
