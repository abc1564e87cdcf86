package api

import (
	_ "embed"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"example.com/lifeline/sessions"
	"example.com/lifeline/support"
	"example.com/lifeline/workflows"
)

//go:embed openapi.yaml
var openapiDocument []byte

func (s *Server) openapi(c echo.Context) error {
	return c.Blob(http.StatusOK, "application/yaml", openapiDocument)
}

func (s *Server) health(c echo.Context) error { return c.String(http.StatusOK, "ok\n") }

func (s *Server) ready(c echo.Context) error {
	if err := s.Sessions.Ready(c.Request().Context()); err != nil {
		return support.Retryable(support.CodeUnreachable, "the engine cannot be reached", 0, err)
	}
	if err := s.Inbox.Ready(); err != nil {
		return support.Retryable(support.CodeUnreachable, "the inbox can keep no posts", 0, err)
	}
	return c.String(http.StatusOK, "ready\n")
}

// RunURL is a run's page in the engine's UI; empty without one.
func (s *Server) RunURL(workflowID, runID string) string {
	if s.TemporalUI == "" || workflowID == "" {
		return ""
	}
	return s.TemporalUI + "/workflows/" + url.PathEscape(workflowID) + "/" + url.PathEscape(runID) + "/history"
}

// ListAnswer is a page of sessions.
type ListAnswer struct {
	Sessions []ListItem `json:"sessions"`
	Next     string     `json:"next,omitempty"` // as ?page= of the next request; empty on the last page
}

// ListItem is a session in the list, with its page in the engine's UI.
type ListItem struct {
	sessions.Listed
	TemporalURL string `json:"temporalUrl,omitempty"`
}

func (s *Server) list(c echo.Context) error {
	filter, err := s.filter(c)
	if err != nil {
		return err
	}
	list, next, err := s.Sessions.List(c.Request().Context(), filter)
	if err != nil {
		return err
	}
	out := ListAnswer{Sessions: make([]ListItem, len(list))}
	if len(next) > 0 {
		out.Next = s.links.seal(pagePurpose, next)
	}
	for i, item := range list {
		out.Sessions[i] = ListItem{Listed: item, TemporalURL: s.RunURL(item.WorkflowID, item.RunID)}
	}
	return c.JSON(http.StatusOK, out)
}

// filter reads what is wanted of the list. The engine would answer a filter it does not understand like a fault of
// its own.
func (s *Server) filter(c echo.Context) (sessions.Filter, error) {
	f := sessions.Filter{
		Connection: c.QueryParam("connection"), State: support.State(c.QueryParam("state")), Agent: c.QueryParam("agent"),
		Attention: c.QueryParam("attention") == "true", Live: c.QueryParam("live") == "true",
	}
	var err error
	if f.PageSize, err = limitParam(c, 100, 500); err != nil {
		return f, err
	}
	if page := c.QueryParam("page"); page != "" {
		var ours bool
		if f.Page, ours = s.links.unseal(pagePurpose, page); !ours {
			return f, support.Stopped(support.CodeInvalid, "the page is not one that this list gave", nil)
		}
	}
	switch {
	case f.Connection != "" && s.Doors[f.Connection] == nil:
		return f, support.Stopped(support.CodeInvalid, "there is no connection of this name", nil)
	case f.State != "" && !slices.Contains(support.States(), f.State):
		return f, support.Stopped(support.CodeInvalid, "there is no state of this name", nil)
	case !isLine(f.Agent, 100) || strings.ContainsAny(f.Agent, `'"\`):
		return f, support.Stopped(support.CodeInvalid, "agent must be a user's id", nil)
	}
	return f, nil
}

// retryRun lets a session that waits for a human go on, whatever its run is called.
func (s *Server) retryRun(c echo.Context) error {
	var in struct {
		WorkflowID string `json:"workflowId"`
	}
	if err := decode(c.Request(), &in); err != nil {
		return err
	}
	_, ofRecord := support.ParseSessionWorkflowID(in.WorkflowID)
	_, _, adopted := support.ParseAdoptedWorkflowID(in.WorkflowID)
	if !isLine(in.WorkflowID, 300) || (!ofRecord && !adopted) {
		return support.Stopped(support.CodeInvalid, "the body must name the workflowId of a session", nil)
	}
	view, err := s.Sessions.RetryRun(c.Request().Context(), in.WorkflowID, workflows.RetryPress{By: "operator"}, uuid.NewString())
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, SessionAnswer{View: view, TemporalURL: s.RunURL(view.WorkflowID, view.RunID)})
}
