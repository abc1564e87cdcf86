package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"example.com/lifeline/activities"
)

// WatchStart is the input of a watcher.
type WatchStart struct {
	Account string `json:"account"`
}

// watchShift is how long one watching step lasts before it starts afresh.
const watchShift = 12 * time.Hour

// VendorWatch watches one vendor account: one long step lists all open sessions again and again and tells those that
// changed. It is never one poll per session.
func VendorWatch(ctx workflow.Context, in WatchStart) error {
	options := workflow.ActivityOptions{
		StartToCloseTimeout: watchShift + time.Hour,
		HeartbeatTimeout:    heartbeatEvery,
		RetryPolicy:         &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: time.Minute},
		Summary:             "watch " + in.Account,
	}
	for !workflow.GetInfo(ctx).GetContinueAsNewSuggested() {
		input := activities.WatchInput{Account: in.Account, Shift: watchShift}
		err := workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, options), steps.WatchVendor, input).Get(ctx, nil)
		if temporal.IsCanceledError(err) {
			return err
		}
		if err != nil { // a fault only a human can end: look again after a while, the sessions go on by posts
			workflow.GetLogger(ctx).Warn("the vendor's list cannot be watched", "code", failureOf(err).Code)
			if err := workflow.Sleep(ctx, time.Minute); err != nil {
				return err
			}
		}
	}
	return workflow.NewContinueAsNewError(ctx, WatchType, in)
}
