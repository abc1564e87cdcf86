package teamviewer

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// shownReports is how many of the newest reports the console lists.
const shownReports = 50

// consoleSession is a session as the management console lists it.
type consoleSession struct {
	Session
	Phase    string // the console's word, finer than the API's state (teamviewer.md 2.6)
	Group    string
	Assigned string
	Join     string // path of the supporter's page, while the code works
}

// consoleReport is a report as the console lists it, with when the API shows it.
type consoleReport struct {
	Report
	Pending bool
}

func (s *Sim) consoleRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /console", func(w http.ResponseWriter, _ *http.Request) { s.render(w, "console", s.consolePage()) })
	mux.HandleFunc("GET /console/live", func(w http.ResponseWriter, _ *http.Request) {
		s.render(w, "console-live", s.consolePage())
	})
	mux.HandleFunc("POST /console/sessions/{code}/{action}", s.useConsole)
	mux.HandleFunc("POST /console/reports/{id}/notes", func(w http.ResponseWriter, r *http.Request) {
		s.press(w, r, "/console", func(o order) error { return s.EditNotes(r.PathValue("id"), o.Text) })
	})
}

func (s *Sim) consolePage() page {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := page{Title: "Management console", Live: "/console/live"}
	for _, x := range slices.Backward(s.sessions) {
		p.Sessions = append(p.Sessions, s.inConsole(x))
	}
	for _, r := range s.reports.live[:min(shownReports, len(s.reports.live))] {
		p.Reports = append(p.Reports, consoleReport{*r, r.VisibleAt.After(s.now())})
	}
	return p
}

func (s *Sim) inConsole(x *session) consoleSession {
	shown := consoleSession{Session: x.view(), Group: s.groupName(x.GroupID), Assigned: s.userName(x.AssignedUserID)}
	err := s.usable(x)
	if err == nil {
		shown.Join = "/v15/" + undashed(x.Code) + "-" + x.secret
	}
	switch {
	case x.connection != nil:
		shown.Phase = "In progress"
	case x.State == Closed:
		shown.Phase = "Closed"
	case err != nil:
		shown.Phase = "Expired"
	case x.Online:
		shown.Phase = "Pending"
	default:
		shown.Phase = "New"
	}
	return shown
}

// useConsole closes or deletes a session.
func (s *Sim) useConsole(w http.ResponseWriter, r *http.Request) {
	action := r.PathValue("action")
	if action != "close" && action != "delete" {
		s.message(w, http.StatusNotFound, "There is no such button.")
		return
	}
	s.press(w, r, "/console", func(o order) error { return s.perform(r.PathValue("code"), action, o) })
}

// press does what a button says and shows the page again, or why it was refused.
func (s *Sim) press(w http.ResponseWriter, r *http.Request, back string, do func(order) error) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	if err := r.ParseForm(); err != nil {
		s.message(w, http.StatusBadRequest, "The form could not be read.")
		return
	}
	if err := do(pressed(r.PostForm)); err != nil {
		s.message(w, http.StatusConflict, "Reason: "+err.Error()+".")
		return
	}
	http.Redirect(w, r, back, http.StatusSeeOther)
}

// pressed reads the form of a button.
func pressed(form url.Values) order {
	rating, _ := strconv.Atoi(form.Get("rating")) // none is 0
	return order{User: form.Get("user"), SignedIn: form.Get("signedin") == "true", Text: strings.TrimSpace(form.Get("text")), Rating: rating}
}
