package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/support"
	"example.com/lifeline/workflows"
)

func (w *world) closeAt(after time.Duration) *answered[workflows.View] {
	return update[workflows.View](w, after, workflows.UpdateClose, workflows.ClosePress{Agent: dana})
}

func (w *world) renew(after time.Duration) *answered[workflows.View] {
	return update[workflows.View](w, after, workflows.UpdateRenew, workflows.RenewPress{Agent: dana})
}

func (w *world) share(after time.Duration, share workflows.Share) *answered[workflows.Shared] {
	return update[workflows.Shared](w, after, workflows.UpdateShare, share)
}

func TestWithdrawnCodeIsCancelled(t *testing.T) {
	w := given(t)
	w.pressed()
	press := w.closeAt(time.Minute)
	view := w.run()
	require.NoError(t, press.err)
	assert.Equal(t, support.Cancelled, press.value.State)
	assert.Equal(t, support.ReasonCancelled, view.Reason)
	assert.Empty(t, w.notes)
	assert.Equal(t, support.Cancelled, w.closedRows[0].State)
	assert.Equal(t, time.Minute, w.Now().Sub(start).Round(time.Second))
}

func TestRunningSessionIsClosedAndWaitsForItsPost(t *testing.T) {
	w := given(t)
	w.pressed()
	w.tell(time.Minute, startPost())
	press := w.closeAt(5 * time.Minute)
	w.at(5*time.Minute+time.Second, func() { assert.False(t, w.lastRow().CanClose) })
	w.tell(6*time.Minute, endPost())
	view := w.run()
	require.NoError(t, press.err)
	assert.Equal(t, support.Buttons{}, press.value.Buttons)
	assert.Equal(t, support.ReasonClosedByUs, view.Reason)
	assert.Equal(t, sessionID, w.closings[0].VendorSessionID)
	assert.Equal(t, 6*time.Minute, w.Now().Sub(start).Round(time.Second))
}

// The vendor posts the end before it answers the call that closed the session: the technician was said to have ended it.
func TestEndPostThatOvertakesTheAnswerOfCloseTellsOfOurClosing(t *testing.T) {
	w := given(t)
	w.pressed()
	w.tell(time.Minute, startPost())
	w.fails("CloseSession", crmDown, 1) // the answer takes half a second
	press := w.closeAt(5 * time.Minute)
	w.tell(5*time.Minute+100*time.Millisecond, endPost())
	assert.Equal(t, support.ReasonClosedByUs, w.run().Reason)
	assert.NoError(t, press.err)
}

func TestCloseRefusedByTheVendorLeavesTheSessionOpen(t *testing.T) {
	w := given(t)
	w.pressed()
	w.tell(time.Minute, startPost())
	w.fails("CloseSession", support.Stopped(support.CodeActionFailed, "the console is not running", nil))
	press := w.closeAt(5 * time.Minute)
	w.look(6*time.Minute, func(v workflows.View) {
		assert.Equal(t, support.Connected, v.State)
		assert.True(t, v.Buttons.Close)
	})
	w.tell(12*time.Minute, endPost())
	assert.Equal(t, support.ReasonTechnician, w.run().Reason)
	assert.Equal(t, support.CodeActionFailed, code(t, press.err))
}

// The close had called for a code that nobody had used, so that the customer stayed, with a session filed as closed.
func TestCustomerWhoComesDuringACloseIsClosedToo(t *testing.T) {
	w := given(t)
	w.pressed()
	w.tell(5*time.Minute+500*time.Millisecond, seen(support.PhaseWaiting))
	w.failsUntil("CloseSession", 5*time.Minute+time.Second, support.Retryable(support.CodeUnreachable, "Rescue does not answer", 0, nil))
	press := w.closeAt(5 * time.Minute)
	w.tell(6*time.Minute, seen(support.PhaseEnded))
	assert.Equal(t, support.ReasonClosedByUs, w.run().Reason)
	require.NoError(t, press.err)
	require.Len(t, w.closings, 2)
	assert.Equal(t, []string{"", sessionID}, []string{w.closings[0].VendorSessionID, w.closings[1].VendorSessionID})
}

func TestUpdatesNeedALiveSession(t *testing.T) {
	w := ended(t)
	w.failsUntil("FileOutcome", time.Hour, crmDown)
	press := w.closeAt(20 * time.Minute)
	share := w.share(20*time.Minute, workflows.Share{Agent: dana, To: ana})
	renewal := w.renew(20 * time.Minute)
	w.run()
	for _, err := range []error{press.err, share.err, renewal.err} {
		assert.Equal(t, support.CodeNoLiveSession, code(t, err))
	}
}

func TestRenewalReplacesCodeAndMailsAgain(t *testing.T) {
	w := given(t, func(s *support.Settings) { s.EmailCustomer = true })
	w.pressed()
	renewal := w.renew(15 * time.Minute)
	w.tell(25*time.Minute, seen(support.PhaseConnected)) // with the first code's token
	w.tell(30*time.Minute, endPost())
	view := w.run()
	require.NoError(t, renewal.err)
	assert.NotEqual(t, pin, renewal.value.Code)
	assert.Equal(t, start.Add(35*time.Minute), renewal.value.ExpiresAt)
	assert.Equal(t, pin, w.opened[1].Request.EarlierCode)
	assert.Equal(t, token(1), w.opened[1].Request.Token)
	require.Len(t, w.closings, 1)
	assert.Equal(t, pin, w.closings[0].Code)
	require.Len(t, w.invited, 2)
	assert.True(t, w.invited[1].Renewed)
	assert.Empty(t, w.handed, "the old token's nonce is still ours")
	assert.Equal(t, support.Filed, view.State)
}

// A code that came while the old one was being closed was mailed, and closed at once.
func TestCodeThatComesWhileTheSessionIsBeingClosedIsNotMailed(t *testing.T) {
	w := given(t, func(s *support.Settings) { s.EmailCustomer = true })
	w.pressed()
	w.at(9*time.Minute, func() { // both take their time
		busy := support.Retryable(support.CodeUnreachable, "busy", 0, nil)
		w.failsUntil("OpenSession", 10*time.Minute+400*time.Millisecond, busy)
		w.failsUntil("CloseSession", 10*time.Minute+700*time.Millisecond, busy)
	})
	renewal := w.renew(10 * time.Minute)
	closed := w.closeAt(10*time.Minute + 250*time.Millisecond)
	view := w.run()
	require.NoError(t, renewal.err)
	require.NoError(t, closed.err)
	require.Len(t, w.opened, 2)
	assert.Len(t, w.invited, 1, "of the first code")
	assert.Equal(t, support.Cancelled, view.State)
	codes := map[string]bool{}
	for _, closing := range w.closings {
		codes[closing.Code] = true
	}
	assert.Len(t, codes, 2, "no code is left open")
}

// Renewing while the customer was there closed the running session along with its code.
func TestCodeInUseIsNotRenewed(t *testing.T) {
	w := given(t)
	w.pressed()
	w.tell(time.Minute, startPost())
	renewal := w.renew(2 * time.Minute)
	w.tell(12*time.Minute, endPost())
	w.run()
	assert.Equal(t, support.CodeConflict, code(t, renewal.err))
	assert.Len(t, w.opened, 1)
	assert.Empty(t, w.closings)
}

func TestRefusedRenewalKeepsTheCode(t *testing.T) {
	w := given(t)
	w.pressed()
	w.at(time.Minute, func() { w.fails("OpenSession", support.Stopped(support.CodeOutOfCodes, "no codes are left", nil)) })
	renewal := w.renew(2 * time.Minute)
	w.look(3*time.Minute, func(v workflows.View) { assert.Equal(t, pin, v.Code) })
	w.run()
	assert.Equal(t, support.CodeOutOfCodes, code(t, renewal.err))
	assert.Empty(t, w.closings)
}

func TestShareGoesOutByItsChannel(t *testing.T) {
	lia := support.Customer{Name: "Lia", Email: "lia@example.org"}
	for _, channel := range []support.MailChannel{support.MailSMTP, support.MailCRM, support.MailMailto} {
		t.Run(string(channel), func(t *testing.T) {
			w := given(t, func(s *support.Settings) { s.MailChannel = channel })
			w.pressed()
			share := w.share(time.Minute, workflows.Share{Agent: dana, To: lia, TemplateID: "t1"})
			view := w.run()
			require.NoError(t, share.err)
			assert.Equal(t, channel, w.shares[0].Channel)
			assert.Equal(t, "t1", w.shares[0].TemplateID)
			assert.Equal(t, channel == support.MailMailto, share.value.Letter != nil)
			require.Len(t, view.Shared, 1)
			assert.Equal(t, lia, view.Customer)
			if channel != support.MailMailto {
				assert.Equal(t, support.MailSent, view.Shared[0].Status)
			}
		})
	}
}

func TestMailOfTheCRMIsFollowed(t *testing.T) {
	for _, status := range []support.MailStatus{support.MailSent, support.MailFailed} {
		w := given(t, func(s *support.Settings) { s.MailChannel = support.MailCRM })
		w.mailed = status
		w.failsUntil("FollowMail", 5*time.Minute, support.Retryable(support.CodeSessionNotReady, "queued", 0, nil))
		w.pressed()
		share := w.share(time.Minute, workflows.Share{Agent: dana, To: ana})
		view := w.run()
		assert.Equal(t, support.MailQueued, share.value.Status)
		assert.Equal(t, status, view.Shared[0].Status)
		assert.Equal(t, status == support.MailFailed, len(view.Remarks) == 1)
	}
}

func TestShareNeedsAnAddressUnlessItIsADraft(t *testing.T) {
	w := given(t)
	w.pressed()
	nobody := support.Customer{Name: "Lia"}
	refused := w.share(time.Minute, workflows.Share{Agent: dana, To: nobody})
	draft := w.share(2*time.Minute, workflows.Share{Agent: dana, To: nobody, Channel: support.MailMailto})
	w.run()
	assert.Equal(t, support.CodeInvalid, code(t, refused.err))
	assert.NoError(t, draft.err)
}

func TestJoinGivesTheTechniciansWayInEachTime(t *testing.T) {
	w := given(t)
	w.pressed()
	first := update[support.Secret](w, time.Minute, workflows.UpdateJoin, workflows.JoinPress{Agent: dana})
	second := update[support.Secret](w, 2*time.Minute, workflows.UpdateJoin, workflows.JoinPress{Agent: dana})
	w.run()
	require.NoError(t, first.err)
	require.NoError(t, second.err)
	assert.NotEmpty(t, first.value.Reveal())
	assert.Len(t, w.joins, 2)
	assert.Equal(t, danaTech, w.joins[0].Technician)
}

func TestColleagueJoinsUnderTheirOwnName(t *testing.T) {
	w := given(t)
	w.pressed()
	sam := support.Agent{ID: "sam", Email: "sam@example.com"}
	own := update[support.Secret](w, time.Minute, workflows.UpdateJoin, workflows.JoinPress{Agent: dana})
	others := update[support.Secret](w, 2*time.Minute, workflows.UpdateJoin, workflows.JoinPress{Agent: sam})
	w.run()
	require.NoError(t, own.err)
	require.NoError(t, others.err)
	assert.Equal(t, []*support.Agent{nil, &sam}, w.joinedBy)
}

func TestUpdatesWaitForTheCode(t *testing.T) {
	w := given(t)
	early := w.closeAt(0)
	w.press(2 * time.Second)
	w.run()
	assert.Equal(t, support.CodeSessionNotReady, code(t, early.err))
}
