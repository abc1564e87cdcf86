package support

import "time"

// State is where a session stands.
type State string

// The states of a session, in the order of its life, and the two ends without a support session.
const (
	Requested State = "requested" // a button was pressed
	Invited   State = "invited"   // the vendor issued a code
	Waiting   State = "waiting"   // the customer is there, the technician not yet
	Connected State = "connected" // both are there
	Ended     State = "ended"     // over, not yet filed
	Filed     State = "filed"     // everything is in the CRM
	Expired   State = "expired"   // the code ran out unused
	Cancelled State = "cancelled" // withdrawn before anybody joined, or never opened
)

// States lists all states in the order of a session's life.
func States() []State {
	return []State{Requested, Invited, Waiting, Connected, Ended, Filed, Expired, Cancelled}
}

// Over tells whether nothing more will happen at the vendor.
func (s State) Over() bool {
	return s == Ended || s == Filed || s == Expired || s == Cancelled
}

// Invitation is what agent and customer need to join.
type Invitation struct {
	Code            string    `json:"code"`                      // Rescue: PIN of 6 digits; TeamViewer: s104-882-317
	CustomerLink    string    `json:"customerLink"`              // opens the session at the customer's
	SupporterLink   Secret    `json:"supporterLink,omitempty"`   // TeamViewer: whoever has it joins as supporter
	VendorSessionID string    `json:"vendorSessionId,omitempty"` // TeamViewer knows it at once (= Code); Rescue only later
	ExpiresAt       time.Time `json:"expiresAt"`
}

// Phase is what the vendor shows of a session at one moment.
type Phase string

// The phases. Unknown keeps the last one.
const (
	PhaseUnknown      Phase = ""
	PhaseOpen         Phase = "open"         // code issued, nobody there (TeamViewer: online false)
	PhaseJoining      Phase = "joining"      // the customer's applet is starting
	PhaseWaiting      Phase = "waiting"      // customer there, technician not yet
	PhaseConnected    Phase = "connected"    // both there; held, rebooting and reconnecting count as connected
	PhaseTransferring Phase = "transferring" // on the way to another technician
	PhaseEnded        Phase = "ended"
	PhaseGone         Phase = "gone" // was listed, is no longer; the reason must be looked up
)

// Reason says how a session ended.
type Reason string

// The reasons.
const (
	ReasonNone         Reason = ""
	ReasonTechnician   Reason = "technician"   // closed by the technician
	ReasonCustomer     Reason = "customer"     // closed by the customer
	ReasonAbandoned    Reason = "abandoned"    // customer came, nobody picked up, or customer left while waiting
	ReasonTimeout      Reason = "timeout"      // idle or system time-out
	ReasonConnection   Reason = "connection"   // lost while reconnecting or rebooting
	ReasonAborted      Reason = "aborted"      // technician deleted, revoked
	ReasonDeclined     Reason = "declined"     // customer declined the terms
	ReasonExpired      Reason = "expired"      // the code ran out
	ReasonCancelled    Reason = "cancelled"    // withdrawn by the agent
	ReasonClosedByUs   Reason = "closed_by_us" // closed through Lifeline
	ReasonNoReport     Reason = "no_report"    // it happened, but the vendor has no report of it
	ReasonUnknownCause Reason = "unknown"
)

// EventKind says where an event came from.
type EventKind string

// The kinds of events a session receives.
const (
	EventStarted  EventKind = "post_started" // Rescue start post
	EventEnded    EventKind = "post_ended"   // Rescue end post
	EventObserved EventKind = "observed"     // seen in the vendor's list
	EventReported EventKind = "reported"     // found in the vendor's report
	EventChat     EventKind = "chat"         // a part of a post's chat that was too long for one event
)

// Field is one of the vendor's variables, in the vendor's order and under the vendor's name (rescue.md 7.2).
type Field struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Event is something that happened to a session. Which parts are filled depends on the kind; every reader must cope
// with gaps, repetitions and any order.
type Event struct {
	ID              string     `json:"id"` // the same event has the same id
	Kind            EventKind  `json:"kind"`
	VendorSessionID string     `json:"vendorSessionId"`
	Token           Token      `json:"token,omitempty"`
	Phase           Phase      `json:"phase,omitempty"`
	Reason          Reason     `json:"reason,omitempty"`
	At              time.Time  `json:"at"` // when we learned of it
	Technician      Technician `json:"technician,omitzero"`
	Customer        Customer   `json:"customer,omitzero"`
	PickedUpAt      time.Time  `json:"pickedUpAt,omitzero"`
	EndedAt         time.Time  `json:"endedAt,omitzero"`
	LastActionAt    time.Time  `json:"lastActionAt,omitzero"`
	WaitingSeconds  int64      `json:"waitingSeconds,omitempty"`
	WorkSeconds     int64      `json:"workSeconds,omitempty"`
	Chat            string     `json:"chat,omitempty"` // the chat since the previous post
	Notes           string     `json:"notes,omitempty"`
	Platform        string     `json:"platform,omitempty"`
	DeviceID        string     `json:"deviceId,omitempty"`
	Fields          []Field    `json:"fields,omitempty"`  // all variables but the chat, in the vendor's order
	Reports         []string   `json:"reports,omitempty"` // report ids this event was made from
	Raw             string     `json:"raw,omitempty"`     // the body as it came, bounded
}

// Outcome is all that is known of a session when it is filed, gathered from its events.
type Outcome struct {
	VendorSessionID string     `json:"vendorSessionId"`
	Reason          Reason     `json:"reason"`
	Technician      Technician `json:"technician,omitzero"`
	Customer        Customer   `json:"customer,omitzero"`
	StartedAt       time.Time  `json:"startedAt,omitzero"` // pick-up, or first connection
	EndedAt         time.Time  `json:"endedAt,omitzero"`
	LastActionAt    time.Time  `json:"lastActionAt,omitzero"`
	WaitingSeconds  int64      `json:"waitingSeconds,omitempty"`
	WorkSeconds     int64      `json:"workSeconds,omitempty"`
	ActiveSeconds   int64      `json:"activeSeconds,omitempty"`
	Chat            string     `json:"chat,omitempty"`
	Notes           string     `json:"notes,omitempty"`
	ClearNotes      bool       `json:"clearNotes,omitempty"` // there were some, and they were emptied
	Platform        string     `json:"platform,omitempty"`
	DeviceID        string     `json:"deviceId,omitempty"`
	Fields          []Field    `json:"fields,omitempty"`
	Reports         []string   `json:"reports,omitempty"`
}

// SessionRow is the row Lifeline keeps in the CRM for each session: the history that agents see. Zero values are not
// written, so that a later, thinner write never empties what an earlier one brought; what is to be emptied is said so.
type SessionRow struct {
	RowID           string     `json:"rowId,omitempty"` // the CRM's id when known, e.g. a row the agent's button created
	Key             string     `json:"key"`             // unique, see SessionKey
	Vendor          VendorKind `json:"vendor"`
	VendorSessionID string     `json:"vendorSessionId,omitempty"`
	Record          RecordRef  `json:"record,omitzero"`
	RecordNumber    string     `json:"recordNumber,omitempty"`
	State           State      `json:"state"`
	Agent           Agent      `json:"agent,omitzero"`
	Technician      Technician `json:"technician,omitzero"`
	Customer        Customer   `json:"customer,omitzero"`
	Code            string     `json:"code,omitempty"`
	CustomerLink    string     `json:"customerLink,omitempty"`
	PanelURL        string     `json:"panelUrl,omitempty"`
	ExpiresAt       time.Time  `json:"expiresAt,omitzero"`
	RequestedAt     time.Time  `json:"requestedAt,omitzero"`
	Token           Token      `json:"token,omitempty"`
	WorkflowID      string     `json:"workflowId,omitempty"`
	CustomerOnline  *bool      `json:"customerOnline,omitempty"`
	CanNew          bool       `json:"canNew"` // the enabled buttons, computed in one place (Buttons)
	CanJoin         bool       `json:"canJoin"`
	CanShare        bool       `json:"canShare"`
	CanClose        bool       `json:"canClose"`
	ErrorCode       string     `json:"errorCode,omitempty"`
	ErrorMessage    string     `json:"errorMessage,omitempty"`
	ClearCode       bool       `json:"clearCode,omitempty"` // empty code and customer link: they are of no use any more
	ClearError      bool       `json:"clearError,omitempty"`
	Outcome         Outcome    `json:"outcome,omitzero"`
}
