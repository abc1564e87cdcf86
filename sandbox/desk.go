package sandbox

import (
	"embed"
	"html/template"
	"net/http"

	"example.com/lifeline/sandbox/kit"
	"example.com/lifeline/support"
)

//go:embed pages
var deskFiles embed.FS

var deskPages = kit.Pages{
	Templates: template.Must(template.ParseFS(deskFiles, "pages/*.html")),
	Policy:    "default-src 'self'; img-src data:; base-uri 'none'; form-action 'none'",
}

// desk is where one person plays all the parts: it leads to the places of agent, customer and technician, and shows
// how the sessions stand.
func (w *World) desk() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(out http.ResponseWriter, _ *http.Request) { w.showDesk(out, "home.html", w.view(pair{})) })
	mux.HandleFunc("GET /pairs/{connection}", func(out http.ResponseWriter, in *http.Request) { w.showPair(out, in, "pair.html") })
	mux.HandleFunc("GET /pairs/{connection}/live", func(out http.ResponseWriter, in *http.Request) { w.showPair(out, in, "live") })
	mux.HandleFunc("GET /assets/{file}", kit.Assets(deskFiles, "pages"))
	return mux
}

// deskView is a page of the desk. The home page has no pair.
type deskView struct {
	Cards      []deskCard
	Pair       deskCard
	Button     string // what the button on the record says
	Mailbox    string
	Operations string
	Agents     []deskLink // the record list, as each agent
	Records    []deskLink // some records, as Dana
	Customer   deskLink
	Technician []deskLink
	Sessions   []deskSession
	Reached    bool // Lifeline answers
}

// deskCard is a pair to choose.
type deskCard struct {
	Connection, Vendor, CRM, Address string
	Current                          bool
}

type deskLink struct{ Label, Address string }

// words name vendors and CRMs as people know them.
var words = map[string]string{
	string(support.Rescue): "LogMeIn Rescue", string(support.TeamViewer): "TeamViewer",
	string(support.ServiceNow): "ServiceNow", string(support.Dynamics): "Dynamics 365",
}

func (w *World) view(current pair) deskView {
	v := deskView{Mailbox: w.MailboxURL(), Operations: w.options.API + "/operations"}
	for _, p := range w.pairs {
		card := deskCard{p.connection, words[string(p.vendor)], words[string(p.crm)], "/pairs/" + p.connection, p == current}
		if v.Cards = append(v.Cards, card); card.Current {
			v.Pair = card
		}
	}
	return v
}

func (w *World) showPair(out http.ResponseWriter, in *http.Request, page string) {
	p, ok := w.pair(in.PathValue("connection"))
	if !ok {
		http.NotFound(out, in)
		return
	}
	v := w.view(p)
	if p.crm == support.Dynamics {
		w.dynamicsPlaces(&v, p)
	} else {
		w.serviceNowPlaces(&v, p)
	}
	w.vendorPlaces(&v, p)
	runs, err := w.runs(in.Context(), p.connection)
	v.Reached = err == nil
	v.Sessions = w.deskSessions(p, runs)
	w.showDesk(out, page, v)
}

func (w *World) vendorPlaces(v *deskView, p pair) {
	if p.vendor == support.TeamViewer {
		v.Technician = []deskLink{{"management console", w.URL("teamviewer") + "/console"}}
		return
	}
	v.Customer = deskLink{"PIN page", w.URL("rescue") + "/Customer/Code.aspx"}
	for _, user := range w.Rescue.Users() {
		if user.Seat {
			v.Technician = append(v.Technician, deskLink{user.Name, w.consoleOf(user.Email)})
		}
	}
}

func (w *World) showDesk(out http.ResponseWriter, name string, v deskView) {
	deskPages.Show(out, w.options.Log, http.StatusOK, name, v)
}
