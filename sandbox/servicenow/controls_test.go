package servicenow

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// control calls /_sim/ and decodes the answer.
func (b *bench) control(method, path string, body any) any {
	b.t.Helper()
	a := b.call(method, "/_sim/"+path, body)
	require.Less(b.t, a.status, 300, a.body)
	var out any
	require.NoError(b.t, json.Unmarshal([]byte(a.body), &out))
	return out
}

func TestEverythingCanBeControlledOverHTTP(t *testing.T) {
	b := open(t)
	id := b.demo.Incidents[0]
	b.control("POST", "users", User{UserName: "new", Name: "New", Email: "new@example.com"})
	b.control("POST", "duplicate-users", map[string]string{"email": "new@example.com"})
	require.Len(t, b.control("GET", "tables/sys_user?query=email=new@example.com", nil), 2)
	b.control("POST", "tables/incident", Row{"short_description": "added"})
	require.Len(t, b.control("GET", "tables/incident?query=short_description=added", nil), 1)
	b.control("PATCH", "tables/incident/"+id, Row{"work_notes": "noted"})
	require.Len(t, b.control("GET", "journal/"+id, nil), 1)
	require.Empty(t, b.control("GET", "attachments/"+id, nil))
	require.Equal(t, "INC0010001", b.control("GET", "tables/incident/"+id, nil).(map[string]any)["number"])
	require.Equal(t, 404, b.call("GET", "/_sim/tables/incident/none", nil).status)
	require.Equal(t, 409, b.call("PATCH", "/_sim/tables/incident/"+id, Row{"state": "6"}).status)

	b.control("POST", "tables", map[string]any{"name": "u_own", "columns": []Column{{Name: "key"}}, "unique": []string{"key"}, "ws_access": true})
	require.Equal(t, 201, b.call("POST", "/api/now/table/u_own", Row{"key": "1"}).status)
	b.control("POST", "acl", map[string]any{"table": "u_own", "op": Read, "roles": []string{"nobody"}})
	require.Equal(t, 403, b.find("u_own", "").status)
	b.control("POST", "roles", map[string]any{"user": "lifeline", "role": "nobody", "on": true})
	require.Equal(t, 200, b.find("u_own", "").status)
	b.control("POST", "visibility", map[string]any{"sys_id": id, "visible": false})
	require.Equal(t, 404, b.call("GET", b.incident(), nil).status)
	b.control("POST", "csm", map[string]bool{"on": false})
	require.Equal(t, 400, b.find("sn_customerservice_case", "").status)
	b.control("POST", "choices", map[string]any{"table": "incident", "element": "close_code", "values": []string{"Own"}})
	b.control("POST", "transforms", Transform{Staging: "u_own", Target: "incident"})
	b.control("POST", "properties", map[string]string{"name": "own", "value": "1"})
}

func TestFaultsTokensAndTimeAreControlledOverHTTP(t *testing.T) {
	b := open(t)
	b.control("POST", "faults", map[string]any{"kind": "cancelled", "times": -1})
	require.Len(t, b.control("GET", "faults", nil), 1)
	require.Equal(t, 500, b.call("GET", b.incident(), nil).status)
	b.control("DELETE", "faults", nil)
	b.control("POST", "rate-rules", RateRule{Limit: 0})
	require.Equal(t, 429, b.call("GET", b.incident(), nil).status)
	b.control("DELETE", "rate-rules", nil)
	require.Equal(t, "2026-11-22 08:00:10", b.control("POST", "advance", map[string]int{"seconds": 10}).(map[string]any)["now"])
	b.control("POST", "tokens/expire", nil)
	b.control("POST", "tokens/kill-refresh", nil)
	require.Equal(t, 401, b.call("GET", b.incident(), nil).status)
	b.control("POST", "down", map[string]bool{"down": true})
	require.Equal(t, true, b.control("GET", "", nil).(map[string]any)["down"], "the controls stay reachable")
	b.control("POST", "down", map[string]bool{"down": false})
	require.Equal(t, 400, b.call("POST", "/_sim/faults", `{"kindd":"x"}`).status)
}

func TestChangesCanBeWaitedForOverHTTP(t *testing.T) {
	b := open(t)
	version := b.Version()
	done := make(chan any)
	go func() { done <- b.control("GET", fmt.Sprintf("changes?since=%d", version), nil) }()
	b.control("PATCH", "tables/incident/"+b.demo.Incidents[0], Row{"description": "new"})
	require.Greater(t, (<-done).(map[string]any)["version"], float64(version))
}

func TestTheSimulatorCanBeSeededOverHTTP(t *testing.T) {
	b := &bench{Sim: New(Options{NoCSM: true}), t: t}
	b.serve(t)
	require.Len(t, b.control("POST", "seed", nil).(map[string]any)["incidents"], 3)
	require.Equal(t, "dev00001", b.Instance())
}
