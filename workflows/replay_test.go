package workflows_test

import (
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
	sdkworker "go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"example.com/lifeline/engine"
	"example.com/lifeline/engine/enginetest"
	"example.com/lifeline/worker"
)

// TestKeptHistoriesReplay runs today's workflows over yesterday's histories: a session that is under way when a new
// version starts must go on with it. Where a change would break this, guard it with workflow.GetVersion, copy a history
// that shows it to earlier/, where nothing is recorded anew, and record those of the new version:
//
//	go test ./cmd/lifeline -run TestRecordHistories -update
func TestKeptHistoriesReplay(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/histories/*.json.gz")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	earlier, err := filepath.Glob("testdata/histories/earlier/*.json.gz")
	require.NoError(t, err)
	require.NotEmpty(t, earlier)
	for _, file := range append(files, earlier...) {
		t.Run(strings.TrimSuffix(file, ".json.gz"), func(t *testing.T) {
			t.Parallel()
			assert.NoError(t, replayer(t).ReplayWorkflowHistory(nil, read(t, file)))
		})
	}
}

func TestEveryWorkflowTypeHasAKeptHistory(t *testing.T) {
	t.Parallel()
	for name := range worker.Workflows() {
		files, err := filepath.Glob("testdata/histories/*-" + strings.ToLower(name) + "-*.json.gz")
		require.NoError(t, err)
		assert.NotEmpty(t, files, name)
	}
}

func read(t *testing.T, path string) *history.History {
	t.Helper()
	file, err := os.Open(path)
	require.NoError(t, err)
	defer file.Close()
	text, err := gzip.NewReader(file)
	require.NoError(t, err)
	h, err := client.HistoryFromJSON(text, client.HistoryJSONOptions{})
	require.NoError(t, err)
	return h
}

func replayer(t *testing.T) sdkworker.WorkflowReplayer {
	t.Helper()
	keys, err := engine.ParseKeys(enginetest.KeySpec)
	require.NoError(t, err)
	r, err := sdkworker.NewWorkflowReplayerWithOptions(sdkworker.WorkflowReplayerOptions{
		DataConverter: engine.DataConverter(keys), FailureConverter: engine.FailureConverter(keys),
	})
	require.NoError(t, err)
	for name, run := range worker.Workflows() {
		r.RegisterWorkflowWithOptions(run, workflow.RegisterOptions{Name: name})
	}
	return r
}
