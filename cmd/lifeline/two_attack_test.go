package main

import (
	"fmt"
	"maps"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	simservicenow "example.com/lifeline/sandbox/servicenow"
	"example.com/lifeline/support"
)

// Two of each process at the same time, as behind a balancer and while a new version rolls out.

// beside starts a second API and a second worker on the cluster's engine, with variables of their own.
func (c *cluster) beside(overrides map[string]string) *cluster {
	c.t.Helper()
	twin := *c.stage
	other := &cluster{stage: &twin, server: c.server}
	other.env = maps.Clone(c.env)
	address := freeAddress(c.t)
	other.env["LIFELINE_LISTEN"], other.env["LIFELINE_PUBLIC_URL"] = address, "http://"+address
	other.env["LIFELINE_WORKER_LISTEN"], other.env["LIFELINE_INBOX"] = freeAddress(c.t), filepath.Join(c.t.TempDir(), "inbox")
	maps.Copy(other.env, overrides)
	other.startWorker()
	other.startAPI()
	return other
}

func TestPressesAtTwoAPIsAtOnceGiveOneCode(t *testing.T) {
	t.Parallel()
	one := playApart(t, sharedEngine, nil)
	two := one.beside(nil)
	vpn := one.incident("VPN")
	codes := make(chan answer, 20)
	var pressing sync.WaitGroup
	for i := range cap(codes) {
		at := []*cluster{one, two}[i%2]
		pressing.Go(func() { codes <- at.press(vpn) })
	}
	pressing.Wait()
	close(codes)
	for pressed := range codes {
		require.Less(t, pressed.Status, 300, pressed.Raw)
		assert.Equal(t, one.world.Rescue.PINs()[0].Code, pressed.Code)
	}
	one.playOut(one.press(vpn).Code, said)
	one.filedOnce(vpn)
}

func TestKeyOfAPressMeansTheSameAtAnotherAPI(t *testing.T) {
	t.Parallel()
	one := playApart(t, sharedEngine, nil)
	two := one.beside(nil)
	vpn := one.incident("VPN")
	first := one.press(vpn, "Idempotency-Key", "a-press")
	again := two.press(vpn, "Idempotency-Key", "a-press")
	require.Equal(t, http.StatusCreated, first.Status, first.Raw)
	assert.Equal(t, first.Status, again.Status)
	assert.Equal(t, first.Code, again.Code)
	assert.Equal(t, first.ExpiresAt, again.ExpiresAt)
}

func TestPostsOfOneSessionAtTwoAPIsAreAllFiled(t *testing.T) {
	t.Parallel()
	for name, inTime := range map[string]bool{"backlog comes in time": true, "backlog comes when the session is filed": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			one := playApart(t, sharedEngine, postsAlone)
			line := newGate(t, one.server.Address())
			two := one.beside(map[string]string{"TEMPORAL_ADDRESS": line.address})
			vpn := one.incident("VPN")
			session := one.untilConnected(vpn)
			row := one.rows(vpn)[0]
			line.holdRequests()
			post := func(at *cluster, event, chat string, more map[string]any) {
				body := map[string]any{"SessionID": itoa(session.ID), "Tracking0": row["token"], "ChatLog": chat, "TechSSOID": "dana@example.com"}
				maps.Copy(body, more)
				require.Equal(t, http.StatusOK, at.post(event, string(encode(t, body))), event)
			}
			post(two, "start", "first words", map[string]any{"PickupTime": "2026-11-30 09:00:00"})
			require.Len(t, two.kept(), 1)
			if inTime {
				line.open()
			}
			post(one, "end", said, map[string]any{"PickupTime": "2026-11-30 09:00:00", "ClosingTime": "2026-11-30 10:00:00", "Notes": "done"})
			one.rowState(vpn, "filed")
			line.open()
			one.eventually(func() bool { return len(two.kept()) == 0 }, "the backlog is gone")
			one.eventually(func() bool { return strings.Contains(one.rows(vpn)[0]["chat"], "first words") }, "the backlog is filed")
			chat := one.rows(vpn)[0]["chat"]
			assert.Equal(t, 1, strings.Count(chat, said), chat)
			assert.Equal(t, 1, strings.Count(chat, "first words"), chat)
			assert.Less(t, strings.Index(chat, "first words"), strings.Index(chat, said), chat)
			assert.Len(t, one.rows(vpn), 1)
		})
	}
}

func TestStreamAtOneAPITellsOfWhatIsPressedAtAnother(t *testing.T) {
	t.Parallel()
	one := playApart(t, sharedEngine, nil)
	two := one.beside(nil)
	vpn := one.incident("VPN")
	events, stop := two.stream(vpn)
	defer stop()
	pressed := one.press(vpn)
	require.Equal(t, http.StatusCreated, pressed.Status, pressed.Raw)
	for event := range events {
		if strings.Contains(event, pressed.Code) {
			return
		}
	}
	require.Fail(t, "the code was not told")
}

func TestEitherAPIListsAndRetries(t *testing.T) {
	t.Parallel()
	one := playApart(t, sharedEngine, nil)
	two := one.beside(nil)
	vpn, rows := one.incident("VPN"), one.world.ServiceNow.SessionTable()
	session := one.untilConnected(vpn)
	one.world.ServiceNow.Allow(rows, simservicenow.Write, "nobody")
	one.do(one.world.Rescue.CloseByTechnician(session.ID))
	for _, at := range []*cluster{one, two} {
		at.eventually(func() bool { return at.look(vpn).Attention != nil }, "attention")
		at.eventually(func() bool {
			return strings.Contains(at.send(http.MethodGet, "/v1/sessions?attention=true", nil, "Authorization", "Bearer "+operatorToken).Raw, vpn)
		}, "listed")
	}
	one.world.ServiceNow.Allow(rows, simservicenow.Write)
	retried := two.send(http.MethodPost, "/v1/sessions/retry", map[string]string{"workflowId": "session/acme-sn/incident/" + vpn}, "Authorization", "Bearer "+operatorToken)
	require.Equal(t, http.StatusOK, retried.Status, retried.Raw)
	one.rowState(vpn, string(support.Filed))
}

func TestSecretsRollOverWhileOneAPIHasTheOldOnes(t *testing.T) {
	t.Parallel()
	old := playApart(t, sharedEngine, nil)
	const secret = "the-new-secret-of-the-posts"
	renewed := old.beside(map[string]string{
		"LIFELINE_ACME_SN_HOOK_SECRET_PREVIOUS": old.env["LIFELINE_ACME_SN_HOOK_SECRET"], "LIFELINE_ACME_SN_HOOK_SECRET": secret,
		"LIFELINE_ACME_SN_SIGNING_KEYS": "k9:a-new-signing-key-of-the-buttons," + old.env["LIFELINE_ACME_SN_SIGNING_KEYS"],
	})
	post := func(at *cluster, secret string, id int) int {
		return at.postTo("/hooks/rescue/acme-sn/"+secret+"?event=end", "application/json", fmt.Sprintf(`{"SessionID":%d,"Notes":"x"}`, id))
	}
	before := old.env["LIFELINE_ACME_SN_HOOK_SECRET"]
	assert.Equal(t, http.StatusOK, post(old, before, 801))
	assert.Equal(t, http.StatusOK, post(renewed, before, 802), "both take what the other side still has")
	assert.Equal(t, http.StatusOK, post(renewed, secret, 803))
	assert.Equal(t, http.StatusUnauthorized, post(old, secret, 804))
	vpn := old.incident("VPN")
	pressed := old.press(vpn)
	require.Equal(t, http.StatusCreated, pressed.Status, pressed.Raw)
	assert.Equal(t, pressed.Code, renewed.press(vpn).Code)
	for id := range int64(3) {
		old.vendorRow(801+id, "filed")
	}
}
