package api

import (
	"context"
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

// TakeToken makes a credential of a token that the instance sent.
type TakeToken func(ctx context.Context, given TokenGiven) (support.Credential, error)

// tokenHook takes a refresh token from the instance. Steps that wait for it go on by themselves.
func (s *Server) tokenHook(c echo.Context) error {
	door, ctx := s.door(c), c.Request().Context()
	if err := s.mustBeTrusted(c.Request(), door); err != nil {
		return err
	}
	if err := door.mustExist(); err != nil {
		return err
	}
	if door.TakeToken == nil {
		return support.Stopped(support.CodeNotSupported, "this connection's CRM sends no token", nil)
	}
	var given TokenGiven
	if err := decode(c.Request(), &given); err != nil {
		return err
	}
	if given.RefreshToken == "" || given.Instance != door.Instance {
		return support.Stopped(support.CodeInvalid, "the body must name this connection's instance and hold a refresh_token", nil)
	}
	credential, err := door.TakeToken(ctx, given)
	if err != nil {
		return err
	}
	if err := s.Sessions.ProvideCredential(ctx, door.Name, door.Name, activities.CRMSubject("oauth"), credential); err != nil {
		return err
	}
	return c.JSON(http.StatusOK, TokenTaken{Ends: credential.Ends})
}

// TokenTaken says until when the instance's token is good.
type TokenTaken struct {
	Ends time.Time `json:"ends,omitzero"`
}
