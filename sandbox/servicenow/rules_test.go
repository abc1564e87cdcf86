package servicenow

import (
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestResolvingNeedsCodeAndNotes(t *testing.T) {
	b := open(t)
	requireError(t, b.call("PATCH", b.incident(), Row{"state": "6"}), 403, "Operation Failed",
		"Data Policy Exception: The following fields are mandatory: Resolution code, Resolution notes")
	requireError(t, b.call("PATCH", b.incident(), Row{"state": "6", "close_code": "Solution provided"}), 403, "Operation Failed",
		"Data Policy Exception: The following fields are mandatory: Resolution notes")
	row := b.call("PATCH", b.incident(), Row{"state": "6", "close_code": "Solution provided", "close_notes": "Done"}).row(t)
	require.Equal(t, "6", row["incident_state"])
	require.Equal(t, "2026-11-22 08:00:00", row["resolved_at"])
	require.NotEqual(t, "", row["resolved_by"])
	require.Equal(t, "true", row["active"])
}

func TestAnUnknownCloseCodeIsStoredBlank(t *testing.T) {
	b := open(t)
	resolve := Row{"state": "6", "close_code": "Solved (Permanently)", "close_notes": "Done"}
	a := b.call("PATCH", b.incident(), resolve)
	require.Equal(t, 200, a.status)
	require.Equal(t, "", a.row(t)["close_code"])

	b.SetChoices("incident", "close_code", "Solved (Permanently)")
	require.Equal(t, "Solved (Permanently)", b.call("PATCH", b.incident(), resolve).row(t)["close_code"])
	b.SetProperty("glide.rest.choice.allow_non_existing_value", "true")
	require.Equal(t, "Own", b.call("PATCH", b.incident(), Row{"close_code": "Own"}).row(t)["close_code"])
}

func TestCloseCodesAreReadFromTheChoices(t *testing.T) {
	b := open(t)
	rows := b.find("sys_choice", "name=incident^element=close_code^inactive=false^ORDERBYsequence", "sysparm_fields", "value").rows(t)
	require.Len(t, rows, 10)
	require.Equal(t, "Duplicate", rows[0]["value"])
}

func TestAnUnknownStateIsNotStored(t *testing.T) {
	b := open(t)
	row := b.call("PATCH", b.incident(), Row{"state": "99", "impact": ""}).row(t)
	require.Equal(t, "2", row["state"])
	require.Equal(t, "2", row["impact"])
}

func TestAClosedIncidentStaysClosed(t *testing.T) {
	b := open(t)
	row := b.call("PATCH", b.incident(), Row{"state": "7", "close_code": "Duplicate", "close_notes": "Done"}).row(t)
	require.Equal(t, "false", row["active"])
	require.NotEmpty(t, row["closed_at"])
	a := b.call("PATCH", b.incident(), Row{"state": "2"})
	require.Equal(t, 403, a.status)
	require.Contains(t, a.body, "was aborted by Business Rule 'Closed incidents stay closed^")
}

func TestReopeningAResolvedIncidentClearsTheResolution(t *testing.T) {
	b := open(t)
	b.call("PATCH", b.incident(), Row{"incident_state": "6", "close_code": "Duplicate", "close_notes": "Done"})
	row := b.call("PATCH", b.incident(), Row{"state": "2"}).row(t)
	require.Equal(t, "", row["resolved_at"])
	require.Equal(t, "", row["resolved_by"])
}

func TestChangingTheGroupClearsTheAssignee(t *testing.T) {
	b := open(t)
	group, err := b.Add("sys_user_group", Row{"name": "Network"})
	require.NoError(t, err)
	sam := b.demo.Agents["sam"]
	require.Equal(t, "", b.call("PATCH", b.incident(), Row{"assignment_group": group}).row(t)["assigned_to"])
	both := b.call("PATCH", b.incident()+"?sysparm_exclude_reference_link=true", Row{"assignment_group": "", "assigned_to": sam}).row(t)
	require.Equal(t, sam, both["assigned_to"])
}

func TestCaseStates(t *testing.T) {
	b := open(t)
	path := "/api/now/table/sn_customerservice_case/" + b.demo.Cases[0]
	requireError(t, b.call("PATCH", path, Row{"state": "6"}), 403, "Operation Failed",
		"Data Policy Exception: The following fields are mandatory: Resolution code, Resolution notes")
	requireError(t, b.call("PATCH", path, Row{"state": "3"}), 403, "Operation Failed",
		"Data Policy Exception: The following fields are mandatory: Resolution notes")
	require.Equal(t, 200, b.call("PATCH", path, Row{"state": "6", "resolution_code": "1", "close_notes": "Done"}).status)

	a := b.call("PATCH", path, Row{"state": "3"})
	require.Equal(t, 403, a.status)
	require.Contains(t, a.body, "Only the customer closes a resolved case")
	b.SetRole("lifeline", customerRole, true)
	require.Equal(t, "false", b.call("PATCH", path, Row{"state": "3"}).row(t)["active"])
	a = b.call("PATCH", path, Row{"work_notes": "late"})
	require.Equal(t, 403, a.status)
	require.Contains(t, a.body, "Closed cases cannot be updated")
}

func TestJournalFieldsAreAppendedAndReadBackOnlyAsDisplayValue(t *testing.T) {
	b := open(t)
	a := b.call("PATCH", b.incident(), Row{"work_notes": "first", "comments": "for the customer"})
	require.Equal(t, "", a.row(t)["work_notes"])
	b.Advance(time.Minute)
	require.Equal(t, "2", b.call("PATCH", b.incident(), Row{"work_notes": "second"}).row(t)["sys_mod_count"])

	shown := b.call("GET", b.incident()+"?sysparm_display_value=true&sysparm_fields=work_notes", nil).row(t)["work_notes"]
	require.Equal(t, "2026-11-22 08:01:00 - Lifeline Service (Work notes)\nsecond\n\n2026-11-22 08:00:00 - Lifeline Service (Work notes)\nfirst\n\n", shown)
	require.Equal(t, "", b.call("GET", b.incident()+"?sysparm_fields=work_notes", nil).row(t)["work_notes"])

	rows := b.find("sys_journal_field", "element_id="+b.demo.Incidents[0]+"^element=work_notes^ORDERBYDESCsys_created_on",
		"sysparm_fields", "element,name,value,sys_created_on,sys_created_by").rows(t)
	require.Equal(t, map[string]any{"element": "work_notes", "name": "incident", "value": "second",
		"sys_created_on": "2026-11-22 08:01:00", "sys_created_by": "lifeline"}, rows[0])
	require.Equal(t, []Entry{{"comments", "for the customer", "lifeline", "2026-11-22 08:00:00"}}, b.Journal(b.demo.Incidents[0], "comments"))
}

func TestReadingTheJournalTableMayNeedMoreRights(t *testing.T) {
	b := open(t)
	b.Allow("sys_journal_field", Read, "admin")
	require.Equal(t, 403, b.find("sys_journal_field", "").status)
}

func TestSeveralUsersMayHaveOneEmail(t *testing.T) {
	b := open(t)
	b.DuplicateUsers("joe@example.net")
	query := url.Values{"sysparm_query": {"email=joe@example.net^active=true"}, "sysparm_limit": {"2"}}
	require.Len(t, b.call("GET", "/api/now/table/sys_user?"+query.Encode(), nil).rows(t), 2)
}
