package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
)

const (
	readyLimit = 30 * time.Second // a fresh server on a busy machine; usually 0.3 s
	readyPause = 50 * time.Millisecond
	// startTries allows for a drawn port that somebody else took meanwhile.
	startTries = 3
)

// DevOptions describe a local server. It is for one person's machine and for tests: no authentication, loopback only.
type DevOptions struct {
	// Dir keeps the server's data, logs and configuration. Required; made when missing.
	Dir string
	// BinDir holds temporal-server and temporal-ui. Empty: LIFELINE_BIN, the executable's directory, .bin of the
	// module, or else the temporal CLI on the PATH.
	BinDir string
	// Port and UIPort of the server's gRPC and of the UI. 0: any free port.
	Port, UIPort int
	// UI starts Temporal's web UI too.
	UI bool
	// CodecEndpoint is the URL, as the browser sees it, under which CodecHandler answers. Empty: payloads stay sealed.
	CodecEndpoint string
	// InMemory forgets everything at the end.
	InMemory bool
	// LongPoll shortens the server's result polls. 0: the server's own 20 s.
	LongPoll time.Duration
	// Logger is told what is unusual. Nil: slog's default.
	Logger *slog.Logger
}

// Dev is a running local server.
type Dev struct {
	options  DevOptions
	programs programs
	ports    devPorts
	lock     *flock.Flock
	server   *child
	ui       *child // nil without UI, or when the CLI serves it
}

// StartDev starts the official Temporal server, and its UI if wanted, as children of this process, and returns when
// both answer. Stop it in the end; on Linux it ends with us in any case.
func StartDev(ctx context.Context, o DevOptions) (*Dev, error) {
	d, err := prepare(ctx, o)
	if err != nil {
		return nil, err
	}
	if err := d.startOnFreePorts(ctx); err != nil {
		return nil, errors.Join(err, d.Stop())
	}
	return d, nil
}

func prepare(ctx context.Context, o DevOptions) (*Dev, error) {
	o, err := withDefaults(o)
	if err != nil {
		return nil, err
	}
	programs, err := findPrograms(o.BinDir)
	if err != nil {
		return nil, err
	}
	minor, err := programs.minor(ctx)
	if err != nil {
		return nil, err
	}
	lock, err := claim(o.Dir)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(fitVersion(o.Dir, minor, o.Logger), writeDynamicConfig(o)); err != nil {
		return nil, errors.Join(err, lock.Unlock())
	}
	return &Dev{options: o, programs: programs, lock: lock}, nil
}

func withDefaults(o DevOptions) (DevOptions, error) {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	var err error
	o.Dir, err = filepath.Abs(o.Dir)
	return o, err
}

func (d *Dev) startOnFreePorts(ctx context.Context) error {
	last, err := lastPorts(d.options.Dir)
	if err != nil {
		return fmt.Errorf("engine: ports of the last run: %w", err)
	}
	var faults []error
	for range startTries {
		if d.ports, err = choosePorts(last, d.options.Port, d.options.UIPort); err != nil {
			return err
		}
		err = d.start(ctx)
		if err == nil || ctx.Err() != nil {
			return err
		}
		faults = append(faults, err)
		d.halt((*child).stop)
	}
	return errors.Join(faults...)
}

func (d *Dev) start(ctx context.Context) error {
	if err := d.startServer(ctx); err != nil {
		return err
	}
	if err := notePorts(d.options.Dir, d.ports); err != nil {
		return fmt.Errorf("engine: %w", err)
	}
	if d.options.UI && d.programs.cli == "" {
		return d.startUI(ctx)
	}
	return nil
}

func (d *Dev) startServer(ctx context.Context) error {
	program, args, env := d.programs.server, []string{"start"}, serverEnv(d.options, d.ports)
	if d.programs.cli != "" {
		program, args, env = d.programs.cli, cliArgs(d.options, d.ports), nil
	}
	var err error
	if d.server, err = startChild(filepath.Join(d.options.Dir, serverLog), program, args, env); err != nil {
		return fmt.Errorf("engine: starting the Temporal server: %w", err)
	}
	if err := notePID(d.options.Dir, d.server.cmd.Process.Pid, d.Address()); err != nil {
		return fmt.Errorf("engine: %w", err)
	}
	return d.server.ready(ctx, d.answers)
}

func (d *Dev) startUI(ctx context.Context) error {
	if err := writeUIConfig(d.options, d.ports); err != nil {
		return fmt.Errorf("engine: configuring the Temporal UI: %w", err)
	}
	args := []string{"--root", d.options.Dir, "--config", ".", "--env", uiConfigName, "start"}
	var err error
	if d.ui, err = startChild(filepath.Join(d.options.Dir, uiLog), d.programs.ui, args, nil); err != nil {
		return fmt.Errorf("engine: starting the Temporal UI: %w", err)
	}
	return d.ui.ready(ctx, d.uiAnswers)
}

// ready waits until the program answers, or ends with a fault.
func (c *child) ready(ctx context.Context, answers func(context.Context) bool) error {
	ctx, cancel := context.WithTimeout(ctx, readyLimit)
	defer cancel()
	tick := time.NewTicker(readyPause)
	defer tick.Stop()
	for {
		select {
		case <-c.done:
			return c.fault()
		case <-ctx.Done():
			return fmt.Errorf("engine: %s does not answer, see %s: %w", filepath.Base(c.cmd.Path), c.log, ctx.Err())
		case <-tick.C:
			if answers(ctx) && !c.ended() {
				return nil
			}
		}
	}
}

func (d *Dev) answers(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	c, err := client.DialContext(ctx, client.Options{
		HostPort: d.Address(),
		Logger:   log.NewStructuredLogger(slog.New(slog.DiscardHandler)),
	})
	if err != nil {
		return false
	}
	c.Close()
	return true
}

func (d *Dev) uiAnswers(ctx context.Context) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, d.UIURL()+"/healthz", nil)
	if err != nil {
		return false
	}
	client := http.Client{Timeout: 2 * time.Second}
	response, err := client.Do(request)
	if err != nil {
		return false
	}
	return response.Body.Close() == nil && response.StatusCode == http.StatusOK
}

// Address is the server's host and port, for Options.HostPort.
func (d *Dev) Address() string { return address(d.ports.frontend()) }

// UIURL is where the UI answers.
func (d *Dev) UIURL() string { return "http://" + address(d.ports.UI) }

// Done is closed when the server has ended, whatever ended it.
func (d *Dev) Done() <-chan struct{} { return d.server.done }

// Stop ends UI and server in order, which takes about a second, and frees the data directory.
func (d *Dev) Stop() error {
	d.halt((*child).stop)
	return d.lock.Unlock()
}

// Kill ends both without warning, as a crash does. The data directory stays ours, for Restart or Stop.
func (d *Dev) Kill() { d.halt((*child).kill) }

// Restart starts a killed server again, on the same data and ports.
func (d *Dev) Restart(ctx context.Context) error { return d.start(ctx) }

func (d *Dev) halt(end func(*child)) {
	for _, c := range []*child{d.ui, d.server} {
		if c != nil && c.cmd.Process != nil {
			end(c)
		}
	}
}
