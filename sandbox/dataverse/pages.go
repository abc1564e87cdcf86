package dataverse

import (
	"embed"
	"html/template"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/google/uuid"

	"example.com/lifeline/sandbox/kit"
)

//go:embed pages
var pageFiles embed.FS

var deskPages = kit.Pages{Templates: template.Must(template.ParseFS(pageFiles, "pages/*.html")), Policy: kit.DeskPolicy}

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
	pages.HandleFunc("GET /ui/{file}", kit.Assets(pageFiles, "pages"))
	handler := guard.Handler(kit.WhenUp(s.isDown, deskPages.Secured(kit.ChoosePerson(personCookie, pages))))
	mux.Handle("GET /{$}", handler)
	mux.Handle("GET /main.aspx", handler)
	mux.Handle("POST /main.aspx", handler)
	mux.Handle("GET /ui/", handler)
}

func listAddress(table string) string { return "/main.aspx?pagetype=entitylist&etn=" + table }

func formAddress(table, id string) string {
	return "/main.aspx?pagetype=entityrecord&etn=" + url.QueryEscape(table) + "&id=" + url.QueryEscape(id)
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

func (s *Sim) showHTML(w http.ResponseWriter, status int, name string, data any) {
	deskPages.Show(w, s.log, status, name, data)
}
