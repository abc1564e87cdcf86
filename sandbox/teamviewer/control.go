package teamviewer

import (
	"errors"
	"net/http"
	"time"

	"example.com/lifeline/sandbox/kit"
)

// order is the body of every control request; each uses the parts it needs.
type order struct {
	User     string   `json:"user"`
	Client   string   `json:"client"`
	Group    string   `json:"group"`
	SignedIn bool     `json:"signedIn"`
	Customer bool     `json:"customer"` // the customer says it
	Text     string   `json:"text"`
	Rating   int      `json:"rating"`
	Count    int      `json:"count"`
	On       bool     `json:"on"`
	Advance  Duration `json:"advance"`
}

// done is the answer of orders that have nothing to say.
type done struct {
	Done bool `json:"done"`
}

// controlRoutes is the JSON control API. It shows neither tokens nor supporter links.
func (s *Sim) controlRoutes() http.Handler {
	mux := http.NewServeMux()
	show := func(name string, look func() any) { kit.Show(mux, "GET /_sim/"+name, look) }
	show("clock", func() any { return map[string]time.Time{"now": s.Now()} })
	show("settings", func() any { return s.Settings() })
	show("licence", func() any { return s.Licence() })
	show("users", func() any { return s.Users() })
	show("groups", func() any { return s.Groups() })
	show("sessions", func() any { return s.controlSessions() })
	show("reports", func() any { return s.Reports() })
	show("requests", func() any { return s.Requests() })
	show("faults", func() any { return s.Faults() })
	s.accountOrders(mux)
	s.sessionOrders(mux)
	s.worldOrders(mux)
	return mux
}

// controlSession shows a session with what the API does not tell, without the links of the supporter.
type controlSession struct {
	Session
	Connected bool   `json:"connected"`
	Supporter string `json:"supporter,omitempty"`
}

func (s *Sim) controlSessions() []controlSession {
	all := []controlSession{}
	for _, x := range s.Sessions() {
		x.SupporterLink, x.WebclientSupporterLink = "", ""
		all = append(all, controlSession{x, x.Connected, x.Supporter})
	}
	return all
}

func (s *Sim) accountOrders(mux *http.ServeMux) {
	handle(mux, "POST /_sim/users", func(_ *http.Request, u User) (any, error) { return s.AddUser(u), nil })
	handle(mux, "POST /_sim/users/{user}/logging", func(r *http.Request, o order) (any, error) {
		return done{true}, s.SetLogging(r.PathValue("user"), o.On)
	})
	handle(mux, "POST /_sim/groups", func(_ *http.Request, g Group) (any, error) { return s.AddGroup(g) })
	handle(mux, "POST /_sim/tokens", func(_ *http.Request, t ScriptToken) (any, error) { return done{true}, s.AddToken(t) })
	handle(mux, "POST /_sim/clients", func(_ *http.Request, c Client) (any, error) {
		s.AddClient(c)
		return done{true}, nil
	})
	handle(mux, "POST /_sim/grants/revoke", func(_ *http.Request, o order) (any, error) {
		s.RevokeGrant(o.Client, o.User)
		return done{true}, nil
	})
	handle(mux, "POST /_sim/lose-token-answer", func(*http.Request, order) (any, error) {
		s.LoseNextTokenAnswer()
		return done{true}, nil
	})
}

func (s *Sim) sessionOrders(mux *http.ServeMux) {
	handle(mux, "POST /_sim/sessions", func(r *http.Request, o order) (any, error) {
		x, err := s.OpenInConsole(o.User, o.Group, o.Text, origin(r))
		x.SupporterLink, x.WebclientSupporterLink = "", ""
		return x, err
	})
	handle(mux, "POST /_sim/sessions/{code}/{action}", func(r *http.Request, o order) (any, error) {
		return done{true}, s.perform(r.PathValue("code"), r.PathValue("action"), o)
	})
	handle(mux, "DELETE /_sim/sessions/{code}", func(r *http.Request, _ order) (any, error) {
		return done{true}, s.DeleteSession(r.PathValue("code"))
	})
	handle(mux, "POST /_sim/reports", func(_ *http.Request, r Report) (any, error) {
		return map[string]string{"id": s.AddReport(r)}, nil
	})
	handle(mux, "POST /_sim/reports/bulk", func(_ *http.Request, o order) (any, error) {
		s.AddReports(o.Count)
		return done{true}, nil
	})
	handle(mux, "POST /_sim/reports/{id}/notes", func(r *http.Request, o order) (any, error) {
		return done{true}, s.EditNotes(r.PathValue("id"), o.Text)
	})
	handle(mux, "POST /_sim/devices", func(_ *http.Request, r DeviceReport) (any, error) {
		return map[string]string{"id": s.AddDeviceReport(r)}, nil
	})
}

func (s *Sim) worldOrders(mux *http.ServeMux) {
	handle(mux, "POST /_sim/clock", func(_ *http.Request, o order) (any, error) {
		s.Advance(time.Duration(o.Advance))
		return map[string]time.Time{"now": s.Now()}, nil
	})
	handle(mux, "POST /_sim/licence", func(_ *http.Request, l Licence) (any, error) {
		s.SetLicence(l)
		return s.Licence(), nil
	})
	handle(mux, "POST /_sim/faults", func(_ *http.Request, f Fault) (any, error) { return done{true}, s.Fault(f) })
	handle(mux, "DELETE /_sim/faults", func(*http.Request, order) (any, error) {
		s.ClearFaults()
		return done{true}, nil
	})
	kit.Patch(mux, "POST /_sim/settings", s.Settings, func(changed Settings) {
		s.Configure(func(now *Settings) { *now = changed })
	})
}

var errUnknownAction = errors.New("there is no such action")

// perform maps an action's name to the method that does it; controls and pages share it.
func (s *Sim) perform(code, action string, o order) error {
	switch action {
	case "online":
		return s.CustomerOnline(code)
	case "offline":
		return s.CustomerOffline(code)
	case "connect":
		return s.SupporterConnects(code, o.User, o.SignedIn)
	case "end":
		return s.ConnectionEnds(code)
	case "say":
		return s.Say(code, o.Customer, o.Text)
	case "rate":
		return s.Rate(code, o.Rating, o.Text)
	case "notes":
		return s.EditNotes(code, o.Text)
	case "close":
		return s.CloseInConsole(code)
	case "delete":
		return s.DeleteSession(code)
	}
	return errUnknownAction
}

// handle registers a control.
func handle[T any](mux *http.ServeMux, pattern string, do func(*http.Request, T) (any, error)) {
	kit.Control(mux, pattern, statusOf, do)
}

// statusOf tells what does not exist from what cannot be done now.
func statusOf(err error) int {
	for _, unknown := range []error{ErrUnknownSession, ErrUnknownUser, ErrUnknownGroup, ErrUnknownReport, errUnknownAction} {
		if errors.Is(err, unknown) {
			return http.StatusNotFound
		}
	}
	if errors.Is(err, errUnknownFault) {
		return http.StatusBadRequest
	}
	return http.StatusConflict
}
