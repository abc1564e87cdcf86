package support

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// VendorKind names a remote-support product.
type VendorKind string

// The vendors.
const (
	Rescue     VendorKind = "rescue"
	TeamViewer VendorKind = "teamviewer"
)

// CRMKind names a ticket system.
type CRMKind string

// The CRMs.
const (
	ServiceNow CRMKind = "servicenow"
	Dynamics   CRMKind = "dynamics"
)

// RecordRef names one record of one connection. Type is the CRM's own table name in singular ("incident",
// "sn_customerservice_case", "account"); ID is a ServiceNow sys_id (32 hex) or a Dataverse GUID (lower case, dashed).
type RecordRef struct {
	Connection string `json:"connection"`
	Type       string `json:"type"`
	ID         string `json:"id"`
}

// IsZero tells whether the reference names nothing, as for a session begun in the vendor's console.
func (r RecordRef) IsZero() bool { return r.ID == "" }

// recordTypes gives each supported record type its letter in the correlation token. Letters are never reused.
var recordTypes = map[CRMKind]map[string]byte{
	ServiceNow: {"incident": 'i', "sn_customerservice_case": 'c', "interaction": 'x'},
	Dynamics:   {"incident": 'i', "account": 'a', "contact": 'o', "lead": 'l', "opportunity": 'p'},
}

// RecordTypes lists the record types a session can belong to, sorted.
func RecordTypes(crm CRMKind) []string {
	types := make([]string, 0, len(recordTypes[crm]))
	for t := range recordTypes[crm] {
		types = append(types, t)
	}
	slices.Sort(types)
	return types
}

// NewRecordRef checks type and id against the CRM and normalises the id.
func NewRecordRef(crm CRMKind, connection, recordType, id string) (RecordRef, error) {
	if _, ok := recordTypes[crm][recordType]; !ok {
		return RecordRef{}, Stopped(CodeInvalid, fmt.Sprintf("record type must be one of %s", strings.Join(RecordTypes(crm), ", ")), nil)
	}
	raw, err := rawID(id)
	if err != nil {
		return RecordRef{}, Stopped(CodeInvalid, "record id must be 32 hexadecimal digits, with or without dashes", nil)
	}
	return RecordRef{Connection: connection, Type: recordType, ID: formatID(crm, raw)}, nil
}

func rawID(id string) ([]byte, error) {
	raw, err := hex.DecodeString(strings.ReplaceAll(strings.Trim(id, "{}"), "-", ""))
	if err != nil || len(raw) != 16 {
		return nil, fmt.Errorf("not an id of 16 bytes")
	}
	return raw, nil
}

func formatID(crm CRMKind, raw []byte) string {
	h := hex.EncodeToString(raw)
	if crm == ServiceNow {
		return h
	}
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// Record is a ticket or other CRM row as the CRM shows it now.
type Record struct {
	Ref      RecordRef `json:"ref"`
	Number   string    `json:"number"` // INC0010001, CAS-01042-X
	Title    string    `json:"title"`
	Owner    Agent     `json:"owner"` // the person; zero while it belongs to nobody, a team or an application
	Customer Customer  `json:"customer"`
	Closed   bool      `json:"closed"` // resolved, closed or cancelled already
}

// Agent is the CRM user who presses the button; on the vendor's side the technician.
type Agent struct {
	ID       string `json:"id"` // sys_user sys_id or systemuserid
	Name     string `json:"name"`
	UserName string `json:"userName,omitempty"`
	Email    string `json:"email"`
}

// Customer is the person who is helped.
type Customer struct {
	ID    string `json:"id,omitempty"`
	Name  string `json:"name"`
	Email string `json:"email"`
}

// Technician is the agent as the vendor knows them.
type Technician struct {
	ID    string `json:"id"`    // Rescue node id, TeamViewer user id
	SSOID string `json:"ssoId"` // Rescue SSO id: the agent's e-mail unless the CRM says otherwise
	Name  string `json:"name"`
	Email string `json:"email"`
}

// Token is the correlation token that travels through the vendor and comes back in posts, lists and reports.
// Layout: "c:" + 4 letters of the connection + the record type's letter + 22 letters of the record id + 8 letters of
// the run's nonce; 37 characters, well below the 64 of Rescue's tracking field (rescue.md 5.5).
type Token string

const tokenPrefix = "c:"

// NewToken makes the token of a run. Nonce must have been made by Nonce.
func NewToken(crm CRMKind, ref RecordRef, nonce string) Token {
	raw, err := rawID(ref.ID)
	letter, known := recordTypes[crm][ref.Type]
	if err != nil || !known || len(nonce) != nonceLength {
		return ""
	}
	return Token(tokenPrefix + connectionMark(ref.Connection) + string(letter) + base64.RawURLEncoding.EncodeToString(raw) + nonce)
}

// Parse gives back the record and the nonce, if the token belongs to the connection.
func (t Token) Parse(crm CRMKind, connection string) (RecordRef, string, bool) {
	body, found := strings.CutPrefix(strings.TrimSpace(string(t)), tokenPrefix)
	if !found || len(body) != 4+1+22+nonceLength || body[:4] != connectionMark(connection) {
		return RecordRef{}, "", false
	}
	raw, err := base64.RawURLEncoding.DecodeString(body[5:27])
	if err != nil {
		return RecordRef{}, "", false
	}
	for recordType, letter := range recordTypes[crm] {
		if letter == body[4] {
			return RecordRef{Connection: connection, Type: recordType, ID: formatID(crm, raw)}, body[27:], true
		}
	}
	return RecordRef{}, "", false
}

// IsToken tells whether a foreign text has the form of a token, whosever it is.
func IsToken(s string) bool {
	body, found := strings.CutPrefix(strings.TrimSpace(s), tokenPrefix)
	return found && len(body) == 4+1+22+nonceLength
}
