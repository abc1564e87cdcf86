package teamviewer

import (
	"errors"
	"net/http"
	"slices"
	"strings"
)

// FaultKind is a way to go wrong (teamviewer.md 8).
type FaultKind string

// The kinds of faults. Those of the second group carry the call out.
const (
	Fault500       FaultKind = "500"        // 500 internal_error
	FaultRateLimit FaultKind = "rate_limit" // 403 rate_limit_reached
	FaultBlocked   FaultKind = "blocked"    // 403 blocked
	FaultHTML      FaultKind = "html"       // a web page with status 200
	FaultLicence   FaultKind = "licence"    // 400 with a text about license limitations

	FaultTimeout FaultKind = "timeout" // carried out, but no answer until the caller gives up
	FaultCut     FaultKind = "cut"     // carried out, then the connection is cut
)

var faultKinds = []FaultKind{Fault500, FaultRateLimit, FaultBlocked, FaultHTML, FaultLicence, FaultTimeout, FaultCut}

// Fault makes calls of functions go wrong.
type Fault struct {
	// Match is a function, e.g. "POST /sessions" or "GET /sessions/{code}"; each half may be "*". Empty is every one.
	Match string    `json:"match"`
	Kind  FaultKind `json:"kind"`
	Times int       `json:"times,omitempty"` // how many calls; 0 is one, below 0 is until ClearFaults
}

var errUnknownFault = errors.New("there is no such kind of fault")

// Fault adds a fault. Several for one function take effect one after the other. An unknown kind is an error.
func (s *Sim) Fault(f Fault) error {
	if !slices.Contains(faultKinds, f.Kind) {
		return errUnknownFault
	}
	s.faults.Add(f)
	return nil
}

// Faults lists the faults that are left.
func (s *Sim) Faults() []Fault { return s.faults.List() }

// ClearFaults removes all faults.
func (s *Sim) ClearFaults() { s.faults.Clear() }

// takeFault uses up one application of a fault for the function; Kind is empty when there is none.
func (s *Sim) takeFault(route string) Fault {
	if taken := s.faults.Take(func(f *Fault) bool { return f.hits(route) }); taken != nil {
		return *taken
	}
	return Fault{}
}

func (f *Fault) hits(route string) bool {
	if f.Match == "" {
		return true
	}
	method, path, _ := strings.Cut(route, " ")
	wantedMethod, wantedPath, _ := strings.Cut(f.Match, " ")
	return (wantedMethod == "*" || wantedMethod == method) && (wantedPath == "*" || strings.EqualFold(wantedPath, path))
}

// faultAnswer is the answer of a fault that keeps the call from being carried out.
func (s *Sim) faultAnswer(f Fault) (answer, bool) {
	switch f.Kind {
	case Fault500:
		return failed(refuse(http.StatusInternalServerError, "internal_error", "An internal error occurred.")), true
	case FaultRateLimit:
		return failed(rateLimited()), true
	case FaultBlocked:
		return failed(refuse(http.StatusForbidden, "blocked", "Your IP address is blocked.")), true
	case FaultHTML:
		return answer{status: http.StatusOK, header: http.Header{"Content-Type": {"text/html; charset=utf-8"}},
			text: "<!DOCTYPE html><html><head><title>TeamViewer</title></head><body><h1>We will be back soon</h1></body></html>"}, true
	case FaultLicence:
		s.mu.Lock()
		defer s.mu.Unlock()
		return failed(s.licenceRefusal()), true
	}
	return answer{}, false
}
