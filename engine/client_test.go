package engine_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"example.com/lifeline/engine"
	"example.com/lifeline/engine/enginetest"
)

func TestDialWithoutAKeyIsRefused(t *testing.T) {
	_, err := engine.Dial(t.Context(), engine.Options{HostPort: "127.0.0.1:1"})
	assert.ErrorContains(t, err, "no encryption key")
}

func TestDialReadsTheTemporalVariables(t *testing.T) {
	server := enginetest.Start(t)
	t.Setenv("TEMPORAL_ADDRESS", server.Address())
	t.Setenv("TEMPORAL_NAMESPACE", "from-environment")
	server.Client(t, "from-environment")
	assert.True(t, engine.Configured())

	c, err := engine.Dial(t.Context(), engine.Options{Keys: server.Keys()})
	require.NoError(t, err)
	defer c.Close()
	_, err = c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: "here", TaskQueue: queue}, waiting, "")
	require.NoError(t, err)
	_, err = server.Client(t, "from-environment").DescribeWorkflowExecution(t.Context(), "here", "")
	assert.NoError(t, err)
}

func TestHostPortDoesNotReceiveAnotherServersCredentials(t *testing.T) {
	server := enginetest.Start(t)
	t.Setenv("TEMPORAL_ADDRESS", "acme.a1b2c.tmprl.example.com:7233")
	t.Setenv("TEMPORAL_API_KEY", "key-of-the-cloud") // would switch TLS on

	c, err := engine.Dial(t.Context(), server.Options("default"))
	require.NoError(t, err)
	c.Close()
}

func TestProfileFileIsReadOnlyWhenAskedFor(t *testing.T) {
	server := enginetest.Start(t)
	home := t.TempDir()
	file := filepath.Join(home, "temporalio", "temporal.toml")
	require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o700))
	require.NoError(t, os.WriteFile(file, []byte("[profile.default]\naddress = \""+server.Address()+"\"\n"), 0o600))
	t.Setenv("XDG_CONFIG_HOME", home)
	t.Setenv("TEMPORAL_ADDRESS", "") // restores it after the test
	require.NoError(t, os.Unsetenv("TEMPORAL_ADDRESS"))
	require.False(t, engine.Configured())

	t.Setenv("TEMPORAL_CONFIG_FILE", file)
	require.True(t, engine.Configured())
	c, err := engine.Dial(t.Context(), engine.Options{Keys: server.Keys()})
	require.NoError(t, err)
	c.Close()
}

func TestLazyClientStartsWhileTheEngineIsDown(t *testing.T) {
	c, err := engine.Dial(t.Context(), engine.Options{HostPort: "127.0.0.1:1", Keys: keys(t, newKey), Lazy: true})
	require.NoError(t, err)
	c.Close()

	_, err = engine.Dial(t.Context(), engine.Options{HostPort: "127.0.0.1:1", Keys: keys(t, newKey)})
	assert.ErrorContains(t, err, "Temporal at 127.0.0.1:1 can't be reached, see TEMPORAL_ADDRESS")
}

func TestMetricsReachTheRegistry(t *testing.T) {
	registry := prometheus.NewRegistry()
	handler, err := engine.NewMetrics(registry, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	server := enginetest.Start(t)
	options := server.Options("default")
	options.Metrics = handler
	c, err := engine.Dial(t.Context(), options)
	require.NoError(t, err)
	defer c.Close()

	families, err := registry.Gather()
	require.NoError(t, err)
	var names []string
	for _, f := range families {
		names = append(names, f.GetName())
	}
	assert.Contains(t, names, "temporal_request_total")
}
