package servicenow

import (
	"encoding/base64"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestStatsCountAndGroup(t *testing.T) {
	b := open(t)
	require.JSONEq(t, `{"result":{"stats":{"count":"2"}}}`,
		b.call("GET", "/api/now/stats/incident?sysparm_count=true&sysparm_query=assigned_toISNOTEMPTY", nil).body)
	require.JSONEq(t, `{"result":[
		{"stats":{"count":"2","max":{"number":"INC0010003"}},"groupby_fields":[{"field":"state","value":"1"}]},
		{"stats":{"count":"1","max":{"number":"INC0010001"}},"groupby_fields":[{"field":"state","value":"2"}]}]}`,
		b.call("GET", "/api/now/stats/incident?sysparm_count=true&sysparm_group_by=state&sysparm_max_fields=number", nil).body)
	require.JSONEq(t, `{"result":{"stats":{"sum":{"impact":"8"},"avg":{"impact":"2.6667"},"min":{"impact":"2"}}}}`,
		b.call("GET", "/api/now/stats/incident?sysparm_sum_fields=impact&sysparm_avg_fields=impact&sysparm_min_fields=impact", nil).body)
}

// imported sends a row to the staging table and returns what became of it.
func (b *bench) imported(row Row) map[string]any {
	b.t.Helper()
	a := b.call("POST", "/api/now/import/x_lfln_lifeline_session_imp", row)
	require.Equal(b.t, 201, a.status, a.body)
	var out struct {
		Set    string `json:"import_set"`
		Result []map[string]any
	}
	require.NoError(b.t, json.Unmarshal([]byte(a.body), &out))
	require.Regexp(b.t, `^ISET00100\d\d$`, out.Set)
	return out.Result[0]
}

func TestAnImportUpsertsByTheCoalesceColumn(t *testing.T) {
	b := open(t)
	first := b.imported(Row{"session_key": "rescue:1", "state": "invited"})
	require.Equal(t, "inserted", first["status"])
	require.Equal(t, "rescue:1", first["display_value"])
	require.Equal(t, "ignored", b.imported(Row{"session_key": "rescue:1", "state": "invited"})["status"])
	second := b.imported(Row{"session_key": "rescue:1", "state": "ended"})
	require.Equal(t, "updated", second["status"])
	require.Equal(t, first["sys_id"], second["sys_id"])
	require.Equal(t, "skipped", b.imported(Row{"state": "ended"})["status"])
	require.Len(t, b.List(b.SessionTable(), ""), 1)
}

func TestAFailedImportIsStill201(t *testing.T) {
	b := open(t)
	b.AddTransform(Transform{Name: "own", Staging: "x_lfln_lifeline_session_imp", Target: "incident", Coalesce: "correlation_id",
		Fields: map[string]string{"session_key": "correlation_id", "state": "state"}})
	out := b.imported(Row{"session_key": "rescue:1", "state": "6"})
	require.Equal(t, "error", out["status"])
	require.Contains(t, out["error_message"], "Data Policy Exception")
}

func TestABatchRunsItsItemsOneByOne(t *testing.T) {
	b := open(t)
	encode := func(v any) string {
		raw, err := json.Marshal(v)
		require.NoError(t, err)
		return base64.StdEncoding.EncodeToString(raw)
	}
	headers := []batchHeader{{"Accept", "application/json"}, {"Content-Type", "application/json"}}
	a := b.call("POST", "/api/now/v1/batch", map[string]any{"batch_request_id": "1", "rest_requests": []batchItem{
		{ID: "a", Method: "PATCH", URL: b.incident(), Headers: headers, Body: encode(Row{"description": "batched"})},
		{ID: "b", Method: "GET", URL: "/api/now/table/u_none", Headers: headers},
		{ID: "c", Method: "POST", URL: "/api/now/v1/batch", Headers: headers},
	}})
	require.Equal(t, 200, a.status)
	var out struct {
		Serviced []struct {
			ID     string `json:"id"`
			Status int    `json:"status_code"`
			Body   []byte `json:"body"`
		} `json:"serviced_requests"`
		Unserviced []string `json:"unserviced_requests"`
	}
	require.NoError(t, json.Unmarshal([]byte(a.body), &out))
	require.Len(t, out.Serviced, 2)
	require.Equal(t, []int{200, 400}, []int{out.Serviced[0].Status, out.Serviced[1].Status})
	require.Contains(t, string(out.Serviced[0].Body), "batched")
	require.Equal(t, []string{"c"}, out.Unserviced)
}
