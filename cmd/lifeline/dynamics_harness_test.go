package main

import (
	"bytes"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"example.com/lifeline/engine/enginetest"
	"example.com/lifeline/sandbox"
	simdataverse "example.com/lifeline/sandbox/dataverse"
)

// The webhook must do it alone, or the sweep may help at once.
var (
	sweepNever = map[string]string{d365 + "SWEEP": "1h"}
	sweepSoon  = map[string]string{d365 + "SWEEP": "1s"}
)

// restart stops Lifeline and starts it again with further variables.
func (s *stage) restart(overrides map[string]string) {
	s.t.Helper()
	s.stop()
	maps.Copy(s.env, overrides)
	s.start()
}

// administrator is the environment with the app that may customize Dynamics.
func (s *stage) administrator() map[string]string {
	env := maps.Clone(s.env)
	env[d365+"DYNAMICS_CLIENT_ID"], env[d365+"DYNAMICS_CLIENT_SECRET"] = sandbox.AdminAppID, sandbox.AdminAppSecret
	return env
}

// checker is what `lifeline doctor` and `lifeline connect` work with.
func (s *stage) checker(env map[string]string) *App {
	s.t.Helper()
	app, err := NewApp(s.t.Context(), loadConfig(s.t, env), Roles{},
		EngineAt{HostPort: enginetest.Start(s.t).Address(), Namespace: s.namespace}, slog.New(slog.DiscardHandler))
	require.NoError(s.t, err)
	s.t.Cleanup(app.Close)
	return app
}

// connect runs `lifeline connect acme-d365` as an administrator and gives what it printed.
func (s *stage) connect() string {
	s.t.Helper()
	app, out := s.checker(s.administrator()), &bytes.Buffer{}
	require.NoError(s.t, app.connectOne(s.t.Context(), app.connections[0], out))
	return out.String()
}

// doctor runs `lifeline doctor` for the connection and gives what it printed, and whether it found a fault.
func (s *stage) doctor(env map[string]string, repair bool) (string, error) {
	s.t.Helper()
	out := &bytes.Buffer{}
	err := s.checker(env).doctor(s.t.Context(), out, askedOfDoctor{only: []string{"acme-d365"}, repair: repair})
	return out.String(), err
}

// hook calls the webhook as Dataverse does.
func (s *stage) hook(row, secret string, more map[string]any) int {
	s.t.Helper()
	body := map[string]any{"OrganizationId": s.env[d365+"DYNAMICS_ORGANIZATION_ID"], "PrimaryEntityId": row, "PrimaryEntityName": "lifeline_session", "MessageName": "Create"}
	maps.Copy(body, more)
	return s.send(http.MethodPost, "/hooks/dynamics/acme-d365", body, "X-Lifeline-Key", secret).Status
}

// invited waits for the row's code.
func (s *stage) invited(row string) simdataverse.Row {
	s.t.Helper()
	return s.dynamicsRow(row, "invited", inState("invited"))
}

// settle lets Dana handle the session of a row and waits until it is filed and closed.
func (s *stage) settle(row string) simdataverse.Row {
	s.t.Helper()
	return s.settleAs(row, "dana@example.com")
}

func (s *stage) settleAs(row, technician string) simdataverse.Row {
	s.t.Helper()
	session := s.join(s.invited(row).Text("lifeline_pin"), "Maria")
	s.do(s.world.Rescue.PickUp(session.ID, technician))
	s.do(s.world.Rescue.Say(session.ID, "customer", said))
	s.do(s.world.Rescue.CloseByTechnician(session.ID, "Resolved"))
	return s.dynamicsRow(row, "filed and closed", filedAndClosed)
}

// list reads rows of Dynamics.
func (s *stage) list(table, filter string) []simdataverse.Row {
	s.t.Helper()
	rows, err := s.world.Dataverse.List(table, filter)
	require.NoError(s.t, err)
	return rows
}

// sent is a request that Lifeline made to Dynamics.
type sent struct {
	Method, Path, Body string
	Status             int
	At                 time.Time
}

// recorder stands between Lifeline and Dynamics and remembers what was sent, in order.
type recorder struct {
	mu   sync.Mutex
	list []sent
}

// record restarts Lifeline with a recorder before Dynamics.
func (s *stage) record() *recorder {
	s.t.Helper()
	target, err := url.Parse(s.env[d365+"DYNAMICS_ORG_URL"])
	require.NoError(s.t, err)
	r := &recorder{}
	proxy := httputil.NewSingleHostReverseProxy(target)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		body, _ := io.ReadAll(request.Body)
		request.Body = io.NopCloser(bytes.NewReader(body))
		seen := sent{Method: request.Method, Path: request.URL.Path, Body: string(body), At: time.Now()}
		answer := &statusWriter{ResponseWriter: w}
		proxy.ServeHTTP(answer, request)
		seen.Status = answer.status
		r.mu.Lock()
		defer r.mu.Unlock()
		r.list = append(r.list, seen)
	}))
	s.t.Cleanup(server.Close)
	s.restart(map[string]string{d365 + "DYNAMICS_ORG_URL": server.URL, d365 + "DYNAMICS_AUTHORITY": server.URL})
	return r
}

type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// sent are the requests of a method whose path holds a part.
func (r *recorder) sent(method, path string) []sent {
	r.mu.Lock()
	defer r.mu.Unlock()
	var found []sent
	for _, s := range r.list {
		if (method == "" || s.Method == method) && strings.Contains(s.Path, path) {
			found = append(found, s)
		}
	}
	return found
}

// writes are the requests that change something in Dynamics.
func (r *recorder) writes() []sent {
	r.mu.Lock()
	defer r.mu.Unlock()
	var found []sent
	for _, s := range r.list {
		if s.Method != http.MethodGet && strings.Contains(s.Path, "/api/data/") {
			found = append(found, s)
		}
	}
	return found
}

// merge puts variables together.
func merge(sets ...map[string]string) map[string]string {
	all := map[string]string{}
	for _, set := range sets {
		maps.Copy(all, set)
	}
	return all
}

// noFindings fails when a command printed a warning or a fault.
func noFindings(t *testing.T, printed string) {
	t.Helper()
	for line := range strings.Lines(printed) {
		require.NotRegexp(t, `^  [!✗]`, line, printed)
	}
}
