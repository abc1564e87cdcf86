package servicenow

// ColumnType is a dictionary type of the platform.
type ColumnType string

// The types the simulator knows.
const (
	String    ColumnType = "string"
	Integer   ColumnType = "integer"
	Boolean   ColumnType = "boolean"
	DateTime  ColumnType = "glide_date_time"
	Reference ColumnType = "reference"
	Journal   ColumnType = "journal_input" // write-only, appended (servicenow.md 4.5)
)

// Column is a column of a table.
type Column struct {
	Name      string     `json:"name"`
	Label     string     `json:"label,omitempty"` // default: the name
	Type      ColumnType `json:"type,omitempty"`  // default String
	Length    int        `json:"length,omitempty"`
	Unique    bool       `json:"unique,omitempty"`
	Reference string     `json:"reference,omitempty"` // the table a Reference points to
	Default   string     `json:"default,omitempty"`
	Choice    bool       `json:"choice,omitempty"` // takes only values of sys_choice
}

// defaultLength is the length of a string column that names none.
const defaultLength = 255

// tableSpec is what a table is made from.
type tableSpec struct {
	name     string
	label    string
	parent   string
	display  string // column shown for a row
	number   string // prefix of auto-numbering; empty: none
	first    int    // first number
	csm      bool   // belongs to Customer Service Management
	noAccess bool   // closed to web services
	columns  []Column
}

func text(name string, length int) Column { return Column{Name: name, Type: String, Length: length} }

func choice(name, label string, kind ColumnType, initial string) Column {
	return Column{Name: name, Label: label, Type: kind, Length: 40, Choice: true, Default: initial}
}

func refers(name, table string) Column {
	return Column{Name: name, Type: Reference, Length: 32, Reference: table}
}

func typed(kind ColumnType, names ...string) []Column {
	columns := make([]Column, len(names))
	for i, name := range names {
		columns[i] = Column{Name: name, Type: kind, Length: 40}
	}
	return columns
}

func together(lists ...[]Column) []Column {
	var all []Column
	for _, list := range lists {
		all = append(all, list...)
	}
	return all
}

// systemColumns are on every table. Callers cannot write them.
func systemColumns() []Column {
	return []Column{
		{Name: "sys_id", Type: String, Length: 32},
		{Name: "sys_created_on", Type: DateTime}, text("sys_created_by", 40),
		{Name: "sys_updated_on", Type: DateTime}, text("sys_updated_by", 40),
		{Name: "sys_mod_count", Type: Integer}, text("sys_tags", 255),
	}
}

// DefaultSessionColumns are the columns of the app's session table.
func DefaultSessionColumns() []Column {
	return together(
		[]Column{{Name: "session_key", Type: String, Length: 100, Unique: true}},
		[]Column{text("vendor_session_id", 100), text("vendor", 40), text("state", 40),
			{Name: "active", Type: Boolean, Default: "true"},
			text("source_table", 80), text("source_id", 32), text("source_number", 40), refers("agent", "sys_user"),
			text("technician_id", 100), text("technician_name", 255), text("technician_email", 255),
			text("technician_sso", 255), text("customer_name", 255), text("customer_email", 255), text("pin", 40),
			text("link", 1024), text("panel_url", 1024)},
		typed(DateTime, "expires_at", "requested_at", "started_at", "ended_at", "last_action_at"),
		typed(Integer, "waiting_s", "work_s", "active_s"),
		[]Column{text("reason", 40), text("platform", 255), text("device_id", 100), text("chat", 65000),
			text("notes", 65000), text("fields", 65000), text("reports", 4000), text("token", 64),
			text("workflow_id", 255)},
		typed(Boolean, "customer_online", "can_new", "can_join", "can_share", "can_close"),
		[]Column{text("error_code", 40), text("error_message", 1000)},
	)
}

// DefaultConnectionColumns are the columns of the app's table for the vendor's company report.
func DefaultConnectionColumns() []Column {
	return together(
		[]Column{{Name: "report_id", Type: String, Length: 100, Unique: true}},
		[]Column{text("vendor", 40), text("session_id", 100), text("user_id", 100), text("supporter_name", 255),
			text("customer_name", 255), text("customer_email", 255), text("device_id", 100)},
		typed(DateTime, "started_at", "ended_at"),
		[]Column{text("description", 4000), text("notes", 65000), text("record_type", 80), text("record_id", 32)},
	)
}
