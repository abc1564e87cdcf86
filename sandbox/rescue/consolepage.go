package rescue

import (
	"net/http"
	"strconv"
	"strings"
)

func (s *Sim) consoleRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /console/{technician}", s.showConsole)
	mux.HandleFunc("GET /console/{technician}/live", s.showConsoleLive)
	mux.HandleFunc("POST /console/{technician}/running", s.switchConsole)
	mux.HandleFunc("POST /console/{technician}/start", s.startInConsole)
	mux.HandleFunc("POST /console/{technician}/sessions/{id}/{action}", s.consoleActs)
}

func (s *Sim) showConsole(w http.ResponseWriter, r *http.Request) { s.renderConsole(w, r, "console") }

func (s *Sim) showConsoleLive(w http.ResponseWriter, r *http.Request) {
	s.renderConsole(w, r, "console-live")
}

func (s *Sim) renderConsole(w http.ResponseWriter, r *http.Request, name string) {
	p, found := s.consolePage(r.PathValue("technician"))
	if !found {
		s.notFound(w, "There is no such technician.")
		return
	}
	s.render(w, name, p)
}

// consolePage gathers a technician's queue and whom he can transfer to.
func (s *Sim) consolePage(technician string) (page, bool) {
	defer s.enter()()
	tech := s.user(technician)
	if tech == nil || !tech.Seat {
		return page{}, false
	}
	p := page{
		Title: "Technician console: " + tech.Name, Live: "/console/" + id(tech.ID) + "/live",
		Technician: tech.view(), SurveySize: []int{0, 1, 2},
	}
	for _, other := range s.users {
		if other != tech && other.Seat && other.company == tech.company {
			p.Users = append(p.Users, other.view())
		}
	}
	for i := len(s.sessions) - 1; i >= 0; i-- {
		if q, shown := s.queued(s.sessions[i], tech); shown {
			p.Queue = append(p.Queue, q)
		}
	}
	return p, true
}

// queued shows a session as it stands in one technician's queue.
func (s *Sim) queued(x *session, tech *user) (queued, bool) {
	current := x.current()
	for _, l := range x.legs {
		mine := l.tech == tech || l.tech == nil && l.channel.serves(tech)
		if !mine || !l.goneAt.IsZero() || l != current && l.status != StatusTransferring {
			continue
		}
		q := queued{Session: s.view(x), Outgoing: l != current}
		if !q.Outgoing && tech.Console {
			q.Incoming, q.Held = l.status == StatusTransferring, l.status == StatusOnHold
			q.CanPickUp = l.status == StatusWaiting || q.Held || q.Incoming
			q.CanChat = l.status.inConsole() && l.status != StatusOnHoldCustomerLeft
			q.CanNote = x.wasPickedUp() && !q.Incoming
			q.CanHold = l.status == StatusPickedUp
			q.CanGive = l.status == StatusPickedUp || q.Held || l.status == StatusWaiting
			q.CanEnd = !q.Incoming && l.status != StatusConnecting
		}
		return q, true
	}
	return queued{}, false
}

func (s *Sim) switchConsole(w http.ResponseWriter, r *http.Request) {
	s.fromConsole(w, r, func(technician string, params map[string]string) error {
		return s.SetConsole(technician, params["running"] == "true")
	})
}

func (s *Sim) startInConsole(w http.ResponseWriter, r *http.Request) {
	s.fromConsole(w, r, func(technician string, params map[string]string) error {
		_, err := s.StartFromConsole(technician, (&call{params: params}).fields())
		return err
	})
}

// consoleActs does one of the buttons of a session.
func (s *Sim) consoleActs(w http.ResponseWriter, r *http.Request) {
	s.fromConsole(w, r, func(technician string, params map[string]string) error {
		number, _ := strconv.ParseInt(r.PathValue("id"), 10, 64)
		o := order{Who: "technician", Text: strings.TrimSpace(params["text"]), To: params["to"], Comment: params["comment"]}
		action := r.PathValue("action")
		if action == "pickup" {
			o.Technician = technician
		}
		if action == "say" && o.Text == "" {
			return nil
		}
		for i := 0; params["survey"+strconv.Itoa(i)] != ""; i++ {
			o.Survey = append(o.Survey, params["survey"+strconv.Itoa(i)])
		}
		_, err := s.perform(number, action, o)
		return err
	})
}

// fromConsole does something on a technician's page and shows the page again.
func (s *Sim) fromConsole(w http.ResponseWriter, r *http.Request, do func(string, map[string]string) error) {
	technician := r.PathValue("technician")
	params, err := parameters(w, r)
	if err == nil {
		err = do(technician, params)
	}
	s.backTo(w, r, "/console/"+technician, err)
}
