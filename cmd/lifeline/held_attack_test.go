package main

import (
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A post that was answered from disk while its delivery went on, and an API that ends right then.

// gate is a line to the engine that can be held up, each way for itself.
type gate struct {
	address string

	mu          sync.Mutex
	there, back chan struct{} // closed: bytes pass
}

func newGate(t *testing.T, engine string) *gate {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	g := &gate{address: listener.Addr().String()}
	g.open()
	go func() {
		for {
			in, err := listener.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", engine)
			if err != nil {
				_ = in.Close()
				continue
			}
			go g.copy(out, in, func() chan struct{} { return g.there })
			go g.copy(in, out, func() chan struct{} { return g.back })
		}
	}()
	return g
}

// copy passes bytes on whenever the way is free. What waits when a side goes away still passes.
func (g *gate) copy(to, from net.Conn, way func() chan struct{}) {
	defer to.Close()
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		g.mu.Lock()
		free := way()
		g.mu.Unlock()
		<-free
		if _, failed := to.Write(buffer[:n]); failed != nil || err != nil {
			_, _ = io.Copy(io.Discard, from)
			return
		}
	}
}

func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, way := range []*chan struct{}{&g.there, &g.back} {
		if *way == nil {
			*way = make(chan struct{})
		}
		select {
		case <-*way:
		default:
			close(*way)
		}
	}
}

// holdRequests lets nothing reach the engine, holdAnswers nothing come back.
func (g *gate) holdRequests() { g.hold(&g.there) }
func (g *gate) holdAnswers()  { g.hold(&g.back) }

func (g *gate) hold(way *chan struct{}) {
	g.mu.Lock()
	defer g.mu.Unlock()
	*way = make(chan struct{})
}

func TestPostAnsweredFromDiskOutlivesTheAPI(t *testing.T) {
	t.Parallel()
	for held, hold := range map[string]func(*gate){
		"before the engine has it": (*gate).holdRequests, "when the engine has it and nobody knows": (*gate).holdAnswers,
	} {
		for how, end := range map[string]func(*cluster){
			"killed": func(c *cluster) { c.api.kill() },
			"terminated": func(c *cluster) {
				c.api.terminate()
				assert.Zero(c.t, c.api.code(), c.api.log)
			},
		} {
			t.Run(how+" "+held, func(t *testing.T) {
				t.Parallel()
				c := apart(t, sharedEngine, postsAlone)
				c.startWorker()
				line := newGate(t, c.server.Address())
				c.env["TEMPORAL_ADDRESS"] = line.address
				c.startAPI()
				vpn := c.incident("VPN")
				session := c.untilConnected(vpn)
				hold(line)
				c.do(c.world.Rescue.Say(session.ID, "customer", said))
				c.do(c.world.Rescue.CloseByTechnician(session.ID))
				c.postsSent(http.StatusOK)
				require.Len(t, c.kept(), 1)
				end(c)
				line.open()
				c.startAPI()
				c.filedOnce(vpn)
				c.eventually(func() bool { return len(c.kept()) == 0 }, "the inbox is empty")
			})
		}
	}
}

// kept are the posts in the inbox; none is set aside.
func (c *cluster) kept() []string {
	c.t.Helper()
	files, err := filepath.Glob(filepath.Join(c.env["LIFELINE_INBOX"], "*.post"))
	require.NoError(c.t, err)
	dead, err := os.ReadDir(filepath.Join(c.env["LIFELINE_INBOX"], "dead"))
	require.NoError(c.t, err)
	require.Empty(c.t, dead, strings.Join(files, " "))
	return files
}
