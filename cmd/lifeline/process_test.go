package main

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"example.com/lifeline/config"
	"example.com/lifeline/engine/enginetest"
	"example.com/lifeline/internal/testlog"
	"example.com/lifeline/sandbox"
)

// beLifeline makes the test's own binary the program itself: each process of a test is a child that runs main, built
// with all that the tests are built with, such as the race detector.
const beLifeline = "TEST_BINARY_IS_LIFELINE"

func init() {
	if os.Getenv(beLifeline) != "" {
		main()
		os.Exit(0)
	}
}

// process is one of Lifeline's, apart from the test and from its siblings.
type process struct {
	t    *testing.T
	cmd  *exec.Cmd
	out  *testlog.Buffer
	log  *testlog.Buffer
	done chan struct{}
}

// startProcess runs `lifeline args...` with this environment alone. It is killed with the test if it still runs.
func startProcess(t *testing.T, env map[string]string, args ...string) *process {
	t.Helper()
	program, err := os.Executable()
	require.NoError(t, err)
	p := &process{t: t, cmd: exec.Command(program, args...), out: &testlog.Buffer{}, log: &testlog.Buffer{}, done: make(chan struct{})}
	p.cmd.Env = []string{beLifeline + "=1", "PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()}
	for name, value := range env {
		p.cmd.Env = append(p.cmd.Env, name+"="+value)
	}
	p.cmd.Stdout, p.cmd.Stderr = p.out, p.log
	require.NoError(t, p.cmd.Start())
	go func() {
		_ = p.cmd.Wait() // its code is asked for below
		close(p.done)
	}()
	t.Cleanup(p.kill)
	return p
}

// kill ends the process as kill -9 does.
func (p *process) kill() {
	if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		p.t.Errorf("process %d was not killed: %v", p.cmd.Process.Pid, err)
	}
	<-p.done
}

// terminate asks the process to end in order, without waiting.
func (p *process) terminate() {
	p.t.Helper()
	require.NoError(p.t, p.cmd.Process.Signal(syscall.SIGTERM))
}

// code waits for the end and gives the exit code.
func (p *process) code() int {
	p.t.Helper()
	select {
	case <-p.done:
		return p.cmd.ProcessState.ExitCode()
	case <-time.After(patience):
		require.FailNow(p.t, "the process does not end", p.log.String())
		return 0
	}
}

// cluster is Lifeline as it runs in production: API, worker and engine are processes of their own.
type cluster struct {
	*stage
	server *enginetest.Server
	api    *process
	worker *process
}

// Options of a cluster: its engine is shared with other tests, or its own so that it may be killed.
const (
	sharedEngine = false
	ownEngine    = true
)

// playApart sets a stage up whose api and worker are processes of their own, outside dev.
func playApart(t *testing.T, own bool, overrides map[string]string) *cluster {
	t.Helper()
	c := apart(t, own, overrides)
	c.startWorker()
	c.startAPI()
	c.workIsTaken()
	return c
}

// apart prepares a cluster without starting anything of Lifeline.
func apart(t *testing.T, own bool, overrides map[string]string) *cluster {
	t.Helper()
	return apartFor(t, "acme-sn", own, overrides)
}

// apartFor prepares a cluster with one of the sandbox's connections.
func apartFor(t *testing.T, connection string, own bool, overrides map[string]string) *cluster {
	t.Helper()
	c := &cluster{stage: &stage{t: t, log: &testlog.Buffer{}, namespace: enginetest.Namespace(t), connection: connection}}
	address := freeAddress(t)
	var err error
	c.world, err = sandbox.Start(sandbox.Options{API: "http://" + address, NoLimits: true, Only: []string{connection}})
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.world.Close() })
	if c.server = enginetest.Start(t); own {
		c.server = enginetest.StartOwn(t)
	}
	c.engine = c.server.Client(t, c.namespace)
	c.env = map[string]string{
		"LIFELINE_MODE": "production", "LIFELINE_LISTEN": address, "LIFELINE_PUBLIC_URL": "http://" + address,
		"LIFELINE_KEYS": enginetest.KeySpec, "LIFELINE_OPERATOR_TOKEN": operatorToken, "LIFELINE_INBOX": filepath.Join(t.TempDir(), "inbox"),
		"LIFELINE_LOG_LEVEL": "debug", config.ConnectionPrefix(connection) + "_POLL": "200ms", config.ConnectionPrefix(connection) + "_END_GRACE": "1s",
		"LIFELINE_WORKER_LISTEN": freeAddress(t), "LIFELINE_DRAIN_TIMEOUT": "3s", "TEMPORAL_ADDRESS": c.server.Address(), "TEMPORAL_NAMESPACE": c.namespace,
	}
	maps.Copy(c.env, c.world.Environment())
	maps.Copy(c.env, overrides)
	return c
}

const operatorToken = "operator-token-of-the-tests"

func (c *cluster) startAPI() {
	c.t.Helper()
	c.api = startProcess(c.t, c.env, "api")
	c.alive(c.api, func() bool { return c.get("/healthz") == http.StatusOK }, "the API answers")
}

func (c *cluster) startWorker() {
	c.t.Helper()
	c.worker = startProcess(c.t, c.env, "worker")
}

// restartAPI kills the API and starts it again.
func (c *cluster) restartAPI() {
	c.t.Helper()
	c.api.kill()
	c.startAPI()
}

// restartWorker kills the worker and starts it again.
func (c *cluster) restartWorker() {
	c.t.Helper()
	c.worker.kill()
	c.startWorker()
}

// restartEngine kills the engine and starts it again, with the processes that talk to it running on.
func (c *cluster) restartEngine() {
	c.t.Helper()
	c.server.Kill()
	c.server.Restart(c.t)
}

// alive waits for a condition as long as the process lives.
func (c *cluster) alive(p *process, condition func() bool, what string) {
	c.t.Helper()
	c.eventually(func() bool {
		select {
		case <-p.done:
			require.FailNow(c.t, fmt.Sprintf("before %s the process ended with code %d", what, p.code()), p.log.String())
		default:
		}
		return condition()
	}, what)
}

// get gives the status of a page; 0 when nobody answers.
func (s *stage) get(path string) int {
	response, err := http.Get(s.env["LIFELINE_PUBLIC_URL"] + path)
	if err != nil {
		return 0
	}
	defer response.Body.Close()
	return response.StatusCode
}

// readAll joins the files of a folder.
func readAll(t *testing.T, dir string) string {
	t.Helper()
	var all strings.Builder
	files, err := filepath.Glob(filepath.Join(dir, "*.post"))
	require.NoError(t, err)
	for _, file := range files {
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		all.Write(content)
	}
	return all.String()
}
