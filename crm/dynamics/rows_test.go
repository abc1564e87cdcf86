package dynamics

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/support"
)

const (
	findRoute   = "GET lifeline_sessions"
	keyRoute    = "PATCH lifeline_sessions(lifeline_sessionkey='s-1')"
	idRoute     = "PATCH lifeline_sessions(" + rowID + ")"
	insertRoute = "POST lifeline_sessions"
	openRow     = `{"lifeline_sessionid":"` + rowID + `","lifeline_sessionkey":"s-1","statecode":0,"statuscode":1}`
	invitedRow  = `{"lifeline_sessionid":"` + rowID + `","lifeline_sessionkey":"s-1","statecode":0,"statuscode":100000001}`
	closedRow   = `{"lifeline_sessionid":"` + rowID + `","lifeline_sessionkey":"s-1","statecode":1,"statuscode":2}`
)

func aRow() support.SessionRow {
	return support.SessionRow{Key: "s-1", Vendor: support.Rescue, Record: theCase, RecordNumber: "CAS-01042", State: support.Invited,
		Code: "482913", Agent: theUser, WorkflowID: "session/acme-d365/incident/" + caseID}
}

func save(t *testing.T, e *environment, row support.SessionRow) {
	t.Helper()
	id, err := e.crm().SaveRow(t.Context(), row)
	require.NoError(t, err)
	require.Equal(t, rowID, id)
}

func TestANewRowIsUpsertedByItsKey(t *testing.T) {
	e := newEnvironment(t).on(findRoute, rows()).on(keyRoute, created(invitedRow))
	save(t, e, aRow())
	sent := e.only(keyRoute)
	assert.Equal(t, "return=representation", sent.header.Get("Prefer"))
	assert.Empty(t, sent.header.Get("If-Match"), "an upsert may create")
	assert.NotContains(t, sent.body, "lifeline_sessionkey", "key columns stay out of the body")
	assert.Equal(t, "/incidents("+caseID+")", sent.body["lifeline_incidentid@odata.bind"])
	assert.Equal(t, "/systemusers("+userID+")", sent.body["lifeline_technicianid@odata.bind"])
	assert.EqualValues(t, 100000001, sent.body["lifeline_vendor"])
	assert.EqualValues(t, 100000001, sent.body["statuscode"])
	assert.Equal(t, "482913", sent.body["lifeline_pin"])
	assert.Equal(t, "Rescue - CAS-01042", sent.body["lifeline_name"])
	assert.NotContains(t, sent.body, "lifeline_notes", "zero values are not written")
}

func TestARowKnownByIdIsNeverCreated(t *testing.T) {
	e := newEnvironment(t).on(idRoute, ok(invitedRow))
	row := aRow()
	row.RowID = rowID
	save(t, e, row)
	assert.Equal(t, "*", e.only(idRoute).header.Get("If-Match"))
	assert.Equal(t, "s-1", e.only(idRoute).body["lifeline_sessionkey"])
}

func TestADeletedRowIsMadeAgainByItsKey(t *testing.T) {
	e := newEnvironment(t).on(idRoute, refusal(404, "0x80040217", "")).on(findRoute, rows()).on(keyRoute, created(invitedRow))
	row := aRow()
	row.RowID = rowID
	save(t, e, row)
}

func TestARowFoundByTheVendorsIdKeepsItsKey(t *testing.T) {
	other := strings.Replace(openRow, "s-1", "rescue-77", 1)
	e := newEnvironment(t).on(findRoute, rows(other)).on(idRoute, ok(invitedRow))
	row := aRow()
	row.VendorSessionID = "77"
	save(t, e, row)
	assert.NotContains(t, e.only(idRoute).body, "lifeline_sessionkey")
	assert.Equal(t, "lifeline_sessionkey eq 's-1' or (lifeline_vendorsessionid eq '77' and lifeline_vendor eq 100000001)", e.only(findRoute).query["$filter"])
}

func TestWithoutAnActiveKeyRowsAreCreatedUnderADerivedId(t *testing.T) {
	for _, answer := range []reply{
		refusal(400, codeKeyNotDefined, ""),
		refusal(400, "", "The key in the request URI is not valid for resource 'Microsoft.Dynamics.CRM.lifeline_session'. Ensure that ..."),
	} {
		e := newEnvironment(t).on(findRoute, rows()).on(keyRoute, answer).on(insertRoute, created(invitedRow))
		save(t, e, aRow())
		assert.Equal(t, derivedID("session", "s-1"), e.only(insertRoute).body["lifeline_sessionid"])
		assert.Equal(t, "s-1", e.only(insertRoute).body["lifeline_sessionkey"])
	}
}

func TestALostRaceIsAnUpdate(t *testing.T) {
	degraded := newEnvironment(t).on(findRoute, rows(), rows(openRow)).on(keyRoute, refusal(400, codeKeyNotDefined, "")).
		on(insertRoute, refusal(412, codeDuplicateRecord, "")).on(idRoute, ok(invitedRow))
	save(t, degraded, aRow())
	assert.NotContains(t, degraded.only(idRoute).body, "lifeline_sessionid")

	upserted := newEnvironment(t).on(findRoute, rows(), rows(openRow)).on(keyRoute, refusal(412, codeDuplicateKey, "")).on(idRoute, ok(invitedRow))
	save(t, upserted, aRow())
}

func TestARaceWithoutEndIsTriedAgainLater(t *testing.T) {
	e := newEnvironment(t).on(findRoute, rows()).on(keyRoute, refusal(412, codeDuplicateKey, ""))
	_, err := e.crm().SaveRow(t.Context(), aRow())
	requireFailure(t, err, support.Retry, support.CodeConflict)
	assert.Len(t, e.sent(keyRoute), saveRounds)
}

func TestTheStatusOfAKnownRowIsSetOnlyWhileItIsOpenAndOnlyWhenItChanges(t *testing.T) {
	ended := strings.Replace(openRow, `"statuscode":1`, `"statuscode":100000003`, 1)
	for _, c := range []struct {
		before string
		state  support.State
		status any
	}{
		{openRow, support.Connected, 100000002.0},
		{openRow, support.Filed, 100000003.0},
		{ended, support.Filed, nil},
		{closedRow, support.Connected, nil},
		{closedRow, support.Filed, nil},
	} {
		e := newEnvironment(t).on(idRoute, ok(c.before), done())
		row := aRow()
		row.RowID, row.State = rowID, c.state
		save(t, e, row)
		sent := e.sent(idRoute)
		assert.NotContains(t, sent[0].body, "statuscode", "a late post must not open a closed row")
		assert.Equal(t, string(c.state), sent[0].body["lifeline_state"])
		if c.status == nil {
			assert.Len(t, sent, 1)
			continue
		}
		assert.Equal(t, map[string]any{"statuscode": c.status}, sent[1].body)
	}
}

func TestARowClosedInBetweenStaysClosed(t *testing.T) {
	e := newEnvironment(t).on(idRoute, ok(openRow), refusal(400, codeWrongStatePair, ""))
	row := aRow()
	row.RowID = rowID
	save(t, e, row)
}

func TestAnErrorShowsAsStatusAndIsCleared(t *testing.T) {
	e := newEnvironment(t).on(idRoute, ok(openRow), done(), ok(invitedRow))
	row := aRow()
	row.RowID, row.ErrorCode, row.ErrorMessage = rowID, "permission", "a role is missing"
	save(t, e, row)
	row.ErrorCode, row.ErrorMessage, row.ClearError, row.ClearCode = "", "", true, true
	save(t, e, row)
	sent := e.sent(idRoute)
	require.Len(t, sent, 3)
	failed, cleared := sent[0].body, sent[2].body
	assert.Equal(t, map[string]any{"statuscode": 100000004.0}, sent[1].body)
	assert.Equal(t, "permission", failed["lifeline_errorcode"])
	for _, column := range []string{"lifeline_errorcode", "lifeline_errormessage", "lifeline_pin", "lifeline_customerlink"} {
		value, present := cleared[column]
		assert.True(t, present && value == nil, column)
	}
}

func TestAnotherRowsKeyDoesNotHoldUpTheRest(t *testing.T) {
	e := newEnvironment(t).on(idRoute, refusal(412, codeDuplicateKey, ""), ok(invitedRow))
	row := aRow()
	row.RowID = rowID
	save(t, e, row)
	assert.NotContains(t, e.sent(idRoute)[1].body, "lifeline_sessionkey")
}

func TestALongChatBecomesOneFileOnTheRow(t *testing.T) {
	file := "PATCH annotations(" + derivedID("chat", rowID) + ")"
	e := newEnvironment(t).on(idRoute, ok(invitedRow)).on(file, done())
	row := aRow()
	row.RowID, row.Outcome.Chat = rowID, strings.Repeat("é", 100001)
	save(t, e, row)
	assert.Len(t, []rune(e.only(idRoute).body["lifeline_chatlog"].(string)), 100000)
	assert.Equal(t, "/lifeline_sessions("+rowID+")", e.only(file).body["objectid_lifeline_session@odata.bind"])

	row.Outcome.Chat = "short"
	save(t, e, row)
	assert.Len(t, e.sent(file), 1)
}

func TestAChatBeyondTheLargestFileIsCutBetweenCharacters(t *testing.T) {
	file := "PATCH annotations(" + derivedID("chat", rowID) + ")"
	e := newEnvironment(t).on(idRoute, ok(invitedRow)).on(file, done())
	row := aRow()
	row.RowID, row.Outcome.Chat = rowID, strings.Repeat("é", 100001)
	_, err := e.crm(func(c *Config) { c.MaxAttachment = 1000 }).SaveRow(t.Context(), row)
	require.NoError(t, err)
	content, err := base64.StdEncoding.DecodeString(e.only(file).body["documentbody"].(string))
	require.NoError(t, err)
	assert.Equal(t, strings.Repeat("é", 498)+"…", string(content))
}

func TestTheOutcomeLandsInItsColumns(t *testing.T) {
	e := newEnvironment(t).on(idRoute, ok(invitedRow))
	row := aRow()
	start := time.Date(2026, 1, 31, 12, 0, 0, 0, time.FixedZone("", 3600))
	row.RowID, row.Technician = rowID, support.Technician{ID: "1", Name: "Old"}
	row.Outcome = support.Outcome{VendorSessionID: "77", StartedAt: start, EndedAt: start.Add(90 * time.Second), WorkSeconds: 60, Reports: []string{"a", "b"},
		Technician: support.Technician{ID: "2"}, Fields: []support.Field{{Name: "CField1", Value: "ana@example.org"}, {Name: "TSurvey0", Value: "Resolved"}, {Name: "TSurvey1"}}}
	save(t, e, row)
	body := e.only(idRoute).body
	assert.Equal(t, "2026-01-31T11:00:00Z", body["lifeline_startedon"])
	assert.EqualValues(t, 90, body["lifeline_durationsec"])
	assert.Equal(t, "2", body["lifeline_vendortechnicianid"])
	assert.Equal(t, "ana@example.org", body["lifeline_customfield1"])
	assert.Equal(t, `{"TSurvey0":"Resolved"}`, body["lifeline_survey"])
	assert.Equal(t, "a\nb", body["lifeline_sources"])
}

func TestKeysOutsideTheAlphabetAreRefused(t *testing.T) {
	for _, key := range []string{"", "a b", "a'b", "c:1", "ä", strings.Repeat("x", 101)} {
		_, err := newEnvironment(t).crm().SaveRow(t.Context(), support.SessionRow{Key: key})
		requireFailure(t, err, support.Stop, support.CodeInvalid)
	}
}

func TestClosingSetsStateAndReasonTogetherAndOnce(t *testing.T) {
	read := "GET lifeline_sessions(" + rowID + ")"
	for state, status := range map[support.State]int{support.Filed: 2, support.Expired: 100000005, support.Cancelled: 100000006} {
		e := newEnvironment(t).on(read, ok(openRow), ok(closedRow)).on(idRoute, done())
		c := e.crm()
		require.NoError(t, c.CloseRow(t.Context(), rowID, state))
		require.NoError(t, c.CloseRow(t.Context(), rowID, state))
		assert.Equal(t, map[string]any{"statecode": 1.0, "statuscode": float64(status)}, e.only(idRoute).body)
	}
}
