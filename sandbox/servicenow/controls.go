package servicenow

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"example.com/lifeline/sandbox/kit"
)

// waitAtMost bounds a long poll for changes.
const waitAtMost = 30 * time.Second

// controls serves /_sim/: everything that Sim's methods do, as JSON, for tests and demonstrations from outside.
func (s *Sim) controls() http.Handler {
	mux := http.NewServeMux()
	kit.Show(mux, "GET /_sim/{$}", s.overview)
	mux.HandleFunc("GET /_sim/changes", s.waitForChange)
	s.addDataControls(mux)
	s.addFaultControls(mux)
	s.addPeopleControls(mux)
	return mux
}

func (s *Sim) overview() any {
	return map[string]any{"instance": s.opts.Instance, "now": s.now().Format(timeLayout), "down": s.down.Load(),
		"version": s.Version(), "tables": s.Tables(), "faults": s.Faults()}
}

// waitForChange answers when the version is above ?since=, or after half a minute with the same version.
func (s *Sim) waitForChange(w http.ResponseWriter, r *http.Request) {
	since, _ := strconv.ParseInt(r.URL.Query().Get("since"), 10, 64)
	ctx, cancel := context.WithTimeout(r.Context(), waitAtMost)
	defer cancel()
	version, err := s.Changed(ctx, since)
	if err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return
	}
	kit.WriteJSON(w, http.StatusOK, map[string]int64{"version": version})
}

func (s *Sim) addDataControls(mux *http.ServeMux) {
	mux.HandleFunc("POST /_sim/seed", func(w http.ResponseWriter, _ *http.Request) { kit.WriteJSON(w, http.StatusCreated, s.Seed()) })
	mux.HandleFunc("GET /_sim/tables/{table}", func(w http.ResponseWriter, r *http.Request) {
		kit.WriteJSON(w, http.StatusOK, notNil(s.List(r.PathValue("table"), r.URL.Query().Get("query"))))
	})
	mux.HandleFunc("GET /_sim/tables/{table}/{id}", func(w http.ResponseWriter, r *http.Request) {
		row, ok := s.Get(r.PathValue("table"), r.PathValue("id"))
		if !ok {
			kit.WriteJSON(w, http.StatusNotFound, map[string]string{"error": "no such record"})
			return
		}
		kit.WriteJSON(w, http.StatusOK, row)
	})
	handle(mux, "POST /_sim/tables/{table}", func(r *http.Request, row Row) (any, error) { return s.added(r.PathValue("table"), row) })
	handle(mux, "PATCH /_sim/tables/{table}/{id}", func(r *http.Request, row Row) (any, error) {
		return nil, s.Update(r.PathValue("table"), r.PathValue("id"), row)
	})
	mux.HandleFunc("GET /_sim/journal/{id}", func(w http.ResponseWriter, r *http.Request) {
		kit.WriteJSON(w, http.StatusOK, notNil(s.Journal(r.PathValue("id"), r.URL.Query().Get("element"))))
	})
	mux.HandleFunc("GET /_sim/attachments/{id}", func(w http.ResponseWriter, r *http.Request) {
		kit.WriteJSON(w, http.StatusOK, notNil(s.Attachments(r.PathValue("id"))))
	})
	control(mux, "POST /_sim/tables", func(in struct {
		Name     string   `json:"name"`
		Columns  []Column `json:"columns"`
		Unique   []string `json:"unique"`
		WSAccess bool     `json:"ws_access"`
	}) any {
		s.AddTable(in.Name, in.Columns, in.Unique, in.WSAccess)
		return nil
	})
	control(mux, "POST /_sim/transforms", func(t Transform) any { s.AddTransform(t); return nil })
	control(mux, "POST /_sim/choices", func(in struct {
		Table, Element string
		Values         []string
	}) any {
		s.SetChoices(in.Table, in.Element, in.Values...)
		return nil
	})
}

func (s *Sim) added(tableName string, row Row) (any, error) {
	id, err := s.Add(tableName, row)
	return map[string]string{"sys_id": id}, err
}

func (s *Sim) addFaultControls(mux *http.ServeMux) {
	kit.Show(mux, "GET /_sim/faults", func() any { return s.Faults() })
	mux.HandleFunc("DELETE /_sim/faults", func(w http.ResponseWriter, _ *http.Request) {
		s.ClearFaults()
		kit.WriteJSON(w, http.StatusOK, s.Faults())
	})
	control(mux, "POST /_sim/faults", func(f Fault) any { s.AddFault(f); return nil })
	control(mux, "POST /_sim/rate-rules", func(r RateRule) any { return map[string]string{"id": s.AddRateRule(r)} })
	mux.HandleFunc("DELETE /_sim/rate-rules", func(w http.ResponseWriter, _ *http.Request) {
		s.ClearRateRules()
		kit.WriteJSON(w, http.StatusOK, struct{}{})
	})
	control(mux, "POST /_sim/down", func(in struct{ Down bool }) any { s.Down(in.Down); return nil })
	control(mux, "POST /_sim/csm", func(in struct{ On bool }) any { s.SetCSM(in.On); return nil })
	control(mux, "POST /_sim/properties", func(in struct{ Name, Value string }) any { s.SetProperty(in.Name, in.Value); return nil })
	control(mux, "POST /_sim/advance", func(in struct{ Seconds int64 }) any {
		s.Advance(time.Duration(in.Seconds) * time.Second)
		return map[string]string{"now": s.now().Format(timeLayout)}
	})
	control(mux, "POST /_sim/tokens/expire", func(struct{}) any { s.ExpireTokens(); return nil })
	control(mux, "POST /_sim/tokens/kill-refresh", func(struct{}) any { s.KillRefreshToken(); return nil })
}

func (s *Sim) addPeopleControls(mux *http.ServeMux) {
	control(mux, "POST /_sim/users", func(u User) any { return map[string]string{"sys_id": s.AddUser(u)} })
	control(mux, "POST /_sim/duplicate-users", func(in struct{ Email string }) any {
		return map[string]string{"sys_id": s.DuplicateUsers(in.Email)}
	})
	control(mux, "POST /_sim/roles", func(in struct {
		User, Role string
		On         bool
	}) any {
		s.SetRole(in.User, in.Role, in.On)
		return nil
	})
	control(mux, "POST /_sim/acl", func(in struct {
		Table string
		Op    Operation
		Roles []string
	}) any {
		s.Allow(in.Table, in.Op, in.Roles...)
		return nil
	})
	control(mux, "POST /_sim/visibility", func(in struct {
		SysID   string `json:"sys_id"`
		Visible bool
	}) any {
		s.SetVisible(in.SysID, in.Visible)
		return nil
	})
}

// control registers a control that can't fail.
func control[T any](mux *http.ServeMux, pattern string, do func(T) any) {
	handle(mux, pattern, func(_ *http.Request, in T) (any, error) { return do(in), nil })
}

// handle registers a control; all its errors are conflicts.
func handle[T any](mux *http.ServeMux, pattern string, do func(*http.Request, T) (any, error)) {
	kit.Control(mux, pattern, func(error) int { return http.StatusConflict }, do)
}

func notNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
