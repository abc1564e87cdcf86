package teamviewer

import (
	"time"

	"example.com/lifeline/sandbox/kit"
)

// Settings are the switches for what the reference leaves open (teamviewer.md 8). They can be changed while the
// simulator runs, see Configure.
type Settings struct {
	// State is how a session's state is written (teamviewer.md 2.2).
	State StateForm `json:"state"`
	// RedirectOnCreate answers POST /sessions with 302 instead of 200 (teamviewer.md 2.3, inferred).
	RedirectOnCreate bool `json:"redirectOnCreate"`
	// PageSize is the most entries of one list answer; 0 is 1000 (teamviewer.md 2.4, 3.2).
	PageSize int `json:"pageSize"`
	// Subset says what list entries hold without full_list (teamviewer.md 2.4, inferred).
	Subset ListSubset `json:"subset"`
	// UnknownAsBadRequest answers an unknown code with 400 invalid_request instead of 404 not_found (teamviewer.md 1.6).
	UnknownAsBadRequest bool `json:"unknownAsBadRequest"`
	// UndashedCodes writes session_code without dashes in reports (teamviewer.md 3.3).
	UndashedCodes bool `json:"undashedCodes"`
	// ReportDelay is the time from a connection's end until its report is visible; nil is 5 s (teamviewer.md 8).
	ReportDelay *Duration `json:"reportDelay"`
	// ReportsRemaining names the counter of report pages "reports_remaining", as the manual does (teamviewer.md 3.3).
	ReportsRemaining bool `json:"reportsRemaining"`
	// MaxValidity is the longest valid_until that is accepted; 0 is any (teamviewer.md 2.3).
	MaxValidity Duration `json:"maxValidity"`
	// AccessLife is how long an OAuth access token lives; 0 is a day (teamviewer.md 1.2: the manual's sample shows an hour).
	AccessLife Duration `json:"accessLife"`
	// NoLimits switches the rate limits off (teamviewer.md 1.5).
	NoLimits bool `json:"noLimits"`
	// PingRefuses answers a ping with a bad token with 401 instead of token_valid false (teamviewer.md 1.7).
	PingRefuses bool `json:"pingRefuses"`
	// QuotedLicenceText writes the licence refusal as a JSON string instead of bare text (teamviewer.md 1.6).
	QuotedLicenceText bool `json:"quotedLicenceText"`
	// Feedback asks customers for a rating: reports carry "feedback", {} when none was given (teamviewer.md 3.3).
	Feedback bool `json:"feedback"`
	// EmptyTranscript answers [] instead of 404 for a connection without chat (teamviewer.md 3.4).
	EmptyTranscript bool `json:"emptyTranscript"`
}

// StateForm is a way to write a session's state.
type StateForm string

// The forms. Which numbers mean open and closed is not known; the simulator writes 1 and 2.
const (
	TitleCase StateForm = "title"  // "Open", as recorded
	LowerCase StateForm = "lower"  // "open", as in the manual
	Number    StateForm = "number" // an integer, as in the vendor's API description
)

// ListSubset is the choice of properties in a list without full_list.
type ListSubset string

// The subsets.
const (
	Minimal   ListSubset = "minimal" // code, state, groupid, assigned_userid, created_at, valid_until
	WithLinks ListSubset = "links"   // also assigned_at, the links, online and support_session_type
)

const (
	maxPage            = 1000
	defaultReportDelay = 5 * time.Second
)

// Duration is a time.Duration that JSON shows as "20m0s".
type Duration = kit.Duration

// Delay makes a report delay for Settings.
func Delay(d time.Duration) *Duration { return new(Duration(d)) }

func (set Settings) withDefaults() Settings {
	if set.State == "" {
		set.State = TitleCase
	}
	if set.PageSize <= 0 || set.PageSize > maxPage {
		set.PageSize = maxPage
	}
	if set.Subset == "" {
		set.Subset = Minimal
	}
	if set.AccessLife <= 0 {
		set.AccessLife = Duration(24 * time.Hour)
	}
	if set.ReportDelay == nil {
		set.ReportDelay = Delay(defaultReportDelay)
	}
	return set
}

// Settings returns the switches as they are.
func (s *Sim) Settings() Settings {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.settings
}

// Configure changes switches while the simulator runs. It holds the lock: change must not call the simulator.
func (s *Sim) Configure(change func(*Settings)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.settings)
	s.settings = s.settings.withDefaults()
	s.touch()
}
