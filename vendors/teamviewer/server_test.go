package teamviewer

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
	"example.com/lifeline/support/conformance"
)

const (
	scriptToken   = "12034567-script-kPq9XbT4"
	accessToken   = "12034567-access-kPq9XbT4"
	freshToken    = "12034567-fresh-Zw81mQe7"
	refreshToken  = "12034567-refresh-vv3ANn20"
	clientSecret  = "Zz-client-secret-77"
	supporterLink = "https://get.example.com/v15/s104882317-kQ2mZ8rTvw01"
	code          = "s104-882-317"
)

var (
	noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	ref  = support.RecordRef{Connection: "acme-d365", Type: "incident", ID: "7b1e0000-0000-4000-8000-00000000cafe"}
)

func token() support.Token { return support.NewToken(support.Dynamics, ref, support.Nonce("run-1")) }

// seen is a request as the server saw it.
type seen struct {
	Method, Path, Query, Authorization, Body string
}

// server answers by "METHOD /path"; unknown paths are 404 not_found.
type server struct {
	*httptest.Server
	mu     sync.Mutex
	calls  []seen
	answer map[string]http.HandlerFunc
}

func newServer(t *testing.T, answer map[string]http.HandlerFunc) *server {
	t.Helper()
	s := &server{answer: answer}
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.Close)
	return s
}

func (s *server) serve(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	path := strings.TrimPrefix(r.URL.Path, "/api/v1")
	s.mu.Lock()
	s.calls = append(s.calls, seen{r.Method, path, r.URL.RawQuery, r.Header.Get("Authorization"), string(body)})
	answer := s.answer[r.Method+" "+path]
	s.mu.Unlock()
	if answer == nil {
		answer = says(http.StatusNotFound, `{"error":"not_found","error_code":4}`)
	}
	answer(w, r)
}

func (s *server) seen() []seen {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]seen(nil), s.calls...)
}

func (s *server) paths() []string {
	var list []string
	for _, c := range s.seen() {
		list = append(list, c.Method+" "+c.Path)
	}
	return list
}

// says answers a status and a JSON body.
func says(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// inTurn answers one after the other, the last for ever.
func inTurn(answers ...http.HandlerFunc) http.HandlerFunc {
	var mu sync.Mutex
	return func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		next := answers[0]
		if len(answers) > 1 {
			answers = answers[1:]
		}
		mu.Unlock()
		next(w, r)
	}
}

func config(url string) Config {
	return Config{BaseURL: url, LoginURL: url, Token: scriptToken, TokenLevel: levelUser, GroupName: "Lifeline",
		Licence: "corporate", Timeout: 5 * time.Second}
}

func vendor(t *testing.T, answer map[string]http.HandlerFunc, change func(*Config)) (*Vendor, *server) {
	t.Helper()
	s := newServer(t, answer)
	cfg := config(s.URL)
	if change != nil {
		change(&cfg)
	}
	require.Empty(t, cfg.Validate())
	keeper := conformance.NewKeeper(map[string]support.Credential{
		Subject: {Value: accessToken, Refresh: refreshToken, ExpiresAt: noon.Add(24 * time.Hour)}})
	v := New(cfg, "acme-tv", keeper, &conformance.Budget{}, slog.New(slog.DiscardHandler), nil)
	keeper.Issuer = v
	v.now = func() time.Time { return noon }
	return v, s
}

func withOAuth(c *Config) {
	c.Token, c.ClientID, c.ClientSecret, c.RedirectURL = "", "482211-aBcDeF", clientSecret, "https://lifeline.example.com/oauth/teamviewer"
}

// sessionJSON is a session object with changes; nil removes a property.
func sessionJSON(t *testing.T, changes map[string]any) string {
	t.Helper()
	object := map[string]any{
		"code": code, "state": "Open", "groupid": "g270010045", "end_customer_link": "https://get.example.com/v15/s104882317",
		"supporter_link": supporterLink, "webclient_supporter_link": supporterLink, "valid_until": "2026-03-02T12:00:00Z",
		"created_at": "2026-03-01T12:00:00Z", "assigned_userid": "u11223344", "support_session_type": "Default",
		"custom_api": correlate(ref, token()),
	}
	for name, value := range changes {
		if value == nil {
			delete(object, name)
			continue
		}
		object[name] = value
	}
	out, err := json.Marshal(object)
	require.NoError(t, err)
	return string(out)
}

func listOf(sessions ...string) string { return `{"sessions":[` + strings.Join(sessions, ",") + `]}` }

func openRequest() support.OpenRequest {
	return support.OpenRequest{
		Token:    token(),
		Record:   support.Record{Ref: ref, Number: "CAS-01042", Title: "Printer offline"},
		Customer: support.Customer{Name: "Ana Ruiz", Email: "ana@example.com"},
		Now:      noon, InvitationTTL: 8 * time.Hour,
	}
}
