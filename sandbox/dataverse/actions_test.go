package dataverse_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/sandbox/dataverse"
)

func closing(status any, bind string) object {
	body := object{"IncidentResolution": object{"@odata.type": "Microsoft.Dynamics.CRM.incidentresolution", "subject": "Remote session finished", "timespent": 23}}
	if bind != "" {
		body["IncidentResolution"].(object)["incidentid@odata.bind"] = bind
	}
	if status != nil {
		body["Status"] = status
	}
	return body
}

func TestCloseIncidentResolvesOnce(t *testing.T) {
	w := open(t)
	w.post("CloseIncident", closing(-1, "/"+caseAddress)).Is(204)
	closed := w.row("incident", dataverse.DemoCase)
	assert.Equal(t, 1, closed.Int("statecode"))
	assert.Equal(t, 5, closed.Int("statuscode"))
	resolution := w.rows("incidentresolution", "")[0]
	assert.Equal(t, 2, resolution.Int("statuscode"))
	assert.Equal(t, 23, resolution.Int("timespent"))
	w.post("CloseIncident", closing(-1, "/"+caseAddress)).Refused(400, "0x80044411")
	w.post("CloseIncident", closing(1000, "/incidents("+dataverse.DemoAccountCase+")")).Is(204)
	assert.Equal(t, 1000, w.row("incident", dataverse.DemoAccountCase).Int("statuscode"))
}

func TestCloseIncidentNeedsItsParts(t *testing.T) {
	w := open(t)
	w.post("CloseIncident", closing(nil, "/"+caseAddress)).Refused(400, "0x80040203")
	w.post("CloseIncident", closing(6, "/"+caseAddress)).Refused(400, "0x80048408")
	w.post("CloseIncident", closing(-1, "")).Refused(400, "0x80044409")
	w.post("CloseIncident", closing(-1, "/incidents(00000000-0000-4000-8000-000000000009)")).Refused(404, "0x80040217")
	w.post("CloseIncident", object{"Status": -1}).Refused(400, "0x80040203")
	w.get("CloseIncident").Refused(405, "0x0")
	_, err := w.sim.Create("incident", object{"title": "child", "customerid_contact@odata.bind": "/contacts(" + dataverse.DemoContact + ")", "parentcaseid@odata.bind": "/" + caseAddress})
	require.NoError(t, err)
	w.post("CloseIncident", closing(-1, "/"+caseAddress)).Refused(400, "0x8004f456")
	assert.Empty(t, w.rows("incidentresolution", ""))
}

func TestTemplatesAreListedByTypeAndTitleWithoutCase(t *testing.T) {
	w := open(t)
	found := w.filter("templates", "templatetypecode eq 'incident' and ispersonal eq false and startswith(title,'TeamViewer Email')").Is(200)
	assert.Equal(t, []any{"TeamViewer Email invitation", "teamviewer email (short)", "TEAMVIEWER EMAIL Einladung"}, found.Column("title"))
}

func merge(w *world, kind, id, title string) reply {
	template := w.rows("template", "templatetypecode eq '"+kind+"' and title eq '"+title+"'")[0].Text("templateid")
	return w.post("InstantiateTemplate", object{"TemplateId": template, "ObjectType": kind, "ObjectId": id}, "CallerObjectId: "+danaObject)
}

func TestTemplatesAreMergedAndNothingIsStored(t *testing.T) {
	w := open(t)
	letter := merge(w, "contact", dataverse.DemoContact, "TeamViewer Email contact").Is(200).Values()[0]
	assert.Equal(t, "Remote support for Maria Campbell", letter["subject"])
	assert.Contains(t, letter["description"], "Dear Maria Campbell,")
	assert.Contains(t, letter["description"], "<p>Dana Whitfield</p>")
	assert.Empty(t, w.rows("email", ""))
}

func TestCustomerNameOfCasesLeadsAndOpportunitiesIsTheWrongPersons(t *testing.T) {
	w := open(t)
	for kind, id := range map[string]string{"lead": dataverse.DemoLead, "opportunity": dataverse.DemoOpportunity} {
		assert.Contains(t, merge(w, kind, id, "TeamViewer Email "+kind).Is(200).Text, "Dear Dana Whitfield,")
	}
	assert.Contains(t, merge(w, "incident", dataverse.DemoCase, "TeamViewer Email invitation").Text, "Dear Dana Whitfield,")
}

func TestTemplatesOfAnotherTypeAreRefused(t *testing.T) {
	w := open(t)
	template := w.rows("template", "templatetypecode eq 'lead'")[0].Text("templateid")
	w.post("InstantiateTemplate", object{"TemplateId": template, "ObjectType": "incident", "ObjectId": dataverse.DemoCase}).Refused(400, "0x80040203")
	w.post("InstantiateTemplate", object{"TemplateId": template, "ObjectType": "lead", "ObjectId": dataverse.DemoCase}).Refused(404, "0x80040217")
	w.post("InstantiateTemplate", object{"TemplateId": dataverse.DemoCase, "ObjectType": "lead", "ObjectId": dataverse.DemoLead}).Refused(404, "0x80040217")
}

func TestPhoneCallWithPartiesIsCompleted(t *testing.T) {
	w := open(t)
	made := w.post("phonecalls?$select=subject&$expand=phonecall_activity_parties($select=participationtypemask,addressused)", object{
		"subject": "Remote session", "phonenumber": strings.Repeat("5", 20), "directioncode": true,
		"regardingobjectid_incident_phonecall@odata.bind": "/" + caseAddress,
		"phonecall_activity_parties": []object{
			{"partyid_systemuser@odata.bind": danaBind, "participationtypemask": 1},
			{"partyid_contact@odata.bind": "/contacts(" + dataverse.DemoContact + ")", "participationtypemask": 2}}}, returnRow).Is(201)
	parties := made.JSON()["phonecall_activity_parties"].([]any)
	require.Len(t, parties, 2)
	assert.Equal(t, "dana@example.com", parties[0].(object)["addressused"])
	id := made.JSON()["activityid"].(string)
	w.patch("phonecalls("+id+")", object{"statecode": 1, "statuscode": 2}, "If-Match: *").Is(204)
}

func TestANestedRowThatIsRefusedUndoesAll(t *testing.T) {
	w := open(t)
	w.post("phonecalls", object{"subject": "x", "phonecall_activity_parties": []object{{"partyid_contact@odata.bind": "/contacts(00000000-0000-4000-8000-000000000009)"}}}).Refused(404, "0x80040217")
	assert.Empty(t, w.rows("phonecall", ""))
}
