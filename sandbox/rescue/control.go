package rescue

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"example.com/lifeline/sandbox/kit"
)

// State is everything the simulator knows, as GET /_sim/state shows it. It holds PINs, but no password, authcode or
// receiver's address.
type State struct {
	Now      time.Time `json:"now"`
	Settings Settings  `json:"settings"`
	Users    []User    `json:"users"`
	PINs     []PIN     `json:"pins"`
	Sessions []Session `json:"sessions"`
	Posts    []Post    `json:"posts"`
}

// State returns everything at once.
func (s *Sim) State() State {
	return State{s.Now(), s.Settings(), s.Users(), s.PINs(), s.Sessions(), s.Posts()}
}

// order is the body of every control request; each uses the parts it needs.
type order struct {
	Technician string   `json:"technician"`
	Running    bool     `json:"running"`
	Enabled    bool     `json:"enabled"`
	Group      string   `json:"group"`
	Start      string   `json:"start"`
	End        string   `json:"end"`
	Format     Format   `json:"format"`
	PIN        string   `json:"pin"`
	Name       string   `json:"name"`
	Fields     Fields   `json:"fields"`
	Field      int      `json:"field"`
	Who        string   `json:"who"`
	Text       string   `json:"text"`
	To         string   `json:"to"`
	Comment    string   `json:"comment"`
	Survey     []string `json:"survey"`
	Reboot     bool     `json:"reboot"`
	Status     Status   `json:"status"`
	Advance    Duration `json:"advance"`
	Count      int      `json:"count"`
	Reverse    bool     `json:"reverse"`
}

// done is the answer of orders that have nothing to say.
type done struct {
	Done bool `json:"done"`
}

// controlRoutes is the JSON control API.
func (s *Sim) controlRoutes(mux *http.ServeMux) {
	show := func(name string, look func() any) { kit.Show(mux, "GET /_sim/"+name, look) }
	show("state", func() any { return s.State() })
	show("users", func() any { return s.Users() })
	show("pins", func() any { return s.PINs() })
	show("sessions", func() any { return s.Sessions() })
	show("posts", func() any { return s.Posts() })
	show("settings", func() any { return s.Settings() })
	show("clock", func() any { return map[string]time.Time{"now": s.Now()} })

	s.accountOrders(mux)
	s.postOrders(mux)
	s.sessionOrders(mux)
	handle(mux, "POST /_sim/clock", func(_ *http.Request, o order) (any, error) {
		s.Advance(time.Duration(o.Advance))
		return map[string]time.Time{"now": s.Now()}, nil
	})
	handle(mux, "POST /_sim/faults", func(_ *http.Request, f Fault) (any, error) {
		s.Fault(f)
		return done{true}, nil
	})
	handle(mux, "DELETE /_sim/faults", func(*http.Request, done) (any, error) {
		s.ClearFaults()
		return done{true}, nil
	})
	kit.Patch(mux, "POST /_sim/settings", s.Settings, func(changed Settings) {
		s.Configure(func(now *Settings) { *now = changed })
	})
}

func (s *Sim) accountOrders(mux *http.ServeMux) {
	handle(mux, "POST /_sim/companies", func(_ *http.Request, c Company) (any, error) {
		added := s.AddCompany(c)
		added.MasterPassword = ""
		return added, nil
	})
	handle(mux, "POST /_sim/groups", func(_ *http.Request, g Group) (any, error) {
		added := s.AddGroup(g)
		added.StartURL, added.EndURL = "", ""
		return added, nil
	})
	handle(mux, "POST /_sim/technicians", func(_ *http.Request, u User) (any, error) { return s.AddTechnician(u) })
	handle(mux, "POST /_sim/administrators", func(_ *http.Request, u User) (any, error) { return s.AddAdministrator(u) })
	handle(mux, "POST /_sim/channels", func(_ *http.Request, c Channel) (any, error) { return s.AddChannel(c) })
	handle(mux, "POST /_sim/tokens", func(_ *http.Request, o order) (any, error) {
		token, err := s.IssueToken(o.Technician)
		return map[string]string{"token": token}, err
	})
	handle(mux, "POST /_sim/tokens/revoke", plainOrder(func(o order) error { return s.RevokeTokens(o.Technician) }))
	handle(mux, "POST /_sim/authcodes/revoke", plainOrder(func(o order) error { return s.RevokeAuthcode(o.Technician) }))
	handle(mux, "POST /_sim/console", plainOrder(func(o order) error { return s.SetConsole(o.Technician, o.Running) }))
	handle(mux, "POST /_sim/enabled", plainOrder(func(o order) error { return s.SetEnabled(o.Technician, o.Enabled) }))
	handle(mux, "POST /_sim/delete", plainOrder(func(o order) error { return s.Delete(o.Technician) }))
	handle(mux, "POST /_sim/post-urls", plainOrder(func(o order) error {
		return s.SetPostURLs(o.Group, o.Start, o.End, o.Format)
	}))
}

func (s *Sim) postOrders(mux *http.ServeMux) {
	handle(mux, "POST /_sim/posts/drop", plainOrder(func(o order) error { s.DropPosts(o.Count); return nil }))
	handle(mux, "POST /_sim/posts/duplicate", plainOrder(func(o order) error { s.DuplicatePosts(o.Count); return nil }))
	handle(mux, "POST /_sim/posts/hold", plainOrder(func(order) error { s.HoldPosts(); return nil }))
	handle(mux, "POST /_sim/posts/release", plainOrder(func(o order) error { s.ReleasePosts(o.Reverse); return nil }))
	handle(mux, "POST /_sim/posts/wait", func(r *http.Request, _ order) (any, error) {
		return done{true}, s.WaitPosts(r.Context())
	})
}

func (s *Sim) sessionOrders(mux *http.ServeMux) {
	handle(mux, "POST /_sim/join", func(_ *http.Request, o order) (any, error) { return s.CustomerJoins(o.PIN, o.Name) })
	handle(mux, "POST /_sim/open", func(_ *http.Request, o order) (any, error) { return s.CustomerOpens(o.PIN, o.Name) })
	handle(mux, "POST /_sim/sessions", func(_ *http.Request, o order) (any, error) {
		return s.StartFromConsole(o.Technician, o.Fields)
	})
	handle(mux, "POST /_sim/sessions/{id}/{action}", func(r *http.Request, o order) (any, error) {
		number, _ := strconv.ParseInt(r.PathValue("id"), 10, 64)
		return s.perform(number, r.PathValue("action"), o)
	})
	mux.HandleFunc("GET /_sim/sessions/{id}", func(w http.ResponseWriter, r *http.Request) {
		number, _ := strconv.ParseInt(r.PathValue("id"), 10, 64)
		found, err := s.Session(number)
		reply(w, found, err)
	})
}

var errUnknownAction = errors.New("there is no such action")

// perform maps an action's name to the method that does it; control API and pages share it.
func (s *Sim) perform(session int64, action string, o order) (Session, error) {
	switch action {
	case "applet":
		return s.StartApplet(session)
	case "decline":
		return s.DeclineTerms(session)
	case "pickup":
		return s.PickUp(session, o.Technician)
	case "say":
		return s.Say(session, o.Who, o.Text)
	case "note":
		return s.Note(session, o.Text)
	case "field":
		return s.EditField(session, o.Field, o.Text)
	case "hold":
		return s.Hold(session)
	case "transfer":
		return s.Transfer(session, o.To, o.Comment)
	case "interrupt":
		return s.Interrupt(session, o.Reboot)
	case "restore":
		return s.Restore(session)
	case "close":
		return s.CloseByTechnician(session, o.Survey...)
	case "leave":
		return s.CloseByCustomer(session)
	case "timeout":
		return s.TimeOut(session)
	case "force":
		return s.Force(session, o.Status)
	}
	return Session{}, errUnknownAction
}

// plainOrder makes an order that answers nothing but its error.
func plainOrder(do func(order) error) func(*http.Request, order) (any, error) {
	return func(_ *http.Request, o order) (any, error) { return done{true}, do(o) }
}

// handle registers a control.
func handle[T any](mux *http.ServeMux, pattern string, do func(*http.Request, T) (any, error)) {
	kit.Control(mux, pattern, statusOf, do)
}

func reply(w http.ResponseWriter, result any, err error) {
	if err != nil {
		kit.WriteError(w, statusOf(err), err)
		return
	}
	kit.WriteJSON(w, http.StatusOK, result)
}

// statusOf tells what does not exist from what cannot be done now.
func statusOf(err error) int {
	for _, unknown := range []error{ErrUnknownSession, ErrUnknownTechnician, ErrUnknownGroup, ErrUnknownCompany, errUnknownAction} {
		if errors.Is(err, unknown) {
			return http.StatusNotFound
		}
	}
	return http.StatusConflict
}
