package servicenow

import (
	"strings"

	"example.com/lifeline/support"
)

// infoColumns are what lists of session rows are read by.
var infoColumns = []string{
	"session_key", "vendor", "vendor_session_id", "source_table", "source_id", "source_number", "state", "active",
	"technician_id", "technician_name", "technician_email", "technician_sso", "customer_name", "customer_email",
	"requested_at", "started_at", "ended_at", "reason", "notes", "workflow_id", "token", "reports",
}

func rowInfo(r row) support.RowInfo {
	return support.RowInfo{
		RowID:           r.get("sys_id"),
		Key:             r.get("session_key"),
		Vendor:          support.VendorKind(r.get("vendor")),
		VendorSessionID: r.get("vendor_session_id"),
		Record:          support.RecordRef{Connection: connectionOf(r.get("workflow_id")), Type: r.get("source_table"), ID: r.get("source_id")},
		RecordNumber:    r.get("source_number"),
		State:           support.State(r.get("state")),
		Closed:          r.get("active") == "false",
		Technician: support.Technician{
			ID: r.get("technician_id"), SSOID: r.get("technician_sso"), Name: r.get("technician_name"), Email: r.get("technician_email"),
		},
		Customer:    support.Customer{Name: r.get("customer_name"), Email: r.get("customer_email")},
		RequestedAt: parseMoment(r.get("requested_at")),
		StartedAt:   parseMoment(r.get("started_at")),
		EndedAt:     parseMoment(r.get("ended_at")),
		Reason:      support.Reason(r.get("reason")),
		Notes:       r.get("notes"),
		Chat:        r.get("chat"),
		WorkflowID:  r.get("workflow_id"),
		Token:       support.Token(r.get("token")),
		Sources:     splitList(r.get("reports")),
	}
}

// connectionOf reads the connection out of the workflow id, the only place where a row names it.
func connectionOf(workflowID string) string {
	if ref, ok := support.ParseSessionWorkflowID(workflowID); ok {
		return ref.Connection
	}
	connection, _, _ := support.ParseAdoptedWorkflowID(workflowID)
	return connection
}

// splitList reads a column that list wrote.
func splitList(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, ",")
}
