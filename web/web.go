// Package web is what people look at: the agent's panel for one record, and the operators' pages. Pages are rendered
// here and need nothing from elsewhere; their scripts press the same API that CRMs use.
package web

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"example.com/lifeline/activities"
	"example.com/lifeline/api"
	"example.com/lifeline/sessions"
	"example.com/lifeline/support"
	"example.com/lifeline/workflows"
)

// Sessions are the workflows as the pages need them; implemented by package sessions.
type Sessions interface {
	State(ctx context.Context, ref support.RecordRef) (workflows.View, error)
	List(ctx context.Context, filter sessions.Filter) ([]sessions.Listed, []byte, error)
	RetryRun(ctx context.Context, workflowID string, press workflows.RetryPress, key string) (workflows.View, error)
	Describe(ctx context.Context, p sessions.Periodic) (sessions.PeriodicState, error)
	RunNow(ctx context.Context, p sessions.Periodic) error
	Pause(ctx context.Context, p sessions.Periodic, paused bool) error
	Troubles(ctx context.Context, connection string) ([]activities.Trouble, error)
}

// Historian reads a record's past sessions from its CRM, newest first; every support.CRM is one.
type Historian interface {
	History(ctx context.Context, ref support.RecordRef, limit int) ([]support.RowInfo, error)
}

// Links opens the signed links to panels and leads to the engine's UI; implemented by api.Server.
type Links interface {
	PanelGrant(token string) (support.RecordRef, support.Agent, bool)
	RunURL(workflowID, runID string) string
}

// Connection is a connection as the pages show it.
type Connection struct {
	Name    string
	CRM     support.CRMKind
	Vendor  support.VendorKind
	History Historian
	Report  *sessions.Periodic // the company report; nil: the vendor has none
}

// Options of the pages.
type Options struct {
	PublicURL      string // as browsers see Lifeline; a path in it is put before every address
	FrameAncestors []string
	Connections    []Connection // in the order in which they are shown
	Sessions       Sessions
	Links          Links
	Operators      api.Operators
	Now            func() time.Time
}

// pages answers requests for pages.
type pages struct {
	Options
	base string // path before every address; empty, or without a slash at its end
}

// Register adds the pages to the API's server, which sets the headers of every answer and keeps other sites' pages from
// pressing here.
func Register(e *echo.Echo, opts Options) {
	p := &pages{Options: opts, base: basePath(opts.PublicURL)}
	e.GET("/assets/:version/:file", p.asset)
	e.GET("/panel", p.panel)
	e.GET("/panel/history", p.history)
	p.operationsRoutes(e)
	e.GET("/", p.front)
}

// front leads whoever types only the host to the one page that needs no link from a record.
func (p *pages) front(c echo.Context) error {
	return c.Redirect(http.StatusSeeOther, p.base+"/operations")
}

func basePath(publicURL string) string {
	address, err := url.Parse(publicURL)
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(address.EscapedPath(), "/")
}

func (p *pages) connection(name string) (Connection, bool) {
	for _, c := range p.Connections {
		if c.Name == name {
			return c, true
		}
	}
	return Connection{}, false
}
