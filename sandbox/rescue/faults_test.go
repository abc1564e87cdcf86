package rescue_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	simrescue "example.com/lifeline/sandbox/rescue"
)

func TestAFaultHitsAllVersionsOfAMethodAsOftenAsTold(t *testing.T) {
	b := newBench(t, func(o *simrescue.Options) { o.NoLimits = true })
	dana := b.code("dana-sso")
	b.sim.Fault(simrescue.Fault{Method: "requestPINCode", Kind: "ERROR", Times: 2})
	require.Equal(t, "ERROR", b.call("requestPINCode_v3", "authcode", dana))
	require.Contains(t, b.soap("requestPINCode_V2", "<sAuthCode>"+dana+"</sAuthCode>"), "requestPINCode_Error")
	require.Contains(t, b.call("requestPINCode", "authcode", dana), "PINCODE:")
}

func TestFaultsOfTheTransport(t *testing.T) {
	b := newBench(t)
	b.sim.Fault(simrescue.Fault{Method: "*", Kind: "503", RetryAfter: 7})
	resp, _ := b.post("/API/login.aspx")
	require.Equal(t, http.StatusServiceUnavailable, resp.StatusCode)
	require.Equal(t, "7", resp.Header.Get("Retry-After"))

	b.sim.Fault(simrescue.Fault{Method: "login", Kind: "html"})
	require.True(t, strings.HasPrefix(b.call("login"), "<!DOCTYPE html>"))
	b.sim.Fault(simrescue.Fault{Method: "login", Kind: "empty"})
	require.Empty(t, b.call("login"))
	b.sim.Fault(simrescue.Fault{Method: "login", Kind: "truncate"})
	require.Equal(t, "INV", b.call("login"))
	b.sim.Fault(simrescue.Fault{Method: "GetLoginTicket", Kind: "INVALIDPASSWORD"})
	_, body := b.post("/SSO/GetLoginTicket.aspx")
	require.Equal(t, "INVALIDPASSWORD", body)
}

func TestACutConnectionMayHaveDoneItsWork(t *testing.T) {
	b := newBench(t, func(o *simrescue.Options) { o.NoLimits = true })
	dana := b.code("dana-sso")
	cut := func(kind string) {
		b.sim.Fault(simrescue.Fault{Method: "requestPINCode", Kind: kind})
		resp, err := b.http.PostForm(b.host+"/API/requestPINCode.aspx", map[string][]string{"authcode": {dana}})
		if err == nil {
			resp.Body.Close()
		}
		require.Error(t, err)
	}
	cut("drop")
	require.Empty(t, b.sim.PINs())
	cut("commitdrop")
	require.Len(t, b.sim.PINs(), 1)
}

func TestASlowAnswerEndsWithTheCallersPatience(t *testing.T) {
	b := newBench(t)
	b.sim.Fault(simrescue.Fault{Method: "login", Kind: "slow"})
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, b.host+"/API/login.aspx", nil)
	require.NoError(t, err)
	resp, err := b.http.Do(req)
	if err == nil {
		resp.Body.Close()
	}
	require.ErrorIs(t, err, context.DeadlineExceeded)
	b.sim.Fault(simrescue.Fault{Method: "login", Kind: "slow", Delay: simrescue.Duration(time.Millisecond)})
	require.Equal(t, "INVALID", b.call("login"))
}

func TestFaultsCanBeCleared(t *testing.T) {
	b := newBench(t)
	b.sim.Fault(simrescue.Fault{Method: "login", Kind: "ERROR", Times: -1})
	for range 3 {
		require.Equal(t, "ERROR", b.call("login"))
	}
	b.sim.ClearFaults()
	require.Equal(t, "INVALID", b.call("login"))
}
