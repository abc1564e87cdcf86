package dataverse

import (
	"bytes"
	"embed"
	"html/template"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/google/uuid"
)

//go:embed pages
var pageFiles embed.FS

var pageTemplates = template.Must(template.ParseFS(pageFiles, "pages/*.html"))

// personCookie says who the person at the pages is. Organisations on one host share it, and the demo's people too.
const personCookie = "sim_d365_user"

// pageRoutes registers the pages for people under the address a model-driven app has.
func (s *Sim) pageRoutes(mux *http.ServeMux) {
	guard := http.NewCrossOriginProtection()
	pages := http.NewServeMux()
	pages.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, listAddress(pageTables[0].table), http.StatusSeeOther)
	})
	pages.HandleFunc("GET /main.aspx", s.showPage)
	pages.HandleFunc("POST /main.aspx", s.pressButton)
	pages.HandleFunc("GET /ui/notes/{id}/file", s.showFile)
	for _, asset := range []string{"pages.css", "pages.js"} {
		pages.HandleFunc("GET /ui/"+asset, func(w http.ResponseWriter, r *http.Request) {
			http.ServeFileFS(w, r, pageFiles, "pages/"+asset)
		})
	}
	handler := guard.Handler(s.whenUp(withPerson(pages)))
	mux.Handle("GET /{$}", handler)
	mux.Handle("GET /main.aspx", handler)
	mux.Handle("POST /main.aspx", handler)
	mux.Handle("GET /ui/", handler)
}

func listAddress(table string) string { return "/main.aspx?pagetype=entitylist&etn=" + table }

func formAddress(table, id string) string {
	return "/main.aspx?pagetype=entityrecord&etn=" + url.QueryEscape(table) + "&id=" + url.QueryEscape(id)
}

// whenUp drops the connection of every browser while the environment is down.
func (s *Sim) whenUp(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		down := s.down
		s.mu.Unlock()
		if down {
			panic(http.ErrAbortHandler)
		}
		next.ServeHTTP(w, r)
	})
}

// withPerson lets ?as=<e-mail address> choose who one is, and sets the headers of every page.
func withPerson(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'self'")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		query := r.URL.Query()
		if as := query.Get("as"); as != "" {
			http.SetCookie(w, &http.Cookie{Name: personCookie, Value: as, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
			query.Del("as")
			http.Redirect(w, r, r.URL.Path+"?"+query.Encode(), http.StatusSeeOther)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// people are those who may sit at the pages: enabled persons with a role.
func (s *Sim) people() []User {
	var list []User
	for _, user := range s.Users() {
		if user.AppID == "" && !user.Disabled && len(user.Roles) > 0 {
			list = append(list, user)
		}
	}
	return list
}

// person is the user of the request: the chosen one, else the first.
func (s *Sim) person(r *http.Request) User {
	people := s.people()
	if cookie, err := r.Cookie(personCookie); err == nil {
		for _, user := range people {
			if strings.EqualFold(user.Email, cookie.Value) {
				return user
			}
		}
	}
	if len(people) == 0 {
		return User{Name: "Guest"}
	}
	return people[0]
}

// rowFor gives a row if the user may read it.
func (s *Sim) rowFor(user User, table, id string) (Row, bool) {
	s.mu.Lock()
	t, known := s.tables[table]
	s.mu.Unlock()
	if !known || uuid.Validate(id) != nil {
		return nil, false
	}
	rows, err := s.ListAs(user.ID, table, t.id+" eq "+id)
	if err != nil || len(rows) == 0 {
		return nil, false
	}
	return rows[0], true
}

// showFile hands out a note's file to somebody who may read the note.
func (s *Sim) showFile(w http.ResponseWriter, r *http.Request) {
	note, ok := s.rowFor(s.person(r), "annotation", r.PathValue("id"))
	file, err := fileOf(note)
	if !ok || err != nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": note.Text("filename")}))
	_, _ = w.Write(file)
}

// showHTML renders a page completely before it sends any of it.
func (s *Sim) showHTML(w http.ResponseWriter, status int, name string, data any) {
	var out bytes.Buffer
	if err := pageTemplates.ExecuteTemplate(&out, name, data); err != nil {
		s.log.Error("page not rendered", "page", name, "error", err)
		http.Error(w, "The page could not be made.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = out.WriteTo(w)
}
