package activities

import (
	"context"

	"go.temporal.io/sdk/activity"

	"example.com/lifeline/support"
)

// attempt is the number of this try, from 1; outside the engine it is 1.
func attempt(ctx context.Context) int32 {
	if !activity.IsActivity(ctx) {
		return 1
	}
	return activity.GetInfo(ctx).Attempt
}

// RowInput is a session row of a connection.
type RowInput struct {
	Connection string             `json:"connection"`
	Row        support.SessionRow `json:"row"`
}

// FileProgress writes the session row as it stands and returns its id.
func (s *Steps) FileProgress(ctx context.Context, in RowInput) (string, error) {
	c, err := s.connection(in.Connection)
	if err != nil {
		return "", err
	}
	return c.CRM.SaveRow(ctx, s.withSignIn(in.Connection, in.Row, in.Row.Agent))
}

// OutcomeInput is everything that is filed at the end of a session.
type OutcomeInput struct {
	Connection string             `json:"connection"`
	Row        support.SessionRow `json:"row"`
	Note       *support.Note      `json:"note,omitempty"`
}

// FileOutcome files a session: its row, then the note. Each write is repeatable by itself, so a try that broke off in
// the middle is simply made again. A session whose record is gone keeps its row.
func (s *Steps) FileOutcome(ctx context.Context, in OutcomeInput) (string, error) {
	c, err := s.connection(in.Connection)
	if err != nil {
		return "", err
	}
	rowID, err := c.CRM.SaveRow(ctx, in.Row)
	if err != nil {
		return "", err
	}
	if in.Note != nil {
		in.Note.Again = in.Note.Again || attempt(ctx) > 1
		if err := c.CRM.AddNote(ctx, *in.Note); err != nil && !s.recordGone(ctx, in, err) {
			return "", err
		}
	}
	return rowID, nil
}

func (s *Steps) recordGone(ctx context.Context, in OutcomeInput, err error) bool {
	gone := support.HasCode(err, support.CodeNotFound)
	if gone {
		s.Log.WarnContext(ctx, "the record is gone; only the session row was filed", "connection", in.Connection, "record", in.Row.RecordNumber)
	}
	return gone
}

// CloseRowInput closes a session row.
type CloseRowInput struct {
	Connection string        `json:"connection"`
	RowID      string        `json:"rowId"`
	State      support.State `json:"state"`
}

// CloseRow closes the session row.
func (s *Steps) CloseRow(ctx context.Context, in CloseRowInput) error {
	c, err := s.connection(in.Connection)
	if err != nil {
		return err
	}
	return c.CRM.CloseRow(ctx, in.RowID, in.State)
}

// ResolveRecord ends the ticket.
func (s *Steps) ResolveRecord(ctx context.Context, resolution support.Resolution) error {
	c, err := s.connection(resolution.Record.Connection)
	if err != nil {
		return err
	}
	return c.CRM.ResolveRecord(ctx, resolution)
}

// ReassignInput gives a record to the technician who took its session.
type ReassignInput struct {
	Record     support.RecordRef    `json:"record"`
	Technician support.Technician   `json:"technician"`
	Mode       support.ReassignMode `json:"mode"`
}

// Reassign gives the record to the technician's CRM user. A technician without one leaves the owner as it is and says
// so with false.
func (s *Steps) Reassign(ctx context.Context, in ReassignInput) (bool, error) {
	c, err := s.connection(in.Record.Connection)
	if err != nil {
		return false, err
	}
	agent, err := c.CRM.AgentOf(ctx, in.Technician)
	if err != nil || agent.ID == "" {
		return false, err
	}
	if in.Mode == support.ReassignIfUnassigned {
		record, err := c.CRM.ReadRecord(ctx, in.Record)
		if err != nil || record.Owner.ID != "" {
			return false, err
		}
	}
	return true, c.CRM.Reassign(ctx, in.Record, agent)
}

// Attach puts one file on a record.
func (s *Steps) Attach(ctx context.Context, attachment support.Attachment) error {
	c, err := s.connection(attachment.Record.Connection)
	if err != nil {
		return err
	}
	return c.CRM.Attach(ctx, attachment)
}
