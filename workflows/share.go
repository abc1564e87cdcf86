package workflows

import (
	"slices"
	"strings"

	"go.temporal.io/sdk/workflow"

	"example.com/lifeline/activities"
	"example.com/lifeline/support"
)

func (s *session) mayShare(share Share) error {
	if err := s.mustLive(); err != nil {
		return err
	}
	if share.To.ID == "" && share.To.Email == "" && s.channel(share) != support.MailMailto {
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
	shared := s.keepShared(ctx, input, result)
	if s.isReplaced(ctx, input.Invitation) {
		s.tellRenewal(shared, true)
	}
	s.story.Customer, s.row.dirty = shared.To, true
	if input.Channel == support.MailMailto {
		shared.Letter = &result.Letter
	}
	return shared, nil
}

// keepShared puts a sent invitation on the session's record, and follows it where the CRM sends it.
func (s *session) keepShared(ctx workflow.Context, input activities.ShareInput, result activities.ShareResult) Shared {
	to := result.To
	if to == (support.Customer{}) { // a step of an earlier version does not say
		to = input.Customer
	}
	shared := Shared{At: workflow.Now(ctx), To: to, Channel: input.Channel, Status: result.Status, TemplateID: input.TemplateID}
	s.shared = append(s.shared, shared)
	if result.MailID != "" {
		at := len(s.shared) - 1
		s.background.meanwhile(func(ctx workflow.Context) { s.followMail(ctx, at, result.MailID) })
	}
	return shared
}

// renewalAsInvited marks the change by which a new code goes out the way the old one did.
const renewalAsInvited = "renewal-as-invited"

// mailRenewal tells everyone who was invited of the new code, the way they were told of the old one. Whom the agent's
// own mail program told is the agent's to tell again.
func (s *session) mailRenewal(ctx workflow.Context) {
	if len(s.shared) == 0 {
		return
	}
	asInvited := workflow.GetVersion(ctx, renewalAsInvited, workflow.DefaultVersion, 1) >= 1
	for _, last := range s.invitedBefore(asInvited) {
		s.tellRenewal(last, asInvited)
	}
}

func (s *session) tellRenewal(last Shared, asInvited bool) {
	if last.Channel == support.MailMailto {
		s.remark("The new link was not sent to " + or(last.To.Name, or(last.To.Email, "the customer")) + ", who got the old one by your own mail program.")
		return
	}
	s.background.meanwhile(func(ctx workflow.Context) {
		s.remarkFailure(ctx, "The new link could not be mailed", failureOf(s.mailAgain(ctx, last, asInvited)))
	})
}

// mailsFollowTheCode marks the change by which a mail that is not out yet when its code is replaced gives way to one of
// the new code.
const mailsFollowTheCode = "mails-follow-the-code"

// isReplaced tells whether an invitation that is just being mailed is not the session's any more.
func (s *session) isReplaced(ctx workflow.Context, mailed support.Invitation) bool {
	return s.invitation.Code != mailed.Code && workflow.GetVersion(ctx, mailsFollowTheCode, workflow.DefaultVersion, 1) >= 1
}

// whileCurrent waits for a mail of an invitation. It is given up when the code is replaced: a mail server that comes back
// after hours would bring a code that is of no use, as the last word.
func (s *session) whileCurrent(ctx workflow.Context, mailed support.Invitation, send func(workflow.Context) workflow.Future, result any) (replaced bool, err error) {
	mail, giveUp := whileOfUse(ctx, func() bool { return s.invitation.Code != mailed.Code }, send)
	defer giveUp()
	if replaced = s.isReplaced(ctx, mailed); replaced {
		giveUp()
	}
	return replaced, mail.Get(ctx, result)
}

// invitedBefore is the last invitation of each address. A run of an earlier version knows no drafts here, and takes an
// address that is spelt in two ways for two: as many mails as it began are to go on.
func (s *session) invitedBefore(asInvited bool) []Shared {
	var invited []Shared
	told := map[string]bool{}
	for _, last := range slices.Backward(s.shared) {
		address := last.To.Email
		if asInvited {
			address = strings.ToLower(address)
		}
		if told[address] || !asInvited && last.Channel == support.MailMailto {
			continue
		}
		told[address] = true
		invited = append(invited, last)
	}
	return invited
}

// mailAgain sends the new code to whom an earlier one was sent.
func (s *session) mailAgain(ctx workflow.Context, last Shared, asInvited bool) error {
	input := activities.ShareInput{InviteInput: s.inviteInput(), TemplateID: last.TemplateID, Channel: last.Channel}
	input.Customer, input.Renewed = last.To, true
	input.Key += "/" + strings.ToLower(last.To.Email)
	result := activities.ShareResult{Status: support.MailSent}
	replaced, err := s.whileCurrent(ctx, input.Invitation, func(ctx workflow.Context) workflow.Future {
		if last.Channel == support.MailCRM && asInvited {
			return workflow.ExecuteActivity(patiently(ctx, "mail the new code"), steps.ShareLink, input)
		}
		return workflow.ExecuteActivity(patiently(ctx, "mail the new code"), steps.InviteCustomer, input.InviteInput)
	}, &result)
	if err == nil {
		s.keepShared(ctx, input, result)
	}
	if replaced { // whoever got the old code is told of the newest one
		return nil
	}
	return err
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
