package api

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"example.com/lifeline/activities"
	"example.com/lifeline/support"
)

// TokenGiven is what ServiceNow's token set-up sends (servicenow.md 2.6). The address in it is not used: instances are
// matched against the configuration.
type TokenGiven struct {
	Instance     string         `json:"instance"`
	RefreshToken support.Secret `json:"refresh_token"`
	ExpiresAt    time.Time      `json:"expires_at"`
}

// tokenHook takes a refresh token from the instance. Steps that wait for it go on by themselves.
func (s *Server) tokenHook(c echo.Context) error {
	door, err := s.door(c)
	if err != nil {
		return err
	}
	who, err := s.identify(c, door)
	if err != nil {
		return err
	}
	if !who.trusted || door.TakeToken == nil {
		return unauthenticated()
	}
	var given TokenGiven
	if err := json.NewDecoder(c.Request().Body).Decode(&given); err != nil || given.RefreshToken == "" || given.Instance != door.Instance {
		return support.Stopped(support.CodeInvalid, "the body must name this connection's instance and hold a refresh_token", nil)
	}
	credential, err := door.TakeToken(c.Request().Context(), given)
	if err != nil {
		return err
	}
	if err := s.Sessions.ProvideCredential(c.Request().Context(), door.Name, door.Name, activities.CRMSubject("oauth"), credential); err != nil {
		return err
	}
	return c.JSON(http.StatusOK, map[string]any{"ends": credential.Ends})
}

// deliverTimeout is short: a post that the engine does not take soon is kept on disk, and the vendor gets its answer.
func (s *Server) deliverTimeout() time.Duration { return 3 * time.Second }

// SignIn signs an agent in to the vendor once, where no SSO does, and keeps the authcode; the password is not stored.
type SignIn func(ctx context.Context, agent support.Agent, email string, password support.Secret) error
