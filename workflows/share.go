package workflows

import (
	"go.temporal.io/sdk/workflow"

	"example.com/lifeline/activities"
	"example.com/lifeline/support"
)

func (s *session) mayShare(share Share) error {
	if err := s.mustLive(); err != nil {
		return err
	}
	if share.To.Email == "" && s.channel(share) != support.MailMailto {
		return answer(support.Stopped(support.CodeInvalid, "the contact has no e-mail address", nil))
	}
	return nil
}

func (s *session) channel(share Share) support.MailChannel {
	switch {
	case share.Channel != "":
		return share.Channel
	case s.settings.MailChannel != "":
		return s.settings.MailChannel
	}
	return support.MailSMTP
}

// onShare invites a contact, or drafts the mail, and keeps it on the session's record.
func (s *session) onShare(ctx workflow.Context, share Share) (Shared, error) {
	if !workflow.Now(ctx).Before(s.invitation.ExpiresAt) {
		return Shared{}, answer(support.Stopped(support.CodeConflict, "the code has run out; its link would lead nowhere", nil))
	}
	input := activities.ShareInput{InviteInput: s.inviteInput(), TemplateID: share.TemplateID, Channel: s.channel(share)}
	input.Customer, input.Key = share.To, s.key+"/share/"+workflow.GetCurrentUpdateInfo(ctx).ID
	if share.Agent.ID != "" && share.Agent.ID != s.agent.ID { // the session's own agent is known in full
		input.Agent = share.Agent
	}
	var result activities.ShareResult
	if err := workflow.ExecuteActivity(promptly(ctx, "send the invitation"), steps.ShareLink, input).Get(ctx, &result); err != nil {
		return Shared{}, answer(failureOf(err))
	}
	shared := Shared{At: workflow.Now(ctx), To: share.To, Channel: input.Channel, Status: result.Status}
	s.shared = append(s.shared, shared)
	s.story.Customer = share.To
	s.row.dirty = true
	if result.MailID != "" {
		at := len(s.shared) - 1
		s.background.meanwhile(func(ctx workflow.Context) { s.followMail(ctx, at, result.MailID) })
	}
	if input.Channel == support.MailMailto {
		shared.Letter = &result.Letter
	}
	return shared, nil
}

// followMail keeps the state of a mail that the CRM sends. A mail that stays in its queue is asked for less and less.
func (s *session) followMail(ctx workflow.Context, at int, mailID string) {
	var status support.MailStatus
	input := activities.MailInput{Connection: s.in.Connection, MailID: mailID}
	if err := workflow.ExecuteActivity(patiently(ctx, "follow the CRM's mail"), steps.FollowMail, input).Get(ctx, &status); err != nil {
		status = support.MailFailed
	}
	if ctx.Err() != nil {
		return
	}
	s.shared[at].Status = status
	if status == support.MailFailed {
		s.remark("The CRM could not send the invitation to " + s.shared[at].To.Name + ".")
	}
}
