// Command bench measures Lifeline whole: the real Temporal server on SQLite, `lifeline server` as a process of its own,
// and the simulators of Rescue and ServiceNow, all on this machine. It prints one table. docs/performance.md tells how
// to read it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"
)

// options are the command line.
type options struct {
	lifeline   string
	parts      []string
	presses    int
	sessions   int
	parallel   int
	burst      int
	open       int
	pressed    int
	openLimit  time.Duration
	fileLimit  time.Duration
	keepFolder bool
}

// part is one measurement. They run in this order: the floor is shaped after the sessions.
type part struct {
	name    string
	meaning string
	run     func(ctx context.Context, b *bench) error
}

var parts = []part{
	{"press", "from the signed request to the PIN, one at a time", measurePress},
	{"posts", "posts at 20 a second", measurePosts},
	{"burst", "1,000 posts in one second", measureBurst},
	{"sessions", "complete sessions, 20 at a time", measureSessions},
	{"floor", "a bare workflow of the same shape on the same server", measureFloor},
	{"open", "10,000 open sessions held by one worker", measureOpen},
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	o, err := parse(args)
	if err != nil {
		return err
	}
	b, err := newBench(ctx, o)
	if err != nil {
		return err
	}
	defer func() { _ = b.close() }()
	err = b.measure(ctx)
	b.report.print(os.Stdout)
	return err
}

// measure runs the wanted parts.
func (b *bench) measure(ctx context.Context) error {
	for _, p := range parts {
		if !slices.Contains(b.options.parts, p.name) {
			continue
		}
		fmt.Fprintf(os.Stderr, "%s: %s ...\n", p.name, p.meaning)
		if err := p.run(ctx, b); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	if repeated := b.repeated.Load(); repeated > 0 {
		b.report.note(fmt.Sprintf("%d presses were answered 503 and repeated", repeated))
	}
	return nil
}

func parse(args []string) (options, error) {
	var o options
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.StringVar(&o.lifeline, "lifeline", ".bin/lifeline", "the program to measure")
	only := flags.String("only", "", "parts to run, separated by commas: "+strings.Join(names(), ", "))
	flags.IntVar(&o.presses, "presses", 100, "presses measured one at a time")
	flags.IntVar(&o.sessions, "sessions", 300, "complete sessions, and runs of the floor")
	flags.IntVar(&o.parallel, "parallel", 20, "sessions at a time")
	flags.IntVar(&o.burst, "burst", 1000, "posts sent in one second")
	flags.IntVar(&o.open, "open", 10000, "sessions held open")
	flags.DurationVar(&o.openLimit, "open-limit", 8*time.Minute, "how long opening may take; then those that are open are weighed")
	flags.IntVar(&o.pressed, "pressed", 1000, "how many of them are opened by presses")
	flags.DurationVar(&o.fileLimit, "file-limit", 3*time.Minute, "how long the filing of what the posts tell may take")
	flags.BoolVar(&o.keepFolder, "keep", false, "keep the folder with data and logs")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	o.parts = names()
	if *only != "" {
		o.parts = strings.Split(*only, ",")
	}
	for _, name := range o.parts {
		if !slices.Contains(names(), name) {
			return o, fmt.Errorf("there is no part %q", name)
		}
	}
	return o, nil
}

func names() []string {
	list := make([]string, len(parts))
	for i, p := range parts {
		list[i] = p.name
	}
	return list
}
