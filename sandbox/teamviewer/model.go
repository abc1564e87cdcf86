package teamviewer

import (
	"errors"
	"time"
)

// The reasons why an action is refused.
var (
	ErrUnknownSession   = errors.New("there is no session with this code")
	ErrUnknownUser      = errors.New("there is no such user")
	ErrUnknownGroup     = errors.New("there is no such group")
	ErrUnknownReport    = errors.New("there is no such report")
	ErrUnknownClient    = errors.New("there is no such app")
	ErrNotAdministrator = errors.New("only an administrator of the company may do this")
	ErrClosed           = errors.New("the session is closed")
	ErrExpired          = errors.New("the session code has expired")
	ErrCustomerOffline  = errors.New("the customer is not there")
	ErrConnected        = errors.New("a connection is running already")
	ErrNotConnected     = errors.New("no connection is running")
)

// User is a member of the company (teamviewer.md 4.2).
type User struct {
	ID          string   `json:"id"` // "u" and digits; empty lets the simulator choose
	Name        string   `json:"name"`
	Email       string   `json:"email"`
	Admin       bool     `json:"admin"`                 // company administrator
	Permissions []string `json:"permissions,omitempty"` // e.g. "ViewAllConnections"; deprecated by the vendor
	// Unlogged switches log_sessions off: this person's connections leave no report (teamviewer.md 3.5).
	Unlogged bool `json:"unlogged,omitempty"`
}

// Group is a group of the computers and contacts list (teamviewer.md 4.1).
type Group struct {
	ID     string            `json:"id"` // "g" and digits; empty lets the simulator choose
	Name   string            `json:"name"`
	Owner  string            `json:"owner"`            // user id or e-mail
	Shared map[string]string `json:"shared,omitempty"` // user id -> "read" or "readwrite"
	Policy string            `json:"policy,omitempty"`
}

// State of a session.
type State string

// The states whose meaning is known (teamviewer.md 2.2). An expired session stays open.
const (
	Open   State = "Open"
	Closed State = "Closed"
)

// EndCustomer is whom a session is for (teamviewer.md 2.2).
type EndCustomer struct {
	Name  string `json:"name,omitempty"`
	Email string `json:"email,omitempty"`
}

// Session is a view of one session (service case) at one moment; the JSON names are the wire's (teamviewer.md 2.2).
type Session struct {
	Code                   string       `json:"code"` // with dashes
	State                  State        `json:"state"`
	GroupID                string       `json:"groupid"`
	Description            string       `json:"description,omitempty"`
	EndCustomer            *EndCustomer `json:"end_customer,omitempty"`
	WaitingMessage         string       `json:"waiting_message,omitempty"`
	AssignedUserID         string       `json:"assigned_userid,omitempty"` // "u0" is unassigned
	AssignedAt             time.Time    `json:"assigned_at,omitzero"`
	EndCustomerLink        string       `json:"end_customer_link,omitempty"`
	SupporterLink          string       `json:"supporter_link,omitempty"` // whoever has it joins as supporter
	WebclientSupporterLink string       `json:"webclient_supporter_link,omitempty"`
	CustomAPI              string       `json:"custom_api,omitempty"`
	CreatedAt              time.Time    `json:"created_at,omitzero"`
	ValidUntil             time.Time    `json:"valid_until,omitzero"`
	ClosedAt               time.Time    `json:"closed_at,omitzero"`
	Online                 bool         `json:"online"` // the customer is there
	SupportSessionType     string       `json:"support_session_type,omitempty"`
	TVVersion              string       `json:"tv_version,omitempty"`
	CustomID               string       `json:"customId,omitempty"`
	CustomModuleID         string       `json:"custom_module_id,omitempty"`

	Creator   string        `json:"-"` // user id
	Connected bool          `json:"-"` // a supporter is connected now
	Supporter string        `json:"-"` // his name
	Chat      []ChatMessage `json:"-"` // of the running connection
}

// session is a session with what the API does not show.
type session struct {
	Session
	secret     string // suffix of the supporter link
	device     int64  // TeamViewer ID of the customer's computer
	connection *connection
}

// connection is a supporter being connected to the customer.
type connection struct {
	user     *User // nil for a guest
	signedIn bool
	since    time.Time
	feedback Feedback
	chat     []ChatMessage
}

// Report is a record of a connection that has ended; the JSON names are the wire's (teamviewer.md 3.3).
type Report struct {
	ID                 string       `json:"id"` // UUID
	UserID             string       `json:"userid,omitempty"`
	Username           string       `json:"username,omitempty"`
	DeviceID           string       `json:"deviceid,omitempty"`
	DeviceName         string       `json:"devicename,omitempty"`
	GroupID            string       `json:"groupid,omitempty"`
	GroupName          string       `json:"groupname,omitempty"`
	SupportSessionType int          `json:"support_session_type,omitempty"` // 1 to 3
	StartDate          time.Time    `json:"start_date"`
	EndDate            time.Time    `json:"end_date"`
	Fee                float64      `json:"fee"`
	Currency           string       `json:"currency,omitempty"`
	BillingState       string       `json:"billing_state,omitempty"` // Bill, Billed, DoNotBill
	Notes              string       `json:"notes,omitempty"`
	ContactID          string       `json:"contact_id,omitempty"`   // only for connections to contacts
	SessionCode        string       `json:"session_code,omitempty"` // this and the rest: only for connections by code
	SessionCreatedAt   time.Time    `json:"session_created_at,omitzero"`
	ValidUntil         time.Time    `json:"valid_until,omitzero"`
	AssignedUserID     string       `json:"assigned_userid,omitempty"`
	AssignedAt         time.Time    `json:"assigned_at,omitzero"`
	SessionNote        *string      `json:"session_note,omitempty"` // there with every code, as in the vendor's sample
	CustomAPI          string       `json:"custom_api,omitempty"`
	EndCustomer        *EndCustomer `json:"end_customer,omitempty"`
	Feedback           *Feedback    `json:"feedback,omitempty"`

	VisibleAt time.Time     `json:"-"` // when the API shows it
	Chat      []ChatMessage `json:"-"`
}

// Feedback is the customer's rating (teamviewer.md 3.3); higher is better.
type Feedback struct {
	Rating  int    `json:"session_rating,omitempty"`
	Comment string `json:"user_comment,omitempty"`
}

// ChatMessage is one line of a chat transcript (teamviewer.md 3.4).
type ChatMessage struct {
	Sender     ChatPartner   `json:"Sender"`
	Recipients []ChatPartner `json:"Recipients"`
	WrittenAt  time.Time     `json:"WrittenAtTimestamp"`
	IsOutgoing bool          `json:"IsOutgoing"` // by the supporter
	Content    string        `json:"Content"`
}

// ChatPartner is one side of a chat.
type ChatPartner struct {
	TeamViewerID string `json:"TeamViewerId"`
	Name         string `json:"Name"`
}

// DeviceReport is a record of an incoming connection (teamviewer.md 3.6).
type DeviceReport struct {
	ID         string    `json:"Id"` // UUID; empty lets the simulator choose
	OriginID   int64     `json:"originid"`
	UserID     string    `json:"userid,omitempty"`
	Username   string    `json:"username,omitempty"`
	TargetID   int64     `json:"targetid"`
	TargetName string    `json:"targetname,omitempty"`
	StartDate  time.Time `json:"start_date"`
	EndDate    time.Time `json:"end_date"`
}
