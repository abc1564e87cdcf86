package api

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"example.com/lifeline/support"
)

// The hooks, a label of the metric.
const (
	hookRescue     = "rescue"
	hookServiceNow = "servicenow_drop_in"
	hookDynamics   = "dynamics_drop_in"
	hookRow        = "dynamics"
)

// rescueHook takes a post on the address that carries the connection's secret.
func (s *Server) rescueHook(c echo.Context) error {
	secret, err := url.PathUnescape(c.Param("secret"))
	door := s.door(c)
	if err != nil || !matches(support.Secret(secret), door.HookSecrets) {
		return s.refusePost(hookRescue)
	}
	return s.takePost(c, door, hookRescue)
}

// servicenowDropIn takes posts on the address of the vendor's own ServiceNow connector. The instance selects among
// configured ones and may be left out while the key says enough (servicenow.md 5, S20); a host is never made of it.
func (s *Server) servicenowDropIn(c echo.Context) error {
	return s.dropIn(c, hookServiceNow, support.ServiceNow)
}

// dynamicsDropIn takes posts on the address of the vendor's own Dynamics connector.
func (s *Server) dynamicsDropIn(c echo.Context) error {
	return s.dropIn(c, hookDynamics, support.Dynamics)
}

// dropIn finds the connection by its key. Which connections there are is told to nobody without one.
func (s *Server) dropIn(c echo.Context, hook string, kind support.CRMKind) error {
	instance, key := c.QueryParam("instance"), support.Secret(c.QueryParam("key"))
	var found []*Door
	for _, door := range s.Doors {
		meant := instance == "" || door.Instance == "" || strings.EqualFold(door.Instance, instance)
		if door.kind() == kind && meant && matches(key, door.HookSecrets) {
			found = append(found, door)
		}
	}
	switch len(found) {
	case 0:
		return s.refusePost(hook)
	case 1:
		return s.takePost(c, found[0], hook)
	}
	s.Metrics.Hook(hook, outcomeRefused)
	return support.Stopped(support.CodeInvalid, "several connections have this key; name one with ?instance=, or give each its own key", nil)
}

func (s *Server) refusePost(hook string) error {
	s.Metrics.Hook(hook, outcomeRefused)
	return unauthenticated()
}

// rowPatience is below the 60 s after which Dataverse gives up (dynamics.md 1.3).
const rowPatience = 20 * time.Second

// dynamicsHook takes Dataverse's word that a session row was created. It is only a hint: the row is read again. 503
// buys the one retry that Dataverse makes (dynamics.md 1.3).
func (s *Server) dynamicsHook(c echo.Context) error {
	door := s.door(c)
	if !matches(support.Secret(c.Request().Header.Get("X-Lifeline-Key")), door.WebhookSecrets) || door.DecodeRequest == nil {
		return s.refusePost(hookRow)
	}
	outcome, err := s.takeRow(c.Request(), door)
	s.Metrics.Hook(hookRow, outcome)
	if err != nil {
		return err
	}
	return c.NoContent(http.StatusAccepted)
}

func (s *Server) takeRow(r *http.Request, door *Door) (string, error) {
	body, err := readBody(r)
	if err != nil {
		return outcomeOf(err), err
	}
	rowID, err := door.DecodeRequest(body)
	if err != nil {
		return outcomeInvalid, err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), rowPatience)
	defer cancel()
	if err := s.Sessions.Request(ctx, door.Name, rowID); err != nil {
		return outcomeFailed, support.Retryable(support.CodeUnreachable, "the request could not be taken; please send it again", 0, err)
	}
	return outcomeAccepted, nil
}
