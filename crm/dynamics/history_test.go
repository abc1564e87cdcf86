package dynamics

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/support"
)

const readBack = `{"lifeline_sessionid":"` + rowID + `","lifeline_sessionkey":"s-1","lifeline_vendor":100000002,"lifeline_vendorsessionid":"s77",
	"lifeline_tracking":"c:Token","lifeline_sources":"a\nb","statecode":0,"statuscode":100000002,"createdon":"2026-01-31T12:00:00Z",
	"_lifeline_incidentid_value":"` + caseID + `","_lifeline_accountid_value":"` + accountID + `","lifeline_regardingtype":null}`

func TestARowIsReadBack(t *testing.T) {
	e := newEnvironment(t).on(findRoute, rows(readBack))
	info, err := e.crm().FindRow(t.Context(), support.TeamViewer, "s77")
	require.NoError(t, err)
	assert.Equal(t, support.RowInfo{RowID: rowID, Key: "s-1", Vendor: support.TeamViewer, VendorSessionID: "s77", State: support.Connected,
		Record: support.RecordRef{Type: "incident", ID: caseID}, Token: "c:Token", Sources: []string{"a", "b"},
		RequestedAt: time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)}, info)
}

func TestATokenIsComparedWithCase(t *testing.T) {
	e := newEnvironment(t).on(findRoute, rows(readBack))
	_, err := e.crm().FindRowByToken(t.Context(), "c:token")
	requireFailure(t, err, support.Stop, support.CodeNotFound)
	info, err := e.crm().FindRowByToken(t.Context(), "c:Token")
	require.NoError(t, err)
	assert.Equal(t, rowID, info.RowID)
}

func TestStatesAreReadFromOurWordThenFromTheStatus(t *testing.T) {
	n := names{prefix: "lifeline", options: 100000000}
	assert.Equal(t, support.Waiting, n.readState("waiting", 100000002))
	assert.Equal(t, support.Requested, n.readState("", 1))
	assert.Equal(t, support.Filed, n.readState("", 2))
	assert.Equal(t, support.Expired, n.readState("nonsense", 100000005))
}

func TestHistoryIsNewestFirstAndBounded(t *testing.T) {
	e := newEnvironment(t).on(findRoute, rows(readBack))
	infos, err := e.crm(func(c *Config) { c.RecordTypes = []string{"incident"} }).History(t.Context(), theCase, 5000)
	require.NoError(t, err)
	assert.Equal(t, theCase, infos[0].Record)
	query := e.only(findRoute).query
	assert.Equal(t, "200", query["$top"])
	assert.Equal(t, "createdon desc", query["$orderby"])
	assert.NotContains(t, query["$select"], "leadid", "a table that is not installed is not asked for")
	assert.NotContains(t, query["$select"], "chatlog")
}

const (
	waiting = `{"lifeline_sessionid":"` + rowID + `","statecode":0,"statuscode":1,"_createdby_value":"` + userID + `","_lifeline_incidentid_value":"` + caseID + `"}`
	taken   = `{"lifeline_sessionid":"` + rowID + `","statecode":0,"statuscode":1,"_createdby_value":"` + userID + `","lifeline_workflowid":"session/x","lifeline_vendor":100000001}`
)

func TestARequestIsBelievedOnlyAsTheRowSays(t *testing.T) {
	path := "GET lifeline_sessions(" + rowID + ")"
	e := newEnvironment(t).on(path, ok(waiting), ok(taken), ok(`{"x":1}`)).on(userPath, ok(dana))
	c := e.crm()
	request, err := c.ReadRequest(t.Context(), rowID)
	require.NoError(t, err)
	assert.True(t, request.Waits)
	assert.Equal(t, "dana@example.org", request.Agent.Email)
	assert.Equal(t, support.RecordRef{Type: "incident", ID: caseID}, request.Record)
	assert.Empty(t, request.Vendor)

	request, err = c.ReadRequest(t.Context(), rowID)
	require.NoError(t, err)
	assert.False(t, request.Waits, "a row with a workflow was taken already")
	assert.Equal(t, support.Rescue, request.Vendor)

	_, err = c.ReadRequest(t.Context(), rowID)
	requireFailure(t, err, support.Retry, support.CodeProtocol)
}

func TestARowOfAnAgentWhoIsGoneIsStillARow(t *testing.T) {
	e := newEnvironment(t).on("GET lifeline_sessions("+rowID+")", ok(waiting)).on(userPath, refusal(404, "0x80040217", "systemuser Does Not Exist"))
	request, err := e.crm().ReadRequest(t.Context(), rowID)
	require.NoError(t, err)
	assert.Equal(t, support.Agent{ID: userID}, request.Agent)
	assert.True(t, request.Waits, "so that it can be refused and closed")
}

func TestTheSweepListsWhatStillWaits(t *testing.T) {
	e := newEnvironment(t).on(findRoute, rows(waiting, waiting))
	requests, err := e.crm().OpenRequests(t.Context(), time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC))
	require.NoError(t, err)
	require.Len(t, requests, 2)
	assert.Equal(t, rowID, requests[1].RowID)
	assert.Empty(t, e.sent(userPath), "an agent who cannot be read holds nobody up")
	assert.Equal(t, "statecode eq 0 and statuscode eq 1 and lifeline_workflowid eq null and createdon lt 2026-01-31T12:00:00Z", e.only(findRoute).query["$filter"])
}
