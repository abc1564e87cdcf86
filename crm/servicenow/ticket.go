package servicenow

import (
	"slices"

	"example.com/lifeline/support"
)

// The record types (servicenow.md 4.6, 4.7).
const (
	incidentTable    = "incident"
	caseTable        = "sn_customerservice_case"
	interactionTable = "interaction"
)

// caseResolved is the state of a resolved case (servicenow.md 4.7).
const caseResolved = "6"

// ticket says how a record type keeps what Lifeline needs.
type ticket struct {
	customer  string   // field of the person, as configured
	usual     string   // field of the person that always exists
	ended     []string // states in which nothing is to be done any more
	resolved  string   // state that resolves the record
	codeField string   // field of the resolution code; empty: none
	code      string   // the configured code
	notes     string   // field of the resolution notes; empty: none
	channel   string   // field of the contact type; empty: none
}

// ticketOf answers code invalid for types that no session can belong to.
func (c *CRM) ticketOf(recordType string) (ticket, error) {
	switch recordType {
	case incidentTable:
		return ticket{
			customer: c.cfg.CallerField, usual: "caller_id", ended: []string{"6", "7", "8"}, resolved: c.cfg.CloseState,
			codeField: "close_code", code: c.cfg.CloseCode, notes: "close_notes", channel: "contact_type",
		}, nil
	case caseTable:
		return ticket{
			customer: c.cfg.ContactField, usual: "contact", ended: []string{"6", "3", "7"}, resolved: caseResolved,
			codeField: "resolution_code", code: c.cfg.CaseResolutionCode, notes: "close_notes", channel: "contact_type",
		}, nil
	case interactionTable:
		return ticket{
			customer: c.cfg.InteractionField, usual: "opened_for", ended: []string{"closed_complete", "closed_abandoned"},
			resolved: c.cfg.InteractionEndState,
		}, nil
	}
	return ticket{}, support.Stopped(support.CodeInvalid, "ServiceNow records of this type cannot have a session", nil)
}

// closed tells whether a record is resolved, closed or cancelled; a customer's own final states show as inactive.
func (t ticket) closed(r row) bool {
	state := r.get("state")
	return state == t.resolved || slices.Contains(t.ended, state) || r.get("active") == "false"
}

// ticketAt checks a reference before it becomes part of an address or a query.
func (c *CRM) ticketAt(ref support.RecordRef) (ticket, error) {
	if err := checkID(ref.ID); err != nil {
		return ticket{}, err
	}
	return c.ticketOf(ref.Type)
}
