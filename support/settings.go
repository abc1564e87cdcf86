package support

import "time"

// Settings are a connection's choices, one for each setting of the help pages of the connectors Lifeline replaces.
type Settings struct {
	Enabled           bool          `json:"enabled"`           // off: buttons refuse, posts are acknowledged and dropped
	ButtonTypes       []string      `json:"buttonTypes"`       // record types with a button; empty is all
	EmailCustomer     bool          `json:"emailCustomer"`     // mail the link to the customer
	EmailTechnician   bool          `json:"emailTechnician"`   // mail the code to the agent who pressed
	Language          string        `json:"language"`          // of mails: en, es, fr, nl
	RequireConsole    bool          `json:"requireConsole"`    // Rescue: the technician's console must be running
	PassEmail         bool          `json:"passEmail"`         // Rescue: the customer's e-mail goes into custom field 1
	TokenField        int           `json:"tokenField"`        // Rescue: custom field that carries our token; 0 is none
	Notes             NotesMode     `json:"notes"`             // what goes into the work note
	NoteFields        []string      `json:"noteFields"`        // with NotesSelection: the vendor's variable names in order
	NoteLimit         int           `json:"noteLimit"`         // characters; longer chat becomes an attachment
	CreateFromConsole bool          `json:"createFromConsole"` // sessions begun in the console get a record
	ConsoleRecordType string        `json:"consoleRecordType"`
	ResolveOn         []Reason      `json:"resolveOn"` // outcomes that resolve the record; empty is never
	ResolutionCode    string        `json:"resolutionCode"`
	DeactivateOn      []Reason      `json:"deactivateOn"`  // outcomes that close the session row; nil is every one
	KeepRowOpen       bool          `json:"keepRowOpen"`   // never close the session row
	Reassign          ReassignMode  `json:"reassign"`      // the record follows the technician
	InvitationTTL     time.Duration `json:"invitationTtl"` // how long a code lives
	EndGrace          time.Duration `json:"endGrace"`      // wait for the end post after the vendor's list shows the end
	MailChannel       MailChannel   `json:"mailChannel"`   // how letters of share go out
}

// NotesMode says how much of a session goes into the work note.
type NotesMode string

// The modes of the work note.
const (
	NotesAll       NotesMode = "all"
	NotesSelection NotesMode = "selection"
	NotesNone      NotesMode = "none"
)

// ReassignMode says when the record goes over to the technician who took the session.
type ReassignMode string

// The modes of reassignment.
const (
	ReassignNever        ReassignMode = "never"
	ReassignIfUnassigned ReassignMode = "if-unassigned"
	ReassignAlways       ReassignMode = "always"
)

// MailChannel says who sends a shared invitation.
type MailChannel string

// The channels of shared invitations.
const (
	MailSMTP   MailChannel = "smtp"
	MailCRM    MailChannel = "crm"
	MailMailto MailChannel = "mailto"
)
