package servicenow

import (
	"context"
	"embed"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"time"

	"example.com/lifeline/sandbox/kit"
)

//go:embed templates
var templates embed.FS

var deskPages = kit.Pages{Templates: template.Must(template.ParseFS(templates, "templates/*.html")), Policy: kit.DeskPolicy}

// PressFunc is what the "Generate PIN" button does on the server: it calls Lifeline as the instance's script would. The
// error's text is shown to the person, so it must be fit for that.
type PressFunc func(ctx context.Context, press Press) (Result, error)

// Press is one press of the button.
type Press struct {
	Table  string // "incident" or "sn_customerservice_case"
	SysID  string
	Number string
	User   User // who pressed; without password
	UserID string
}

// Result is what the person gets to see.
type Result struct {
	PIN       string
	Link      string // for the customer
	PanelURL  string // the agent's panel; may be empty
	SignInURL string // with an error: where the person has to sign in first; mostly empty
	ExpiresAt time.Time
}

// pressTimeout is how long the button blocks the page; a real instance loses a UI thread meanwhile (servicenow.md 1).
const pressTimeout = 20 * time.Second

// userCookie says who the person at the desk is.
const userCookie = "sim_user"

// addDesk registers the pages for people, under the real host's paths.
func (s *Sim) addDesk(mux *http.ServeMux, guard *http.CrossOriginProtection) {
	pages := http.NewServeMux()
	pages.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/incident_list.do", http.StatusSeeOther)
	})
	for _, name := range deskTables {
		pages.HandleFunc("GET /"+name+"_list.do", func(w http.ResponseWriter, r *http.Request) { s.listPage(w, r, name) })
		pages.HandleFunc("GET /"+name+".do", func(w http.ResponseWriter, r *http.Request) { s.formPage(w, r, name) })
		pages.HandleFunc("POST /"+name+".do", func(w http.ResponseWriter, r *http.Request) { s.press(w, r, name) })
	}
	pages.HandleFunc("GET /sys_attachment.do", s.filePage)
	pages.HandleFunc("GET /ui/{file}", kit.Assets(templates, "templates"))
	desk := kit.WhenUp(s.down.Load, guard.Handler(deskPages.Secured(kit.ChoosePerson(userCookie, pages))))
	mux.Handle("/{$}", desk)
	mux.Handle("/ui/", desk)
	mux.Handle("/sys_attachment.do", desk)
	for _, name := range deskTables {
		mux.Handle("/"+name+".do", desk)
		mux.Handle("/"+name+"_list.do", desk)
	}
}

// deskTables have pages.
var deskTables = []string{"incident", "sn_customerservice_case"}

// people lists those who may sit at the desk: active users with a login and a role. The lock is held.
func (s *Sim) people() []Row {
	var all []Row
	for _, rec := range s.db.where("sys_user", Row{"active": "true", "web_service_access_only": "false"}) {
		if a, ok := s.accounts[rec.row["user_name"]]; ok && len(a.roles) > 0 && rec.table.name == "sys_user" {
			all = append(all, rec.row)
		}
	}
	return all
}

// person is the user of the request: the chosen one, else the first. The lock is held.
func (s *Sim) person(r *http.Request) Row {
	people := s.people()
	if cookie, err := r.Cookie(userCookie); err == nil {
		for _, row := range people {
			if row["user_name"] == cookie.Value {
				return row
			}
		}
	}
	if len(people) == 0 {
		return Row{"name": "Guest"}
	}
	return people[0]
}

// mayPress tells whether the button is shown: the caller wired it, and the user has a role of the app or is admin.
func (s *Sim) mayPress(userName string) bool {
	roles := []string{s.opts.Prefix + ".user", s.opts.Prefix + ".admin", "admin"}
	return s.opts.Press != nil && slices.ContainsFunc(roles, func(role string) bool { return s.hasRole(userName, role) })
}

// press runs the button and shows the form again, with what came of it.
func (s *Sim) press(w http.ResponseWriter, r *http.Request, tableName string) {
	id := r.FormValue("sys_id")
	press, ok := s.preparePress(r, tableName, id)
	if !ok {
		http.Error(w, "You may not do that.", http.StatusForbidden)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), pressTimeout)
	defer cancel()
	result, err := s.opts.Press(ctx, press)
	outcome := flash{record: id, Result: result}
	if err != nil {
		outcome.Error = err.Error()
	}
	s.mu.Lock()
	s.flashes[press.User.UserName] = outcome
	s.mu.Unlock()
	http.Redirect(w, r, "/"+tableName+".do?sys_id="+id, http.StatusSeeOther)
}

func (s *Sim) preparePress(r *http.Request, tableName, id string) (Press, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	who := s.person(r)
	rec, found := s.db.find(tableName, id)
	if !found || !s.mayPress(who["user_name"]) || !s.may(who["user_name"], rec.table, Read) {
		return Press{}, false
	}
	return Press{Table: tableName, SysID: id, Number: rec.row["number"], UserID: who["sys_id"],
		User: User{Name: who["name"], UserName: who["user_name"], Email: who["email"]}}, true
}

// flash is a message for the person's next look at a record.
type flash struct {
	record string
	zone   string // of the person
	Error  string
	Result Result
}

// Expires shows the code's end by the person's clock, like every other time on the form.
func (f flash) Expires() string { return inZone(f.Result.ExpiresAt.UTC().Format(timeLayout), f.zone) }

// WebLink gives the address if it is one a browser may open.
func webLink(address string) string {
	if strings.HasPrefix(address, "https://") || strings.HasPrefix(address, "http://") {
		return address
	}
	return ""
}
