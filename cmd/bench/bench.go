package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"go.temporal.io/sdk/client"

	"example.com/lifeline/engine"
	"example.com/lifeline/sandbox"
)

// connection is the one that is measured: Rescue with ServiceNow.
const connection = "acme-sn"

// longPoll bounds the rare missed wake-up of a result poll, 20 s by default (temporal.md 6).
const longPoll = 2 * time.Second

// bench is the stage of all measurements: engine, simulators and Lifeline.
type bench struct {
	options  options
	dir      string
	keySpec  string
	keys     *engine.Keys
	server   *engine.Dev
	engine   client.Client
	world    *sandbox.World
	watch    *recorder
	address  string // of Lifeline's API
	http     *http.Client
	lifeline *process
	report   *report
	agent    map[string]string
	caller   string
	repeated atomic.Int64 // presses that had to be repeated
	shape    shape        // of a whole session, learned by measureSessions
}

func newBench(ctx context.Context, o options) (*bench, error) {
	b := &bench{
		options: o, watch: &recorder{}, report: newReport(), shape: usualShape,
		http: &http.Client{Timeout: time.Minute, Transport: &http.Transport{MaxIdleConnsPerHost: 200}},
	}
	if err := b.start(ctx); err != nil {
		return nil, errors.Join(err, b.close())
	}
	return b, nil
}

func (b *bench) start(ctx context.Context) error {
	var err error
	if b.dir, err = os.MkdirTemp("", "lifeline-bench-"); err != nil {
		return err
	}
	if b.address, err = freeAddress(); err != nil {
		return err
	}
	if err := b.startEngine(ctx); err != nil {
		return err
	}
	if err := b.startSandbox(); err != nil {
		return err
	}
	return b.startLifeline(ctx, client.DefaultNamespace, nil)
}

func (b *bench) startEngine(ctx context.Context) error {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // never fails
	b.keySpec = "bench:" + base64.StdEncoding.EncodeToString(raw)
	var err error
	if b.keys, err = engine.ParseKeys(b.keySpec); err != nil {
		return err
	}
	b.server, err = engine.StartDev(ctx, engine.DevOptions{Dir: filepath.Join(b.dir, "temporal"), LongPoll: longPoll})
	if err != nil {
		return err
	}
	if b.engine, err = b.dial(ctx, client.DefaultNamespace); err != nil {
		return err
	}
	return engine.Register(ctx, b.engine, client.DefaultNamespace)
}

// dial makes a client with Lifeline's keys.
func (b *bench) dial(ctx context.Context, namespace string) (client.Client, error) {
	return engine.Dial(ctx, engine.Options{HostPort: b.server.Address(), Namespace: namespace, Keys: b.keys, Logger: slog.New(slog.DiscardHandler)})
}

func (b *bench) startSandbox() error {
	var err error
	b.world, err = sandbox.Start(sandbox.Options{
		API: "http://" + b.address, NoLimits: true, Only: []string{connection}, Around: b.watch.around,
	})
	if err != nil {
		return err
	}
	dana := b.world.ServiceNow.List("sys_user", "user_name=dana")[0]
	b.agent = map[string]string{"id": dana["sys_id"], "name": dana["name"], "userName": "dana", "email": dana["email"]}
	b.caller = b.world.ServiceNow.List("sys_user", "user_name=joe.employee")[0]["sys_id"]
	return nil
}

// startLifeline starts `lifeline server`, configured as a process is, with more variables over the sandbox's.
func (b *bench) startLifeline(ctx context.Context, namespace string, more map[string]string) error {
	env := b.world.Environment()
	for name, value := range map[string]string{
		"LIFELINE_MODE": "dev", "LIFELINE_LISTEN": b.address, "LIFELINE_PUBLIC_URL": "http://" + b.address,
		"LIFELINE_KEYS": b.keySpec, "LIFELINE_INBOX": filepath.Join(b.dir, "inbox"), "LIFELINE_DRAIN_TIMEOUT": "5s",
		"TEMPORAL_ADDRESS": b.server.Address(), "TEMPORAL_NAMESPACE": namespace,
		"LIFELINE_ACME_SN_RESCUE_PIN_INTERVAL": "0s", // a load that no one company has
	} {
		env[name] = value
	}
	for name, value := range more {
		env[name] = value
	}
	var err error
	b.lifeline, err = startProcess(b.options.lifeline, filepath.Join(b.dir, "lifeline-"+namespace+".log"), env, "server")
	if err != nil {
		return err
	}
	return b.ready(ctx)
}

// ready waits until Lifeline answers, and its worker has opened a first session: caches are warm from then on.
func (b *bench) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	incident, err := b.incident()
	if err != nil {
		return err
	}
	for {
		if _, err = b.press(ctx, incident); err == nil {
			return nil
		}
		select {
		case <-b.lifeline.done:
			return fmt.Errorf("%s ended at once, see %s", b.options.lifeline, b.lifeline.log)
		case <-ctx.Done():
			return fmt.Errorf("no session can be opened: %w", err)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func (b *bench) close() error {
	var errs []error
	if b.lifeline != nil {
		errs = append(errs, b.lifeline.stop())
	}
	if b.world != nil {
		errs = append(errs, b.world.Close())
	}
	if b.engine != nil {
		b.engine.Close()
	}
	if b.server != nil {
		errs = append(errs, b.server.Stop())
	}
	if b.options.keepFolder {
		fmt.Fprintln(os.Stderr, "data and logs are in", b.dir)
		return errors.Join(errs...)
	}
	return errors.Join(append(errs, os.RemoveAll(b.dir))...)
}

func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}
