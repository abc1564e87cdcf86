package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/api/enums/v1"

	"example.com/lifeline/config"
	"example.com/lifeline/engine"
	"example.com/lifeline/outbound"
	"example.com/lifeline/support"
	"example.com/lifeline/workflows"
)

// doctorPatience bounds one connection's check.
const doctorPatience = 2 * time.Minute

var errFaults = errors.New("there are faults; below each line marked with a cross stands what to do")

// runDoctor checks every hop in plain words, and fails when there is a fault.
func runDoctor(ctx context.Context, args []string, out io.Writer) error {
	cfg, err := loadConfiguration()
	if err != nil {
		return err
	}
	asked, err := askedOf(args)
	if err != nil {
		return err
	}
	app, err := newChecker(ctx, cfg)
	if err != nil {
		return err
	}
	defer app.Close()
	for _, name := range asked.only {
		if _, err := app.connectionNamed(name); err != nil {
			return err
		}
	}
	return app.doctor(ctx, out, asked)
}

// askedOfDoctor is what doctor is to look at, and to do besides.
type askedOfDoctor struct {
	only   []string // connections; none: all
	repair bool
	note   string // number of a ticket to write a note on
}

const noteFlag = "--note="

func askedOf(args []string) (asked askedOfDoctor, err error) {
	for _, arg := range args {
		number, isNote := strings.CutPrefix(arg, noteFlag)
		switch {
		case isNote:
			asked.note = number
		case arg == "--repair":
			asked.repair = true
		default:
			asked.only = append(asked.only, arg)
		}
	}
	if asked.note != "" && len(asked.only) != 1 {
		return asked, errors.New("a note is written on a ticket of one connection: name the connection")
	}
	return asked, nil
}

// newChecker makes an App that neither listens nor works.
func newChecker(ctx context.Context, cfg config.Config) (*App, error) {
	return NewApp(ctx, cfg, Roles{}, EngineAt{}, slog.New(slog.DiscardHandler))
}

func (a *App) doctor(ctx context.Context, out io.Writer, asked askedOfDoctor) error {
	all := a.print(out, "Lifeline", a.checkSelf(ctx))
	for _, c := range a.connections {
		if len(asked.only) == 0 || slices.Contains(asked.only, c.Name) {
			all = append(all, a.examine(ctx, out, c, asked)...)
		}
	}
	faults, warnings := count(all, support.Fault), count(all, support.Warning)
	fmt.Fprintf(out, "\n%s, %s\n", counted(faults, "fault"), counted(warnings, "warning"))
	if faults > 0 {
		return errFaults
	}
	return nil
}

func count(findings []support.Finding, level support.Level) (n int) {
	for _, f := range findings {
		if f.Level == level {
			n++
		}
	}
	return n
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// examine looks at one connection: its CRM, its vendor, and the people who are known to both.
func (a *App) examine(ctx context.Context, out io.Writer, c *connection, asked askedOfDoctor) []support.Finding {
	if !c.Settings.Enabled {
		return a.print(out, c.Name, []support.Finding{{Level: support.Warning, Subject: "connection", Text: "is switched off",
			Remedy: "set " + config.ConnectionPrefix(c.Name) + "_ENABLED=true to use it"}})
	}
	ctx, cancel := context.WithTimeout(ctx, doctorPatience)
	defer cancel()
	crm := c.CRM.Check(ctx)
	if asked.repair {
		crm = append(crm, repairKey(ctx, c)...)
	}
	if asked.note != "" {
		crm = append(crm, tryNote(ctx, c, asked.note))
	}
	all := a.print(out, c.Name+": "+string(c.CRM.Kind()), crm)
	all = append(all, a.print(out, c.Name+": "+string(c.Vendor.Kind()), c.Vendor.Check(ctx))...)
	return append(all, a.print(out, c.Name+": people", a.checkPeople(ctx, c))...)
}

var marks = map[support.Level]string{support.OK: "✓", support.Warning: "!", support.Fault: "✗"}

// print writes findings down and hands them back.
func (a *App) print(out io.Writer, title string, findings []support.Finding) []support.Finding {
	fmt.Fprintf(out, "\n%s\n", title)
	for _, f := range findings {
		fmt.Fprintf(out, "  %s %s: %s\n", marks[f.Level], f.Subject, f.Text)
		if f.Level != support.OK && f.Remedy != "" {
			fmt.Fprintf(out, "      -> %s\n", f.Remedy)
		}
	}
	return findings
}

// checkSelf looks at what all connections need: engine, its index, mail, and the public address.
func (a *App) checkSelf(ctx context.Context) []support.Finding {
	findings := []support.Finding{a.checkEngine(ctx)}
	if findings[0].Level == support.OK {
		findings = append(findings, a.checkWorker(ctx))
	}
	findings = append(findings, a.sender.Check(ctx)...)
	return append(findings, a.checkPublic(ctx))
}

func (a *App) checkEngine(ctx context.Context) support.Finding {
	if err := a.sessions.Ready(ctx); err != nil {
		return support.Finding{Level: support.Fault, Subject: "engine", Text: "Temporal cannot be reached", Remedy: "check TEMPORAL_ADDRESS, and that the server runs and lets this machine in"}
	}
	if err := engine.Register(ctx, a.engine, a.namespace()); err != nil {
		return support.Finding{Level: support.Fault, Subject: "engine", Text: err.Error(), Remedy: "create what is missing, or let this identity create it"}
	}
	return support.Finding{Level: support.OK, Subject: "engine", Text: "Temporal answers; the namespace " + a.namespace() + " has all search attributes"}
}

// workerPatience is how long a worker may take to ask for work for the first time: doctor may be run just after its start.
const workerPatience = 3 * time.Second

// checkWorker looks whether anybody takes the work that the engine hands out.
func (a *App) checkWorker(ctx context.Context) support.Finding {
	ctx, cancel := context.WithTimeout(ctx, workerPatience)
	defer cancel()
	again := time.NewTicker(workerPatience / 10)
	defer again.Stop()
	for {
		if a.hasWorker(ctx) {
			return support.Finding{Level: support.OK, Subject: "worker", Text: "takes the engine's work"}
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return support.Finding{Level: support.Warning, Subject: "worker", Text: "none has asked the engine for work lately: buttons are not answered, and nothing is filed",
				Remedy: "start `lifeline worker` and look at its log"}
		}
	}
}

func (a *App) hasWorker(ctx context.Context) bool {
	queue, err := a.engine.DescribeTaskQueue(ctx, workflows.TaskQueue, enums.TASK_QUEUE_TYPE_WORKFLOW)
	return err == nil && len(queue.GetPollers()) > 0
}

func (a *App) checkPublic(ctx context.Context) support.Finding {
	address := a.cfg.Process.PublicURL
	if at, err := url.Parse(address); err == nil && outbound.IsLoopback(at.Hostname()) && !a.cfg.Process.Dev() {
		return support.Finding{Level: support.Warning, Subject: "public address", Text: address + " is of this machine alone",
			Remedy: "set LIFELINE_PUBLIC_URL to the address under which vendors, CRMs and browsers reach Lifeline"}
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address+"/healthz", nil)
	if err == nil {
		var answer *http.Response
		if answer, err = http.DefaultClient.Do(request); err == nil {
			_ = answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return support.Finding{Level: support.OK, Subject: "public address", Text: address + " answers"}
			}
		}
	}
	return support.Finding{Level: support.Warning, Subject: "public address", Text: address + " does not answer from here",
		Remedy: "start `lifeline api`, and check that vendors, CRMs and browsers reach it under LIFELINE_PUBLIC_URL"}
}

// repairKey reactivates a failed session key.
func repairKey(ctx context.Context, c *connection) []support.Finding {
	keys, ok := c.CRM.(support.KeyHealth)
	if !ok {
		return nil
	}
	status, err := keys.SessionKeyStatus(ctx)
	if err == nil && status != support.KeyFailed {
		return []support.Finding{{Level: support.OK, Subject: "session key", Text: "is " + status + "; nothing to repair"}}
	}
	if err == nil {
		err = keys.RepairSessionKey(ctx)
	}
	if err != nil {
		return []support.Finding{{Level: support.Fault, Subject: "session key", Text: "could not be repaired: " + support.AsError(err).Message, Remedy: support.Remedy(support.AsError(err).Code)}}
	}
	return []support.Finding{{Level: support.OK, Subject: "session key", Text: "is being built again; run doctor once more in a few minutes"}}
}

// tryNote writes a note on a ticket, which no look at rights can stand for.
func tryNote(ctx context.Context, c *connection, number string) support.Finding {
	const subject = "test note"
	record, err := c.CRM.FindRecord(ctx, c.Name, number)
	if support.HasCode(err, support.CodeNotFound) {
		return support.Broken(subject, "there is no ticket "+number, "name one that is there, and that the service account may read")
	}
	if err == nil {
		err = c.CRM.AddNote(ctx, support.Note{Record: record.Ref, Marker: "doctor:" + uuid.NewString(), Subject: "Lifeline",
			Text: "Lifeline's doctor wrote this note to see whether it may."})
	}
	if err != nil {
		return support.Failed(subject, err, "give the service account the right to write notes on tickets")
	}
	return support.Fine(subject, "is written on "+number)
}
