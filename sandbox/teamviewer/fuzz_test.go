package teamviewer_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	sim "example.com/lifeline/sandbox/teamviewer"
)

// FuzzCreateSession holds the parser of bodies to its promise: any body is answered with a session or a refusal.
func FuzzCreateSession(f *testing.F) {
	for _, seed := range []string{`{"groupname":"a","valid_until":"2026-03-02T08:00:00Z"}`, `{"groupname":"a","end_customer":{"name":null}}`, `[]`, `{"groupid":`} {
		f.Add(seed)
	}
	handler := sim.New(sim.Options{
		Users:    []sim.User{{ID: "u1", Name: "Li Wei", Email: "li@example.com"}},
		Tokens:   []sim.ScriptToken{{Value: "t", User: "u1"}},
		Settings: sim.Settings{NoLimits: true},
	}).Handler()
	f.Fuzz(func(t *testing.T, body string) {
		r := httptest.NewRequest(http.MethodPost, "/api/v1/sessions", strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer t")
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code != http.StatusOK && w.Code != http.StatusBadRequest {
			t.Fatalf("status %d for %q", w.Code, body)
		}
	})
}
