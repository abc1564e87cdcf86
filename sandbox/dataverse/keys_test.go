package dataverse_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/sandbox/dataverse"
)

const keyAddress = "lifeline_sessions(lifeline_sessionkey='rescue-1234')"

func TestUpsertByKeyAnswersInKeyForm(t *testing.T) {
	w := open(t)
	for range 2 {
		done := w.patch(keyAddress, object{"lifeline_name": "Session"}).Is(204)
		assert.Equal(t, w.url+"/api/data/v9.2/"+keyAddress, done.Header.Get("OData-EntityId"))
	}
	assert.Len(t, w.rows("lifeline_session", "lifeline_sessionkey eq 'rescue-1234'"), 1)
}

func TestUpsertTellsCreateFromUpdateByRepresentation(t *testing.T) {
	w := open(t)
	w.patch(keyAddress, object{"lifeline_name": "Session"}, "If-Match: *").Refused(404, "0x80060891")
	created := w.patch(keyAddress+"?$select=lifeline_sessionid", object{"lifeline_name": "Session"}, returnRow).Is(201)
	updated := w.patch(keyAddress+"?$select=lifeline_sessionid", object{"lifeline_name": "Session"}, returnRow).Is(200)
	assert.Equal(t, created.JSON()["lifeline_sessionid"], updated.JSON()["lifeline_sessionid"])
	w.patch(keyAddress, object{}, "If-None-Match: *").Refused(412, "0x80040237")
}

func TestKeyColumnsInTheBodyWinOnCreateAndAreDroppedOnUpdate(t *testing.T) {
	w := open(t)
	w.patch(keyAddress, object{"lifeline_sessionkey": "from-body"}).Is(204)
	assert.Len(t, w.rows("lifeline_session", "lifeline_sessionkey eq 'from-body'"), 1)
	w.patch("lifeline_sessions(lifeline_sessionkey='from-body')", object{"lifeline_sessionkey": "renamed"}).Is(204)
	assert.Len(t, w.rows("lifeline_session", "lifeline_sessionkey eq 'from-body'"), 1)
}

func TestDuplicateKeyIsRefusedByItsCode(t *testing.T) {
	w := open(t)
	w.post("lifeline_sessions", object{"lifeline_sessionkey": "same"}).Is(204)
	w.post("lifeline_sessions", object{"lifeline_sessionkey": "SAME"}).Refused(412, "0x80060892")
	w.post("lifeline_sessions", object{}).Is(204)
	w.post("lifeline_sessions", object{}).Is(204)
	assert.Len(t, w.rows("lifeline_session", ""), 3)
}

func TestKeyPathsNeedExactlyADefinedKey(t *testing.T) {
	w := open(t)
	for _, path := range []string{"lifeline_sessions(lifeline_name='x')", "lifeline_sessions(lifeline_sessionkey='a',lifeline_name='b')",
		"lifeline_sessions(lifeline_sessionkey='a:b')", "lifeline_sessions(lifeline_sessionkey=5)"} {
		refused := w.get(path)
		refused.Refused(400, "0x80060890")
		assert.Contains(t, refused.Text, "The key in the request URI is not valid for resource 'Microsoft.Dynamics.CRM.lifeline_session'")
	}
	w.get("systemusers(systemuserid="+dataverse.DemoDana+")").Refused(400, "0x80060890")
	w.get("systemusers(" + dataverse.DemoDana + ")").Is(200)
	w.get("incidents(incidentid=" + dataverse.DemoCase + ")").Is(200)
}

func TestKeyOnALookupIsAddressedByItsID(t *testing.T) {
	w := open(t)
	address := "lifeline_usersettings(_lifeline_userid_value=" + dataverse.DemoDana + ")"
	w.patch(address, object{"lifeline_ssoid": "dana"}).Is(204)
	assert.Equal(t, dataverse.DemoDana, w.get(address).Is(200).JSON()["_lifeline_userid_value"])
}

func TestKeysCanBeBoundByAndQuotesAreDoubled(t *testing.T) {
	w := open(t)
	address := "lifeline_sessions(lifeline_sessionkey='o''brien')"
	w.patch(address, object{"lifeline_name": "Session"}).Is(204)
	w.post("lifeline_connections", object{"lifeline_connectionkey": "c1", "lifeline_sessionid@odata.bind": "/" + address}).Is(204)
	w.post("lifeline_connections", object{"lifeline_connectionkey": "c2", "lifeline_sessionid@odata.bind": "/" + keyAddress}).Refused(404, "0x80060891")
}

func TestAKeyThatIsNotActiveIsOfNoUse(t *testing.T) {
	w := open(t)
	w.patch(keyAddress, object{"lifeline_name": "Session"}).Is(204)
	for _, status := range []string{dataverse.KeyPending, dataverse.KeyInProgress, dataverse.KeyFailed} {
		require.NoError(t, w.sim.SetKeyStatus("lifeline_session", "lifeline_sessionkeykey", status))
		w.patch(keyAddress, object{}).Refused(400, "0x80060890")
		keys := w.get("EntityDefinitions(LogicalName='lifeline_session')/Keys?$select=EntityKeyIndexStatus").Is(200)
		assert.Equal(t, []any{status}, keys.Column("EntityKeyIndexStatus"))
	}
	w.post("lifeline_sessions", object{"lifeline_sessionkey": "rescue-1234"}).Is(204) // nothing guards now
}

func TestOnlyAFailedKeyIsReactivatedAndDuplicatesKeepItFailed(t *testing.T) {
	w := open(t)
	reactivate := object{"EntityLogicalName": "lifeline_session", "EntityKeyLogicalName": "lifeline_sessionkeykey"}
	w.post("ReactivateEntityKey", reactivate).Refused(400, "0x80060897")
	require.NoError(t, w.sim.SetKeyStatus("lifeline_session", "lifeline_sessionkeykey", dataverse.KeyFailed))
	jobs := w.filter("asyncoperations", "statuscode eq 31").Is(200)
	require.Len(t, jobs.Values(), 1)

	first := w.post("lifeline_sessions", object{"lifeline_sessionkey": "twice"}).Is(204)
	w.post("lifeline_sessions", object{"lifeline_sessionkey": "twice"}).Is(204)
	w.post("ReactivateEntityKey", reactivate).Is(204)
	assert.Equal(t, dataverse.KeyFailed, w.sim.KeyStatus("lifeline_session", "lifeline_sessionkeykey"))

	w.call(http.MethodDelete, first.Header.Get("OData-EntityId"), nil).Is(204)
	w.call(http.MethodDelete, "asyncoperations("+jobs.Column("asyncoperationid")[0].(string)+")", nil).Is(204)
	w.post("ReactivateEntityKey", reactivate).Is(204)
	assert.Equal(t, dataverse.KeyActive, w.sim.KeyStatus("lifeline_session", "lifeline_sessionkeykey"))
}
