package workflows

import (
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"example.com/lifeline/activities"
	"example.com/lifeline/support"
)

// adopt takes in a vendor session that no live run knows: begun in the console, late, or found by reconciling.
func (s *session) adopt(ctx workflow.Context) {
	var first support.Event
	s.events.Receive(ctx, &first)
	var found activities.Adopted
	failure := s.persist(ctx, "find where the session belongs", func(ctx workflow.Context) error {
		input := activities.AdoptInput{Connection: s.in.Connection, Event: first}
		return workflow.ExecuteActivity(patiently(ctx, "find where the session belongs"), steps.Adopt, input).Get(ctx, &found)
	})
	if failure != nil {
		s.refuse(failure)
		return
	}
	s.settings, s.panelURL = found.Settings, found.PanelURL
	if !s.settings.Enabled {
		s.refuse(support.Stopped(support.CodeDisabled, "remote support is switched off for this connection", nil))
		return
	}
	if found.Record != nil {
		s.record = *found.Record
	}
	s.story.bind(s.in.SessionID)
	if found.Row != nil {
		s.goOnFrom(ctx, found.Row, first)
		return
	}
	s.state = support.Invited
	s.take(ctx, first)
	s.advance(ctx)
}

// goOnFrom continues a session whose row exists: what was filed before is known, and only news are filed.
func (s *session) goOnFrom(ctx workflow.Context, row *support.RowInfo, event support.Event) {
	s.key, s.row.id, s.record.Number = or(row.Key, s.key), row.RowID, or(s.record.Number, row.RecordNumber)
	s.story.requestedAt = row.RequestedAt
	s.story.storyData = storyData{
		SessionID: s.in.SessionID, Reason: row.Reason, Technician: row.Technician, Customer: row.Customer,
		StartedAt: row.StartedAt, EndedAt: row.EndedAt, Notes: row.Notes, Sources: row.Sources, Joined: true,
	}
	if row.Chat != "" {
		s.story.Chat = []chatPart{{At: row.StartedAt, Text: row.Chat}}
	}
	switch {
	case row.State == support.Filed:
		s.state = support.Filed
		s.story.Connected, s.story.PostEnded = true, true
		s.news = s.story.brings(event) && s.story.take(event)
	case row.State == support.Cancelled || row.State == support.Expired:
		s.reopen(ctx, event)
	default:
		s.state = support.Invited
		s.take(ctx, event)
		s.advance(ctx)
	}
}

// reopen deals with a customer who came in with a code that was withdrawn or given up: the session is closed again if
// it was withdrawn, and followed like any other as far as it goes.
func (s *session) reopen(ctx workflow.Context, event support.Event) {
	withdrawn := s.story.Reason == support.ReasonCancelled
	s.state, s.story.Reason = support.Invited, support.ReasonNone
	s.take(ctx, event)
	if withdrawn && !s.story.PostEnded {
		if failure := s.closeAtVendor(promptly(ctx, "close a withdrawn session"), ""); failure != nil {
			s.remark("A customer came with a withdrawn code, and the session could not be closed: " + failure.Message + ".")
		}
	}
	s.advance(ctx)
}

// ensureRecord gives a session that belongs to no ticket one, when the settings want it.
func (s *session) ensureRecord(ctx workflow.Context) {
	if !s.record.Ref.IsZero() || !s.settings.CreateFromConsole {
		return
	}
	input := activities.CreateInput{Connection: s.in.Connection, Technician: s.story.Technician, Record: support.NewRecord{
		Type:        s.settings.ConsoleRecordType,
		Correlation: string(s.in.Vendor) + ":" + s.story.SessionID,
		Title:       "Remote support for " + or(s.story.Customer.Name, "a customer"),
		Description: s.description(), Customer: s.story.Customer,
	}}
	failure := s.persist(ctx, "create a record", func(ctx workflow.Context) error {
		return workflow.ExecuteActivity(patiently(ctx, "create a record"), steps.CreateRecord, input).Get(ctx, &s.record)
	})
	s.remarkFailure(ctx, "No record was created", failure)
}

func (s *session) description() string {
	lines := []string{"Remote support session " + s.story.SessionID + " was started by " + or(s.story.Technician.Name, "a technician") + "."}
	if !s.story.StartedAt.IsZero() {
		lines = append(lines, "Started: "+s.story.StartedAt.UTC().Format(time.DateTime)+" UTC")
	}
	return strings.Join(append(lines, s.story.Notes), "\n")
}
