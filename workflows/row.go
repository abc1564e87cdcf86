package workflows

import (
	"go.temporal.io/sdk/workflow"

	"example.com/lifeline/activities"
	"example.com/lifeline/support"
)

// rowWriter keeps the session row true. Changes that come while a write is under way, or while the CRM is down, become
// one further write: the row shows where the session stands, not each step of the way.
type rowWriter struct {
	session *session
	id      string // the CRM's id of the row, once known
	dirty   bool
	busy    bool
	stopped bool
}

func (r *rowWriter) run(ctx workflow.Context) {
	for {
		if err := workflow.Await(ctx, func() bool { return r.dirty || r.stopped }); err != nil || r.stopped {
			return
		}
		r.dirty, r.busy = false, true
		r.write(ctx)
		r.busy = false
	}
}

func (r *rowWriter) write(ctx workflow.Context) {
	s := r.session
	failure := s.persist(ctx, "write the session row", func(ctx workflow.Context) error {
		input := activities.RowInput{Connection: s.in.Connection, Row: s.rowNow(ctx)}
		return workflow.ExecuteActivity(patiently(ctx, "session row: "+string(s.state)), steps.FileProgress, input).Get(ctx, &r.id)
	})
	if failure != nil {
		s.log.Warn("the session row was not written", "code", failure.Code)
	}
}

// stop ends the writer and waits for a write under way; the last write is the filing's.
func (r *rowWriter) stop(ctx workflow.Context) error {
	r.stopped = true
	return workflow.Await(ctx, func() bool { return !r.busy })
}

// rowNow is the session row as it should stand now.
func (s *session) rowNow(ctx workflow.Context) support.SessionRow {
	buttons := support.ButtonsFor(s.state, s.invitation.ExpiresAt, s.closing, workflow.Now(ctx))
	row := support.SessionRow{
		RowID: s.row.id, Key: s.key, Vendor: s.in.Vendor, VendorSessionID: s.story.SessionID, Record: s.record.Ref,
		RecordNumber: s.record.Number, State: s.state, Agent: s.agent, Technician: s.currentTechnician(),
		Customer: s.story.Customer, Code: s.invitation.Code, CustomerLink: s.invitation.CustomerLink, PanelURL: s.panelURL,
		ExpiresAt: s.invitation.ExpiresAt, RequestedAt: s.story.requestedAt, WorkflowID: s.id, CustomerOnline: s.story.Online,
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

// rowError is what the row says of failures: why no code came, or what waits for a human.
func (s *session) rowError() (code, message string, clear bool) {
	switch {
	case s.refusal != nil:
		return s.refusal.Code, s.refusal.Message, false
	case len(s.attention) > 0:
		return s.attention[0].Code, s.attention[0].Reason, false
	}
	return "", "", true
}
