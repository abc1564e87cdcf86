package api

import (
	"context"
	"sync"
	"time"

	"example.com/lifeline/support"
)

// How many event streams a process has at most, and one record.
const (
	maxStreams       = 2000
	maxRecordStreams = 50
)

// hub lets all streams of a record share one look at its session.
type hub struct {
	every time.Duration
	look  func(context.Context, support.RecordRef) (string, error)
	over  context.Context // done when all streams are to end
	end   context.CancelFunc

	mu      sync.Mutex
	feeds   map[support.RecordRef]*feed
	streams int
}

// feed is a record that somebody watches.
type feed struct {
	last     string
	watchers map[chan string]bool
	stop     context.CancelFunc
}

func newHub(every time.Duration, look func(context.Context, support.RecordRef) (string, error)) *hub {
	h := &hub{every: every, look: look, feeds: map[support.RecordRef]*feed{}}
	h.over, h.end = context.WithCancel(context.Background())
	return h
}

// watch gives the record's states as they change, beginning with the one now. A watcher who is slow misses those in
// between. Leave must be called.
func (h *hub) watch(ref support.RecordRef) (states <-chan string, leave func(), err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	f, watched := h.feeds[ref]
	if h.streams >= maxStreams || (watched && len(f.watchers) >= maxRecordStreams) {
		return nil, nil, support.Stopped(codeTooMany, "too many event streams are open", nil)
	}
	if !watched {
		f = h.start(ref)
	}
	watcher := make(chan string, 1)
	if f.last != "" {
		watcher <- f.last
	}
	f.watchers[watcher] = true
	h.streams++
	return watcher, func() { h.leave(ref, f, watcher) }, nil
}

func (h *hub) start(ref support.RecordRef) *feed {
	ctx, stop := context.WithCancel(h.over)
	f := &feed{watchers: map[chan string]bool{}, stop: stop}
	h.feeds[ref] = f
	go h.follow(ctx, ref, f)
	return f
}

func (h *hub) leave(ref support.RecordRef, f *feed, watcher chan string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(f.watchers, watcher)
	h.streams--
	if len(f.watchers) == 0 {
		f.stop()
		delete(h.feeds, ref)
	}
}

// follow looks at the session until nobody watches any more. A look that fails is tried again with the next.
func (h *hub) follow(ctx context.Context, ref support.RecordRef, f *feed) {
	ticker := time.NewTicker(h.every)
	defer ticker.Stop()
	for {
		if state, err := h.look(ctx, ref); err == nil {
			h.tell(f, state)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

func (h *hub) tell(f *feed, state string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if state == f.last {
		return
	}
	f.last = state
	for watcher := range f.watchers {
		select {
		case <-watcher: // an older one that nobody took
		default:
		}
		watcher <- state // has room: only tell sends, under the lock
	}
}
