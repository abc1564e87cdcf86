package dataverse_test

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/sandbox/dataverse"
)

const (
	danaObject = "0b1ec700-0000-4000-8000-000000000001"
	danaBind   = "/systemusers(" + dataverse.DemoDana + ")"
)

func TestPrivilegesAreNamedWhenMissing(t *testing.T) {
	w := open(t)
	observer := w.as(dataverse.DemoObserver)
	refused := observer.get("lifeline_sessions")
	refused.Refused(403, "0x80040220")
	assert.Contains(t, refused.Text, "prvReadlifeline_session")
	w.sim.Grant(dataverse.RoleService, "prvReadlifeline_session", dataverse.Global)
	observer.get("lifeline_sessions").Is(200)
	w.sim.SetRoles(dataverse.DemoObserver)
	observer.get("WhoAmI").Refused(403, "0x80042f09")
}

func TestBasicDepthShowsOwnRowsOnly(t *testing.T) {
	w := open(t)
	dana, omar := w.as(dataverse.DemoDana), w.as(dataverse.DemoSam)
	made := dana.post("lifeline_sessions", object{"lifeline_name": "Dana's", "lifeline_incidentid@odata.bind": "/" + caseAddress}).Is(204)
	address := made.Header.Get("OData-EntityId")
	assert.Len(t, dana.get("lifeline_sessions").Is(200).Values(), 1)
	assert.Empty(t, omar.get("lifeline_sessions").Is(200).Values())
	omar.get(address).Refused(403, "0x80048306")
	omar.patch(address, object{"lifeline_name": "Omar's"}).Refused(403, "0x80048306")
}

func TestImpersonationWritesInTheUsersName(t *testing.T) {
	w := open(t)
	for _, header := range []string{"CallerObjectId: " + danaObject, "MSCRMCallerID: " + dataverse.DemoDana} {
		made := w.post("incidents", object{"title": "x", "customerid_contact@odata.bind": "/contacts(" + dataverse.DemoContact + ")"}, header, returnRow).Is(201).JSON()
		assert.Equal(t, dataverse.DemoDana, made["_createdby_value"])
		assert.Equal(t, dataverse.DemoDana, made["_ownerid_value"])
		assert.Equal(t, w.sim.ApplicationUser(appID), made["_createdonbehalfby_value"])
		assert.Equal(t, w.sim.ApplicationUser(appID), made["_modifiedonbehalfby_value"])
		assert.Equal(t, dataverse.DemoDana, w.get("WhoAmI", header).JSON()["UserId"])
	}
	w.patch(caseAddress, object{"description": "own"}).Is(204)
	assert.Nil(t, w.row("incident", dataverse.DemoCase)["_modifiedonbehalfby_value"])
}

func TestImpersonationNeedsItsPrivilegeAndGivesTheIntersection(t *testing.T) {
	w := open(t)
	w.as(dataverse.DemoSam).get("WhoAmI", "CallerObjectId: "+danaObject).Refused(403, "0x8004a110")
	w.get("WhoAmI", "CallerObjectId: 00000000-0000-4000-8000-000000000009").Refused(403, "0x80072560")
	w.get("lifeline_sessions", "MSCRMCallerID: "+dataverse.DemoObserver).Refused(403, "0x80040220")

	w.sim.SetRoles(w.sim.ApplicationUser(appID), dataverse.RoleIntegration)
	w.sim.Revoke(dataverse.RoleIntegration, "prvReadLead")
	w.as(dataverse.DemoDana).get("leads").Is(200)
	w.get("leads", "CallerObjectId: "+danaObject).Refused(403, "0x80040220")
}

func TestAssigneesMustBeAbleToRead(t *testing.T) {
	w := open(t)
	w.patch(caseAddress, object{"ownerid@odata.bind": "/systemusers(" + dataverse.DemoSam + ")"}, "If-Match: *").Is(204)
	assert.Equal(t, dataverse.DemoSam, w.row("incident", dataverse.DemoCase)["_ownerid_value"])
	id := w.sim.AddUser(dataverse.User{Name: "No Cases", Roles: []string{dataverse.RoleUser}})
	w.patch(caseAddress, object{"ownerid@odata.bind": "/systemusers(" + id + ")"}).Refused(403, "0x80040231")
	w.sim.Revoke(dataverse.RoleService, "prvAssignIncident")
	w.as(dataverse.DemoDana).patch(caseAddress, object{"ownerid@odata.bind": danaBind}).Refused(403, "0x80040220")
}

func TestDisabledUsersAreRefused(t *testing.T) {
	w := open(t)
	dana := w.as(dataverse.DemoDana)
	require.NoError(t, w.sim.Update("systemuser", dataverse.DemoDana, object{"isdisabled": true}))
	dana.get("WhoAmI").Refused(403, "0x80040225")
}

func TestPrivilegesCanBeListed(t *testing.T) {
	w := open(t)
	path := "systemusers(" + dataverse.DemoDana + ")/Microsoft.Dynamics.CRM.RetrieveUserPrivileges()"
	depths := map[string]any{}
	for _, one := range w.get(path).Is(200).JSON()["RolePrivileges"].([]any) {
		depths[one.(object)["PrivilegeName"].(string)] = one.(object)["Depth"]
	}
	assert.Equal(t, "Basic", depths["prvReadlifeline_session"])
	assert.Equal(t, "Global", depths["prvReadIncident"])
	assert.NotContains(t, depths, "prvDeleteIncident")
	w.get("incidents("+dataverse.DemoCase+")/Microsoft.Dynamics.CRM.RetrieveUserPrivileges()").Refused(404, "0x8006088a")
}

func TestAccessToOneRecordCanBeAsked(t *testing.T) {
	w := open(t)
	access := func(user, target string) any {
		return w.get("systemusers(" + user + ")/Microsoft.Dynamics.CRM.RetrievePrincipalAccess(Target=@p1)?@p1=" +
			url.QueryEscape("{'@odata.id':'"+target+"'}")).Is(200).JSON()["AccessRights"]
	}
	assert.Equal(t, "CreateAccess,ReadAccess,WriteAccess,AppendAccess,AppendToAccess,AssignAccess", access(dataverse.DemoDana, caseAddress))
	id, err := w.sim.CreateAs(dataverse.DemoSam, "lifeline_session", object{})
	require.NoError(t, err)
	assert.Equal(t, "None", access(dataverse.DemoObserver, "lifeline_sessions("+id+")"))
}
