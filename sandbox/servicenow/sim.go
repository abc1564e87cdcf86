// Package servicenow simulates one ServiceNow instance: OAuth, the Table, Attachment, Import Set, Batch and Aggregate
// APIs, the rules of incidents and cases, and a small desk for people. It follows the reference (servicenow.md 2, 4, 6.7
// and 7) and refuses what a real instance refuses; it knows nothing of the clients that call it.
//
// Machines and people use the real host's paths. What a test or a demo needs besides, faults for instance, is under
// /_sim/ and in the methods of Sim.
package servicenow

import (
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"example.com/lifeline/sandbox/kit"
)

// Options describe the instance. The zero value is an instance without users, with CSM and the app's tables.
type Options struct {
	Instance string           // name of the instance; default "dev00001"
	Address  string           // its own address, used in links; default https://<instance>.service-now.com (servicenow.md 4.1)
	Now      func() time.Time // default time.Now
	Logger   *slog.Logger     // default discards
	Prefix   string           // prefix of the app's tables and roles; default "x_lfln_lifeline"

	SessionColumns    []Column // of <prefix>_session; default DefaultSessionColumns
	ConnectionColumns []Column // of <prefix>_connection; default DefaultConnectionColumns

	Clients    []Client          // the application registry
	Users      []User            // present from the start
	Rules      []RateRule        // inbound rate limits
	Properties map[string]string // system properties, over DefaultProperties
	NoCSM      bool              // Customer Service Management is not installed

	OmitRefreshToken   bool // a refresh_token grant answers without the refresh token (servicenow.md 2.2 leaves it open)
	MachinesCannotPass bool // the password grant refuses web-service-only users (servicenow.md 2.4 leaves it open)

	Press PressFunc // what "Generate PIN" does; nil hides the button
}

// Sim is one simulated instance. All methods are safe for concurrent use.
type Sim struct {
	opts   Options
	log    *slog.Logger
	clock  *kit.Clock
	news   kit.News
	faults *kit.Faults[Fault]
	down   atomic.Bool

	mu       sync.Mutex // guards everything below
	db       *database
	accounts map[string]*account // by user name
	oauth    *tokenOffice
	sessions *sessionStore
	acl      map[string]map[Operation][]string
	hidden   map[string]bool // sys_ids the ACLs hide
	rules    []*RateRule
	uploads  map[string]bool   // execution trackers of finished installations
	flashes  map[string]flash  // messages for the next page, by user name
	files    map[string][]byte // contents of attachments, by sys_id

	transforms map[string]Transform // by staging table
	importSets int
}

// New makes an instance with its standard tables, the app's tables, and the users, clients and rules of the options.
func New(opts Options) *Sim {
	opts = withDefaults(opts)
	s := &Sim{
		opts: opts, log: opts.Logger, clock: kit.NewClock(opts.Now), faults: kit.NewFaults(func(f *Fault) *int { return &f.Times }),
		accounts: map[string]*account{}, hidden: map[string]bool{}, uploads: map[string]bool{},
		flashes: map[string]flash{}, files: map[string][]byte{}, transforms: map[string]Transform{},
	}
	s.db = newDatabase(s.now, s.touch)
	s.db.csm = !opts.NoCSM
	s.oauth = newTokenOffice(opts.Clients)
	s.sessions = newSessionStore()
	s.acl = defaultACL(opts.Prefix)
	s.mu.Lock()
	s.install()
	s.mu.Unlock()
	for _, user := range opts.Users {
		s.AddUser(user)
	}
	for _, rule := range opts.Rules {
		s.AddRateRule(rule)
	}
	return s
}

func withDefaults(opts Options) Options {
	if opts.Instance == "" {
		opts.Instance = "dev00001"
	}
	if opts.Address == "" {
		opts.Address = "https://" + opts.Instance + ".service-now.com"
	}
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	if opts.Prefix == "" {
		opts.Prefix = "x_lfln_lifeline"
	}
	if opts.SessionColumns == nil {
		opts.SessionColumns = DefaultSessionColumns()
	}
	if opts.ConnectionColumns == nil {
		opts.ConnectionColumns = DefaultConnectionColumns()
	}
	return opts
}

// Handler serves the instance: machines, people and the controls under /_sim/.
func (s *Sim) Handler() http.Handler {
	guard := http.NewCrossOriginProtection()
	mux := http.NewServeMux()
	mux.Handle("/_sim/", guard.Handler(s.controls()))
	mux.Handle("/", kit.WhenUp(s.down.Load, http.HandlerFunc(s.serveMachine)))
	s.addDesk(mux, guard)
	return kit.Dated(s.now, mux)
}

// Instance returns the instance's name.
func (s *Sim) Instance() string { return s.opts.Instance }

// SessionTable returns the name of the app's session table.
func (s *Sim) SessionTable() string { return s.opts.Prefix + "_session" }

// ConnectionTable returns the name of the app's table for report rows.
func (s *Sim) ConnectionTable() string { return s.opts.Prefix + "_connection" }

// Down makes the instance unreachable (every connection is dropped) or reachable again.
func (s *Sim) Down(down bool) { s.down.Store(down) }

// Advance moves the instance's clock forward.
func (s *Sim) Advance(by time.Duration) { s.clock.Advance(by) }

func (s *Sim) now() time.Time { return s.clock.Now() }
