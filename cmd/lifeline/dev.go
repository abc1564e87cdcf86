package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"example.com/lifeline/config"
	"example.com/lifeline/engine"
	"example.com/lifeline/sandbox"
)

// devPorts are the ports of `lifeline dev`, on loopback. They are moved together: one variable is enough where another
// program has one of them.
type devPorts struct{ api, desk, mailbox, temporal, ui int }

const (
	devShift  = "LIFELINE_DEV_SHIFT"
	mostShift = 10_000
)

func shiftedPorts(shift string) (devPorts, error) {
	by, err := strconv.Atoi(cmp.Or(shift, "0"))
	if err != nil || by < 0 || by > mostShift {
		return devPorts{}, fmt.Errorf("%s must be a whole number from 0 to %d", devShift, mostShift)
	}
	return devPorts{api: 8080 + by, desk: 8090 + by, mailbox: 8025 + by, temporal: 7233 + by, ui: 8233 + by}, nil
}

func loopback(port int) string { return fmt.Sprintf("127.0.0.1:%d", port) }

// runDev runs everything until it is told to stop.
func runDev(ctx context.Context, _ []string, out io.Writer) error {
	ports, err := shiftedPorts(os.Getenv(devShift))
	if err != nil {
		return err
	}
	err = dev(ctx, ports, out)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("%w; does another `lifeline dev` run on this machine? With %s=100 this one takes ports that are 100 higher", err, devShift)
	case ctx.Err() != nil:
		fmt.Fprintln(out, "\n  Lifeline has stopped.")
	}
	return err
}

// dev starts the simulators, a local engine and Lifeline itself, and prints where everything is.
func dev(ctx context.Context, ports devPorts, out io.Writer) error {
	dir := os.Getenv("LIFELINE_DATA")
	if dir == "" {
		dir = ".data"
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("LIFELINE_DATA: %w", err)
	}
	world, err := sandbox.Start(sandbox.Options{
		Desk: loopback(ports.desk), Mailbox: loopback(ports.mailbox), API: "http://" + loopback(ports.api), FirstSession: time.Now().Unix(),
	})
	if err != nil {
		return err
	}
	defer world.Close()
	local, err := startEngine(ctx, dir, ports)
	if err != nil {
		return err
	}
	defer local.stop()
	cfg, err := devConfig(dir, loopback(ports.api), world, local.ui)
	if err != nil {
		return err
	}
	app, err := NewApp(ctx, cfg, Roles{API: true, Worker: true}, local.at, newLogger(cfg.Process))
	if err != nil {
		return err
	}
	fmt.Fprint(out, welcome(world, app.cfg.Process.PublicURL, cmp.Or(local.ui, "see TEMPORAL_ADDRESS")))
	return runUntil(ctx, app, local.ended)
}

// runUntil runs the app until it is told to stop, or the engine ends.
func runUntil(ctx context.Context, app *App, ended <-chan struct{}) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return app.Run(ctx) })
	group.Go(func() error {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ended:
			return errors.New("the Temporal server has stopped; its log is in the data folder")
		}
	})
	return group.Wait()
}

// localEngine is the engine of a developer's machine.
type localEngine struct {
	at    EngineAt
	ui    string
	ended <-chan struct{} // nil: it is somebody else's
	stop  func()
}

// startEngine starts a local server, unless the environment names one that runs already.
func startEngine(ctx context.Context, dir string, ports devPorts) (localEngine, error) {
	if engine.Configured() {
		return localEngine{ui: os.Getenv("LIFELINE_TEMPORAL_UI"), stop: func() {}}, nil
	}
	dev, err := engine.StartDev(ctx, engine.DevOptions{
		Dir: filepath.Join(dir, "temporal"), Port: ports.temporal, UIPort: ports.ui, UI: true,
		CodecEndpoint: "http://" + loopback(ports.api) + "/codec",
		InMemory:      true, // so are the simulators: the last run's sessions would wait for people who are gone
	})
	if err != nil {
		return localEngine{}, err
	}
	return localEngine{
		at: EngineAt{HostPort: dev.Address()}, ui: "http://" + loopback(ports.ui), ended: dev.Done(), stop: func() { _ = dev.Stop() },
	}, nil
}

// devConfig configures Lifeline for the simulators, by way of the environment as any process is.
func devConfig(dir, api string, world *sandbox.World, ui string) (config.Config, error) {
	environment := map[string]string{
		"LIFELINE_MODE": "dev", "LIFELINE_LISTEN": api, "LIFELINE_PUBLIC_URL": "http://" + api,
		"LIFELINE_TEMPORAL_UI": ui,
		"LIFELINE_INBOX":       filepath.Join(dir, "inbox"), "LIFELINE_LOG_FORMAT": "text", "LIFELINE_LOG_LEVEL": "warn",
	}
	for name, value := range world.Environment() {
		environment[name] = value
	}
	for name, value := range environment {
		if _, set := os.LookupEnv(name); set {
			continue // what the developer sets counts, also an empty value
		}
		if err := os.Setenv(name, value); err != nil {
			return config.Config{}, err
		}
	}
	return loadConfiguration()
}

func welcome(world *sandbox.World, api, ui string) string {
	return fmt.Sprintf(`
  Lifeline is running.

  Sandbox desk   %s   play agent, customer and technician here
  Mailbox        %s   every mail Lifeline sends
  Temporal UI    %s   watch each session's run
  API            %s   its description is at /openapi.yaml

  Ctrl-C stops everything.
`, world.DeskURL(), world.MailboxURL(), ui, api)
}
