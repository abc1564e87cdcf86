package support

import (
	"context"
	"time"
)

// Vendor is the port to a remote-support product. Every method answers failures as *Error. Implementations are safe
// for concurrent use.
type Vendor interface {
	Kind() VendorKind
	// Account identifies the vendor account, [a-z0-9.-]; connections with the same account share one watcher, one
	// set of credentials and one call budget.
	Account() string
	// Technician finds the agent at the vendor. The hint carries what the CRM knows; the answer has at least ID filled
	// where the vendor tells it. Codes: unknown_technician, sign_in_needed.
	Technician(ctx context.Context, hint Technician) (Technician, error)
	// Open asks for a code. With Again it first looks for a session with the same token, where the vendor allows it.
	Open(ctx context.Context, req OpenRequest) (Invitation, error)
	// Join gives the address where the technician opens the session: a bearer secret, or a single-use ticket.
	Join(ctx context.Context, req JoinRequest) (Secret, error)
	// Observe lists all sessions that are open now, and some that ended lately, in one sweep.
	Observe(ctx context.Context, req ObserveRequest) ([]Observation, error)
	// Transcript fetches chat and notes of one session, where the vendor keeps them; "" when there is none.
	Transcript(ctx context.Context, vendorSessionID string) (Transcript, error)
	// Report pages through finished sessions. Pages are bounded; Next is empty on the last.
	Report(ctx context.Context, query ReportQuery) (ReportPage, error)
	// Close ends the session or withdraws the code. Already closed is success. The code action_failed means that the
	// vendor cannot do it now.
	Close(ctx context.Context, req CloseRequest) error
	// Check looks at every hop to the vendor, for doctor.
	Check(ctx context.Context) []Finding
}

// Addressing is the further port of a vendor whose open code can be told whom its link was sent to, so that the vendor's
// report names them (teamviewer.md 6). It is a port of its own because Rescue takes the customer's name with the request
// for a code, and never again.
type Addressing interface {
	// UpdateCustomer names the addressee. A code that is gone is kind Stop, code not_found.
	UpdateCustomer(ctx context.Context, code string, to Customer) error
}

// OpenRequest asks for a code.
type OpenRequest struct {
	Token         Token         `json:"token"`
	Record        Record        `json:"record"`
	Agent         Agent         `json:"agent"`
	Technician    Technician    `json:"technician"`
	Customer      Customer      `json:"customer"`
	Settings      Settings      `json:"settings"`
	Now           time.Time     `json:"now"`   // when the session was requested; the code's life is counted from here
	Again         bool          `json:"again"` // an earlier attempt may have succeeded
	EarlierCode   string        `json:"earlierCode,omitempty"`
	Description   string        `json:"description,omitempty"`
	InvitationTTL time.Duration `json:"invitationTtl"`
}

// JoinRequest asks for the technician's way in.
type JoinRequest struct {
	Invitation Invitation `json:"invitation"`
	Technician Technician `json:"technician"`
}

// CloseRequest ends a session. VendorSessionID is empty while nobody has joined (Rescue).
type CloseRequest struct {
	VendorSessionID string     `json:"vendorSessionId"`
	Code            string     `json:"code"`
	Technician      Technician `json:"technician"`
}

// ObserveRequest bounds a sweep.
type ObserveRequest struct {
	// Technicians are the ids of those who have open sessions. A vendor that can list the whole account ignores them.
	Technicians []string
}

// Observation is one session in the vendor's list.
type Observation struct {
	VendorSessionID string
	Token           Token
	Phase           Phase
	Reason          Reason
	Technician      Technician
	CustomerOnline  *bool  // TeamViewer only
	Status          string // the vendor's own word, for logs
}

// Transcript is what was said and noted in a session.
type Transcript struct {
	Chat  string `json:"chat"`
	Notes string `json:"notes"`
}

// ReportQuery selects finished sessions. VendorSessionID limits it to one session where the vendor can; callers must
// still look at the ids.
type ReportQuery struct {
	From            time.Time `json:"from"`
	To              time.Time `json:"to"`
	VendorSessionID string    `json:"vendorSessionId,omitempty"`
	Cursor          string    `json:"cursor,omitempty"`
}

// ReportPage is one page of the vendor's report.
type ReportPage struct {
	Reports []Report `json:"reports"`
	Next    string   `json:"next,omitempty"`
}

// PostDecoder reads one vendor post. contentType is the header, event is "start", "end" or "" from the address. It
// fails only with kind Stop, for a body in which no session id can be found.
type PostDecoder func(contentType, event string, body []byte, now time.Time) (Event, error)
