// Package workflows says what happens when, and nothing else: the life of a support session, and the standing
// workflows around it. It is deterministic, names activities and knows no HTTP.
package workflows

import (
	"time"

	"example.com/lifeline/support"
)

// TaskQueue is where Lifeline's workers listen.
const TaskQueue = "lifeline"

// The workflow types, by the names under which they are registered. They never change: running sessions carry them.
const (
	SessionType    = "SupportSession"
	RequestType    = "RowRequest"
	CredentialType = "Credential"
	BudgetType     = "CallBudget"
	WatchType      = "VendorWatch"
	AlertsType     = "AlertDesk"
	ReconcileType  = "Reconcile"
	ReportType     = "CompanyReport"
	SweepType      = "Sweep"
	KeyHealthType  = "KeyHealth"
)

// The updates, signals and queries of a session.
const (
	UpdateOpen  = "open"  // Press -> View
	UpdateShare = "share" // Share -> Shared
	UpdateClose = "close" // ClosePress -> View
	UpdateRetry = "retry" // RetryPress -> View
	UpdateJoin  = "join"  // JoinPress -> support.Secret
	UpdateRenew = "renew" // RenewPress -> View
	SignalEvent = "event" // support.Event
	QueryState  = "state" // View
)

// Failure types of updates that the session itself refuses.
const (
	// FailureSessionOver says that the run's session has ended; a new run takes the record. Callers try once more.
	FailureSessionOver = "session_over"
)

// Origin says how a session began.
type Origin string

// The origins.
const (
	FromButton Origin = "button" // an agent pressed a button
	FromVendor Origin = "vendor" // a post, list or report brought a session no live run knows
	FromRun    Origin = "run"    // the rest of a session whose record was wanted for a new one
)

// SessionStart is the input of a session's run.
type SessionStart struct {
	Origin     Origin             `json:"origin"`
	Connection string             `json:"connection"`
	CRM        support.CRMKind    `json:"crm"`
	Vendor     support.VendorKind `json:"vendor"`
	Record     support.RecordRef  `json:"record,omitzero"`           // FromButton
	SessionID  string             `json:"vendorSessionId,omitempty"` // FromVendor
	Carried    *Carried           `json:"carried,omitempty"`         // FromRun
}

// Press is an agent's press on the button.
type Press struct {
	Agent  support.Agent `json:"agent"`
	RowID  string        `json:"rowId,omitempty"`  // the button was a row
	Number string        `json:"number,omitempty"` // the record's number as the caller knows it
}

// ClosePress ends a session.
type ClosePress struct {
	Agent support.Agent `json:"agent"`
}

// RetryPress goes on after attention.
type RetryPress struct {
	By string `json:"by"`
}

// JoinPress asks for the technician's way in.
type JoinPress struct {
	Agent support.Agent `json:"agent"`
}

// RenewPress asks for a new code before the old one runs out.
type RenewPress struct {
	Agent support.Agent `json:"agent"`
}

// Share invites a contact.
type Share struct {
	Agent      support.Agent       `json:"agent"`
	To         support.Customer    `json:"to"`
	TemplateID string              `json:"templateId,omitempty"`
	Channel    support.MailChannel `json:"channel,omitempty"` // empty: the connection's
}

// Shared is what became of an invitation.
type Shared struct {
	At      time.Time           `json:"at"`
	To      support.Customer    `json:"to"`
	Channel support.MailChannel `json:"channel"`
	Status  support.MailStatus  `json:"status"`
	Letter  *support.Letter     `json:"letter,omitempty"` // the draft, for the mailto channel
	// TemplateID is the CRM's template, empty for Lifeline's own.
	TemplateID string `json:"templateId,omitempty"`
}

// AttentionView says what waits for a human.
type AttentionView struct {
	Step   string    `json:"step"`
	Code   string    `json:"code"`
	Reason string    `json:"reason"`
	Since  time.Time `json:"since"`
}

// View is a session as it may be shown to agents: no supporter link, no chat.
type View struct {
	Connection      string             `json:"connection"`
	Vendor          support.VendorKind `json:"vendor"`
	Record          support.RecordRef  `json:"record,omitzero"`
	Number          string             `json:"number,omitempty"`
	Key             string             `json:"key"`
	State           support.State      `json:"state"`
	Reason          support.Reason     `json:"reason,omitempty"`
	Code            string             `json:"code,omitempty"`
	CustomerLink    string             `json:"customerLink,omitempty"`
	ExpiresAt       time.Time          `json:"expiresAt,omitzero"`
	VendorSessionID string             `json:"vendorSessionId,omitempty"`
	Agent           support.Agent      `json:"agent,omitzero"`
	Technician      string             `json:"technician,omitempty"`
	Customer        support.Customer   `json:"customer,omitzero"`
	CustomerOnline  *bool              `json:"customerOnline,omitempty"`
	RequestedAt     time.Time          `json:"requestedAt,omitzero"`
	StartedAt       time.Time          `json:"startedAt,omitzero"`
	EndedAt         time.Time          `json:"endedAt,omitzero"`
	Buttons         support.Buttons    `json:"buttons"`
	Attention       *AttentionView     `json:"attention,omitempty"`
	Shared          []Shared           `json:"shared,omitempty"`
	Remarks         []string           `json:"remarks,omitempty"` // "the customer has no e-mail address"
	PanelURL        string             `json:"panelUrl,omitempty"`
	First           bool               `json:"first,omitempty"` // this press opened the session
	RunID           string             `json:"runId"`
	WorkflowID      string             `json:"workflowId"`
}
