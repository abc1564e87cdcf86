package teamviewer

import (
	"crypto/subtle"
	"embed"
	"html/template"
	"net/http"
	"slices"
	"strings"

	"example.com/lifeline/sandbox/kit"
)

//go:embed pages
var pageFiles embed.FS

// Nothing in a page may load from elsewhere.
var pages = kit.Pages{
	Templates: template.Must(template.New("").Funcs(template.FuncMap{"bare": undashed}).ParseFS(pageFiles, "pages/*.html")),
	Policy:    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'",
}

// page is what every page shows; each uses the parts it needs.
type page struct {
	Status   int // of HTTP; 0 is 200
	Title    string
	Text     string // a message
	Live     string // address of the page's live part; empty: none
	Here     string // address of the page itself, for its buttons
	Session  *Session
	Dead     string // why the link no longer works
	Users    []User
	Consent  *consent
	Sessions []consoleSession
	Reports  []consoleReport
}

func (s *Sim) pageRoutes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		s.render(w, "home", page{Title: "TeamViewer simulator"})
	})
	mux.HandleFunc("GET /sim-assets/{file}", kit.Assets(pageFiles, "pages"))
	mux.HandleFunc("GET /oauth2/authorize", s.showAuthorize)
	mux.HandleFunc("POST /oauth2/authorize", s.answerAuthorize)
	mux.HandleFunc("GET /Connect/IndexByol", s.openWebClient)
	mux.HandleFunc("GET /{key}", s.showLink)
	mux.HandleFunc("GET /v15/{key}", s.showLink)
	mux.HandleFunc("GET /v15/{key}/live", s.showLinkLive)
	mux.HandleFunc("POST /v15/{key}/{action}", s.useLink)
	s.consoleRoutes(mux)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		s.message(w, http.StatusNotFound, "There is no such page.")
	})
	return mux
}

// render writes a page. Its links out do not tell where they were.
func (s *Sim) render(w http.ResponseWriter, name string, p page) {
	w.Header().Set("Referrer-Policy", "same-origin")
	pages.Show(w, s.log, p.Status, name, p)
}

func (s *Sim) message(w http.ResponseWriter, status int, text string) {
	title := "That did not work"
	if status == http.StatusNotFound {
		title = "Not found"
	}
	s.render(w, "message", page{Status: status, Title: title, Text: text})
}

// openWebClient turns the link of the browser client into the supporter's page.
func (s *Sim) openWebClient(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	http.Redirect(w, r, "/v15/"+q.Get("sessioncode")+"-"+q.Get("servicequeuetoken"), http.StatusFound)
}

// linked finds the session behind a link and whether it is the supporter's link.
func (s *Sim) linked(key string) (found Session, supporter bool, dead string, known bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	code, secret, supporter := strings.Cut(key, "-")
	x := s.sessionByCode(code)
	if x == nil || supporter && subtle.ConstantTimeCompare([]byte(secret), []byte(x.secret)) != 1 {
		return Session{}, false, "", false
	}
	if err := s.usable(x); err != nil {
		dead = err.Error()
	}
	return x.view(), supporter, dead, true
}

func (s *Sim) showLink(w http.ResponseWriter, r *http.Request) { s.renderLink(w, r, "") }

func (s *Sim) showLinkLive(w http.ResponseWriter, r *http.Request) { s.renderLink(w, r, "-live") }

// renderLink shows the customer's or the supporter's page, whichever the link is for.
func (s *Sim) renderLink(w http.ResponseWriter, r *http.Request, part string) {
	x, supporter, dead, known := s.linked(r.PathValue("key"))
	if !known {
		s.message(w, http.StatusNotFound, "This link is not valid.")
		return
	}
	here := "/v15/" + r.PathValue("key")
	p := page{Title: "Get help from your agent", Live: here + "/live", Here: here, Session: &x, Dead: dead}
	name := "customer"
	if supporter {
		p.Title, p.Users, name = "Help your customer", s.Users(), "supporter"
	}
	s.render(w, name+part, p)
}

// linkActions are the buttons of the two pages; the supporter's are not for customers.
var linkActions = map[bool][]string{false: {"online", "offline", "say", "rate"}, true: {"connect", "end", "say"}}

// useLink does what a button on a link's page says.
func (s *Sim) useLink(w http.ResponseWriter, r *http.Request) {
	x, supporter, _, known := s.linked(r.PathValue("key"))
	action := r.PathValue("action")
	if !known || !slices.Contains(linkActions[supporter], action) {
		s.message(w, http.StatusNotFound, "This link is not valid.")
		return
	}
	s.press(w, r, "/v15/"+r.PathValue("key"), func(o order) error {
		o.Customer = !supporter
		return s.perform(x.Code, action, o)
	})
}
