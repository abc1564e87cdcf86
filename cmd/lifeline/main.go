// Command lifeline is the one binary: API and worker of the connector, the developer's sandbox, and the tools of the
// administrator.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"example.com/lifeline/config"
	"example.com/lifeline/outbound"
)

// version is set when a release is built.
var version = "dev"

// command is one of lifeline's.
type command struct {
	name    string
	args    string
	meaning string
	run     func(ctx context.Context, args []string, out io.Writer) error
}

func commands() []command {
	return []command{
		{"dev", "", "run everything on this machine with simulated vendors and CRMs; no account needed", runDev},
		{"server", "", "run API and worker in one process", serveWith(Roles{API: true, Worker: true})},
		{"api", "", "run the API", serveWith(Roles{API: true})},
		{"worker", "", "run a worker", serveWith(Roles{Worker: true})},
		{"doctor", "[--repair] [--note=NUMBER] [connection ...]", "check every hop of every connection in plain words", runDoctor},
		{"connect", "<connection>", "set a connection up: consent, tables, webhook; may be repeated", runConnect},
		{"config", "", "list all variables with type, default and meaning", runConfig},
		{"version", "", "print the version", runVersion},
	}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	outbound.Version = version
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, "lifeline:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	if len(args) == 0 || args[0] == "help" || slices.ContainsFunc(args, asksForHelp) {
		usage(out)
		return nil
	}
	list := commands()
	at := slices.IndexFunc(list, func(c command) bool { return c.name == args[0] })
	if at < 0 {
		usage(os.Stderr)
		return fmt.Errorf("there is no command %q", args[0])
	}
	if err := list[at].accepts(args[1:]); err != nil {
		return err
	}
	return list[at].run(ctx, args[1:], out)
}

func asksForHelp(arg string) bool { return slices.Contains([]string{"-h", "-help", "--help"}, arg) }

// accepts refuses what the command would not heed: a misspelt flag must not do something else than it says.
func (c command) accepts(args []string) error {
	for _, arg := range args {
		name, value, valued := strings.Cut(arg, "=")
		flag := strings.HasPrefix(arg, "-")
		known := strings.Contains(c.args, "["+arg+"]") || valued && value != "" && strings.Contains(c.args, "["+name+"=")
		if flag && !known || !flag && c.args == "" {
			return fmt.Errorf("%q means nothing here; usage: %s", arg, c.usage())
		}
	}
	return nil
}

func (c command) usage() string { return strings.TrimSpace("lifeline " + c.name + " " + c.args) }

func usage(out io.Writer) {
	fmt.Fprint(out, "Lifeline joins remote-support tools with the systems where the tickets live.\n\nUsage:\n")
	for _, c := range commands() {
		fmt.Fprintf(out, "  %-60s %s\n", c.usage(), c.meaning)
	}
	fmt.Fprint(out, "\nConfiguration comes from the environment; `lifeline config` lists the variables.\n")
}

// serveWith runs the process with the roles until it is told to stop.
func serveWith(roles Roles) func(context.Context, []string, io.Writer) error {
	return func(ctx context.Context, _ []string, _ io.Writer) error {
		cfg, err := loadConfiguration()
		if err != nil {
			return err
		}
		log := newLogger(cfg.Process)
		log.Info("Lifeline starts", "version", version, "configuration", cfg.Summary())
		app, err := NewApp(ctx, cfg, roles, EngineAt{}, log)
		if err != nil {
			return err
		}
		err = app.Run(ctx)
		log.Info("Lifeline has stopped")
		return err
	}
}

func newLogger(p config.Process) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(p.LogLevel)) // validated when the configuration was read
	options := &slog.HandlerOptions{Level: level}
	if p.LogFormat == "text" {
		return slog.New(slog.NewTextHandler(os.Stderr, options))
	}
	return slog.New(slog.NewJSONHandler(os.Stderr, options))
}

func runConfig(_ context.Context, _ []string, out io.Writer) error {
	cfg, _ := config.Load() // faults are no reason not to list the variables
	return config.Describe(out, cfg)
}

func runVersion(_ context.Context, _ []string, out io.Writer) error {
	_, err := fmt.Fprintln(out, "lifeline", version)
	return err
}
