package servicenow

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"example.com/lifeline/support"
	"example.com/lifeline/support/conformance"
)

const (
	recordID = "0123456789abcdef0123456789abcdef"
	rowID    = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	userID   = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
	groupID  = "cccccccccccccccccccccccccccccccc"
)

var incidentRef = support.RecordRef{Connection: "acme-sn", Type: incidentTable, ID: recordID}

// seen is a request that reached the instance.
type seen struct {
	method, path string
	query        url.Values
	header       http.Header
	body         string
	fields       map[string]string // of a JSON body
}

// instance answers as the reference says ServiceNow does; each test adds the routes it needs.
type instance struct {
	t      *testing.T
	mux    *http.ServeMux
	server *httptest.Server
	mu     sync.Mutex
	calls  []seen
	grants []url.Values
	token  http.HandlerFunc
}

func newInstance(t *testing.T) *instance {
	i := &instance{t: t, mux: http.NewServeMux(), token: goodToken}
	i.mux.HandleFunc("POST /oauth_token.do", i.tokenEndpoint)
	i.mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		failure(w, 400, "Requested URI does not represent any resource", "")
	})
	i.server = httptest.NewServer(http.HandlerFunc(i.serve))
	t.Cleanup(i.server.Close)
	return i
}

func (i *instance) serve(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Set-Cookie", "JSESSIONID=kept-by-nobody")
	if r.URL.Path != "/oauth_token.do" {
		body, _ := io.ReadAll(r.Body)
		call := seen{method: r.Method, path: r.URL.Path, query: r.URL.Query(), header: r.Header, body: string(body)}
		_ = json.Unmarshal(body, &call.fields)
		i.mu.Lock()
		i.calls = append(i.calls, call)
		i.mu.Unlock()
		r.Body = io.NopCloser(strings.NewReader(string(body)))
	}
	i.mux.ServeHTTP(w, r)
}

func (i *instance) tokenEndpoint(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	i.mu.Lock()
	i.grants = append(i.grants, r.PostForm)
	i.mu.Unlock()
	i.token(w, r)
}

func goodToken(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	_, _ = io.WriteString(w, `{"access_token":"access-1","scope":"useraccount","token_type":"Bearer","expires_in":1799}`)
}

// on adds a route.
func (i *instance) on(pattern string, handler http.HandlerFunc) { i.mux.HandleFunc(pattern, handler) }

// writes lists what was written, in order.
func (i *instance) writes() []seen {
	i.mu.Lock()
	defer i.mu.Unlock()
	var list []seen
	for _, call := range i.calls {
		if call.method != http.MethodGet {
			list = append(list, call)
		}
	}
	return list
}

func (i *instance) all() []seen {
	i.mu.Lock()
	defer i.mu.Unlock()
	return append([]seen{}, i.calls...)
}

func testConfig(baseURL string) Config {
	return Config{
		Instance: "acme", BaseURL: baseURL, Auth: AuthClientCredentials, ClientID: "client-1", ClientSecret: "client-secret-1",
		RefreshLife: 2400 * time.Hour, TablePrefix: "x_lfln_lifeline", CallerField: "caller_id", ContactField: "contact",
		InteractionField: "opened_for", CloseCode: "Solution provided", CloseState: "6", InteractionEndState: "closed_complete",
		AgentRole: "itil", Concurrency: 2, Timeout: 5 * time.Second,
	}
}

// open makes the adapter with a changed configuration.
func (i *instance) open(change ...func(*Config)) *CRM {
	cfg := testConfig(i.server.URL)
	for _, each := range change {
		each(&cfg)
	}
	require.Empty(i.t, cfg.Validate())
	return New(cfg, cfg.Seats(), conformance.NewKeeper(nil), slog.New(slog.DiscardHandler), nil)
}

// result answers with an envelope around v.
func result(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"result": v})
}

// failure answers with the error envelope of servicenow.md 4.4.
func failure(w http.ResponseWriter, status int, message, detail string) {
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"error": map[string]any{"message": message, "detail": detail}, "status": "failure"})
}

// rows answers every list with the same rows, whatever the query: a wrong part of a query is ignored.
func rows(list ...map[string]any) http.HandlerFunc {
	if list == nil {
		list = []map[string]any{}
	}
	return func(w http.ResponseWriter, _ *http.Request) { result(w, 200, list) }
}

// echo answers a write with what was sent, journals blank, and the id.
func echo(id string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		status := 200
		if r.Method == http.MethodPost {
			status = 201
		}
		var fields map[string]string
		_ = json.NewDecoder(r.Body).Decode(&fields)
		answer := map[string]string{"sys_id": id}
		for _, field := range strings.Split(r.URL.Query().Get("sysparm_fields"), ",") {
			if _, ok := answer[field]; !ok {
				answer[field] = fields[field]
			}
		}
		answer[journal] = ""
		result(w, status, answer)
	}
}

func requireCode(t *testing.T, err error, kind support.Kind, code string) {
	t.Helper()
	require.Error(t, err)
	e := support.AsError(err)
	require.Equal(t, code, e.Code, "%v", err)
	require.Equal(t, kind, e.Kind, "%v", err)
}
