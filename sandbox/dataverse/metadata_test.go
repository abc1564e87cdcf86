package dataverse_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/sandbox/dataverse"
)

func TestTablesColumnsAndKeysCanBeRead(t *testing.T) {
	w := open(t)
	session := w.get("EntityDefinitions(LogicalName='lifeline_session')?$select=EntitySetName,PrimaryIdAttribute&$expand=Keys($select=SchemaName,KeyAttributes,EntityKeyIndexStatus),Attributes($select=LogicalName)").Is(200).JSON()
	assert.Equal(t, "lifeline_sessions", session["EntitySetName"])
	key := session["Keys"].([]any)[0].(object)
	assert.Equal(t, []any{"lifeline_sessionkey"}, key["KeyAttributes"])
	assert.Equal(t, "Active", key["EntityKeyIndexStatus"])
	assert.Greater(t, len(session["Attributes"].([]any)), 50)

	title := w.get("EntityDefinitions(LogicalName='incident')/Attributes(LogicalName='title')").Is(200).JSON()
	assert.Equal(t, "#Microsoft.Dynamics.CRM.StringAttributeMetadata", title["@odata.type"])
	assert.EqualValues(t, 200, title["MaxLength"])
	w.get("EntityDefinitions(LogicalName='lifeline_session')/Keys(LogicalName='lifeline_sessionkeykey')", "Consistency: Strong").Is(200)
	found := w.filter("EntityDefinitions", "LogicalName eq 'incident'").Is(200)
	assert.Equal(t, []any{"incidents"}, found.Column("EntitySetName"))
	w.get("EntityDefinitions(LogicalName='nonsense')").Refused(404, "0x80040217")
	w.get("EntityDefinitions(LogicalName='incident')/Attributes(LogicalName='nonsense')").Refused(404, "0x80040217")
	w.get("EntityDefinitions(LogicalName='incident')?$select=Nonsense").Refused(400, "0x0")
}

func TestTheServiceDocumentListsTheSets(t *testing.T) {
	w := open(t)
	assert.Contains(t, w.get("/api/data/v9.2/").Is(200).Column("name"), "lifeline_sessions")
	assert.NotEmpty(t, w.get("RetrieveVersion()").Is(200).JSON()["Version"])
	w.get("/api/data/v8.2/WhoAmI").Is(404)
}

func TestInstallingTwiceIsHarmless(t *testing.T) {
	w := open(t, func(o *dataverse.Options) { o.Installed = false })
	w.get("lifeline_sessions").Refused(404, "0x8006088a")
	w.sim.Install()
	w.sim.Install()
	w.get("lifeline_sessions").Is(200)
	assert.Len(t, w.filter("RelationshipDefinitions", "SchemaName eq 'lifeline_incident_lifeline_session'").Values(), 1)
}

func TestOptionsOfAChoiceCanBeExpanded(t *testing.T) {
	w := open(t)
	status := w.get("EntityDefinitions(LogicalName='lifeline_session')/Attributes(LogicalName='statuscode')/Microsoft.Dynamics.CRM.StatusAttributeMetadata?$select=LogicalName&$expand=OptionSet($select=Options)").Is(200).JSON()
	options := status["OptionSet"].(object)["Options"].([]any)
	require.Len(t, options, 8)
	assert.EqualValues(t, 100000001, options[1].(object)["Value"])
	vendors := w.get("EntityDefinitions(LogicalName='lifeline_session')/Attributes/Microsoft.Dynamics.CRM.PicklistAttributeMetadata?$select=LogicalName&$expand=OptionSet").Is(200)
	assert.Equal(t, []any{"lifeline_vendor"}, vendors.Column("LogicalName"))
}

func TestTheSelfCheckNeedsItsPrivileges(t *testing.T) {
	w := open(t)
	w.sim.SetRoles(w.sim.ApplicationUser(appID), dataverse.RoleIntegration)
	keys := "EntityDefinitions(LogicalName='lifeline_session')/Keys"
	w.get(keys).Is(200)
	w.post(keys, object{"SchemaName": "x", "KeyAttributes": []string{"lifeline_name"}}).Refused(403, "0x80040220")
	w.sim.Revoke(dataverse.RoleIntegration, "prvReadEntityKey")
	w.get(keys).Refused(403, "0x80040220")
}

func label(text string) object {
	return object{"@odata.type": "Microsoft.Dynamics.CRM.Label", "LocalizedLabels": []object{{"@odata.type": "Microsoft.Dynamics.CRM.LocalizedLabel", "Label": text, "LanguageCode": 1033}}}
}

func TestTheSchemaCanBeBuiltOverTheAPI(t *testing.T) {
	w := open(t, func(o *dataverse.Options) { o.Installed = false })
	w.get("lifeline_sessions").Refused(404, "0x8006088a")
	table := object{"@odata.type": "Microsoft.Dynamics.CRM.EntityMetadata", "SchemaName": "lifeline_session", "OwnershipType": "UserOwned", "HasNotes": true,
		"DisplayName": label("Session"), "Attributes": []object{{"@odata.type": "Microsoft.Dynamics.CRM.StringAttributeMetadata", "SchemaName": "lifeline_name", "IsPrimaryName": true, "MaxLength": 200}}}
	made := w.post("EntityDefinitions", table).Is(204)
	assert.Regexp(t, `/EntityDefinitions\([0-9a-f-]{36}\)$`, made.Header.Get("OData-EntityId"))
	w.post("EntityDefinitions", table).Refused(400, "0x80044363")

	attributes := "EntityDefinitions(LogicalName='lifeline_session')/Attributes"
	column := object{"@odata.type": "#Microsoft.Dynamics.CRM.StringAttributeMetadata", "SchemaName": "lifeline_sessionkey", "MaxLength": 100}
	w.post(attributes, column).Is(204)
	w.post(attributes, column).Refused(400, "0x80044363")
	w.post(attributes, object{"@odata.type": "Microsoft.Dynamics.CRM.PicklistAttributeMetadata", "SchemaName": "lifeline_vendor",
		"OptionSet": object{"Options": []object{{"Value": 100000001, "Label": label("Rescue")}}}}).Is(204)
	w.post("InsertStatusValue", object{"EntityLogicalName": "lifeline_session", "AttributeLogicalName": "statuscode", "Value": 100000001, "StateCode": 0, "Label": label("Waiting")}).Is(200)
	w.post("RelationshipDefinitions", object{"@odata.type": "Microsoft.Dynamics.CRM.OneToManyRelationshipMetadata", "SchemaName": "lifeline_incident_lifeline_session",
		"ReferencedEntity": "incident", "ReferencingEntity": "lifeline_session", "Lookup": object{"@odata.type": "Microsoft.Dynamics.CRM.LookupAttributeMetadata", "SchemaName": "lifeline_IncidentId"}}).Is(204)
	w.post("EntityDefinitions(LogicalName='lifeline_session')/Keys", object{"SchemaName": "lifeline_SessionKeyKey", "KeyAttributes": []string{"lifeline_sessionkey"}, "DisplayName": label("Key")}).Is(204)
	w.post("PublishAllXml", nil).Is(204)

	w.patch(keyAddress, object{"lifeline_name": "x", "statuscode": 100000001, "lifeline_vendor": 100000001, "lifeline_IncidentId@odata.bind": "/" + caseAddress}).Is(204)
	w.patch(keyAddress, object{"lifeline_incidentid@odata.bind": "/" + caseAddress}).Refused(400, "0x80048d19")
	assert.Equal(t, dataverse.DemoCase, w.get(keyAddress).JSON()["_lifeline_incidentid_value"])
	w.filter("sdkmessagefilters", "primaryobjecttypecode eq 'lifeline_session'").Is(200)
	assert.Equal(t, "lifeline_IncidentId", w.get("RelationshipDefinitions(SchemaName='lifeline_incident_lifeline_session')").Is(200).JSON()["ReferencingEntityNavigationPropertyName"])
}

func TestKeysHaveLimitsAndAreBuiltInTheBackground(t *testing.T) {
	w := open(t, func(o *dataverse.Options) { o.PendingKeys = true })
	keys := "EntityDefinitions(LogicalName='lifeline_session')/Keys"
	w.post(keys, object{"SchemaName": "lifeline_SessionKeyKey", "KeyAttributes": []string{"lifeline_pin"}}).Refused(400, "0x80060893")
	w.post(keys, object{"SchemaName": "other", "KeyAttributes": []string{"lifeline_sessionkey"}}).Refused(400, "0x80060894")
	w.post(keys, object{"SchemaName": "other", "KeyAttributes": []string{"lifeline_notes"}}).Refused(400, "0x80041103")
	w.post(keys, object{"SchemaName": "other"}).Refused(400, "0x80040203")
	made := w.post(keys, object{"SchemaName": "lifeline_PinKey", "KeyAttributes": []string{"lifeline_pin"}}).Is(204)
	key := w.get(keys + "(LogicalName='lifeline_pinkey')").Is(200).JSON()
	assert.Equal(t, "Pending", key["EntityKeyIndexStatus"])
	job := key["AsyncJob"].(object)["asyncoperationid"].(string)
	assert.EqualValues(t, 0, w.get("asyncoperations(" + job + ")").Is(200).JSON()["statuscode"])
	w.get("lifeline_sessions(lifeline_pin='1')").Refused(400, "0x80060890")
	require.NoError(t, w.sim.SetKeyStatus("lifeline_session", "lifeline_pinkey", dataverse.KeyActive))
	w.get("lifeline_sessions(lifeline_pin='1')").Refused(404, "0x80060891")
	w.call(http.MethodDelete, made.Header.Get("OData-EntityId"), nil).Is(204)
	w.get("lifeline_sessions(lifeline_pin='1')").Refused(400, "0x80060890")
}

func TestUpdateOptionValueRenamesStatusReasonsAndChoices(t *testing.T) {
	w := open(t)
	rename := func(attribute string, value int) reply {
		return w.post("UpdateOptionValue", object{"EntityLogicalName": "lifeline_session", "AttributeLogicalName": attribute, "Value": value,
			"Label": label("Renamed"), "MergeLabels": true})
	}
	rename("statuscode", 1).Is(204)
	rename("lifeline_vendor", 100000001).Is(204)
	rename("statuscode", 77).Refused(400, "0x80040203")
	id, err := w.sim.Create("lifeline_session", object{"lifeline_vendor": 100000001})
	require.NoError(t, err)
	rows, err := w.sim.List("lifeline_session", "lifeline_sessionid eq "+id)
	require.NoError(t, err)
	assert.Equal(t, "Renamed", rows[0].Label("statuscode"))
	assert.Equal(t, "Renamed", rows[0].Label("lifeline_vendor"))
}
