// Package teamviewer is a faithful local simulator of the TeamViewer Web API v1: sessions, connection reports, groups,
// users, OAuth with its consent page, licences and their limits. It follows the wire reference (teamviewer.md), not our
// client, and refuses what the real service refuses. What the reference leaves open is a switch in Settings.
//
// People act in it through pages: the customer's link, the supporter's link and a management console. Tests act through
// the methods of Sim or the JSON controls under /_sim/. A virtual clock makes waiting unnecessary.
//
// Bodies are JSON, and at the token endpoint also forms; the XML of the real service is not imitated.
package teamviewer

import (
	"log/slog"
	"net/http"
	"sync"
	"time"

	"example.com/lifeline/sandbox/kit"
)

// Options of a simulator. The zero value is an empty company with a Corporate licence.
type Options struct {
	Clock   func() time.Time // where time starts from, before Advance; nil is time.Now
	Logger  *slog.Logger     // nil discards
	Pages   string           // base URL in links, e.g. "https://get.example.com"; empty: as the request addressed us
	Company string           // name of the company; empty is "Example AG"
	Licence Licence          // zero is Corporate without a ceiling
	Users   []User           // present from the start
	Tokens  []ScriptToken    // script tokens of these users
	Clients []Client         // registered OAuth apps
	Settings
}

// Sim is one simulated company account. All methods are safe for concurrent use.
type Sim struct {
	log     *slog.Logger
	pages   string
	company string
	clock   *kit.Clock
	news    kit.News
	faults  *kit.Faults[Fault]

	mu       sync.Mutex // guards everything below
	settings Settings
	licence  Licence
	lastID   int64
	users    []*User
	groups   []*group
	sessions []*session // oldest first
	reports  reportStore
	devices  []DeviceReport // newest end first
	tokens   map[string]*bearer
	clients  map[string]Client
	codes    map[string]authCode
	pairs    []*pair
	loseNext bool // the next token answer is lost on its way
	limits   map[limitKey]*limitWindow
	requests []Request
}

// New makes a simulator with the users, script tokens and OAuth apps of the options. It panics when these contradict
// each other, for a token of an unknown user for instance: that is a mistake in the program.
func New(opts Options) *Sim {
	s := &Sim{
		log: opts.Logger, pages: opts.Pages, company: opts.Company, clock: kit.NewClock(opts.Clock),
		faults:   kit.NewFaults(func(f *Fault) *int { return &f.Times }),
		settings: opts.Settings, licence: opts.Licence, lastID: 11_223_343,
		tokens: map[string]*bearer{}, clients: map[string]Client{}, codes: map[string]authCode{},
		limits: map[limitKey]*limitWindow{},
	}
	s.fillDefaults()
	for _, u := range opts.Users {
		s.AddUser(u)
	}
	for _, c := range opts.Clients {
		s.AddClient(c)
	}
	for _, t := range opts.Tokens {
		if err := s.AddToken(t); err != nil {
			panic("teamviewer simulator: script token " + t.Name + ": " + err.Error())
		}
	}
	return s
}

func (s *Sim) fillDefaults() {
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.company == "" {
		s.company = "Example AG"
	}
	if s.licence.Type == "" {
		s.licence.Type = Corporate
	}
	s.settings = s.settings.withDefaults()
}

// Handler serves the API, the pages of customers, supporters and the console, and the controls under /_sim/.
func (s *Sim) Handler() http.Handler { return kit.Dated(s.Now, s.routes()) }

// now is the virtual time in whole seconds, as the service writes it.
func (s *Sim) now() time.Time { return s.clock.Now().Truncate(time.Second) }

// Now is the virtual time, in whole seconds.
func (s *Sim) Now() time.Time { return s.now() }

// Advance moves the virtual clock forward: tokens and codes expire, reports appear, limits are lifted.
func (s *Sim) Advance(by time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clock.Advance(by)
	s.touch()
}
