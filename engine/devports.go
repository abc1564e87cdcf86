package engine

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
)

const portsFile = "temporal-ports"

// The range free ports are drawn from: below those that systems give to outgoing connections, one of which might take
// a port between our choosing it and the server's opening it.
const (
	firstFreePort = 20000
	lastFreePort  = 30000
)

const frontendPort = "FRONTEND_GRPC_PORT"

// innerPorts are the server's other listeners, by the variables that set them (temporal.md 2.2).
var innerPorts = []string{
	"FRONTEND_HTTP_PORT", "HISTORY_GRPC_PORT", "MATCHING_GRPC_PORT", "WORKER_GRPC_PORT",
	"FRONTEND_MEMBERSHIP_PORT", "HISTORY_MEMBERSHIP_PORT", "MATCHING_MEMBERSHIP_PORT", "WORKER_MEMBERSHIP_PORT",
}

// devPorts are the ports of a local server, by variable, and of its UI.
type devPorts struct {
	Server map[string]int `json:"server"`
	UI     int            `json:"ui"`
}

func (p devPorts) frontend() int { return p.Server[frontendPort] }

// choosePorts keeps the wanted ports and, of the others, those of the last run that are free: the server looks for its
// old members for some seconds and stumbles when they moved. It fails when a wanted port is in use.
func choosePorts(last devPorts, frontend, ui int) (devPorts, error) {
	for _, wanted := range []int{frontend, ui} {
		if wanted != 0 && !isFree(wanted) {
			return devPorts{}, fmt.Errorf("engine: port %d is in use: end the program that holds it, set another port, or set TEMPORAL_ADDRESS to use a server that runs already", wanted)
		}
	}
	taken := map[int]bool{0: true, frontend: true, ui: true}
	ports := devPorts{Server: map[string]int{frontendPort: frontend}, UI: ui}
	for _, name := range innerPorts {
		ports.Server[name] = drawPort(last.Server[name], taken)
	}
	if frontend == 0 {
		ports.Server[frontendPort] = drawPort(last.frontend(), taken)
	}
	if ui == 0 {
		ports.UI = drawPort(last.UI, taken)
	}
	return ports, nil
}

// drawPort returns a free port, the given one if possible.
func drawPort(port int, taken map[int]bool) int {
	for taken[port] || !isFree(port) {
		port = firstFreePort + rand.IntN(lastFreePort-firstFreePort)
	}
	taken[port] = true
	return port
}

// lastPorts are those of the last run in a data directory; none when there was no run.
func lastPorts(dir string) (devPorts, error) {
	var ports devPorts
	text, err := os.ReadFile(filepath.Join(dir, portsFile))
	if errors.Is(err, fs.ErrNotExist) {
		return ports, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &ports)
	}
	return ports, err
}

func notePorts(dir string, ports devPorts) error {
	text, err := json.Marshal(ports)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, portsFile), text, 0o600)
}

func isFree(port int) bool {
	listener, err := net.Listen("tcp", address(port))
	if err != nil {
		return false
	}
	return listener.Close() == nil
}
