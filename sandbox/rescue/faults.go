package rescue

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"example.com/lifeline/sandbox/kit"
)

// Fault makes the next calls of a method go wrong.
type Fault struct {
	Method string `json:"method"` // "requestPINCode" stands for all its versions, "*" for every method
	// Kind is an error word ("ERROR", "POLLRATEEXCEEDED"), an HTTP status ("500", "429"), or one of: html (a page with
	// status 200), empty (no body), slow (answers after Delay), drop (connection cut, nothing done), commitdrop (done,
	// then connection cut), truncate (half of the answer).
	Kind  string   `json:"kind"`
	Times int      `json:"times"` // how many calls; 0 is one, below 0 is until ClearFaults
	Delay Duration `json:"delay"` // of slow; 0 is a minute
	// RetryAfter is sent with an HTTP status, in seconds; 0 sends none.
	RetryAfter int `json:"retryAfter,omitempty"`
}

func newFaults() *kit.Faults[Fault] { return kit.NewFaults(func(f *Fault) *int { return &f.Times }) }

// Fault adds a fault. Several for one method take effect one after the other.
func (s *Sim) Fault(f Fault) { s.faults.Add(f) }

// Faults lists the faults that are left.
func (s *Sim) Faults() []Fault { return s.faults.List() }

// ClearFaults removes all faults.
func (s *Sim) ClearFaults() { s.faults.Clear() }

// takeFault uses up one application of a fault for the method; Kind is empty when there is none.
func (s *Sim) takeFault(name string) Fault {
	if taken := s.faults.Take(func(f *Fault) bool { return f.hits(name) }); taken != nil {
		return *taken
	}
	return Fault{}
}

func (f *Fault) hits(name string) bool {
	key := methodKey(name)
	return f.Method == "*" || methodKey(f.Method) == key || strings.EqualFold(f.Method, methods[key].family)
}

// word tells whether the fault is an error word of the API.
func (f Fault) word() bool {
	return f.Kind != "" && f.Kind == strings.ToUpper(f.Kind) && f.status() == 0
}

func (f Fault) status() int {
	status, _ := strconv.Atoi(f.Kind)
	return status
}

// before does what a fault does instead of the call; it tells whether the answer is finished.
func (f Fault) before(w http.ResponseWriter, r *http.Request) bool {
	switch {
	case f.status() > 0:
		if f.RetryAfter > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(f.RetryAfter))
		}
		http.Error(w, http.StatusText(f.status()), f.status())
	case f.Kind == "html":
		lostPage(w)
	case f.Kind == "empty":
		w.WriteHeader(http.StatusOK)
	case f.Kind == "slow":
		f.wait(r)
		return r.Context().Err() != nil
	case f.Kind == "drop":
		panic(http.ErrAbortHandler) // the documented way to cut a connection
	default:
		return false
	}
	return true
}

// wait holds the call up, unless the caller gives up first.
func (f Fault) wait(r *http.Request) {
	delay := time.Duration(f.Delay)
	if delay == 0 {
		delay = time.Minute
	}
	kit.Pause(r.Context(), delay)
}

// write sends the answer as the fault lets it through.
func (f Fault) write(w http.ResponseWriter, contentType, body string) {
	if f.Kind == "commitdrop" {
		panic(http.ErrAbortHandler)
	}
	if f.Kind == "truncate" {
		body = body[:len(body)/2]
	}
	w.Header().Set("Content-Type", contentType)
	_, _ = w.Write([]byte(body))
}
