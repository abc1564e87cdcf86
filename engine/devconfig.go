package engine

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"

	"go.temporal.io/sdk/client"
)

const loopback = "127.0.0.1"

// The files in DevOptions.Dir.
const (
	dataFile       = "temporal.db"
	visibilityFile = "visibility.db"
	dynamicFile    = "dynamicconfig.yaml"
	serverLog      = "temporal-server.log"
	uiLog          = "temporal-ui.log"
	uiConfigName   = "ui" // ui.yaml
)

// serverEnv is the configuration of the official server, which takes it from the environment alone (temporal.md 2.2).
// It has no authentication, so it listens on loopback only.
func serverEnv(o DevOptions, ports devPorts) []string {
	env := []string{
		"DB=sqlite",
		"NUM_HISTORY_SHARDS=1",
		"BIND_ON_IP=" + loopback,
		"LOG_LEVEL=error",
		"TEMPORAL_VERSION_CHECK_DISABLED=true",
		"DYNAMIC_CONFIG_FILE_PATH=" + filepath.Join(o.Dir, dynamicFile),
	}
	for name, port := range ports.Server {
		env = append(env, fmt.Sprintf("%s=%d", name, port))
	}
	return append(env, storeEnv(o)...)
}

func storeEnv(o DevOptions) []string {
	if o.InMemory {
		return []string{"DBNAME=lifeline", "VISIBILITY_DBNAME=visibility", "SQLITE_MODE=memory", "SQLITE_CACHE=shared"}
	}
	return []string{
		"DBNAME=" + filepath.Join(o.Dir, dataFile),
		"VISIBILITY_DBNAME=" + filepath.Join(o.Dir, visibilityFile),
		"SQLITE_JOURNAL_MODE=wal",
		"SQLITE_SYNCHRONOUS=2", // full: nothing acknowledged is lost when the power fails
	}
}

// cliArgs say the same to the CLI, as far as it lets us (temporal.md 2.6).
func cliArgs(o DevOptions, ports devPorts) []string {
	args := []string{"server", "start-dev", "--ip", loopback, "--port", strconv.Itoa(ports.frontend()), "--log-level", "error"}
	for key, value := range dynamicConfig(o) {
		args = append(args, "--dynamic-config-value", fmt.Sprintf("%s=%v", key, value))
	}
	if !o.InMemory {
		args = append(args, "--db-filename", filepath.Join(o.Dir, dataFile),
			"--sqlite-pragma", "journal_mode=wal", "--sqlite-pragma", "synchronous=full")
	}
	if !o.UI {
		return append(args, "--headless")
	}
	return append(args, "--ui-ip", loopback, "--ui-port", strconv.Itoa(ports.UI), "--ui-codec-endpoint", o.CodecEndpoint)
}

// dynamicConfig makes a single shard quick (temporal.md 5: a session takes 24 ms instead of 300).
func dynamicConfig(o DevOptions) map[string]any {
	values := map[string]any{
		"history.transferProcessorMaxPollRPS":            2000,
		"history.timerProcessorMaxPollRPS":               2000,
		"matching.numTaskqueueReadPartitions":            1,
		"matching.numTaskqueueWritePartitions":           1,
		"frontend.enableServerVersionCheck":              false,
		"system.forceSearchAttributesCacheRefreshOnRead": true,
	}
	if o.LongPoll > 0 {
		values["history.longPollExpirationInterval"] = o.LongPoll.String()
	}
	return values
}

func writeDynamicConfig(o DevOptions) error {
	type constrained struct {
		Value any `json:"value"`
	}
	file := map[string][]constrained{}
	for key, value := range dynamicConfig(o) {
		file[key] = []constrained{{value}}
	}
	return writeYAML(filepath.Join(o.Dir, dynamicFile), file)
}

// writeUIConfig describes the UI (temporal.md 2.3): no look outside, plain http on loopback, payloads shown through
// our codec endpoint.
func writeUIConfig(o DevOptions, ports devPorts) error {
	return writeYAML(filepath.Join(o.Dir, uiConfigName+".yaml"), map[string]any{
		"temporalGrpcAddress": address(ports.frontend()),
		"host":                loopback,
		"port":                ports.UI,
		"enableUi":            true,
		"defaultNamespace":    client.DefaultNamespace,
		"disableNewsFetch":    true,
		"hideLogs":            true,
		"codec":               map[string]any{"endpoint": o.CodecEndpoint},
		"cors":                map[string]any{"cookieInsecure": true},
	})
}

// writeYAML writes JSON, which every YAML reader takes.
func writeYAML(path string, value any) error {
	text, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o600)
}

func address(port int) string { return net.JoinHostPort(loopback, strconv.Itoa(port)) }
