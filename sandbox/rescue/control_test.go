package rescue_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	simrescue "example.com/lifeline/sandbox/rescue"
)

// order sends a control order and decodes the answer.
func (b *bench) order(method, path, body string, wantStatus int, target any) {
	b.Helper()
	req, err := http.NewRequest(method, b.host+"/_sim/"+path, strings.NewReader(body))
	require.NoError(b, err)
	resp, err := b.http.Do(req)
	require.NoError(b, err)
	answer := read(b, resp)
	require.Equal(b, wantStatus, resp.StatusCode, answer)
	if target != nil {
		require.NoError(b, json.Unmarshal([]byte(answer), target))
	}
}

func TestAWholeSessionRunsThroughTheControlAPI(t *testing.T) {
	b, r := newBench(t), newReceiver(t)
	order := func(path, body string) simrescue.Session {
		var x simrescue.Session
		b.order(http.MethodPost, path, body, http.StatusOK, &x)
		return x
	}
	b.order(http.MethodPost, "post-urls", `{"group":"First line","start":"`+r.URL+`?event=start","end":"`+r.URL+`?event=end","format":"json"}`, 200, nil)
	b.order(http.MethodPost, "console", `{"technician":"lee-sso","running":true}`, 200, nil)
	pin := b.pin()
	x := order("join", `{"pin":"`+pin+`","name":"Ana"}`)
	require.Equal(t, simrescue.StatusWaiting, x.Status)
	on := fmt.Sprintf("sessions/%d/", x.ID)
	require.Equal(t, simrescue.StatusPickedUp, order(on+"pickup", `{"technician":"dana-sso"}`).Status)
	require.Equal(t, "9:41 AM Ana: hi", order(on+"say", `{"who":"customer","text":"hi"}`).Chat)
	require.Equal(t, "done", order(on+"note", `{"text":"done"}`).Notes)
	require.Equal(t, "new", order(on+"field", `{"field":3,"text":"new"}`).Fields[3])
	require.Equal(t, simrescue.StatusOnHold, order(on+"hold", ``).Status)
	require.Equal(t, simrescue.StatusPickedUp, order(on+"pickup", `{}`).Status)
	require.Equal(t, simrescue.StatusRebooting, order(on+"interrupt", `{"reboot":true}`).Status)
	require.Equal(t, simrescue.StatusPickedUp, order(on+"restore", ``).Status)
	require.Equal(t, simrescue.StatusTransferring, order(on+"transfer", `{"to":"lee-sso","comment":"yours"}`).Status)
	require.Equal(t, "Lee Park", order(on+"pickup", `{"technician":"lee-sso"}`).TechnicianName)
	require.Equal(t, simrescue.StatusClosedByTechnician, order(on+"close", `{"survey":["Resolved"]}`).Status)
	b.order(http.MethodPost, "posts/wait", ``, 200, nil)

	var state simrescue.State
	b.order(http.MethodGet, "state", ``, 200, &state)
	require.Len(t, state.Sessions, 1)
	require.Len(t, state.Posts, 1) // the second group has no URL
	require.Equal(t, x.ID, state.PINs[0].Session)
}

func TestTheControlAPISetsEverythingUp(t *testing.T) {
	b := newBench(t)
	var group simrescue.Group
	b.order(http.MethodPost, "groups", `{"name":"Night","pinLife":"1h","startUrl":"http://127.0.0.1/s3cret"}`, 200, &group)
	require.Equal(t, simrescue.Duration(time.Hour), group.PINLife)
	require.Empty(t, group.StartURL)
	var user simrescue.User
	b.order(http.MethodPost, "technicians", `{"name":"Nia","email":"nia@example.org","password":"x","group":"Night","console":true}`, 200, &user)
	require.NotZero(t, user.ID)
	require.Empty(t, user.Password)
	b.order(http.MethodPost, "administrators", `{"name":"Ada","email":"ada@example.org","password":"x"}`, 200, nil)
	var token struct{ Token string }
	b.order(http.MethodPost, "tokens", `{"technician":"ada@example.org"}`, 200, &token)
	require.Contains(t, b.call("getAccount", "authcode", token.Token), "Email:ada@example.org")
	var x simrescue.Session
	b.order(http.MethodPost, "sessions", `{"technician":"nia@example.org","fields":["Ana","","","","",""]}`, 200, &x)
	require.Equal(t, simrescue.StatusPickedUp, x.Status)
	b.order(http.MethodPost, "channels", `{"name":"Printers","technicians":[25500123]}`, 200, nil)
	b.order(http.MethodPost, "companies", `{"name":"Other","masterPassword":"x"}`, 200, nil)
	b.order(http.MethodPost, "authcodes/revoke", `{"technician":"dana-sso"}`, 200, nil)
	b.order(http.MethodPost, "enabled", `{"technician":"dana-sso","enabled":false}`, 200, nil)
	b.order(http.MethodPost, "settings", `{"layout":"oneline","keepClosed":"2h"}`, 200, nil)
	require.Equal(t, simrescue.OneLine, b.sim.Settings().Layout)
	require.Equal(t, simrescue.English, b.sim.Settings().Language)
	var clock struct{ Now time.Time }
	b.order(http.MethodPost, "clock", `{"advance":"20m"}`, 200, &clock)
	require.Equal(t, midday.Add(20*time.Minute), clock.Now)
	b.order(http.MethodPost, "faults", `{"method":"login","kind":"ERROR"}`, 200, nil)
	require.Equal(t, "ERROR", b.call("login"))
	b.order(http.MethodDelete, "faults", ``, 200, nil)
}

func TestTheControlAPIRefusesInWords(t *testing.T) {
	b := newBench(t)
	for path, want := range map[string]int{
		"sessions/1/hold": 404, "sessions/1/fly": 404, "join": 409, "console": 404, "tokens": 404, "post-urls": 404,
	} {
		var refusal struct{ Error string }
		b.order(http.MethodPost, path, `{}`, want, &refusal)
		require.NotEmpty(t, refusal.Error, path)
	}
	b.order(http.MethodPost, "join", `{"pni":"1"}`, http.StatusBadRequest, nil)
}

func TestTheStateShowsNoSecret(t *testing.T) {
	b, _ := posting(t, simrescue.FormatForm)
	code, token := b.code("dana-sso"), b.token()
	b.active()
	b.waitPosts()
	_, state := b.get("/_sim/state")
	for _, secret := range []string{"dana-secret", masterPassword, "s3cret", code, token} {
		require.NotContains(t, state, secret)
	}
}

func TestManyCallersAtOnce(t *testing.T) {
	b, r := posting(t, simrescue.FormatForm)
	b.sim.Configure(func(s *simrescue.Settings) { s.NoLimits = true })
	dana := b.code("dana-sso")
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 10 {
				b.call("requestPINCode", "authcode", dana)
			}
		})
	}
	all.Wait()
	for _, pin := range b.sim.PINs() {
		all.Go(func() {
			x, err := b.sim.CustomerJoins(pin.Code, "Ana")
			if err == nil {
				_, err = b.sim.PickUp(x.ID, "")
			}
			if err == nil {
				_, err = b.sim.CloseByTechnician(x.ID)
			}
			if err != nil {
				t.Errorf("session of a PIN: %v", err)
			}
		})
	}
	all.Wait()
	starts := map[string]bool{}
	for _, post := range b.events(r) {
		id := post.form.Get("SessionID")
		require.Equal(t, post.event == "end", starts[id], "the end comes after the start")
		starts[id] = true
	}
	require.Len(t, starts, 80)
}
