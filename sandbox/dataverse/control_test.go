package dataverse_test

import (
	"net/http"
	"net/url"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/sandbox/dataverse"
)

func TestEverythingCanBeDrivenOverHTTP(t *testing.T) {
	w := open(t)
	id := w.post("/_sim/users", object{"name": "New One", "email": "new@example.com", "roles": []string{dataverse.RoleService}}).Is(200).JSON()["id"].(string)
	w.call(http.MethodPut, "/_sim/users/"+id+"/roles", []string{dataverse.RoleUser}).Is(204)
	assert.Equal(t, []string{dataverse.RoleUser}, w.sim.Roles(id))
	w.token = w.post("/_sim/users/"+id+"/token", nil).Is(200).JSON()["access_token"].(string)
	w.get("WhoAmI").Is(200)
	assert.EqualValues(t, 1, w.get("/_sim/users/" + id + "/usage").Is(200).JSON()["requests"])

	row := w.post("/_sim/rows/lifeline_session?as="+id, object{"lifeline_name": "Mine"}).Is(200).JSON()["id"].(string)
	assert.Equal(t, id, w.get("/_sim/rows/lifeline_session/" + row).Is(200).JSON()["_ownerid_value"])
	w.patch("/_sim/rows/lifeline_session/"+row, object{"lifeline_pin": "1"}).Is(204)
	assert.Contains(t, w.get("/_sim/rows/lifeline_session?filter="+url.QueryEscape("lifeline_pin eq '1'")).Is(200).Text, "Mine")
	w.call(http.MethodDelete, "/_sim/rows/lifeline_session/"+row, nil).Is(204)
	w.get("/_sim/rows/lifeline_session/" + row).Is(400)

	w.post("/_sim/faults", object{"kind": "503", "path": "WhoAmI", "times": 1}).Is(204)
	assert.Len(t, w.sim.Faults(), 1)
	w.call(http.MethodDelete, "/_sim/faults", nil).Is(204)
	w.call(http.MethodPut, "/_sim/down", true).Is(204)
	w.call(http.MethodPut, "/_sim/down", false).Is(204)
	w.call(http.MethodPut, "/_sim/keys/lifeline_session/lifeline_sessionkeykey", `"Failed"`).Is(204)
	w.call(http.MethodPut, "/_sim/keys/lifeline_session/lifeline_sessionkeykey", `"Nonsense"`).Is(400)
	w.call(http.MethodPut, "/_sim/webhooks", object{"drop": 1, "delay": true}).Is(204)
	w.call(http.MethodPut, "/_sim/mail", object{"hold": true}).Is(204)
	w.call(http.MethodPut, "/_sim/roles/Own", object{"prvReadIncident": "Global"}).Is(204)
	w.post("/_sim/apps", object{"id": "another", "secret": "x"}).Is(204)
	w.post("/_sim/apps", object{"nonsense": "x"}).Is(400)
	w.post("/_sim/clock/advance", 7200).Is(204)
	w.get("WhoAmI").Is(401)
	assert.Contains(t, w.get("/_sim/state").Is(200).Text, "lifeline_session")
	assert.NotEmpty(t, w.get("/_sim/users").Is(200).Text)
}

func TestChangesCanBeWaitedFor(t *testing.T) {
	w := open(t)
	before := w.sim.Changes()
	changed := w.sim.Changed()
	done := make(chan reply, 1)
	go func() {
		got, err := w.try(http.MethodGet, "/_sim/changes?after="+strconv.FormatInt(before, 10), nil)
		if err == nil {
			done <- got
		}
	}()
	require.NoError(t, w.sim.Update("incident", dataverse.DemoCase, object{"title": "changed"}))
	<-changed
	assert.EqualValues(t, before+1, (<-done).JSON()["changes"])
	assert.EqualValues(t, before+1, w.get("/_sim/changes?after=0").JSON()["changes"])
}

func TestReadingChangesNothing(t *testing.T) {
	w := open(t)
	before := w.sim.Changes()
	w.get(caseAddress).Is(200)
	w.patch(caseAddress, object{"nonsense": 1}).Is(400)
	assert.Equal(t, before, w.sim.Changes())
}
