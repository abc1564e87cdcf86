package engine

import (
	"fmt"
	"math/rand/v2"
	"net"
)

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
	server map[string]int
	ui     int
}

func (p devPorts) frontend() int { return p.server[frontendPort] }

// choosePorts keeps the wanted ports and draws the others. It fails when a wanted one is in use.
func choosePorts(frontend, ui int) (devPorts, error) {
	for _, wanted := range []int{frontend, ui} {
		if wanted != 0 && !isFree(wanted) {
			return devPorts{}, fmt.Errorf("engine: port %d is in use: end the program that holds it, set another port, or set TEMPORAL_ADDRESS to use a server that runs already", wanted)
		}
	}
	taken := map[int]bool{0: true, frontend: true, ui: true}
	ports := devPorts{server: map[string]int{frontendPort: frontend}, ui: ui}
	for _, name := range innerPorts {
		ports.server[name] = drawPort(taken)
	}
	if frontend == 0 {
		ports.server[frontendPort] = drawPort(taken)
	}
	if ui == 0 {
		ports.ui = drawPort(taken)
	}
	return ports, nil
}

func drawPort(taken map[int]bool) int {
	for {
		port := firstFreePort + rand.IntN(lastFreePort-firstFreePort)
		if !taken[port] && isFree(port) {
			taken[port] = true
			return port
		}
	}
}

func isFree(port int) bool {
	listener, err := net.Listen("tcp", address(port))
	if err != nil {
		return false
	}
	return listener.Close() == nil
}
