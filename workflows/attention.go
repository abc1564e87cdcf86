package workflows

import (
	"slices"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"example.com/lifeline/activities"
	"example.com/lifeline/support"
)

// persist runs a step until it succeeds. A failure of kind stop is returned: it is an answer. Any other, when the
// engine has done with trying, puts the session in attention until somebody presses retry.
func (s *session) persist(ctx workflow.Context, step string, do func(workflow.Context) error) *support.Error {
	for {
		tried := s.retries
		err := do(ctx)
		if err == nil {
			s.recover(ctx, step)
			return nil
		}
		if temporal.IsCanceledError(err) || ctx.Err() != nil {
			s.giveUp(ctx, step)
			return support.Retryable(support.CodeConflict, "another run goes on with this session", 0, err)
		}
		failure := failureOf(err)
		if failure.Kind == support.Stop {
			s.recover(ctx, step)
			return failure
		}
		s.needHelp(ctx, step, failure)
		if workflow.Await(ctx, func() bool { return s.retries > tried }) != nil {
			s.giveUp(ctx, step)
			return failure
		}
	}
}

// giveUp ends a step that is no longer wanted here. Another run that goes on with it takes its trouble over.
func (s *session) giveUp(ctx workflow.Context, step string) {
	if !s.wanted {
		s.recover(ctx, step)
	}
}

// needHelp shows what waits for a human, and tells the alert desk.
func (s *session) needHelp(ctx workflow.Context, step string, failure *support.Error) {
	view := AttentionView{Step: step, Code: failure.Code, Reason: failure.Message, Since: workflow.Now(ctx)}
	if at := s.attentionAt(step); at >= 0 {
		view.Since = s.attention[at].Since
		s.attention[at] = view
	} else {
		s.attention = append(s.attention, view)
	}
	s.publish(ctx)
	s.row.dirty = s.row.dirty || step != rowStep
	s.alert(steps.RaiseAlert, activities.AlertInput{Connection: s.in.Connection, Trouble: activities.Trouble{
		Subject: s.toldAs(step), Session: true, Step: step, Code: view.Code, Reason: view.Reason, Since: view.Since,
		Remedy: support.Remedy(view.Code),
	}})
	if s.filing && step != rowStep && step != closeRowStep {
		s.row.show(ctx)
	}
}

// recover takes back what waited for a human.
func (s *session) recover(ctx workflow.Context, step string) {
	at := s.attentionAt(step)
	if at < 0 {
		return
	}
	s.attention = slices.Delete(s.attention, at, at+1)
	s.publish(ctx)
	s.row.dirty = s.row.dirty || step != rowStep
	s.alert(steps.ClearAlert, activities.AlertInput{Connection: s.in.Connection,
		Trouble: activities.Trouble{Subject: s.toldAs(step), Session: true, Step: step}})
	delete(s.told, step)
}

// toldAs names the session to the alert desk as it was named when the step's trouble began: it may have got a ticket
// since, and the desk would know nothing of the other name.
func (s *session) toldAs(step string) string {
	if s.told[step] == "" {
		s.told[step] = s.subject()
	}
	return s.told[step]
}

// alert tells the desk one thing after the other: a trouble must not arrive after its own end. The run stays until the
// desk knows.
func (s *session) alert(tell any, input activities.AlertInput) {
	s.background.errand(func(ctx workflow.Context) {
		if s.telling.Lock(ctx) != nil {
			return
		}
		defer s.telling.Unlock()
		if err := workflow.ExecuteActivity(patiently(ctx, "tell the alert desk"), tell, input).Get(ctx, nil); err != nil {
			s.log.Error("the alert desk was not told", "error", err)
		}
	})
}

func (s *session) attentionAt(step string) int {
	return slices.IndexFunc(s.attention, func(a AttentionView) bool { return a.Step == step })
}

// subject names the session in alerts: the ticket's number, or the vendor's session.
func (s *session) subject() string {
	return or(s.record.Number, or(s.story.SessionID, s.key))
}
