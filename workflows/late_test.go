package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/support"
	"example.com/lifeline/workflows"
)

// latePost is an end post's second part, which brings something to file.
func latePost() support.Event {
	late := endPost()
	late.ID, late.Chat = "late", "Ana: thanks"
	return late
}

// What came late and was not filed when the record was wanted was left out, and its trouble stayed with the alert desk.
func TestRunThatTakesOverFilesWhatCameLate(t *testing.T) {
	w := ended(t)
	w.failsUntil("CloseRow", 20*time.Minute, crmDown)
	w.tell(15*time.Minute, latePost())
	w.at(16*time.Minute, func() { w.fails("FileOutcome", forbidden) })
	press := w.press(40 * time.Minute)
	w.run()
	assert.Equal(t, workflows.FailureSessionOver, code(t, press.err))
	require.Len(t, w.raised, 1)
	rest := restOf(t, w)
	assert.Equal(t, support.Filed, rest.run().State)
	require.Len(t, rest.notes, 1)
	for marker, note := range rest.notes {
		assert.Contains(t, marker, ":late-")
		assert.True(t, note.Again, "the first run may have written it")
	}
	assert.Len(t, rest.cleared, 1)
}

// A run that had been as good as over held the record until what had come at the last moment was filed.
func TestPressDoesNotWaitForWhatCameAtTheLastMoment(t *testing.T) {
	w := ended(t)
	foreign := startPost()
	foreign.Token, foreign.VendorSessionID = support.NewToken(support.ServiceNow, incident, support.Nonce("another run")), "1080000999"
	w.failsUntil("HandOn", 20*time.Minute, slow)
	w.tell(3*time.Minute, foreign)
	w.tell(15*time.Minute, latePost())
	w.at(16*time.Minute, func() { w.fails("FileOutcome", forbidden) })
	press := w.press(40 * time.Minute)
	w.run()
	assert.Equal(t, workflows.FailureSessionOver, code(t, press.err))
	require.Len(t, w.children, 1)
	assert.Equal(t, w.Now(), press.since.Add(press.after), "the run ends with the answer")
	rest := restOf(t, w)
	rest.run()
	assert.Len(t, rest.notes, 1)
}
