package dataverse

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"example.com/lifeline/sandbox/kit"
)

// Sim is one simulated environment with its tenant. All methods are safe for concurrent use.
type Sim struct {
	opts   Options
	log    *slog.Logger
	clock  *kit.Clock
	news   kit.News
	faults *kit.Faults[Fault]
	mux    *http.ServeMux

	ctx     context.Context // ends with Close; background deliveries stop with it
	cancel  context.CancelFunc
	running sync.WaitGroup

	mu       sync.Mutex
	tables   map[string]*table // by logical name
	sets     map[string]*table // by entity set name
	rels     []relation
	rows     map[string][]*row // by logical name, oldest first
	version  int64             // row version, for ETags
	tickets  int
	inFlight map[string]chan struct{} // rows of a synchronous step's open transaction

	apps      map[string]*App
	tokens    map[string]token
	spent     map[string]time.Time // jti of used client assertions, until their expiry
	roles     map[string]map[string]Depth
	userRoles map[string][]string
	system    string // systemuserid of SYSTEM
	unit      string // business unit
	usage     map[string]*usage

	down  bool
	hooks hooks
	mail  mailbox
}

// New makes an environment; Close ends its background work.
func New(opts Options) *Sim {
	opts = opts.withDefaults()
	ctx, cancel := context.WithCancel(context.Background())
	s := &Sim{
		opts: opts, log: opts.Logger, clock: kit.NewClock(opts.Clock), ctx: ctx, cancel: cancel,
		faults: kit.NewFaults(func(f *Fault) *int { return &f.Times }),
		tables: map[string]*table{}, sets: map[string]*table{}, rows: map[string][]*row{}, version: 1000000, tickets: 1041,
		inFlight: map[string]chan struct{}{}, apps: map[string]*App{}, tokens: map[string]token{}, spent: map[string]time.Time{},
		roles: map[string]map[string]Depth{}, userRoles: map[string][]string{}, usage: map[string]*usage{},
		system: "5e1f0000-0000-4000-8000-000000000001", unit: "b0510000-0000-4000-8000-000000000001",
	}
	s.mux = s.routes()
	s.createOrganisation()
	for _, app := range opts.Apps {
		s.AddApp(app)
	}
	return s
}

func (s *Sim) createOrganisation() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range standardTables() {
		s.addTable(t)
	}
	s.rels = standardRelations()
	s.defineDefaultRoles()
	s.addSystemRows()
	if s.opts.Installed {
		s.install()
	}
}

// Install creates the session tables of reference section 6, as importing the solution would.
func (s *Sim) Install() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.install()
	s.touch()
}

func (s *Sim) install() {
	for _, t := range s.sessionTables() {
		if s.tables[t.logicalName] == nil {
			s.addTable(t)
		}
	}
	for _, r := range s.sessionRelations() {
		if !slices.Contains(s.rels, r) {
			s.rels = append(s.rels, r)
		}
	}
}

// addTable registers a table. Its rows can be subscribed to, and a custom one becomes a target of notes here.
func (s *Sim) addTable(t *table) {
	s.tables[t.logicalName], s.sets[t.set] = t, t
	if t.custom {
		s.addMessageFilter(t)
	}
	if t.custom && t.notes {
		object := s.tables["annotation"].column("objectid")
		object.navs = append(object.navs, nav{"objectid_" + t.logicalName, t.logicalName})
	}
}

// Close stops deliveries under way and waits for them.
func (s *Sim) Close() {
	s.cancel()
	s.running.Wait()
}

// Handler serves token endpoint, API and control interface.
func (s *Sim) Handler() http.Handler { return kit.Dated(s.Now, s.mux) }

// Now is the simulator's time, in UTC and whole seconds as Dataverse keeps it.
func (s *Sim) Now() time.Time { return s.now() }

func (s *Sim) now() time.Time { return s.clock.Now().Truncate(time.Second) }

// Advance moves the simulator's time forward: tokens expire, windows of limits pass.
func (s *Sim) Advance(by time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clock.Advance(by)
	s.touch()
}

// Changed gives a channel that is closed at the next change of rows, mails, keys or faults. Take it before looking.
func (s *Sim) Changed() <-chan struct{} { return s.news.Next() }

// Changes counts the changes so far.
func (s *Sim) Changes() int64 { return s.news.Count() }

// Wait returns when the condition holds, looking again after each change, or with the context's error.
func (s *Sim) Wait(ctx context.Context, condition func() bool) error {
	return s.news.Await(ctx, condition)
}

func (s *Sim) touch() { s.news.Announce() }

// background runs work that outlives its request; the lock is not held.
func (s *Sim) background(work func(ctx context.Context)) {
	s.running.Go(func() { work(s.ctx) })
}

// Tables lists the logical names of all tables, sorted.
func (s *Sim) Tables() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	names := make([]string, 0, len(s.tables))
	for name := range s.tables {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
