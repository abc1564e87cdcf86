package main

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"time"

	"go.temporal.io/sdk/client"
	sdkworker "go.temporal.io/sdk/worker"
	"golang.org/x/sync/errgroup"

	"example.com/lifeline/activities"
	"example.com/lifeline/api"
	"example.com/lifeline/config"
	"example.com/lifeline/engine"
	"example.com/lifeline/inbox"
	"example.com/lifeline/mail"
	"example.com/lifeline/metrics"
	"example.com/lifeline/sessions"
	"example.com/lifeline/support"
	"example.com/lifeline/worker"
	"example.com/lifeline/workflows"
)

// Roles are the halves of Lifeline that a process plays.
type Roles struct {
	API    bool
	Worker bool
}

// App is Lifeline in one process. Start it with Run, which ends when its context does.
type App struct {
	cfg         config.Config
	roles       Roles
	log         *slog.Logger
	keys        *engine.Keys
	metrics     *metrics.Metrics
	engine      client.Client
	sessions    *sessions.Client
	connections []*connection
	inbox       *inbox.Inbox
	sender      *mail.Sender
	server      *api.Server
	listener    net.Listener
	worker      sdkworker.Worker
	at          EngineAt
}

// EngineAt overrides where the engine is; empty values leave it to the environment.
type EngineAt struct {
	HostPort  string
	Namespace string
}

func (at EngineAt) namespace() string {
	return cmp.Or(at.Namespace, os.Getenv("TEMPORAL_NAMESPACE"), client.DefaultNamespace)
}

// NewApp assembles a process and listens, but answers and works only when run.
func NewApp(ctx context.Context, cfg config.Config, roles Roles, at EngineAt, log *slog.Logger) (*App, error) {
	a := &App{cfg: cfg, roles: roles, log: log, at: at}
	var err error
	if a.keys, err = payloadKeys(cfg.Process); err != nil {
		return nil, err
	}
	a.metrics = metrics.New()
	if a.sender, err = mail.NewSender(cfg.Process.Mail); err != nil {
		return nil, err
	}
	if err := a.connect(ctx, at); err != nil {
		return nil, err
	}
	if roles.API {
		if err := a.buildAPI(); err != nil {
			a.Close()
			return nil, err
		}
	}
	if roles.Worker {
		a.buildWorker()
	}
	if err := a.listenForProbes(); err != nil {
		a.Close()
		return nil, err
	}
	return a, nil
}

// connect makes the engine's client and the adapters. An API alone starts also while the engine is down: it keeps
// posts on disk.
func (a *App) connect(ctx context.Context, at EngineAt) error {
	measured, err := engine.NewMetrics(a.metrics.Registry, a.log)
	if err != nil {
		return err
	}
	a.engine, err = engine.Dial(ctx, engine.Options{
		HostPort: at.HostPort, Namespace: at.Namespace, Keys: a.keys, Metrics: measured, Logger: a.log, Lazy: !a.roles.Worker,
	})
	if err != nil {
		return err
	}
	build := builder{
		log: a.log, observe: a.metrics.Call,
		owners: func() activities.Owners { return a.sessions }, lessors: func() activities.Lessors { return a.sessions },
	}
	a.connections = build.connections(a.cfg.Connections)
	rhythm := workflows.AlertRhythm{After: a.cfg.Process.AlertAfter, Every: a.cfg.Process.AlertEvery}
	a.sessions = sessions.New(a.engine, pairings(a.connections), rhythm, engine.DataConverter(a.keys))
	return nil
}

// postbox keeps posts in the inbox.
type postbox struct{ inbox *inbox.Inbox }

// Hold implements api.Inbox.
func (p postbox) Hold(ctx context.Context, post api.Post) (api.Held, error) {
	return p.inbox.Hold(ctx, inbox.Item{
		Connection: post.Connection, ContentType: post.ContentType, Event: post.Event, Body: post.Body, ReceivedAt: post.ReceivedAt,
	})
}

// Ready implements api.Inbox.
func (p postbox) Ready() error { return p.inbox.Ready() }

func (a *App) buildAPI() error {
	p := a.cfg.Process
	var err error
	if a.inbox, err = inbox.Open(p.Inbox, inbox.Options{Sealer: a.keys, MaxBytes: p.InboxMaxBytes, Logger: a.log}); err != nil {
		return fmt.Errorf("LIFELINE_INBOX: %w", err)
	}
	a.metrics.WatchInbox(a.inbox)
	operators := operators(p)
	a.server = api.New(api.Options{
		Doors: a.doors(), Sessions: a.sessions, Inbox: postbox{a.inbox}, Metrics: a.metrics, Log: a.log, PublicURL: p.PublicURL,
		TemporalUI: temporalPages(p.TemporalUI, a.namespace()), LinkKey: p.LinkKey, Operators: operators,
		Codec:     engine.CodecHandler(a.keys, p.TemporalUI, operators.Allowed),
		BodyLimit: p.BodyLimit, HookRate: p.HookRate, HookBurst: p.HookBurst, TrustedProxies: networks(p.TrustedProxies),
		PollEvents: time.Second, Now: time.Now,
	})
	a.addPages(operators)
	a.listener, err = listenAt("LIFELINE_LISTEN", p.Listen)
	return err
}

// listenAt names the variable that holds an address where nobody can listen.
func listenAt(variable, address string) (net.Listener, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", variable, err)
	}
	return listener, nil
}

func networks(list []string) []netip.Prefix {
	var out []netip.Prefix
	for _, network := range list {
		out = append(out, netip.MustParsePrefix(network)) // validated when the configuration was read
	}
	return out
}

func (a *App) buildWorker() {
	p := a.cfg.Process
	byName, polls := map[string]*activities.Connection{}, map[string]time.Duration{}
	for _, c := range a.connections {
		byName[c.Name], polls[c.Name] = &c.Connection, c.config.PollEvery()
	}
	steps := &activities.Steps{
		Connections: byName, Post: post{a.sender}, Stationery: stationery{zone: p.Mail.Location(), operations: p.PublicURL + "/operations"}, Dispatch: a.sessions,
		AlertTo: recipients(p.AlertTo), Panel: a.linker().Panel, SignIn: a.signInLink, Log: a.log, Now: time.Now,
		PollEvery: func(name string) time.Duration { return polls[name] },
	}
	a.worker = worker.New(a.engine, steps, worker.Options{
		Cache: p.WorkflowCache, Parallel: p.Workers, StopTimeout: p.DrainTimeout, OnFailure: a.metrics.StepFailed, Log: a.log,
	})
}

// linker makes links for steps, which may run apart from the API: they are signed with the same key.
func (a *App) linker() *api.Linker {
	return api.NewLinker(a.cfg.Process.PublicURL, a.cfg.Process.LinkKey, time.Now)
}

// signInLink is where an agent signs in to the vendor of a connection, if that connection's agents have to.
func (a *App) signInLink(ref support.RecordRef, agent support.Agent) string {
	for _, c := range a.connections {
		if c.Name == ref.Connection && c.agentsSignIn() {
			return a.linker().SignIn(ref, agent)
		}
	}
	return ""
}

func recipients(addresses []string) []support.Customer {
	var out []support.Customer
	for _, address := range addresses {
		out = append(out, support.Customer{Email: address})
	}
	return out
}

// Address is where the API listens.
func (a *App) Address() string { return a.listener.Addr().String() }

// Run answers and works until ctx ends, then drains: running requests and steps may finish.
func (a *App) Run(ctx context.Context) error {
	defer a.Close()
	group, ctx := errgroup.WithContext(ctx)
	if a.worker != nil {
		if err := a.startWorker(ctx); err != nil {
			a.worker.Stop() // it may be at work already
			return ignoreEnd(ctx, err)
		}
		group.Go(func() error { <-ctx.Done(); a.worker.Stop(); return nil })
	}
	group.Go(func() error { a.metrics.Follow(ctx, 15*time.Second, a.sessions.Backlog, a.log); return nil })
	if a.server == nil && a.listener != nil {
		group.Go(func() error { return a.serve(ctx, a.probes()) })
	}
	if a.server != nil {
		group.Go(func() error { return a.serve(ctx, a.server.Handler()) })
		group.Go(func() error { return ignoreEnd(ctx, a.inbox.Forward(ctx, a.forward)) })
	}
	return group.Wait()
}

func (a *App) startWorker(ctx context.Context) error {
	if err := engine.Register(ctx, a.engine, a.namespace()); err != nil {
		return err
	}
	if err := a.worker.Start(); err != nil {
		return err
	}
	byName := map[string]*activities.Connection{}
	rhythms := map[string]worker.Rhythm{}
	for _, c := range a.connections {
		byName[c.Name], rhythms[c.Name] = &c.Connection, c.rhythm()
	}
	return worker.StartStanding(ctx, a.sessions, byName, func(name string) worker.Rhythm { return rhythms[name] })
}

// namespace is the one that the engine's client uses.
func (a *App) namespace() string { return a.at.namespace() }

func (a *App) forward(ctx context.Context, item inbox.Item) error {
	return a.server.Forward(ctx, api.Post{
		Connection: item.Connection, ContentType: item.ContentType, Event: item.Event, Body: item.Body, ReceivedAt: item.ReceivedAt,
	})
}

func ignoreEnd(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// Close gives back what the process holds. Run calls it.
func (a *App) Close() {
	if a.listener != nil {
		_ = a.listener.Close()
	}
	if a.server != nil {
		a.server.Settle()
	}
	if a.inbox != nil {
		_ = a.inbox.Close()
	}
	if a.engine != nil {
		a.engine.Close()
	}
}
