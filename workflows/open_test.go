package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"example.com/lifeline/activities"
	"example.com/lifeline/engine/index"
	"example.com/lifeline/support"
	"example.com/lifeline/workflows"
)

// code reads the failure code out of an update's error.
func code(t *testing.T, err error) string {
	t.Helper()
	var application *temporal.ApplicationError
	require.ErrorAs(t, err, &application)
	var detail activities.FailureDetail
	require.NoError(t, application.Details(&detail))
	assert.Equal(t, detail.Code, application.Type())
	return detail.Code
}

func TestPressOpensASession(t *testing.T) {
	w := given(t)
	first := w.pressed()
	w.look(time.Minute, func(v workflows.View) {
		assert.Equal(t, support.Buttons{Join: true, Share: true, Close: true}, v.Buttons)
	})
	w.run()
	require.NoError(t, first.err)
	assert.True(t, first.value.First)
	assert.Equal(t, pin, first.value.Code)
	assert.Equal(t, support.Invited, first.value.State)
	assert.Equal(t, start.Add(20*time.Minute), first.value.ExpiresAt)
	assert.Equal(t, "INC0010001", w.attribute(index.Record))
	assert.Equal(t, token(0), w.opened[0].Request.Token)
	assert.Equal(t, support.Invited, w.rows[0].State)
	assert.Equal(t, token(0), w.rows[0].Token)
	assert.True(t, w.rows[0].CanJoin && w.rows[0].CanShare && w.rows[0].CanClose && !w.rows[0].CanNew)
}

func TestSecondPressGetsTheSameInvitation(t *testing.T) {
	w := given(t)
	first, second, later := w.press(0), w.press(0), w.press(5*time.Minute)
	w.run()
	for _, again := range []*answered[workflows.View]{second, later} {
		require.NoError(t, again.err)
		assert.False(t, again.value.First)
		assert.Equal(t, first.value.Code, again.value.Code)
	}
	assert.Len(t, w.opened, 1)
}

func TestPressWithAnotherRowShowsTheLiveCodeThere(t *testing.T) {
	w := given(t)
	update[workflows.View](w, 0, workflows.UpdateOpen, workflows.Press{Agent: dana, RowID: "row-1"})
	second := update[workflows.View](w, time.Minute, workflows.UpdateOpen, workflows.Press{Agent: dana, RowID: "row-2"})
	w.run()
	require.NoError(t, second.err)
	var shown support.SessionRow
	for _, row := range w.rows {
		if row.RowID == "row-2" {
			shown = row
		}
	}
	assert.Equal(t, pin, shown.Code)
	assert.Equal(t, "already_open", shown.ErrorCode)
	assert.NotEqual(t, w.rows[0].Key, shown.Key)
	assert.Equal(t, "row-2", w.closedRows[0].RowID)
	assert.Equal(t, "row-1", w.lastRow().RowID, "the session goes on with its own row")
}

func TestRefusalAnswersThePressAndEndsTheRun(t *testing.T) {
	refusals := map[string]error{
		"ResolveTechnician": support.Stopped(support.CodeNoTechnician, "no such technician", nil),
		"OpenSession":       support.Stopped(support.CodeNoConsole, "the console is not running", nil),
		"ReadRecord":        support.NeedsAttention(support.CodePermission, "the record may not be read", nil),
	}
	for step, refusal := range refusals {
		t.Run(step, func(t *testing.T) {
			w := given(t)
			w.fails(step, refusal)
			press := w.pressed()
			view := w.run()
			assert.Equal(t, support.AsError(refusal).Code, code(t, press.err))
			assert.Equal(t, support.Cancelled, view.State)
			assert.Less(t, w.Now().Sub(start), time.Second)
			assert.Empty(t, w.rows)
			assert.Equal(t, string(support.Cancelled), w.attribute(index.State))
		})
	}
}

func TestRefusalIsWrittenOnTheRowThatWasPressed(t *testing.T) {
	w := given(t)
	w.fails("OpenSession", support.Stopped(support.CodeNoConsole, "the console is not running", nil))
	press := update[workflows.View](w, 0, workflows.UpdateOpen, workflows.Press{Agent: dana, RowID: "row-1"})
	w.run()
	assert.Equal(t, support.CodeNoConsole, code(t, press.err))
	assert.Equal(t, []string{"row-1", support.CodeNoConsole}, []string{w.lastRow().RowID, w.lastRow().ErrorCode})
	assert.True(t, w.lastRow().CanNew)
	assert.Equal(t, "row-1", w.closedRows[0].RowID)
}

// A refused press must not keep the record's run: the next press would get a stale refusal for as long as the CRM is
// down.
func TestRefusalDoesNotWaitForTheCRM(t *testing.T) {
	w := given(t)
	w.fails("OpenSession", support.Stopped(support.CodeNoConsole, "the console is not running", nil))
	w.fails("FileProgress", support.Retryable(support.CodeUnreachable, "the CRM is down", 0, nil))
	update[workflows.View](w, 0, workflows.UpdateOpen, workflows.Press{Agent: dana, RowID: "row-1"})
	w.run()
	assert.Less(t, w.Now().Sub(start), 5*time.Minute)
}

// A press that came while an earlier one was being told its refusal made a session of the refused one: a cancelled row,
// beside the new session's, that nobody had asked for.
func TestPressJustAfterARefusalBeginsAnewAndLeavesNothingBehind(t *testing.T) {
	w := given(t)
	w.fails("OpenSession", support.Stopped(support.CodeNoConsole, "the console is not running", nil))
	w.fails("FileProgress", support.Retryable(support.CodeUnreachable, "the CRM is down", 0, nil), 2)
	first := update[workflows.View](w, 0, workflows.UpdateOpen, workflows.Press{Agent: dana, RowID: "row-1"})
	second := w.press(time.Second)
	w.run()
	assert.Equal(t, support.CodeNoConsole, code(t, first.err))
	assert.Equal(t, workflows.FailureSessionOver, code(t, second.err), "the caller tries again, with a new run")
	assert.Empty(t, w.children)
	assert.Equal(t, []string{"row-1", support.CodeNoConsole}, []string{w.lastRow().RowID, w.lastRow().ErrorCode})
}

func TestVendorDownIsAnsweredWithinTenSeconds(t *testing.T) {
	down := support.Retryable(support.CodeUnreachable, "Rescue does not answer", 0, nil)
	for _, step := range []string{"ResolveTechnician", "OpenSession"} {
		t.Run(step, func(t *testing.T) {
			w := given(t)
			w.fails(step, down)
			press := w.pressed()
			w.run()
			assert.Equal(t, support.CodeUnreachable, code(t, press.err))
			assert.LessOrEqual(t, press.after, 10*time.Second)
			assert.Greater(t, w.counts[step], 2, "it is tried as long as the agent waits")
		})
	}
}

// Each step of a press had its own nine seconds, so that two slow ones took longer than an agent waits.
func TestSlowStepsOfAPressShareTheTimeOfAnswer(t *testing.T) {
	w := given(t)
	down := support.Retryable(support.CodeUnreachable, "Rescue does not answer", 0, nil)
	w.failsUntil("ResolveTechnician", 6*time.Second, down)
	w.fails("OpenSession", down)
	press := w.pressed()
	w.run()
	assert.Equal(t, support.CodeUnreachable, code(t, press.err))
	assert.LessOrEqual(t, press.after, 10*time.Second)
}

// A first try within the workflow task that fails may have worked all the same: the vendor is to look before it makes a
// second code.
func TestCodeIsAskedForAgainAsOneThatMayExist(t *testing.T) {
	w := given(t)
	w.fails("OpenSession", support.Retryable(support.CodeUnreachable, "Rescue does not answer", 0, nil), 1)
	press := w.pressed()
	w.run()
	require.NoError(t, press.err)
	assert.Equal(t, 2, w.counts["OpenSession"])
	assert.True(t, w.opened[0].Request.Again)
}

func TestFirstTryAsksForACodeThatCannotExist(t *testing.T) {
	w := given(t)
	w.pressed()
	w.run()
	assert.False(t, w.opened[0].Request.Again)
}

func TestSecondTryWaitsAsLongAsTheOtherSideAsks(t *testing.T) {
	w := given(t)
	w.fails("ReadRecord", support.Retryable(support.CodeRateLimited, "too many requests", 3*time.Second, nil), 1)
	press := w.pressed()
	w.run()
	require.NoError(t, press.err)
	assert.GreaterOrEqual(t, press.after, 3*time.Second)
	assert.Equal(t, 2, w.counts["ReadRecord"])
}

func TestDelayBeyondTheTimeOfAnswerIsAnsweredAtOnce(t *testing.T) {
	w := given(t)
	w.fails("ReadRecord", support.Retryable(support.CodeRateLimited, "too many requests", time.Minute, nil))
	press := w.pressed()
	w.run()
	assert.Equal(t, support.CodeRateLimited, code(t, press.err))
	assert.Less(t, press.after, time.Second)
}

func TestNoFurtherTryIsMadeThatWouldEndUnanswered(t *testing.T) {
	for name, version := range map[string]struct {
		marked workflow.Version
		tries  int
	}{"now": {2, 1}, "in a run that began before": {1, 2}} {
		t.Run(name, func(t *testing.T) {
			w := given(t)
			w.OnGetVersion("first-try-within-the-workflow-task", workflow.DefaultVersion, workflow.Version(2)).Return(version.marked)
			w.OnGetVersion(mock.Anything, workflow.DefaultVersion, workflow.Version(1)).Return(workflow.Version(1))
			w.fails("OpenSession", support.Retryable(support.CodeRateLimited, "too many requests", 8*time.Second, nil))
			press := w.pressed()
			w.run()
			assert.Equal(t, support.CodeRateLimited, code(t, press.err))
			assert.Equal(t, version.tries, w.counts["OpenSession"])
		})
	}
}

func TestRunWithoutAPressEnds(t *testing.T) {
	w := given(t)
	view := w.run()
	assert.Equal(t, support.Cancelled, view.State)
	assert.Empty(t, w.calls)
}

func TestPressWithoutAnAgentIsRefusedByTheValidator(t *testing.T) {
	w := given(t)
	nobody := update[workflows.View](w, 0, workflows.UpdateOpen, workflows.Press{})
	w.run()
	assert.True(t, nobody.rejected)
	assert.Equal(t, support.CodeInvalid, code(t, nobody.err))
}

func TestMailsGoOutAsTheSettingsSay(t *testing.T) {
	for name, want := range map[string][2]bool{"none": {}, "customer": {true, false}, "technician": {false, true}, "both": {true, true}} {
		t.Run(name, func(t *testing.T) {
			w := given(t, func(s *support.Settings) { s.EmailCustomer, s.EmailTechnician = want[0], want[1] })
			w.pressed()
			view := w.run()
			assert.Equal(t, want, [2]bool{len(w.invited) == 1, len(w.mailedTo) == 1})
			assert.Equal(t, want[0], len(view.Shared) == 1)
			assert.Empty(t, view.Remarks)
		})
	}
}

func TestMissingAddressIsRemarkedAndNoFailure(t *testing.T) {
	w := given(t, func(s *support.Settings) { s.EmailCustomer = true })
	w.record.Customer.Email = ""
	w.pressed()
	w.look(time.Minute, func(v workflows.View) {
		assert.Equal(t, []string{"The customer has no e-mail address; the link was not mailed."}, v.Remarks)
	})
	w.run()
	assert.Empty(t, w.invited)
}

func TestMailThatIsRefusedIsRemarked(t *testing.T) {
	w := given(t, func(s *support.Settings) { s.EmailCustomer = true })
	w.fails("InviteCustomer", support.Stopped(support.CodeInvalid, "the address is refused", nil))
	w.pressed()
	view := w.run()
	assert.Equal(t, []string{"The link could not be mailed to the customer: the address is refused."}, view.Remarks)
}

func TestIndexHoldsNoEMailButTheMemoHoldsTheSSOID(t *testing.T) {
	w := given(t)
	w.pressed()
	w.run()
	assert.Equal(t, "7", w.attribute(index.Technician))
	assert.Equal(t, map[string]any{index.MemoTechnician: "dana@example.com"}, w.memo)
	for name, value := range w.indexed {
		assert.NotContains(t, value, "@", name)
	}
}
