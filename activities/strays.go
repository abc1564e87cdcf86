package activities

import (
	"context"
	"time"

	"example.com/lifeline/support"
)

// strayAge is how long an open code of ours must have been nobody's before it is closed: the engine's index lags behind,
// and a code is at the vendor a little before its run shows it.
const strayAge = 5 * time.Minute

// keepsOpen tells whether the vendor leaves codes open that nobody needs any more (teamviewer.md 2.4).
func keepsOpen(c *Connection) bool { return c.Vendor.Kind() == support.TeamViewer }

// sweepDue tells whether it is time to look for strays while no session is open.
func (w *watcher) sweepDue(c *Connection) bool {
	return keepsOpen(c) && w.steps.Now().Sub(w.swept) >= strayAge
}

// closeStrays closes open codes of ours whose run is over or lost: they would count against the licence and lead
// customers to nobody. Where a customer is, the session is adopted instead.
func (w *watcher) closeStrays(ctx context.Context, c *Connection, live []place, list []support.Observation) {
	if !keepsOpen(c) {
		return
	}
	now, found, followed := w.steps.Now(), map[string]time.Time{}, bySession(live)
	for _, o := range list {
		_, mine := w.owner(o.Token)
		if _, known := followed[o.VendorSessionID]; known || !mine || isPresent(o.Phase) {
			continue
		}
		since, again := w.strays[o.VendorSessionID]
		if !again {
			since = now
		}
		if now.Sub(since) < strayAge || !w.closeStray(ctx, c, o.VendorSessionID) {
			found[o.VendorSessionID] = since
		}
	}
	w.strays, w.swept = found, now
}

func (w *watcher) closeStray(ctx context.Context, c *Connection, code string) bool {
	err := c.Vendor.Close(ctx, support.CloseRequest{VendorSessionID: code, Code: code})
	if err != nil {
		w.steps.Log.WarnContext(ctx, "a code that nobody needs any more could not be closed", "code", code, "error", err)
		return false
	}
	w.steps.Log.InfoContext(ctx, "closed a code that nobody needs any more", "code", code)
	return true
}

// isPresent tells whether a customer is there.
func isPresent(phase support.Phase) bool {
	return phase == support.PhaseWaiting || phase == support.PhaseConnected
}
