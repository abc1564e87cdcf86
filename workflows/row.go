package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"example.com/lifeline/activities"
	"example.com/lifeline/support"
)

// rowStep is the step that keeps the row true. Its own trouble can't be shown on the row.
const rowStep = "write the session row"

// rowWriter keeps the session row true. Changes that come while a write is under way, or while the CRM is down, become
// one further write: the row shows where the session stands, not each step of the way.
type rowWriter struct {
	session *session
	id      string // the CRM's id of the row, once known
	dirty   bool
	shown   support.Buttons // as last written
}

// run writes the row until the session is over; the filing writes it then.
func (r *rowWriter) run(ctx workflow.Context) {
	for workflow.Await(ctx, func() bool { return r.dirty }) == nil {
		r.dirty = false
		r.write(ctx)
	}
}

func (r *rowWriter) write(ctx workflow.Context) {
	s := r.session
	failure := s.persist(ctx, rowStep, func(ctx workflow.Context) error {
		input := activities.RowInput{Connection: s.in.Connection, Row: s.rowNow(ctx)}
		r.shown = s.buttons(ctx)
		return workflow.ExecuteActivity(patiently(ctx, "session row: "+string(s.state)), steps.FileProgress, input).Get(ctx, &r.id)
	})
	if failure != nil && ctx.Err() == nil {
		s.log.Warn("the session row was not written", "code", failure.Code)
	}
}

// show writes the row once, as far as that works, so that agents see what a step of the filing waits for.
func (r *rowWriter) show(ctx workflow.Context) {
	s := r.session
	input := activities.RowInput{Connection: s.in.Connection, Row: s.rowNow(ctx)}
	if err := workflow.ExecuteActivity(briefly(ctx, "session row: attention"), steps.FileProgress, input).Get(ctx, &r.id); err != nil {
		s.log.Info("the row does not show what waits for a human", "code", failureOf(err).Code)
	}
}

// rowNow is the session row as it should stand now.
func (s *session) rowNow(ctx workflow.Context) support.SessionRow {
	buttons := s.buttons(ctx)
	row := support.SessionRow{
		RowID: s.row.id, Key: s.key, Vendor: s.in.Vendor, VendorSessionID: s.story.SessionID, Record: s.record.Ref,
		RecordNumber: s.record.Number, State: s.state, Agent: s.agent, Technician: s.currentTechnician(),
		Customer: s.story.Customer, Code: s.invitation.Code, CustomerLink: s.invitation.CustomerLink, PanelURL: s.panelURL,
		ExpiresAt: s.invitation.ExpiresAt, RequestedAt: s.story.requestedAt, WorkflowID: s.id, CustomerOnline: s.online(),
		CanNew: buttons.New, CanJoin: buttons.Join, CanShare: buttons.Share, CanClose: buttons.Close,
		Outcome: s.story.outcome(),
	}
	if s.in.Origin == FromButton {
		row.Token = s.token()
	}
	if s.state.Over() || (s.state == support.Connected && s.in.Vendor == support.Rescue) { // a PIN is used once
		row.Code, row.CustomerLink, row.ClearCode = "", "", true
	}
	row.ErrorCode, row.ErrorMessage, row.ClearError = s.rowError()
	return row
}

// buttons are the agent's buttons as they stand now.
func (s *session) buttons(ctx workflow.Context) support.Buttons {
	return s.buttonsAt(workflow.Now(ctx))
}

func (s *session) buttonsAt(now time.Time) support.Buttons {
	return support.ButtonsFor(s.in.Vendor, s.state, s.invitation.ExpiresAt, s.closing, now)
}

// rowError is what the row says of failures: why no code came, or what waits for a human.
func (s *session) rowError() (code, message string, clear bool) {
	if s.refusal != nil {
		return s.refusal.Code, s.refusal.Message, false
	}
	for _, a := range s.attention {
		if a.Step != rowStep && a.Step != closeRowStep {
			return a.Code, a.Reason, false
		}
	}
	return "", "", true
}
