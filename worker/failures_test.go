package worker

import (
	"log/slog"
	"testing"

	"github.com/stretchr/testify/assert"

	"example.com/lifeline/support"
)

// Two connections of one Rescue account take turns at its one report a minute: a warning each time, and nothing wrong.
func TestWaitingForALimitIsNoWarning(t *testing.T) {
	for code, want := range map[string]slog.Level{support.CodeRateLimited: slog.LevelInfo, support.CodeUnreachable: slog.LevelWarn} {
		assert.Equal(t, want, level(support.Retryable(code, "", 0, nil)), code)
	}
	assert.Equal(t, slog.LevelInfo, level(support.Stopped(support.CodeInvalid, "", nil)))
	assert.Equal(t, slog.LevelError, level(&support.Error{Kind: support.Attention, Code: support.CodePermission}))
}
