package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"example.com/lifeline/activities"
	"example.com/lifeline/support"
)

// An index that is being built is looked at each keyGlance, and is a matter for a human after keyPatience.
const (
	keyPatience = 15 * time.Minute
	keyGlance   = time.Minute
)

// KeyHealth looks at the key that session rows are found by. Sessions are filed without it too, so it takes no more
// than an alert: for a failed key, and for one whose index is not done in time. The alert ends when the key is active.
func KeyHealth(ctx workflow.Context, in PeriodicStart) (PeriodicResult, error) {
	status, failure := settledKey(ctx, in.Connection)
	if failure != nil && failure.Kind != support.Attention {
		return PeriodicResult{}, answer(failure) // whoever needs the CRM alerts of its being down
	}
	tell := steps.RaiseAlert
	if failure == nil && status == support.KeyActive {
		tell = steps.ClearAlert
	}
	alert := activities.AlertInput{Connection: in.Connection, Trouble: keyTrouble(ctx, in.Connection, status, failure)}
	return PeriodicResult{}, workflow.ExecuteActivity(patiently(ctx, "tell the alert desk"), tell, alert).Get(ctx, nil)
}

// settledKey gives the key's status, and waits a while for one that is on its way.
func settledKey(ctx workflow.Context, connection string) (status string, failure *support.Error) {
	for began := workflow.Now(ctx); ; {
		err := workflow.ExecuteActivity(briefly(ctx, "look at the session key"), steps.SessionKeyStatus, connection).Get(ctx, &status)
		if err != nil {
			return "", failureOf(err)
		}
		if status != support.KeyPending || workflow.Now(ctx).Sub(began) >= keyPatience {
			return status, nil
		}
		if err := workflow.Sleep(ctx, keyGlance); err != nil {
			return "", failureOf(err)
		}
	}
}

func keyTrouble(ctx workflow.Context, connection, status string, failure *support.Error) activities.Trouble {
	trouble := activities.Trouble{
		Subject: "session key", Step: "find session rows by their key", Code: support.CodeKeyPending, Since: workflow.Now(ctx),
		Reason: "the session key is " + status + "; sessions are filed all the same, but slower",
		Remedy: "Run `lifeline doctor --repair " + connection + "`. A key that fails again means that two rows carry the same value: remove one.",
	}
	if failure != nil {
		trouble.Code, trouble.Reason, trouble.Remedy = failure.Code, failure.Message, support.Remedy(failure.Code)
	}
	return trouble
}
