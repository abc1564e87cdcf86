package servicenow

// standardTables are the platform's own tables as far as integrations touch them; parents come before children.
func standardTables() []tableSpec {
	return append(systemTables(), append(peopleTables(), taskTables()...)...)
}

func systemTables() []tableSpec {
	return []tableSpec{
		{name: "sys_db_object", label: "Table", display: "label", columns: together(
			[]Column{text("name", 80), text("label", 80)}, typed(Boolean, "ws_access"))},
		{name: "sys_dictionary", label: "Dictionary Entry", display: "element", columns: together(
			[]Column{text("name", 80), text("element", 80), text("column_label", 80), text("internal_type", 40), text("reference", 80)},
			typed(Integer, "max_length"), typed(Boolean, "unique", "active", "mandatory"))},
		{name: "sys_choice", label: "Choice", display: "label", columns: together(
			[]Column{text("name", 80), text("element", 80), text("value", 100), text("label", 100), {Name: "language", Length: 10, Default: "en"}},
			typed(Integer, "sequence"), typed(Boolean, "inactive"))},
		{name: "sys_properties", label: "System Property", display: "name", columns: []Column{
			{Name: "name", Length: 100, Unique: true}, text("value", 4000)}},
		{name: "sys_journal_field", label: "Journal Entry", display: "element", columns: []Column{
			text("name", 80), text("element", 80), text("element_id", 32), text("value", 1<<20)}},
		{name: "sys_attachment", label: "Attachment", display: "file_name", columns: together(
			[]Column{text("file_name", 100), text("content_type", 100), text("table_name", 80), text("table_sys_id", 32), text("hash", 64)},
			typed(Integer, "size_bytes", "size_compressed"))},
		{name: "sys_scope", label: "Application", display: "name", columns: []Column{
			text("name", 100), {Name: "scope", Length: 18, Unique: true}, text("version", 40), {Name: "sys_class_name", Length: 80, Default: "sys_app"}}},
		{name: "sys_upgrade_history", label: "Upgrade History", display: "to_version", columns: together(
			[]Column{text("to_version", 100)}, typed(DateTime, "upgrade_started", "upgrade_finished"))},
	}
}

func peopleTables() []tableSpec {
	return []tableSpec{
		{name: "core_company", label: "Company", display: "name", columns: []Column{text("name", 80)}},
		{name: "customer_account", label: "Account", parent: "core_company", display: "name", csm: true},
		{name: "sys_user_group", label: "Group", display: "name", columns: []Column{text("name", 80), text("email", 100)}},
		{name: "sys_user", label: "User", display: "name", columns: together(
			[]Column{{Name: "user_name", Length: 40, Unique: true}, text("name", 151), text("first_name", 50), text("last_name", 50),
				text("email", 100), text("phone", 40), text("time_zone", 40), refers("company", "core_company"),
				{Name: "active", Type: Boolean, Default: "true"}, text("sys_class_name", 80)},
			typed(Boolean, "locked_out", "password_needs_reset", "web_service_access_only", "internal_integration_user"))},
		{name: "sys_user_role", label: "Role", display: "name", columns: []Column{{Name: "name", Length: 100, Unique: true}}},
		{name: "sys_user_has_role", label: "User Role", display: "role", columns: []Column{
			refers("user", "sys_user"), refers("role", "sys_user_role")}},
		{name: "customer_contact", label: "Contact", parent: "sys_user", display: "name", csm: true,
			columns: []Column{refers("account", "customer_account")}},
		{name: "csm_consumer", label: "Consumer", display: "name", csm: true, columns: []Column{
			text("name", 151), text("first_name", 50), text("last_name", 50), text("email", 100), text("phone", 40)}},
	}
}

func taskTables() []tableSpec {
	task := together(
		[]Column{text("number", 40), text("short_description", 160), text("description", 4000), refers("opened_by", "sys_user"),
			refers("assigned_to", "sys_user"), refers("assignment_group", "sys_user_group"),
			choice("state", "State", Integer, "1"), choice("impact", "Impact", Integer, "3"),
			choice("urgency", "Urgency", Integer, "3"), choice("priority", "Priority", Integer, "5"),
			choice("contact_type", "Channel", String, ""), text("close_notes", 4000), refers("closed_by", "sys_user"),
			{Name: "active", Type: Boolean, Default: "true"},
			{Name: "work_notes", Label: "Work notes", Type: Journal, Length: 4000},
			{Name: "comments", Label: "Additional comments", Type: Journal, Length: 4000},
			text("correlation_id", 100), text("correlation_display", 100), refers("company", "core_company"),
			{Name: "sys_domain", Type: Reference, Reference: "sys_user_group", Default: "global"}, text("sys_class_name", 80)},
		typed(DateTime, "opened_at", "closed_at"))
	return []tableSpec{
		{name: "task", label: "Task", display: "number", columns: task},
		{name: "incident", label: "Incident", parent: "task", display: "number", number: "INC", first: 10001, columns: together(
			[]Column{refers("caller_id", "sys_user"), choice("incident_state", "Incident state", Integer, "1"),
				choice("hold_reason", "On hold reason", Integer, ""), {Name: "category", Length: 40, Default: "inquiry"},
				text("subcategory", 40), choice("close_code", "Resolution code", String, ""), refers("resolved_by", "sys_user")},
			typed(DateTime, "resolved_at"))},
		{name: "sn_customerservice_case", label: "Case", parent: "task", display: "number", number: "CS", first: 1001, csm: true,
			columns: []Column{refers("account", "customer_account"), refers("contact", "customer_contact"),
				refers("consumer", "csm_consumer"), text("product", 32), text("asset", 32),
				choice("resolution_code", "Resolution code", String, ""), text("cause", 4000), text("notes_to_comments", 40),
				refers("resolved_by", "sys_user"), {Name: "resolved_at", Type: DateTime}}},
		{name: "interaction", label: "Interaction", parent: "task", display: "number", number: "IMS", first: 1,
			columns: []Column{refers("opened_for", "sys_user"), text("type", 40)}},
	}
}

// standardChoices are the values of choice columns, in the order value, label (servicenow.md 4.6 and 4.7).
func standardChoices() []choiceList {
	levels := [][2]string{{"1", "1 - High"}, {"2", "2 - Medium"}, {"3", "3 - Low"}}
	priorities := [][2]string{{"1", "1 - Critical"}, {"2", "2 - High"}, {"3", "3 - Moderate"}, {"4", "4 - Low"}, {"5", "5 - Planning"}}
	channels := [][2]string{{"email", "Email"}, {"phone", "Phone"}, {"self-service", "Self-service"}, {"walk-in", "Walk-in"}, {"chat", "Chat"}, {"web", "Web"}}
	states := [][2]string{{"1", "New"}, {"2", "In Progress"}, {"3", "On Hold"}, {"6", "Resolved"}, {"7", "Closed"}, {"8", "Canceled"}}
	return []choiceList{
		{"task", "impact", levels}, {"task", "urgency", levels}, {"task", "priority", priorities}, {"task", "contact_type", channels},
		{"incident", "state", states}, {"incident", "incident_state", states},
		{"incident", "hold_reason", [][2]string{{"1", "Awaiting Caller"}, {"3", "Awaiting Problem"}, {"4", "Awaiting Vendor"}, {"5", "Awaiting Change"}}},
		{"incident", "close_code", same("Duplicate", "Known error", "No resolution provided", "Resolved by caller", "Resolved by change",
			"Resolved by problem", "Resolved by request", "Solution provided", "Workaround provided", "User error")},
		{"sn_customerservice_case", "state", [][2]string{{"1", "New"}, {"10", "Open"}, {"18", "Awaiting Info"}, {"6", "Resolved"}, {"3", "Closed"}, {"7", "Cancelled"}}},
		{"sn_customerservice_case", "resolution_code", [][2]string{{"1", "Solved - Fixed by Support/Guidance provided"},
			{"2", "Solved - Workaround provided"}, {"3", "Not solved - Customer rejected"}, {"4", "Not solved - Other"}}},
	}
}

// choiceList is the values of one choice column.
type choiceList struct {
	table, element string
	values         [][2]string
}

func same(values ...string) [][2]string {
	pairs := make([][2]string, len(values))
	for i, v := range values {
		pairs[i] = [2]string{v, v}
	}
	return pairs
}
