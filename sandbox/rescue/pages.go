package rescue

import (
	"bytes"
	"cmp"
	"embed"
	"html/template"
	"net/http"
	"strings"
)

//go:embed pages
var pageFiles embed.FS

var templates = template.Must(template.ParseFS(pageFiles, "pages/*.html"))

// page is what every page shows; each uses the parts it needs.
type page struct {
	Status     int // of HTTP; 0 is 200
	Title      string
	Text       string // a message
	Live       string // address that the page polls for its live part; empty: none
	Code       string
	Name       string
	Tracking   string
	Session    *Session
	Phase      string // the customer's words for the state
	Chatting   bool
	Technician User
	Users      []User
	Queue      []queued
	SurveySize []int
}

// queued is one session in a technician's queue, with what he may do now.
type queued struct {
	Session
	Incoming, Outgoing, Held                              bool
	CanPickUp, CanChat, CanNote, CanHold, CanGive, CanEnd bool
}

// render writes a page. Nothing in it may load from elsewhere.
func (s *Sim) render(w http.ResponseWriter, name string, p page) {
	var out bytes.Buffer
	if err := templates.ExecuteTemplate(&out, name, p); err != nil {
		s.log.Error("page not rendered", "page", name, "error", err)
		http.Error(w, "The page could not be rendered.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Security-Policy",
		"default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'")
	w.WriteHeader(cmp.Or(p.Status, http.StatusOK))
	_, _ = w.Write(out.Bytes())
}

// serveAsset serves the style sheet and the script.
func serveAsset(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("file")
	if !strings.HasSuffix(name, ".css") && !strings.HasSuffix(name, ".js") {
		http.NotFound(w, r)
		return
	}
	http.ServeFileFS(w, r, pageFiles, "pages/"+name)
}

// serveHome links to the pages, for people who open the host by itself.
func (s *Sim) serveHome(w http.ResponseWriter, _ *http.Request) {
	s.render(w, "home", page{Title: "LogMeIn Rescue simulator", Users: s.Users()})
}
