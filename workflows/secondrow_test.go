package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/support"
	"example.com/lifeline/workflows"
)

// The CRM came back after hours, and the row showed a code that had run out. Until then the run could not end.
func TestSecondRowThatTheCRMDoesNotTakeIsShownNoCodeThatRanOut(t *testing.T) {
	w := given(t)
	w.pressed()
	w.slowly("FileProgress", 5*time.Minute, 2*time.Hour)
	second := w.pressRow(5*time.Minute, "row-2")
	w.run()
	assert.Equal(t, workflows.FailureSessionOver, code(t, second.err), "it is tried again, and gets a new session")
	assert.Empty(t, w.rowsOf("row-2"))
	assert.Less(t, second.after, 16*time.Minute)
}

// Each press on the record was kept waiting for hours, because a colleague's row was.
func TestPressIsNotHeldUpByARowThatTheCRMDoesNotTake(t *testing.T) {
	w := given(t)
	w.pressed()
	w.slowly("FileProgress", 5*time.Minute, 2*time.Hour)
	w.pressRow(5*time.Minute, "row-2")
	w.tell(6*time.Minute, startPost())
	w.tell(8*time.Minute, endPost())
	press := w.press(8 * time.Minute)
	w.run()
	assert.Equal(t, workflows.FailureSessionOver, code(t, press.err))
	assert.Less(t, press.after, 10*time.Second)
}

func TestSecondRowThatTheCRMDoesNotTakeIsShownTheNewestCode(t *testing.T) {
	w := given(t)
	w.pressed()
	w.slowly("FileProgress", 5*time.Minute, 15*time.Minute)
	second := w.pressRow(5*time.Minute, "row-2")
	renewal := w.renew(10 * time.Minute)
	w.run()
	require.NoError(t, second.err)
	require.Len(t, w.rowsOf("row-2"), 1)
	assert.Equal(t, renewal.value.Code, w.rowsOf("row-2")[0].Code)
	assert.Equal(t, renewal.value.Code, second.value.Code)
}

func TestSecondRowOfARunOfAnEarlierVersionIsWrittenAsItBegan(t *testing.T) {
	w := given(t).begunBefore()
	w.pressed()
	w.slowly("FileProgress", 5*time.Minute, 2*time.Hour)
	second := w.pressRow(5*time.Minute, "row-2")
	w.run()
	require.NoError(t, second.err)
	assert.Equal(t, pin, w.rowsOf("row-2")[0].Code)
}

// Panel and row said "press New for another code", and each press got the one that had run out.
func TestPressGetsANewCodeWhileSomebodyIsOnTheWayWithOneThatRanOut(t *testing.T) {
	w := given(t)
	w.pressed()
	w.tell(19*time.Minute, seen(support.PhaseJoining))
	press := w.press(21 * time.Minute)
	w.run()
	assert.Equal(t, workflows.FailureSessionOver, code(t, press.err))
	require.Len(t, w.children, 1)
	assert.Equal(t, support.PhaseJoining, w.children[0].Carried.Story.Phase, "who is on the way is followed")
}
