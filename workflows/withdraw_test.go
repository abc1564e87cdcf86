package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/support"
)

// closedCodes lists the codes that were closed at the vendor.
func (w *world) closedCodes() []string {
	var list []string
	for _, closing := range w.closings {
		list = append(list, closing.Code)
	}
	return list
}

// The vendor was away until the session was over: the code that had been replaced stayed open, and led to nobody.
func TestCodeThatWasReplacedIsClosedThoughTheVendorWasAwayUntilTheEnd(t *testing.T) {
	w := given(t).teamViewer()
	w.pressed()
	w.slowly("CloseSession", 2*time.Minute, time.Hour)
	renewal := w.renew(2 * time.Minute)
	view := w.run()
	assert.Equal(t, support.Expired, view.State)
	assert.ElementsMatch(t, []string{teamCode, renewal.value.Code}, w.closedCodes())
	assert.Empty(t, view.Remarks)
}

func TestRunThatTakesOverClosesTheCodeThatWasReplaced(t *testing.T) {
	w := given(t).teamViewer()
	w.pressed()
	w.slowly("CloseSession", 2*time.Minute, time.Hour)
	w.renew(2 * time.Minute)
	w.press(23 * time.Minute)
	w.run()
	assert.Empty(t, w.closings)
	require.Len(t, w.children, 1)
	rest := restOf(t, w)
	rest.run()
	assert.Contains(t, rest.closedCodes(), teamCode)
}

// An agent's close was under way when the session ended by itself. It failed, and nobody closed the code any more.
func TestCodeIsClosedWhereAnAgentsCloseFailsAsTheSessionEnds(t *testing.T) {
	w := given(t).teamViewer()
	w.pressed()
	w.slowly("CloseSession", 5*time.Minute, 10*time.Minute)
	closed := w.closeAt(5 * time.Minute)
	w.tell(5*time.Minute+time.Second, tvSeen(support.PhaseGone))
	w.run()
	assert.Equal(t, support.CodeUnreachable, code(t, closed.err))
	assert.Equal(t, []string{teamCode}, w.closedCodes())
}

func TestRunOfAnEarlierVersionLeavesTheCodeThatWasReplacedAsThen(t *testing.T) {
	w := given(t).teamViewer().begunBefore()
	w.pressed()
	w.slowly("CloseSession", 2*time.Minute, time.Hour)
	renewal := w.renew(2 * time.Minute)
	w.run()
	assert.Equal(t, []string{renewal.value.Code}, w.closedCodes())
}

// The row of a run that had taken over kept the trouble of its closing for ever: nothing is written after that.
func TestRowDoesNotKeepTheTroubleOfItsClosing(t *testing.T) {
	w := ended(t)
	w.fails("CloseRow", forbidden)
	w.press(30 * time.Minute)
	w.run()
	rest := restOf(t, w)
	rest.run()
	assert.Len(t, rest.closedRows, 1)
	assert.Empty(t, rest.lastRow().ErrorCode)
}
