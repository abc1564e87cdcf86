// Package activities holds the steps a workflow may take. Each is thin: one call through a port, or a few that belong
// together, and safe to repeat.
package activities

import (
	"context"
	"log/slog"
	"time"

	"example.com/lifeline/support"
)

// Connection is one pairing of a vendor account and a CRM instance, ready for use.
type Connection struct {
	Name     string
	Vendor   support.Vendor
	CRM      support.CRM
	Settings support.Settings
}

// Post sends letters; implemented by package mail.
type Post interface {
	// Send sends a letter once per key, as far as the recipient's server tells doubles by the Message-ID.
	Send(ctx context.Context, key string, to support.Customer, letter support.Letter) error
}

// Stationery writes the letters; implemented over package mail.
type Stationery interface {
	CustomerInvitation(language string, invitation InvitationText) support.Letter
	TechnicianInvitation(language string, invitation InvitationText) support.Letter
	RenewedInvitation(language string, invitation InvitationText) support.Letter
	Alert(alert AlertText) support.Letter
	Recovery(alert AlertText) support.Letter
	ConsentExpiry(connection string, ends time.Time, days int) support.Letter
}

// InvitationText is what an invitation says.
type InvitationText struct {
	Vendor       support.VendorKind
	CustomerName string
	AgentName    string
	RecordNumber string
	RecordTitle  string
	Code         string
	Link         string
	PanelURL     string
	ExpiresAt    time.Time
}

// AlertText is what an alert says: one trouble, and how many sessions have it.
type AlertText struct {
	Connection string
	Trouble    Trouble
	Sessions   int
	Now        time.Time
}

// Trouble is one thing that needs a human.
type Trouble struct {
	Subject string    `json:"subject"` // "INC0010001", "company report", "session key"
	Session bool      `json:"session"` // the subject is a session's record
	Step    string    `json:"step"`    // what Lifeline was about to do
	Code    string    `json:"code"`
	Reason  string    `json:"reason"` // in plain words
	Remedy  string    `json:"remedy"`
	Since   time.Time `json:"since"`
}

// Dispatcher reaches workflows from steps; implemented by package sessions.
type Dispatcher interface {
	// Open asks for a session on a record, as a button does.
	Open(ctx context.Context, press PressedRow) error
	// Deliver brings an event to the session it belongs to, or lets one be adopted.
	Deliver(ctx context.Context, connection string, event support.Event) error
	// Adopt brings an event to the run that adopts a vendor's session, whatever its token says.
	Adopt(ctx context.Context, connection string, event support.Event) error
	// Live lists the live sessions of a connection as the engine's index shows them.
	Live(ctx context.Context, connection string) ([]LiveSession, error)
	// Observe tells a live session what the vendor's list shows of it.
	Observe(ctx context.Context, workflowID string, event support.Event) error
	// Raise tells the connection's alert desk of a trouble, Clear that it is over.
	Raise(ctx context.Context, connection string, trouble Trouble) error
	Clear(ctx context.Context, connection, subject, step string) error
	// Request turns a session row that an agent created into a session.
	Request(ctx context.Context, connection, rowID string) error
}

// PressedRow is a press on a button that is a row.
type PressedRow struct {
	Record support.RecordRef
	Agent  support.Agent
	RowID  string
}

// LiveSession is a running session as the engine's index shows it.
type LiveSession struct {
	WorkflowID      string
	State           support.State
	VendorSessionID string
	Technician      string // SSO id or vendor id, as Observe wants it
}

// Steps are the activities. Connections are fixed for the life of the process.
type Steps struct {
	Connections map[string]*Connection
	Post        Post
	Stationery  Stationery
	Dispatch    Dispatcher
	AlertTo     []support.Customer // who receives alerts
	Panel       func(ref support.RecordRef) string
	SignIn      func(ref support.RecordRef, agent support.Agent) string // where an agent signs in to the vendor once; "" where nobody has to
	Log         *slog.Logger
	PollEvery   func(connection string) time.Duration // of the watcher, while sessions are open
	Now         func() time.Time
}

func (s *Steps) connection(name string) (*Connection, error) {
	if c, ok := s.Connections[name]; ok {
		return c, nil
	}
	return nil, support.NeedsAttention(support.CodeConfiguration, "the connection "+name+" is not configured on this worker", nil)
}
