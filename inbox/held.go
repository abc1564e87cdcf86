package inbox

import (
	"os"
	"path/filepath"
)

// Held is an item on disk that Forward leaves alone, because whoever put it there is still trying to deliver it. Either
// Release or Drop ends that; a crash before leaves the item to Forward at the next start.
type Held struct {
	inbox *Inbox
	entry entry
}

// Release leaves the item to Forward.
func (h *Held) Release() {
	i := h.inbox
	i.mu.Lock()
	i.held--
	i.waiting = insert(i.waiting, h.entry)
	i.mu.Unlock()
	i.ring()
}

// Drop forgets an item that was delivered. One that can't be removed is delivered once more.
func (h *Held) Drop() {
	if err := os.Remove(filepath.Join(h.inbox.dir, h.entry.name())); err != nil {
		h.inbox.options.Logger.Warn("a delivered post was not removed from the inbox", "connection", h.entry.connection, "error", err)
		h.Release()
		return
	}
	h.inbox.free(h.entry)
}
