package rescue

import (
	"embed"
	"html/template"
	"net/http"

	"example.com/lifeline/sandbox/kit"
)

//go:embed pages
var pageFiles embed.FS

// Nothing in a page may load from elsewhere.
var pages = kit.Pages{
	Templates: template.Must(template.ParseFS(pageFiles, "pages/*.html")),
	Policy:    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'",
}

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

func (s *Sim) render(w http.ResponseWriter, name string, p page) {
	pages.Show(w, s.log, p.Status, name, p)
}

// serveHome links to the pages, for people who open the host by itself.
func (s *Sim) serveHome(w http.ResponseWriter, _ *http.Request) {
	s.render(w, "home", page{Title: "LogMeIn Rescue simulator", Users: s.Users()})
}
