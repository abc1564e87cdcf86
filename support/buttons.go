package support

import "time"

// Buttons are the agent's four buttons and whether each may be pressed now.
type Buttons struct {
	New   bool `json:"new"`   // ask for a code
	Join  bool `json:"join"`  // open the session as technician
	Share bool `json:"share"` // send the customer the link
	Close bool `json:"close"` // close the session, or withdraw the code
}

// ButtonsFor computes the buttons of a session in one place for panel, API and session row: New while there is no
// live session, the other three while there is one whose code has not run out. A Rescue session that somebody joined
// needs no code any more, and may be joined and closed; TeamViewer's links end with the code (teamviewer.md 6).
func ButtonsFor(vendor VendorKind, state State, expires time.Time, closing bool, now time.Time) Buttons {
	ranOut := !now.Before(expires)
	switch {
	case state == "" || state.Over():
		return Buttons{New: true}
	case closing || state == Requested:
		return Buttons{}
	case ranOut && (vendor == TeamViewer || state == Invited):
		return Buttons{New: true}
	}
	return Buttons{Join: true, Share: !ranOut, Close: true}
}
