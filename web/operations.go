package web

import (
	"context"
	"encoding/base64"
	"net/http"
	"net/url"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"example.com/lifeline/sessions"
	"example.com/lifeline/support"
	"example.com/lifeline/workflows"
)

const operationsKind = "operations"

// engineTimeout bounds what one page asks of the engine.
const engineTimeout = 8 * time.Second

// pageSize is how many sessions one page of the list shows.
const pageSize = 50

// formLimit bounds a form in bytes.
const formLimit = 64 << 10

func (p *pages) operationsRoutes(e *echo.Echo) {
	open := e.Group("/operations", boundForm)
	open.GET("/signin", p.signInPage)
	open.POST("/signin", p.signIn, p.slowly())
	open.POST("/signout", p.signOut)

	group := open.Group("", p.operatorsOnly)
	group.GET("", p.sessionList)
	group.GET("/connections", p.connectionList)
	group.POST("/retry", p.retry)
	group.POST("/connections/:c/report/:do", p.steerReport)
	open.RouteNotFound("/*", p.nothing) // the last one counts: groups register one of their own
}

func (p *pages) nothing(c echo.Context) error {
	return p.say(c, http.StatusNotFound, operationsKind, "There is no such page", "The address may be misspelt, or from an older version.")
}

// filters are what the list of sessions is narrowed by, as the address has it.
type filters struct {
	Connection, Agent string
	State             support.State
	Attention, Live   bool
	Page              string
}

func readFilters(q url.Values) filters {
	return filters{
		Connection: q.Get("connection"), Agent: q.Get("agent"), State: support.State(q.Get("state")),
		Attention: q.Has("attention"), Live: q.Has("live"), Page: q.Get("page"),
	}
}

// query writes the filters as readFilters reads them.
func (f filters) query() url.Values {
	q := url.Values{}
	for name, value := range map[string]string{"connection": f.Connection, "agent": f.Agent, "state": string(f.State), "page": f.Page} {
		if value != "" {
			q.Set(name, value)
		}
	}
	for name, on := range map[string]bool{"attention": f.Attention, "live": f.Live} {
		if on {
			q.Set(name, "on")
		}
	}
	return q
}

// Address is the list under these filters, from another page on.
func (f filters) Address(page string) string {
	f.Page = page
	return "?" + f.query().Encode()
}

// Encoded goes into forms, so that the list is the same after a press.
func (f filters) Encoded() string { return f.query().Encode() }

// listedSession is a session of the list.
type listedSession struct {
	sessions.Listed
	RunURL    string
	Attention string // why it waits, in plain words
	Remedy    string
}

type sessionListView struct {
	Filters  filters
	Names    []string
	States   []support.State
	Counts   counts
	Sessions []listedSession
	Next     string
	Done     string
	Fault    string
}

// sessionList shows how many sessions stand where, and the list.
func (p *pages) sessionList(c echo.Context) error {
	ctx, cancel := context.WithTimeout(c.Request().Context(), engineTimeout)
	defer cancel()
	out := sessionListView{
		Filters: readFilters(c.QueryParams()), Done: doneWords[c.QueryParam("done")],
		States: support.States(),
	}
	for _, connection := range p.Connections {
		out.Names = append(out.Names, connection.Name)
	}
	if err := p.fillList(ctx, &out); err != nil {
		out.Fault = support.Sentence(support.AsError(err).Message)
	}
	return p.operationsPage(c, "operations", "Sessions", out, out.Fault)
}

func (p *pages) fillList(ctx context.Context, out *sessionListView) error {
	f := out.Filters
	from, err := base64.RawURLEncoding.DecodeString(f.Page)
	if err != nil {
		return support.Stopped(support.CodeInvalid, "the page is not one that this list gave", nil)
	}
	list, next, err := p.Sessions.List(ctx, sessions.Filter{
		Connection: f.Connection, State: f.State, Agent: f.Agent, Attention: f.Attention, Live: f.Live, PageSize: pageSize, Page: from,
	})
	if err != nil {
		return err
	}
	for _, l := range list {
		out.Sessions = append(out.Sessions, p.listed(l))
	}
	out.Next = base64.RawURLEncoding.EncodeToString(next)
	out.Counts, err = p.count(ctx)
	return err
}

func (p *pages) listed(l sessions.Listed) listedSession {
	out := listedSession{Listed: l, RunURL: p.Links.RunURL(l.WorkflowID, l.RunID), Attention: l.Attention}
	if l.Attention != "" {
		out.Remedy = support.Remedy(l.Attention)
	}
	return out
}

// operationsPage renders a page of the operators; a fault of the engine gives its status.
func (p *pages) operationsPage(c echo.Context, name, title string, data any, fault string) error {
	status := http.StatusOK
	if fault != "" {
		status = http.StatusServiceUnavailable
	}
	signed := !p.Operators.Open
	return p.render(c, status, name, page{Title: title, Kind: operationsKind, Script: "operations.js", Signout: signed, Data: data})
}

// doneWords say what a press has done; the address names them by these keys only.
var doneWords = map[string]string{
	"retry": "The session goes on.", "run": "The report runs now.", "pause": "The report is paused.", "resume": "The report runs at its intervals again.",
}

// retry lets a session that waits for a human go on.
func (p *pages) retry(c echo.Context) error {
	ctx, cancel := context.WithTimeout(c.Request().Context(), engineTimeout)
	defer cancel()
	_, err := p.Sessions.RetryRun(ctx, c.FormValue("workflow"), workflows.RetryPress{By: "operator"}, uuid.NewString())
	if err != nil {
		return p.refused(c, err)
	}
	back, _ := url.ParseQuery(c.FormValue("back")) // what cannot be read is left out
	query := readFilters(back).query()
	query.Set("done", "retry")
	return c.Redirect(http.StatusSeeOther, p.base+"/operations?"+query.Encode())
}

func (p *pages) refused(c echo.Context, err error) error {
	return p.say(c, http.StatusUnprocessableEntity, operationsKind, "That did not work", support.Sentence(support.AsError(err).Message))
}
