package rescue

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/support"
)

func TestSOAPWordsMeanTheSameAsPlainOnes(t *testing.T) {
	for result, want := range map[string]struct{ kind, code string }{
		"getSession_Error":                       {"retry", support.CodeUnreachable},
		"getSession_NotLoggedIn":                 {"attention", support.CodeCredentialDead},
		"getSession_InvalidParam_NodeID":         {"attention", support.CodeConfiguration},
		"getSession_Invalid_SecretAuthCode":      {"attention", support.CodeCredentialDead},
		"getSession_User_Deleted_Or_Disabled":    {"attention", support.CodeNoTechnician},
		"requestPINCode_NoTechConsoleRunning":    {"stop", support.CodeNoConsole},
		"startSessionRet_ActionFailed":           {"stop", support.CodeActionFailed},
		"login_GlobalIpRestricted":               {"attention", support.CodePermission},
		"requestPINCode_SomethingNew":            {"attention", support.CodeConfiguration},
		"Sim":                                    {"retry", support.CodeProtocol},
		"":                                       {"retry", support.CodeProtocol},
		"getSession_4ahx90":                      {"retry", support.CodeProtocol},
		"getSession_OK_BUT":                      {"attention", support.CodeConfiguration},
		"requestAuthCode_PollRateExceeded":       {"retry", support.CodeRateLimited},
		"requestInvitationLink_NoTechnicianHere": {"attention", support.CodeConfiguration},
	} {
		_, err := parseSOAP("getSession_V3", []byte(soapAnswer("getSession_V3", "<getSession_V3Result>"+result+"</getSession_V3Result>")))
		requireFailure(t, err, support.Kind(want.kind), want.code)
	}
}

func TestFaultsAreReadBeforeTheStatus(t *testing.T) {
	fault := func(code string) string {
		return `<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body><soap:Fault><faultcode>soap:` + code +
			`</faultcode><faultstring>Server did not recognize the value of HTTP Header SOAPAction</faultstring></soap:Fault></soap:Body></soap:Envelope>`
	}
	s := newServer(t)
	v := open(t, s, nil)
	answer := ""
	s.handle("getSession_V3", func(w http.ResponseWriter, _ call) {
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = io.WriteString(w, answer)
	})
	answer = fault("Client")
	_, err := v.wire.soap(t.Context(), "getSession_V3")
	requireFailure(t, err, support.Attention, support.CodeConfiguration)
	answer = fault("Server")
	_, err = v.wire.soap(t.Context(), "getSession_V3")
	requireFailure(t, err, support.Retry, support.CodeUnreachable)
}

func TestSOAPCallHasActionNamespaceAndEscapedValues(t *testing.T) {
	s := newServer(t)
	v := open(t, s, func(c *Config) { c.SOAPNamespace = "https://secure.example.eu/API/API.asmx" })
	_, _ = v.wire.soap(t.Context(), "getChat", param{name: "iSessionID", value: "1<&>"}, authcodeParam("a"))
	sent := s.seen("getChat")
	require.Len(t, sent, 1)
	assert.Equal(t, `"https://secure.example.eu/API/API.asmx/getChat"`, sent[0].header.Get("SOAPAction"))
	assert.Equal(t, "text/xml; charset=utf-8", sent[0].header.Get("Content-Type"))
	assert.Contains(t, sent[0].body, `<getChat xmlns="https://secure.example.eu/API/API.asmx"><iSessionID>1&lt;&amp;&gt;</iSessionID><sAuthCode>a</sAuthCode></getChat>`)
}

func TestSOAPIsLoggedMaskedAndBounded(t *testing.T) {
	s := newServer(t)
	s.on("getSession_V3", soapAnswer("getSession_V3", "<getSession_V3Result>getSession_OK</getSession_V3Result><sAuthCode>newcode</sAuthCode><iPINCode>12345</iPINCode><x>"+
		testAuthcode+strings.Repeat("y", 10_000)+"</x>"))
	v := open(t, s, func(c *Config) { c.DebugSOAP = true })
	var logged bytes.Buffer
	v.wire.log = slog.New(slog.NewTextHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug}))
	_, err := v.wire.soap(t.Context(), "getSession_V3", authcodeParam(testAuthcode))
	require.NoError(t, err)
	assert.Contains(t, logged.String(), "getSession_OK")
	for _, secret := range []string{testAuthcode, "newcode", "12345"} {
		assert.NotContains(t, logged.String(), secret)
	}
	assert.Less(t, logged.Len(), 3*maxLoggedSOAP)
}

func TestEntitiesAndDepthAreRefused(t *testing.T) {
	for name, body := range map[string]string{
		"document type": `<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>`,
		"entity":        `<a>&b;</a>`,
		"depth":         strings.Repeat("<a>", 50) + strings.Repeat("</a>", 50),
		"two roots":     "<a/><b/>",
		"unclosed":      "<a><b></a>",
		"nothing":       "",
		"encoding":      `<?xml version="1.0" encoding="utf-7"?><a/>`,
	} {
		_, err := parseXML([]byte(body), soapBounds)
		assert.Error(t, err, name)
	}
	_, err := parseXML([]byte("<a>"+strings.Repeat("<b/>", 10)+"</a>"), bounds{depth: 3, elements: 5})
	assert.ErrorIs(t, err, errTooLarge)
}

func TestForbiddenCharactersDoNotLoseADocument(t *testing.T) {
	root, err := parseXML([]byte("<a>x\x0b&#xB;&#11;&#x41;\xffy</a>"), soapBounds)
	require.NoError(t, err)
	assert.Equal(t, "xA\ufffdy", root.value())
}

func FuzzParseSOAP(f *testing.F) {
	f.Add([]byte(soapAnswer("getSession_V3", sessionRow("1080000123", "SESSION_WAITING", "25500123", "c:x"))))
	f.Add([]byte(loginPage))
	f.Add([]byte(`<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>`))
	f.Fuzz(func(t *testing.T, body []byte) {
		response, err := parseSOAP("getSession_V3", body)
		if err != nil {
			require.NotEqual(t, support.CodeInternal, support.AsError(err).Code)
			return
		}
		_ = response.get("aSessions")
	})
}
