package dataverse

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"example.com/lifeline/sandbox/kit"
)

// controlRoutes serves the control interface below /_sim/: what the methods of Sim do, as JSON, without authentication.
// GET answers 200 with JSON, all else 204, or 400 with {"error"}.
func (s *Sim) controlRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /_sim/state", s.showState)
	mux.HandleFunc("GET /_sim/changes", s.showChanges)
	mux.HandleFunc("GET /_sim/rows/{table}", s.showRows)
	mux.HandleFunc("GET /_sim/rows/{table}/{id}", s.showRow)
	mux.HandleFunc("POST /_sim/rows/{table}", s.createRow)
	mux.HandleFunc("PATCH /_sim/rows/{table}/{id}", func(w http.ResponseWriter, r *http.Request) {
		order(w, r, func(values map[string]any) error {
			return s.UpdateAs(s.actor(r), r.PathValue("table"), r.PathValue("id"), values)
		})
	})
	mux.HandleFunc("DELETE /_sim/rows/{table}/{id}", func(w http.ResponseWriter, r *http.Request) {
		settle(w, s.Delete(r.PathValue("table"), r.PathValue("id")))
	})
	s.controlPeople(mux)
	s.controlFaults(mux)
}

func (s *Sim) controlPeople(mux *http.ServeMux) {
	mux.HandleFunc("POST /_sim/seed", func(w http.ResponseWriter, _ *http.Request) { settle(w, s.Seed()) })
	mux.HandleFunc("POST /_sim/install", func(w http.ResponseWriter, _ *http.Request) { s.Install(); settle(w, nil) })
	mux.HandleFunc("GET /_sim/users", func(w http.ResponseWriter, _ *http.Request) { show(w, s.Users()) })
	mux.HandleFunc("POST /_sim/users", func(w http.ResponseWriter, r *http.Request) {
		var user User
		if err := kit.ReadJSON(w, r, &user); err != nil {
			settle(w, err)
			return
		}
		show(w, map[string]string{"id": s.AddUser(user)})
	})
	mux.HandleFunc("PUT /_sim/users/{id}/roles", func(w http.ResponseWriter, r *http.Request) {
		order(w, r, func(roles []string) error { s.SetRoles(r.PathValue("id"), roles...); return nil })
	})
	mux.HandleFunc("POST /_sim/users/{id}/token", func(w http.ResponseWriter, r *http.Request) {
		show(w, map[string]string{"access_token": s.UserToken(r.PathValue("id"))})
	})
	mux.HandleFunc("GET /_sim/users/{id}/usage", func(w http.ResponseWriter, r *http.Request) { show(w, s.UsageOf(r.PathValue("id"))) })
	mux.HandleFunc("PUT /_sim/roles/{name}", func(w http.ResponseWriter, r *http.Request) {
		order(w, r, func(privileges map[string]Depth) error { s.DefineRole(r.PathValue("name"), privileges); return nil })
	})
	mux.HandleFunc("POST /_sim/apps", func(w http.ResponseWriter, r *http.Request) {
		order(w, r, func(app App) error { s.AddApp(app); return nil })
	})
	mux.HandleFunc("DELETE /_sim/tokens", func(w http.ResponseWriter, _ *http.Request) { s.RevokeTokens(); settle(w, nil) })
}

func (s *Sim) controlFaults(mux *http.ServeMux) {
	mux.HandleFunc("GET /_sim/faults", func(w http.ResponseWriter, _ *http.Request) { show(w, s.Faults()) })
	mux.HandleFunc("POST /_sim/faults", func(w http.ResponseWriter, r *http.Request) {
		order(w, r, func(fault Fault) error { s.Inject(fault); return nil })
	})
	mux.HandleFunc("DELETE /_sim/faults", func(w http.ResponseWriter, _ *http.Request) { s.ClearFaults(); settle(w, nil) })
	mux.HandleFunc("PUT /_sim/down", func(w http.ResponseWriter, r *http.Request) {
		order(w, r, func(down bool) error { s.Down(down); return nil })
	})
	mux.HandleFunc("POST /_sim/clock/advance", func(w http.ResponseWriter, r *http.Request) {
		order(w, r, func(seconds int) error { s.Advance(time.Duration(seconds) * time.Second); return nil })
	})
	mux.HandleFunc("PUT /_sim/keys/{table}/{key}", func(w http.ResponseWriter, r *http.Request) {
		order(w, r, func(status string) error { return s.SetKeyStatus(r.PathValue("table"), r.PathValue("key"), status) })
	})
	mux.HandleFunc("PUT /_sim/webhooks", func(w http.ResponseWriter, r *http.Request) { order(w, r, s.setWebhooks) })
	mux.HandleFunc("PUT /_sim/mail", func(w http.ResponseWriter, r *http.Request) {
		order(w, r, func(set mailSettings) error { s.HoldMail(set.Hold); s.FailMail(set.Fail); return nil })
	})
}

// hookSettings are the webhook controls as one document.
type hookSettings struct {
	Drop      int  `json:"drop"`
	Duplicate bool `json:"duplicate"`
	Strip     bool `json:"strip"`
	Delay     bool `json:"delay"` // false releases what was held
}

type mailSettings struct {
	Hold bool `json:"hold"`
	Fail int  `json:"fail"`
}

func (s *Sim) setWebhooks(set hookSettings) error {
	s.DropWebhooks(set.Drop)
	s.DuplicateWebhooks(set.Duplicate)
	s.StripWebhooks(set.Strip)
	if set.Delay {
		s.DelayWebhooks()
		return nil
	}
	s.ReleaseWebhooks()
	return nil
}

func (s *Sim) showState(w http.ResponseWriter, _ *http.Request) {
	show(w, map[string]any{"now": s.Now(), "changes": s.Changes(), "tables": s.Tables(), "tenantId": s.opts.TenantID, "organizationId": s.opts.OrgID,
		"heldWebhooks": s.HeldWebhooks(), "faults": s.Faults()})
}

// showChanges waits until more than ?after= changes happened, at most ?wait= seconds (default 20), and tells their number.
func (s *Sim) showChanges(w http.ResponseWriter, r *http.Request) {
	after, err := strconv.ParseInt(r.FormValue("after"), 10, 64)
	if err != nil {
		after = -1
	}
	seconds, err := strconv.Atoi(r.FormValue("wait"))
	if err != nil || seconds > 60 {
		seconds = 20
	}
	ctx, cancel := context.WithTimeout(r.Context(), time.Duration(seconds)*time.Second)
	defer cancel()
	_ = s.Wait(ctx, func() bool { return s.Changes() > after })
	show(w, map[string]int64{"changes": s.Changes()})
}

// actor is the user a control request acts as: ?as=, else SYSTEM.
func (s *Sim) actor(r *http.Request) string {
	if as := r.URL.Query().Get("as"); as != "" {
		return as
	}
	return s.system
}

func (s *Sim) showRows(w http.ResponseWriter, r *http.Request) {
	rows, err := s.List(r.PathValue("table"), r.URL.Query().Get("filter"))
	if err != nil {
		settle(w, err)
		return
	}
	show(w, rows)
}

func (s *Sim) showRow(w http.ResponseWriter, r *http.Request) {
	row, ok := s.Get(r.PathValue("table"), r.PathValue("id"))
	if !ok {
		settle(w, errors.New("no such row"))
		return
	}
	show(w, row)
}

func (s *Sim) createRow(w http.ResponseWriter, r *http.Request) {
	var values map[string]any
	if err := kit.ReadJSON(w, r, &values); err != nil {
		settle(w, err)
		return
	}
	id, err := s.CreateAs(s.actor(r), r.PathValue("table"), values)
	if err != nil {
		settle(w, err)
		return
	}
	show(w, map[string]string{"id": id})
}

// order decodes the body and does what it says.
func order[T any](w http.ResponseWriter, r *http.Request, do func(T) error) {
	var body T
	if err := kit.ReadJSON(w, r, &body); err != nil {
		settle(w, err)
		return
	}
	settle(w, do(body))
}

func show(w http.ResponseWriter, body any) { kit.WriteJSON(w, http.StatusOK, body) }

func settle(w http.ResponseWriter, err error) {
	if err != nil {
		kit.WriteError(w, http.StatusBadRequest, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
