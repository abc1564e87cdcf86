package support

import (
	"context"
	"time"
)

// CRM is the port to a ticket system. Every method answers failures as *Error; every write is safe to repeat.
// Implementations are safe for concurrent use.
type CRM interface {
	Kind() CRMKind
	Records
	Rows
	Mailings
	Reports
	// Check looks at every hop to the CRM, for doctor.
	Check(ctx context.Context) []Finding
}

// Records are the tickets and people of the CRM.
type Records interface {
	// ReadRecord reads a record with its customer (by the configured fields) and owner.
	ReadRecord(ctx context.Context, ref RecordRef) (Record, error)
	// FindRecord finds a record by its number; not found is the code not_found.
	FindRecord(ctx context.Context, connection, number string) (Record, error)
	// TechnicianOf gives what the CRM knows of the agent at the vendor: the SSO id is the agent's e-mail unless a user
	// setting says otherwise. It creates the agent's user setting where the CRM keeps one.
	TechnicianOf(ctx context.Context, agent Agent) (Technician, error)
	// LearnTechnician keeps the vendor's id of the agent in the user setting, where the CRM keeps one.
	LearnTechnician(ctx context.Context, agent Agent, technician Technician) error
	// AgentOf finds the CRM user of a technician by SSO id or e-mail. The zero Agent means none, or several.
	AgentOf(ctx context.Context, technician Technician) (Agent, error)
	// Agents lists the active users who may use Lifeline, for doctor; bounded to 500.
	Agents(ctx context.Context) ([]Agent, error)
	// AddNote writes a work note once.
	AddNote(ctx context.Context, note Note) error
	// Attach puts a file on a record once.
	Attach(ctx context.Context, attachment Attachment) error
	// Reassign makes the agent the record's owner. A record that is closed stays as it is.
	Reassign(ctx context.Context, ref RecordRef, agent Agent) error
	// ResolveRecord ends the record. Already resolved is success.
	ResolveRecord(ctx context.Context, resolution Resolution) error
	// CreateRecord creates a record once per correlation.
	CreateRecord(ctx context.Context, record NewRecord) (Record, error)
}

// Rows are Lifeline's own session rows.
type Rows interface {
	// SaveRow creates or updates the session row, found by RowID, else by Key, else by VendorSessionID, and returns its
	// id.
	SaveRow(ctx context.Context, row SessionRow) (string, error)
	// CloseRow closes (deactivates) the row; its last state is written before. Already closed is success.
	CloseRow(ctx context.Context, rowID string, state State) error
	// FindRow finds the row of a vendor session by the vendor's id. Not found is the code not_found.
	FindRow(ctx context.Context, vendor VendorKind, vendorSessionID string) (RowInfo, error)
	// FindRowByToken finds the row of a code, for a session whose vendor id was never seen. Not found is not_found.
	FindRowByToken(ctx context.Context, token Token) (RowInfo, error)
	// History lists a record's sessions, newest first, at most limit (and never more than 200).
	History(ctx context.Context, ref RecordRef, limit int) ([]RowInfo, error)
}

// RowInfo is a session row as read back.
type RowInfo struct {
	RowID           string     `json:"rowId"`
	Key             string     `json:"key"`
	Vendor          VendorKind `json:"vendor"`
	VendorSessionID string     `json:"vendorSessionId"`
	Record          RecordRef  `json:"record"`
	RecordNumber    string     `json:"recordNumber"`
	State           State      `json:"state"`
	Closed          bool       `json:"closed"` // inactive
	Technician      Technician `json:"technician"`
	Customer        Customer   `json:"customer"`
	RequestedAt     time.Time  `json:"requestedAt"`
	StartedAt       time.Time  `json:"startedAt"`
	EndedAt         time.Time  `json:"endedAt"`
	Reason          Reason     `json:"reason"`
	Notes           string     `json:"notes"`
	Chat            string     `json:"chat"`
	WorkflowID      string     `json:"workflowId"`
	Token           Token      `json:"token,omitempty"`
	Sources         []string   `json:"sources,omitempty"` // Outcome.Reports as filed: ids of posts and reports taken in
}

// Mailings are the CRM's own e-mails. A CRM without them answers not_supported.
type Mailings interface {
	// Contacts lists those whom the record's invitation may go to; the first is the usual one.
	Contacts(ctx context.Context, ref RecordRef) ([]Customer, error)
	// Contact gives one of those whom the record's invitation may go to by id, as the CRM knows them, whether they have an
	// address or not. The zero Customer means that the id is none of theirs.
	Contact(ctx context.Context, ref RecordRef, id string) (Customer, error)
	// Templates lists the CRM's templates for the record's type.
	Templates(ctx context.Context, ref RecordRef) ([]Template, error)
	// Render merges a template for the record. Its fields for the customer name the chosen contact, those for the user
	// the agent.
	Render(ctx context.Context, ref RecordRef, templateID string, to Customer, from Agent) (Letter, error)
	// SendMail hands a letter to the CRM once and returns the id to follow it by.
	SendMail(ctx context.Context, mailing Mailing) (string, error)
	// MailStatus says what became of it.
	MailStatus(ctx context.Context, id string) (MailStatus, error)
}

// Reports are the rows of the vendor's company report.
type Reports interface {
	// SaveReports upserts report rows by the vendor's id; at most 1,000 at a time.
	SaveReports(ctx context.Context, connection string, vendor VendorKind, reports []Report) error
}

// Requests is the further port of a CRM in which a button is a row: the agent creates a session row, and Lifeline
// reads it again before anything is believed (dynamics.md 1.3 A).
type Requests interface {
	// ReadRequest reads the row: record, agent, and whether it still waits.
	ReadRequest(ctx context.Context, rowID string) (RowRequest, error)
	// OpenRequests lists rows that wait for longer than age, oldest first, at most 100; of each agent it gives the id.
	OpenRequests(ctx context.Context, olderThan time.Time) ([]RowRequest, error)
}

// RowRequest is a session row that an agent created to ask for a session.
type RowRequest struct {
	RowID  string     `json:"rowId"`
	Record RecordRef  `json:"record"`
	Agent  Agent      `json:"agent"`
	Vendor VendorKind `json:"vendor"` // empty: the row does not say
	Waits  bool       `json:"waits"`  // still requested and active
}

// KeyHealth is the further port of a CRM whose upserts depend on a key that can fail (dynamics.md 5).
type KeyHealth interface {
	// SessionKeyStatus answers "active", "pending" or "failed".
	SessionKeyStatus(ctx context.Context) (string, error)
	// RepairSessionKey reactivates a failed key.
	RepairSessionKey(ctx context.Context) error
}
