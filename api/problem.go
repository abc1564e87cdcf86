package api

import (
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"example.com/lifeline/support"
)

// Problem is an error as RFC 9457 has it. Code is stable; clients branch on it.
type Problem struct {
	Type      string `json:"type"`
	Title     string `json:"title"`
	Status    int    `json:"status"`
	Detail    string `json:"detail"`
	Code      string `json:"code"`
	SignInURL string `json:"signInUrl,omitempty"` // with sign_in_needed: where the agent signs in to the vendor once
}

// Codes that only the API answers.
const (
	codeUnauthenticated  = "unauthenticated"
	codeForbidden        = "forbidden"
	codeMethodNotAllowed = "method_not_allowed"
	codeTooLarge         = "too_large"
	codeTooMany          = "too_many_requests"
)

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
	codeMethodNotAllowed:        http.StatusMethodNotAllowed,
	codeTooLarge:                http.StatusRequestEntityTooLarge,
	codeTooMany:                 http.StatusTooManyRequests,
}

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

// signInNeeded is the failure sign_in_needed with the way out of it, which is no part of any message.
type signInNeeded struct {
	error
	url string
}

func (e *signInNeeded) Unwrap() error { return e.error }

// answerError writes the problem document, or a page where a browser shows it to a human. Only the public message
// leaves; the cause is logged.
func (s *Server) answerError(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	failure := asFailure(err)
	problem := problemOf(failure, err)
	if problem.Status >= http.StatusInternalServerError {
		s.Log.Warn("a request failed", "route", c.Path(), "code", problem.Code, "error", err)
	}
	explain(c.Response().Header(), problem.Status, failure.RetryAfter)
	if err := s.writeProblem(c, problem); err != nil {
		s.Log.Debug("an answer was not written", "error", err)
	}
}

func (s *Server) writeProblem(c echo.Context, problem Problem) error {
	if isPage(c.Path()) && strings.Contains(c.Request().Header.Get(echo.HeaderAccept), echo.MIMETextHTML) {
		return render(c, problem.Status, "problem.html", problem)
	}
	c.Response().Header().Set(echo.HeaderContentType, "application/problem+json")
	return c.JSON(problem.Status, problem)
}

// explain sets the headers that go with a status.
func explain(h http.Header, status int, after time.Duration) {
	switch status {
	case http.StatusUnauthorized:
		h.Set("WWW-Authenticate", "Bearer")
	case http.StatusServiceUnavailable:
		after = max(after, 5*time.Second)
	case http.StatusTooManyRequests:
		after = max(after, time.Second)
	}
	if after > 0 {
		h.Set("Retry-After", strconv.Itoa(int(math.Ceil(after.Seconds()))))
	}
}

func problemOf(failure *support.Error, err error) Problem {
	status := statusOf(failure)
	problem := Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: support.Sentence(failure.Message), Code: failure.Code}
	var signIn *signInNeeded
	if errors.As(err, &signIn) {
		problem.SignInURL = signIn.url
	}
	return problem
}

// asFailure also translates what the router answers.
func asFailure(err error) *support.Error {
	var routed *echo.HTTPError
	if !errors.As(err, &routed) {
		return support.AsError(err)
	}
	switch {
	case routed.Code == http.StatusNotFound:
		return support.Stopped(support.CodeNotFound, "there is nothing at this address", nil)
	case routed.Code == http.StatusMethodNotAllowed:
		return support.Stopped(codeMethodNotAllowed, "this address does not know the method", nil)
	case routed.Code < http.StatusInternalServerError:
		return support.Stopped(support.CodeInvalid, "the request is not one that this address expects", nil)
	}
	return support.AsError(err)
}
