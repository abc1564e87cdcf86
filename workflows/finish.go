package workflows

import (
	"fmt"
	"slices"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/workflow"

	"example.com/lifeline/activities"
	"example.com/lifeline/support"
)

// finish files the session. It gives way at once when the record is wanted for a new one: then another run files.
func (s *session) finish(ctx workflow.Context) {
	work, cancel := workflow.WithCancel(ctx)
	defer cancel()
	done := false
	workflow.Go(work, func(ctx workflow.Context) {
		s.fileAll(ctx)
		done = true
	})
	if workflow.Await(ctx, func() bool { return done || s.wanted }) != nil || done {
		return
	}
	cancel()
	s.release(ctx)
}

// fileAll files what is known, and what comes while it is being filed.
func (s *session) fileAll(ctx workflow.Context) {
	if s.row.stop(ctx) != nil {
		return
	}
	switch {
	case s.refusal != nil && s.press != nil && s.press.RowID != "":
		s.fileRow(ctx)
	case s.refusal != nil:
	case s.state == support.Ended:
		s.fileEnded(ctx)
	case s.state == support.Filed && s.in.Origin == FromRun:
		s.fileRow(ctx)
		s.closeRow(ctx)
	case s.state == support.Filed && s.news:
		s.fileLate(ctx)
	case s.state == support.Filed:
	default:
		s.withdraw(ctx)
		s.fileRow(ctx)
		s.closeRow(ctx)
	}
	for ctx.Err() == nil && s.state == support.Filed && s.takeLate(ctx) {
		s.fileLate(ctx)
	}
}

// withdraw closes a code that ran out at a vendor who keeps it open otherwise.
func (s *session) withdraw(ctx workflow.Context) {
	if s.in.Vendor != support.TeamViewer || s.closing || s.invitation.Code == "" {
		return
	}
	if failure := s.closeAtVendor(patiently(ctx, "close the code at the vendor"), s.invitation.Code); failure != nil {
		s.remark("The code could not be closed at the vendor: " + failure.Message + ".")
	}
}

// fileEnded files a session that took place: row, chat, note, then the ticket, and the row is closed last, because
// customers let their own automation start from that (dynamics.md 2.7).
func (s *session) fileEnded(ctx workflow.Context) {
	s.withdraw(ctx)
	s.fetchMissing(ctx)
	if s.story.SessionID == "" || (!s.story.PostEnded && !s.story.Reported) {
		s.story.Reason = reasonOr(s.story.Reason, support.ReasonNoReport)
	}
	s.ensureRecord(ctx)
	if !s.fileOutcome(ctx, "file the session", "end") || !s.resolve(ctx) {
		return
	}
	s.enter(ctx, support.Filed)
	s.fileRow(ctx)
	s.closeRow(ctx)
}

// fetchMissing asks the vendor for chat and notes when no end post brought them.
func (s *session) fetchMissing(ctx workflow.Context) {
	if s.story.PostEnded || s.story.SessionID == "" || s.in.Origin == FromRun && s.story.Notes != "" {
		return
	}
	var transcript support.Transcript
	input := activities.TranscriptInput{Connection: s.in.Connection, VendorSessionID: s.story.SessionID}
	err := workflow.ExecuteActivity(briefly(ctx, "fetch chat and notes"), steps.FetchTranscript, input).Get(ctx, &transcript)
	if err != nil {
		s.log.Info("no transcript", "code", failureOf(err).Code)
		return
	}
	if transcript.Chat != "" {
		s.story.Chat = []chatPart{{Text: transcript.Chat}}
	}
	s.story.Notes = or(transcript.Notes, s.story.Notes)
}

// fileOutcome writes row, attachment and note. What names the note among those of the session.
func (s *session) fileOutcome(ctx workflow.Context, step, what string) bool {
	note, attachments := s.paper(what)
	for _, attachment := range attachments {
		failure := s.persist(ctx, "attach the chat", func(ctx workflow.Context) error {
			return workflow.ExecuteActivity(patiently(ctx, "attach the chat"), steps.Attach, attachment).Get(ctx, nil)
		})
		s.remarkFailure(ctx, "The chat could not be attached", failure)
	}
	failure := s.persist(ctx, step, func(ctx workflow.Context) error {
		input := activities.OutcomeInput{Connection: s.in.Connection, Row: s.rowNow(ctx), Note: note}
		return workflow.ExecuteActivity(patiently(ctx, step), steps.FileOutcome, input).Get(ctx, &s.row.id)
	})
	return failure == nil
}

// fileRow writes the session row as it stands.
func (s *session) fileRow(ctx workflow.Context) {
	s.row.write(ctx)
}

// closeRow closes the session row, as the settings say.
func (s *session) closeRow(ctx workflow.Context) {
	if s.settings.KeepRowOpen || s.row.id == "" || (s.settings.DeactivateOn != nil && !slices.Contains(s.settings.DeactivateOn, s.story.Reason)) {
		return
	}
	input := activities.CloseRowInput{Connection: s.in.Connection, RowID: s.row.id, State: s.state}
	s.persist(ctx, "close the session row", func(ctx workflow.Context) error {
		return workflow.ExecuteActivity(patiently(ctx, "close the session row"), steps.CloseRow, input).Get(ctx, nil)
	})
}

// resolve ends the ticket when the settings want it for this outcome. It tells whether the filing may go on.
func (s *session) resolve(ctx workflow.Context) bool {
	if s.record.Ref.IsZero() || !slices.Contains(s.settings.ResolveOn, s.story.Reason) {
		return true
	}
	resolution := support.Resolution{
		Record: s.record.Ref, Code: s.settings.ResolutionCode,
		Text:    or(s.story.Notes, "Remote support session "+s.story.SessionID+" ended."),
		Minutes: int(s.story.EndedAt.Sub(s.story.StartedAt).Minutes()),
	}
	failure := s.persist(ctx, "resolve the record", func(ctx workflow.Context) error {
		return workflow.ExecuteActivity(patiently(ctx, "resolve the record"), steps.ResolveRecord, resolution).Get(ctx, nil)
	})
	s.remarkFailure(ctx, "The record was not resolved", failure)
	return ctx.Err() == nil
}

// takeLate takes in events that came while the session was being filed, and tells whether they brought anything.
func (s *session) takeLate(ctx workflow.Context) bool {
	news := false
	for {
		var event support.Event
		if !s.events.ReceiveAsync(&event) {
			return news
		}
		if s.isForeign(event) {
			s.handOn(ctx, event)
			continue
		}
		news = s.story.brings(event) && s.story.take(event) || news
	}
}

// fileLate files what came after the session was filed: the row is completed, and a further note says what is new.
func (s *session) fileLate(ctx workflow.Context) {
	s.fileOutcome(ctx, "file what came late", fmt.Sprintf("late-%d", len(s.story.Sources)))
	s.closeRow(ctx)
}

// giveWay lets another run take the rest of this one, and asks the caller to try again: the record is free then.
func (s *session) giveWay(ctx workflow.Context) error {
	s.wanted = true
	if err := workflow.Await(ctx, func() bool {
		return s.released || s.state == support.Filed || s.state == support.Cancelled || s.state == support.Expired
	}); err != nil {
		return err
	}
	return answer(support.Stopped(FailureSessionOver, "the last session on this record is over", nil))
}

// Carried is what a run takes over of another's session.
type Carried struct {
	Key         string             `json:"key"`
	State       support.State      `json:"state"`
	Story       storyData          `json:"story"`
	RequestedAt time.Time          `json:"requestedAt"`
	Settings    support.Settings   `json:"settings"`
	Record      support.Record     `json:"record"`
	PanelURL    string             `json:"panelUrl"`
	Agent       support.Agent      `json:"agent"`
	Technician  support.Technician `json:"technician"`
	Invitation  support.Invitation `json:"invitation"`
	RowID       string             `json:"rowId"`
	Closing     bool               `json:"closing"`
	Shared      []Shared           `json:"shared"`
	Remarks     []string           `json:"remarks"`
}

// release starts the run that files the rest of this session.
func (s *session) release(ctx workflow.Context) {
	for { // events that came meanwhile go along
		var event support.Event
		if !s.events.ReceiveAsync(&event) {
			break
		}
		s.story.take(event)
	}
	start := SessionStart{
		Origin: FromRun, Connection: s.in.Connection, CRM: s.in.CRM, Vendor: s.in.Vendor, SessionID: s.story.SessionID,
		Carried: &Carried{
			Key: s.key, State: s.state, Story: s.story.storyData, RequestedAt: s.story.requestedAt, Settings: s.settings,
			Record: s.record, PanelURL: s.panelURL, Agent: s.agent, Technician: s.technician, Invitation: s.invitation,
			RowID: s.row.id, Closing: s.closing, Shared: s.shared, Remarks: s.remarks,
		},
	}
	child := workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		WorkflowID:            support.AdoptedWorkflowID(s.in.Connection, or(s.story.SessionID, s.key)),
		ParentClosePolicy:     enums.PARENT_CLOSE_POLICY_ABANDON,
		WorkflowIDReusePolicy: enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		StaticSummary:         "filing of " + s.subject(),
	})
	if err := workflow.ExecuteChildWorkflow(child, SessionType, start).GetChildWorkflowExecution().Get(ctx, nil); err != nil {
		s.log.Error("the filing was not handed over", "error", err)
	}
	s.released = true
}

// takeOver goes on where another run gave way.
func (s *session) takeOver(workflow.Context) {
	c := s.in.Carried
	s.key, s.state, s.settings, s.record, s.panelURL = c.Key, c.State, c.Settings, c.Record, c.PanelURL
	s.agent, s.technician, s.invitation, s.shared, s.remarks = c.Agent, c.Technician, c.Invitation, c.Shared, c.Remarks
	s.story.storyData, s.story.requestedAt, s.row.id, s.closing = c.Story, c.RequestedAt, c.RowID, c.Closing
}
