package servicenow

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/outbound"
	"example.com/lifeline/support"
)

func TestRefusalsAreToldApart(t *testing.T) {
	for _, each := range []struct {
		name            string
		status          int
		message, detail string
		kind            support.Kind
		code, says      string
	}{
		{"missing table", 400, "Invalid table incident", "", support.Attention, support.CodeConfiguration, "does not exist"},
		{"wrong path", 400, "Requested URI does not represent any resource", "", support.Attention, support.CodeConfiguration, "BASE_URL"},
		{"wrong path as 404", 404, "Requested URI does not represent any resource", "", support.Attention, support.CodeConfiguration, "BASE_URL"},
		{"too large", 400, "Exception while reading request", "Rejected large REST payload", support.Attention, support.CodeInvalid, "does not accept"},
		{"no role", 403, "Operation Failed", "ACL Exception Update Failed due to security constraints", support.Attention, support.CodePermission, "role"},
		{"closed table", 403, "User Not Authorized", "", support.Attention, support.CodePermission, "web services"},
		{
			"business rule", 403, "Operation Failed", "Operation against file 'incident' was aborted by Business Rule 'Only P1^0011'. Business Rule Stack:<x>",
			support.Attention, support.CodeRefusedByCRM, "Only P1",
		},
		{
			"data policy", 403, "Operation Failed", "Data Policy Exception: The following fields are mandatory: Resolution code, Resolution notes",
			support.Attention, support.CodeMapping, "Resolution code, Resolution notes",
		},
		{"collision", 403, "Operation Failed", "Error during insert of x_lfln_lifeline_session ()", support.Attention, support.CodeConflict, "system log"},
		{"gone or hidden", 404, "No Record found", "Record doesn't exist or ACL restricts the record retrieval", support.Stop, support.CodeNotFound, "hidden"},
		{"cancelled", 500, "Transaction cancelled: maximum execution time exceeded", "Check logs", support.Retry, support.CodeUnreachable, "not available"},
	} {
		t.Run(each.name, func(t *testing.T) {
			body, err := json.Marshal(map[string]any{"error": map[string]string{"message": each.message, "detail": each.detail}, "status": "failure"})
			require.NoError(t, err)
			err = judge("incident", outbound.Answer{Status: each.status, Header: http.Header{}, Body: body}, time.Now())
			requireCode(t, err, each.kind, each.code)
			assert.Contains(t, support.AsError(err).Message, each.says)
		})
	}
}

func TestGoodStatusIsNotBelievedWithoutWholeData(t *testing.T) {
	for name, answer := range map[string]outbound.Answer{
		"dropped by the session queue": {Status: 202},
		"sign-in page":                 {Status: 200, Header: http.Header{"Content-Type": {"text/html;charset=UTF-8"}}, Body: []byte("<html>")},
		"cut mid-record":               {Status: 200, Body: []byte(`{"result":[{"sys_id":"a`)},
		"error inside":                 {Status: 200, Body: []byte(`{"result":[{"sys_id":"a"}],"error":{"message":"Transaction cancelled: maximum execution time exceeded"},"status":"failure"}`)},
		"no result":                    {Status: 200, Body: []byte(`{}`)},
		"one row for a list":           {Status: 200, Body: []byte(`{"result":{"sys_id":"a"}}`)},
		"redirect":                     {Status: 302},
	} {
		t.Run(name, func(t *testing.T) {
			err := judge("incident", answer, time.Now())
			if err == nil {
				_, err = decode[[]row]("incident", answer)
			}
			require.Error(t, err)
			assert.Equal(t, support.Retry, support.AsError(err).Kind)
		})
	}
}

func TestFieldsDecodeInEveryShape(t *testing.T) {
	answer := outbound.Answer{Status: 200, Body: []byte(`{"result":{
		"plain":"3","reference":{"link":"https://elsewhere.example.com/x","value":"abc"},"empty":"",
		"shown":{"display_value":"Kim","link":"https://elsewhere.example.com/x"},"both":{"display_value":"Kim","value":""},"nothing":null}}`)}
	r, err := decode[row]("incident", answer)
	require.NoError(t, err)
	for field, want := range map[string]string{"plain": "3", "reference": "abc", "empty": "", "shown": "Kim", "both": "", "nothing": ""} {
		assert.Equal(t, want, r.get(field), field)
		assert.True(t, r.has(field), field)
	}
	assert.False(t, r.has("unknown"))
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{"result":[{"sys_id":"a","caller_id":{"link":"x","value":"b"}}]}`, `{"result":{"sys_id":""}}`, `{"result":[`,
		`{"result":[{"a":"b"}],"error":{"message":"Transaction cancelled"},"status":"failure"}`, `{"error":{"message":"m","detail":null}}`,
		`<!DOCTYPE html>`, `{"result":[{"a":[1]}]}`, `{"result":"","error":null}`,
	} {
		f.Add(200, []byte(seed))
		f.Add(403, []byte(seed))
	}
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		answer := outbound.Answer{Status: status, Header: http.Header{}, Body: body}
		err := judge("incident", answer, time.Now())
		if err == nil {
			_, err = decode[[]row]("incident", answer)
		}
		if err == nil {
			_, err = decode[row]("incident", answer)
			require.Error(t, err, "a list is no row")
			return
		}
		e := support.AsError(err)
		require.NotEqual(t, support.CodeInternal, e.Code)
		require.LessOrEqual(t, len(e.Message), 1000)
	})
}

func FuzzReadGrant(f *testing.F) {
	f.Add(200, []byte(`{"access_token":"a","expires_in":1799}`))
	f.Add(401, []byte(`{"error_description":"access_denied","error":"server_error"}`))
	f.Add(200, []byte(`<html>`))
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		granted, err := readGrant(outbound.Answer{Status: status, Header: http.Header{}, Body: body}, time.Now())
		if err == nil {
			require.NotEmpty(t, granted.Access.Reveal())
			require.Positive(t, granted.life())
		}
	})
}
