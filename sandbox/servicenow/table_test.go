package servicenow

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestInsertAnswers201WithLocationNumberAndDefaults(t *testing.T) {
	b := open(t)
	a := b.call("POST", "/api/now/table/incident", map[string]any{
		"short_description": "New", "caller_id": b.demo.Callers["joe.employee"], "impact": 1, "nonsense": "x", "correlation_id": "rescue:1"})
	require.Equal(t, 201, a.status, a.body)
	row := a.row(t)
	require.Equal(t, "INC0010004", row["number"])
	require.Equal(t, "1", row["impact"])
	require.Equal(t, "3", row["priority"])
	require.Equal(t, "true", row["active"])
	require.Equal(t, "0", row["sys_mod_count"])
	require.Equal(t, "2026-11-22 08:00:00", row["sys_created_on"])
	require.Equal(t, "lifeline", row["sys_created_by"])
	require.Equal(t, "incident", row["sys_class_name"])
	require.Equal(t, "", row["assigned_to"], "an empty reference is a string")
	require.Equal(t, map[string]any{"value": "global", "link": "https://dev00001.service-now.com/api/now/table/sys_user_group/global"}, row["sys_domain"])
	require.NotContains(t, row, "nonsense")
	require.Len(t, row["sys_id"], 32)
	require.Equal(t, "https://dev00001.service-now.com/api/now/table/incident/"+row["sys_id"].(string), a.header.Get("Location"))
}

func TestEveryScalarIsAString(t *testing.T) {
	b := open(t)
	for name, value := range b.call("GET", b.incident()+"?sysparm_exclude_reference_link=true", nil).row(t) {
		require.IsType(t, "", value, name)
	}
}

func TestDisplayValueChangesTheShapeOfFields(t *testing.T) {
	b := open(t)
	joe := b.demo.Callers["joe.employee"]
	link := "https://dev00001.service-now.com/api/now/table/sys_user/" + joe
	get := func(parameters string) map[string]any {
		return b.call("GET", b.incident()+"?sysparm_fields=state,caller_id,caller_id.email,assignment_group,nonsense&"+parameters, nil).row(t)
	}
	require.Equal(t, map[string]any{"state": "2", "caller_id": map[string]any{"value": joe, "link": link}, "caller_id.email": "joe@example.net", "assignment_group": ""}, get(""))
	require.Equal(t, joe, get("sysparm_exclude_reference_link=true")["caller_id"])
	require.Equal(t, map[string]any{"state": "In Progress", "caller_id": map[string]any{"display_value": "Joe Employee", "link": link}, "caller_id.email": "joe@example.net", "assignment_group": ""}, get("sysparm_display_value=true"))
	all := get("sysparm_display_value=all&sysparm_exclude_reference_link=true")
	require.Equal(t, map[string]any{"display_value": "In Progress", "value": "2"}, all["state"])
	require.Equal(t, map[string]any{"display_value": "Joe Employee", "value": joe}, all["caller_id"])
}

func TestInputDisplayValueResolvesNamesAndLocalTimes(t *testing.T) {
	b := open(t)
	u := service()
	u.TimeZone = "Europe/Madrid"
	b.AddUser(u)
	row := b.call("PATCH", b.incident()+"?sysparm_input_display_value=true&sysparm_exclude_reference_link=true",
		Row{"caller_id": "Beth Anglin", "resolved_at": "", "opened_at": "2026-11-22 10:00:00", "urgency": "1 - High"}).row(t)
	require.Equal(t, b.demo.Callers["beth.anglin"], row["caller_id"])
	require.Equal(t, "2026-11-22 09:00:00", row["opened_at"])
	require.Equal(t, "1", row["urgency"])
}

func TestUpdateChangesOnlyWhatIsSentAndCountsRealChanges(t *testing.T) {
	for _, method := range []string{"PUT", "PATCH"} {
		b := open(t)
		b.Advance(10 * time.Minute)
		row := b.call(method, b.incident(), Row{"description": "changed"}).row(t)
		require.Equal(t, "Cannot connect to the VPN from home", row["short_description"])
		require.Equal(t, "1", row["sys_mod_count"])
		require.Equal(t, "2026-11-22 08:10:00", row["sys_updated_on"])
		b.Advance(10 * time.Minute)
		row = b.call(method, b.incident(), Row{"description": "changed"}).row(t)
		require.Equal(t, "1", row["sys_mod_count"], "writing the same changes nothing")
		require.Equal(t, "2026-11-22 08:10:00", row["sys_updated_on"])
	}
}

func TestPagesCountBeforeAccessRulesAndLinkToEachOther(t *testing.T) {
	b := open(t)
	b.SetVisible(b.demo.Incidents[1], false)
	a := b.find("incident", "ORDERBYnumber", "sysparm_limit", "2", "sysparm_fields", "number")
	require.Equal(t, []map[string]any{{"number": "INC0010001"}}, a.rows(t), "the page is short, more rows follow")
	require.Equal(t, "3", a.header.Get("X-Total-Count"))
	require.Contains(t, a.header.Get("Link"), `rel="first"`)
	require.Contains(t, a.header.Get("Link"), `rel="next"`)
	require.NotContains(t, a.header.Get("Link"), `rel="prev"`)
	require.True(t, strings.HasPrefix(a.header.Get("Link"), "<https://dev00001.service-now.com/api/now/table/incident?"))

	a = b.find("incident", "ORDERBYnumber", "sysparm_limit", "2", "sysparm_offset", "2", "sysparm_no_count", "true")
	require.Len(t, a.rows(t), 1)
	require.Empty(t, a.header.Get("X-Total-Count"))
}

func TestHiddenLooksLikeMissing(t *testing.T) {
	b := open(t)
	b.SetVisible(b.demo.Incidents[0], false)
	for _, path := range []string{b.incident(), "/api/now/table/incident/" + strings.Repeat("0", 32), "/api/now/table/incident/" + b.demo.Cases[0]} {
		for method, body := range map[string]any{"GET": nil, "PATCH": Row{"state": "2"}, "DELETE": nil} {
			requireError(t, b.call(method, path, body), 404, "No Record found", "Record doesn't exist or ACL restricts the record retrieval")
		}
	}
}

func TestDeleteAnswers204(t *testing.T) {
	b := open(t)
	requireError(t, b.call("DELETE", b.incident(), nil), 403, "Operation Failed", "ACL Exception Delete Failed due to security constraints")
	b.SetRole("lifeline", "admin", true)
	a := b.call("DELETE", b.incident(), nil)
	require.Equal(t, 204, a.status)
	require.Empty(t, a.body)
	require.Equal(t, 404, b.call("GET", b.incident(), nil).status)
}

func TestRolesAreNeeded(t *testing.T) {
	b := open(t)
	b.SetRole("lifeline", "itil", false)
	requireError(t, b.find("incident", ""), 403, "Insufficient rights to query records", "")
	b.Allow("incident", Read)
	require.Equal(t, 200, b.find("incident", "").status)
	requireError(t, b.call("POST", "/api/now/table/incident", Row{}), 403, "Operation Failed", "ACL Exception Insert Failed due to security constraints")
	requireError(t, b.call("PATCH", b.incident(), Row{"state": "2"}), 403, "Operation Failed", "ACL Exception Update Failed due to security constraints")
}

func TestUnknownTablesAndPathsAreConfigurationFaults(t *testing.T) {
	b := open(t)
	requireError(t, b.find("u_nothing", ""), 400, "Invalid table u_nothing", "")
	requireError(t, b.call("GET", "/api/x_lfln_lifeline/connector/settings", nil), 400, "Requested URI does not represent any resource", "")
	b.SetCSM(false)
	requireError(t, b.find("sn_customerservice_case", ""), 400, "Invalid table sn_customerservice_case", "")
}

func TestATableWithoutWebServiceAccessIsForbidden(t *testing.T) {
	b := open(t)
	b.AddTable("u_closed", []Column{{Name: "key"}}, nil, false)
	requireError(t, b.find("u_closed", ""), 403, "User Not Authorized", "")
	require.Equal(t, "false", b.List("sys_db_object", "name=u_closed")[0]["ws_access"])
}

func TestAUniqueIndexSaysOnlyThatTheInsertFailed(t *testing.T) {
	b := open(t)
	path := "/api/now/table/" + b.SessionTable()
	require.Equal(t, 201, b.call("POST", path, Row{"session_key": "rescue:1"}).status)
	requireError(t, b.call("POST", path, Row{"session_key": "rescue:1"}), 403, "Operation Failed", "Error during insert of x_lfln_lifeline_session (rescue:1)")
	id := b.call("POST", path, Row{"session_key": "rescue:2"}).row(t)["sys_id"].(string)
	requireError(t, b.call("PATCH", path+"/"+id, Row{"session_key": "rescue:1"}), 403, "Operation Failed", "Error during update of x_lfln_lifeline_session (rescue:1)")
}

func TestValuesAreCutAndWrongTypesAreNotStored(t *testing.T) {
	b := open(t)
	row := b.call("POST", "/api/now/table/"+b.SessionTable(), map[string]any{
		"session_key": "k", "token": strings.Repeat("é", 70), "waiting_s": "soon", "active_s": 7, "active": false,
		"started_at": "2026-11-22T08:00:00Z", "ended_at": "2026-11-22 08:00:00", "sys_id": "mine"}).row(t)
	require.Equal(t, strings.Repeat("é", 64), row["token"])
	require.Equal(t, []any{"", "7", "false", "", "2026-11-22 08:00:00"},
		[]any{row["waiting_s"], row["active_s"], row["active"], row["started_at"], row["ended_at"]})
	require.NotEqual(t, "mine", row["sys_id"])
}

func TestTheColumnsOfTheSessionTableCanBeChosen(t *testing.T) {
	b := open(t, func(o *Options) {
		o.Prefix = "x_acme_support"
		o.SessionColumns = []Column{{Name: "ref", Unique: true, Length: 5}}
		o.Users[0].Roles = []string{"x_acme_support.user"}
	})
	row := b.call("POST", "/api/now/table/x_acme_support_session", Row{"ref": "1234567", "session_key": "k"}).row(t)
	require.Equal(t, "12345", row["ref"])
	require.NotContains(t, row, "session_key")
	dictionary := b.find("sys_dictionary", "name=x_acme_support_session^element=ref").rows(t)
	require.Equal(t, "5", dictionary[0]["max_length"])
	require.Equal(t, "true", dictionary[0]["unique"])
}

func TestHeadersAreDemanded(t *testing.T) {
	b := open(t)
	change := func(method string, body any, name, value string) int {
		request := b.request(method, b.incident(), body)
		request.Header.Set(name, value)
		return b.do(request).status
	}
	require.Equal(t, 400, change("GET", nil, "Accept", ""))
	require.Equal(t, 406, change("GET", nil, "Accept", "text/csv"))
	require.Equal(t, 200, change("GET", nil, "Accept", "text/html, */*;q=0.1"))
	require.Equal(t, 400, change("PATCH", Row{}, "Content-Type", ""))
	require.Equal(t, 415, change("PATCH", Row{}, "Content-Type", "text/plain"))
	require.Equal(t, 405, b.call("PUT", "/api/now/table/incident", Row{}).status)
}

func TestBodiesThatCannotBeReadAreRefused(t *testing.T) {
	b := open(t)
	for _, body := range []string{`{"state":`, `"text"`, `[]`} {
		a := b.call("PATCH", b.incident(), body)
		require.Equal(t, 400, a.status)
		require.Contains(t, a.body, "Exception while reading request")
	}
	huge := `{"description":"` + strings.Repeat("x", maxBody) + `"}`
	a := b.call("PATCH", b.incident(), huge)
	requireError(t, a, 400, "Exception while reading request", "Rejected large REST payload with content-length = 10485778 bytes. Max allowed: 10485760 bytes.")
}

func TestOnlyTheFirstElementOfAnArrayIsInserted(t *testing.T) {
	b := open(t)
	a := b.call("POST", "/api/now/table/incident", []Row{{"short_description": "one"}, {"short_description": "two"}})
	require.Equal(t, "one", a.row(t)["short_description"])
	require.Empty(t, b.List("incident", "short_description=two"))
}

func TestTheEchoCanBeSuppressedAndTheMethodOverridden(t *testing.T) {
	b := open(t)
	request := b.request("POST", b.incident(), Row{"description": "quiet"})
	request.Header.Set("X-no-response-body", "true")
	request.Header.Set("X-HTTP-Method-Override", "PATCH")
	a := b.do(request)
	require.Equal(t, 200, a.status)
	require.Empty(t, a.body)
	row, _ := b.Get("incident", b.demo.Incidents[0])
	require.Equal(t, "quiet", row["description"])
}

func TestVersion1AnswersAnEmptyListWith404(t *testing.T) {
	b := open(t)
	require.Equal(t, 404, b.call("GET", "/api/now/v1/table/incident?number=none", nil).status)
	require.Empty(t, b.call("GET", "/api/now/v2/table/incident?number=none", nil).rows(t))
}

func TestATaskIsFoundThroughItsParentTable(t *testing.T) {
	b := open(t)
	rows := b.find("task", "number=CS0001001", "sysparm_fields", "sys_class_name,contact.email").rows(t)
	require.Equal(t, []map[string]any{{"sys_class_name": "sn_customerservice_case"}}, rows)
	require.Len(t, b.find("sys_user", "email=geneva@example.org").rows(t), 1, "a contact is a user")
}

func TestWithoutATokenNothingIsShown(t *testing.T) {
	b := open(t)
	b.token = "wrong"
	a := b.call("GET", b.incident(), nil)
	requireError(t, a, 401, "User Not Authenticated", "Required to provide Auth information")
	var cookies []string
	for _, c := range (&http.Response{Header: a.header}).Cookies() {
		cookies = append(cookies, c.Name)
	}
	require.Contains(t, cookies, "JSESSIONID")
}

func TestHeadAnswersWithoutABody(t *testing.T) {
	b := open(t)
	a := b.call("HEAD", "/api/now/table/incident", nil)
	require.Equal(t, 200, a.status)
	require.Equal(t, "3", a.header.Get("X-Total-Count"))
}

func TestRowsAreValidJSONWhateverTheyHold(t *testing.T) {
	b := open(t)
	b.call("PATCH", b.incident(), Row{"description": "\"</script>\u2028\x01"})
	require.True(t, json.Valid([]byte(b.call("GET", b.incident(), nil).body)))
}

func TestARecordOfAnotherInstanceKeepsItsSysID(t *testing.T) {
	b := open(t)
	require.NoError(t, b.Import("incident", Row{"sys_id": "9c573169c611228700193229fff72400", "number": "INC0099001", "short_description": "Cloned"}))
	require.NoError(t, b.Update("incident", "9c573169c611228700193229fff72400", Row{"state": "2"}))
	require.Equal(t, "9c573169c611228700193229fff72400", b.List("incident", "number=INC0099001")[0]["sys_id"])
	require.Error(t, b.Import("no_such_table", Row{"sys_id": "9c573169c611228700193229fff72400"}))
}
