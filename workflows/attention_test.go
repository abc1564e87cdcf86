package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	sdkpb "go.temporal.io/api/sdk/v1"

	"example.com/lifeline/activities"
	"example.com/lifeline/engine/index"
	"example.com/lifeline/support"
	"example.com/lifeline/workflows"
)

func (w *world) retry(after time.Duration) *answered[workflows.View] {
	return update[workflows.View](w, after, workflows.UpdateRetry, workflows.RetryPress{By: "operator"})
}

func TestAttentionIsShownEverywhereUntilARetrySucceeds(t *testing.T) {
	w := ended(t, func(s *support.Settings) { s.ResolveOn = []support.Reason{support.ReasonTechnician} })
	w.fails("ResolveRecord", forbidden, 1)
	w.look(20*time.Minute, func(v workflows.View) {
		assert.Equal(t, support.Ended, v.State)
		assert.Equal(t, "resolve the record", v.Attention.Step)
		assert.Equal(t, support.CodePermission, w.attribute(index.Attention))
		assert.Equal(t, support.CodePermission, w.lastRow().ErrorCode, "the agent sees it on the row")
		assert.Contains(t, w.details(), "lacks a right")
		assert.Contains(t, w.details(), support.Remedy(support.CodePermission))
	})
	retry := w.retry(30 * time.Minute)
	view := w.run()
	require.NoError(t, retry.err)
	assert.Equal(t, support.Filed, view.State)
	assert.Nil(t, view.Attention)
	assert.Empty(t, w.attribute(index.Attention))
	assert.True(t, w.lastRow().ClearError)
	require.Len(t, w.raised, 1)
	assert.Equal(t, support.Remedy(support.CodePermission), w.raised[0].Remedy)
	assert.Equal(t, "INC0010001", w.raised[0].Subject)
	require.Len(t, w.cleared, 1)
	assert.Equal(t, w.raised[0].Step, w.cleared[0].Step)
	assert.Len(t, w.notes, 1)
}

// details is what the Temporal UI shows of the run.
func (w *world) details() string {
	value, err := w.QueryWorkflow("__temporal_workflow_metadata")
	require.NoError(w.t, err)
	var metadata sdkpb.WorkflowMetadata
	require.NoError(w.t, value.Get(&metadata))
	return metadata.GetCurrentDetails()
}

func TestRetryThatFailsAgainKeepsTheTroublesClock(t *testing.T) {
	w := ended(t)
	w.fails("FileOutcome", forbidden, 2)
	w.retry(30 * time.Minute)
	w.look(40*time.Minute, func(v workflows.View) {
		assert.Equal(t, start.Add(12*time.Minute), v.Attention.Since.Round(time.Second))
	})
	w.retry(50 * time.Minute)
	assert.Equal(t, support.Filed, w.run().State)
	require.Len(t, w.raised, 2)
	assert.Equal(t, w.raised[0].Since, w.raised[1].Since)
	assert.Len(t, w.cleared, 1)
}

// A retry begins a new step, whose first try took the note for unwritten.
func TestRetryLooksForTheNoteOfTheStepThatFailed(t *testing.T) {
	w := ended(t)
	w.fails("FileOutcome", forbidden, 1)
	w.retry(30 * time.Minute)
	assert.Equal(t, support.Filed, w.run().State)
	require.NotEmpty(t, w.outcomes)
	assert.True(t, w.outcomes[len(w.outcomes)-1].Note.Again)
}

func TestRetryIsRefusedWhileNothingWaits(t *testing.T) {
	w := ended(t)
	retry := w.retry(5 * time.Minute)
	w.run()
	assert.True(t, retry.rejected)
	assert.Equal(t, support.CodeConflict, code(t, retry.err))
}

// The row said "write the session row" failed, and kept saying so after that write had succeeded.
func TestRowDoesNotKeepTheTroubleOfItsOwnWriting(t *testing.T) {
	w := given(t)
	w.pressed()
	w.fails("FileProgress", forbidden, 1)
	w.retry(time.Minute)
	w.look(2*time.Minute, func(v workflows.View) {
		assert.Nil(t, v.Attention)
		assert.Empty(t, w.lastRow().ErrorCode)
	})
	w.run()
	assert.Len(t, w.cleared, 1)
}

// The desk was told of the end of a trouble by a side task that ended with the run: operators were mailed for ever.
func TestRunWaitsUntilTheAlertDeskKnowsTheEnd(t *testing.T) {
	w := ended(t)
	w.fails("CloseRow", forbidden, 1)
	w.retry(30 * time.Minute)
	w.failsUntil("ClearAlert", 2*time.Hour, crmDown)
	w.run()
	assert.Len(t, w.cleared, 1)
}

// Both were told at once, and a trouble could reach the desk after its end.
func TestAlertDeskHearsOfATroubleBeforeItsEnd(t *testing.T) {
	w := ended(t)
	w.fails("CloseRow", forbidden, 1)
	w.failsUntil("RaiseAlert", time.Hour, crmDown)
	w.retry(30 * time.Minute)
	w.run()
	require.Len(t, w.cleared, 1)
	var last []string
	for _, call := range w.calls {
		if call == "RaiseAlert" || call == "ClearAlert" {
			last = append(last, call)
		}
	}
	assert.Equal(t, []string{"RaiseAlert", "ClearAlert"}, last[len(last)-2:])
}

func TestStuckRowDoesNotHoldTheFiling(t *testing.T) {
	w := ended(t)
	w.fails("FileProgress", forbidden, 1)
	view := w.run()
	assert.Equal(t, support.Filed, view.State, "the filing writes the row itself")
	assert.Len(t, w.cleared, 1)
}

func TestAttentionGoesAlongWithTheRest(t *testing.T) {
	w := ended(t)
	w.fails("FileOutcome", forbidden)
	w.press(30 * time.Minute)
	w.run()
	require.Len(t, w.children, 1)
	assert.Empty(t, w.cleared, "the trouble goes on")
	rest := restOf(t, w)
	assert.Equal(t, support.Filed, rest.run().State)
	assert.Len(t, rest.cleared, 1)
}

// The desk was told of the end of a trouble that it knew by another name, and mailed on.
func TestTroubleIsClearedAsItWasRaisedThoughTheSessionGotATicket(t *testing.T) {
	w := given(t, func(s *support.Settings) { s.CreateFromConsole = true }).adopting(activities.Adopted{})
	w.fails("CreateRecord", forbidden, 1)
	console := endPost()
	console.Token = ""
	w.tell(0, console)
	w.retry(time.Hour)
	assert.Equal(t, "INC0010077", w.run().Number)
	require.Len(t, w.cleared, 1)
	assert.Equal(t, []string{sessionID, sessionID}, []string{w.raised[0].Subject, w.cleared[0].Subject})
}
