package inbox

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"example.com/lifeline/support"
)

// Forward hands the items to deliver, oldest first, until ctx ends, and returns its error. An item is gone when deliver
// answers nil. When it answers a passing failure (support.Retry, or an error of no kind), the item and all later ones
// of its connection wait for the next try; other connections go on. An item that fails for good, or can't be opened,
// moves to the folder dead/ beside a file with the reason: moving it back into the inbox gives it another try at the
// next start. A crash between delivery and removal delivers again. Run one Forward at a time.
func (i *Inbox) Forward(ctx context.Context, deliver func(context.Context, Item) error) error {
	for {
		i.pass(ctx, deliver)
		var retry <-chan time.Time
		if i.Depth() > 0 {
			retry = time.After(i.options.Retry)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-i.wake:
		case <-retry:
		}
	}
}

// pass tries each item once.
func (i *Inbox) pass(ctx context.Context, deliver func(context.Context, Item) error) {
	stuck := map[string]bool{}
	for _, e := range i.snapshot() {
		if ctx.Err() != nil {
			return
		}
		if stuck[e.connection] {
			continue
		}
		if err := i.forward(ctx, e, deliver); err != nil {
			stuck[e.connection] = true
			i.options.Logger.Warn("a post waits in the inbox", "connection", e.connection, "waiting", i.Depth(), "error", err)
		}
	}
}

func (i *Inbox) snapshot() []entry {
	i.mu.Lock()
	defer i.mu.Unlock()
	return slices.Clone(i.waiting)
}

// forward returns the passing failure that keeps the item waiting.
func (i *Inbox) forward(ctx context.Context, e entry, deliver func(context.Context, Item) error) error {
	path := filepath.Join(i.dir, e.name())
	sealed, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) { // taken out by hand
		i.drop(e)
		return nil
	}
	if err != nil {
		return err
	}
	item, err := unseal(i.options.Sealer, sealed)
	if err != nil {
		return i.bury(e, "cannot be opened: "+err.Error(), err)
	}
	if err := deliver(ctx, item); err != nil {
		fault := support.AsError(err)
		if fault.Kind == support.Retry {
			return err
		}
		return i.bury(e, fault.Code+": "+fault.Message, err)
	}
	// The directory is not synced: should the removal be lost with the power, the item is delivered once more.
	if err := errors.Join(i.after("deliver"), os.Remove(path)); err != nil {
		return err
	}
	i.drop(e)
	return nil
}

// bury sets a poisonous item aside. The reason goes first, so that no dead item is without one.
func (i *Inbox) bury(e entry, reason string, cause error) error {
	grave := filepath.Join(i.dir, deadDir, e.name())
	if err := os.WriteFile(grave+reasonSuffix, []byte(reason+"\n"), 0o600); err != nil {
		return fmt.Errorf("inbox: %w", err)
	}
	if err := errors.Join(i.after("reason"), os.Rename(filepath.Join(i.dir, e.name()), grave)); err != nil {
		return fmt.Errorf("inbox: %w", err)
	}
	i.drop(e)
	i.mu.Lock()
	i.dead++
	i.mu.Unlock()
	i.options.Logger.Error("a post can't be forwarded and was set aside", "connection", e.connection, "file", grave, "error", cause)
	return nil
}

func (i *Inbox) drop(e entry) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.bytes -= e.size
	i.waiting = slices.DeleteFunc(i.waiting, func(w entry) bool { return w.order == e.order })
}
