package workflows

import (
	"fmt"
	"slices"

	"go.temporal.io/sdk/workflow"

	"example.com/lifeline/activities"
	"example.com/lifeline/support"
)

// closeRowStep is the last step of a filing. After it nothing is written on the row, so its trouble isn't either.
const closeRowStep = "close the session row"

// finish files the session. It gives way at once when the record is wanted for a new one: then another run files.
func (s *session) finish(ctx workflow.Context) {
	s.filing = true
	if s.background.end(ctx) == nil {
		s.conclude(ctx)
	}
}

// conclude files, or lets another run do it.
func (s *session) conclude(ctx workflow.Context) {
	if !s.yields() {
		s.fileUnlessWanted(ctx)
	}
	if !s.filed && ctx.Err() == nil {
		s.release(ctx)
	}
}

// yields tells whether another run is to file. Of a press that was refused there is nothing to file: it is told so, and
// leaves no session behind.
func (s *session) yields() bool { return s.wanted && s.refusal == nil }

// fileUnlessWanted files until it is done or the record is wanted. A write under way comes to its end in any case.
func (s *session) fileUnlessWanted(ctx workflow.Context) {
	work, cancel := workflow.WithCancel(ctx)
	defer cancel()
	done := false
	workflow.Go(work, func(ctx workflow.Context) {
		s.fileAll(ctx)
		s.filed, done = ctx.Err() == nil, true
	})
	if workflow.Await(ctx, func() bool { return done || s.yields() }) == nil {
		cancel()
		_ = workflow.Await(ctx, func() bool { return done })
	}
}

// fileAll files what is known, and what comes while it is being filed.
func (s *session) fileAll(ctx workflow.Context) {
	switch {
	case s.refusal != nil:
		s.showRefusal(ctx)
	case s.state == support.Ended:
		s.fileEnded(ctx)
	case s.state == support.Filed && s.news:
		s.fileLate(ctx)
	case s.state == support.Filed && s.in.Origin == FromRun:
		s.fileRow(ctx)
		s.closeRow(ctx)
	case s.state == support.Filed:
	default:
		s.fileRow(ctx)
		s.closeRow(ctx)
	}
	s.withdraw(ctx)
	for ctx.Err() == nil && s.takeLate(ctx) {
		s.fileLate(ctx)
	}
}

// showRefusal tells the agent on the row why no code came. It does not insist: the run that brought the row's press
// does.
func (s *session) showRefusal(ctx workflow.Context) {
	if s.press == nil || s.press.RowID == "" {
		return
	}
	input := activities.RowInput{Connection: s.in.Connection, Row: s.rowNow(ctx)}
	err := workflow.ExecuteActivity(briefly(ctx, "tell the agent on the row"), steps.FileProgress, input).Get(ctx, nil)
	if err == nil {
		closing := activities.CloseRowInput{Connection: s.in.Connection, RowID: s.press.RowID, State: s.state}
		err = workflow.ExecuteActivity(briefly(ctx, "close the refused row"), steps.CloseRow, closing).Get(ctx, nil)
	}
	if err != nil {
		s.log.Warn("the row does not show the refusal", "code", failureOf(err).Code)
	}
}

// fileEnded files a session that took place: row, chat, note, then the ticket, and the row is closed last, because
// customers let their own automation start from that (dynamics.md 2.7).
func (s *session) fileEnded(ctx workflow.Context) {
	s.fetchMissing(ctx)
	s.settleReason()
	s.ensureRecord(ctx)
	if !s.fileOutcome(ctx, "file the session", "end") {
		return
	}
	s.reassign(ctx)
	if s.isBroken(ctx) || !s.resolve(ctx) {
		return
	}
	s.enter(ctx, support.Filed)
	s.fileRow(ctx)
	s.closeRow(ctx)
}

// brokenIsUnfiled marks the change by which a filing that gives way while the record is being reassigned is not done.
const brokenIsUnfiled = "broken-is-unfiled"

// isBroken tells whether the filing has given way to another run's, which does the rest.
func (s *session) isBroken(ctx workflow.Context) bool {
	return ctx.Err() != nil && workflow.GetVersion(ctx, brokenIsUnfiled, workflow.DefaultVersion, 1) >= 1
}

// settleReason says how a session ended of whose end nobody told: TeamViewer's report is the only proof that one took
// place. Without it the outcome says so, however the code came to its end.
func (s *session) settleReason() {
	switch {
	case s.story.PostEnded || s.story.Reported:
	case s.in.Vendor == support.TeamViewer:
		s.remark(noReport(s.story.Reason))
		s.story.Reason = support.ReasonNoReport
	case vague(s.story.Reason) && s.story.SessionID == "":
		s.story.Reason = support.ReasonNoReport
	}
	s.story.Reason = reasonOr(s.story.Reason, support.ReasonUnknownCause)
}

// noReport is what the note says of a session whose customer was seen and of which the vendor reports nothing.
func noReport(end support.Reason) string {
	line := "No report by the vendor: the customer was there, but there is no report of a connection. The technician was not signed in, connections are not logged or not part of the licence, or nobody connected."
	switch end {
	case support.ReasonClosedByUs:
		return line + " The session was closed through Lifeline."
	case support.ReasonExpired:
		return line + " The session's code ran out."
	}
	return line
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
		s.story.Chat = nil
		s.story.addChat(chatPart{Text: transcript.Chat})
	}
	s.story.Notes = or(transcript.Notes, s.story.Notes)
}

// fileOutcome writes row, attachment and note. What names the note among those of the session. A record that is gone
// does not keep the session from being filed.
func (s *session) fileOutcome(ctx workflow.Context, step, what string) bool {
	note, attachments := s.paper(what)
	for _, attachment := range attachments {
		failure := s.persist(ctx, "attach the chat", func(ctx workflow.Context) error {
			return workflow.ExecuteActivity(patiently(ctx, "attach the chat"), steps.Attach, attachment).Get(ctx, nil)
		})
		s.remarkFailure(ctx, "The chat could not be attached", failure)
	}
	failure := s.persist(ctx, step, func(ctx workflow.Context) error {
		err := s.writeOutcome(ctx, step, note)
		if note != nil {
			note.Again = true // a step that failed may have written it, and a retry begins a new step
		}
		return err
	})
	if failure != nil && failure.Code == support.CodeNotFound && !s.record.Ref.IsZero() {
		s.record.Ref = support.RecordRef{}
		s.remark("The record is gone; only the session row was kept.")
		failure = s.persist(ctx, step, func(ctx workflow.Context) error { return s.writeOutcome(ctx, step, nil) })
	}
	return failure == nil
}

// writeOutcome files the row and the note. Whatever refuses the row is a human's matter: the session is not lost for
// it.
func (s *session) writeOutcome(ctx workflow.Context, step string, note *support.Note) error {
	row := s.rowNow(ctx)
	row.ErrorCode, row.ErrorMessage, row.ClearError = "", "", true // written, the row has no trouble left
	input := activities.OutcomeInput{Connection: s.in.Connection, Row: row, Note: note}
	err := workflow.ExecuteActivity(patiently(ctx, step), steps.FileOutcome, input).Get(ctx, &s.row.id)
	failure := failureOf(err)
	if failure == nil || ctx.Err() != nil || failure.Kind != support.Stop {
		return err
	}
	if failure.Code != support.CodeNotFound || row.Record.IsZero() {
		failure.Kind = support.Attention
	}
	return failure
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
	s.persist(ctx, closeRowStep, func(ctx workflow.Context) error {
		return workflow.ExecuteActivity(patiently(ctx, closeRowStep), steps.CloseRow, input).Get(ctx, nil)
	})
}

// resolve ends the ticket when the settings want it for this outcome. It tells whether the filing may go on.
func (s *session) resolve(ctx workflow.Context) bool {
	if s.record.Ref.IsZero() || !slices.Contains(s.settings.ResolveOn, s.story.Reason) {
		return true
	}
	resolution := support.Resolution{
		Record: s.record.Ref, Code: s.settings.ResolutionCode, Minutes: s.story.minutes(),
		Text: or(s.story.Notes, "Remote support session "+s.story.SessionID+" ended."),
	}
	failure := s.persist(ctx, "resolve the record", func(ctx workflow.Context) error {
		return workflow.ExecuteActivity(patiently(ctx, "resolve the record"), steps.ResolveRecord, resolution).Get(ctx, nil)
	})
	s.remarkFailure(ctx, "The record was not resolved", failure)
	return ctx.Err() == nil
}

// takeLate takes in events that came while the session was being filed, and tells whether they brought anything to
// file. What is not this session's, or came for a code that was given up, goes to the run that adopts it.
func (s *session) takeLate(ctx workflow.Context) bool {
	news := false
	for {
		var event support.Event
		if !s.events.ReceiveAsync(&event) {
			return news
		}
		switch {
		case s.isForeign(event), s.released, s.state != support.Filed && s.in.Origin == FromButton && s.refusal == nil:
			s.handOn(event)
		case s.state == support.Filed:
			news = s.takeNews(ctx, event) || news
		case s.bringsBack(ctx, event):
			s.returned = append(s.returned, event)
		}
	}
}

// fileLate files what came after the session was filed: the row is completed, and a further note says what is new.
func (s *session) fileLate(ctx workflow.Context) {
	s.news = !s.fileOutcome(ctx, "file what came late", s.lateNote())
	s.closeRow(ctx)
}

// lateNote names the note on what came late. Edits replace each other, so that their number tells nothing.
func (s *session) lateNote() string {
	if s.story.NewestEdits {
		return "late-" + support.EventID(append([]string{s.runID}, s.story.Sources...)...)
	}
	return fmt.Sprintf("late-%d", len(s.story.Sources))
}
