package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// SIGTERM at a bad moment: what was begun is finished or refused, never half done.

// slowPost is a post whose body comes by and by.
type slowPost struct {
	conn    net.Conn
	answers *bufio.Reader
	rest    string
}

// beginPost sends half of a post, and returns when the API is reading it.
func (c *cluster) beginPost(body string) *slowPost {
	c.t.Helper()
	conn, err := net.Dial("tcp", c.env["LIFELINE_LISTEN"])
	require.NoError(c.t, err)
	c.t.Cleanup(func() { _ = conn.Close() })
	_, err = fmt.Fprintf(conn, "POST /hooks/rescue/acme-sn/%s?event=end HTTP/1.1\r\nHost: api\r\nContent-Type: application/json\r\n"+
		"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n", c.env["LIFELINE_ACME_SN_HOOK_SECRET"], len(body))
	require.NoError(c.t, err)
	slow := &slowPost{conn: conn, answers: bufio.NewReader(conn), rest: body[len(body)/2:]}
	require.Equal(c.t, http.StatusContinue, slow.status())
	_, err = io.WriteString(conn, body[:len(body)/2])
	require.NoError(c.t, err)
	return slow
}

// finish sends the rest and gives the answer.
func (p *slowPost) finish() int {
	_, _ = io.WriteString(p.conn, p.rest)
	return p.status()
}

// status is the next answer's; 0 when there is none.
func (p *slowPost) status() int {
	response, err := http.ReadResponse(p.answers, nil)
	if err != nil {
		return 0
	}
	return response.StatusCode
}

func TestTerminatedAPITakesThePostThatIsComingIn(t *testing.T) {
	t.Parallel()
	c := playApart(t, sharedEngine, nil)
	slow := c.beginPost(`{"SessionID":911,"Notes":"drawn out"}`)
	c.api.terminate()
	c.eventually(func() bool { return c.get("/healthz") == 0 }, "nobody new is let in")
	assert.Equal(t, http.StatusOK, slow.finish())
	assert.Zero(t, c.api.code(), c.api.log)
	c.vendorRow(911, "filed")
}

func TestPostWithoutAnEndDoesNotHoldTheEndUp(t *testing.T) {
	t.Parallel()
	c := playApart(t, sharedEngine, nil)
	slow := c.beginPost(`{"SessionID":912,"Notes":"never comes whole"}`)
	began := time.Now()
	c.api.terminate()
	assert.Zero(t, c.api.code(), c.api.log)
	assert.Less(t, time.Since(began), 20*time.Second)
	assert.NotEqual(t, http.StatusOK, slow.status())
}

func TestSecondSignalChangesNothing(t *testing.T) {
	t.Parallel()
	c := playApart(t, sharedEngine, map[string]string{"LIFELINE_DRAIN_TIMEOUT": "20s"})
	vpn := c.incident("VPN")
	c.slowVendor("requestPINCode", 3*time.Second)
	answered := make(chan int, 1)
	go func() { answered <- c.tryPress(vpn) }()
	c.codeAsked()
	c.api.terminate()
	c.eventually(func() bool { return c.get("/healthz") == 0 }, "nobody new is let in")
	c.api.terminate()
	assert.Equal(t, http.StatusCreated, <-answered)
	assert.Zero(t, c.api.code(), c.api.log)
}

func TestPressThatOutlastsTheAPIIsFoundByTheNext(t *testing.T) {
	t.Parallel()
	c := playApart(t, sharedEngine, map[string]string{"LIFELINE_DRAIN_TIMEOUT": "1s"})
	vpn := c.incident("VPN")
	c.slowVendor("requestPINCode", 5*time.Second)
	answered := make(chan int, 1)
	go func() { answered <- c.tryPress(vpn) }()
	c.codeAsked()
	c.api.terminate()
	assert.Zero(t, c.api.code(), c.api.log)
	assert.Equal(t, 599, <-answered, "it is cut off")
	c.startAPI()
	c.eventually(func() bool { return c.tryPress(vpn) == http.StatusOK }, "the next press has the code")
	assert.Len(t, c.world.Rescue.PINs(), 1)
}

func TestTerminatedAPIKeepsEveryPostOnItsWay(t *testing.T) {
	t.Parallel()
	c := apart(t, sharedEngine, postsAlone)
	line := newGate(t, c.server.Address())
	c.startWorker()
	c.env["TEMPORAL_ADDRESS"] = line.address
	c.startAPI()
	c.eventually(func() bool { return c.get("/readyz") == http.StatusOK }, "all is well")
	line.holdRequests()
	taken := make(chan int64, 40)
	var sending sync.WaitGroup
	for n := range int64(cap(taken)) {
		sending.Go(func() {
			if c.tryPost(2000+n) == http.StatusOK {
				taken <- 2000 + n
			}
		})
	}
	c.eventually(func() bool { return len(taken) > 0 }, "the first are taken")
	c.api.terminate()
	assert.Zero(t, c.api.code(), c.api.log)
	sending.Wait()
	close(taken)
	line.open()
	c.startAPI()
	for id := range taken {
		assert.Len(t, c.vendorRow(id, "filed")["notes"], len("note 2000"))
	}
	c.eventually(func() bool { return len(c.kept()) == 0 }, "the inbox is empty")
}

// tryPost sends the end post of a session that nobody knows, and gives the status; 0 when there is no answer.
func (c *cluster) tryPost(id int64) int {
	hook := c.env["LIFELINE_PUBLIC_URL"] + "/hooks/rescue/acme-sn/" + c.env["LIFELINE_ACME_SN_HOOK_SECRET"] + "?event=end"
	response, err := http.Post(hook, "application/json", strings.NewReader(fmt.Sprintf(`{"SessionID":%d,"Notes":"note %d"}`, id, id)))
	if err != nil {
		return 0
	}
	defer response.Body.Close()
	return response.StatusCode
}
