package dynamics

import (
	"cmp"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"

	"example.com/lifeline/support"
)

// rowPayload is the body of a session row without its key and status reason, which depend on the way it is written.
func (c *CRM) rowPayload(row support.SessionRow) (payload, error) {
	body := c.payload(Sessions)
	if number, known := vendorNumbers[row.Vendor]; known {
		body.fields[c.names.of(colVendor)] = c.names.options + number
	}
	body.text(colName, rowName(row))
	body.text(colVendorID, vendorSession(row))
	body.text(colState, string(row.State))
	body.text(colWorkflow, row.WorkflowID)
	body.text(colToken, string(row.Token))
	body.time("requestedon", row.RequestedAt)
	writeInvitation(body, row)
	writePeople(body, row)
	writeOutcome(body, row.Outcome)
	writeError(body, row)
	return body, c.bindRecord(body, row)
}

// rowName is what lists show: "Rescue 123456 - CAS-01042". A write that knows neither leaves the name as it is.
func rowName(row support.SessionRow) string {
	session := vendorSession(row)
	if session == "" && row.RecordNumber == "" {
		return ""
	}
	name := strings.TrimSpace(vendorLabel(row.Vendor) + " " + session)
	if row.RecordNumber != "" {
		name += " - " + row.RecordNumber
	}
	return name
}

func vendorLabel(vendor support.VendorKind) string {
	switch vendor {
	case support.Rescue:
		return "Rescue"
	case support.TeamViewer:
		return "TeamViewer"
	}
	return "Session"
}

func vendorSession(row support.SessionRow) string {
	return cmp.Or(row.VendorSessionID, row.Outcome.VendorSessionID)
}

func writeInvitation(body payload, row support.SessionRow) {
	body.text("panelurl", row.PanelURL)
	body.time("validuntil", row.ExpiresAt)
	body.flag("cannew", row.CanNew)
	body.flag("canjoin", row.CanJoin)
	body.flag("canshare", row.CanShare)
	body.flag("canclose", row.CanClose)
	if row.CustomerOnline != nil {
		body.flag("customeronline", *row.CustomerOnline)
	}
	if row.ClearCode {
		body.empty("pin", "customerlink")
		return
	}
	body.text("pin", row.Code)
	body.text("customerlink", row.CustomerLink)
}

// writePeople names the technician as the vendor reports them in the end, and the customer as the CRM knows them.
func writePeople(body payload, row support.SessionRow) {
	vendor, agent := row.Outcome.Technician, row.Technician
	body.text("vendortechnicianid", cmp.Or(vendor.ID, agent.ID))
	body.text("techniciansso", cmp.Or(vendor.SSOID, agent.SSOID))
	body.text("technicianname", cmp.Or(vendor.Name, agent.Name))
	body.text("technicianemail", cmp.Or(vendor.Email, agent.Email))
	body.text("customername", cmp.Or(row.Customer.Name, row.Outcome.Customer.Name))
	body.text("customeremail", cmp.Or(row.Customer.Email, row.Outcome.Customer.Email))
}

func writeOutcome(body payload, outcome support.Outcome) {
	body.text("reason", string(outcome.Reason))
	body.time("startedon", outcome.StartedAt)
	body.time("endedon", outcome.EndedAt)
	body.time("lastactionon", outcome.LastActionAt)
	if !outcome.StartedAt.IsZero() && !outcome.EndedAt.IsZero() {
		body.number("durationsec", int64(outcome.EndedAt.Sub(outcome.StartedAt)/time.Second))
	}
	body.number("waitingsec", outcome.WaitingSeconds)
	body.number("workingsec", outcome.WorkSeconds)
	body.number("activesec", outcome.ActiveSeconds)
	body.text("platform", outcome.Platform)
	body.text("deviceid", outcome.DeviceID)
	body.text("notes", outcome.Notes)
	if outcome.ClearNotes {
		body.empty("notes")
	}
	body.text(colChat, outcome.Chat)
	body.text(colSources, strings.Join(outcome.Reports, "\n"))
	writeFields(body, outcome.Fields)
}

var (
	customField = regexp.MustCompile(`(?i)^cfield([1-5])$`)
	surveyField = regexp.MustCompile(`(?i)^tsurvey[0-9]$`)
)

// fieldColumns are the columns of variables that nothing but Fields carries, by the variable in lower case.
var fieldColumns = map[string]string{"techdescr": "techniciandescr", "transmitted": "transmitted"}

// writeFields keeps the vendor's custom fields and survey, and whatever else the outcome has no place for (rescue.md
// 7.2).
func writeFields(body payload, fields []support.Field) {
	survey := map[string]string{}
	for _, field := range fields {
		if number := customField.FindStringSubmatch(field.Name); number != nil {
			body.text("customfield"+number[1], field.Value)
		}
		if column, known := fieldColumns[strings.ToLower(field.Name)]; known {
			body.text(column, field.Value)
		}
		if surveyField.MatchString(field.Name) && field.Value != "" {
			survey[field.Name] = field.Value
		}
	}
	if len(survey) > 0 {
		answers, _ := json.Marshal(survey) // strings always marshal
		body.text("survey", string(answers))
	}
}

func writeError(body payload, row support.SessionRow) {
	if row.ClearError {
		body.empty("errorcode", "errormessage")
		return
	}
	body.text("errorcode", row.ErrorCode)
	body.text("errormessage", support.Sentence(row.ErrorMessage))
}

// bindRecord points the row at its record and agent.
func (c *CRM) bindRecord(body payload, session support.SessionRow) error {
	if session.Agent.ID != "" {
		agent, err := guid(session.Agent.ID)
		if err != nil {
			return err
		}
		body.bind(colTechnician, "systemusers", agent)
	}
	if session.Record.IsZero() {
		return nil
	}
	at, err := c.locate(session.Record)
	if err != nil {
		return err
	}
	body.text(colRecordType, at.ref.Type)
	body.text("recordnumber", session.RecordNumber)
	body.bind(recordColumn(at.ref.Type), at.shape.set, at.ref.ID)
	return nil
}

// recordColumn is the lookup of a record type: "incidentid".
func recordColumn(recordType string) string { return fmt.Sprintf("%sid", recordType) }
