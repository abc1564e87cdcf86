package rescue

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kelseyhightower/envconfig"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/support"
	"example.com/lifeline/support/conformance"
)

const (
	testPassword = "sso-Pa55w0rd"
	testToken    = "apitoken0123456789"
	testAuthcode = "k3v9q0authcode"
	testReporter = "report-Pa55w0rd"
	dana         = "dana@example.org"
)

var testNow = time.Date(2026, 6, 18, 9, 42, 0, 0, time.UTC)

// call is one request as the server saw it: a plain method ("requestpincode_v3") or a SOAP one ("getSession_V3").
type call struct {
	method string
	form   url.Values
	body   string
	header http.Header
}

// rescueServer answers calls as rescue.md says. A method without an answer gets the login page with status 200.
type rescueServer struct {
	*httptest.Server
	mu      sync.Mutex
	calls   []call
	answers map[string]func(w http.ResponseWriter, c call)
}

const loginPage = "<!DOCTYPE html><html><body>Sign in</body></html>"

func newServer(t *testing.T) *rescueServer {
	s := &rescueServer{answers: map[string]func(http.ResponseWriter, call){}}
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.Close)
	return s
}

func (s *rescueServer) serve(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	c := call{method: strings.TrimSuffix(strings.ToLower(path.Base(r.URL.Path)), ".aspx"), body: string(body), header: r.Header}
	c.form, _ = url.ParseQuery(string(body))
	if action := r.Header.Get("SOAPAction"); action != "" {
		c.method = path.Base(strings.Trim(action, `"`))
	}
	s.mu.Lock()
	s.calls = append(s.calls, c)
	answer := s.answers[c.method]
	s.mu.Unlock()
	if answer == nil {
		_, _ = io.WriteString(w, loginPage)
		return
	}
	answer(w, c)
}

// on sets the answers of a method: the first call gets the first body, and the last one serves all later calls.
func (s *rescueServer) on(method string, bodies ...string) {
	served := 0
	s.handle(method, func(w http.ResponseWriter, _ call) {
		s.mu.Lock()
		body := bodies[min(served, len(bodies)-1)]
		served++
		s.mu.Unlock()
		_, _ = io.WriteString(w, body)
	})
}

func (s *rescueServer) handle(method string, answer func(w http.ResponseWriter, c call)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers[method] = answer
}

// seen returns the calls of a method.
func (s *rescueServer) seen(method string) []call {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []call
	for _, c := range s.calls {
		if c.method == method {
			found = append(found, c)
		}
	}
	return found
}

// methods returns the order of the calls.
func (s *rescueServer) methods() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var names []string
	for _, c := range s.calls {
		names = append(names, c.method)
	}
	return names
}

func testConfig(t *testing.T, baseURL string) Config {
	t.Helper()
	var cfg Config
	require.NoError(t, envconfig.Process("LIFELINE_TEST_ABSENT", &cfg))
	cfg.CompanyID = "1234567"
	cfg.BaseURL = baseURL
	cfg.SSOPassword = testPassword
	cfg.APIToken = testToken
	cfg.ReportEmail = "reports@example.org"
	cfg.ReportPassword = testReporter
	require.Empty(t, cfg.Validate())
	return cfg
}

// open makes an adapter against the server; change may alter its configuration. Dana's authcode is held already.
func open(t *testing.T, s *rescueServer, change func(*Config)) *Vendor {
	t.Helper()
	return openWith(t, s, change, map[string]support.Credential{"authcode/" + dana: {Value: testAuthcode, Version: 1}})
}

func openWith(t *testing.T, s *rescueServer, change func(*Config), held map[string]support.Credential) *Vendor {
	t.Helper()
	cfg := testConfig(t, s.URL)
	if change != nil {
		change(&cfg)
	}
	keeper := conformance.NewKeeper(held)
	v := New(cfg, keeper, slog.New(slog.DiscardHandler), nil)
	v.now = func() time.Time { return testNow }
	v.pins.sleep = func(context.Context, time.Duration) error { return nil }
	keeper.Issuer = v
	return v
}

func soapAnswer(method, inner string) string {
	return `<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body><` +
		method + `Response xmlns="https://secure.logmeinrescue.com/API/API.asmx">` + inner + `</` + method + `Response></soap:Body></soap:Envelope>`
}

func accountAnswer(accountID, adminID, techID string) string {
	return soapAnswer("getAccount_v2", "<getAccount_v2Result>getAccount_OK</getAccount_v2Result><iAccountID>"+accountID+
		"</iAccountID><sOrganization>Acme</sOrganization><iAdminID>"+adminID+"</iAdminID><iTechID>"+techID+
		"</iTechID><sEmail>dana@example.org</sEmail><bTcRunning>true</bTcRunning>")
}

func requireFailure(t *testing.T, err error, kind support.Kind, code string) *support.Error {
	t.Helper()
	require.Error(t, err)
	failure := support.AsError(err)
	require.Equal(t, code, failure.Code, "%v", err)
	require.Equal(t, kind, failure.Kind, "%v", err)
	return failure
}

func testToken37(t *testing.T) support.Token {
	t.Helper()
	ref, err := support.NewRecordRef(support.ServiceNow, "acme-sn", "incident", "9d385017c611228701d22104cc95c371")
	require.NoError(t, err)
	token := support.NewToken(support.ServiceNow, ref, support.Nonce("run"))
	require.True(t, support.IsToken(string(token)))
	return token
}
