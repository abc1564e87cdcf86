package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/support"
	"example.com/lifeline/workflows"
)

// looked lets KeyHealth look at a key that has one status after the other; the last one stays.
func looked(t *testing.T, statuses ...string) (*standing, time.Duration) {
	t.Helper()
	env, played := stand(t)
	played.keys = statuses
	_, err := periodic(t, env, workflows.KeyHealthType)
	require.NoError(t, err)
	return played, env.Now().Sub(start)
}

func TestActiveKeyClearsTheAlert(t *testing.T) {
	played, took := looked(t, support.KeyActive)
	assert.Empty(t, played.raised)
	require.Len(t, played.cleared, 1)
	assert.Equal(t, "session key", played.cleared[0].Subject)
	assert.Less(t, took, time.Minute)
}

func TestFailedKeyIsAlertedAtOnceWithTheWayOut(t *testing.T) {
	played, took := looked(t, support.KeyFailed)
	require.Len(t, played.raised, 1)
	assert.Equal(t, support.CodeKeyPending, played.raised[0].Code)
	assert.Contains(t, played.raised[0].Reason, "failed")
	assert.Contains(t, played.raised[0].Remedy, "lifeline doctor --repair "+acme)
	assert.Less(t, took, time.Minute)
}

func TestKeyThatIsBeingBuiltHasAQuarterOfAnHour(t *testing.T) {
	played, took := looked(t, support.KeyPending)
	require.Len(t, played.raised, 1)
	assert.Contains(t, played.raised[0].Reason, "pending")
	assert.InDelta(t, 15, took.Minutes(), 1)

	played, took = looked(t, support.KeyPending, support.KeyPending, support.KeyActive)
	assert.Empty(t, played.raised)
	assert.Len(t, played.cleared, 1)
	assert.InDelta(t, 2, took.Minutes(), 1)
}

func TestMissingKeyIsAlertedAndAnOutageIsNot(t *testing.T) {
	env, played := stand(t)
	played.keyless = support.NeedsAttention(support.CodeConfiguration, "the session table is missing", nil)
	_, err := periodic(t, env, workflows.KeyHealthType)
	require.NoError(t, err)
	require.Len(t, played.raised, 1)
	assert.Equal(t, "the session table is missing", played.raised[0].Reason)

	env, played = stand(t)
	played.keyless = support.Retryable(support.CodeUnreachable, "no answer", 0, nil)
	_, err = periodic(t, env, workflows.KeyHealthType)
	assert.Equal(t, support.CodeUnreachable, code(t, err))
	assert.Empty(t, played.raised)
	assert.Empty(t, played.cleared)
}
