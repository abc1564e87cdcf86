package rescue

import (
	"slices"
	"strconv"

	"example.com/lifeline/support"
)

// reportTable is a report as it came: columns are found by their headings, since their order varies by version.
type reportTable struct {
	headings []string
	rows     [][]string
	columns  map[string]int // by squeezed heading
	custom   []int          // columns of the Name field and custom fields 1 to 5
}

// fixedColumns are the headings that are the same in every account (rescue.md 5.4), squeezed, with the API guide's
// name of the same thing where it has one (7.2). "Name" is not among them: like the custom fields it bears the
// account's own label.
var fixedColumns = map[string]string{
	"STARTTIME":          "PickupTime",
	"ENDTIME":            "ClosingTime",
	"LASTACTIONTIME":     "LastActionTime",
	"TECHNICIANNAME":     "TechName",
	"TECHNICIANID":       "TechID",
	"TECHNICIANEMAIL":    "TechEmail",
	"SESSIONID":          "SessionID",
	"TRACKINGID":         "Tracking0",
	"WAITINGTIME":        "WaitingTime",
	"WORKTIME":           "WorkTime",
	"PLATFORM":           "Platform",
	"RESCUEPLATFORM":     "Platform",
	"SESSIONTYPE":        "",
	"STATUS":             "",
	"CUSTOMERIP":         "",
	"DEVICEID":           "",
	"INCIDENTTOOLSUSED":  "",
	"RESOLVEDUNRESOLVED": "",
	"CHANNELID":          "",
	"CHANNELNAME":        "",
	"CALLINGCARD":        "",
	"CONNECTINGTIME":     "",
	"TOTALTIME":          "",
	"ACTIVETIME":         "",
	"HOLDTIME":           "",
	"TIMEINTRANSFER":     "",
	"REBOOTINGTIME":      "",
	"RECONNECTINGTIME":   "",
	"BROWSERTYPE":        "",
	"TECHNICIANGROUP":    "",
	"HOSTNAME":           "",
}

var reportBounds = bounds{depth: 8, elements: 1_000_000}

// parseReport reads the XML output; an empty payload is an empty report.
func parseReport(payload string) (reportTable, error) {
	if payload == "" {
		return reportTable{}, nil
	}
	root, err := parseXML([]byte(payload), reportBounds)
	if err != nil {
		return reportTable{}, notUnderstood("Rescue gave a report that is not XML", err)
	}
	header, data := root.child("header"), root.child("data")
	if header == nil || data == nil {
		return reportTable{}, notUnderstood("Rescue gave a report without header or data", nil)
	}
	table := newReportTable(header)
	byID := map[string]int{}
	for i, field := range header.children {
		byID[field.id] = i
	}
	for _, row := range data.children {
		table.rows = append(table.rows, table.cells(row, byID))
	}
	return table, nil
}

func newReportTable(header *element) reportTable {
	table := reportTable{columns: map[string]int{}}
	for i, field := range header.children {
		heading := field.value()
		table.headings = append(table.headings, heading)
		if _, again := table.columns[squeeze(heading)]; !again {
			table.columns[squeeze(heading)] = i
		}
	}
	table.custom = table.customColumns()
	return table
}

// customColumns are the columns with headings of the account's own, in order: those between Status and Tracking ID,
// where these stand in that order.
func (t reportTable) customColumns() []int {
	from, to := 0, len(t.headings)
	status, hasStatus := t.columns["STATUS"]
	tracking, hasTracking := t.columns["TRACKINGID"]
	if hasStatus && hasTracking && status < tracking {
		from, to = status+1, tracking
	}
	var custom []int
	for i := from; i < to && len(custom) < len(customFieldLimits); i++ {
		if _, fixed := fixedColumns[squeeze(t.headings[i])]; !fixed {
			custom = append(custom, i)
		}
	}
	return custom
}

// cells puts a row's fields under their headings: by id where both have one, else by position.
func (t reportTable) cells(row *element, byID map[string]int) []string {
	cells := make([]string, len(t.headings))
	for i, field := range row.children {
		if at, known := byID[field.id]; known && field.id != "" {
			i = at
		}
		if i < len(cells) {
			cells[i] = field.value()
		}
	}
	return cells
}

// reports makes Lifeline's reports of the rows; rows without a session id say nothing. only, if set, is the one
// session that is wanted.
func (t reportTable) reports(dateFormat, only string) []support.Report {
	reports := []support.Report{}
	for _, cells := range t.rows {
		row := reportRow{table: t, cells: cells, dateFormat: dateFormat}
		id, ok := readSessionID(row.cell("SESSIONID"))
		if ok && (only == "" || only == id) {
			reports = append(reports, row.report(id))
		}
	}
	return reports
}

type reportRow struct {
	table      reportTable
	cells      []string
	dateFormat string
}

func (r reportRow) cell(squeezed string) string {
	if i, known := r.table.columns[squeezed]; known {
		return r.cells[i]
	}
	return ""
}

// customField is a cell of the Name field (0) or a custom field; the two are told apart by position only.
func (r reportRow) customField(i int) string {
	if i < len(r.table.custom) {
		return r.cells[r.table.custom[i]]
	}
	return ""
}

func (r reportRow) report(id string) support.Report {
	return support.Report{
		ID:              id,
		VendorSessionID: id,
		Token:           r.token(),
		Technician: support.Technician{
			ID:    role(r.cell("TECHNICIANID")),
			Name:  r.cell("TECHNICIANNAME"),
			Email: r.cell("TECHNICIANEMAIL"),
		},
		Customer:       support.Customer{Name: r.customField(0), Email: emailIn(r.customField(1))},
		DeviceID:       r.cell("DEVICEID"),
		DeviceName:     r.cell("HOSTNAME"),
		StartedAt:      parseReportTime(r.cell("STARTTIME"), r.dateFormat),
		EndedAt:        parseReportTime(r.cell("ENDTIME"), r.dateFormat),
		WaitingSeconds: parseSeconds(r.cell("WAITINGTIME")),
		WorkSeconds:    parseSeconds(r.cell("WORKTIME")),
		ActiveSeconds:  parseSeconds(r.cell("ACTIVETIME")),
		Reason:         r.reason(),
		Fields:         r.fields(),
	}
}

// token trusts the tracking field first: technicians may edit custom fields (rescue.md 5.5).
func (r reportRow) token() support.Token {
	if tracking := r.cell("TRACKINGID"); support.IsToken(tracking) {
		return support.Token(tracking)
	}
	for i := range customFieldLimits {
		if value := r.customField(i); support.IsToken(value) {
			return support.Token(value)
		}
	}
	return ""
}

// reason never decides by a translated word.
func (r reportRow) reason() support.Reason {
	if reason := standingOf(r.cell("STATUS")).reason; reason != support.ReasonNone {
		return reason
	}
	return support.ReasonUnknownCause
}

// fields are the filled cells in the report's order, under the API guide's names where it has one.
func (r reportRow) fields() []support.Field {
	var fields []support.Field
	for i, heading := range r.table.headings {
		if r.cells[i] == "" {
			continue
		}
		name := heading
		if at := slices.Index(r.table.custom, i); at >= 0 {
			name = "CField" + strconv.Itoa(at)
		} else if guide := fixedColumns[squeeze(heading)]; guide != "" {
			name = guide
		}
		fields = append(fields, support.Field{Name: name, Value: r.cells[i]})
	}
	return fields
}
