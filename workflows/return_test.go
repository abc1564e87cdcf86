package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/support"
)

// The run that files a session which nobody joined dropped what came meanwhile, with chat and notes.
func TestCustomerWhoComesWhileAnotherRunFilesIsFollowed(t *testing.T) {
	rest := restOfUnused(t)
	rest.failsUntil("FileProgress", time.Hour, crmDown)
	rest.tell(10*time.Minute, seen(support.PhaseConnected))
	rest.tell(20*time.Minute, endPost())
	view := rest.run()
	assert.Equal(t, support.Filed, view.State)
	assert.Equal(t, support.ReasonTechnician, view.Reason)
	require.Len(t, rest.notes, 1)
	assert.Equal(t, "Dana: bye", rest.lastRow().Outcome.Chat)
	assert.Equal(t, "row-of-"+rest.lastRow().Key, rest.lastRow().RowID)
}

// restOfUnused is the run that files a session whose code nobody used, while the record has a new one.
func restOfUnused(t *testing.T) *world {
	w := given(t)
	w.pressed()
	w.slowly("FileProgress", 20*time.Minute, time.Hour)
	w.press(23 * time.Minute)
	w.run()
	require.Len(t, w.children, 1)
	assert.Equal(t, support.Expired, w.children[0].Carried.State)
	return restOf(t, w)
}

func TestRunOfAnEarlierVersionThatFilesDropsWhatComes(t *testing.T) {
	rest := restOfUnused(t).begunBefore()
	rest.failsUntil("FileProgress", time.Hour, crmDown)
	rest.tell(10*time.Minute, endPost())
	assert.Equal(t, support.Expired, rest.run().State)
}
