// Package enginetest gives tests a real Temporal server. A package that uses it says
//
//	func TestMain(m *testing.M) { enginetest.Main(m) }
//
// and its tests share one server, each with a namespace of its own.
package enginetest

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"example.com/lifeline/engine"
)

// KeySpec is the encryption key of tests, in the form of engine.ParseKeys.
const KeySpec = "test:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

const (
	startLimit = time.Minute
	// longPoll bounds the rare missed wake-up of a result poll, which takes 20 s by default (temporal.md 6).
	longPoll = 2 * time.Second
)

// givenServer names the variable with host and port of a server that tests are to share instead of one of their own:
// one on PostgreSQL, say. It needs no search attributes or namespaces.
const givenServer = "LIFELINE_TEST_TEMPORAL"

// Server is a real Temporal server, on SQLite files in a temporary directory if it is not a given one.
type Server struct {
	address string
	dev     *engine.Dev // nil for a given one
	keys    *engine.Keys
}

var shared struct {
	dir    string
	once   sync.Once
	server *Server
	err    error
}

// Main runs the package's tests and ends the shared server after them.
func Main(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "lifeline-engine-")
	if err != nil {
		fmt.Fprintln(os.Stderr, "enginetest:", err)
		return 1
	}
	defer os.RemoveAll(dir)
	shared.dir = dir
	code := m.Run()
	if shared.server != nil {
		if err := shared.server.end(); err != nil {
			fmt.Fprintln(os.Stderr, "enginetest:", err)
			return 1
		}
	}
	return code
}

// Start returns the server that all tests of this process share. The first call starts it.
func Start(t testing.TB) *Server {
	t.Helper()
	require.NotEmpty(t, shared.dir, "the package needs: func TestMain(m *testing.M) { enginetest.Main(m) }")
	shared.once.Do(func() { shared.server, shared.err = given(shared.dir) })
	require.NoError(t, shared.err)
	return shared.server
}

// StartOwn returns a server for this test alone, which may Kill and Restart it.
func StartOwn(t testing.TB) *Server {
	t.Helper()
	s, err := start(t.TempDir())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.end()) })
	return s
}

// given is the server that the environment names, or else a new one.
func given(dir string) (*Server, error) {
	address := os.Getenv(givenServer)
	if address == "" {
		return start(dir)
	}
	keys, err := engine.ParseKeys(KeySpec)
	return &Server{address: address, keys: keys}, err
}

func start(dir string) (*Server, error) {
	ctx, cancel := context.WithTimeout(context.Background(), startLimit)
	defer cancel()
	keys, err := engine.ParseKeys(KeySpec)
	if err != nil {
		return nil, err
	}
	dev, err := engine.StartDev(ctx, engine.DevOptions{Dir: filepath.Join(dir, "temporal"), LongPoll: longPoll, Logger: quiet()})
	if err != nil {
		return nil, err
	}
	return &Server{address: dev.Address(), dev: dev, keys: keys}, nil
}

// end is quicker than an orderly stop, which nobody's data needs here.
func (s *Server) end() error {
	if s.dev == nil {
		return nil
	}
	s.dev.Kill()
	return s.dev.Stop()
}

// Client returns a client of a namespace, which is made with Lifeline's search attributes if it is not there yet. It
// is closed with the test.
func (s *Server) Client(t testing.TB, namespace string) client.Client {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), startLimit)
	defer cancel()
	c, err := engine.Dial(ctx, s.Options(namespace))
	require.NoError(t, err)
	t.Cleanup(c.Close)
	require.NoError(t, engine.Register(ctx, c, namespace))
	return c
}

// Options are what a component under test hands to engine.Dial.
func (s *Server) Options(namespace string) engine.Options {
	return engine.Options{HostPort: s.Address(), Namespace: namespace, Keys: s.keys, Logger: quiet()}
}

var namespaces atomic.Int64

// Namespace makes a name that no other test of this process has.
func Namespace(t testing.TB) string {
	name := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, t.Name())
	return fmt.Sprintf("%.60s-%d", strings.ToLower(name), namespaces.Add(1))
}

// Address is the server's host and port.
func (s *Server) Address() string { return s.address }

// Keys are those of KeySpec.
func (s *Server) Keys() *engine.Keys { return s.keys }

// Kill ends the server as a crash does. Only for a server of the test's own.
func (s *Server) Kill() { s.dev.Kill() }

// Restart starts it again with the same data and address.
func (s *Server) Restart(t testing.TB) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), startLimit)
	defer cancel()
	require.NoError(t, s.dev.Restart(ctx))
}

// quiet drops the SDK's log lines: tests judge by results, and crash tests make many.
func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }
