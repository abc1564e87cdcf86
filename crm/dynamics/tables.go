package dynamics

// The columns that more than one place names.
const (
	colName       = "name"
	colKey        = "sessionkey"
	colVendor     = "vendor"
	colVendorID   = "vendorsessionid"
	colState      = "state"
	colWorkflow   = "workflowid"
	colTechnician = "technicianid"
	colRecordType = "regardingtype"
	colChat       = "chatlog"
	colToken      = "tracking"
	colSources    = "sources"
	colUser       = "userid"
	colSSO        = "ssoid"
	colAuthcode   = "authcode"
	colReportKey  = "connectionkey"
)

// The status reasons of a session row (dynamics.md 6.1).
var (
	statusRequested = Status{Value: 1, Label: "Requested"}
	statusInvited   = Status{Value: 1, Own: true, Label: "Waiting for customer"}
	statusRunning   = Status{Value: 2, Own: true, Label: "In progress"}
	statusEnded     = Status{Value: 3, Own: true, Label: "Ended - data pending"}
	statusError     = Status{Value: 4, Own: true, Label: "Error"}
	statusCompleted = Status{Value: 2, Inactive: true, Label: "Completed"}
	statusExpired   = Status{Value: 5, Own: true, Inactive: true, Label: "Expired"}
	statusCancelled = Status{Value: 6, Own: true, Inactive: true, Label: "Cancelled"}
)

// Tables are Lifeline's tables in the order they are created (dynamics.md 6). They are the one definition: Connect
// creates them, every write is cut to their lengths, and the documentation lists them.
var Tables = []Table{Sessions, UserSettings, Connections}

// Sessions keeps one row for each support session (dynamics.md 6.1).
var Sessions = Table{
	Name: "session", Label: "Remote Session", Plural: "Remote Sessions", Key: colKey,
	Meaning:  "one support session, from the agent's request to its filing",
	Statuses: []Status{statusRequested, statusInvited, statusRunning, statusEnded, statusError, statusCompleted, statusExpired, statusCancelled},
	Columns: []Column{
		{Name: colName, Label: "Name", Type: Text, Length: 200, Meaning: "vendor, session and record number"},
		{Name: colKey, Label: "Session key", Type: Text, Length: 100, Meaning: "unique key that Lifeline finds the row by"},
		{Name: colVendor, Label: "Vendor", Type: Choice, Options: []Option{{1, "LogMeIn Rescue"}, {2, "TeamViewer"}}, Meaning: "remote-support product"},
		{Name: colVendorID, Label: "Vendor session id", Type: Text, Length: 100, Meaning: "the session's id at the vendor"},
		{Name: colState, Label: "State", Type: Text, Length: 20, Meaning: "the state in Lifeline's own word"},
		{Name: "reason", Label: "End reason", Type: Text, Length: 50, Meaning: "how the session ended"},
		{Name: "pin", Label: "Code", Type: Text, Length: 20, Meaning: "PIN or session code; emptied when of no use any more"},
		{Name: "customerlink", Label: "Customer link", Type: Link, Length: 1000, Meaning: "opens the session at the customer's"},
		{Name: "panelurl", Label: "Panel", Type: Link, Length: 1000, Meaning: "the agent's panel; with the error sign_in_needed the page where the agent signs in once"},
		{Name: "validuntil", Label: "Valid until", Type: Time, Meaning: "when the code expires"},
		{Name: "requestedon", Label: "Requested on", Type: Time, Meaning: "when the button was pressed"},
		{Name: "startedon", Label: "Started on", Type: Time, Meaning: "pick-up, or first connection"},
		{Name: "endedon", Label: "Ended on", Type: Time, Meaning: "end of the session"},
		{Name: "lastactionon", Label: "Last action on", Type: Time, Meaning: "last action in the session"},
		{Name: "durationsec", Label: "Duration (s)", Type: Number, Meaning: "seconds from start to end"},
		{Name: "waitingsec", Label: "Waiting (s)", Type: Number, Meaning: "seconds the customer waited"},
		{Name: "workingsec", Label: "Working (s)", Type: Number, Meaning: "seconds of work"},
		{Name: "activesec", Label: "Active (s)", Type: Number, Meaning: "seconds the technician was active"},
		{Name: colTechnician, Label: "Agent", Type: Lookup, Target: "systemuser", Meaning: "the agent who asked for the session"},
		{Name: "vendortechnicianid", Label: "Technician id", Type: Text, Length: 100, Meaning: "the technician's id at the vendor"},
		{Name: "techniciansso", Label: "Technician SSO id", Type: Text, Length: 200, Meaning: "the technician's SSO id"},
		{Name: "technicianname", Label: "Technician", Type: Text, Length: 200, Meaning: "the technician's name at the vendor"},
		{Name: "technicianemail", Label: "Technician e-mail", Type: Text, Length: 200, Meaning: "the technician's e-mail at the vendor"},
		{Name: "techniciandescr", Label: "Technician description", Type: Text, Length: 200, Meaning: "what the vendor's organization says of the technician"},
		{Name: "customername", Label: "Customer", Type: Text, Length: 200, Meaning: "who is helped"},
		{Name: "customeremail", Label: "Customer e-mail", Type: Text, Length: 200, Meaning: "where the invitation goes"},
		{Name: "customeronline", Label: "Customer online", Type: YesNo, Meaning: "the customer has opened the link (TeamViewer)"},
		{Name: "cannew", Label: "Can begin", Type: YesNo, Meaning: "the button New remote session is enabled"},
		{Name: "canjoin", Label: "Can join", Type: YesNo, Meaning: "the button Join is enabled"},
		{Name: "canshare", Label: "Can share", Type: YesNo, Meaning: "the button Share is enabled"},
		{Name: "canclose", Label: "Can close", Type: YesNo, Meaning: "the button Close is enabled"},
		{Name: "customfield1", Label: "Custom field 1", Type: Text, Length: 250, Meaning: "Rescue custom field 1"},
		{Name: "customfield2", Label: "Custom field 2", Type: Text, Length: 250, Meaning: "Rescue custom field 2"},
		{Name: "customfield3", Label: "Custom field 3", Type: Text, Length: 250, Meaning: "Rescue custom field 3"},
		{Name: "customfield4", Label: "Custom field 4", Type: Text, Length: 250, Meaning: "Rescue custom field 4"},
		{Name: "customfield5", Label: "Custom field 5", Type: Text, Length: 250, Meaning: "Rescue custom field 5"},
		{Name: colToken, Label: "Tracking id", Type: Text, Length: 100, Meaning: "the token that travels through the vendor"},
		{Name: colSources, Label: "Sources", Type: Memo, Length: 20000, Meaning: "ids of the posts and reports that were taken in, one a line"},
		{Name: "platform", Label: "Platform", Type: Text, Length: 100, Meaning: "the customer's operating system"},
		{Name: "deviceid", Label: "Device id", Type: Text, Length: 100, Meaning: "the customer's device at the vendor"},
		{Name: "transmitted", Label: "Transmitted (bytes)", Type: Text, Length: 20, Meaning: "bytes that went over; a text, for there may be more than a number column holds"},
		{Name: "notes", Label: "Notes", Type: Memo, Length: 20000, Meaning: "the technician's notes"},
		{Name: colChat, Label: "Chat", Type: Memo, Length: 100000, Meaning: "the chat; a longer one is attached as a file"},
		{Name: "survey", Label: "Survey", Type: Memo, Length: 20000, Meaning: "the technician survey as JSON"},
		{Name: "errorcode", Label: "Error code", Type: Text, Length: 50, Meaning: "why the session needs attention"},
		{Name: "errormessage", Label: "Error", Type: Text, Length: 2000, Meaning: "the same in plain words"},
		{Name: colWorkflow, Label: "Workflow id", Type: Text, Length: 200, Meaning: "the session's workflow; empty until Lifeline took the request"},
		{Name: colRecordType, Label: "Record type", Type: Text, Length: 50, Meaning: "table of the record the session belongs to"},
		{Name: "recordnumber", Label: "Record number", Type: Text, Length: 100, Meaning: "number of the record"},
		{Name: "incidentid", Label: "Case", Type: Lookup, Target: "incident", Meaning: "the case the session belongs to"},
		{Name: "accountid", Label: "Account", Type: Lookup, Target: "account", Meaning: "the account the session belongs to"},
		{Name: "contactid", Label: "Contact", Type: Lookup, Target: "contact", Meaning: "the contact the session belongs to"},
		{Name: "leadid", Label: "Lead", Type: Lookup, Target: "lead", Meaning: "the lead the session belongs to"},
		{Name: "opportunityid", Label: "Opportunity", Type: Lookup, Target: "opportunity", Meaning: "the opportunity the session belongs to"},
	},
}

// UserSettings says who an agent is at the vendor (dynamics.md 6.2).
var UserSettings = Table{
	Name: "usersetting", Label: "Remote Support User", Plural: "Remote Support Users", Key: colUser,
	Meaning: "an agent's identity at the vendor; made by Lifeline at the first press",
	Columns: []Column{
		{Name: colName, Label: "Name", Type: Text, Length: 200, Meaning: "the agent's name"},
		{Name: colUser, Label: "User", Type: Lookup, Target: "systemuser", Meaning: "the agent"},
		{Name: colTechnician, Label: "Technician id", Type: Text, Length: 100, Meaning: "the agent's id at the vendor, learned by Lifeline"},
		{Name: colSSO, Label: "SSO id", Type: Text, Length: 200, Meaning: "the agent's SSO id; empty takes the e-mail address"},
		{Name: colAuthcode, Label: "Authcode", Type: Text, Length: 20, Meaning: "`kept`: Lifeline has the agent's authcode; `sign_in_needed`: the agent must sign in once. The authcode itself is never here"},
	},
}

// Connections keeps the rows of the vendor's company report (dynamics.md 6.4).
var Connections = Table{
	Name: "connection", Label: "Remote Connection", Plural: "Remote Connections", Key: colReportKey,
	Meaning: "one connection out of the vendor's company report",
	Columns: []Column{
		{Name: colReportKey, Label: "Connection key", Type: Text, Length: 100, Meaning: "unique key made from the vendor's id"},
		{Name: colVendorID, Label: "Vendor session id", Type: Text, Length: 100, Meaning: "the session's id at the vendor"},
		{Name: colUser, Label: "User id", Type: Text, Length: 100, Meaning: "the supporter's id at the vendor"},
		{Name: "supportername", Label: "Supporter", Type: Text, Length: 200, Meaning: "the supporter's name"},
		{Name: "customername", Label: "Customer", Type: Text, Length: 200, Meaning: "the customer's name"},
		{Name: "deviceid", Label: "Device id", Type: Text, Length: 100, Meaning: "the device at the vendor"},
		{Name: "startedon", Label: "Started on", Type: Time, Meaning: "start of the connection"},
		{Name: "endedon", Label: "Ended on", Type: Time, Meaning: "end of the connection"},
		{Name: "description", Label: "Description", Type: Memo, Length: 2000, Meaning: "the session's description"},
		{Name: "notes", Label: "Notes", Type: Memo, Length: 20000, Meaning: "the supporter's notes"},
		{Name: colRecordType, Label: "Record type", Type: Text, Length: 50, Meaning: "table of the record the session belongs to"},
	},
}
