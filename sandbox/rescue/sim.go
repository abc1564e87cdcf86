// Package rescue is a faithful local simulator of LogMeIn Rescue: its plain and SOAP API, its customer and technician
// pages, and the posts it sends when a session starts and ends. It follows the wire reference (rescue.md), not our
// client, and refuses what the real service refuses. People act in it through pages, tests through Go methods or the
// JSON control API under /_sim/. A virtual clock makes waiting unnecessary.
package rescue

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"example.com/lifeline/sandbox/kit"
)

// Options of a simulator. The zero value is a useful one.
type Options struct {
	Clock        func() time.Time // where time starts from, before Advance; nil is time.Now
	Logger       *slog.Logger     // nil discards
	Pages        string           // base URL in links, e.g. "https://secure.example.com"; empty: as the request addressed us
	FirstSession int64            // id of the first session; 0 is 1080000123
	PINPool      int              // how many unused PINs may exist at once; 0 is all 1,000,000
	PostTimeout  time.Duration    // of one post; 0 is 10 s
	Settings
}

// Settings can be changed while the simulator runs, see Configure.
type Settings struct {
	Layout   Layout   `json:"layout"`   // of plain answers
	Language Language `json:"language"` // of status words, for companies without one of their own
	// NoLimits switches the rate limits off: 1 PIN/s, 1 report/60 s, 10 logins/3 min.
	NoLimits bool `json:"noLimits"`
	// KeepClosed is how long a finished session stays in getSession with its final status (rescue.md 5.1: "can be
	// listed for hours"). 0 removes it at once.
	KeepClosed Duration `json:"keepClosed"`
	// RowAtPIN makes an unused PIN show as a Connecting row at once; the documentation is ambiguous (rescue.md 4.2).
	RowAtPIN bool `json:"rowAtPin"`
	// EndPostOnTransfer sends an end post for the technician who gives a session away (rescue.md 7.4, unverified).
	EndPostOnTransfer bool `json:"endPostOnTransfer"`
	// SecondsInReports writes durations as plain seconds instead of H:MM:SS (rescue.md 5.4).
	SecondsInReports bool `json:"secondsInReports"`
}

// Layout is how a plain answer is laid out (rescue.md 1.3).
type Layout string

// The layouts. OneLine joins labelled values with blanks; tables and XML keep their line ends.
const (
	BlankLine Layout = "blankline"
	OneLine   Layout = "oneline"
)

// Duration is a time.Duration that JSON shows as "20m0s".
type Duration = kit.Duration

// Sim is one simulated Rescue. All methods are safe for concurrent use.
type Sim struct {
	log     *slog.Logger
	pages   string
	pinPool int
	clock   *kit.Clock
	faults  *kit.Faults[Fault]

	mu        sync.Mutex
	settings  Settings
	lastNode  int64
	firstID   int64
	swept     time.Time
	pinsMade  int
	companies []*company
	users     []*user
	groups    map[string]*Group
	channels  []*Channel
	pins      []*pin
	pinByCode map[string]*pin // of equal codes the newest
	sessions  []*session
	cookies   map[string]*login
	tickets   map[string]*ticket
	tokens    map[string]*user
	posts     poster
}

// New makes an empty simulator. Close it when done, so that no post outlives it.
func New(opts Options) *Sim {
	s := &Sim{
		log:      opts.Logger,
		pages:    opts.Pages,
		pinPool:  opts.PINPool,
		clock:    kit.NewClock(opts.Clock),
		faults:   newFaults(),
		settings: opts.Settings,
		lastNode: 25500100,
		firstID:  opts.FirstSession,
		groups:   map[string]*Group{},

		pinByCode: map[string]*pin{},
		cookies:   map[string]*login{},
		tickets:   map[string]*ticket{},
		tokens:    map[string]*user{},
		posts:     newPoster(opts.PostTimeout),
	}
	s.fillDefaults()
	return s
}

func (s *Sim) fillDefaults() {
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.firstID == 0 {
		s.firstID = 1080000123
	}
	if s.pinPool == 0 {
		s.pinPool = pinSpace
	}
	if s.settings.Layout == "" {
		s.settings.Layout = BlankLine
	}
	if s.settings.Language == "" {
		s.settings.Language = English
	}
}

// Close stops sending posts and waits for those under way.
func (s *Sim) Close() {
	s.posts.cancel()
	_ = s.WaitPosts(context.Background())
}

// Configure changes settings while the simulator runs.
func (s *Sim) Configure(change func(*Settings)) {
	defer s.enter()()
	change(&s.settings)
}

// Handler serves the API, the pages and the control API on root paths, as on the real host.
func (s *Sim) Handler() http.Handler { return kit.Dated(s.Now, s.routes()) }

// enter locks the state, brings it up to date with the clock, and returns the unlock.
func (s *Sim) enter() func() {
	s.mu.Lock()
	s.sweep()
	return s.mu.Unlock
}

// now is the virtual time; callers hold the lock.
func (s *Sim) now() time.Time { return s.clock.Now() }

// Now is the virtual time.
func (s *Sim) Now() time.Time {
	defer s.enter()()
	return s.now()
}

// Advance moves the virtual clock forward and lets everything happen that falls due: PIN expiry, time-outs, the end of
// rate limits.
func (s *Sim) Advance(by time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clock.Advance(by)
	s.sweep()
}
