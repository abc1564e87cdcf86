package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/support"
	"example.com/lifeline/workflows"
)

// What agents press at the same time, on one record.

var slow = support.Retryable(support.CodeUnreachable, "busy", 0, nil)

// slowly lets a step take its time from one moment to another.
func (w *world) slowly(step string, from, until time.Duration) {
	w.at(from-time.Millisecond, func() { w.failsUntil(step, until, slow) })
}

func (w *world) pressRow(after time.Duration, rowID string) *answered[workflows.View] {
	return update[workflows.View](w, after, workflows.UpdateOpen, workflows.Press{Agent: dana, RowID: rowID})
}

func (w *world) rowsOf(rowID string) []support.SessionRow {
	var list []support.SessionRow
	for _, row := range w.rows {
		if row.RowID == rowID {
			list = append(list, row)
		}
	}
	return list
}

// A close that was under way when the code ran out and the next agent pressed waited for an end that another run was to
// see: the run never ended, and no press on the record ever worked again.
func TestPressWhileTheCodeThatRanOutIsBeingClosedLetsTheRunEnd(t *testing.T) {
	w := given(t)
	w.pressed()
	w.slowly("CloseSession", 19*time.Minute, 20*time.Minute+time.Second)
	closed := w.closeAt(20*time.Minute - time.Second)
	press := w.press(20*time.Minute + 100*time.Millisecond)
	assert.Equal(t, support.Cancelled, w.run().State)
	require.NoError(t, closed.err)
	assert.Equal(t, workflows.FailureSessionOver, code(t, press.err))
}

// So did one that came when the run had been left to the next press, but had not ended.
func TestRunThatGaveWayIsNotClosedAnyMore(t *testing.T) {
	w := given(t)
	w.failsUntil("HandOn", 25*time.Minute, slow)
	w.pressed()
	foreign := startPost()
	foreign.Token, foreign.VendorSessionID = support.NewToken(support.ServiceNow, incident, support.Nonce("another run")), "1080000999"
	w.tell(time.Minute, foreign)
	press := w.press(20*time.Minute + 100*time.Millisecond)
	closed, renewal := w.closeAt(20*time.Minute+time.Second), w.renew(20*time.Minute+time.Second)
	w.run()
	assert.Equal(t, workflows.FailureSessionOver, code(t, press.err))
	for _, refused := range []*answered[workflows.View]{closed, renewal} {
		assert.True(t, refused.rejected)
		assert.Equal(t, support.CodeNoLiveSession, code(t, refused.err))
	}
}

// A new code that came after another run had taken over was given out, and no run knew of it.
func TestPressWhileTheCodeIsBeingRenewedGetsTheNewOne(t *testing.T) {
	for name, pressed := range map[string]time.Duration{"in time": 5 * time.Minute, "as it runs out": 20*time.Minute - time.Second} {
		t.Run(name, func(t *testing.T) {
			w := given(t).teamViewer()
			w.pressed()
			w.slowly("OpenSession", pressed, pressed+2*time.Second)
			renewal := w.renew(pressed)
			press := w.pressRow(pressed+1100*time.Millisecond, "row-2")
			assert.Equal(t, support.Expired, w.run().State)
			require.NoError(t, press.err)
			assert.NotEqual(t, teamCode, renewal.value.Code)
			assert.Equal(t, renewal.value.Code, press.value.Code)
			assert.Equal(t, renewal.value.Code, w.rowsOf("row-2")[0].Code)
			assert.Empty(t, w.children)
			assert.Len(t, w.closings, 2, "no code is left open")
		})
	}
}

// The agent's row was given the code that was just being withdrawn, and closed.
func TestPressWhileTheCodeIsBeingClosedGetsANewSession(t *testing.T) {
	w := given(t)
	w.pressed()
	w.slowly("CloseSession", 5*time.Minute, 5*time.Minute+time.Second)
	w.closeAt(5 * time.Minute)
	press := w.pressRow(5*time.Minute+100*time.Millisecond, "row-2")
	w.run()
	assert.Equal(t, workflows.FailureSessionOver, code(t, press.err))
	assert.Empty(t, w.rowsOf("row-2"))
}

// The vendor's list that was read just before the close said that somebody is there: presses got the closed code.
func TestPressOnAClosedSessionThatAnOldListShowsGetsANewOne(t *testing.T) {
	w := given(t).teamViewer()
	w.pressed()
	w.tell(4*time.Minute, tvSeen(support.PhaseWaiting))
	w.closeAt(5 * time.Minute)
	w.tell(5*time.Minute+100*time.Millisecond, tvSeen(support.PhaseConnected))
	press := w.press(5*time.Minute + time.Second)
	w.tell(6*time.Minute, tvSeen(support.PhaseEnded))
	w.run()
	assert.Equal(t, workflows.FailureSessionOver, code(t, press.err))
	require.Len(t, w.children, 1)
	assert.True(t, w.children[0].Carried.Closing)
}

func TestPressWhileACloseFailsGetsTheLiveCode(t *testing.T) {
	w := given(t)
	w.pressed()
	w.slowly("CloseSession", 5*time.Minute, 6*time.Minute)
	closed := w.closeAt(5 * time.Minute)
	press := w.press(5*time.Minute + 100*time.Millisecond)
	w.run()
	assert.Equal(t, support.CodeUnreachable, code(t, closed.err))
	require.NoError(t, press.err)
	assert.Equal(t, pin, press.value.Code)
	assert.Less(t, press.after, 10*time.Second)
}

func TestPressOnARunOfAnEarlierVersionIsAnsweredAsThen(t *testing.T) {
	w := given(t).begunBefore()
	w.pressed()
	w.slowly("OpenSession", 5*time.Minute, 5*time.Minute+2*time.Second)
	w.renew(5 * time.Minute)
	press := w.press(5*time.Minute + 100*time.Millisecond)
	w.run()
	require.NoError(t, press.err)
	assert.Equal(t, pin, press.value.Code)
}

// A press was told that the record is free while a colleague's was under way: each next try found the run still there,
// and the agent was told that the session is over.
func TestPressIsToldThatTheRecordIsFreeAfterAllOthers(t *testing.T) {
	w := given(t)
	w.pressed()
	w.tell(2*time.Minute, startPost())
	w.slowly("ShareLink", 5*time.Minute, 5*time.Minute+6*time.Second)
	share := w.share(5*time.Minute, workflows.Share{Agent: dana, To: ana})
	w.tell(5*time.Minute+time.Second, endPost())
	w.failsUntil("FileOutcome", time.Hour, crmDown)
	press := w.press(5*time.Minute + 2*time.Second)
	w.run()
	require.NoError(t, share.err)
	assert.Equal(t, workflows.FailureSessionOver, code(t, press.err))
	assert.Equal(t, w.Now(), press.since.Add(press.after), "the run ends with the answer")
}
