package teamviewer

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/support"
)

// Whether TeamViewer's window slides or resets is not known: no window of its length may hold more calls than allowed,
// wherever it begins.
func TestCallsNeverExceedTheLicenceInAnyWindow(t *testing.T) {
	for name, allowed := range licences {
		for _, processes := range []int{1, 3} {
			b := newBudget(name, processes)
			var made []time.Time
			for at := noon; at.Before(noon.Add(2 * allowed.window)); at = at.Add(time.Second) {
				for b.spend("GET /sessions", at) == nil {
					made = append(made, at)
				}
			}
			most, from := 0, 0
			for i, at := range made {
				for !made[from].After(at.Add(-allowed.window)) {
					from++
				}
				most = max(most, i-from+1)
			}
			assert.LessOrEqual(t, most*processes, allowed.calls, "%s, %d processes", name, processes)
			assert.Greater(t, most*processes, allowed.calls*9/10, "%s, %d processes: the licence is made use of", name, processes)
		}
	}
}

func TestSpentBudgetSaysWhenTheNextCallIsFree(t *testing.T) {
	b := newBudget("free", 1)
	var err error
	for err == nil {
		err = b.spend("GET /sessions", noon)
	}
	failure := support.AsError(err)
	require.Equal(t, support.CodeRateLimited, failure.Code)
	assert.Equal(t, support.Retry, failure.Kind)
	require.Positive(t, failure.RetryAfter)
	require.NoError(t, b.spend("POST /sessions", noon), "each function has its own")
	require.NoError(t, b.spend("GET /sessions", noon.Add(failure.RetryAfter)))
}

func TestUnknownLicenceIsTheSmallest(t *testing.T) {
	assert.Equal(t, newBudget("free", 1).burst, newBudget("gold", 1).burst)
}
