package web

import (
	"net/http"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"example.com/lifeline/support"
	"example.com/lifeline/workflows"
)

const panelKind = "panel"

// historyLimit is how many past sessions the panel shows.
const historyLimit = 25

// panelView is the panel of one record as its template needs it.
type panelView struct {
	workflows.View
	Pair     Connection
	Token    string
	API      string // the record's address at the API
	Named    bool   // the link names an agent, who may ask for a code
	CodeWord string
	Heading  string
	Sentence string
	Remedy   string
	Renew    bool
	RanOut   bool   // the code leads nowhere any more
	Online   bool   // the customer is there now
	Fault    string // why the session could not be read
}

// panel shows one record's session to whoever has a signed link.
func (p *pages) panel(c echo.Context) error {
	token := c.QueryParam("t")
	ref, agent, ok := p.Links.PanelGrant(token)
	pair, known := p.connection(ref.Connection)
	if !ok || !known {
		return p.deadLink(c)
	}
	view, err := p.Sessions.State(c.Request().Context(), ref)
	out := panelView{View: view, Pair: pair, Token: token, API: p.recordAddress(ref), Named: agent.ID != "" || agent.Email != ""}
	status := http.StatusOK
	switch {
	case support.HasCode(err, support.CodeNoLiveSession):
		out.Buttons = support.ButtonsFor("", "", time.Time{}, false, p.Now())
	case err != nil:
		status, out.Fault = http.StatusServiceUnavailable, support.Sentence(support.AsError(err).Message)
	}
	out.Record = ref
	out.describe()
	return p.render(c, status, "panel", page{Title: out.title(), Kind: panelKind, Script: "panel.js", Data: out})
}

func (p *pages) deadLink(c echo.Context) error {
	return p.say(c, http.StatusUnauthorized, panelKind, "This link has run out",
		"Links to the panel last for some hours. Please open the panel from the record again.")
}

func (p *pages) recordAddress(ref support.RecordRef) string {
	return p.base + "/v1/connections/" + url.PathEscape(ref.Connection) + "/records/" + url.PathEscape(ref.Type) + "/" + url.PathEscape(ref.ID)
}

func (v *panelView) title() string {
	if v.Number != "" {
		return v.Number
	}
	return "Remote support"
}

// describe fills in the words. Renew is for a code that nobody has used yet: a session that goes on keeps its own.
func (v *panelView) describe() {
	v.RanOut = v.State != "" && !v.State.Over() && v.Buttons.New
	v.CodeWord, v.Heading, v.Sentence = codeWord(v.Pair.Vendor), stateWord(v.State), v.advice()
	v.Renew = v.State == support.Invited && v.Buttons.Share
	v.Online = v.CustomerOnline != nil && *v.CustomerOnline && !v.State.Over()
	if v.RanOut {
		v.Heading, v.Code, v.CustomerLink = "The code has run out", "", "" // nobody should hand it out any more
	}
	if v.Attention != nil {
		v.Remedy = support.Remedy(v.Attention.Code)
	}
	if v.Fault != "" {
		v.Heading, v.Sentence = "The session could not be read", "This page tries again by itself."
	}
}

// advice says what the state means and what to do next.
func (v *panelView) advice() string {
	switch {
	case v.State == "":
		return v.ask("There is no session on this record.")
	case v.RanOut && v.State == support.Invited:
		return v.ask("Nobody used it in time.")
	case v.RanOut:
		return v.ask("A connection that is under way goes on, and is filed when it ends.")
	case v.State.Over() && v.Reason != "" && v.Reason != support.ReasonUnknownCause:
		return v.ask(support.Sentence(reasonWord(v.Reason)))
	case v.State.Over(): // TeamViewer never tells who ended it
		return v.ask("The session is over.")
	}
	return map[support.State]string{
		support.Requested: "Asking " + vendorWord(v.Pair.Vendor) + " for a code.",
		support.Invited:   "Give the customer the code, or send the link.",
		support.Waiting:   "The customer is there and waits for you. Join to begin.",
		support.Connected: "Technician and customer are connected.",
	}[v.State]
}

// ask adds how to get the next code, if this is the time for it.
func (v *panelView) ask(text string) string {
	switch {
	case !v.Buttons.New:
		return text
	case v.Named:
		return text + " Press New to ask for a code."
	}
	return text + " To ask for a code, press the button on the record: this link does not say who you are."
}

// historyView is a record's past sessions, or why they cannot be shown.
type historyView struct {
	Rows  []support.RowInfo
	Fault string
}

// history shows a record's past sessions. It is a page of its own, from which the panel takes its list, because the
// CRM is slower than the panel should be.
func (p *pages) history(c echo.Context) error {
	ref, _, ok := p.Links.PanelGrant(c.QueryParam("t"))
	pair, known := p.connection(ref.Connection)
	if !ok || !known {
		return p.deadLink(c)
	}
	var out historyView
	var err error
	if out.Rows, err = pair.History.History(c.Request().Context(), ref, historyLimit); err != nil {
		out.Fault = support.Sentence(support.AsError(err).Message)
	}
	return p.render(c, http.StatusOK, "history", page{Title: "History", Kind: panelKind, Data: out})
}
