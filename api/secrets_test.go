package api_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"example.com/lifeline/support"
)

// Every request that carries a secret is sent while all is well and while everything fails; no log line and no
// problem document may hold one.
func TestNoSecretReachesALogOrAProblemDocument(t *testing.T) {
	for name, fault := range map[string]error{"well": nil, "stop": support.Stopped(support.CodeNoConsole, "no console", nil), "unreachable": unreachable, "internal": errors.New("unexpected")} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.sessions.show(live())
			w.sessions.shared.Channel = support.MailSMTP
			w.sessions.link = "https://vendor.example.com/supporter?ticket=supporter-ticket"
			panel := w.panelLink(snRecord, dana)
			join := strings.TrimPrefix(joinPath(w.asCRM("POST", snPath+"/session/join", pressed).Body.String()), "/join/")
			signIn := w.signInToken()
			w.sessions.fail(fault)
			w.inbox.err, w.desk.signFault = fault, fault
			secrets := []string{hookSecret, oldSecret, d365Secret, webhookKey, apiKey, globexKey, operator, signingKey.Reveal(), linkKey.Reveal(),
				panel, join, signIn, "supporter-ticket", "refresh-1", password, live().Code}

			for _, answer := range []answer{
				w.send(post(rescueHook, "SessionID=1")),
				w.send(post("/hooks/rescue/acme-sn/"+oldSecret+"/more", "SessionID=1")),
				w.send(post("/hooks/rescue/globex-sn/"+hookSecret, "SessionID=1")),
				w.send(request("GET", rescueHook, "")),
				w.send(post("/integration/api/servicenow/sessiondetails?instance=acme&key="+hookSecret, "SessionID=1")),
				w.send(post("/api/integration?key="+d365Secret, "SessionID=1")),
				w.send(request("POST", "/hooks/dynamics/acme-d365", rowCreated, "X-Lifeline-Key", webhookKey)),
				w.asCRM("POST", "/hooks/servicenow/acme-sn/token", `{"instance":"acme","refresh_token":"refresh-1"}`),
				w.asCRM("POST", "/hooks/servicenow/acme-sn/token", `{"instance":"refresh-1"`),
				w.asCRM("POST", snPath+"/session", pressed),
				w.asCRM("POST", snPath+"/session/share", "{}"),
				w.send(w.signed("one", signingKey, "POST", snPath+"/session/close", pressed)),
				w.send(request("GET", snPath+"/session?t="+panel, "")),
				w.send(request("GET", "/v1/connections/globex-sn/records/incident/"+sysID+"/session?t="+panel, "")),
				w.send(request("GET", "/join/"+join, "")),
				w.send(request("GET", "/join/"+panel, "")),
				w.send(request("GET", "/signin?t="+signIn, "")),
				w.send(form("/signin", signInForm(signIn, "dana@example.org"))),
				w.asOperator("GET", "/v1/sessions", ""),
				w.asOperator("POST", "/v1/sessions/retry", `{"workflowId":"adopted/acme-sn/1"}`),
			} {
				isProblem := answer.Header().Get("Content-Type") == "application/problem+json"
				for _, secret := range secrets {
					require.False(t, isProblem && strings.Contains(answer.Body.String(), secret), answer.Body.String())
				}
			}
			for _, secret := range secrets {
				require.NotContains(t, w.log.String(), secret)
			}
			require.Contains(t, w.log.String(), `"route":"/hooks/rescue/:c/:secret"`)
		})
	}
}
