package teamviewer

import (
	"net/http"
	"strings"
	"time"
)

// LicenceType is the edition a company has bought.
type LicenceType string

// The editions, weakest first. Tensor's limits are not known; it counts as Corporate (teamviewer.md 1.5).
const (
	Free      LicenceType = "Free"
	Business  LicenceType = "Business"
	Premium   LicenceType = "Premium"
	Corporate LicenceType = "Corporate"
	Tensor    LicenceType = "Tensor"
)

// Licence is what the company may do.
type Licence struct {
	Type LicenceType `json:"type"`
	// MaxOpenSessions refuses more open sessions with the words "license limitations"; 0 is no ceiling (teamviewer.md 1.6).
	MaxOpenSessions int `json:"maxOpenSessions,omitempty"`
}

// rank orders the editions; an unknown word ranks below all.
func (t LicenceType) rank() int {
	return map[LicenceType]int{Free: 1, Business: 2, Premium: 3, Corporate: 4, Tensor: 5}[t]
}

// allowance is how many calls of one function a token may make in which time (teamviewer.md 1.5).
func (t LicenceType) allowance() (int, time.Duration) {
	switch t {
	case Business:
		return 7_200, 24 * time.Hour
	case Premium:
		return 14_400, 24 * time.Hour
	case Corporate, Tensor:
		return 36_000, 24 * time.Hour
	}
	return 300, time.Hour
}

// SetLicence changes the company's licence. An empty type keeps the one in force.
func (s *Sim) SetLicence(l Licence) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if l.Type == "" {
		l.Type = s.licence.Type
	}
	s.licence = l
	s.touch()
}

// Licence returns the company's licence.
func (s *Sim) Licence() Licence {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.licence
}

// limitKey names a counter: calls are counted per token and function.
type limitKey struct{ token, route string }

// limitWindow counts calls from the first one on. Whether the real window slides is not known.
type limitWindow struct {
	start time.Time
	calls int
}

// countCall counts a call, or refuses it.
func (s *Sim) countCall(token, route string) error {
	if s.settings.NoLimits {
		return nil
	}
	allowed, period := s.licence.Type.allowance()
	key := limitKey{token, route}
	window := s.limits[key]
	if window == nil || s.now().Sub(window.start) >= period {
		window = &limitWindow{start: s.now()}
		s.limits[key] = window
	}
	if window.calls >= allowed {
		return rateLimited()
	}
	window.calls++
	return nil
}

// ceiling refuses a session too many. Expired sessions count until they are closed.
func (s *Sim) ceiling() error {
	open := 0
	for _, x := range s.sessions {
		if x.State == Open {
			open++
		}
	}
	if s.licence.MaxOpenSessions > 0 && open >= s.licence.MaxOpenSessions {
		return s.licenceRefusal()
	}
	return nil
}

// licenceRefusal is the refusal that is no error object (teamviewer.md 1.6).
func (s *Sim) licenceRefusal() error {
	text := "The session could not be created due to license limitations."
	if s.settings.QuotedLicenceText {
		text = `"` + text + `"`
	}
	return &textError{http.StatusBadRequest, text}
}

// textError is a refusal whose body is bare text.
type textError struct {
	status int
	text   string
}

func (e *textError) Error() string { return strings.Trim(e.text, `"`) }
