package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/activities"
	"example.com/lifeline/support"
	"example.com/lifeline/workflows"
)

var lia = support.Customer{ID: "c2", Name: "Lia", Email: "lia@example.org"}

// Each was told of the new code by SMTP, which not everybody has who lets the CRM send.
func TestRenewalGoesOutTheWayTheInvitationDid(t *testing.T) {
	w := given(t, longer, func(s *support.Settings) { s.MailChannel = support.MailCRM }).teamViewer()
	w.mailed = support.MailSent
	w.pressed()
	w.share(time.Minute, workflows.Share{Agent: dana, To: ana, TemplateID: "t1"})
	w.share(2*time.Minute, workflows.Share{Agent: dana, To: lia, Channel: support.MailSMTP})
	renewal := w.renew(10 * time.Minute)
	w.closeAt(20 * time.Minute)
	view := w.run()
	require.Len(t, w.shares, 3)
	again := w.shares[2]
	assert.Equal(t, []any{ana, support.MailCRM, "t1", true}, []any{again.Customer, again.Channel, again.TemplateID, again.Renewed})
	assert.Equal(t, renewal.value.Code, again.Invitation.Code)
	assert.NotEqual(t, w.shares[0].Key, again.Key, "the CRM would take it for the first mail")
	require.Len(t, w.invited, 1)
	assert.Equal(t, lia, w.invited[0].Customer)
	require.Len(t, view.Shared, 4, "each send is on the session's record")
	for _, sent := range view.Shared {
		assert.Equal(t, support.MailSent, sent.Status)
	}
}

func TestRenewalRemindsOfWhomTheAgentsOwnMailProgramTold(t *testing.T) {
	w := given(t, longer).teamViewer()
	w.pressed()
	w.share(time.Minute, workflows.Share{Agent: dana, To: ana, Channel: support.MailMailto})
	w.renew(10 * time.Minute)
	w.closeAt(20 * time.Minute)
	view := w.run()
	assert.Empty(t, w.invited)
	require.Len(t, view.Remarks, 1)
	assert.Contains(t, view.Remarks[0], "Ana Lima")
}

// Whose mail had gone out before is a step in the run's history. The drafts had none, and addresses were compared as they
// are spelt.
func TestRenewalOfARunOfAnEarlierVersionMailsWhomItMailedThen(t *testing.T) {
	w := given(t, longer).teamViewer().begunBefore()
	shouted := support.Customer{ID: "c2", Name: "Lia", Email: "LIA@example.org"}
	w.pressed()
	w.share(time.Minute, workflows.Share{Agent: dana, To: ana})
	w.share(2*time.Minute, workflows.Share{Agent: dana, To: ana, Channel: support.MailMailto})
	w.share(3*time.Minute, workflows.Share{Agent: dana, To: lia})
	w.share(4*time.Minute, workflows.Share{Agent: dana, To: shouted})
	w.renew(10 * time.Minute)
	w.closeAt(20 * time.Minute)
	view := w.run()
	var mailed []support.Customer
	for _, invite := range w.invited {
		mailed = append(mailed, invite.Customer)
	}
	assert.ElementsMatch(t, []support.Customer{ana, lia, shouted}, mailed)
	assert.Empty(t, view.Remarks)
}

// In the minutes between the end of a code and the end of its session the link led to a dead code.
func TestCodeThatRanOutIsNotJoined(t *testing.T) {
	w := given(t).teamViewer()
	w.pressed()
	join := update[support.Secret](w, 20*time.Minute+time.Second, workflows.UpdateJoin, workflows.JoinPress{Agent: dana})
	w.run()
	assert.Equal(t, support.CodeConflict, code(t, join.err))
	assert.True(t, join.rejected, "an accepted one is a step in the history of a run of an earlier version")
}

// The customer had the old code alone: nobody had been invited when the new one came.
func TestWhoIsBeingInvitedWhenTheCodeIsRenewedIsToldOfTheNewOne(t *testing.T) {
	for channel, told := range map[support.MailChannel]int{support.MailSMTP: 1, support.MailMailto: 0} {
		t.Run(string(channel), func(t *testing.T) {
			w := given(t)
			w.pressed()
			w.slowly("ShareLink", 5*time.Minute, 5*time.Minute+time.Second)
			w.share(5*time.Minute, workflows.Share{Agent: dana, To: lia, Channel: channel})
			renewal := w.renew(5*time.Minute + 100*time.Millisecond)
			view := w.run()
			require.Len(t, w.shares, 1)
			require.Len(t, w.invited, told)
			for _, again := range w.invited {
				assert.Equal(t, renewal.value.Code, again.Invitation.Code)
				assert.True(t, again.Renewed)
			}
			assert.Len(t, view.Remarks, 1-told)
		})
	}
}

// A mail server that came back brought the code that had been replaced, and never the new one.
func TestMailThatWaitsForItsServerBringsTheNewestCode(t *testing.T) {
	w := given(t, func(s *support.Settings) { s.EmailCustomer, s.EmailTechnician = true, true })
	w.failsUntil("InviteCustomer", 12*time.Minute, slow)
	w.failsUntil("InviteTechnician", 12*time.Minute, slow)
	w.pressed()
	w.renew(5 * time.Minute)
	renewal := w.renew(10 * time.Minute)
	view := w.run()
	for _, mails := range [][]activities.InviteInput{w.invited, w.mailedTo} {
		require.Len(t, mails, 1)
		assert.Equal(t, renewal.value.Code, mails[0].Invitation.Code)
	}
	assert.Len(t, view.Shared, 1)
	assert.Empty(t, view.Remarks)
}

func TestMailOfARenewalThatWaitsForItsServerGivesWayToTheNext(t *testing.T) {
	w := given(t, func(s *support.Settings) { s.EmailCustomer = true })
	w.pressed()
	w.at(time.Minute, func() { w.failsUntil("InviteCustomer", 12*time.Minute, slow) })
	w.renew(5 * time.Minute)
	renewal := w.renew(10 * time.Minute)
	view := w.run()
	require.Len(t, w.invited, 2)
	assert.Equal(t, []string{pin, renewal.value.Code}, []string{w.invited[0].Invitation.Code, w.invited[1].Invitation.Code})
	assert.Empty(t, view.Remarks)
}

func TestMailOfARunOfAnEarlierVersionIsSentAsItBegan(t *testing.T) {
	w := given(t, func(s *support.Settings) { s.EmailCustomer = true }).begunBefore()
	w.failsUntil("InviteCustomer", 12*time.Minute, slow)
	w.pressed()
	w.renew(10 * time.Minute)
	w.run()
	require.Len(t, w.invited, 1)
	assert.Equal(t, pin, w.invited[0].Invitation.Code)
}
