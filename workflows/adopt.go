package workflows

import (
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"example.com/lifeline/activities"
	"example.com/lifeline/support"
)

// partPatience bounds how long the rest of a post that comes in parts is waited for.
const partPatience = time.Minute

// adopt takes in a vendor session that no live run knows: begun in the console, late, or found by reconciling.
func (s *session) adopt(ctx workflow.Context) {
	events := s.firstPost(ctx)
	if len(events) == 0 {
		s.refuse(ctx, support.Stopped(support.CodeInvalid, "no event came for this session", nil))
		return
	}
	event := events[len(events)-1]
	var found activities.Adopted
	failure := s.persist(ctx, "find where the session belongs", func(ctx workflow.Context) error {
		input := activities.AdoptInput{Connection: s.in.Connection, Event: event}
		return workflow.ExecuteActivity(patiently(ctx, "find where the session belongs"), steps.Adopt, input).Get(ctx, &found)
	})
	if failure != nil {
		s.refuse(ctx, failure)
		return
	}
	s.settings, s.panelURL = found.Settings, found.PanelURL
	if !s.settings.Enabled {
		s.refuse(ctx, support.Stopped(support.CodeDisabled, "remote support is switched off for this connection", nil))
		return
	}
	if found.Record != nil {
		s.record = *found.Record
	}
	s.story.bind(s.in.SessionID)
	s.console = event.Token == "" && (found.Row == nil || found.Row.Token == "")
	if found.Row != nil {
		s.goOnFrom(ctx, found, events)
		return
	}
	s.begun(ctx, events)
	s.advance(ctx)
}

// firstPost reads what started the run. A post with a long chat comes in parts, and its own event is the last; what the
// vendor's list shows in between does not end it.
func (s *session) firstPost(ctx workflow.Context) []support.Event {
	var events []support.Event
	for {
		var event support.Event
		if ok, _ := s.events.ReceiveWithTimeout(ctx, partPatience, &event); !ok {
			return events
		}
		events = append(events, event)
		if event.Kind == support.EventChat || event.Kind == support.EventObserved && len(events) > 1 {
			continue
		}
		return events
	}
}

// begun takes a session for one that goes on, and takes its events in.
func (s *session) begun(ctx workflow.Context, events []support.Event) {
	s.state, s.row.dirty = support.Invited, true
	for _, event := range events {
		s.take(ctx, event)
	}
}

// goOnFrom continues a session whose row exists: what was filed before is known, and only news are filed.
func (s *session) goOnFrom(ctx workflow.Context, found activities.Adopted, events []support.Event) {
	row := found.Row
	s.again = true
	s.key, s.row.id, s.record.Number = or(row.Key, s.key), row.RowID, or(s.record.Number, row.RecordNumber)
	s.story.requestedAt = row.RequestedAt
	s.story.storyData = storyData{
		SessionID: s.in.SessionID, Reason: row.Reason, Technician: row.Technician, Customer: row.Customer,
		StartedAt: row.StartedAt, EndedAt: row.EndedAt, Notes: row.Notes, Sources: row.Sources, Joined: true,
		Connections: knownConnections(found),
	}
	if row.Chat != "" {
		s.story.addChat(chatPart{At: row.StartedAt, Text: row.Chat})
	}
	switch {
	case row.State == support.Filed:
		s.state = support.Filed
		s.story.Connected, s.story.PostEnded = true, true
		for _, event := range events {
			s.news = s.takeNews(ctx, event) || s.news
		}
	case row.State == support.Cancelled || row.State == support.Expired:
		s.reopen(ctx, events)
	default:
		s.begun(ctx, events)
		s.advance(ctx)
	}
}

// reopen deals with a customer who came in with a code that was withdrawn or given up: the session is closed again if
// it was withdrawn, and followed like any other as far as it goes.
func (s *session) reopen(ctx workflow.Context, events []support.Event) {
	withdrawn := s.story.Reason == support.ReasonCancelled
	s.story.Reason, s.story.EndedAt = support.ReasonNone, time.Time{}
	s.begun(ctx, events)
	if withdrawn && present(s.story.Phase) {
		s.closeAgain(ctx)
	}
	s.advance(ctx)
}

func (s *session) closeAgain(ctx workflow.Context) {
	if failure := s.closeAtVendor(promptly(ctx, "close a withdrawn session"), ""); failure != nil {
		s.remark("A customer came with a withdrawn code, and the session could not be closed: " + failure.Message + ".")
		return
	}
	s.closing = true
	s.story.markEnd(workflow.Now(ctx), support.ReasonClosedByUs)
}

// ensureRecord gives a session that was begun in the console a ticket, when the settings want it.
func (s *session) ensureRecord(ctx workflow.Context) {
	if !s.record.Ref.IsZero() || !s.console || !s.settings.CreateFromConsole {
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
