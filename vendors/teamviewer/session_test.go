package teamviewer

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/support"
)

func TestObserveReadsTheWholeListInOneSweep(t *testing.T) {
	list := listOf(
		sessionJSON(t, map[string]any{"code": "s1-000-001", "online": true}),
		sessionJSON(t, map[string]any{"code": "s1000002", "online": false, "custom_api": nil, "assigned_userid": "u0"}),
		sessionJSON(t, map[string]any{"code": "s1-000-003", "online": false, "valid_until": "2026-03-01T11:59:59Z"}),
		sessionJSON(t, map[string]any{"code": "s1-000-004", "online": true, "valid_until": "20260301T115959Z", "state": 1}),
		sessionJSON(t, map[string]any{"code": "s1-000-005", "state": "closed"}),
		sessionJSON(t, map[string]any{"code": "s1-000-006", "online": "yes", "supporter_link": []string{}}),
		sessionJSON(t, map[string]any{"code": "s1-000-007", "online": "true"}), `"nonsense"`,
	)
	v, s := vendor(t, map[string]http.HandlerFunc{"GET /sessions": says(200, list)}, func(c *Config) { c.GroupID = "g27" })
	got, err := v.Observe(t.Context(), support.ObserveRequest{})
	require.NoError(t, err)
	require.Len(t, got, 7, "a session that were left out would be taken for closed")
	on, off := true, false
	assignee := support.Technician{ID: "u11223344"}
	assert.Equal(t, support.Observation{VendorSessionID: "s1-000-001", Token: token(), Phase: support.PhaseWaiting, CustomerOnline: &on, Status: "Open", Technician: assignee}, got[0])
	assert.Equal(t, support.Observation{VendorSessionID: "s1-000-002", Phase: support.PhaseOpen, CustomerOnline: &off, Status: "Open"}, got[1])
	assert.Equal(t, support.Observation{VendorSessionID: "s1-000-003", Token: token(), Phase: support.PhaseEnded, Reason: support.ReasonExpired, CustomerOnline: &off, Status: "Open", Technician: assignee}, got[2])
	assert.Equal(t, support.PhaseWaiting, got[3].Phase, "a customer who is on has not gone because the code ran out")
	assert.Equal(t, support.PhaseEnded, got[4].Phase)
	assert.Equal(t, []any{support.PhaseOpen, (*bool)(nil)}, []any{got[5].Phase, got[5].CustomerOnline})
	assert.Equal(t, support.PhaseWaiting, got[6].Phase)
	assert.Equal(t, "full_list=true&groupid=g27&state=open", s.seen()[0].Query)
}

func TestPagingThatDoesNotMoveEnds(t *testing.T) {
	v, s := vendor(t, map[string]http.HandlerFunc{"GET /sessions": says(200, `{"sessions":[],"next_offset":"s1-000-001"}`)}, nil)
	_, err := v.Observe(t.Context(), support.ObserveRequest{})
	require.NoError(t, err)
	assert.Len(t, s.seen(), 2)
}

func TestCloseIsRepeatable(t *testing.T) {
	refusal := says(400, `{"error":"invalid_request","error_description":"already closed"}`)
	for name, test := range map[string]struct {
		put, get http.HandlerFunc
		code     string
	}{
		"open":             {put: says(204, "")},
		"unknown, 404":     {put: says(404, `{"error":"not_found"}`)},
		"unknown, 400":     {put: refusal, get: says(404, `{"error":"not_found"}`)},
		"closed already":   {put: refusal, get: says(200, sessionJSON(t, map[string]any{"state": "Closed"}))},
		"closed, a number": {put: refusal, get: says(200, sessionJSON(t, map[string]any{"state": 2, "closed_at": "2026-03-01T11:00:00Z"}))},
		"still open":       {put: refusal, get: says(200, sessionJSON(t, nil)), code: support.CodeActionFailed},
	} {
		t.Run(name, func(t *testing.T) {
			v, s := vendor(t, map[string]http.HandlerFunc{"PUT /sessions/" + code: test.put, "GET /sessions/" + code: test.get}, nil)
			err := v.Close(t.Context(), support.CloseRequest{VendorSessionID: "s104882317"})
			if test.code == "" {
				require.NoError(t, err)
			} else {
				assert.True(t, support.HasCode(err, test.code), "%v", err)
			}
			assert.JSONEq(t, `{"state":"closed"}`, s.seen()[0].Body)
		})
	}
	v, _ := vendor(t, nil, nil)
	assert.Error(t, v.Close(t.Context(), support.CloseRequest{Code: "123456"}), "no code of TeamViewer's")
}

func TestSharingPutsTheCustomerOnTheSession(t *testing.T) {
	v, s := vendor(t, map[string]http.HandlerFunc{"PUT /sessions/" + code: says(204, "")}, nil)
	require.NoError(t, v.UpdateCustomer(t.Context(), code, support.Customer{Name: "Ana Ruiz", Email: "ana@example.com"}))
	assert.JSONEq(t, `{"end_customer":{"name":"Ana Ruiz","email":"ana@example.com"}}`, s.seen()[0].Body)
	require.NoError(t, v.UpdateCustomer(t.Context(), code, support.Customer{}), "nobody: nothing to say")
	assert.Len(t, s.seen(), 1)
}

func TestTechnicianIsFoundByEmailOnlyForAssignment(t *testing.T) {
	users := `{"users":[{"id":"u1","name":"Old","email":"dana@example.com","active":false},{"id":"u2","name":"Dana","email":"Dana@Example.com"}]}`
	answer := map[string]http.HandlerFunc{"GET /users": says(200, users)}
	v, s := vendor(t, answer, nil)
	hint := support.Technician{SSOID: "dana", Email: "dana@example.com"}
	got, err := v.Technician(t.Context(), hint)
	require.NoError(t, err)
	assert.Equal(t, hint, got)
	assert.Empty(t, s.seen())

	v, s = vendor(t, answer, func(c *Config) { c.Assign = true })
	got, err = v.Technician(t.Context(), hint)
	require.NoError(t, err)
	assert.Equal(t, "u2", got.ID)
	assert.Equal(t, "Dana", got.Name)
	assert.Equal(t, "email=dana%40example.com&full_list=true", s.seen()[0].Query)
	_, err = v.Technician(t.Context(), got)
	require.NoError(t, err)
	assert.Len(t, s.seen(), 1, "an id that is known is not asked for")

	for _, email := range []string{"", "nobody@example.com", "dana@example.com,eve@example.com"} {
		_, err = v.Technician(t.Context(), support.Technician{Email: email})
		assert.True(t, support.HasCode(err, support.CodeNoTechnician), email)
	}
}
