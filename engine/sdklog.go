package engine

import (
	"context"
	"log/slog"
	"slices"
)

// told are lines of the SDK that say again what Lifeline says itself: a step that failed is logged by the worker, at
// the level that its kind deserves; a step that is told to stop when the process stops can't report that it runs.
var told = []string{"Activity error.", "RecordActivityHeartbeat with error"}

// SDKLog gives the SDK a log in which what is told anyway counts as debugging.
func SDKLog(log *slog.Logger) *slog.Logger { return slog.New(sdkLog{log.Handler()}) }

type sdkLog struct{ slog.Handler }

// Handle implements slog.Handler.
func (l sdkLog) Handle(ctx context.Context, record slog.Record) error {
	if slices.Contains(told, record.Message) {
		if !l.Enabled(ctx, slog.LevelDebug) {
			return nil
		}
		record.Level = slog.LevelDebug
	}
	return l.Handler.Handle(ctx, record)
}

// WithAttrs implements slog.Handler.
func (l sdkLog) WithAttrs(attrs []slog.Attr) slog.Handler { return sdkLog{l.Handler.WithAttrs(attrs)} }

// WithGroup implements slog.Handler.
func (l sdkLog) WithGroup(name string) slog.Handler { return sdkLog{l.Handler.WithGroup(name)} }
