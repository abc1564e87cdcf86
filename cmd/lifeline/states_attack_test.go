package main

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	simservicenow "example.com/lifeline/sandbox/servicenow"
)

func TestSessionOutlivesKillsInEachOfItsStates(t *testing.T) {
	eachKilled(t, []killed{apiKilled, workerKilled, engineKilled}, func(c *cluster, restart func(*cluster)) {
		vpn, rows := c.incident("VPN"), c.world.ServiceNow.SessionTable()
		pressed := c.press(vpn)
		require.Equal(c.t, http.StatusCreated, pressed.Status, pressed.Raw)
		c.rowState(vpn, "invited")
		restart(c)
		session := c.join(pressed.Code, "Joe Employee")
		c.rowState(vpn, "waiting")
		restart(c)
		c.pickUp(session.ID)
		c.rowState(vpn, "connected")
		restart(c)
		c.do(c.world.Rescue.Say(session.ID, "customer", said))
		c.world.ServiceNow.Allow(rows, simservicenow.Write, "nobody")
		c.do(c.world.Rescue.CloseByTechnician(session.ID))
		c.eventually(func() bool { return c.look(vpn).Attention != nil }, "attention")
		restart(c)
		c.world.ServiceNow.Allow(rows, simservicenow.Write)
		c.eventually(func() bool {
			return c.call(http.MethodPost, "acme-sn", "incident", vpn, "/session/retry", map[string]any{}).Status == http.StatusOK
		}, "the retry is taken")
		c.filedOnce(vpn)
	})
}
