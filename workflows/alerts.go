package workflows

import (
	"fmt"
	"slices"
	"time"

	"go.temporal.io/sdk/workflow"

	"example.com/lifeline/activities"
)

// The signals and the query of an alert desk.
const (
	SignalRaise    = "raise"    // activities.Trouble
	SignalClear    = "clear"    // Cleared
	SignalSchedule = "schedule" // AlertRhythm: a changed configuration
	QueryTroubles  = "troubles" // []activities.Trouble
)

// AlertRhythm says when troubles are mailed.
type AlertRhythm struct {
	After time.Duration `json:"after"` // a trouble must last this long
	Every time.Duration `json:"every"` // and is repeated this often
}

// Cleared names a trouble that is over.
type Cleared struct {
	Subject string `json:"subject"`
	Step    string `json:"step"`
}

// AlertStart is the input of an alert desk.
type AlertStart struct {
	Connection string      `json:"connection"`
	Rhythm     AlertRhythm `json:"rhythm"`
	Open       []openCase  `json:"open,omitempty"`
	Told       time.Time   `json:"told,omitzero"` // the last mail
}

// openCase is a trouble and when it is mailed next.
type openCase struct {
	Trouble activities.Trouble `json:"trouble"`
	Due     time.Time          `json:"due"`
	Mailed  bool               `json:"mailed"`
}

// alertDesk collects a connection's troubles and mails those that last: each after its own wait, all that are due in
// one mail, and once that they are over.
type alertDesk struct {
	AlertStart
	raise, clear, schedule workflow.ReceiveChannel
	recovered              []activities.Trouble
}

// AlertDesk is the entity workflow of one connection's alerts.
func AlertDesk(ctx workflow.Context, in AlertStart) error {
	d := &alertDesk{
		AlertStart: in, raise: workflow.GetSignalChannel(ctx, SignalRaise), clear: workflow.GetSignalChannel(ctx, SignalClear),
		schedule: workflow.GetSignalChannel(ctx, SignalSchedule),
	}
	if err := workflow.SetQueryHandler(ctx, QueryTroubles, d.troubles); err != nil {
		return err
	}
	var timer deadline
	for !workflow.GetInfo(ctx).GetContinueAsNewSuggested() || d.pending() {
		d.wait(ctx, &timer)
		if err := d.mail(ctx); err != nil {
			workflow.GetLogger(ctx).Error("an alert was not mailed", "error", err)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return workflow.NewContinueAsNewError(ctx, AlertsType, d.AlertStart)
}

func (d *alertDesk) pending() bool {
	return d.raise.Len()+d.clear.Len()+d.schedule.Len()+len(d.recovered) > 0
}

// quietUntil keeps mails apart: a fault that stops many sessions, each at its own time, is no reason for as many mails.
func (d *alertDesk) quietUntil() time.Time {
	if d.Told.IsZero() {
		return time.Time{}
	}
	return d.Told.Add(d.Rhythm.After / 3)
}

func (d *alertDesk) troubles() ([]activities.Trouble, error) {
	list := make([]activities.Trouble, len(d.Open))
	for i, c := range d.Open {
		list[i] = c.Trouble
	}
	return list, nil
}

func (d *alertDesk) wait(ctx workflow.Context, timer *deadline) {
	selector := workflow.NewSelector(ctx)
	selector.AddReceive(ctx.Done(), func(workflow.ReceiveChannel, bool) {})
	selector.AddReceive(d.raise, func(c workflow.ReceiveChannel, _ bool) {
		var trouble activities.Trouble
		c.Receive(ctx, &trouble)
		d.open(trouble, workflow.Now(ctx))
	})
	selector.AddReceive(d.clear, func(c workflow.ReceiveChannel, _ bool) {
		var cleared Cleared
		c.Receive(ctx, &cleared)
		d.close(cleared)
	})
	selector.AddReceive(d.schedule, func(c workflow.ReceiveChannel, _ bool) { c.Receive(ctx, &d.Rhythm) })
	if due := timer.until(ctx, d.nextDue()); due != nil {
		selector.AddFuture(due, func(workflow.Future) { timer.done() })
	}
	selector.Select(ctx)
}

func (d *alertDesk) find(subject, step string) int {
	return slices.IndexFunc(d.Open, func(c openCase) bool { return c.Trouble.Subject == subject && c.Trouble.Step == step })
}

func (d *alertDesk) open(trouble activities.Trouble, now time.Time) {
	if at := d.find(trouble.Subject, trouble.Step); at >= 0 {
		trouble.Since = d.Open[at].Trouble.Since
		d.Open[at].Trouble = trouble
		return
	}
	d.Open = append(d.Open, openCase{Trouble: trouble, Due: now.Add(d.Rhythm.After)})
}

func (d *alertDesk) close(cleared Cleared) {
	at := d.find(cleared.Subject, cleared.Step)
	if at < 0 {
		return
	}
	if d.Open[at].Mailed {
		d.recovered = append(d.recovered, d.Open[at].Trouble)
	}
	d.Open = slices.Delete(d.Open, at, at+1)
}

// nextDue is when there will be something to mail; zero is never.
func (d *alertDesk) nextDue() time.Time {
	if len(d.recovered) > 0 {
		return d.quietUntil()
	}
	var next time.Time
	for _, c := range d.Open {
		if next.IsZero() || c.Due.Before(next) {
			next = c.Due
		}
	}
	if next.IsZero() {
		return next
	}
	return latest(next, d.quietUntil())
}

// mail sends what is due, and what has recovered along with it or by itself.
func (d *alertDesk) mail(ctx workflow.Context) error {
	now := workflow.Now(ctx)
	if now.Before(d.quietUntil()) {
		return nil
	}
	var due []activities.Trouble
	for i := range d.Open {
		if !now.Before(d.Open[i].Due) {
			due = append(due, d.Open[i].Trouble)
			d.Open[i].Mailed, d.Open[i].Due = true, now.Add(d.Rhythm.Every)
		}
	}
	recovered := d.recovered
	d.recovered = nil
	if len(due)+len(recovered) == 0 {
		return nil
	}
	d.Told = now
	input := activities.MailAlertInput{
		Key: fmt.Sprintf("alert/%s/%d", d.Connection, now.UnixNano()), Connection: d.Connection, Troubles: due, Recovered: recovered,
	}
	return workflow.ExecuteActivity(patiently(ctx, "mail the operators"), steps.MailAlert, input).Get(ctx, nil)
}
