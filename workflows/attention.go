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
			return support.Retryable(support.CodeConflict, "another run goes on with this session", 0, err)
		}
		failure := failureOf(err)
		if failure.Kind == support.Stop {
			s.recover(ctx, step)
			return failure
		}
		s.needHelp(ctx, step, failure)
		if workflow.Await(ctx, func() bool { return s.retries > tried }) != nil {
			return failure
		}
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
	if step != "write the session row" {
		s.row.dirty = true
	}
	s.alert(ctx, steps.RaiseAlert, activities.AlertInput{Connection: s.in.Connection, Trouble: activities.Trouble{
		Subject: s.subject(), Step: step, Code: view.Code, Reason: view.Reason, Since: view.Since,
		Remedy: support.Remedy(view.Code),
	}})
}

// recover takes back what waited for a human.
func (s *session) recover(ctx workflow.Context, step string) {
	at := s.attentionAt(step)
	if at < 0 {
		return
	}
	s.attention = slices.Delete(s.attention, at, at+1)
	s.publish(ctx)
	s.row.dirty = s.row.dirty || step != "write the session row"
	s.alert(ctx, steps.ClearAlert, activities.AlertInput{Connection: s.in.Connection,
		Trouble: activities.Trouble{Subject: s.subject(), Step: step}})
}

func (s *session) alert(ctx workflow.Context, tell any, input activities.AlertInput) {
	ctx, _ = workflow.NewDisconnectedContext(ctx)
	workflow.Go(ctx, func(ctx workflow.Context) {
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
