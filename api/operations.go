package api

import (
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"

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

// OpenAPI is the API's description.
func OpenAPI() []byte { return openapiDocument }

func (s *Server) health(c echo.Context) error { return c.String(http.StatusOK, "ok\n") }

func (s *Server) ready(c echo.Context) error {
	if err := s.Sessions.Ready(c.Request().Context()); err != nil {
		return support.Retryable(support.CodeUnreachable, "the engine cannot be reached", 0, err)
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
	Next     string     `json:"next,omitempty"`
}

// ListItem is a session in the list, with its page in the engine's UI.
type ListItem struct {
	sessions.Listed
	TemporalURL string `json:"temporalUrl,omitempty"`
}

func (s *Server) list(c echo.Context) error {
	page, err := base64.RawURLEncoding.DecodeString(c.QueryParam("page"))
	if err != nil {
		return support.Stopped(support.CodeInvalid, "the page is not one that this list gave", nil)
	}
	size, _ := strconv.Atoi(c.QueryParam("limit"))
	list, next, err := s.Sessions.List(c.Request().Context(), sessions.Filter{
		Connection: c.QueryParam("connection"), State: support.State(c.QueryParam("state")), Agent: c.QueryParam("agent"),
		Attention: c.QueryParam("attention") == "true", Live: c.QueryParam("live") == "true", PageSize: size, Page: page,
	})
	if err != nil {
		return err
	}
	out := ListAnswer{Sessions: make([]ListItem, len(list)), Next: base64.RawURLEncoding.EncodeToString(next)}
	for i, item := range list {
		out.Sessions[i] = ListItem{Listed: item, TemporalURL: s.RunURL(item.WorkflowID, item.RunID)}
	}
	return c.JSON(http.StatusOK, out)
}

// retryRun lets a session that waits for a human go on, whatever its run is called.
func (s *Server) retryRun(c echo.Context) error {
	var in struct {
		WorkflowID string `json:"workflowId"`
	}
	if err := json.NewDecoder(c.Request().Body).Decode(&in); err != nil || in.WorkflowID == "" {
		return support.Stopped(support.CodeInvalid, "the body must name a workflowId", nil)
	}
	view, err := s.Sessions.RetryRun(c.Request().Context(), in.WorkflowID, workflows.RetryPress{By: "operator"}, uuid.NewString())
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, SessionAnswer{View: view, TemporalURL: s.RunURL(view.WorkflowID, view.RunID)})
}

func (s *Server) report(c echo.Context) (sessions.Periodic, error) {
	door, err := s.door(c)
	if err != nil {
		return sessions.Periodic{}, err
	}
	if door.Report == nil {
		return sessions.Periodic{}, support.Stopped(support.CodeNotSupported, "this vendor has no company report", nil)
	}
	return *door.Report, nil
}

func (s *Server) reportState(c echo.Context) error {
	periodic, err := s.report(c)
	if err != nil {
		return err
	}
	state, err := s.Sessions.Describe(c.Request().Context(), periodic)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, state)
}

func (s *Server) reportRefresh(c echo.Context) error {
	periodic, err := s.report(c)
	if err != nil {
		return err
	}
	if err := s.Sessions.RunNow(c.Request().Context(), periodic); err != nil {
		return err
	}
	return c.NoContent(http.StatusAccepted)
}

func (s *Server) reportPause(c echo.Context) error  { return s.setPause(c, true) }
func (s *Server) reportResume(c echo.Context) error { return s.setPause(c, false) }

func (s *Server) setPause(c echo.Context, paused bool) error {
	periodic, err := s.report(c)
	if err != nil {
		return err
	}
	if err := s.Sessions.Pause(c.Request().Context(), periodic, paused); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}
