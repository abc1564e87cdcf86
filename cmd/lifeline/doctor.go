package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"example.com/lifeline/config"
	"example.com/lifeline/engine"
	"example.com/lifeline/support"
)

// doctorPatience bounds one connection's check.
const doctorPatience = 2 * time.Minute

var errFaults = errors.New("there are faults; each line above marked with a cross says what to do")

// runDoctor checks every hop in plain words, and fails when there is a fault.
func runDoctor(ctx context.Context, args []string, out io.Writer) error {
	cfg, err := config.Load()
	if err != nil {
		return err
	}
	repair := slices.Contains(args, "--repair")
	only := slices.DeleteFunc(slices.Clone(args), func(a string) bool { return strings.HasPrefix(a, "-") })
	app, err := newChecker(ctx, cfg)
	if err != nil {
		return err
	}
	defer app.Close()
	return app.doctor(ctx, out, only, repair)
}

// newChecker makes an App that neither listens nor works.
func newChecker(ctx context.Context, cfg config.Config) (*App, error) {
	return NewApp(ctx, cfg, Roles{}, EngineAt{}, slog.New(slog.DiscardHandler))
}

func (a *App) doctor(ctx context.Context, out io.Writer, only []string, repair bool) error {
	faulty := a.print(out, "Lifeline", a.checkSelf(ctx))
	for _, c := range a.connections {
		if len(only) > 0 && !slices.Contains(only, c.Name) {
			continue
		}
		ctx, cancel := context.WithTimeout(ctx, doctorPatience)
		findings := a.checkConnection(ctx, c)
		if repair {
			findings = append(findings, repairKey(ctx, c)...)
		}
		cancel()
		faulty = a.print(out, c.Name+" ("+string(c.Vendor.Kind())+" with "+string(c.CRM.Kind())+")", findings) || faulty
	}
	if faulty {
		return errFaults
	}
	return nil
}

var marks = map[support.Level]string{support.OK: "✓", support.Warning: "!", support.Fault: "✗"}

func (a *App) print(out io.Writer, title string, findings []support.Finding) (faulty bool) {
	fmt.Fprintf(out, "\n%s\n", title)
	for _, f := range findings {
		fmt.Fprintf(out, "  %s %s: %s\n", marks[f.Level], f.Subject, f.Text)
		if f.Level != support.OK && f.Remedy != "" {
			fmt.Fprintf(out, "      %s\n", f.Remedy)
		}
		faulty = faulty || f.Level == support.Fault
	}
	return faulty
}

// checkSelf looks at what all connections need: engine, its index, mail, and the public address.
func (a *App) checkSelf(ctx context.Context) []support.Finding {
	findings := []support.Finding{a.checkEngine(ctx)}
	findings = append(findings, a.sender.Check(ctx)...)
	return append(findings, a.checkPublic(ctx))
}

func (a *App) checkEngine(ctx context.Context) support.Finding {
	if err := a.sessions.Ready(ctx); err != nil {
		return support.Finding{Level: support.Fault, Subject: "engine", Text: "Temporal cannot be reached", Remedy: "Check TEMPORAL_ADDRESS, and that the server runs and lets this machine in."}
	}
	if err := engine.Register(ctx, a.engine, a.namespace()); err != nil {
		return support.Finding{Level: support.Fault, Subject: "engine", Text: err.Error(), Remedy: "Create what is missing, or let this identity create it."}
	}
	return support.Finding{Level: support.OK, Subject: "engine", Text: "Temporal answers; the namespace " + a.namespace() + " has all search attributes"}
}

func (a *App) checkPublic(ctx context.Context) support.Finding {
	address := a.cfg.Process.PublicURL
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
		Remedy: "Start `lifeline api`, and check that vendors, ServiceNow and browsers reach it under LIFELINE_PUBLIC_URL."}
}

func (a *App) checkConnection(ctx context.Context, c *connection) []support.Finding {
	if !c.Settings.Enabled {
		return []support.Finding{{Level: support.Warning, Subject: "connection", Text: "is switched off", Remedy: "Set " + config.ConnectionPrefix(c.Name) + "_ENABLED=true to use it."}}
	}
	findings := append(c.CRM.Check(ctx), c.Vendor.Check(ctx)...)
	return append(findings, checkPeople(ctx, c)...)
}

// checkPeople compares agents with technicians: whoever has no match cannot press the button.
func checkPeople(ctx context.Context, c *connection) []support.Finding {
	agents, err := c.CRM.Agents(ctx)
	if err != nil {
		return []support.Finding{{Level: support.Warning, Subject: "technicians", Text: "the CRM's users cannot be listed: " + support.AsError(err).Message}}
	}
	matched := 0
	var findings []support.Finding
	for _, agent := range agents {
		technician, err := c.CRM.TechnicianOf(ctx, agent)
		if err == nil {
			_, err = c.Vendor.Technician(ctx, technician)
		}
		if err == nil {
			matched++
			continue
		}
		findings = append(findings, support.Finding{Level: support.Warning, Subject: "technician " + agent.Email, Text: support.AsError(err).Message,
			Remedy: "Give the technician at the vendor the same e-mail (SSO id) as the CRM user, or leave it if this user never presses the button."})
	}
	summary := support.Finding{Level: support.OK, Subject: "technicians", Text: fmt.Sprintf("%d of %d users have a technician", matched, len(agents))}
	return append([]support.Finding{summary}, findings...)
}

// repairKey reactivates a failed session key.
func repairKey(ctx context.Context, c *connection) []support.Finding {
	keys, ok := c.CRM.(support.KeyHealth)
	if !ok {
		return nil
	}
	status, err := keys.SessionKeyStatus(ctx)
	if err == nil && status != "failed" {
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
