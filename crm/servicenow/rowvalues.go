package servicenow

import (
	"cmp"
	"encoding/json"
	"sort"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"example.com/lifeline/support"
)

// draft gathers the values of a row. Only values that are not zero are taken, so that a thin write never empties what
// an earlier one brought; text is cut to its column and made harmless.
type draft struct {
	values
	lengths map[string]int
}

func (d draft) text(column, text string) {
	d.set(column, clip(harmless(text), d.lengths[column]))
}

func (d draft) time(column string, t time.Time) {
	if !t.IsZero() {
		d.set(column, moment(t))
	}
}

func (d draft) seconds(column string, n int64) {
	if n != 0 {
		d.set(column, strconv.FormatInt(n, 10))
	}
}

func (d draft) flag(column string, on bool) { d.set(column, strconv.FormatBool(on)) }

func (d draft) people(technician support.Technician, customer support.Customer) {
	d.text("technician_id", technician.ID)
	d.text("technician_name", technician.Name)
	d.text("technician_email", technician.Email)
	d.text("technician_sso", technician.SSOID)
	d.text("customer_name", customer.Name)
	d.text("customer_email", customer.Email)
}

// list writes ids separated by commas; when they do not fit, the oldest go.
func (d draft) list(column string, ids []string) {
	text := strings.Join(ids, ",")
	for len(text) > d.lengths[column] {
		_, text, _ = strings.Cut(text, ",")
	}
	d.set(column, text)
}

// fields writes the vendor's variables as JSON. A list that does not fit loses its last variables, so that what is
// stored stays JSON.
func (d draft) fields(list []support.Field) {
	limit := d.lengths["fields"]
	fitting := sort.Search(len(list), func(n int) bool { return utf8.RuneCountInString(fieldsText(list[:n+1])) > limit })
	if fitting > 0 {
		d.set("fields", fieldsText(list[:fitting]))
	}
}

func fieldsText(list []support.Field) string {
	text, err := json.Marshal(list)
	if err != nil {
		return "" // cannot happen: a field holds two strings
	}
	return harmless(string(text))
}

// sessionValues are the columns of a session row.
func sessionValues(r support.SessionRow) values {
	d := draft{values: values{}, lengths: sessionLengths}
	d.text("session_key", r.Key)
	d.text("vendor_session_id", cmp.Or(r.VendorSessionID, r.Outcome.VendorSessionID))
	d.text("vendor", string(r.Vendor))
	d.text("state", string(r.State))
	d.text("source_table", r.Record.Type)
	d.text("source_id", r.Record.ID)
	d.text("source_number", r.RecordNumber)
	d.text("agent", r.Agent.ID)
	d.people(cmp.Or(r.Outcome.Technician, r.Technician), cmp.Or(r.Outcome.Customer, r.Customer))
	d.text("panel_url", r.PanelURL)
	d.time("expires_at", r.ExpiresAt)
	d.time("requested_at", r.RequestedAt)
	d.text("token", string(r.Token))
	d.text("workflow_id", r.WorkflowID)
	d.buttons(r)
	d.invitation(r)
	d.failure(r)
	d.outcome(r.Outcome)
	return d.values
}

// buttons are written every time: a button that was enabled must be able to go off.
func (d draft) buttons(r support.SessionRow) {
	d.flag("can_new", r.CanNew)
	d.flag("can_join", r.CanJoin)
	d.flag("can_share", r.CanShare)
	d.flag("can_close", r.CanClose)
	if r.CustomerOnline != nil {
		d.flag("customer_online", *r.CustomerOnline)
	}
}

func (d draft) invitation(r support.SessionRow) {
	if r.ClearCode {
		d.values["pin"], d.values["link"] = "", ""
		return
	}
	d.text("pin", r.Code)
	d.text("link", r.CustomerLink)
}

func (d draft) failure(r support.SessionRow) {
	if r.ClearError {
		d.values["error_code"], d.values["error_message"] = "", ""
		return
	}
	d.text("error_code", r.ErrorCode)
	d.text("error_message", support.Sentence(r.ErrorMessage))
}

func (d draft) outcome(o support.Outcome) {
	d.text("reason", string(o.Reason))
	d.time("started_at", o.StartedAt)
	d.time("ended_at", o.EndedAt)
	d.time("last_action_at", o.LastActionAt)
	d.seconds("waiting_s", o.WaitingSeconds)
	d.seconds("work_s", o.WorkSeconds)
	d.seconds("active_s", o.ActiveSeconds)
	d.text("chat", o.Chat)
	d.text("notes", o.Notes)
	if o.ClearNotes {
		d.values["notes"] = ""
	}
	d.text("platform", o.Platform)
	d.text("device_id", o.DeviceID)
	d.fields(o.Fields)
	d.list("reports", o.Reports)
}

// reportValues are the columns of a report row.
func reportValues(connection string, vendor support.VendorKind, r support.Report) values {
	d := draft{values: values{}, lengths: reportLengths}
	d.text("report_id", r.ID)
	d.text("connection", connection)
	d.text("vendor", string(vendor))
	d.text("vendor_session_id", r.VendorSessionID)
	d.text("token", string(r.Token))
	d.text("source_table", r.Record.Type)
	d.text("source_id", r.Record.ID)
	d.people(r.Technician, r.Customer)
	d.text("device_id", r.DeviceID)
	d.text("device_name", r.DeviceName)
	d.time("started_at", r.StartedAt)
	d.time("ended_at", r.EndedAt)
	d.seconds("waiting_s", r.WaitingSeconds)
	d.seconds("work_s", r.WorkSeconds)
	d.seconds("active_s", r.ActiveSeconds)
	d.text("reason", string(r.Reason))
	d.text("description", r.Description)
	d.values["notes"] = "" // a report is always whole, and its notes may have been emptied
	d.text("notes", r.Notes)
	d.fields(r.Fields)
	return d.values
}
