package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"example.com/lifeline/engine/index"
	"example.com/lifeline/support"
	"example.com/lifeline/workflows"
)

const (
	openNamespace = "open"
	openFor       = 2 * time.Hour // none may run out meanwhile
	// holding is how long the open sessions are watched once all are there: the vendor's list is read several times.
	holding = 20 * time.Second
)

// measureOpen opens very many sessions at a fresh Lifeline, which keeps all of them in memory, and weighs it. A part
// is opened by presses, with mails off; the others start where an earlier run of theirs gave way, with the code in
// hand, which takes a fraction of the time.
func measureOpen(ctx context.Context, b *bench) error {
	if err := b.lifeline.stop(); err != nil {
		return err
	}
	err := b.startLifeline(ctx, openNamespace, map[string]string{
		"LIFELINE_WORKFLOW_CACHE":         strconv.Itoa(b.options.open + 1000),
		"LIFELINE_ACME_SN_EMAIL_CUSTOMER": "false", "LIFELINE_ACME_SN_EMAIL_TECHNICIAN": "false",
		"LIFELINE_ACME_SN_INVITATION_TTL": openFor.String(),
	})
	if err != nil {
		return err
	}
	b.report.note("Lifeline before the first open session: " + b.lifeline.memory().String())
	if err := b.openByPress(ctx); err != nil {
		return err
	}
	if err := b.openTheRest(ctx); err != nil {
		return err
	}
	return b.hold(ctx)
}

func (b *bench) openByPress(ctx context.Context) error {
	incidents, err := b.incidents(min(b.options.pressed, b.options.open))
	if err != nil {
		return err
	}
	load := b.startLoad()
	began := time.Now()
	_, err = eachOf(ctx, incidents, b.options.parallel, func(ctx context.Context, incident string) error {
		_, err := b.pressAgain(ctx, incident)
		return err
	})
	if err != nil {
		return err
	}
	rate := float64(len(incidents)) / time.Since(began).Seconds()
	used := load.end()
	b.report.add(fmt.Sprintf("presses, %d at a time (%d)", b.options.parallel, len(incidents)), fmt.Sprintf("%.1f/s", rate), "", used)
	b.report.add(fmt.Sprintf("- resident memory with %d open", len(incidents)), b.lifeline.memory().String(), "", used)
	return nil
}

// openTheRest starts runs with an invitation in hand, and waits until each has written its row.
func (b *bench) openTheRest(ctx context.Context) error {
	engine, err := b.dial(ctx, openNamespace)
	if err != nil {
		return err
	}
	defer engine.Close()
	load := b.startLoad()
	began := time.Now()
	var started atomic.Int64
	_, err = eachOf(ctx, make([]string, max(0, b.options.open-b.options.pressed)), b.options.parallel, func(ctx context.Context, _ string) error {
		if time.Since(began) > b.options.openLimit {
			return nil
		}
		started.Add(1)
		return startInvited(ctx, engine)
	})
	if err != nil {
		return err
	}
	count := int(started.Load())
	if err := b.invitedRows(ctx, count); err != nil {
		return err
	}
	used := load.end()
	b.report.add(fmt.Sprintf("sessions taken over, %d at a time (%d)", b.options.parallel, count), fmt.Sprintf("%.1f/s", float64(count)/time.Since(began).Seconds()), "", used)
	b.report.add(fmt.Sprintf("- resident memory with %d open", b.options.pressed+count), b.lifeline.memory().String(), "< 1024 MB", used)
	return nil
}

// invitedRows waits until the sessions have their rows.
func (b *bench) invitedRows(ctx context.Context, count int) error {
	limit := time.After(b.options.fileLimit)
	for query := "state=invited^pin=" + takenOverCode; b.rows(query) < count; {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-limit:
			return fmt.Errorf("%d of %d sessions have written their row within %s", b.rows(query), count, b.options.fileLimit)
		case <-time.After(500 * time.Millisecond):
		}
	}
	return nil
}

// startInvited starts a session's run as another run hands it over.
func startInvited(ctx context.Context, engine client.Client) error {
	key := strings.ReplaceAll(uuid.NewString(), "-", "") // a sys_id, too
	ref := support.RecordRef{Connection: connection, Type: "incident", ID: key}
	_, err := engine.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID: support.AdoptedWorkflowID(connection, key), TaskQueue: workflows.TaskQueue, StaticSummary: "open session",
		TypedSearchAttributes: temporal.NewSearchAttributes(index.Connection.ValueSet(connection),
			index.Vendor.ValueSet(string(support.Rescue)), index.State.ValueSet(string(support.Invited))),
	}, workflows.SessionType, workflows.SessionStart{
		Origin: workflows.FromRun, Connection: connection, CRM: support.ServiceNow, Vendor: support.Rescue, Record: ref, Carried: invited(key, ref),
	})
	return err
}

// takenOverCode is the code of the sessions that are not opened by a press.
const takenOverCode = "999999"

// invited is a session whose code was issued and mailed, and nobody has come yet.
func invited(key string, ref support.RecordRef) *workflows.Carried {
	now := time.Now()
	return &workflows.Carried{
		Key: key, State: support.Invited, RequestedAt: now, PanelURL: "http://127.0.0.1/panel?t=0123456789",
		Settings: support.Settings{Enabled: true, Notes: support.NotesAll, InvitationTTL: openFor, EndGrace: 2 * time.Minute},
		Record: support.Record{Ref: ref, Number: "INC0010001", Title: "The screen stays dark",
			Customer: support.Customer{Name: "Joe Employee", Email: "joe@example.net"}},
		Agent:      support.Agent{ID: key, Name: "Dana Whitfield", UserName: "dana", Email: "dana@example.com"},
		Technician: support.Technician{ID: "1001", SSOID: "dana@example.com", Name: "Dana Whitfield", Email: "dana@example.com"},
		Invitation: support.Invitation{Code: takenOverCode, CustomerLink: "http://127.0.0.1/R?i=2&Code=" + takenOverCode, ExpiresAt: now.Add(openFor)},
	}
}

// hold tells what open sessions cost while nothing happens.
func (b *bench) hold(ctx context.Context) error {
	load := b.startLoad()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(holding):
	}
	b.report.add(fmt.Sprintf("- after %s in which nothing happened", holding), b.lifeline.memory().String(), "< 1024 MB", load.end())
	b.report.note("Temporal server with all of them open: " + processMemory(children()["temporal-server"]).String())
	return nil
}
