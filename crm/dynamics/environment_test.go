package dynamics

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"example.com/lifeline/support"
)

const (
	tenant     = "11111111-2222-3333-4444-555555555555"
	caseID     = "75c2a000-0000-4000-8000-000000000001"
	rowID      = "6d81a000-0000-4000-8000-000000000002"
	userID     = "0a5ea000-0000-4000-8000-000000000003"
	otherID    = "0a5ea000-0000-4000-8000-000000000004"
	contactID  = "c0a7a000-0000-4000-8000-000000000005"
	accountID  = "acc0a000-0000-4000-8000-000000000006"
	templateID = "7e3fa000-0000-4000-8000-000000000007"
	orgID      = "0f9aa000-0000-4000-8000-000000000008"

	clientSecret = "client-secret-value"
	accessToken  = "access-token-value"
	hookSecret   = "hook-secret-value-1"
	tokenPath    = "/" + tenant + "/oauth2/v2.0/token"
)

var (
	theCase = support.RecordRef{Connection: "acme-d365", Type: "incident", ID: caseID}
	theUser = support.Agent{ID: userID, Name: "Dana Ruiz", Email: "dana@example.org"}
)

// seen is a request as the environment received it.
type seen struct {
	method, path string
	query        map[string]string
	header       http.Header
	body         map[string]any
	raw          string
}

// reply is an answer of the environment.
type reply struct {
	status int
	header map[string]string
	body   string
}

func ok(body string) reply       { return reply{status: http.StatusOK, body: body} }
func rows(items ...string) reply { return ok(`{"value":[` + strings.Join(items, ",") + `]}`) }
func done() reply                { return reply{status: http.StatusNoContent} }
func created(body string) reply  { return reply{status: http.StatusCreated, body: body} }
func refusal(status int, code, message string) reply {
	body, _ := json.Marshal(map[string]any{"error": map[string]string{"code": code, "message": message}})
	return reply{status: status, body: string(body)}
}

// environment answers what a test laid out, in order, the last answer again and again. Whatever else is called fails
// the test.
type environment struct {
	t       *testing.T
	server  *httptest.Server
	mu      sync.Mutex
	answers map[string][]reply
	calls   []seen
	tokens  int
}

func newEnvironment(t *testing.T) *environment {
	t.Helper()
	e := &environment{t: t, answers: map[string][]reply{}}
	e.server = httptest.NewServer(http.HandlerFunc(e.serve))
	t.Cleanup(e.server.Close)
	return e
}

// on lays out the answers to a method and a path below the API's root.
func (e *environment) on(route string, replies ...reply) *environment {
	e.answers[route] = replies
	return e
}

func (e *environment) serve(w http.ResponseWriter, r *http.Request) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if r.URL.Path == tokenPath {
		e.tokens++
		goodToken(w, r)
		return
	}
	call := observe(r)
	e.calls = append(e.calls, call)
	route := call.method + " " + call.path
	replies := e.answers[route]
	if len(replies) == 0 {
		e.t.Errorf("unexpected call %s %v", route, call.query)
		http.Error(w, "unexpected", http.StatusTeapot)
		return
	}
	if len(replies) > 1 {
		e.answers[route] = replies[1:]
	}
	write(w, replies[0])
}

func observe(r *http.Request) seen {
	call := seen{method: r.Method, path: strings.TrimPrefix(r.URL.Path, "/api/data/v9.2/"), header: r.Header, query: map[string]string{}}
	for name := range r.URL.Query() {
		call.query[name] = r.URL.Query().Get(name)
	}
	raw, _ := io.ReadAll(r.Body)
	call.raw = string(raw)
	_ = json.Unmarshal(raw, &call.body)
	return call
}

func write(w http.ResponseWriter, r reply) {
	w.Header().Set("Content-Type", "application/json; odata.metadata=minimal")
	for name, value := range r.header {
		w.Header().Set(name, value)
	}
	w.WriteHeader(r.status)
	_, _ = io.WriteString(w, r.body)
}

func goodToken(w http.ResponseWriter, _ *http.Request) {
	write(w, ok(`{"token_type":"Bearer","expires_in":3599,"ext_expires_in":3599,"access_token":"`+accessToken+`"}`))
}

// sent gives the calls of a route, in order.
func (e *environment) sent(route string) []seen {
	e.mu.Lock()
	defer e.mu.Unlock()
	var calls []seen
	for _, call := range e.calls {
		if call.method+" "+call.path == route {
			calls = append(calls, call)
		}
	}
	return calls
}

// only gives the one call of a route.
func (e *environment) only(route string) seen {
	e.t.Helper()
	calls := e.sent(route)
	require.Len(e.t, calls, 1, route)
	return calls[0]
}

func (e *environment) crm(change ...func(*Config)) *CRM {
	return newCRM(testConfig(e.server.URL, change...), slog.New(slog.DiscardHandler))
}

func newCRM(cfg Config, log *slog.Logger) *CRM {
	return New(cfg, cfg.Seats(), log, nil)
}

func testConfig(baseURL string, change ...func(*Config)) Config {
	cfg := Config{
		OrgURL: baseURL, TenantID: tenant, Authority: baseURL, ClientID: "app-id", ClientSecret: clientSecret,
		AssertionAlgorithm: "PS256", APIVersion: "v9.2", Prefix: "lifeline", OptionPrefix: 100000000, LabelLanguage: 1033,
		RecordTypes: support.RecordTypes(support.Dynamics), Impersonate: "none", TemplateTitle: "TeamViewer Email", ResolveStatus: -1,
		MaxAttachment: 5 << 20, Concurrency: 8, Timeout: 5 * time.Second, PageSize: 100, WebhookSecret: hookSecret,
	}
	for _, apply := range change {
		apply(&cfg)
	}
	return cfg
}

// requireFailure checks kind and code of a failure.
func requireFailure(t *testing.T, err error, kind support.Kind, code string) *support.Error {
	t.Helper()
	require.Error(t, err)
	failure := support.AsError(err)
	require.Equal(t, kind, failure.Kind, "%v", err)
	require.Equal(t, code, failure.Code, "%v", err)
	return failure
}
