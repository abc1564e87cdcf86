package rescue_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	simrescue "example.com/lifeline/sandbox/rescue"
)

func TestEveryPageSaysThatItIsASimulator(t *testing.T) {
	b := newBench(t)
	x := b.joined()
	for _, path := range []string{"/", "/R?i=2&Code=1", "/Customer/Code.aspx", "/console/25500123", "/console/nobody", "/SSO/Login.aspx?Ticket=x", x.CustomerPage} {
		_, body := b.get(path)
		require.Contains(t, body, `<span class="badge">Simulator</span>`, path)
	}
}

func TestLookingAtTheLinkDoesNotUseThePINUp(t *testing.T) {
	b := newBench(t)
	pin := b.pin()
	_, body := b.get("/r?i=2&code=" + pin)
	require.Contains(t, body, `value="`+pin+`"`)
	_, err := b.sim.CustomerJoins(pin, "Ana")
	require.NoError(t, err)
}

func TestACustomerJoinsChatsAndLeaves(t *testing.T) {
	b := newBench(t)
	resp, _ := b.post("/Customer/Code.aspx", "Code", b.pin(), "name", "Ana <b>", "tracking0", "site")
	require.Equal(t, http.StatusSeeOther, resp.StatusCode)
	page := resp.Header.Get("Location")
	_, body := b.get(page)
	require.Contains(t, body, "Waiting for a technician")
	require.Equal(t, "site", b.sim.Sessions()[0].Tracking)
	resp, _ = b.post(page+"/say", "text", "<i>hello</i>")
	require.Equal(t, http.StatusSeeOther, resp.StatusCode)
	_, body = b.get(page + "/live")
	require.Contains(t, body, "Ana &lt;b&gt;: &lt;i&gt;hello&lt;/i&gt;")
	b.post(page + "/leave")
	_, body = b.get(page)
	require.Contains(t, body, "The session has ended")
	require.NotContains(t, body, "Leave the session")
}

func TestAWrongPINIsRefusedOnThePage(t *testing.T) {
	b := newBench(t)
	resp, body := b.post("/Customer/Code.aspx", "Code", "999999")
	require.Equal(t, http.StatusConflict, resp.StatusCode)
	require.Contains(t, body, "the PIN is not valid")
	require.Equal(t, "text/html; charset=utf-8", resp.Header.Get("Content-Type"))
}

func TestATechnicianWorksInTheConsolePage(t *testing.T) {
	b := newBench(t)
	x := b.joined("cfield1", "ana@example.org")
	console := "/console/25500123"
	session := fmt.Sprintf("%s/sessions/%d/", console, x.ID)
	press := func(address string, pairs ...string) {
		resp, body := b.post(address, pairs...)
		require.Equal(t, http.StatusSeeOther, resp.StatusCode, body)
		require.Equal(t, console, resp.Header.Get("Location"))
	}
	_, body := b.get(console)
	require.Contains(t, body, "ana@example.org")
	require.Contains(t, body, "Pick up")
	press(session + "pickup")
	press(session+"say", "text", "hello")
	press(session+"note", "text", "checked")
	press(session + "hold")
	_, body = b.get(console + "/live")
	require.Contains(t, body, "Resume")
	press(session + "pickup")
	press(session+"transfer", "to", "25500124", "comment", "yours")
	_, body = b.get(console)
	require.Contains(t, body, "Outgoing")
	_, body = b.get("/console/25500124")
	require.Contains(t, body, "Open the console")
	require.NotContains(t, body, "Pick up")

	console = "/console/25500124"
	session = fmt.Sprintf("%s/sessions/%d/", console, x.ID)
	press(console+"/running", "running", "true")
	_, body = b.get(console)
	require.Contains(t, body, "Incoming")
	press(session + "pickup")
	press(session+"close", "survey0", "Resolved", "survey1", "5")
	done := b.sim.Sessions()[0]
	require.Equal(t, simrescue.StatusClosedByTechnician, done.Status)
	require.Equal(t, "checked", done.Notes)
	_, body = b.get(console)
	require.Contains(t, body, "Nobody is waiting.")

	press(console+"/start", "cfield0", "Bo", "cfield4", "x")
	require.Equal(t, simrescue.Fields{"Bo", "", "", "", "x", ""}, b.sim.Sessions()[1].Fields)
	resp, body := b.post(session + "hold")
	require.Equal(t, http.StatusConflict, resp.StatusCode)
	require.Contains(t, body, "not in a state")
}

func TestPagesLoadNothingFromElsewhere(t *testing.T) {
	b := newBench(t)
	resp, body := b.get("/console/25500123")
	require.Contains(t, resp.Header.Get("Content-Security-Policy"), "default-src 'none'")
	require.NotContains(t, body, "http://")
	require.NotContains(t, body, "https://")
	for path, kind := range map[string]string{"/sim-assets/style.css": "text/css", "/sim-assets/live.js": "text/javascript"} {
		resp, _ := b.get(path)
		require.Equal(t, http.StatusOK, resp.StatusCode)
		require.True(t, strings.HasPrefix(resp.Header.Get("Content-Type"), kind))
	}
	resp, _ = b.get("/sim-assets/console.html")
	require.Equal(t, http.StatusNotFound, resp.StatusCode)
}
