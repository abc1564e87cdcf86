package dataverse_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/sandbox/dataverse"
)

const caseAddress = "incidents(" + dataverse.DemoCase + ")"

func TestCreateAnswersTheAddressOrTheRow(t *testing.T) {
	w := open(t)
	made := w.post("contacts", object{"firstname": "Ina", "lastname": "Berg"}).Is(204)
	address := made.Header.Get("OData-EntityId")
	assert.Regexp(t, `^http://.*/api/data/v9.2/contacts\([0-9a-f-]{36}\)$`, address)
	assert.Empty(t, made.Text)
	assert.Equal(t, "Ina Berg", w.get(address).Is(200).JSON()["fullname"])

	shown := w.post("contacts?$select=contactid", object{"lastname": "Berg"}, returnRow).Is(201)
	assert.Len(t, shown.JSON(), 3, "context, etag and the selected id: %s", shown.Text)
	assert.Equal(t, "return=representation", shown.Header.Get("Preference-Applied"))
	assert.Equal(t, shown.JSON()["@odata.etag"], shown.Header.Get("ETag"))
}

func TestClientChosenIDIsKeptAndASecondIsADuplicate(t *testing.T) {
	w := open(t)
	body := object{"contactid": "abcdef00-0000-4000-8000-000000000001", "lastname": "Once"}
	w.post("contacts", body).Is(204)
	w.post("contacts", body).Refused(412, "0x80040237")
}

func TestPatchWithoutIfMatchCreatesWhatIsMissing(t *testing.T) {
	w := open(t)
	address := "contacts(abcdef00-0000-4000-8000-000000000002)"
	w.patch(address, object{"lastname": "No"}, "If-Match: *").Refused(404, "0x80040217")
	w.patch(address, object{"lastname": "Yes"}).Is(204)
	assert.Equal(t, "Yes", w.get(address).JSON()["lastname"])
	w.patch(address, object{"lastname": "Again"}, "If-None-Match: *").Refused(412, "0x80040237")
	w.patch(address, object{"lastname": "Updated"}, "If-Match: *", "If-None-Match: null").Is(204)
}

func TestETagsGuardUpdatesAndAnswerUnmodified(t *testing.T) {
	w := open(t)
	tag := w.get(caseAddress).Header.Get("ETag")
	w.get(caseAddress, "If-None-Match: "+tag).Is(304)
	w.get(caseAddress, "If-None-Match: "+tag, `Prefer: odata.include-annotations="*"`).Is(200)
	w.patch(caseAddress, object{"description": "one"}, "If-Match: "+tag).Is(204)
	w.patch(caseAddress, object{"description": "two"}, "If-Match: "+tag).Refused(412, "0x80060882")
	assert.NotEqual(t, tag, w.get(caseAddress).Header.Get("ETag"))
}

func TestSinglePropertiesAndDeletion(t *testing.T) {
	w := open(t)
	w.call(http.MethodPut, caseAddress+"/title", object{"value": "New title"}).Is(204)
	assert.Equal(t, "New title", w.get(caseAddress + "/title").Is(200).JSON()["value"])
	w.call(http.MethodDelete, caseAddress+"/description", nil).Is(204)
	w.get(caseAddress + "/description").Is(204)
	w.call(http.MethodDelete, caseAddress+"/primarycontactid/$ref", nil).Is(204)
	assert.Nil(t, w.get(caseAddress).JSON()["_primarycontactid_value"])
	w.call(http.MethodDelete, caseAddress, nil).Is(204)
	w.call(http.MethodDelete, caseAddress, nil).Refused(404, "0x80040217")
}

func TestWrongMethodsAreNotAllowed(t *testing.T) {
	w := open(t)
	w.patch("incidents", object{}).Refused(405, "0x0")
	w.post(caseAddress, object{}).Refused(405, "0x0")
	w.post(caseAddress+"/title", object{}).Refused(405, "0x0")
	w.post("WhoAmI", object{}).Refused(405, "0x0")
}

func TestMissingRowsAreNamed(t *testing.T) {
	w := open(t)
	missing := w.get("incidents(00000000-0000-4000-8000-000000000009)")
	missing.Refused(404, "0x80040217")
	assert.Contains(t, missing.Text, "incident With Id = 00000000-0000-4000-8000-000000000009 Does Not Exist")
}

func TestNamesAreCaseSensitive(t *testing.T) {
	w := open(t)
	w.get("Incidents").Refused(404, "0x8006088a")
	w.get("incident").Refused(404, "0x8006088a")
	w.get("incidents?$select=Title").Refused(400, "0x0")
	w.filter("incidents", "Title eq 'x'").Refused(400, "0x0")
	w.get("incidents?$expand=PrimaryContactId").Refused(400, "0x0")
	w.patch(caseAddress, object{"Title": "x"}).Refused(400, "0x80048d19")
	w.patch(caseAddress, object{"PrimaryContactId@odata.bind": "/contacts(" + dataverse.DemoContact + ")"}).Refused(400, "0x80048d19")
}

func TestLookupsAreWrittenByNavigationPropertyOnly(t *testing.T) {
	w := open(t)
	w.patch(caseAddress, object{"_primarycontactid_value": dataverse.DemoOther}).Refused(400, "0x80048d19")
	w.patch(caseAddress, object{"primarycontactid": dataverse.DemoOther}).Refused(400, "0x80048d19")
	w.patch(caseAddress, object{"primarycontactid@odata.bind": "/contacts(" + dataverse.DemoOther + ")"}).Is(204)
	assert.Equal(t, dataverse.DemoOther, w.row("incident", dataverse.DemoCase)["_primarycontactid_value"])
	w.patch(caseAddress, object{"primarycontactid@odata.bind": nil}).Is(204)
	assert.Nil(t, w.row("incident", dataverse.DemoCase)["_primarycontactid_value"])
	w.patch(caseAddress, object{"primarycontactid@odata.bind": "contacts(00000000-0000-4000-8000-000000000009)"}).Refused(404, "0x80040217")
	w.patch(caseAddress, object{"primarycontactid@odata.bind": "/accounts(" + dataverse.DemoAccount + ")"}).Refused(400, "0x80048d19")
}

func TestPolymorphicLookupsHaveANamePerTarget(t *testing.T) {
	w := open(t)
	onCase := "/incidents(" + dataverse.DemoCase + ")"
	w.patch(caseAddress, object{"customerid@odata.bind": "/accounts(" + dataverse.DemoAccount + ")"}).Refused(400, "0x80048d19")
	w.patch(caseAddress, object{"customerid_account@odata.bind": "/accounts(" + dataverse.DemoAccount + ")"}).Is(204)
	w.post("annotations", object{"subject": "s", "objectid_incident@odata.bind": onCase}).Is(204)
	for _, set := range []string{"emails", "phonecalls"} {
		w.post(set, object{"subject": "s", "regardingobjectid_incident@odata.bind": onCase}).Refused(400, "0x80048d19")
		w.post(set, object{"subject": "s", "regardingobjectid_incident_" + strings.TrimSuffix(set, "s") + "@odata.bind": onCase}).Is(204)
	}
}

func TestReferencesCanBeSetAndFollowed(t *testing.T) {
	w := open(t)
	account := object{"@odata.id": w.url + "/api/data/v9.2/accounts(" + dataverse.DemoAccount + ")"}
	w.get(caseAddress + "/customerid_account").Is(204)
	w.call(http.MethodPut, caseAddress+"/customerid_contact/$ref", account).Refused(400, "0x80048d19")
	w.call(http.MethodPut, caseAddress+"/customerid_account/$ref", account).Is(204)
	assert.Equal(t, "Contoso Bakery", w.get(caseAddress + "/customerid_account").Is(200).JSON()["name"])
	w.get(caseAddress + "/customerid_contact").Is(204)
	w.call(http.MethodDelete, caseAddress+"/customerid_account", nil).Refused(400, "0x0")
}

func TestDeletingTakesNotesAlongAndEmptiesLookups(t *testing.T) {
	w := open(t)
	session, err := w.sim.Create("lifeline_session", object{"lifeline_incidentid@odata.bind": "/" + caseAddress})
	assert.NoError(t, err)
	w.post("annotations", object{"subject": "s", "objectid_incident@odata.bind": "/" + caseAddress}).Is(204)
	w.call(http.MethodDelete, caseAddress, nil).Is(204)
	assert.Empty(t, w.rows("annotation", ""))
	assert.Nil(t, w.row("lifeline_session", session)["_lifeline_incidentid_value"])
}

func TestNotesCanBeWrittenOnSessions(t *testing.T) {
	w := open(t)
	id, err := w.sim.Create("lifeline_session", object{"lifeline_name": "Session"})
	assert.NoError(t, err)
	w.post("annotations", object{"subject": "s", "filename": "chat.txt", "mimetype": "text/plain", "documentbody": "aGVsbG8=",
		"objectid_lifeline_session@odata.bind": "/lifeline_sessions(" + id + ")"}).Is(204)
	note := w.rows("annotation", "")[0]
	assert.Equal(t, 5, note.Int("filesize"))
	assert.Equal(t, "lifeline_session", note.Text("objecttypecode"))
	w.post("annotations", object{"documentbody": "not base64!"}).Refused(400, "0x80040203")
}

func TestValuesAreChecked(t *testing.T) {
	w := open(t)
	w.patch(caseAddress, object{"title": strings.Repeat("é", 200)}).Is(204)
	w.patch(caseAddress, object{"title": strings.Repeat("é", 201)}).Refused(400, "0x80044331")
	w.patch(caseAddress, object{"title": strings.Repeat("😀", 101)}).Refused(400, "0x80044331")
	w.patch(caseAddress, object{"description": "tab\tand\r\nlines"}).Is(204)
	w.patch(caseAddress, object{"description": "vertical\vtab"}).Refused(400, "0x80040278")
	w.patch(caseAddress, object{"title": 5}).Refused(400, "0x80048d19")
	w.patch(caseAddress, object{"prioritycode": 9}).Refused(400, "0x8004431a")
	w.patch(caseAddress, object{"prioritycode": "1"}).Refused(400, "0x80048d19")
	w.patch(caseAddress, `["not an object"]`).Refused(400, "0x80048d19")
	w.post("incidents", object{"title": "nobody's"}).Refused(400, "0x80040203")
}

func TestStateAndStatusGoInPairs(t *testing.T) {
	w := open(t)
	id, err := w.sim.Create("lifeline_session", object{"lifeline_name": "Session"})
	assert.NoError(t, err)
	address := "lifeline_sessions(" + id + ")"
	assert.Equal(t, 1, w.row("lifeline_session", id).Int("statuscode"))
	w.patch(address, object{"statuscode": 100000002}).Is(204)
	w.patch(address, object{"statecode": 1, "statuscode": 100000002}).Refused(400, "0x80048408")
	w.patch(address, object{"statuscode": 77}).Refused(400, "0x80048408")
	w.patch(address, object{"statecode": 1}).Is(204)
	assert.Equal(t, 2, w.row("lifeline_session", id).Int("statuscode"))
	w.patch(address, object{"statuscode": 100000005}).Is(204)
	w.patch(caseAddress, object{"statecode": 1}).Refused(400, "0x80040203")
	w.patch(caseAddress, object{"statecode": 2, "statuscode": 6}).Is(204)
}

func TestWhatThePlatformSetsCannotBeWritten(t *testing.T) {
	w := open(t)
	before := w.row("incident", dataverse.DemoCase)
	w.patch(caseAddress, object{"createdon": "2001-01-01T00:00:00Z"}).Is(204)
	after := w.row("incident", dataverse.DemoCase)
	assert.Equal(t, before["createdon"], after["createdon"])
	assert.Equal(t, w.sim.ApplicationUser(appID), after["_modifiedby_value"])
}

func TestBulkActionsWriteAllOrNothing(t *testing.T) {
	w := open(t)
	target := func(key string, more object) object {
		one := object{"@odata.type": "Microsoft.Dynamics.CRM.lifeline_session", "@odata.id": "lifeline_sessions(lifeline_sessionkey='" + key + "')"}
		for name, value := range more {
			one[name] = value
		}
		return one
	}
	upsert := "lifeline_sessions/Microsoft.Dynamics.CRM.UpsertMultiple"
	w.post(upsert, object{"Targets": []object{target("a", object{"lifeline_name": "A"}), target("b", object{"lifeline_name": "B"})}}).Is(204)
	w.post(upsert, object{"Targets": []object{target("a", object{"lifeline_name": "A2", "lifeline_sessionkey": "a"})}}).Is(204)
	w.post(upsert, object{"Targets": []object{target("c", object{}), target("d", object{"lifeline_sessionkey": "d"})}}).Refused(400, "0x80040216")
	names := []string{}
	for _, row := range w.rows("lifeline_session", "") {
		names = append(names, row.Text("lifeline_name"))
	}
	assert.Equal(t, []string{"A2", "B"}, names)
	byID := object{"@odata.type": "Microsoft.Dynamics.CRM.contact", "contactid": dataverse.DemoOther, "jobtitle": "Baker"}
	w.post("contacts/Microsoft.Dynamics.CRM.UpdateMultiple", object{"Targets": []object{byID}}).Is(204)
	assert.Equal(t, "Baker", w.row("contact", dataverse.DemoOther).Text("jobtitle"))
	byID["contactid"] = "00000000-0000-4000-8000-000000000009"
	w.post("contacts/Microsoft.Dynamics.CRM.UpdateMultiple", object{"Targets": []object{byID}}).Refused(404, "0x80040217")
	w.post(upsert, object{"Targets": []object{{"@odata.type": "Microsoft.Dynamics.CRM.contact"}}}).Refused(400, "0x80040203")
	w.post(upsert, object{}).Refused(400, "0x80040203")
	w.post("contacts/Microsoft.Dynamics.CRM.Nonsense", object{}).Refused(404, "0x8006088a")
	created := w.post("contacts/Microsoft.Dynamics.CRM.CreateMultiple", object{"Targets": []object{{"@odata.type": "Microsoft.Dynamics.CRM.contact", "lastname": "One"}}}).Is(200)
	assert.Len(t, created.JSON()["Ids"], 1)
}

func TestAnswersTellTheSimulatorsTime(t *testing.T) {
	start := time.Date(2026, 3, 1, 14, 5, 0, 0, time.UTC)
	w := open(t, func(o *dataverse.Options) { o.Clock = func() time.Time { return start } })
	w.sim.Advance(10 * time.Minute)
	resp, err := http.Get(w.url + "/api/data")
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	assert.Equal(t, start.Add(10*time.Minute).Format(http.TimeFormat), resp.Header.Get("Date"))
}

func TestUsersWithoutAnAddressAreFoundAsNull(t *testing.T) {
	w := open(t)
	assert.Equal(t, []any{"SYSTEM"}, w.get("systemusers?$select=fullname&$filter=internalemailaddress eq null").Column("fullname"))
}
