package api

import (
	"errors"
	"net"
	"net/http"
	"net/netip"

	"github.com/labstack/echo/v4"

	"example.com/lifeline/support"
)

// Problem is an error as RFC 9457 has it. Code is stable; clients branch on it.
type Problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
	Code   string `json:"code"`
}

// statuses give failure codes their HTTP status; others follow from the kind.
var statuses = map[string]int{
	support.CodeInvalid:         http.StatusBadRequest,
	support.CodeNotFound:        http.StatusNotFound,
	support.CodeNoLiveSession:   http.StatusConflict,
	support.CodeSessionNotReady: http.StatusConflict,
	support.CodeConflict:        http.StatusConflict,
	support.CodeDisabled:        http.StatusForbidden,
	support.CodeRateLimited:     http.StatusServiceUnavailable,
	support.CodeUnreachable:     http.StatusServiceUnavailable,
	support.CodeNotSupported:    http.StatusNotImplemented,
	support.CodeInternal:        http.StatusInternalServerError,
	codeUnauthenticated:         http.StatusUnauthorized,
	codeForbidden:               http.StatusForbidden,
	codeTooLarge:                http.StatusRequestEntityTooLarge,
	codeTooMany:                 http.StatusTooManyRequests,
}

// Codes that only the API answers.
const (
	codeUnauthenticated = "unauthenticated"
	codeForbidden       = "forbidden"
	codeTooLarge        = "too_large"
	codeTooMany         = "too_many_requests"
)

func statusOf(failure *support.Error) int {
	if status, ok := statuses[failure.Code]; ok {
		return status
	}
	switch failure.Kind {
	case support.Stop:
		return http.StatusUnprocessableEntity
	case support.Attention:
		return http.StatusBadGateway
	}
	return http.StatusServiceUnavailable
}

// answerError writes the problem document. Only the public message leaves; the cause is logged.
func (s *Server) answerError(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	problem := s.problem(err)
	if problem.Status >= http.StatusInternalServerError {
		s.Log.Warn("a request failed", "route", c.Path(), "code", problem.Code, "error", err)
	}
	c.Response().Header().Set(echo.HeaderContentType, "application/problem+json")
	if problem.Status == http.StatusServiceUnavailable {
		c.Response().Header().Set("Retry-After", "5")
	}
	if err := c.JSON(problem.Status, problem); err != nil {
		s.Log.Debug("an answer was not written", "error", err)
	}
}

func (s *Server) problem(err error) Problem {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		err = support.Stopped(codeTooLarge, "the request is too large", nil)
	}
	var http404 *echo.HTTPError
	if errors.As(err, &http404) {
		return Problem{Type: "about:blank", Title: http.StatusText(http404.Code), Status: http404.Code, Detail: http.StatusText(http404.Code), Code: "http"}
	}
	failure := support.AsError(err)
	status := statusOf(failure)
	return Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: failure.Message, Code: failure.Code}
}

func ipNet(prefix netip.Prefix) *net.IPNet {
	return &net.IPNet{IP: prefix.Addr().AsSlice(), Mask: net.CIDRMask(prefix.Bits(), prefix.Addr().BitLen())}
}
