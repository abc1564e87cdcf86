package workflows

import (
	"go.temporal.io/sdk/workflow"

	"example.com/lifeline/activities"
	"example.com/lifeline/support"
)

// rowFollowsTheCode marks the change by which a second row is not written any more once its code is of no use.
const rowFollowsTheCode = "row-follows-the-code"

// showOn writes the live invitation on a further row that an agent created for the same record, and closes that row:
// one session has one row. It tells whether the press is answered with that. It is not if the session goes on without
// the code before the CRM takes the row, or is over: then the row would show what is of no use, and whoever wants the
// record would wait for the CRM.
func (s *session) showOn(ctx workflow.Context, press Press) (answered bool) {
	movedOn := s.movesOn(ctx)
	input := activities.RowInput{Connection: s.in.Connection, Row: s.secondRow(ctx, press)}
	moved, err := s.unless(ctx, movedOn, func(ctx workflow.Context) workflow.Future {
		return workflow.ExecuteActivity(patiently(ctx, "show the live code on a second row"), steps.FileProgress, input)
	})
	if moved {
		return false
	}
	if err != nil {
		s.log.Warn("a second row was not written", "error", err)
		return true
	}
	closing := activities.CloseRowInput{Connection: s.in.Connection, RowID: press.RowID, State: support.Cancelled}
	moved, err = s.unless(ctx, movedOn, func(ctx workflow.Context) workflow.Future {
		return workflow.ExecuteActivity(patiently(ctx, "close the second row"), steps.CloseRow, closing)
	})
	if err != nil && !moved {
		s.log.Warn("a second row was not closed", "error", err)
	}
	return !moved
}

func (s *session) secondRow(ctx workflow.Context, press Press) support.SessionRow {
	row := s.rowNow(ctx)
	row.RowID, row.Key, row.Agent, row.State, row.VendorSessionID = press.RowID, s.key+"-"+support.EventID(press.RowID), press.Agent, support.Cancelled, ""
	row.Outcome, row.Token, row.ClearCode = support.Outcome{}, "", false // nobody withdrew anything
	row.ErrorCode, row.ErrorMessage, row.ClearError = "already_open", "This record has a live session already.", false
	if row.Code != "" { // a PIN is used once
		row.ErrorMessage = "This record has a live session already; here is its code."
	}
	return row
}

// unless waits for a step, and gives it up when it is of no use any more.
func (s *session) unless(ctx workflow.Context, movedOn func() bool, do func(workflow.Context) workflow.Future) (moved bool, err error) {
	step, giveUp := whileOfUse(ctx, movedOn, do)
	defer giveUp()
	if !step.IsReady() && ctx.Err() == nil && workflow.GetVersion(ctx, rowFollowsTheCode, workflow.DefaultVersion, 1) >= 1 {
		giveUp()
		err = step.Get(ctx, nil)
		return err != nil, err
	}
	return false, step.Get(ctx, nil)
}

// movesOn tells from now on whether the session has gone on without the invitation that it has now.
func (s *session) movesOn(ctx workflow.Context) func() bool {
	code, lapsed := s.invitation.Code, s.hasLapsed(workflow.Now(ctx))
	return func() bool {
		now := workflow.Now(ctx)
		return s.wanted || s.invitation.Code != code || s.isBehind(now) || !lapsed && s.hasLapsed(now)
	}
}
