package dynamics

import (
	"slices"

	"example.com/lifeline/support"
)

// activeStatus is the status reason of a row that is not closed yet. A session whose end is known but whose row is
// still open is "Ended - data pending", whatever its end was.
func activeStatus(row support.SessionRow) (Status, bool) {
	switch {
	case row.ErrorCode != "":
		return statusError, true
	case row.State.Over():
		return statusEnded, true
	case row.State == support.Requested:
		return statusRequested, true
	case row.State == support.Invited:
		return statusInvited, true
	case row.State == support.Waiting, row.State == support.Connected:
		return statusRunning, true
	}
	return Status{}, false
}

// closedStatus is the status reason that closing gives.
func closedStatus(state support.State) Status {
	switch state {
	case support.Expired:
		return statusExpired
	case support.Cancelled:
		return statusCancelled
	}
	return statusCompleted
}

// readState gives a row's state: Lifeline's own word where it was written, else what the status reason tells.
func (n names) readState(word string, statusCode int) support.State {
	if state := support.State(word); slices.Contains(support.States(), state) {
		return state
	}
	for status, state := range map[Status]support.State{
		statusInvited:   support.Invited,
		statusRunning:   support.Connected,
		statusEnded:     support.Ended,
		statusCompleted: support.Filed,
		statusExpired:   support.Expired,
		statusCancelled: support.Cancelled,
	} {
		if n.status(status) == statusCode {
			return state
		}
	}
	return support.Requested
}

// vendorNumbers are the values of the choice lifeline_vendor, without the option prefix.
var vendorNumbers = map[support.VendorKind]int{support.Rescue: 1, support.TeamViewer: 2}

func (n names) vendor(value int) support.VendorKind {
	for vendor, number := range vendorNumbers {
		if n.options+number == value {
			return vendor
		}
	}
	return ""
}
