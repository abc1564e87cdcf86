package api_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"example.com/lifeline/api"
	"example.com/lifeline/support"
)

const pressed = `{"agent":{"id":"u-dana","name":"Dana Ruiz","email":"dana@example.org"},"number":"INC0010001"}`

func TestSignedRequestIsAccepted(t *testing.T) {
	w := newWorld(t)
	w.send(w.signed("one", signingKey, "POST", snPath+"/session", pressed)).status(200)
	require.Equal(t, snRecord, w.sessions.last().ref)
}

func TestBothSigningKeysAreAcceptedDuringRotation(t *testing.T) {
	w := newWorld(t)
	w.send(w.signed("one", signingKey, "GET", snPath+"/session", "")).status(200)
	w.send(w.signed("two", newSigning, "GET", snPath+"/session", "")).status(200)
}

func TestSignatureCoversTheBytesOfNonASCIIBodiesAndQueries(t *testing.T) {
	w := newWorld(t)
	w.send(w.signed("one", signingKey, "POST", snPath+"/session", `{"agent":{"id":"u-zoë","name":"Zoë 山田"}}`)).status(200)
	w.send(w.signed("one", signingKey, "GET", snPath+"/sessions?limit=7", "")).status(200)
	require.Equal(t, 7, w.crm["acme-sn"].limit)
}

func TestSignatureIsRefused(t *testing.T) {
	path := snPath + "/session"
	spoil := map[string]func(w *world) *http.Request{
		"made with a wrong secret": func(w *world) *http.Request { return w.signed("one", "guessed", "POST", path, pressed) },
		"made with another key's":  func(w *world) *http.Request { return w.signed("two", signingKey, "POST", path, pressed) },
		"of an unknown key":        func(w *world) *http.Request { return w.signed("three", signingKey, "POST", path, pressed) },
		"of an unknown key with no secret": func(w *world) *http.Request {
			return w.signed("three", "", "POST", path, pressed)
		},
		"of another connection": func(w *world) *http.Request { return w.signed("one", globexSign, "POST", path, pressed) },
		"of another body": func(w *world) *http.Request {
			return moved(w.signed("one", signingKey, "POST", path, pressed), "POST", path, strings.Replace(pressed, "dana", "eve", 1))
		},
		"of another path": func(w *world) *http.Request {
			return moved(w.signed("one", signingKey, "POST", path, pressed), "POST", path+"/close", pressed)
		},
		"of another query": func(w *world) *http.Request {
			return moved(w.signed("one", signingKey, "GET", snPath+"/sessions?limit=1", ""), "GET", snPath+"/sessions?limit=2", "")
		},
		"of another method": func(w *world) *http.Request {
			return moved(w.signed("one", signingKey, "GET", path, ""), "POST", path, "")
		},
		"without a timestamp": func(w *world) *http.Request {
			r := w.signed("one", signingKey, "POST", path, pressed)
			r.Header.Del("X-Lifeline-Timestamp")
			return r
		},
		"with another timestamp": func(w *world) *http.Request {
			r := w.signed("one", signingKey, "POST", path, pressed)
			r.Header.Set("X-Lifeline-Timestamp", strconv.FormatInt(w.now.Unix()+1, 10))
			return r
		},
		"beside an operator's cookie": func(w *world) *http.Request {
			r := w.signed("one", "guessed", "POST", path, pressed)
			r.Header.Set("Cookie", api.OperatorCookie+"="+operator)
			return r
		},
	}
	for name, make := range spoil {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.send(make(w)).problem(401, "unauthenticated")
			require.Empty(t, w.sessions.calls)
		})
	}
}

// moved puts a request's headers on another one.
func moved(from *http.Request, method, target, body string) *http.Request {
	r := request(method, target, body)
	r.Header = from.Header
	return r
}

func TestSignatureIsGoodFor300Seconds(t *testing.T) {
	w := newWorld(t)
	for _, off := range []time.Duration{-300 * time.Second, 300 * time.Second} {
		r := w.signed("one", signingKey, "GET", snPath+"/session", "")
		w.now = w.now.Add(off)
		w.send(r).status(200)
	}
	for _, off := range []time.Duration{-301 * time.Second, 301 * time.Second} {
		r := w.signed("one", signingKey, "GET", snPath+"/session", "")
		w.now = w.now.Add(off)
		require.Contains(t, w.send(r).problem(401, "unauthenticated").Detail, "clock")
	}
}

func TestTimestampThatIsNoNumberIsRefusedThoughSigned(t *testing.T) {
	w := newWorld(t)
	for _, stamp := range []string{"", "yesterday", "1e9", "99999999999999999999", "-9223372036854775808"} {
		r := request("GET", snPath+"/session", "", "X-Lifeline-Timestamp", stamp, "X-Lifeline-Key-Id", "one",
			"X-Lifeline-Signature", api.Sign(signingKey, stamp, "GET", snPath+"/session", nil))
		w.send(r).problem(401, "unauthenticated")
	}
}

func TestAPIKeyAndItsPredecessorAreAccepted(t *testing.T) {
	w := newWorld(t)
	for key, status := range map[string]int{apiKey: 200, oldAPIKey: 200, globexKey: 401, apiKey + "x": 401, "": 401} {
		w.send(request("GET", snPath+"/session", "", "X-Api-Key", key)).status(status)
	}
}

func TestProofOfOneConnectionNeverOpensAnother(t *testing.T) {
	w := newWorld(t)
	globex := "/v1/connections/globex-sn/records/incident/" + sysID
	w.asCRM("POST", globex+"/session", pressed).problem(401, "unauthenticated")
	w.send(w.signed("one", signingKey, "POST", globex+"/session", pressed)).problem(401, "unauthenticated")
	w.send(request("GET", globex+"/session", "", "Authorization", "Bearer "+w.panelLink(snRecord, dana))).problem(401, "unauthenticated")
	w.send(request("POST", "/hooks/rescue/globex-sn/"+hookSecret, "SessionID=1")).problem(401, "unauthenticated")
	require.Empty(t, w.sessions.calls)
}

func TestUnknownConnectionLooksLikeAWrongProof(t *testing.T) {
	w := newWorld(t)
	wrong := w.send(request("GET", snPath+"/session", "", "X-Api-Key", "guessed"))
	for _, path := range []string{"nobody/records/incident/" + sysID, "acme-sn%2F/records/incident/" + sysID, "ACME-SN/records/incident/" + sysID,
		"nobody/records/nothing/at-all", "acme-sn/records/nothing/at-all"} {
		unknown := w.send(request("GET", "/v1/connections/"+path+"/session", "", "X-Api-Key", "guessed"))
		require.Equal(t, wrong.Code, unknown.Code, path)
		require.Equal(t, wrong.Body.String(), unknown.Body.String(), path)
	}
	hook := w.send(request("POST", "/hooks/rescue/acme-sn/guessed", "SessionID=1"))
	require.Equal(t, hook.Body.String(), w.send(request("POST", "/hooks/rescue/nobody/guessed", "SessionID=1")).Body.String())
	stale := request("GET", "/v1/connections/nobody/records/incident/"+sysID+"/session", "", "X-Lifeline-Signature", "v1=x", "X-Lifeline-Timestamp", "1")
	require.Equal(t, wrong.Body.String(), w.send(stale).Body.String())
}

func TestOperatorsAreToldThatAConnectionDoesNotExist(t *testing.T) {
	w := newWorld(t)
	w.asOperator("GET", "/v1/connections/nobody/records/incident/"+sysID+"/session", "").problem(404, "not_found")
	w.asOperator("GET", "/v1/connections/nobody/report", "").problem(404, "not_found")
	w.asOperator("POST", "/hooks/servicenow/nobody/token", `{"instance":"","refresh_token":"r"}`).problem(404, "not_found")
}

func TestPanelLinkOpensItsRecordInAnySpellingAndNoOther(t *testing.T) {
	w := newWorld(t)
	bearer := "Bearer " + w.panelLink(snRecord, dana)
	other := strings.Replace(sysID, "0", "1", 1)
	for path, status := range map[string]int{
		snPath: 200,
		"/v1/connections/acme-sn/records/incident/" + strings.ToUpper(sysID):            200,
		"/v1/connections/acme-sn/records/incident/" + other:                             401,
		"/v1/connections/acme-sn/records/sn_customerservice_case/" + sysID:              401,
		"/v1/connections/acme-sn/records/Incident/" + sysID:                             401,
		"/v1/connections/acme-sn/records/incident/" + sysID + "%2F..%2F" + other:        401,
		"/v1/connections/acme-sn/records/incident%2F" + sysID + "/" + sysID:             401,
		"/v1/connections/globex-sn%2F..%2Facme-sn/records/incident/" + sysID:            401,
		"/v1/connections/acme-sn/records/incident/" + sysID + "%00":                     401,
		"/v1/connections/acme-sn/records/incident/" + other + "/../" + sysID:            404,
		"/v1/connections/acme-sn/records/incident/" + other + "/session/../../" + sysID: 404,
	} {
		w.send(request("GET", path+"/session", "", "Authorization", bearer)).status(status)
	}
}

func TestPanelLinkNamesTheAgentWhateverTheBodySays(t *testing.T) {
	w := newWorld(t)
	bearer := "Bearer " + w.panelLink(snRecord, dana)
	body := `{"agent":{"id":"u-eve","name":"Eve"},"Agent":{"id":"u-eve"},"number":"INC-FORGED","requestId":"r-1"}`
	w.sessions.shared.Channel = support.MailSMTP
	for _, button := range []string{"", "/share", "/renew", "/close", "/retry"} {
		w.send(request("POST", snPath+"/session"+button, body, "Authorization", bearer))
		require.NotContains(t, asText(w.sessions.last().arg), "eve", button)
		require.NotContains(t, asText(w.sessions.last().arg), "FORGED", button)
		require.Contains(t, asText(w.sessions.last().arg), "u-dana", button)
	}
	link := w.send(request("POST", snPath+"/session/join", body, "Authorization", bearer)).status(200).Body.String()
	w.sessions.link = "https://vendor.example.com/s"
	w.send(request("GET", joinPath(link), "")).status(303)
	require.Contains(t, asText(w.sessions.last().arg), "u-dana")
}

func TestPanelLinkRunsOutAndCannotMakeItselfLast(t *testing.T) {
	w := newWorld(t)
	first := w.panelLink(snRecord, dana)
	w.now = w.now.Add(11 * time.Hour)
	renewed := w.send(request("GET", snPath+"/session", "", "Authorization", "Bearer "+first)).status(200).session()
	_, second, _ := strings.Cut(renewed.PanelURL, "?t=")
	w.now = w.now.Add(time.Hour + time.Second)
	for _, token := range []string{first, second} {
		w.send(request("GET", snPath+"/session", "", "Authorization", "Bearer "+token)).problem(401, "unauthenticated")
		_, _, ok := w.server.PanelGrant(token)
		require.False(t, ok)
	}
}

func TestPanelLinkIsReadFromTheAddressOnlyByReads(t *testing.T) {
	w := newWorld(t)
	token := w.panelLink(snRecord, dana)
	w.send(request("GET", snPath+"/session?t="+token, "")).status(200)
	w.send(request("POST", snPath+"/session?t="+token, "{}")).problem(401, "unauthenticated")
}

func TestLinksForOnePurposeAreNoGoodForAnother(t *testing.T) {
	w := newWorld(t)
	panel := w.panelLink(snRecord, dana)
	join := strings.TrimPrefix(joinPath(w.asCRM("POST", snPath+"/session/join", pressed).Body.String()), "/join/")
	_, signIn, _ := strings.Cut(w.signInURL(snRecord, dana), "?t=")
	for _, token := range []string{join, signIn} {
		w.send(request("GET", snPath+"/session", "", "Authorization", "Bearer "+token)).problem(401, "unauthenticated")
	}
	for _, token := range []string{panel, signIn} {
		w.send(request("GET", "/join/"+token, "")).problem(401, "unauthenticated")
	}
	for _, token := range []string{panel, join} {
		w.send(request("GET", "/signin?t="+token, "")).problem(401, "unauthenticated")
	}
	w.asOperator("GET", "/v1/sessions?page="+panel, "").problem(400, "invalid")
}

func TestTamperedPanelLinkIsRefused(t *testing.T) {
	w := newWorld(t)
	token := w.panelLink(snRecord, dana)
	body, mac, _ := strings.Cut(token, ".")
	foreign := newWorld(t, func(o *api.Options) { o.LinkKey = "another key" }).panelLink(snRecord, dana)
	for _, bad := range []string{body, body + ".", "." + mac, "x" + token, token + "x", body[:len(body)-2] + "AA." + mac, body + "." + mac + "." + mac, foreign} {
		w.send(request("GET", snPath+"/session", "", "Authorization", "Bearer "+bad)).problem(401, "unauthenticated")
	}
}

func TestPanelLinkOfARowOpensThePanel(t *testing.T) {
	w := newWorld(t)
	_, token, _ := strings.Cut(api.NewLinker(publicURL, linkKey, w.options.Now).Panel(snRecord), "?t=")
	w.send(request("GET", snPath+"/session", "", "Authorization", "Bearer "+token)).status(200)
	ref, agent, ok := w.server.PanelGrant(token)
	require.True(t, ok)
	require.Equal(t, snRecord, ref)
	require.Zero(t, agent)
}

func TestOperatorsComeByTokenOrCookie(t *testing.T) {
	w := newWorld(t)
	for _, proof := range [][2]string{{"Authorization", "Bearer " + operator}, {"Authorization", "bearer " + operator}, {"Cookie", api.OperatorCookie + "=" + operator}} {
		r := request("GET", "/v1/sessions", "", proof[0], proof[1])
		if strings.HasPrefix(proof[1], "bearer") {
			require.True(t, w.options.Operators.Allowed(r))
			continue
		}
		w.send(r).status(200)
	}
	for _, proof := range [][2]string{{"Authorization", "Bearer guessed"}, {"Authorization", operator}, {"Authorization", "Basic " + operator},
		{"Cookie", api.OperatorCookie + "=guessed"}, {"Cookie", api.OperatorCookie + "="}, {"X-Api-Key", apiKey}} {
		refused := w.send(request("GET", "/v1/sessions", "", proof[0], proof[1]))
		refused.problem(401, "unauthenticated")
		require.Equal(t, "Bearer", refused.Header().Get("WWW-Authenticate"))
	}
}

func TestOperatorsComeByOpenIDConnect(t *testing.T) {
	w := newWorld(t, func(o *api.Options) {
		o.Operators = api.Operators{Verify: func(_ context.Context, token string) error {
			if token != "signed-by-the-issuer" {
				return errors.New("not ours")
			}
			return nil
		}}
	})
	w.send(request("GET", "/v1/sessions", "", "Authorization", "Bearer signed-by-the-issuer")).status(200)
	w.send(request("GET", "/v1/sessions", "", "Authorization", "Bearer other")).status(401)
	w.send(request("GET", "/v1/sessions", "", "Authorization", "Bearer ")).status(401)
}

func TestInDevEverybodyOnThisMachineOperatesAndNobodyElse(t *testing.T) {
	open := api.Operators{Open: true}
	for host, allowed := range map[string]bool{
		"localhost": true, "localhost:8080": true, "127.0.0.1:8080": true, "127.0.0.1": true, "[::1]:8080": true, "[::1]": true,
		"rebound.example.net:8080": false, "localhost.example.net": false, "127.0.0.1.example.net:8080": false, "192.0.2.7:8080": false, "": false,
	} {
		r := httptest.NewRequest("GET", "/v1/sessions", nil)
		r.Host = host
		require.Equal(t, allowed, open.Allowed(r), host)
	}
}

func TestOtherSitesPagesCannotWriteWithACookie(t *testing.T) {
	w := newWorld(t)
	cookie := []string{"Cookie", api.OperatorCookie + "=" + operator}
	retry := `{"workflowId":"adopted/acme-sn/1080000123"}`
	for _, foreign := range [][]string{
		{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.example.net"}, {"Origin", "null"},
	} {
		w.send(request("POST", "/v1/sessions/retry", retry, append(foreign, cookie...)...)).problem(403, "forbidden")
		w.send(request("POST", snPath+"/session/close", "{}", append(foreign, cookie...)...)).problem(403, "forbidden")
	}
	require.Empty(t, w.sessions.calls)
	for _, own := range [][]string{{}, {"Sec-Fetch-Site", "same-origin"}, {"Sec-Fetch-Site", "none"}, {"Origin", publicURL}} {
		w.send(request("POST", "/v1/sessions/retry", retry, append(own, cookie...)...)).status(200)
	}
	w.send(request("GET", "/v1/sessions", "", append([]string{"Sec-Fetch-Site", "cross-site"}, cookie...)...)).status(200)
}

func TestVendorsConsoleInABrowserMayPost(t *testing.T) {
	w := newWorld(t)
	w.send(post("/hooks/rescue/acme-sn/"+hookSecret, "SessionID=1", "Origin", "https://console.example.net", "Sec-Fetch-Site", "cross-site")).status(200)
}

func TestNoPageOfAnotherSiteMayRead(t *testing.T) {
	w := newWorld(t)
	answer := w.send(request("GET", snPath+"/session", "", "X-Api-Key", apiKey, "Origin", "https://evil.example.net"))
	asked := w.send(request("OPTIONS", snPath+"/session", "", "Origin", "https://evil.example.net", "Access-Control-Request-Method", "POST"))
	for _, headers := range []http.Header{answer.Header(), asked.Header()} {
		require.NotContains(t, asText(headers), "Access-Control-")
	}
}

func TestEmptySecretsOpenNothing(t *testing.T) {
	w := newWorld(t, func(o *api.Options) {
		o.Operators = api.Operators{}
		o.Doors["bare"] = &api.Door{Name: "bare", CRM: &fakeCRM{kind: support.ServiceNow}, HookSecrets: []support.Secret{""}, APIKeys: []support.Secret{""},
			Signers: map[string]support.Secret{"one": ""}, WebhookSecrets: []support.Secret{""}}
	})
	bare := "/v1/connections/bare/records/incident/" + sysID
	w.send(request("GET", bare+"/session", "")).status(401)
	w.send(w.signed("one", "", "GET", bare+"/session", "")).status(401)
	w.send(request("POST", "/hooks/dynamics/bare", "{}")).status(401)
	w.send(request("POST", "/hooks/dynamics/bare", "{}", "X-Lifeline-Key", "")).status(401)
	w.send(request("POST", "/integration/api/servicenow/sessiondetails?key=", "SessionID=1")).status(401)
	w.send(request("POST", "/hooks/rescue/bare/", "SessionID=1")).status(404)
	w.send(request("GET", "/metrics", "", "Cookie", api.OperatorCookie+"=")).status(401)
}
