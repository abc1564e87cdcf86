package activities

import (
	"context"
	"slices"
	"sync"
	"time"

	"go.temporal.io/sdk/activity"

	"example.com/lifeline/support"
)

// WatchInput says what to watch and for how long.
type WatchInput struct {
	Account string        `json:"account"`
	Shift   time.Duration `json:"shift"`
}

// WatchVendor lists the account's open sessions again and again, and tells each session what changed.
func (s *Steps) WatchVendor(ctx context.Context, in WatchInput) error {
	w := &watcher{steps: s, connections: s.sharing(in.Account), seen: map[string]support.Observation{}, reportedTo: s.Now()}
	if len(w.connections) == 0 {
		return support.NeedsAttention(support.CodeConfiguration, "no connection of this worker uses the account "+in.Account, nil)
	}
	defer w.readings.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	end := time.NewTimer(in.Shift)
	defer end.Stop()
	for {
		pause := w.look(ctx)
		if activity.IsActivity(ctx) {
			activity.RecordHeartbeat(ctx)
		}
		wait := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			wait.Stop()
			return ctx.Err()
		case <-stopping(ctx):
			wait.Stop()
			return nil // another worker takes the next shift at once
		case <-end.C:
			wait.Stop()
			return nil
		case <-wait.C:
		}
	}
}

// stopping is closed when the worker shuts down: a watcher must not hold that up until its time-out.
func stopping(ctx context.Context) <-chan struct{} {
	if !activity.IsActivity(ctx) {
		return nil
	}
	return activity.GetWorkerStopChannel(ctx)
}

// watcher remembers what it has told, within one shift.
type watcher struct {
	steps       *Steps
	connections []string                       // that share the account
	seen        map[string]support.Observation // by vendor session id
	reportedTo  time.Time                      // up to when the report was read
	reportDue   bool                           // a session ended or its customer left since
	reportFrom  time.Time                      // the report is left alone until then
	reading     chan reading                   // the result of the reading that is under way; nil: none is
	readings    sync.WaitGroup
	strays      map[string]time.Time // open codes of ours that no run follows, and since when
	swept       time.Time            // when they were looked for last
}

// sharing lists the connections of a vendor account, in a stable order.
func (s *Steps) sharing(account string) []string {
	var names []string
	for name, c := range s.Connections {
		if c.Vendor.Account() == account {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// idlePause is how long a watcher rests while no session is open.
const idlePause = 5 * time.Second

// look sweeps once and answers how long to rest. Failures are logged and tried again: posts are the other way by which
// sessions learn, and either way is enough.
func (w *watcher) look(ctx context.Context) time.Duration {
	began, pause := time.Now(), w.pollEvery()
	w.reported(ctx)
	live, err := w.live(ctx)
	if err != nil {
		w.steps.Log.WarnContext(ctx, "the live sessions could not be listed", "error", err)
		return pause
	}
	c := w.steps.Connections[w.connections[0]]
	if len(live) == 0 && !w.sweepDue(c) {
		return min(idlePause, pause)
	}
	list, err := c.Vendor.Observe(ctx, support.ObserveRequest{Technicians: technicians(live)})
	w.tell(ctx, live, list)
	if err != nil { // the list may lack some: nothing is concluded from absence
		w.steps.Log.WarnContext(ctx, "the vendor's list could not be read whole", "account", c.Vendor.Account(), "error", err)
		return max(pause, support.AsError(err).RetryAfter)
	}
	w.tellAbsent(ctx, live, list)
	w.closeStrays(ctx, c, live, list)
	w.report(ctx, c, live)
	return rest(pause, time.Since(began))
}

// pollEvery is the shortest interval that a connection of the account wants.
func (w *watcher) pollEvery() time.Duration {
	shortest := w.steps.PollEvery(w.connections[0])
	for _, connection := range w.connections[1:] {
		shortest = min(shortest, w.steps.PollEvery(connection))
	}
	return shortest
}

// rest is what is left of the interval after a look that took its time: customers are told of within the interval, not
// within it and a slow answer. Half of it is left in any case, as a break for a vendor that is slower than that.
func rest(interval, took time.Duration) time.Duration { return max(interval-took, interval/2) }

// place is a live session and the connection it belongs to.
type place struct {
	connection string
	LiveSession
}

func (w *watcher) live(ctx context.Context) ([]place, error) {
	var all []place
	for _, connection := range w.connections {
		sessions, err := w.steps.Dispatch.Live(ctx, connection)
		if err != nil {
			return nil, err
		}
		for _, session := range sessions {
			all = append(all, place{connection, session})
		}
	}
	return all, nil
}

func technicians(live []place) []string {
	seen := map[string]bool{}
	var list []string
	for _, p := range live {
		if p.Technician != "" && !seen[p.Technician] {
			seen[p.Technician] = true
			list = append(list, p.Technician)
		}
	}
	return list
}

// tell brings each change to the session it concerns.
func (w *watcher) tell(ctx context.Context, live []place, list []support.Observation) {
	byID := bySession(live)
	for _, o := range list {
		if last, known := w.seen[o.VendorSessionID]; known && last.Phase == o.Phase && last.Technician == o.Technician {
			continue
		}
		if w.tellOne(ctx, byID, o) {
			w.seen[o.VendorSessionID] = o
			w.reportDue = w.reportDue || o.Phase == support.PhaseOpen || o.Phase == support.PhaseEnded
		}
	}
}

// tellAbsent tells the sessions that the whole list does not show that they are gone.
func (w *watcher) tellAbsent(ctx context.Context, live []place, list []support.Observation) {
	byID := bySession(live)
	for _, o := range list {
		delete(byID, o.VendorSessionID)
	}
	for id := range byID {
		if w.tellOne(ctx, byID, support.Observation{VendorSessionID: id, Phase: support.PhaseGone}) {
			delete(w.seen, id)
			w.reportDue = true
		}
	}
}

// bySession finds live sessions by the vendor's id, where it is known.
func bySession(live []place) map[string]place {
	found := map[string]place{}
	for _, p := range live {
		if p.VendorSessionID != "" {
			found[p.VendorSessionID] = p
		}
	}
	return found
}

// tellOne tells one session. One that no run follows is only told of while somebody is there: Rescue lists sessions
// for hours after their end (rescue.md 5.1).
func (w *watcher) tellOne(ctx context.Context, live map[string]place, o support.Observation) bool {
	event := support.Event{
		Kind: support.EventObserved, VendorSessionID: o.VendorSessionID, Token: o.Token, Phase: o.Phase, Reason: o.Reason,
		Technician: o.Technician, At: w.steps.Now(),
	}
	if p, ok := live[o.VendorSessionID]; ok {
		return w.logged(ctx, w.steps.Dispatch.Observe(ctx, p.WorkflowID, event))
	}
	connection, mine := w.owner(o.Token)
	if !mine || !isPresent(o.Phase) {
		return false // its run may only not be in the index yet: then it is told in the next sweep
	}
	return w.logged(ctx, w.steps.Dispatch.Deliver(ctx, connection, event))
}

// owner finds the connection whose token it is.
func (w *watcher) owner(token support.Token) (string, bool) {
	for _, connection := range w.connections {
		if c := w.steps.Connections[connection]; c != nil {
			if _, _, ok := token.Parse(c.CRM.Kind(), connection); ok {
				return connection, true
			}
		}
	}
	return "", false
}

func (w *watcher) logged(ctx context.Context, err error) bool {
	if err != nil {
		w.steps.Log.WarnContext(ctx, "a session was not told", "error", err)
	}
	return err == nil
}
