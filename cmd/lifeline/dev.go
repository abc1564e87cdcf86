package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"example.com/lifeline/config"
	"example.com/lifeline/engine"
	"example.com/lifeline/sandbox"
)

// The ports of `lifeline dev`, on loopback.
const (
	devAPI      = "127.0.0.1:8080"
	devDesk     = "127.0.0.1:8090"
	devMailbox  = "127.0.0.1:8025"
	devTemporal = 7233
	devUI       = 8233
)

// runDev starts the simulators, a local engine and Lifeline itself, and prints where everything is.
func runDev(ctx context.Context, _ []string, out io.Writer) error {
	dir := os.Getenv("LIFELINE_DATA")
	if dir == "" {
		dir = ".data"
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	world, err := sandbox.Start(sandbox.Options{Desk: devDesk, Mailbox: devMailbox, API: "http://" + devAPI, FirstSession: time.Now().Unix()})
	if err != nil {
		return err
	}
	defer world.Close()
	dev, err := startEngine(ctx, dir)
	if err != nil {
		return err
	}
	defer func() { _ = dev.Stop() }()
	cfg, err := devConfig(dir, world)
	if err != nil {
		return err
	}
	app, err := NewApp(ctx, cfg, Roles{API: true, Worker: true}, EngineAt{HostPort: dev.Address()}, newLogger(cfg.Process))
	if err != nil {
		return err
	}
	fmt.Fprint(out, welcome(world, dev.UIURL()))
	return runUntil(ctx, app, dev)
}

// runUntil runs the app until it is told to stop, or the engine ends.
func runUntil(ctx context.Context, app *App, dev *engine.Dev) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return app.Run(ctx) })
	group.Go(func() error {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-dev.Done():
			return errors.New("the Temporal server has stopped; its log is in the data folder")
		}
	})
	return group.Wait()
}

func startEngine(ctx context.Context, dir string) (*engine.Dev, error) {
	return engine.StartDev(ctx, engine.DevOptions{
		Dir: filepath.Join(dir, "temporal"), Port: devTemporal, UIPort: devUI, UI: true,
		CodecEndpoint: "http://" + devAPI + "/codec",
	})
}

// devConfig configures Lifeline for the simulators, by way of the environment as any process is.
func devConfig(dir string, world *sandbox.World) (config.Config, error) {
	environment := map[string]string{
		"LIFELINE_MODE": "dev", "LIFELINE_LISTEN": devAPI, "LIFELINE_PUBLIC_URL": "http://" + devAPI,
		"LIFELINE_TEMPORAL_UI": fmt.Sprintf("http://127.0.0.1:%d", devUI),
		"LIFELINE_INBOX":       filepath.Join(dir, "inbox"), "LIFELINE_LOG_FORMAT": "text", "LIFELINE_LOG_LEVEL": "warn",
	}
	for name, value := range world.Environment() {
		environment[name] = value
	}
	for name, value := range environment {
		if os.Getenv(name) != "" {
			continue // what the developer sets counts
		}
		if err := os.Setenv(name, value); err != nil {
			return config.Config{}, err
		}
	}
	return config.Load()
}

func welcome(world *sandbox.World, ui string) string {
	return fmt.Sprintf(`
  Lifeline is running.

  Sandbox desk   %s   play agent, customer and technician here
  Mailbox        %s   every mail Lifeline sends
  Temporal UI    %s   watch each session's run
  API            http://%s   its description is at /openapi.yaml

  Ctrl-C stops everything.
`, world.DeskURL(), world.MailboxURL(), ui, devAPI)
}
