package servicenow

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"example.com/lifeline/sandbox/kit"
)

// FaultKind is a way to go wrong (servicenow.md 4.4 and 7).
type FaultKind string

// The kinds of faults.
const (
	RateLimited     FaultKind = "rate_limited"       // 429, with Retry-After when RetryAfter is set
	CommitThenFail  FaultKind = "commit_then_fail"   // carried out, answered 500 "Transaction cancelled"
	CutOff          FaultKind = "cut_off"            // carried out, the JSON ends in the middle, 200
	ErrorInOK       FaultKind = "error_in_ok"        // carried out, 200 with "error" inside
	CommitThenDrop  FaultKind = "commit_then_drop"   // carried out, the connection ends without an answer
	Dropped         FaultKind = "dropped"            // 202, empty, not carried out
	Unauthenticated FaultKind = "unauthenticated"    // 401 although the token is good
	Maintenance     FaultKind = "maintenance"        // 503 with an HTML page
	LoginPage       FaultKind = "login_page"         // 200 with an HTML page
	Cancelled       FaultKind = "cancelled"          // 500 "Transaction cancelled", not carried out
	Slow            FaultKind = "slow"               // carried out after Delay, or never when the caller goes away first
	HangUp          FaultKind = "hang_up"            // the connection ends without an answer, not carried out
	RuleAbort       FaultKind = "rule_abort"         // 403, a business rule named Rule said no
	ACLRefused      FaultKind = "acl_refused"        // 403, the ACLs said no
	Unclear403      FaultKind = "error_during_write" // 403 "Error during insert of ..." without a reason
)

// Fault makes matching calls go wrong. Empty matchers match everything but the controls and the pages.
type Fault struct {
	Method     string        `json:"method,omitempty"`
	Path       string        `json:"path,omitempty"`  // a part of the path
	Table      string        `json:"table,omitempty"` // the table in the path of the call
	Kind       FaultKind     `json:"kind"`
	Skip       int           `json:"skip,omitempty"`        // matching calls to let pass first
	Times      int           `json:"times,omitempty"`       // 0 is once, below 0 is until cleared
	RetryAfter time.Duration `json:"retry_after,omitempty"` // sent in whole seconds; in JSON nanoseconds
	Delay      time.Duration `json:"delay,omitempty"`       // of Slow; in JSON nanoseconds
	Rule       string        `json:"rule,omitempty"`        // name of the business rule
}

// AddFault adds a fault. The first one that matches a call is used up.
func (s *Sim) AddFault(f Fault) { s.faults.Add(f) }

// Faults lists the faults that are left.
func (s *Sim) Faults() []Fault { return s.faults.List() }

// ClearFaults removes all faults.
func (s *Sim) ClearFaults() { s.faults.Clear() }

// takeFault finds the fault of a call and counts it; nil is none.
func (s *Sim) takeFault(c *call) *Fault {
	return s.faults.Take(func(f *Fault) bool {
		if !f.matches(c) {
			return false
		}
		if f.Skip > 0 {
			f.Skip--
			return false
		}
		return true
	})
}

func (f *Fault) matches(c *call) bool {
	return (f.Method == "" || strings.EqualFold(f.Method, c.method)) && strings.Contains(c.path, f.Path) &&
		(f.Table == "" || f.Table == c.segment(2))
}

// passes tells whether the call may go on; if not, it has been answered by the fault.
func (s *Sim) passes(w http.ResponseWriter, r *http.Request, f *Fault) bool {
	if f == nil {
		return true
	}
	switch f.Kind {
	case HangUp:
		panic(http.ErrAbortHandler)
	case Slow:
		return kit.Pause(r.Context(), f.Delay)
	}
	answer, instead := f.instead(newCall(r, nil))
	if instead {
		s.setCookies(&answer, r, "")
		answer.write(w, r)
	}
	return !instead
}

// instead is the answer of a fault that keeps the call from being carried out.
func (f *Fault) instead(c *call) (reply, bool) {
	switch f.Kind {
	case RateLimited:
		answer := failed(refuse(http.StatusTooManyRequests, "Rate limit exceeded", "Rate limit of 100 requests per hour for Table API exceeded"))
		if f.RetryAfter > 0 {
			answer.header.Set("Retry-After", strconv.Itoa(int(f.RetryAfter/time.Second)))
		}
		return answer, true
	case Dropped:
		return reply{status: http.StatusAccepted}, true
	case Unauthenticated:
		return failed(notAuthenticated()), true
	case Maintenance:
		return page(http.StatusServiceUnavailable, "The instance is under maintenance"), true
	case LoginPage:
		return page(http.StatusOK, "Log in"), true
	case Cancelled:
		return failed(cancelled()), true
	case RuleAbort:
		return failed(aborted(c.segment(2), f.Rule)), true
	case ACLRefused:
		return failed(denied(operationOf(c.method))), true
	case Unclear403:
		return failed(operationFailed("Error during insert of " + c.segment(2) + " ()")), true
	}
	return reply{}, false
}

// distort spoils the answer of a call that was carried out. It works on nil, too.
func (f *Fault) distort(answer *reply) *reply {
	if f == nil {
		return answer
	}
	switch f.Kind {
	case CommitThenFail:
		spoiled := failed(cancelled())
		return &spoiled
	case CommitThenDrop:
		panic(http.ErrAbortHandler)
	case CutOff:
		answer.status, answer.body = http.StatusOK, answer.body[:len(answer.body)/2]
	case ErrorInOK:
		answer.status, answer.body = http.StatusOK, withError(answer.body)
	}
	return answer
}

func cancelled() *failure {
	return refuse(http.StatusInternalServerError, "Transaction cancelled: maximum execution time exceeded",
		"Transaction cancelled: maximum execution time exceeded. Check logs for error trace.")
}

// withError puts the error of a cancelled transaction beside the result.
func withError(body []byte) []byte {
	whole := map[string]json.RawMessage{}
	if json.Unmarshal(body, &whole) != nil {
		return body
	}
	spoiled := failed(cancelled())
	if json.Unmarshal(spoiled.body, &whole) != nil {
		return body
	}
	out, _ := json.Marshal(whole)
	return out
}

func page(status int, title string) reply {
	body := "<!DOCTYPE html><html><head><title>" + title + "</title></head><body><h1>" + title + "</h1></body></html>"
	return reply{status: status, header: http.Header{"Content-Type": {"text/html;charset=UTF-8"}}, body: []byte(body)}
}

func operationOf(method string) Operation {
	switch method {
	case http.MethodPost:
		return Create
	case http.MethodDelete:
		return Delete
	case http.MethodGet:
		return Read
	}
	return Write
}
