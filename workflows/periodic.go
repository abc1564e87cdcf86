package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"example.com/lifeline/activities"
	"example.com/lifeline/support"
)

// PeriodicStart is the input of what a schedule starts for a connection.
type PeriodicStart struct {
	Connection string        `json:"connection"`
	Window     time.Duration `json:"window"` // how far back the vendor's report is read
}

// PeriodicResult says what a run of it did.
type PeriodicResult struct {
	Read    int       `json:"read"`
	Adopted int       `json:"adopted,omitempty"`
	Saved   int       `json:"saved,omitempty"`
	UpTo    time.Time `json:"upTo,omitzero"` // how far the vendor's report was read
}

// Reconcile compares the vendor's report with the CRM's session rows and lets what is missing be adopted.
func Reconcile(ctx workflow.Context, in PeriodicStart) (PeriodicResult, error) {
	result := PeriodicResult{UpTo: workflow.Now(ctx)}
	err := eachPage(ctx, in, "reconcile", func(ctx workflow.Context, query activities.PageInput) (activities.PageResult, error) {
		var page activities.PageResult
		err := workflow.ExecuteActivity(periodically(ctx, "compare a page of the report"), steps.ReconcilePage, query).Get(ctx, &page)
		result.Read, result.Adopted = result.Read+page.Read, result.Adopted+page.Adopted
		return page, err
	})
	return result, err
}

// CompanyReport copies the vendor's report into the CRM's report table.
func CompanyReport(ctx workflow.Context, in PeriodicStart) (PeriodicResult, error) {
	result := PeriodicResult{UpTo: workflow.Now(ctx)}
	err := eachPage(ctx, in, "company report", func(ctx workflow.Context, query activities.PageInput) (activities.PageResult, error) {
		var page activities.PageResult
		err := workflow.ExecuteActivity(periodically(ctx, "save a page of the report"), steps.SaveReportPage, query).Get(ctx, &page)
		result.Read, result.Saved = result.Read+page.Read, result.Saved+page.Saved
		return page, err
	})
	return result, err
}

// eachPage goes through the pages of the window. A failure raises an alert and fails the run, so that the schedule
// shows it; the next run clears the alert when it succeeds.
func eachPage(ctx workflow.Context, in PeriodicStart, name string, do func(workflow.Context, activities.PageInput) (activities.PageResult, error)) error {
	query := activities.PageInput{Connection: in.Connection, To: workflow.Now(ctx)}
	query.From = readFrom(ctx, in, query.To)
	alert := activities.AlertInput{Connection: in.Connection, Trouble: activities.Trouble{Subject: name, Step: "read the vendor's report"}}
	failure := readPages(ctx, query, do)
	if failure == nil {
		return workflow.ExecuteActivity(patiently(ctx, "tell the alert desk"), steps.ClearAlert, alert).Get(ctx, nil)
	}
	alert.Trouble.Code, alert.Trouble.Reason, alert.Trouble.Since = failure.Code, failure.Message, workflow.Now(ctx)
	alert.Trouble.Remedy = support.Remedy(failure.Code)
	_ = workflow.ExecuteActivity(patiently(ctx, "tell the alert desk"), steps.RaiseAlert, alert).Get(ctx, nil)
	return answer(failure)
}

// readPages follows the vendor from page to page. One that leads back to where it was before would lead on for ever.
func readPages(ctx workflow.Context, query activities.PageInput, do func(workflow.Context, activities.PageInput) (activities.PageResult, error)) *support.Error {
	been := map[string]bool{}
	for !been[query.Cursor] {
		been[query.Cursor] = true
		page, err := do(ctx, query)
		if err != nil || page.Next == "" {
			return failureOf(err)
		}
		query.Cursor = page.Next
	}
	return support.NeedsAttention(support.CodeProtocol, "the pages of the vendor's report lead round in circles", nil)
}

// readFrom is how far back the report is read: the window, or further after runs that failed or were left out, to half a
// window before the last one's end. Nothing is missing after an outage, however long.
func readFrom(ctx workflow.Context, in PeriodicStart, now time.Time) time.Time {
	from := now.Add(-in.Window)
	var last PeriodicResult
	if workflow.HasLastCompletionResult(ctx) && workflow.GetLastCompletionResult(ctx, &last) == nil && !last.UpTo.IsZero() {
		from = earliest(from, last.UpTo.Add(-in.Window/2))
	}
	return from
}

// periodically runs steps of a schedule: long ones that heartbeat, tried for as long as the next run is away.
func periodically(ctx workflow.Context, summary string) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout:    10 * time.Minute,
		ScheduleToCloseTimeout: time.Hour,
		HeartbeatTimeout:       heartbeatEvery,
		RetryPolicy:            &temporal.RetryPolicy{InitialInterval: 2 * time.Second, BackoffCoefficient: 2, MaximumInterval: 2 * time.Minute},
		Priority:               temporal.Priority{PriorityKey: 5},
		Summary:                summary,
	})
}

// Sweep finds session rows whose webhook never came, where a button is a row.
func Sweep(ctx workflow.Context, in PeriodicStart) (PeriodicResult, error) {
	var swept int
	err := workflow.ExecuteActivity(briefly(ctx, "look for waiting rows"), steps.SweepRequests, in.Connection).Get(ctx, &swept)
	return PeriodicResult{Read: swept}, err
}

// RequestStart is the input of the run that turns a session row into a session.
type RequestStart struct {
	Connection string `json:"connection"`
	RowID      string `json:"rowId"`
}

// RowRequest turns a session row that an agent created into a session. Its id is the row's, so however often the CRM
// tells of a row, it is opened once.
func RowRequest(ctx workflow.Context, in RequestStart) error {
	err := workflow.ExecuteActivity(patiently(ctx, "open what the row asks for"), steps.OpenRequest, activities.RequestInput(in)).Get(ctx, nil)
	if err == nil {
		return nil
	}
	failure := failureOf(err)
	refusal := activities.RefuseInput{Connection: in.Connection, RowID: in.RowID, Code: failure.Code, Message: failure.Message}
	return workflow.ExecuteActivity(patiently(ctx, "tell the agent on the row"), steps.RefuseRequest, refusal).Get(ctx, nil)
}
