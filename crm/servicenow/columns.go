package servicenow

// ColumnType is a column's type under the platform's own name (sys_dictionary.internal_type).
type ColumnType string

// The types in use.
const (
	TypeString    ColumnType = "string"
	TypeBoolean   ColumnType = "boolean"
	TypeInteger   ColumnType = "integer"
	TypeDateTime  ColumnType = "glide_date_time"
	TypeReference ColumnType = "reference"
)

// Column describes one column of a table that an administrator, or the app, must create.
type Column struct {
	Name      string
	Type      ColumnType
	Length    int    // characters of a string
	Unique    bool   // needs a unique index: it is what makes writing rows repeatable (servicenow.md 4.12)
	Reference string // table that a reference points to
	Meaning   string // one line, used as hint and in the documentation
}

// Columns are those of the session table <prefix>_session, one row per support session.
var Columns = []Column{
	{Name: "session_key", Type: TypeString, Length: 100, Unique: true, Meaning: "Lifeline's key of the session"},
	{Name: "vendor_session_id", Type: TypeString, Length: 100, Meaning: "the vendor's id of the session"},
	{Name: "vendor", Type: TypeString, Length: 40, Meaning: "rescue or teamviewer"},
	{Name: "state", Type: TypeString, Length: 40, Meaning: "requested, invited, waiting, connected, ended, filed, expired or cancelled"},
	{Name: "active", Type: TypeBoolean, Meaning: "false once the row is closed"},
	{Name: "source_table", Type: TypeString, Length: 80, Meaning: "table of the record"},
	{Name: "source_id", Type: TypeString, Length: 32, Meaning: "sys_id of the record"},
	{Name: "source_number", Type: TypeString, Length: 40, Meaning: "number of the record"},
	{Name: "agent", Type: TypeReference, Length: 32, Reference: userTable, Meaning: "user who asked for the session"},
	{Name: "technician_id", Type: TypeString, Length: 100, Meaning: "the vendor's id of the technician"},
	{Name: "technician_name", Type: TypeString, Length: 255, Meaning: "name of the technician"},
	{Name: "technician_email", Type: TypeString, Length: 255, Meaning: "e-mail of the technician"},
	{Name: "technician_sso", Type: TypeString, Length: 255, Meaning: "SSO id of the technician"},
	{Name: "customer_name", Type: TypeString, Length: 255, Meaning: "name of the person helped"},
	{Name: "customer_email", Type: TypeString, Length: 255, Meaning: "e-mail of the person helped"},
	{Name: "pin", Type: TypeString, Length: 40, Meaning: "code to join; emptied when it is of no use any more"},
	{Name: "link", Type: TypeString, Length: 1024, Meaning: "link for the customer; emptied with the code"},
	{Name: "panel_url", Type: TypeString, Length: 2048, Meaning: "address of the agent's panel"},
	{Name: "expires_at", Type: TypeDateTime, Meaning: "when the code runs out"},
	{Name: "requested_at", Type: TypeDateTime, Meaning: "when the session was asked for"},
	{Name: "started_at", Type: TypeDateTime, Meaning: "when the technician picked up"},
	{Name: "ended_at", Type: TypeDateTime, Meaning: "when the session ended"},
	{Name: "last_action_at", Type: TypeDateTime, Meaning: "the last action in the session"},
	{Name: "waiting_s", Type: TypeInteger, Meaning: "seconds the customer waited"},
	{Name: "work_s", Type: TypeInteger, Meaning: "seconds of work"},
	{Name: "active_s", Type: TypeInteger, Meaning: "seconds of active work"},
	{Name: "reason", Type: TypeString, Length: 40, Meaning: "how the session ended"},
	{Name: "platform", Type: TypeString, Length: 255, Meaning: "operating system of the customer"},
	{Name: "device_id", Type: TypeString, Length: 100, Meaning: "the vendor's id of the device"},
	{Name: "chat", Type: TypeString, Length: 1_000_000, Meaning: "chat log"},
	{Name: "notes", Type: TypeString, Length: 65_000, Meaning: "the technician's notes"},
	{Name: "fields", Type: TypeString, Length: 65_000, Meaning: "the vendor's variables as JSON, in the vendor's order"},
	{Name: "reports", Type: TypeString, Length: 8000, Meaning: "ids of the posts and report rows taken in, separated by commas"},
	{Name: "token", Type: TypeString, Length: 64, Meaning: "what travels through the vendor to find the session again"},
	{Name: "workflow_id", Type: TypeString, Length: 255, Meaning: "the session's workflow in Temporal"},
	{Name: "customer_online", Type: TypeBoolean, Meaning: "the customer is there"},
	{Name: "can_new", Type: TypeBoolean, Meaning: "a new session may be asked for"},
	{Name: "can_join", Type: TypeBoolean, Meaning: "the technician may join"},
	{Name: "can_share", Type: TypeBoolean, Meaning: "the invitation may be shared"},
	{Name: "can_close", Type: TypeBoolean, Meaning: "the session may be closed"},
	{Name: "error_code", Type: TypeString, Length: 40, Meaning: "code of the failure the session waits on"},
	{Name: "error_message", Type: TypeString, Length: 1000, Meaning: "what failed and what to do about it"},
}

// ReportColumns are those of the report table <prefix>_connection, one row per line of the vendor's company report.
var ReportColumns = []Column{
	{Name: "report_id", Type: TypeString, Length: 100, Unique: true, Meaning: "the vendor's id of the report row"},
	{Name: "connection", Type: TypeString, Length: 100, Meaning: "Lifeline's connection"},
	{Name: "vendor", Type: TypeString, Length: 40, Meaning: "rescue or teamviewer"},
	{Name: "vendor_session_id", Type: TypeString, Length: 100, Meaning: "the vendor's id of the session"},
	{Name: "token", Type: TypeString, Length: 64, Meaning: "what Lifeline sent through the vendor"},
	{Name: "source_table", Type: TypeString, Length: 80, Meaning: "table of the record"},
	{Name: "source_id", Type: TypeString, Length: 32, Meaning: "sys_id of the record"},
	{Name: "technician_id", Type: TypeString, Length: 100, Meaning: "the vendor's id of the technician"},
	{Name: "technician_name", Type: TypeString, Length: 255, Meaning: "name of the technician"},
	{Name: "technician_email", Type: TypeString, Length: 255, Meaning: "e-mail of the technician"},
	{Name: "technician_sso", Type: TypeString, Length: 255, Meaning: "SSO id of the technician"},
	{Name: "customer_name", Type: TypeString, Length: 255, Meaning: "name of the person helped"},
	{Name: "customer_email", Type: TypeString, Length: 255, Meaning: "e-mail of the person helped"},
	{Name: "device_id", Type: TypeString, Length: 100, Meaning: "the vendor's id of the device"},
	{Name: "device_name", Type: TypeString, Length: 255, Meaning: "name of the device"},
	{Name: "started_at", Type: TypeDateTime, Meaning: "when the session started"},
	{Name: "ended_at", Type: TypeDateTime, Meaning: "when the session ended"},
	{Name: "waiting_s", Type: TypeInteger, Meaning: "seconds the customer waited"},
	{Name: "work_s", Type: TypeInteger, Meaning: "seconds of work"},
	{Name: "active_s", Type: TypeInteger, Meaning: "seconds of active work"},
	{Name: "reason", Type: TypeString, Length: 40, Meaning: "how the session ended"},
	{Name: "description", Type: TypeString, Length: 4000, Meaning: "description of the session"},
	{Name: "notes", Type: TypeString, Length: 65_000, Meaning: "the technician's notes"},
	{Name: "fields", Type: TypeString, Length: 65_000, Meaning: "the vendor's variables as JSON, in the vendor's order"},
}

// lengths gives the length of each string column by name.
func lengths(columns []Column) map[string]int {
	byName := make(map[string]int, len(columns))
	for _, column := range columns {
		byName[column.Name] = column.Length
	}
	return byName
}

func names(columns []Column) []string {
	list := make([]string, 0, len(columns))
	for _, column := range columns {
		list = append(list, column.Name)
	}
	return list
}

var (
	sessionLengths = lengths(Columns)
	reportLengths  = lengths(ReportColumns)
)
