package workflows_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"example.com/lifeline/activities"
	"example.com/lifeline/support"
	"example.com/lifeline/workflows"
)

// standing plays the steps of what runs all the time.
type standing struct {
	mu      sync.Mutex
	now     func() time.Time
	mails   []activities.MailAlertInput
	mailed  []time.Duration
	watched int
	watch   func(n int) error
	pages   map[string]activities.PageResult // by cursor
	queries []activities.PageInput
	failing error
	raised  []activities.Trouble
	cleared []activities.Trouble
	swept   []string
	keys    []string
	keyless *support.Error
	opening error
	refused []activities.RefuseInput
}

func (s *standing) MailAlert(_ context.Context, in activities.MailAlertInput) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mails, s.mailed = append(s.mails, in), append(s.mailed, s.now().Sub(start).Round(time.Second))
	return nil
}

func (s *standing) WatchVendor(context.Context, activities.WatchInput) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watched++
	return activities.Failed(s.watch(s.watched))
}

func (s *standing) ReconcilePage(_ context.Context, in activities.PageInput) (activities.PageResult, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queries = append(s.queries, in)
	return s.pages[in.Cursor], activities.Failed(s.failing)
}

func (s *standing) SaveReportPage(ctx context.Context, in activities.PageInput) (activities.PageResult, error) {
	return s.ReconcilePage(ctx, in)
}

func (s *standing) RaiseAlert(_ context.Context, in activities.AlertInput) error {
	s.raised = append(s.raised, in.Trouble)
	return nil
}

func (s *standing) ClearAlert(_ context.Context, in activities.AlertInput) error {
	s.cleared = append(s.cleared, in.Trouble)
	return nil
}

func (s *standing) SweepRequests(_ context.Context, connection string) (int, error) {
	s.swept = append(s.swept, connection)
	return 3, nil
}

func (s *standing) SessionKeyStatus(context.Context, string) (string, error) {
	if s.keyless != nil {
		return "", activities.Failed(s.keyless)
	}
	status := s.keys[0]
	s.keys = s.keys[min(1, len(s.keys)-1):]
	return status, nil
}

func (s *standing) OpenRequest(context.Context, activities.RequestInput) error {
	return activities.Failed(s.opening)
}

func (s *standing) RefuseRequest(_ context.Context, in activities.RefuseInput) error {
	s.refused = append(s.refused, in)
	return nil
}

func stand(t *testing.T) (*testsuite.TestWorkflowEnvironment, *standing) {
	t.Helper()
	env := newEnvironment()
	played := &standing{now: env.Now, watch: func(int) error { return nil }}
	env.RegisterActivity(played)
	for name, run := range map[string]any{
		workflows.AlertsType: workflows.AlertDesk, workflows.WatchType: workflows.VendorWatch, workflows.ReconcileType: workflows.Reconcile,
		workflows.ReportType: workflows.CompanyReport, workflows.SweepType: workflows.Sweep, workflows.RequestType: workflows.RowRequest,
		workflows.KeyHealthType: workflows.KeyHealth,
	} {
		env.RegisterWorkflowWithOptions(run, workflow.RegisterOptions{Name: name})
	}
	return env, played
}

var rhythm = workflows.AlertRhythm{After: 15 * time.Minute, Every: time.Hour}

// desked runs an alert desk for a while.
func desked(t *testing.T, env *testsuite.TestWorkflowEnvironment, last time.Duration) {
	t.Helper()
	env.RegisterDelayedCallback(env.CancelWorkflow, last)
	env.ExecuteWorkflow(workflows.AlertsType, workflows.AlertStart{Connection: acme, Rhythm: rhythm})
	require.True(t, env.IsWorkflowCompleted())
}

func raise(env *testsuite.TestWorkflowEnvironment, after time.Duration, subject string) {
	env.RegisterDelayedCallback(func() {
		env.SignalWorkflow(workflows.SignalRaise, activities.Trouble{Subject: subject, Step: "file", Code: support.CodePermission, Since: env.Now()})
	}, after)
}

func clearUp(env *testsuite.TestWorkflowEnvironment, after time.Duration, subject string) {
	env.RegisterDelayedCallback(func() {
		env.SignalWorkflow(workflows.SignalClear, workflows.Cleared{Subject: subject, Step: "file"})
	}, after)
}

func TestTroubleIsMailedAfterItsWaitThenHourlyAndOnceWhenOver(t *testing.T) {
	env, played := stand(t)
	raise(env, 0, "INC1")
	raise(env, 5*time.Minute, "INC1") // again: its clock goes on
	clearUp(env, 2*time.Hour+30*time.Minute, "INC1")
	desked(t, env, 6*time.Hour)
	assert.Equal(t, []time.Duration{15 * time.Minute, 75 * time.Minute, 135 * time.Minute, 150 * time.Minute}, played.mailed)
	assert.Len(t, played.mails[0].Troubles, 1)
	assert.Equal(t, start, played.mails[0].Troubles[0].Since.UTC())
	assert.Empty(t, played.mails[3].Troubles)
	assert.Len(t, played.mails[3].Recovered, 1)
	assert.NotEqual(t, played.mails[0].Key, played.mails[1].Key)
}

func TestTroubleThatEndsInTimeIsSilent(t *testing.T) {
	env, played := stand(t)
	raise(env, 0, "INC1")
	clearUp(env, 14*time.Minute, "INC1")
	clearUp(env, 15*time.Minute, "never raised")
	desked(t, env, 6*time.Hour)
	assert.Empty(t, played.mails)
}

func TestEachTroubleHasItsOwnClockAndWhatIsDueGoesInOneMail(t *testing.T) {
	env, played := stand(t)
	raise(env, 0, "INC1")
	raise(env, 0, "INC2")
	raise(env, 10*time.Minute, "INC3")
	desked(t, env, 30*time.Minute)
	require.Equal(t, []time.Duration{15 * time.Minute, 25 * time.Minute}, played.mailed)
	assert.Len(t, played.mails[0].Troubles, 2)
	assert.Len(t, played.mails[1].Troubles, 1)
}

// An outage that ended had one mail for each session that went on.
func TestManyTroublesAtTheirOwnTimesMakeFewMails(t *testing.T) {
	env, played := stand(t)
	for n := range 30 {
		raise(env, time.Duration(n)*30*time.Second, fmt.Sprint("INC", n))
		clearUp(env, 50*time.Minute+time.Duration(n)*time.Second, fmt.Sprint("INC", n))
	}
	desked(t, env, 2*time.Hour)
	assert.Equal(t, []time.Duration{15 * time.Minute, 20 * time.Minute, 25 * time.Minute, 30 * time.Minute, 50 * time.Minute, 55 * time.Minute}, played.mailed)
	told, over := 0, 0
	for _, mail := range played.mails {
		told, over = told+len(mail.Troubles), over+len(mail.Recovered)
	}
	assert.Equal(t, []int{30, 30}, []int{told, over})
}

func TestChangedRhythmHoldsForWhatComes(t *testing.T) {
	env, played := stand(t)
	env.RegisterDelayedCallback(func() {
		env.SignalWorkflow(workflows.SignalSchedule, workflows.AlertRhythm{After: time.Minute, Every: 30 * time.Minute})
	}, 0)
	raise(env, time.Minute, "INC1")
	env.RegisterDelayedCallback(func() {
		value, err := env.QueryWorkflow(workflows.QueryTroubles)
		require.NoError(t, err)
		var open []activities.Trouble
		require.NoError(t, value.Get(&open))
		assert.Len(t, open, 1)
	}, 10*time.Minute)
	desked(t, env, 40*time.Minute)
	assert.Equal(t, []time.Duration{2 * time.Minute, 32 * time.Minute}, played.mailed)
}

func TestAlertDeskKeepsItsCasesInAFreshRun(t *testing.T) {
	env, _ := stand(t)
	raise(env, 0, "INC1")
	env.RegisterDelayedCallback(func() { env.SetContinueAsNewSuggested(true) }, time.Minute)
	raise(env, 2*time.Minute, "INC2")
	env.ExecuteWorkflow(workflows.AlertsType, workflows.AlertStart{Connection: acme, Rhythm: rhythm})
	var fresh *workflow.ContinueAsNewError
	require.ErrorAs(t, env.GetWorkflowError(), &fresh)
	assert.Contains(t, fresh.Input.String(), "INC1")
	assert.Contains(t, fresh.Input.String(), "INC2")
}

func TestWatchGoesOnAfterAFault(t *testing.T) {
	env, played := stand(t)
	played.watch = func(n int) error {
		if n == 1 {
			return support.NeedsAttention(support.CodeConfiguration, "no connection uses the account", nil)
		}
		env.SetContinueAsNewSuggested(true)
		return nil
	}
	env.ExecuteWorkflow(workflows.WatchType, workflows.WatchStart{Account: "rescue.1"})
	var fresh *workflow.ContinueAsNewError
	require.ErrorAs(t, env.GetWorkflowError(), &fresh)
	assert.Equal(t, 2, played.watched)
	assert.Equal(t, time.Minute, env.Now().Sub(start).Round(time.Second))
}

func periodic(t *testing.T, env *testsuite.TestWorkflowEnvironment, name string) (workflows.PeriodicResult, error) {
	t.Helper()
	env.ExecuteWorkflow(name, workflows.PeriodicStart{Connection: acme, Window: 48 * time.Hour})
	require.True(t, env.IsWorkflowCompleted())
	var result workflows.PeriodicResult
	if env.GetWorkflowError() == nil {
		require.NoError(t, env.GetWorkflowResult(&result))
	}
	return result, env.GetWorkflowError()
}

func TestReportsAreReadPageByPage(t *testing.T) {
	pages := map[string]activities.PageResult{
		"": {Read: 100, Adopted: 2, Saved: 100, Next: "p2"}, "p2": {Read: 100, Saved: 100, Next: "p3"}, "p3": {Read: 7, Adopted: 1, Saved: 7},
	}
	for _, name := range []string{workflows.ReconcileType, workflows.ReportType} {
		env, played := stand(t)
		played.pages = pages
		result, err := periodic(t, env, name)
		require.NoError(t, err)
		assert.Equal(t, 207, result.Read)
		assert.Equal(t, name == workflows.ReconcileType, result.Adopted == 3)
		assert.Equal(t, name == workflows.ReportType, result.Saved == 207)
		require.Len(t, played.queries, 3)
		assert.Equal(t, 48*time.Hour, played.queries[2].To.Sub(played.queries[2].From))
		assert.Len(t, played.cleared, 1, "an earlier failure is over")
		assert.Empty(t, played.raised)
	}
}

func TestReportGoesOnWhereTheLastRunEnded(t *testing.T) {
	for _, c := range []struct{ ago, back time.Duration }{{24 * time.Hour, 48 * time.Hour}, {time.Hour, 48 * time.Hour}, {10 * 24 * time.Hour, 11 * 24 * time.Hour}} {
		env, played := stand(t)
		env.SetLastCompletionResult(workflows.PeriodicResult{UpTo: start.Add(-c.ago)})
		result, err := periodic(t, env, workflows.ReportType)
		require.NoError(t, err)
		assert.Equal(t, c.back, played.queries[0].To.Sub(played.queries[0].From).Round(time.Second))
		assert.Equal(t, played.queries[0].To, result.UpTo)
	}
}

func TestFailedReportRaisesAnAlertAndFailsTheRun(t *testing.T) {
	env, played := stand(t)
	played.failing = forbidden
	_, err := periodic(t, env, workflows.ReconcileType)
	assert.Equal(t, support.CodePermission, code(t, err))
	require.Len(t, played.raised, 1)
	assert.Equal(t, support.Remedy(support.CodePermission), played.raised[0].Remedy)
	assert.Empty(t, played.cleared)
}

func TestSweepLooksForWaitingRows(t *testing.T) {
	env, played := stand(t)
	result, err := periodic(t, env, workflows.SweepType)
	require.NoError(t, err)
	assert.Equal(t, 3, result.Read)
	assert.Equal(t, []string{acme}, played.swept)
}

func TestRefusedRequestIsWrittenOnItsRow(t *testing.T) {
	for _, refusal := range []*support.Error{nil, support.Stopped(support.CodeNoConsole, "the console is not running", nil)} {
		env, played := stand(t)
		if refusal != nil {
			played.opening = refusal
		}
		env.ExecuteWorkflow(workflows.RequestType, workflows.RequestStart{Connection: acme, RowID: "row-1"})
		require.NoError(t, env.GetWorkflowError())
		if refusal == nil {
			assert.Empty(t, played.refused)
			continue
		}
		assert.Equal(t, []activities.RefuseInput{{Connection: acme, RowID: "row-1", Code: refusal.Code, Message: refusal.Message}}, played.refused)
	}
}

func TestReportWhosePagesLeadRoundInCirclesEnds(t *testing.T) {
	env, played := stand(t)
	played.pages = map[string]activities.PageResult{"": {Next: "p2"}, "p2": {Next: "p3"}, "p3": {Next: "p2"}}
	_, err := periodic(t, env, workflows.ReportType)
	assert.Equal(t, support.CodeProtocol, code(t, err))
	assert.Len(t, played.queries, 3)
	assert.Len(t, played.raised, 1)
}
