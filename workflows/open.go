package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"example.com/lifeline/activities"
	"example.com/lifeline/support"
)

// pressPatience bounds how long a run waits for the press that started it. A run without one was started by a request
// that never arrived whole.
const pressPatience = time.Minute

// open gets a code for the agent who pressed. A refusal is the press's answer, and the end of the run.
func (s *session) open(ctx workflow.Context) {
	pressed, err := workflow.AwaitWithTimeout(ctx, pressPatience, func() bool { return s.press != nil })
	if err != nil || !pressed {
		s.refuse(ctx, support.Stopped(support.CodeInvalid, "nobody asked for this session", err))
		return
	}
	s.agent, s.answerBy = s.press.Agent, workflow.Now(ctx).Add(promptTimeout)
	if failure := s.prepare(ctx); failure != nil {
		s.refuse(ctx, failure)
		return
	}
	if failure := s.requestCode(ctx); failure != nil {
		s.refuse(ctx, failure)
		return
	}
	s.enter(ctx, support.Invited)
	s.background.meanwhile(s.invite)
}

func (s *session) refuse(ctx workflow.Context, failure *support.Error) {
	s.refusal = failure
	s.story.Reason = support.ReasonCancelled
	s.enter(ctx, support.Cancelled)
}

// prepare reads the record and finds the technician, both at once: the agent is waiting.
func (s *session) prepare(ctx workflow.Context) *support.Error {
	reading := (&promptStep{summary: "read the record", activity: steps.ReadRecord, input: s.in.Record, by: s.answerBy}).start(ctx)
	resolving := (&promptStep{
		summary: "find the technician", activity: steps.ResolveTechnician, by: s.answerBy,
		input: activities.ResolveInput{Connection: s.in.Connection, Agent: s.agent},
	}).start(ctx)
	var prepared activities.Prepared
	unread, unresolved := reading.get(ctx, &prepared), resolving.get(ctx, &s.technician)
	if unread != nil {
		return unread
	}
	if unresolved != nil {
		return unresolved
	}
	s.record, s.settings, s.panelURL = prepared.Record, prepared.Settings, prepared.PanelURL
	s.story.Customer = s.record.Customer
	return nil
}

// requestCode asks the vendor for a code. Only in a run's very first task can nobody have asked before.
func (s *session) requestCode(ctx workflow.Context) *support.Error {
	first, repeated := s.openInput(ctx), s.openInput(ctx)
	first.Request.Again, repeated.Request.Again = !firstTask(ctx), true
	asking := &promptStep{summary: "get a code from the vendor", activity: steps.OpenSession, input: first, repeated: repeated, by: s.answerBy}
	if failure := asking.start(ctx).get(ctx, &s.invitation); failure != nil {
		return failure
	}
	s.story.bind(s.invitation.VendorSessionID)
	return nil
}

func (s *session) openInput(ctx workflow.Context) activities.OpenInput {
	return activities.OpenInput{Connection: s.in.Connection, Request: support.OpenRequest{
		Token: s.token(), Record: s.record, Agent: s.agent, Technician: s.technician, Customer: s.record.Customer,
		Settings: s.settings, Now: workflow.Now(ctx), InvitationTTL: s.settings.InvitationTTL,
		Description: fmt.Sprintf("%s %s", s.record.Number, s.record.Title),
	}}
}

// token is what travels through the vendor and names this run and code.
func (s *session) token() support.Token {
	return support.NewToken(s.in.CRM, s.in.Record, s.nonce(s.renewals))
}

// nonce is that of the run's n-th code: each code has its own, so that an old one is not found for a new one.
func (s *session) nonce(n int) string {
	if n == 0 {
		return support.Nonce(s.runID)
	}
	return support.Nonce(fmt.Sprintf("%s#%d", s.runID, n))
}

func (s *session) ownNonce(nonce string) bool {
	for n := range s.renewals + 1 {
		if s.nonce(n) == nonce {
			return true
		}
	}
	return false
}

// invite mails code and link, as the settings say. A mail that can't be sent is remarked, never a reason to lose the
// session.
func (s *session) invite(ctx workflow.Context) {
	if s.settings.EmailCustomer {
		s.background.meanwhile(s.inviteCustomer)
	}
	if s.settings.EmailTechnician {
		s.inviteTechnician(ctx)
	}
}

func (s *session) inviteCustomer(ctx workflow.Context) {
	to := s.record.Customer
	if to.Email == "" {
		s.remark("The customer has no e-mail address; the link was not mailed.")
		return
	}
	err := s.mailCode(ctx, "mail the link to the customer", steps.InviteCustomer)
	s.remarkFailure(ctx, "The link could not be mailed to the customer", failureOf(err))
	if err == nil {
		s.shared = append(s.shared, Shared{At: workflow.Now(ctx), To: to, Channel: support.MailSMTP, Status: support.MailSent})
	}
}

func (s *session) inviteTechnician(ctx workflow.Context) {
	if s.agent.Email == "" {
		s.remark("The technician has no e-mail address; the code was not mailed.")
		return
	}
	err := s.mailCode(ctx, "mail the code to the technician", steps.InviteTechnician)
	s.remarkFailure(ctx, "The code could not be mailed to the technician", failureOf(err))
}

// mailCode mails the session's code, and begins anew when that is replaced before the mail is out.
func (s *session) mailCode(ctx workflow.Context, summary string, step any) error {
	for {
		input := s.inviteInput()
		replaced, err := s.whileCurrent(ctx, input.Invitation, func(ctx workflow.Context) workflow.Future {
			return workflow.ExecuteActivity(patiently(ctx, summary), step, input)
		}, nil)
		if !replaced || ctx.Err() != nil {
			return err
		}
	}
}

func (s *session) inviteInput() activities.InviteInput {
	return activities.InviteInput{
		Connection: s.in.Connection, Key: s.key + "/" + s.invitation.Code, Agent: s.agent,
		Customer: s.record.Customer, Record: s.record, Invitation: s.invitation,
	}
}

// remark keeps a line for the agent: it is shown on the session and goes into the note.
func (s *session) remark(line string) {
	s.remarks = append(s.remarks, line)
	s.row.dirty = true
}

// remarkFailure remarks why something was left out. A step that broke off because another run goes on is none.
func (s *session) remarkFailure(ctx workflow.Context, what string, failure *support.Error) {
	if failure != nil && ctx.Err() == nil {
		s.remark(what + ": " + failure.Message + ".")
	}
}
