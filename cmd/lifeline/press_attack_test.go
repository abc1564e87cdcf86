package main

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	simrescue "example.com/lifeline/sandbox/rescue"
	simservicenow "example.com/lifeline/sandbox/servicenow"
	"example.com/lifeline/support"
)

// A press whose steps go wrong or take long: they are made within one workflow task, see workflows/prompt.go.

func (s *stage) slowVendor(method string, delay time.Duration) {
	s.world.Rescue.Fault(simrescue.Fault{Method: method, Kind: "slow", Delay: simrescue.Duration(delay)})
}

func (s *stage) slowRecord(delay time.Duration) {
	s.world.ServiceNow.AddFault(simservicenow.Fault{Method: http.MethodGet, Table: "incident", Kind: simservicenow.Slow, Delay: delay})
}

// slowCallsBegun waits until the calls that were to be slow are under way.
func (s *stage) slowCallsBegun() {
	s.t.Helper()
	s.eventually(func() bool { return len(s.world.Rescue.Faults())+len(s.world.ServiceNow.Faults()) == 0 }, "the slow calls begin")
}

// An engine's workflow task lasts ten seconds, and is prolonged after eight.
func TestSlowStepsTogetherAreAnsweredWithinAnAgentsPatience(t *testing.T) {
	t.Parallel()
	for name, slow := range map[string]struct {
		code   time.Duration
		status int
		pins   int
	}{
		"in time":                                {2 * time.Second, http.StatusCreated, 1},
		"too late, after the task was prolonged": {5 * time.Second, http.StatusServiceUnavailable, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := play(t, nil)
			vpn, pressedAt := s.incident("VPN"), time.Now()
			s.slowRecord(5 * time.Second)
			s.slowVendor("requestPINCode", slow.code)
			pressed := s.press(vpn)
			assert.Equal(t, slow.status, pressed.Status, pressed.Raw)
			assert.Less(t, time.Since(pressedAt), 10500*time.Millisecond)
			assert.Len(t, s.world.Rescue.PINs(), slow.pins)
			s.eventually(func() bool { return s.tryPress(vpn) < 300 }, "a further press has the code")
			assert.Len(t, s.world.Rescue.PINs(), 1)
		})
	}
}

func TestSessionWhoseCodeTakesLongIsShownAsRequested(t *testing.T) {
	t.Parallel()
	s := play(t, nil)
	vpn := s.incident("VPN")
	s.slowVendor("requestPINCode", 7*time.Second)
	answered := make(chan answer, 1)
	go func() { answered <- s.press(vpn) }()
	s.slowCallsBegun()
	shown := s.call(http.MethodGet, "acme-sn", "incident", vpn, "/session", nil)
	assert.Equal(t, http.StatusOK, shown.Status, shown.Raw)
	assert.Equal(t, support.Requested, shown.State)
	assert.Equal(t, http.StatusCreated, (<-answered).Status)
}

func TestWorkerThatEndsInAStepOfAPressGivesOneCode(t *testing.T) {
	t.Parallel()
	for step, slow := range map[string]func(*stage){
		"while the record is read":          func(s *stage) { s.slowRecord(2 * time.Second) },
		"while the technician's code comes": func(s *stage) { s.slowVendor("requestAuthCodeSSO", 2*time.Second) },
	} {
		for how, end := range map[string]func(*cluster){
			"killed": (*cluster).restartWorker, "rolled over": (*cluster).rollWorker,
		} {
			t.Run(how+" "+step, func(t *testing.T) {
				t.Parallel()
				c := playApart(t, sharedEngine, nil)
				vpn := c.incident("VPN")
				slow(c.stage)
				answered := make(chan int, 1)
				go func() { answered <- c.tryPress(vpn) }()
				c.slowCallsBegun()
				end(c)
				<-answered // 201, or 503 where the end came before the code was asked for
				c.eventually(func() bool { return c.tryPress(vpn) < 300 }, "the second press is answered")
				c.playOut(c.press(vpn).Code, said)
				c.filedOnce(vpn)
			})
		}
	}
}

// rollWorker ends the worker in order, with a new one beside it.
func (c *cluster) rollWorker() {
	c.t.Helper()
	c.worker.terminate()
	c.env["LIFELINE_WORKER_LISTEN"] = freeAddress(c.t)
	c.startWorker()
}
