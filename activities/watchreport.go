package activities

import (
	"context"
	"time"

	"example.com/lifeline/support"
)

const (
	// reportOverlap is how far back ends of connections are read again: the report lags behind, and notes are edited.
	reportOverlap = 10 * time.Minute
	// reportReach is how far back a connection may have begun: the vendor selects by begin, and a code lives a day.
	reportReach = 48 * time.Hour
)

// reading is what came of reading the report once.
type reading struct {
	begun time.Time
	err   error
}

// report looks into the vendor's report for connections of live sessions, for a vendor that posts nothing. Rescue posts,
// and its report is for reconciling only (at most one call a minute, rescue.md 5.4). It is read beside the list: a
// report that is slow, or was asked for too often, must not keep agents from hearing of customers who come.
func (w *watcher) report(ctx context.Context, c *Connection, live []place) {
	now := w.steps.Now()
	if c.Vendor.Kind() != support.TeamViewer || !w.reportDue || w.reading != nil || now.Before(w.reportFrom) {
		return
	}
	result, byID, readTo := make(chan reading, 1), bySession(live), w.reportedTo
	w.reading, w.reportDue = result, stillOpen(live)
	w.readings.Go(func() {
		result <- reading{now, support.Carefully(func() error { return w.readReport(ctx, c, byID, now, readTo) })}
	})
}

// reported takes the result of a reading that has come to its end.
func (w *watcher) reported(ctx context.Context) {
	select {
	case read := <-w.reading:
		w.reading = nil
		if read.err == nil {
			w.reportedTo = read.begun
			return
		}
		w.steps.Log.WarnContext(ctx, "the vendor's report could not be read", "error", read.err)
		w.reportDue, w.reportFrom = true, w.steps.Now().Add(support.AsError(read.err).RetryAfter)
	default:
	}
}

func (w *watcher) readReport(ctx context.Context, c *Connection, live map[string]place, now, readTo time.Time) error {
	return eachPage(ctx, c, support.ReportQuery{From: now.Add(-reportReach)}, func(page []support.Report) (bool, error) {
		for _, r := range page {
			if p, ok := live[r.VendorSessionID]; ok {
				w.logged(ctx, w.steps.Dispatch.Observe(ctx, p.WorkflowID, reportEvent(r, now, support.PhaseUnknown)))
			}
		}
		return wasRead(page, readTo), nil
	})
}

// wasRead tells whether a page ends with connections that were read before: the newest end comes first
// (teamviewer.md 3.2).
func wasRead(page []support.Report, readTo time.Time) bool {
	if len(page) == 0 {
		return false
	}
	last := page[len(page)-1].EndedAt
	return !last.IsZero() && last.Before(readTo.Add(-reportOverlap))
}

// stillOpen tells whether a live session may yet get a report.
func stillOpen(live []place) bool {
	for _, p := range live {
		if p.State != support.Ended {
			return true
		}
	}
	return false
}
