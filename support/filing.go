package support

import "time"

// Note is a work note on a record. Marker makes it findable: before a repeated write the CRM looks for it, or derives
// the note's id from it, so that one note is written however often the step runs.
type Note struct {
	Record  RecordRef `json:"record"`
	Marker  string    `json:"marker"` // [A-Za-z0-9:._-], unique for the note
	Subject string    `json:"subject"`
	Text    string    `json:"text"`
	Agent   Agent     `json:"agent,omitzero"` // in whose name it is written, where the CRM is told to do so
	Again   bool      `json:"again"`          // an earlier attempt may have been written
}

// Attachment is a file on a record, written once under its name.
type Attachment struct {
	Record   RecordRef `json:"record"`
	Name     string    `json:"name"` // deterministic, e.g. session-1080000123-chat.txt
	Type     string    `json:"type"` // media type
	Contents []byte    `json:"contents"`
}

// Resolution ends a record.
type Resolution struct {
	Record  RecordRef `json:"record"`
	Code    string    `json:"code"` // the CRM's own resolution code; empty takes the configured one
	Text    string    `json:"text"`
	Minutes int       `json:"minutes"`
}

// NewRecord is a ticket for a session that was begun in the vendor's console. Correlation makes creating it
// repeatable.
type NewRecord struct {
	Connection  string   `json:"connection"`
	Type        string   `json:"type"`
	Correlation string   `json:"correlation"` // "<vendor>:<vendor session id>"
	Title       string   `json:"title"`
	Description string   `json:"description"`
	Customer    Customer `json:"customer"` // found by e-mail; left empty when none or several match
	Assignee    Agent    `json:"assignee"` // ID empty: nobody
}

// Template is an e-mail template of the CRM that applies to a record type.
type Template struct {
	ID       string `json:"id"`
	Title    string `json:"title"`
	Language string `json:"language,omitempty"`
}

// Letter is an e-mail ready to be sent.
type Letter struct {
	Subject string `json:"subject"`
	HTML    string `json:"html,omitempty"`
	Text    string `json:"text,omitempty"`
}

// Mailing is a letter to be sent by the CRM's own e-mail.
type Mailing struct {
	Record RecordRef `json:"record"`
	Marker string    `json:"marker"` // makes sending repeatable
	Sender Agent     `json:"sender"`
	To     Customer  `json:"to"`
	Letter Letter    `json:"letter"`
}

// MailStatus is what became of a mailing.
type MailStatus string

// The states of a mailing.
const (
	MailQueued MailStatus = "queued"
	MailSent   MailStatus = "sent"
	MailFailed MailStatus = "failed"
)

// Report is one finished session or connection out of the vendor's report.
type Report struct {
	ID              string     `json:"id"` // unique at the vendor: TeamViewer connection id, Rescue session id
	VendorSessionID string     `json:"vendorSessionId"`
	Token           Token      `json:"token,omitempty"`
	Record          RecordRef  `json:"record,omitzero"` // filled by the caller from the token
	Technician      Technician `json:"technician"`
	Customer        Customer   `json:"customer"`
	DeviceID        string     `json:"deviceId,omitempty"`
	DeviceName      string     `json:"deviceName,omitempty"`
	StartedAt       time.Time  `json:"startedAt,omitzero"`
	EndedAt         time.Time  `json:"endedAt,omitzero"`
	WaitingSeconds  int64      `json:"waitingSeconds,omitempty"`
	WorkSeconds     int64      `json:"workSeconds,omitempty"`
	ActiveSeconds   int64      `json:"activeSeconds,omitempty"`
	Description     string     `json:"description,omitempty"`
	Notes           string     `json:"notes,omitempty"`
	Reason          Reason     `json:"reason,omitempty"`
	Fields          []Field    `json:"fields,omitempty"`
}
