package support

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"
)

const nonceLength = 8

// Nonce derives a run's nonce from its run id, so that no event is spent on drawing it.
func Nonce(runID string) string { return digest("nonce", runID)[:nonceLength] }

// connectionMark is a connection's four letters in the token: enough to tell connections apart, not to name them.
func connectionMark(connection string) string { return digest("connection", connection)[:4] }

// digest returns 43 url-safe letters of a hash over the parts.
func digest(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// EventID makes an idempotency key over the parts that make an event the same.
func EventID(parts ...string) string { return digest(parts...)[:22] }

// SessionWorkflowID names the one live session of a record.
func SessionWorkflowID(ref RecordRef) string {
	return "session/" + ref.Connection + "/" + ref.Type + "/" + ref.ID
}

// ParseSessionWorkflowID is the way back.
func ParseSessionWorkflowID(id string) (RecordRef, bool) {
	parts := strings.Split(id, "/")
	if len(parts) != 4 || parts[0] != "session" {
		return RecordRef{}, false
	}
	return RecordRef{Connection: parts[1], Type: parts[2], ID: parts[3]}, true
}

// AdoptedWorkflowID names the run of a session that did not start with a button, or whose run is over.
func AdoptedWorkflowID(connection, vendorSessionID string) string {
	return "adopted/" + connection + "/" + vendorSessionID
}

// ParseAdoptedWorkflowID is the way back.
func ParseAdoptedWorkflowID(id string) (connection, vendorSessionID string, ok bool) {
	parts := strings.SplitN(id, "/", 3)
	if len(parts) != 3 || parts[0] != "adopted" {
		return "", "", false
	}
	return parts[1], parts[2], true
}

// RequestWorkflowID names the short run that turns a session row pressed in the CRM into a session.
func RequestWorkflowID(connection, rowID string) string { return "request/" + connection + "/" + rowID }

// CredentialWorkflowID names the owner of one live credential. Owner is a vendor account or a connection; two
// connections of one vendor account share the account's credentials. Whose credential it is stands there as a digest:
// workflow ids are never encrypted, and a technician's is an e-mail address.
func CredentialWorkflowID(owner, subject string) string {
	kind, person, found := strings.Cut(subject, "/")
	if !found {
		return "credential/" + owner + "/" + kind
	}
	return "credential/" + owner + "/" + kind + "/" + digest("credential", person)[:16]
}

// BudgetWorkflowID names the keeper of one vendor account's calls.
func BudgetWorkflowID(account string) string { return "budget/" + account }

// WatchWorkflowID names the watcher of one vendor account.
func WatchWorkflowID(account string) string { return "watch/" + account }

// AlertWorkflowID names the alert desk of one connection.
func AlertWorkflowID(connection string) string { return "alerts/" + connection }

// SessionKey is the unique key of a session row: the nonce's run for sessions begun by a button, the vendor's id for
// others. Alphabet [A-Za-z0-9_-], at most 100 characters (dynamics.md 2.4).
func SessionKey(runID string) string { return "s-" + digest("key", runID)[:22] }

// AdoptedKey is the key of a session that was begun in the vendor's console.
func AdoptedKey(vendor VendorKind, vendorSessionID string) string {
	return string(vendor) + "-" + vendorSessionID
}
