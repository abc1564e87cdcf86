package kit

import (
	"context"
	"sync"
)

// News tells waiters that something changed, and counts the changes. The zero value is ready and safe for concurrent
// use. It takes no other lock, so that its owner may announce a change while holding his own.
type News struct {
	mu    sync.Mutex
	count int64
	next  chan struct{} // closed at the next change; nil until somebody asks for it
}

// Announce counts a change and wakes those who wait for one.
func (n *News) Announce() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.count++
	if n.next != nil {
		close(n.next)
		n.next = nil
	}
}

// Count is the number of changes so far.
func (n *News) Count() int64 {
	count, _ := n.look()
	return count
}

// Next is closed at the next change. Take it before looking at what may change.
func (n *News) Next() <-chan struct{} {
	_, next := n.look()
	return next
}

// Above waits until there were more changes than since, and returns their number. When the context ends first, it
// returns its error and the number so far.
func (n *News) Above(ctx context.Context, since int64) (int64, error) {
	for {
		count, next := n.look()
		if count > since {
			return count, nil
		}
		select {
		case <-next:
		case <-ctx.Done():
			return count, ctx.Err()
		}
	}
}

// Await waits until the condition holds, looking again after each change. It returns the context's error when that
// ends first.
func (n *News) Await(ctx context.Context, condition func() bool) error {
	for {
		next := n.Next()
		if condition() {
			return nil
		}
		select {
		case <-next:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (n *News) look() (int64, <-chan struct{}) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.next == nil {
		n.next = make(chan struct{})
	}
	return n.count, n.next
}
