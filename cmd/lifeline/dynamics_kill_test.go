package main

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	simdataverse "example.com/lifeline/sandbox/dataverse"
	"example.com/lifeline/support"
)

// playDynamicsApart sets Lifeline up as processes of their own, with Dynamics.
func playDynamicsApart(t *testing.T) *cluster {
	t.Helper()
	c := apartFor(t, "acme-d365", sharedEngine, map[string]string{d365 + "SWEEP": "1s"})
	c.startWorker()
	c.startAPI()
	return c
}

// dynamicsTaken waits until the call that was to go wrong has come.
func (s *stage) dynamicsTaken() {
	s.t.Helper()
	s.eventually(func() bool { return len(s.world.Dataverse.Faults()) == 0 }, "the call comes")
}

// filedOnceInDynamics waits until the row is filed and closed, and looks that nothing is there twice.
func (s *stage) filedOnceInDynamics(row string) {
	s.t.Helper()
	filed := s.dynamicsRow(row, "filed and closed", filedAndClosed)
	assert.Equal(s.t, 1, strings.Count(filed.Text("lifeline_chatlog"), said), filed.Text("lifeline_chatlog"))
	assert.Len(s.t, s.sessionRows(simdataverse.DemoCase), 1)
	assert.Len(s.t, s.annotations(simdataverse.DemoCase), 1)
	assert.Len(s.t, s.list("lifeline_session", ""), 1)
	assert.Len(s.t, s.world.Rescue.PINs(), 1)
}

func TestKilledWhileDynamicsIsFiledFilesOnce(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		kill  func(*cluster)
		fault simdataverse.Fault
	}{
		"worker, before the row is answered": {(*cluster).restartWorker,
			simdataverse.Fault{Kind: simdataverse.Slow, DelayMS: 2000, Method: http.MethodPatch, Path: "lifeline_sessions"}},
		"worker, when the note is written and its answer lost": {(*cluster).restartWorker,
			simdataverse.Fault{Kind: simdataverse.Slow, DelayMS: 2000, Method: http.MethodPost, Path: "annotations"}},
		"api, while the note is written": {(*cluster).restartAPI,
			simdataverse.Fault{Kind: simdataverse.Slow, DelayMS: 1000, Method: http.MethodPost, Path: "annotations"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := playDynamicsApart(t)
			row := c.pressRow(simdataverse.DemoDana, simdataverse.DemoCase)
			pin := c.invited(row).Text("lifeline_pin")
			session := c.join(pin, "Maria")
			c.pickUp(session.ID)
			c.dynamicsRow(row, "connected", inState("connected"))
			c.do(c.world.Rescue.Say(session.ID, "customer", said))
			c.world.Dataverse.Inject(test.fault)
			c.do(c.world.Rescue.CloseByTechnician(session.ID))
			c.dynamicsTaken()
			test.kill(c)
			c.filedOnceInDynamics(row)
		})
	}
}

// Nobody presses a row again: the code has to come without it.
func TestKilledWhileTheCodeIsAskedForTheRowGetsItsCode(t *testing.T) {
	t.Parallel()
	c := playDynamicsApart(t)
	c.slowCode()
	row := c.pressRow(simdataverse.DemoDana, simdataverse.DemoCase)
	c.codeAsked()
	c.restartWorker()
	assert.NotEmpty(t, c.invited(row).Text("lifeline_pin"))
	assert.Len(t, c.world.Rescue.PINs(), 1)
}

func TestKilledInEveryStateOfASessionFilesOnce(t *testing.T) {
	t.Parallel()
	c := playDynamicsApart(t)
	kill := func() {
		c.restartWorker()
		c.restartAPI()
	}
	row := c.pressRow(simdataverse.DemoDana, simdataverse.DemoCase)
	pin := c.invited(row).Text("lifeline_pin")
	kill()
	session := c.join(pin, "Maria")
	c.pickUp(session.ID)
	c.dynamicsRow(row, "connected", inState("connected")) // by the post; the vendor's list is looked at again in a minute
	kill()
	c.do(c.world.Rescue.Say(session.ID, "customer", said))
	c.world.Dataverse.Inject(simdataverse.Fault{Kind: simdataverse.PluginAbort, Method: http.MethodPost, Path: "annotations"})
	c.do(c.world.Rescue.CloseByTechnician(session.ID))
	c.dynamicsRow(row, "attention", func(r simdataverse.Row) bool { return r.Text("lifeline_errorcode") != "" })
	kill()
	id := support.SessionWorkflowID(support.RecordRef{Connection: "acme-d365", Type: "incident", ID: simdataverse.DemoCase})
	retried := c.send(http.MethodPost, "/v1/sessions/retry", map[string]any{"workflowId": id}, "Authorization", "Bearer "+operatorToken)
	require.Less(t, retried.Status, 300, retried.Raw)
	c.filedOnceInDynamics(row)
}

func TestPressWhileEverythingIsDownIsFoundBySweep(t *testing.T) {
	t.Parallel()
	c := playDynamicsApart(t)
	c.api.kill()
	c.worker.kill()
	c.world.Dataverse.Advance(-2 * time.Minute) // the sweep leaves young rows to their webhook
	row := c.pressRow(simdataverse.DemoDana, simdataverse.DemoCase)
	failed := func() bool { return len(c.list("asyncoperation", "messagename eq 'Create' and statuscode eq 31")) == 1 }
	c.eventually(failed, "Dynamics has given the webhook up")
	c.startAPI()
	c.startWorker()
	c.settle(row)
	require.Len(t, c.world.Rescue.PINs(), 1)
}
