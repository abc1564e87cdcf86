package engine_test

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"go.temporal.io/sdk/log"

	"example.com/lifeline/engine"
)

// Every failed attempt was logged twice, the second time as an error although it was about to be repeated; and each
// stop of the process ended in warnings.
func TestTheSDKDoesNotRepeatWhatTheWorkerSays(t *testing.T) {
	for level, wanted := range map[slog.Level][]string{slog.LevelInfo: {"level=ERROR msg=other"}, slog.LevelDebug: {"level=ERROR msg=other", `level=DEBUG msg="Activity error."`}} {
		var out strings.Builder
		sdk := log.With(log.NewStructuredLogger(engine.SDKLog(slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: level})))), "WorkerID", "w1")
		sdk.Error("Activity error.", "Attempt", 1)
		sdk.Warn("RecordActivityHeartbeat with error")
		sdk.Error("other")
		for _, line := range wanted {
			assert.Contains(t, out.String(), line)
		}
		assert.NotContains(t, out.String(), `level=ERROR msg="Activity error."`)
		assert.NotContains(t, out.String(), "level=WARN")
		assert.Equal(t, level == slog.LevelDebug, strings.Contains(out.String(), "Activity error."))
	}
}
