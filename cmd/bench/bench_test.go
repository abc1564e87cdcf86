package main

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/testsuite"
)

func at(milliseconds int) time.Time { return time.UnixMilli(int64(milliseconds)) }

func TestCallsAtTheSameTimeCountOnce(t *testing.T) {
	calls := []span{{"a", at(0), at(10)}, {"b", at(5), at(8)}, {"c", at(9), at(20)}, {"d", at(50), at(51)}}
	assert.Equal(t, 21*time.Millisecond, busy(calls))
	assert.Zero(t, busy(nil))
}

func TestAPressWaitsForNoCallThatEndsAfterThePIN(t *testing.T) {
	calls := []span{
		{"/api/now/table/incident/1", at(0), at(10)}, {"/API/requestPINCode_v3.aspx", at(20), at(30)},
		{"/api/now/table/session", at(25), at(40)},
	}
	assert.Len(t, untilPIN(calls), 2)
	assert.Empty(t, untilPIN(nil))
}

func TestQuantilesAreValuesThatWereMeasured(t *testing.T) {
	var all times
	for i := range 100 {
		all = append(all, time.Duration(100-i)*time.Millisecond)
	}
	assert.Equal(t, 50*time.Millisecond, all.at(0.5))
	assert.Equal(t, 99*time.Millisecond, all.at(0.99))
	assert.Zero(t, times(nil).at(0.5))
}

func TestFloorRunsEachActivityAndTakesEachSignal(t *testing.T) {
	for _, of := range []shape{usualShape, pressShape} {
		var suite testsuite.WorkflowTestSuite
		env := suite.NewTestWorkflowEnvironment()
		env.RegisterActivity(bare)
		local, ordinary := 0, 0
		env.SetOnActivityStartedListener(func(*activity.Info, context.Context, converter.EncodedValues) { ordinary++ })
		env.SetOnLocalActivityStartedListener(func(*activity.Info, context.Context, []any) { local++ })
		env.RegisterDelayedCallback(func() { env.UpdateWorkflowNoRejection(floorUpdate, "press", t) }, 0)
		for range of.Signals {
			env.RegisterDelayedCallback(func() { env.SignalWorkflow(floorSignal, nil) }, time.Second)
		}
		env.ExecuteWorkflow(floorWorkflow, of)
		require.NoError(t, env.GetWorkflowError())
		assert.Equal(t, of, shape{Local: local, Activities: ordinary, Signals: of.Signals})
	}
}

func TestUnknownPartsAreRefused(t *testing.T) {
	_, err := parse([]string{"-only", "press,lunch"})
	assert.ErrorContains(t, err, `"lunch"`)
	o, err := parse(nil)
	require.NoError(t, err)
	assert.Equal(t, names(), o.parts)
}
