package api_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"example.com/lifeline/api"
	"example.com/lifeline/support"
)

// post makes a vendor's post as a form.
func post(target, body string, headers ...string) *http.Request {
	return request("POST", target, body, append([]string{"Content-Type", "application/x-www-form-urlencoded"}, headers...)...)
}

func form(target string, values url.Values) *http.Request { return post(target, values.Encode()) }

const rescueHook = "/hooks/rescue/acme-sn/" + hookSecret

func TestBothHookSecretsAreAcceptedDuringRotation(t *testing.T) {
	w := newWorld(t)
	w.send(post(rescueHook+"?event=start", "SessionID=1")).status(200)
	w.send(post("/hooks/rescue/acme-sn/"+oldSecret+"?event=end", "SessionID=1")).status(200)
	w.send(post("/hooks/rescue/acme-sn/"+hookSecret+"x", "SessionID=1")).problem(401, "unauthenticated")
	require.Equal(t, 2, w.sessions.count("deliver"))
	require.Equal(t, 2.0, w.counted("rescue", "accepted"))
	require.Equal(t, 1.0, w.counted("rescue", "refused"))
}

func TestHookSecretMayNeedEscaping(t *testing.T) {
	w := newWorld(t, func(o *api.Options) { o.Doors["acme-sn"].HookSecrets = []support.Secret{"half/half & 100%+more"} })
	w.send(post("/hooks/rescue/acme-sn/half%2Fhalf%20&%20100%25+more", "SessionID=1")).status(200)
}

func TestPostsReachTheDecoderAsTheyCame(t *testing.T) {
	w := newWorld(t)
	for i, it := range []struct{ contentType, body string }{
		{"application/x-www-form-urlencoded", "SessionID=1080000123&ChatLog=a+b%26c"},
		{"text/xml", "<session><sessionid>1080000123</sessionid></session>"},
		{"application/json", `{"SessionID":1080000123}`},
	} {
		answer := w.send(request("POST", rescueHook+"?event=end", it.body, "Content-Type", it.contentType)).status(200)
		require.Equal(t, "OK", answer.Body.String())
		require.Equal(t, api.Post{ContentType: it.contentType, Event: "end", Body: []byte(it.body), ReceivedAt: w.now}, w.desk.posts[i])
		require.Equal(t, "acme-sn", w.sessions.last().ref.Connection)
	}
}

func TestPostOverTheLimitIsCountedAndNeverCut(t *testing.T) {
	w := newWorld(t)
	fits := "SessionID=1&ChatLog=" + strings.Repeat("x", 64<<10-len("SessionID=1&ChatLog="))
	w.send(post(rescueHook, fits)).status(200)
	require.Len(t, w.desk.posts[0].Body, 64<<10)
	w.send(post(rescueHook, fits+"x")).problem(413, "too_large")
	require.Len(t, w.desk.posts, 1)
	require.Empty(t, w.inbox.kept)
	require.Equal(t, 1.0, w.counted("rescue", "too_large"))
}

func TestPostThatBreaksOffIsNotTaken(t *testing.T) {
	w := newWorld(t)
	r := post(rescueHook, "")
	r.Body = io.NopCloser(io.MultiReader(strings.NewReader("SessionID=1&Chat"), iotest.ErrReader(io.ErrUnexpectedEOF)))
	w.server.Handler().ServeHTTP(&recorded{header: http.Header{}}, r)
	require.Empty(t, w.desk.posts)
	require.Equal(t, 1.0, w.counted("rescue", "invalid"))
}

func TestPostsAreRateLimitedForEachConnectionAlone(t *testing.T) {
	w := newWorld(t, func(o *api.Options) { o.HookRate, o.HookBurst = 1e-9, 2 })
	w.send(post(rescueHook, "SessionID=1")).status(200)
	w.send(post(rescueHook, "SessionID=1")).status(200)
	limited := w.send(post(rescueHook, "SessionID=1"))
	limited.problem(429, "too_many_requests")
	require.Equal(t, "1", limited.Header().Get("Retry-After"))
	require.Equal(t, 1.0, w.counted("rescue", "limited"))
	w.send(post("/hooks/rescue/globex-sn/"+globexSecret, "SessionID=1")).status(200)
}

func TestStrangersDoNotUseUpTheRate(t *testing.T) {
	w := newWorld(t, func(o *api.Options) { o.HookRate, o.HookBurst = 1e-9, 1 })
	for range 5 {
		w.send(post("/hooks/rescue/acme-sn/guessed", "SessionID=1")).status(401)
	}
	w.send(post(rescueHook, "SessionID=1")).status(200)
}

func TestDisabledConnectionAcknowledgesAndDrops(t *testing.T) {
	w := newWorld(t, func(o *api.Options) { o.Doors["acme-sn"].Settings.Enabled = false })
	w.send(post(rescueHook, "SessionID=1")).status(200)
	require.Empty(t, w.sessions.calls)
	require.Empty(t, w.inbox.kept)
	require.Equal(t, 1.0, w.counted("rescue", "disabled"))
}

func TestDisabledConnectionPassesOnWhatIsAnEnabledOnes(t *testing.T) {
	for connection, outcome := range map[string]string{"globex-sn": "accepted", "acme-sn": "disabled", "elsewhere": "disabled"} {
		w := newWorld(t, func(o *api.Options) { o.Doors["acme-sn"].Settings.Enabled = false })
		w.desk.token = tokenOf(connection)
		w.send(post(rescueHook, "SessionID=1")).status(200)
		require.Equal(t, 1.0, w.counted("rescue", outcome), connection)
	}
}

// A technicians' group posts to one connection, whoever's customer it helped. What was a disabled connection's was
// dropped only where it came to that one's own address.
func TestEnabledConnectionPassesNothingOnToADisabledOne(t *testing.T) {
	w := newWorld(t, func(o *api.Options) { o.Doors["globex-sn"].Settings.Enabled = false })
	w.desk.token = tokenOf("globex-sn")
	w.send(post(rescueHook, "SessionID=1")).status(200)
	require.Empty(t, w.sessions.calls)
	require.Equal(t, 1.0, w.counted("rescue", "disabled"))
}

func tokenOf(connection string) support.Token {
	ref := support.RecordRef{Connection: connection, Type: "incident", ID: sysID}
	return support.NewToken(support.ServiceNow, ref, support.Nonce("run"))
}

func TestPostIsKeptWhileTheEngineCannotBeReached(t *testing.T) {
	for name, err := range map[string]error{"unreachable": unreachable, "a fault of ours": errors.New("unexpected")} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.sessions.fail(err)
			w.send(post(rescueHook+"?event=end", "SessionID=1")).status(200)
			require.Equal(t, []api.Post{{Connection: "acme-sn", ContentType: "application/x-www-form-urlencoded", Event: "end",
				Body: []byte("SessionID=1"), ReceivedAt: w.now}}, w.inbox.kept)
			require.Equal(t, 1.0, w.counted("rescue", "kept"))

			w.sessions.fail(nil)
			require.NoError(t, w.server.Forward(context.Background(), w.inbox.kept[0]))
			require.Equal(t, 2, w.sessions.count("deliver"))
		})
	}
}

// Megabytes of chat that a busy engine takes more than three seconds for were broken off at each try, for ever, and all
// later posts of the connection waited behind.
func TestPostFromTheInboxIsGivenTheTimeItTakes(t *testing.T) {
	for takes, delivered := range map[time.Duration]bool{40 * time.Second: true, 2 * time.Minute: false} {
		t.Run(takes.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				w.sessions.takes = takes
				err := w.server.Forward(t.Context(), api.Post{Connection: "acme-sn", Body: []byte("SessionID=1")})
				require.Equal(t, delivered, err == nil, err)
				require.Equal(t, delivered, w.sessions.count("deliver") == 1)
			})
		})
	}
}

func TestPostIsKeptThoughTheVendorHasHungUp(t *testing.T) {
	w := newWorld(t)
	w.sessions.fail(unreachable)
	gone, hangUp := context.WithCancel(context.Background())
	hangUp()
	w.send(post(rescueHook, "SessionID=1").WithContext(gone)).status(200)
	require.Len(t, w.inbox.kept, 1)

	w.sessions.fail(nil)
	w.send(post(rescueHook, "SessionID=1").WithContext(gone)).status(200)
	require.Equal(t, 1.0, w.counted("rescue", "accepted"))
}

func TestFullInboxAsksTheVendorToTryAgain(t *testing.T) {
	w := newWorld(t)
	w.sessions.fail(unreachable)
	w.inbox.err = errors.New("inbox: full")
	answer := w.send(post(rescueHook, "SessionID=1"))
	answer.problem(503, "unreachable")
	require.Equal(t, "5", answer.Header().Get("Retry-After"))
	require.Equal(t, 1.0, w.counted("rescue", "failed"))
}

// newBusyWorld makes a world whose engine takes no post before the test wants it to.
func newBusyWorld(t *testing.T) *world {
	w := newWorld(t, func(o *api.Options) { o.HeadStart = time.Nanosecond })
	w.sessions.busy = make(chan struct{})
	return w
}

func TestBusyEngineDoesNotHoldUpTheVendor(t *testing.T) {
	for fate, err := range map[string]error{
		"dropped": nil, "released": unreachable,
	} {
		t.Run(fate, func(t *testing.T) {
			w := newBusyWorld(t)
			w.sessions.fail(err)
			w.send(post(rescueHook, "SessionID=1")).status(200)
			require.Len(t, w.inbox.kept, 1)
			require.Empty(t, w.inbox.fates, "the engine may still take it")

			close(w.sessions.busy)
			w.server.Settle()
			require.Equal(t, []string{fate}, w.inbox.fates)
			require.Equal(t, 1, w.sessions.count("deliver"))
		})
	}
}

// A client may draw its post out beyond the time that a server has to drain.
func TestPostAfterTheServerHasSettledIsRefused(t *testing.T) {
	w := newWorld(t)
	w.server.Settle()
	w.send(post(rescueHook, "SessionID=1")).problem(503, "unreachable")
	require.Zero(t, w.sessions.count("deliver"))
	require.Empty(t, w.inbox.kept)
}

func TestPostsMayComeWhileTheServerSettles(t *testing.T) {
	for range 50 { // the race detector sees what goes wrong
		w := newWorld(t)
		var all sync.WaitGroup
		all.Go(func() { w.server.Handler().ServeHTTP(httptest.NewRecorder(), post(rescueHook, "SessionID=1")) })
		all.Go(w.server.Settle)
		all.Wait()
		w.server.Settle()
	}
}

// A post that is refused after it was acknowledged is for the inbox to set aside, where a human sees it.
func TestPostThatIsRefusedLateIsLeftToTheInbox(t *testing.T) {
	for fate, err := range map[string]error{
		"released": support.Stopped(support.CodeInvalid, "the engine does not accept it", nil),
		"dropped":  support.Stopped(support.CodeNotFound, "the session belongs to another installation", nil),
	} {
		t.Run(fate, func(t *testing.T) {
			w := newBusyWorld(t)
			w.sessions.fail(err)
			w.send(post(rescueHook, "SessionID=1")).status(200)
			close(w.sessions.busy)
			w.server.Settle()
			require.Equal(t, []string{fate}, w.inbox.fates)
		})
	}
}

// panics are the places at which a post may make ours stumble.
var panics = map[string]func(*world){
	"where it is brought": func(w *world) { w.sessions.panics = true },
	"where it is read":    func(w *world) { w.desk.panics = true },
}

func TestPanicOverAPostCostsNoOtherPost(t *testing.T) {
	for name, broken := range panics {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			broken(w)
			kept := api.Post{Connection: "acme-sn", Body: []byte("SessionID=1")}
			err := w.server.Forward(context.Background(), kept)
			require.Equal(t, support.Attention, support.AsError(err).Kind, "the inbox sets it aside")
			require.ErrorContains(t, err, "a panic in", "and logs where it was")
			require.NotContains(t, err.Error(), "SessionID=1")
			require.NotContains(t, err.Error(), "1080000123")
		})
	}
}

// Rescue sends a post once. One that the parser stumbled over was answered 500, and was lost.
func TestPanicOverAPostKeepsIt(t *testing.T) {
	for name, broken := range panics {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			broken(w)
			w.send(post(rescueHook, "SessionID=1")).status(200)
			require.Equal(t, []string{"released"}, w.inbox.fates)
			require.Equal(t, 1.0, w.counted("rescue", "kept"))
			require.Contains(t, w.log.String(), "a panic in")
			require.NotContains(t, w.log.String(), "SessionID=1")
			require.NotContains(t, w.log.String(), "1080000123")
		})
	}
}

func TestFullInboxLeavesThePostToTheEngine(t *testing.T) {
	for status, err := range map[int]error{200: nil, 503: unreachable} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			w := newBusyWorld(t)
			w.sessions.fail(err)
			w.inbox.err = errors.New("inbox: full")
			w.inbox.onHold = sync.OnceFunc(func() { close(w.sessions.busy) })
			w.send(post(rescueHook, "SessionID=1")).status(status)
		})
	}
}

func TestForeignPostIsAcknowledged(t *testing.T) {
	w := newWorld(t)
	w.sessions.fail(support.Stopped(support.CodeNotFound, "the session belongs to another installation", nil))
	w.send(post(rescueHook, "SessionID=1")).status(200)
	require.Empty(t, w.inbox.kept)
	require.Equal(t, 1.0, w.counted("rescue", "foreign"))
}

func TestPostWithoutASessionIsRefused(t *testing.T) {
	w := newWorld(t)
	w.send(post(rescueHook, "hello=world")).problem(400, "invalid")
	require.Empty(t, w.inbox.kept)
	require.Equal(t, 1.0, w.counted("rescue", "invalid"))
}

func TestForwardSaysThatAConnectionIsGone(t *testing.T) {
	w := newWorld(t)
	require.True(t, support.HasCode(w.server.Forward(context.Background(), api.Post{Connection: "gone"}), support.CodeConfiguration))
}

func TestVendorThatPostsNothingHasNoHook(t *testing.T) {
	w := newWorld(t, func(o *api.Options) { o.Doors["acme-sn"].DecodePost = nil })
	w.send(post(rescueHook, "SessionID=1")).problem(401, "unauthenticated")
}

func TestServiceNowDropInFindsItsConnection(t *testing.T) {
	const address = "/integration/api/servicenow/sessiondetails"
	for query, connection := range map[string]string{
		"?instance=acme&key=" + hookSecret:                  "acme-sn",
		"?instance=ACME&key=" + oldSecret + "&event=end":    "acme-sn",
		"?key=" + hookSecret:                                "acme-sn",
		"?key=" + globexSecret:                              "globex-sn",
		"?instance=globex&key=" + globexSecret:              "globex-sn",
		"?instance=globex&key=" + hookSecret:                "",
		"?instance=initech&key=" + hookSecret:               "",
		"?instance=acme.evil.example.net&key=" + hookSecret: "",
		"?instance=acme&key=guessed":                        "",
		"?instance=acme":                                    "",
		"?key=" + d365Secret:                                "",
		"":                                                  "",
	} {
		w := newWorld(t)
		answer := w.send(post(address+query, "SessionID=1"))
		if connection == "" {
			answer.problem(401, "unauthenticated")
			require.Empty(t, w.sessions.calls, query)
			continue
		}
		answer.status(200)
		require.Equal(t, connection, w.sessions.last().ref.Connection, query)
	}
}

func TestDropInWithAKeyOfSeveralConnectionsWantsTheInstance(t *testing.T) {
	w := newWorld(t, func(o *api.Options) { o.Doors["globex-sn"].HookSecrets = o.Doors["acme-sn"].HookSecrets })
	const address = "/integration/api/servicenow/sessiondetails?key=" + hookSecret
	require.Contains(t, w.send(post(address, "SessionID=1")).problem(400, "invalid").Detail, "?instance=")
	w.send(post(address+"&instance=globex", "SessionID=1")).status(200)
	require.Equal(t, "globex-sn", w.sessions.last().ref.Connection)
}

func TestDynamicsDropInFindsItsConnectionByKey(t *testing.T) {
	w := newWorld(t)
	w.send(post("/api/integration?key="+d365Secret+"&event=start", "SessionID=1")).status(200)
	require.Equal(t, "acme-d365", w.sessions.last().ref.Connection)
	for _, key := range []string{"", hookSecret, "guessed"} {
		w.send(post("/api/integration?key="+key, "SessionID=1")).problem(401, "unauthenticated")
	}
	require.Equal(t, 3.0, w.counted("dynamics_drop_in", "refused"))
}

const rowCreated = `{"OrganizationId":"org-acme","PrimaryEntityId":"row-1","PrimaryEntityName":"lifeline_session","MessageName":"Create"}`

func TestDynamicsWebhookStartsTheRowsSession(t *testing.T) {
	w := newWorld(t)
	for _, key := range []string{webhookKey, oldWebhook} {
		w.send(request("POST", "/hooks/dynamics/acme-d365", rowCreated, "X-Lifeline-Key", key)).status(202)
		require.Equal(t, call{name: "request", ref: support.RecordRef{Connection: "acme-d365", ID: "row-1"}}, w.sessions.last())
	}
	require.Equal(t, 2.0, w.counted("dynamics", "accepted"))
}

func TestDynamicsWebhookIsRefused(t *testing.T) {
	w := newWorld(t)
	for _, it := range []struct {
		connection, key, body string
		status                int
	}{
		{"acme-d365", "guessed", rowCreated, 401},
		{"acme-d365", "", rowCreated, 401},
		{"acme-d365", d365Secret, rowCreated, 401},
		{"acme-sn", webhookKey, rowCreated, 401},
		{"nobody", webhookKey, rowCreated, 401},
		{"acme-d365", webhookKey, strings.Replace(rowCreated, "org-acme", "org-globex", 1), 400},
		{"acme-d365", webhookKey, "{", 400},
		{"acme-d365", webhookKey, "", 400},
		{"acme-d365", webhookKey, `{"x":"` + strings.Repeat("x", 1<<20) + `"}`, 413},
	} {
		w.send(request("POST", "/hooks/dynamics/"+it.connection, it.body, "X-Lifeline-Key", it.key)).status(it.status)
	}
	require.Empty(t, w.sessions.calls)
	require.Equal(t, 3.0, w.counted("dynamics", "invalid"))
	require.Equal(t, 1.0, w.counted("dynamics", "too_large"))
}

func TestDynamicsWebhookAnswers503ToBuyTheOneRetry(t *testing.T) {
	for _, err := range []error{unreachable, errors.New("unexpected")} {
		w := newWorld(t)
		w.sessions.fail(err)
		w.send(request("POST", "/hooks/dynamics/acme-d365", rowCreated, "X-Lifeline-Key", webhookKey)).problem(503, "unreachable")
		require.Equal(t, 1.0, w.counted("dynamics", "failed"))
	}
}

func TestTokenHookHandsTheTokenToItsOwner(t *testing.T) {
	w := newWorld(t)
	body := `{"instance":"acme","base_url":"https://evil.example.net","refresh_token":"refresh-1","expires_at":"2026-09-01T00:00:00Z"}`
	answer := w.asCRM("POST", "/hooks/servicenow/acme-sn/token", body).status(200)
	require.JSONEq(t, `{"ends":"2026-09-01T00:00:00Z"}`, answer.Body.String())
	last := w.sessions.last()
	require.Equal(t, support.RecordRef{Connection: "acme-sn", Type: "acme-sn", ID: "crm/oauth"}, last.ref)
	require.Equal(t, support.Credential{Refresh: "refresh-1", Ends: time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)}, last.arg)
	w.send(w.signed("one", signingKey, "POST", "/hooks/servicenow/acme-sn/token", body)).status(200)
	require.NotContains(t, w.log.String(), "refresh-1")
}

func TestTokenHookIsRefused(t *testing.T) {
	w := newWorld(t)
	good := `{"instance":"acme","refresh_token":"refresh-1"}`
	bearer := "Bearer " + w.panelLink(snRecord, dana)
	w.send(request("POST", "/hooks/servicenow/acme-sn/token", good)).problem(401, "unauthenticated")
	w.send(request("POST", "/hooks/servicenow/acme-sn/token", good, "Authorization", bearer)).problem(401, "unauthenticated")
	w.asCRM("POST", "/hooks/servicenow/globex-sn/token", good).problem(401, "unauthenticated")
	for _, body := range []string{"", "{", `{"instance":"globex","refresh_token":"r"}`, `{"instance":"acme"}`, `{"instance":"acme","refresh_token":"refresh-1","expires_at":"refresh-1"}`} {
		answer := w.asCRM("POST", "/hooks/servicenow/acme-sn/token", body)
		answer.problem(400, "invalid")
		require.NotContains(t, answer.Body.String(), "refresh-1")
	}
	w.asOperator("POST", "/hooks/servicenow/acme-d365/token", good).problem(501, "not_supported")
	require.Empty(t, w.sessions.calls)
}
