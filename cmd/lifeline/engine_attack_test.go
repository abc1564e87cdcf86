package main

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The engine is away, and everybody comes at once.

func TestBurstWithoutAnEngineIsForwardedOnceAndInOrder(t *testing.T) {
	t.Parallel()
	const sessions, postsEach = 20, 10
	c := playApart(t, ownEngine, map[string]string{"LIFELINE_ACME_SN_POLL": "1h", "LIFELINE_ACME_SN_END_GRACE": "1h"}) // the vendor knows none of these sessions
	c.workerReady()
	c.server.Kill()
	began := time.Now()
	var sending sync.WaitGroup
	for id := range sessions {
		sending.Go(func() {
			for n := range postsEach {
				assert.Equal(t, http.StatusOK, c.post("start", fmt.Sprintf(`{"SessionID":%d,"ChatLog":"line %d."}`, 7000+id, n)))
			}
		})
	}
	sending.Wait()
	assert.Less(t, time.Since(began), 20*time.Second)
	assert.Less(t, c.api.memory(), 512<<20)
	require.Len(t, c.kept(), sessions*postsEach)

	c.restartAPI() // with a backlog, and no engine yet
	for id := range sessions {
		require.Equal(t, http.StatusOK, c.post("end", fmt.Sprintf(`{"SessionID":%d,"ChatLog":"the last line."}`, 7000+id)))
	}
	c.server.Restart(t)
	c.eventually(func() bool { return len(c.kept()) == 0 }, "the inbox is empty")
	var want strings.Builder
	for n := range postsEach {
		fmt.Fprintf(&want, "line %d.\n", n)
	}
	for id := range sessions {
		assert.Equal(t, want.String()+"the last line.", c.vendorRow(int64(7000+id), "filed")["chat"])
	}
}

// workerReady waits until the worker works.
func (c *cluster) workerReady() {
	c.t.Helper()
	c.alive(c.worker, func() bool {
		response, err := http.Get("http://" + c.env["LIFELINE_WORKER_LISTEN"] + "/readyz")
		if err != nil {
			return false
		}
		return response.Body.Close() == nil && response.StatusCode == http.StatusOK
	}, "the worker works")
}

// memory is the greatest size that the process has had, in bytes.
func (p *process) memory() int {
	p.t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	require.NoError(p.t, err)
	_, peak, found := strings.Cut(string(status), "VmHWM:")
	require.True(p.t, found)
	var kilobytes int
	_, err = fmt.Sscan(peak, &kilobytes)
	require.NoError(p.t, err)
	return kilobytes << 10
}

func TestPostThatNeitherEngineNorDiskTakesIsRefused(t *testing.T) {
	t.Parallel()
	c := apart(t, sharedEngine, nil)
	line := newGate(t, c.server.Address())
	c.env["TEMPORAL_ADDRESS"] = line.address
	c.startWorker()
	c.startAPI()
	c.eventually(func() bool { return c.get("/readyz") == http.StatusOK }, "all is well")
	require.NoError(t, os.RemoveAll(c.env["LIFELINE_INBOX"])) // a disk that takes nothing
	assert.Equal(t, http.StatusServiceUnavailable, c.get("/readyz"))
	assert.Equal(t, http.StatusOK, c.post("end", `{"SessionID":901,"Notes":"x"}`), "the engine has it")
	line.holdRequests()
	assert.Equal(t, http.StatusServiceUnavailable, c.post("end", `{"SessionID":902,"Notes":"x"}`))
	line.open()
	assert.Equal(t, http.StatusOK, c.post("end", `{"SessionID":902,"Notes":"x"}`), "sent again, as it was asked for")
	c.vendorRow(901, "filed")
	c.vendorRow(902, "filed")
}

func TestPressesWithoutAnEngineAreAnsweredClearly(t *testing.T) {
	t.Parallel()
	c := playApart(t, ownEngine, nil)
	vpn := c.incident("VPN")
	open := c.press(vpn)
	require.Equal(t, http.StatusCreated, open.Status, open.Raw)
	c.server.Kill()
	var pressing sync.WaitGroup
	for i := range 50 {
		pressing.Go(func() {
			began := time.Now()
			var got answer
			switch i % 3 {
			case 0:
				got = c.press(vpn)
			case 1:
				got = c.call(http.MethodPost, "acme-sn", "incident", vpn, "/session/close", map[string]any{"agent": c.agent("dana")})
			default:
				got = c.look(vpn)
			}
			assert.Equal(t, http.StatusServiceUnavailable, got.Status, got.Raw)
			assert.NotEmpty(t, got.Problem.Detail)
			assert.Less(t, time.Since(began), 10500*time.Millisecond)
		})
	}
	pressing.Wait()
	c.server.Restart(t)
	c.eventually(func() bool { return c.tryPress(vpn) == http.StatusOK }, "the engine is back")
	assert.Len(t, c.world.Rescue.PINs(), 1)
	c.playOut(open.Code, said)
	c.filedOnce(vpn)
}
