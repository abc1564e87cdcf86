package teamviewer

import (
	"context"
	"encoding/json"
	"net/url"

	"example.com/lifeline/support"
)

const (
	// maxPages bounds a sweep to 50,000 sessions.
	maxPages = 50
	// stateOpen includes codes that ran out: TeamViewer does not close them by itself (teamviewer.md 2.4).
	stateOpen = "open"
)

// Observe implements support.Vendor: the open sessions of the group, or of all the token sees, in one list
// (teamviewer.md 2.4). The only sign of a customer is online; whether a technician is there is not told, so no session
// is ever PhaseConnected. A code that ran out is PhaseEnded with ReasonExpired unless a customer is still on. A
// session that was closed is absent: the report tells whether it took place.
func (v *Vendor) Observe(ctx context.Context, _ support.ObserveRequest) ([]support.Observation, error) {
	var seen []support.Observation
	err := v.eachOpen(ctx, func(s session) bool {
		if codeForm.MatchString(string(s.Code)) {
			seen = append(seen, v.observation(s))
		}
		return true
	})
	return seen, err
}

func (v *Vendor) observation(s session) support.Observation {
	online := s.online()
	o := support.Observation{
		VendorSessionID: dashed(string(s.Code)),
		Token:           tokenOf(s.CustomAPI),
		CustomerOnline:  online,
		Status:          string(s.State),
	}
	if userIDForm.MatchString(string(s.Assigned)) && s.Assigned != "u0" {
		o.Technician.ID = string(s.Assigned)
	}
	switch {
	case s.closed():
		o.Phase = support.PhaseEnded
	case online != nil && *online:
		o.Phase = support.PhaseWaiting
	case s.expired(v.now()):
		o.Phase, o.Reason = support.PhaseEnded, support.ReasonExpired
	default:
		o.Phase = support.PhaseOpen
	}
	return o
}

// eachOpen pages through the open sessions, newest first, until visit answers false.
func (v *Vendor) eachOpen(ctx context.Context, visit func(session) bool) error {
	query := url.Values{"state": {stateOpen}, "full_list": {"true"}}
	if v.cfg.GroupID != "" {
		query.Set("groupid", v.cfg.GroupID)
	}
	for range maxPages {
		var page struct {
			Sessions   []json.RawMessage `json:"sessions"`
			NextOffset text              `json:"next_offset"`
		}
		if err := v.page(ctx, sessionsFunction, query, &page); err != nil {
			return err
		}
		for _, raw := range page.Sessions {
			var s session
			if json.Unmarshal(raw, &s) != nil {
				v.log.WarnContext(ctx, "a session in TeamViewer's list cannot be read", "bytes", len(raw))
			} else if !visit(s) {
				return nil
			}
		}
		next := string(page.NextOffset)
		if next == "" || next == query.Get("offset") {
			return nil
		}
		query.Set("offset", next)
	}
	return errProtocol(nil)
}
