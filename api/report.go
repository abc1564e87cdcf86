package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"example.com/lifeline/sessions"
	"example.com/lifeline/support"
)

// report finds the company report of the connection, which not every vendor has.
func (s *Server) report(c echo.Context) (sessions.Periodic, error) {
	door := s.door(c)
	if err := door.mustExist(); err != nil {
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
