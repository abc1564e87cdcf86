// Package inbox keeps what the vendors post on disk while the engine can't be reached, so that a hook may answer 200
// and nothing is lost. It holds nothing longer than it must: the engine is the place where posts live.
package inbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gofrs/flock"
)

// ErrFull says that the inbox has reached its bound: the hook answers 503 and the vendor tries again.
var ErrFull = errors.New("inbox: full")

const (
	deadDir  = "dead"
	lockFile = "lock"
)

// Item is one post as it arrived.
type Item struct {
	Connection  string    `json:"connection"`
	ContentType string    `json:"contentType"`
	Event       string    `json:"event"` // the hook's event parameter
	Body        []byte    `json:"body"`
	ReceivedAt  time.Time `json:"receivedAt"` // zero: when it is put in
}

// Sealer encrypts items at rest: they name customers. engine.Keys is one.
type Sealer interface {
	Seal(plain []byte) ([]byte, error)
	Open(sealed []byte) ([]byte, error)
}

// Options bound the inbox.
type Options struct {
	Sealer   Sealer        // required
	MaxBytes int64         // of all waiting files together; 0: 256 MiB
	MaxFiles int           // waiting; 0: 10,000
	Retry    time.Duration // how long Forward waits after a failure; 0: 5 s
	Logger   *slog.Logger  // nil: slog's default
}

// Inbox is a directory of sealed items. One process owns it.
type Inbox struct {
	dir     string
	options Options
	lock    *flock.Flock
	wake    chan struct{} // holds one token while there may be something new

	mu      sync.Mutex
	waiting []entry // oldest first
	bytes   int64   // of waiting and held
	held    int     // files that Hold has written, or is writing now, and whose fate is open
	dead    int
	last    int64 // the newest item's place in the order

	// fault is called after each step on disk. Tests set it: an error is a failing disk, a panic the end of the process.
	fault func(step string) error
}

// Open takes over a directory, which is made if missing, with all that waits in it.
func Open(dir string, o Options) (*Inbox, error) {
	if o.Sealer == nil {
		return nil, errors.New("inbox: no encryption key is set")
	}
	if err := os.MkdirAll(filepath.Join(dir, deadDir), 0o700); err != nil {
		return nil, fmt.Errorf("inbox: %w", err)
	}
	lock := flock.New(filepath.Join(dir, lockFile))
	locked, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("inbox: locking %s: %w", dir, err)
	}
	if !locked {
		return nil, fmt.Errorf("inbox: %s is used by another process; give each its own directory", dir)
	}
	i := &Inbox{dir: dir, options: withDefaults(o), lock: lock, wake: make(chan struct{}, 1)}
	if err := i.load(); err != nil {
		return nil, errors.Join(fmt.Errorf("inbox: %w", err), lock.Unlock())
	}
	i.ring()
	return i, nil
}

func withDefaults(o Options) Options {
	if o.MaxBytes == 0 {
		o.MaxBytes = 256 << 20
	}
	if o.MaxFiles == 0 {
		o.MaxFiles = 10_000
	}
	if o.Retry == 0 {
		o.Retry = 5 * time.Second
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return o
}

// Close gives the directory back. End Forward first.
func (i *Inbox) Close() error { return i.lock.Unlock() }

// Hold returns when the item is on disk to stay, sealed, and leaves it to the caller what becomes of it. It answers
// ErrFull when there is no room. An item that Hold answered with an error may still be forwarded, if the fault came
// late: receivers tell doubles by their event id.
func (i *Inbox) Hold(ctx context.Context, item Item) (*Held, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if item.ReceivedAt.IsZero() {
		item.ReceivedAt = time.Now()
	}
	sealed, err := seal(i.options.Sealer, item)
	if err != nil {
		return nil, err
	}
	e, err := i.reserve(item, int64(len(sealed)))
	if err != nil {
		return nil, err
	}
	if err := i.write(e, sealed); err != nil {
		i.free(e)
		return nil, fmt.Errorf("inbox: keeping a post: %w", err)
	}
	return &Held{inbox: i, entry: e}, nil
}

// Ready tells whether a post could be kept now: there is room, and the disk takes a file.
func (i *Inbox) Ready() error {
	if i.full() {
		return ErrFull
	}
	probe, err := os.CreateTemp(i.dir, "probe-*"+partSuffix)
	if err != nil {
		return fmt.Errorf("inbox: %w", err)
	}
	_, err = probe.WriteString("ready?")
	return errors.Join(err, probe.Close(), os.Remove(probe.Name()))
}

func (i *Inbox) full() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.bytes >= i.options.MaxBytes || len(i.waiting)+i.held >= i.options.MaxFiles
}

// reserve finds room and the item's place in the order before anything is written.
func (i *Inbox) reserve(item Item, size int64) (entry, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.bytes+size > i.options.MaxBytes || len(i.waiting)+i.held >= i.options.MaxFiles {
		return entry{}, ErrFull
	}
	i.bytes += size
	i.held++
	i.last = max(i.last+1, item.ReceivedAt.UnixNano())
	return entry{order: i.last, connection: item.Connection, size: size}, nil
}

// free gives back the room of an item that is not on disk.
func (i *Inbox) free(e entry) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.held--
	i.bytes -= e.size
}

// ring wakes Forward. A token that is there already says the same.
func (i *Inbox) ring() {
	select {
	case i.wake <- struct{}{}:
	default:
	}
}

// Depth is how many items wait.
func (i *Inbox) Depth() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return len(i.waiting)
}

// Dead is how many items were set aside and wait for a human.
func (i *Inbox) Dead() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.dead
}
