package workflows_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"example.com/lifeline/activities"
	"example.com/lifeline/support"
	"example.com/lifeline/workflows"
)

// vault plays the issuer of a credential, and runs its owner.
type vault struct {
	*testsuite.TestWorkflowEnvironment
	*issuer
	t     *testing.T
	start workflows.CredentialStart
	asked int
}

// issuer plays the steps of a credential's owner.
type issuer struct {
	mu     sync.Mutex
	issued []activities.IssueInput
	warned []int
	told   []string // "raised" or "cleared", and what
	next   func(n int) (support.Credential, error)
}

func newVault(t *testing.T) *vault {
	v := &vault{TestWorkflowEnvironment: newEnvironment(), issuer: &issuer{}, t: t, start: workflows.CredentialStart{Owner: acme, Connection: acme, Subject: "oauth"}}
	v.next = func(n int) (support.Credential, error) {
		return support.Credential{Value: support.Secret("value-" + string(rune('0'+n))), Refresh: "refresh"}, nil
	}
	v.RegisterActivity(v.issuer)
	v.RegisterWorkflowWithOptions(workflows.Credential, workflow.RegisterOptions{Name: workflows.CredentialType})
	return v
}

func (v *issuer) IssueCredential(_ context.Context, in activities.IssueInput) (support.Credential, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.issued = append(v.issued, in)
	next, err := v.next(len(v.issued))
	return next, activities.Failed(err)
}

func (v *issuer) WarnOfConsent(_ context.Context, in activities.ConsentInput) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.warned = append(v.warned, in.Days)
	return nil
}

func (v *issuer) RaiseAlert(_ context.Context, in activities.AlertInput) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.told = append(v.told, "raised "+in.Trouble.Code)
	return nil
}

func (v *issuer) ClearAlert(_ context.Context, in activities.AlertInput) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.told = append(v.told, "cleared "+in.Trouble.Subject)
	return nil
}

func (v *vault) ask(after time.Duration, name string, args ...any) *answered[support.Credential] {
	a := &answered[support.Credential]{now: v.Now}
	v.asked++
	id := name + string(rune('a'+v.asked))
	v.RegisterDelayedCallback(func() { a.since = v.Now(); v.UpdateWorkflow(name, id, a, args...) }, after)
	return a
}

// runUntil runs the owner until the engine suggests a fresh run, and gives that run's start.
func (v *vault) runUntil(after time.Duration) workflows.CredentialStart {
	v.t.Helper()
	v.RegisterDelayedCallback(func() { v.SetContinueAsNewSuggested(true) }, after)
	v.ask(after+time.Second, workflows.UpdateGet)
	v.ExecuteWorkflow(workflows.CredentialType, v.start)
	require.True(v.t, v.IsWorkflowCompleted())
	var fresh *workflow.ContinueAsNewError
	require.ErrorAs(v.t, v.GetWorkflowError(), &fresh)
	assert.Equal(v.t, workflows.CredentialType, fresh.WorkflowType.Name)
	var start workflows.CredentialStart
	require.NoError(v.t, converter.GetDefaultDataConverter().FromPayloads(fresh.Input, &start))
	return start
}

func TestManyGetsIssueOnce(t *testing.T) {
	v := newVault(t)
	var all []*answered[support.Credential]
	for range 8 {
		all = append(all, v.ask(0, workflows.UpdateGet))
	}
	fresh := v.runUntil(time.Minute)
	for _, a := range all {
		require.NoError(t, a.err)
		assert.Equal(t, support.Secret("value-1"), a.value.Value)
	}
	assert.Len(t, v.issued, 1)
	assert.Equal(t, support.Secret("value-1"), fresh.Credential.Value, "the state goes along")
	assert.Equal(t, 1, fresh.Credential.Version)
}

func TestRenewalsOfOneRefusedValueAreOne(t *testing.T) {
	v := newVault(t)
	v.start.Credential = support.Credential{Value: "old", Refresh: "r0", Version: 4}
	first := v.ask(0, workflows.UpdateRenewal, support.Credential{Value: "old"})
	second := v.ask(0, workflows.UpdateRenewal, support.Credential{Value: "old"})
	v.runUntil(time.Minute)
	assert.Equal(t, []support.Secret{"value-1", "value-1"}, []support.Secret{first.value.Value, second.value.Value})
	require.Len(t, v.issued, 1)
	assert.Equal(t, support.Secret("r0"), v.issued[0].Current.Refresh)
	assert.Equal(t, 5, first.value.Version)
}

func TestDeadGrantIsCleared(t *testing.T) {
	v := newVault(t)
	v.start.Credential = support.Credential{Value: "old", Refresh: "dead"}
	v.next = func(n int) (support.Credential, error) {
		if n == 1 {
			return support.Credential{}, support.NeedsAttention(support.CodeCredentialDead, "the grant is dead", nil)
		}
		return support.Credential{}, support.Retryable(support.CodeConsentMissing, "run lifeline connect", 0, nil)
	}
	renewal := v.ask(0, workflows.UpdateRenewal, support.Credential{Value: "old"})
	again := v.ask(time.Second, workflows.UpdateGet)
	stale := v.ask(2*time.Second, workflows.UpdateRenewal, support.Credential{Value: "old"})
	v.runUntil(time.Minute)
	assert.Equal(t, support.CodeCredentialDead, code(t, renewal.err))
	assert.Equal(t, support.CodeConsentMissing, code(t, again.err))
	// The second holder of the dead value was given an empty credential, and no error.
	assert.Equal(t, support.CodeConsentMissing, code(t, stale.err))
	assert.True(t, v.issued[1].Current.IsZero())
}

func TestFailedIssueKeepsTheCredentialAndIsNotRepeated(t *testing.T) {
	v := newVault(t)
	v.start.Credential = support.Credential{Value: "old", Refresh: "r0"}
	v.next = func(int) (support.Credential, error) {
		return support.Credential{}, support.Retryable(support.CodeUnreachable, "down", 0, nil)
	}
	renewal := v.ask(0, workflows.UpdateRenewal, support.Credential{Value: "old"})
	v.runUntil(time.Minute)
	assert.Equal(t, support.CodeUnreachable, code(t, renewal.err))
	assert.Len(t, v.issued, 1, "a single-use token must not be spent twice")
}

func TestProvidedCredentialIsUsed(t *testing.T) {
	v := newVault(t)
	v.ask(0, workflows.UpdateProvide, support.Credential{Value: "given"})
	got := v.ask(time.Second, workflows.UpdateGet)
	v.runUntil(time.Minute)
	assert.Equal(t, support.Secret("given"), got.value.Value)
	assert.Empty(t, v.issued)
}

func TestOperatorsAreWarnedFourteenSevenAndOneDayAhead(t *testing.T) {
	v := newVault(t)
	v.start.Credential = support.Credential{Value: "v", Ends: start.AddDate(0, 0, 30)}
	days := func(n int) time.Duration { return time.Duration(n) * 24 * time.Hour }
	for after, want := range map[time.Duration][]int{days(15): nil, days(17): {14}, days(24): {14, 7}, days(30): {14, 7, 1}} {
		v.RegisterDelayedCallback(func() { assert.Equal(t, want, v.warned) }, after)
	}
	fresh := v.runUntil(days(40))
	assert.Equal(t, []int{14, 7, 1}, v.warned)
	assert.Equal(t, 1, fresh.Warned)
}

// A consent that was first seen shortly before its end brought three mails within seconds, two of them with wrong days.
func TestOvertakenWarningsAreLeftOut(t *testing.T) {
	v := newVault(t)
	v.start.Credential = support.Credential{Value: "v", Ends: start.AddDate(0, 0, 5)}
	v.runUntil(20 * 24 * time.Hour)
	assert.Equal(t, []int{7, 1}, v.warned)
}

// A renewed consent kept the old one's warnings, and was warned of no more.
func TestRenewedConsentIsWarnedOfAgain(t *testing.T) {
	v := newVault(t)
	v.start.Credential, v.start.Warned = support.Credential{Value: "old", Refresh: "r", Ends: start.AddDate(0, 0, 1)}, 1
	v.next = func(int) (support.Credential, error) {
		return support.Credential{Value: "new", Ends: start.AddDate(0, 0, 30)}, nil
	}
	v.ask(0, workflows.UpdateRenewal, support.Credential{Value: "old"})
	v.runUntil(20 * 24 * time.Hour)
	assert.Equal(t, []int{14}, v.warned)
}

// Nobody was told of a lost grant: the steps that need it only wait.
func TestOperatorsAreToldOfADeadGrantAndOfANewOne(t *testing.T) {
	v := newVault(t)
	v.start.Credential = support.Credential{Value: "old", Refresh: "spent"}
	v.next = func(int) (support.Credential, error) {
		return support.Credential{}, support.NeedsAttention(support.CodeCredentialDead, "the grant is dead", nil)
	}
	v.ask(0, workflows.UpdateRenewal, support.Credential{Value: "old"})
	v.ask(time.Second, workflows.UpdateGet)
	v.RegisterDelayedCallback(func() { assert.Equal(t, []string{"raised credential_dead"}, v.told) }, time.Minute)
	v.ask(2*time.Minute, workflows.UpdateProvide, support.Credential{Value: "given"})
	v.runUntil(time.Hour)
	assert.Equal(t, []string{"raised credential_dead", "cleared oauth"}, v.told)
}
