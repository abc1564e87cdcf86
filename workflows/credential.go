package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"example.com/lifeline/activities"
	"example.com/lifeline/support"
)

// The updates of a credential's owner.
const (
	UpdateGet     = "get"     // -> support.Credential
	UpdateRenewal = "renewal" // support.Credential (the refused one) -> support.Credential
	UpdateProvide = "provide" // support.Credential -> nothing
)

// CredentialStart is the input of a credential's owner.
type CredentialStart struct {
	Owner      string             `json:"owner"`      // vendor account or connection
	Connection string             `json:"connection"` // whose adapter issues it
	Subject    string             `json:"subject"`
	Credential support.Credential `json:"credential"`
	Warned     int                `json:"warned"` // days of the last warning
	// Trouble is told to the alert desk when the grant is dead, and taken back when there is a new one.
	Trouble *activities.Trouble `json:"trouble,omitempty"`
	Told    bool                `json:"told,omitempty"`
}

// warnings are the days before the end of a consent on which operators are warned.
var warnings = []int{14, 7, 1}

// credential owns one living credential: renewals happen one at a time, and a new value is stored in the history
// before anybody gets it.
type credential struct {
	CredentialStart
	lock    workflow.Mutex
	changed bool
}

// Credential is the entity workflow of one living credential.
func Credential(ctx workflow.Context, in CredentialStart) error {
	c := &credential{CredentialStart: in, lock: workflow.NewMutex(ctx)}
	if err := c.listen(ctx); err != nil {
		return err
	}
	full := func() bool { return workflow.GetInfo(ctx).GetContinueAsNewSuggested() }
	for !full() {
		c.changed = false
		c.tell(ctx)
		due, wait := c.nextWarning(workflow.Now(ctx))
		passed, err := workflow.AwaitWithTimeout(ctx, wait, func() bool { return c.changed || full() })
		if err != nil {
			return err
		}
		if !passed && due > 0 {
			c.warn(ctx, due)
		}
	}
	if err := workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) }); err != nil {
		return err
	}
	return workflow.NewContinueAsNewError(ctx, CredentialType, c.CredentialStart)
}

func (c *credential) listen(ctx workflow.Context) error {
	if err := workflow.SetUpdateHandler(ctx, UpdateGet, c.get); err != nil {
		return err
	}
	if err := workflow.SetUpdateHandler(ctx, UpdateRenewal, c.renew); err != nil {
		return err
	}
	return workflow.SetUpdateHandler(ctx, UpdateProvide, c.provide)
}

func (c *credential) get(ctx workflow.Context) (support.Credential, error) {
	if err := c.lock.Lock(ctx); err != nil {
		return support.Credential{}, err
	}
	defer c.lock.Unlock()
	if c.Credential.IsZero() {
		if err := c.issue(ctx); err != nil {
			return support.Credential{}, err
		}
	}
	return c.Credential, nil
}

func (c *credential) renew(ctx workflow.Context, refused support.Credential) (support.Credential, error) {
	if err := c.lock.Lock(ctx); err != nil {
		return support.Credential{}, err
	}
	defer c.lock.Unlock()
	if refused.Value != c.Credential.Value && !c.Credential.IsZero() {
		return c.Credential, nil
	}
	if err := c.issue(ctx); err != nil {
		return support.Credential{}, err
	}
	return c.Credential, nil
}

// provide stores what a human gave. It waits for a renewal under way, so that it isn't overwritten by an older grant.
func (c *credential) provide(ctx workflow.Context, given support.Credential) error {
	if err := c.lock.Lock(ctx); err != nil {
		return err
	}
	defer c.lock.Unlock()
	given.Version = c.Credential.Version + 1
	c.Credential, c.changed, c.Warned, c.Trouble = given, true, 0, nil
	return nil
}

// issue gets the next value. It is tried once: a single-use refresh token must not be spent twice, and the caller's own
// step is tried again.
func (c *credential) issue(ctx workflow.Context) error {
	options := workflow.ActivityOptions{
		StartToCloseTimeout: 30 * time.Second,
		RetryPolicy:         &temporal.RetryPolicy{MaximumAttempts: 1},
		Summary:             "issue " + c.Subject,
	}
	var next support.Credential
	input := activities.IssueInput{Connection: c.Connection, Subject: c.Subject, Current: c.Credential}
	if err := workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, options), steps.IssueCredential, input).Get(ctx, &next); err != nil {
		failure := failureOf(err)
		if failure.Code == support.CodeCredentialDead {
			c.Credential, c.changed = support.Credential{Version: c.Credential.Version}, true
			c.Trouble = c.trouble(ctx, failure)
		}
		return answer(failure)
	}
	if !next.Ends.Equal(c.Credential.Ends) {
		c.Warned = 0
	}
	next.Version = c.Credential.Version + 1
	c.Credential, c.changed, c.Trouble = next, true, nil
	return nil
}

// consentStep is what fails while a grant is dead.
const consentStep = "renew the consent"

func (c *credential) trouble(ctx workflow.Context, failure *support.Error) *activities.Trouble {
	return &activities.Trouble{
		Subject: c.Subject, Step: consentStep, Code: failure.Code, Reason: failure.Message, Since: workflow.Now(ctx),
		Remedy: support.Remedy(failure.Code),
	}
}

// tell lets the alert desk know that the grant is dead: whoever needs it only waits. It lets it know, too, that there is
// a new one.
func (c *credential) tell(ctx workflow.Context) {
	dead := c.Trouble != nil
	if dead == c.Told {
		return
	}
	say, trouble := steps.ClearAlert, activities.Trouble{Subject: c.Subject, Step: consentStep}
	if dead {
		say, trouble = steps.RaiseAlert, *c.Trouble
	}
	input := activities.AlertInput{Connection: c.Connection, Trouble: trouble}
	if err := workflow.ExecuteActivity(patiently(ctx, "tell the alert desk"), say, input).Get(ctx, nil); err != nil {
		workflow.GetLogger(ctx).Error("the alert desk was not told", "error", err)
		return
	}
	c.Told = dead
}

// nextWarning gives the warning that is due next and how long it is until then. One that is overtaken by the next is
// left out.
func (c *credential) nextWarning(now time.Time) (days int, wait time.Duration) {
	const idle = 30 * 24 * time.Hour
	if c.Credential.Ends.IsZero() {
		return 0, idle
	}
	until := func(days int) time.Duration { return c.Credential.Ends.AddDate(0, 0, -days).Sub(now) }
	for i, days := range warnings {
		given := c.Warned != 0 && c.Warned <= days
		overtaken := i+1 < len(warnings) && until(warnings[i+1]) <= 0
		if given || overtaken {
			continue
		}
		return days, max(until(days), time.Second)
	}
	return 0, idle
}

func (c *credential) warn(ctx workflow.Context, days int) {
	c.Warned = days
	input := activities.ConsentInput{Owner: c.Owner, Subject: c.Subject, Ends: c.Credential.Ends, Days: days}
	if err := workflow.ExecuteActivity(patiently(ctx, "warn of the consent's end"), steps.WarnOfConsent, input).Get(ctx, nil); err != nil {
		workflow.GetLogger(ctx).Error("the warning was not mailed", "error", err)
	}
}
