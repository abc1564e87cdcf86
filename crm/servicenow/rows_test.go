package servicenow

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/support"
)

const (
	sessionPath = "/api/now/table/x_lfln_lifeline_session"
	reportPath  = "/api/now/table/x_lfln_lifeline_connection"
)

var invitedRow = support.SessionRow{
	Key: "s-1", Vendor: support.Rescue, State: support.Invited, Record: incidentRef, Code: "482913",
	CustomerLink: "https://join.example.com/482913", ExpiresAt: time.Date(2026, 1, 2, 3, 4, 5, 0, time.FixedZone("", 3600)),
	WorkflowID: support.SessionWorkflowID(incidentRef), CanJoin: true,
}

func TestNewSessionRowIsInsertedActive(t *testing.T) {
	i := newInstance(t)
	i.on("GET "+sessionPath, rows(map[string]any{"sys_id": groupID, "session_key": "s-other"}))
	i.on("POST "+sessionPath, echo(rowID))
	id, err := i.open().SaveRow(t.Context(), invitedRow)
	require.NoError(t, err)
	assert.Equal(t, rowID, id)
	assert.Equal(t, map[string]string{
		"session_key": "s-1", "vendor": "rescue", "state": "invited", "active": "true", "source_table": "incident", "source_id": recordID,
		"pin": "482913", "link": "https://join.example.com/482913", "expires_at": "2026-01-02 02:04:05",
		"workflow_id": "session/acme-sn/incident/" + recordID,
		"can_new":     "false", "can_join": "true", "can_share": "false", "can_close": "false",
	}, i.writes()[0].fields, "only what is known is written")
}

func TestKnownSessionRowIsUpdatedWithoutReopeningIt(t *testing.T) {
	i := newInstance(t)
	i.on("GET "+sessionPath, rows(map[string]any{"sys_id": rowID, "session_key": "s-1"}))
	i.on("PATCH "+sessionPath+"/{id}", echoKey)
	id, err := i.open().SaveRow(t.Context(), invitedRow)
	require.NoError(t, err)
	assert.Equal(t, rowID, id)
	assert.NotContains(t, i.writes()[0].fields, "active")
	assert.NotContains(t, i.writes()[0].fields, "session_key")
}

// echoKey echoes like the instance does: fields that were not sent have their stored value.
func echoKey(w http.ResponseWriter, r *http.Request) {
	var fields map[string]string
	_ = json.NewDecoder(r.Body).Decode(&fields)
	answer := map[string]string{"sys_id": r.PathValue("id"), "session_key": "s-1", "report_id": "1", "vendor": "rescue", "state": "invited", "active": "true"}
	for field := range answer {
		if value, ok := fields[field]; ok {
			answer[field] = value
		}
	}
	result(w, 200, answer)
}

func TestRowIDIsWrittenDirectly(t *testing.T) {
	i := newInstance(t)
	i.on("PATCH "+sessionPath+"/{id}", echoKey)
	known := invitedRow
	known.RowID, known.ClearCode, known.ClearError = rowID, true, true
	_, err := i.open().SaveRow(t.Context(), known)
	require.NoError(t, err)
	require.Len(t, i.all(), 1)
	fields := i.writes()[0].fields
	for _, field := range []string{"pin", "link", "error_code", "error_message"} {
		value, sent := fields[field]
		assert.True(t, sent && value == "", field)
	}
}

func TestDeletedRowIsMadeAnew(t *testing.T) {
	i := newInstance(t)
	i.on("PATCH "+sessionPath+"/{id}", func(w http.ResponseWriter, _ *http.Request) { failure(w, 404, "No Record found", "") })
	i.on("GET "+sessionPath, rows())
	i.on("POST "+sessionPath, echo(rowID))
	known := invitedRow
	known.RowID = groupID
	id, err := i.open().SaveRow(t.Context(), known)
	require.NoError(t, err)
	assert.Equal(t, rowID, id)
}

func TestRowIsFoundByTheVendorsSessionAfterTheKey(t *testing.T) {
	i := newInstance(t)
	i.on("GET "+sessionPath, rows(map[string]any{"sys_id": rowID, "session_key": "rescue-1", "vendor": "rescue", "vendor_session_id": "1"}))
	i.on("PATCH "+sessionPath+"/{id}", echoKey)
	known := invitedRow
	known.Outcome.VendorSessionID = "1"
	id, err := i.open().SaveRow(t.Context(), known)
	require.NoError(t, err)
	assert.Equal(t, rowID, id)
}

func TestUniqueCollisionIsReadAgain(t *testing.T) {
	i := newInstance(t)
	var there []map[string]any
	i.on("GET "+sessionPath, func(w http.ResponseWriter, r *http.Request) { rows(there...)(w, r) })
	i.on("POST "+sessionPath, func(w http.ResponseWriter, _ *http.Request) {
		there = []map[string]any{{"sys_id": rowID, "session_key": "s-1"}}
		failure(w, 403, "Operation Failed", "Error during insert of x_lfln_lifeline_session (s-1)")
	})
	i.on("PATCH "+sessionPath+"/{id}", echoKey)
	id, err := i.open().SaveRow(t.Context(), invitedRow)
	require.NoError(t, err)
	assert.Equal(t, rowID, id)
}

func TestInsertRefusedWithoutACollisionNeedsAHuman(t *testing.T) {
	i := newInstance(t)
	i.on("GET "+sessionPath, rows())
	i.on("POST "+sessionPath, func(w http.ResponseWriter, _ *http.Request) {
		failure(w, 403, "Operation Failed", "Error during insert of x_lfln_lifeline_session ()")
	})
	_, err := i.open().SaveRow(t.Context(), invitedRow)
	requireCode(t, err, support.Attention, support.CodeRefusedByCRM)
}

func TestTwoRowsWithOneKeyNeedAUniqueIndex(t *testing.T) {
	i := newInstance(t)
	i.on("GET "+sessionPath, rows(map[string]any{"sys_id": rowID, "session_key": "s-1"}, map[string]any{"sys_id": groupID, "session_key": "s-1"}))
	_, err := i.open().SaveRow(t.Context(), invitedRow)
	requireCode(t, err, support.Attention, support.CodeConfiguration)
}

func TestTableWithoutTheKeyColumnIsAConfigurationFault(t *testing.T) {
	i := newInstance(t)
	i.on("GET "+sessionPath, rows())
	i.on("POST "+sessionPath, func(w http.ResponseWriter, _ *http.Request) { result(w, 201, map[string]string{"sys_id": rowID}) })
	_, err := i.open().SaveRow(t.Context(), invitedRow)
	requireCode(t, err, support.Attention, support.CodeConfiguration)
	assert.Contains(t, err.Error(), "session_key")
}

func TestRowIsClosedWithItsLastState(t *testing.T) {
	i := newInstance(t)
	i.on("PATCH "+sessionPath+"/{id}", echoKey)
	require.NoError(t, i.open().CloseRow(t.Context(), rowID, support.Filed))
	assert.Equal(t, map[string]string{"active": "false", "state": "filed"}, i.writes()[0].fields)
}

func storedRow(id string, fields map[string]any) map[string]any {
	stored := map[string]any{
		"sys_id": id, "session_key": "s-1", "vendor": "rescue", "vendor_session_id": "1", "source_table": "incident", "source_id": recordID,
		"state": "filed", "active": "false", "requested_at": "2026-01-01 10:00:00", "sys_updated_on": "2026-01-01 10:30:00",
		"workflow_id": "session/acme-sn/incident/" + recordID, "token": "c:AbCd", "reports": "a,b", "chat": "hi", "reason": "technician",
	}
	for field, value := range fields {
		stored[field] = value
	}
	return stored
}

func TestRowIsReadBack(t *testing.T) {
	i := newInstance(t)
	i.on("GET "+sessionPath, rows(storedRow(groupID, map[string]any{"vendor": "teamviewer"}), storedRow(rowID, nil)))
	c := i.open()
	info, err := c.FindRow(t.Context(), support.Rescue, "1")
	require.NoError(t, err)
	assert.Equal(t, support.RowInfo{
		RowID: rowID, Key: "s-1", Vendor: support.Rescue, VendorSessionID: "1", Record: incidentRef, State: support.Filed, Closed: true,
		RequestedAt: time.Date(2026, 1, 1, 10, 0, 0, 0, time.UTC), Reason: support.ReasonTechnician, Chat: "hi",
		WorkflowID: "session/acme-sn/incident/" + recordID, Token: "c:AbCd", Sources: []string{"a", "b"},
	}, info)
	_, err = c.FindRow(t.Context(), support.Rescue, "2")
	requireCode(t, err, support.Stop, support.CodeNotFound)
}

func TestTokenIsComparedWithItsCase(t *testing.T) {
	i := newInstance(t)
	i.on("GET "+sessionPath, rows(storedRow(groupID, map[string]any{"token": "c:aBcD"}), storedRow(rowID, nil)))
	c := i.open()
	info, err := c.FindRowByToken(t.Context(), "c:AbCd")
	require.NoError(t, err)
	assert.Equal(t, rowID, info.RowID)
	_, err = c.FindRowByToken(t.Context(), "c:ABCD")
	requireCode(t, err, support.Stop, support.CodeNotFound)
}

func TestHistoryHoldsTheRecordsOwnRows(t *testing.T) {
	i := newInstance(t)
	i.on("GET "+sessionPath, rows(storedRow(rowID, nil), storedRow(groupID, map[string]any{"source_id": userID})))
	history, err := i.open().History(t.Context(), incidentRef, 1000)
	require.NoError(t, err)
	require.Len(t, history, 1)
	assert.Equal(t, incidentRef, history[0].Record)
	assert.Equal(t, "200", i.all()[0].query.Get("sysparm_limit"))
	assert.NotContains(t, i.all()[0].query.Get("sysparm_fields"), "chat")
}

func TestReportsAreUpserted(t *testing.T) {
	i := newInstance(t)
	i.on("GET "+reportPath, func(w http.ResponseWriter, r *http.Request) {
		rows(map[string]any{"sys_id": rowID, "report_id": "1"})(w, r) // an ignored query answers the same row for all
	})
	i.on("POST "+reportPath, echo(groupID))
	i.on("PATCH "+reportPath+"/{id}", echoKey)
	reports := []support.Report{{ID: "1", WorkSeconds: 60}, {ID: "2"}}
	require.NoError(t, i.open().SaveReports(t.Context(), "acme-tv", support.Rescue, reports))
	byMethod := map[string]seen{}
	for _, call := range i.writes() {
		byMethod[call.method] = call
	}
	assert.Equal(t, "60", byMethod["PATCH"].fields["work_s"])
	assert.Equal(t, "2", byMethod["POST"].fields["report_id"])
	err := i.open().SaveReports(t.Context(), "acme-tv", support.Rescue, make([]support.Report, 1001))
	requireCode(t, err, support.Stop, support.CodeInvalid)
}

func TestValuesFitTheirColumns(t *testing.T) {
	online := false
	fields := []support.Field{}
	for n := range 2000 {
		fields = append(fields, support.Field{Name: strconv.Itoa(n), Value: strings.Repeat("x", 100)})
	}
	v := sessionValues(support.SessionRow{CustomerOnline: &online, Outcome: support.Outcome{
		Chat: strings.Repeat("ä", 1_000_001), Fields: fields, Reports: strings.Split(strings.Repeat("abcdefghi,", 1000)+"last", ","),
	}})
	assert.Len(t, []rune(v["chat"]), 1_000_000)
	assert.True(t, json.Valid([]byte(v["fields"])))
	assert.LessOrEqual(t, len(v["fields"]), 65_000)
	assert.LessOrEqual(t, len(v["reports"]), 8000)
	assert.True(t, strings.HasSuffix(v["reports"], ",last"))
	assert.Equal(t, "false", v["customer_online"])
}

func TestEveryValueHasAColumn(t *testing.T) {
	online, at := true, time.Unix(1, 0)
	person, customer := support.Technician{ID: "1", SSOID: "1", Name: "1", Email: "1"}, support.Customer{Name: "1", Email: "1"}
	field := []support.Field{{Name: "a", Value: "b"}}
	session := sessionValues(support.SessionRow{
		Key: "1", Vendor: "1", VendorSessionID: "1", Record: incidentRef, RecordNumber: "1", State: "1", Agent: support.Agent{ID: "1"}, Technician: person,
		Customer: customer, Code: "1", CustomerLink: "1", PanelURL: "1", ExpiresAt: at, RequestedAt: at, Token: "1", WorkflowID: "1",
		CustomerOnline: &online, ErrorCode: "1", ErrorMessage: "1",
		Outcome: support.Outcome{
			Reason: "1", StartedAt: at, EndedAt: at, LastActionAt: at, WaitingSeconds: 1, WorkSeconds: 1, ActiveSeconds: 1, Chat: "1",
			Notes: "1", Platform: "1", DeviceID: "1", Fields: field, Reports: []string{"1"},
		},
	})
	session["active"] = "true"
	report := reportValues("1", "1", support.Report{
		ID: "1", VendorSessionID: "1", Token: "1", Record: incidentRef, Technician: person, Customer: customer, DeviceID: "1", DeviceName: "1",
		StartedAt: at, EndedAt: at, WaitingSeconds: 1, WorkSeconds: 1, ActiveSeconds: 1, Description: "1", Notes: "1", Reason: "1", Fields: field,
	})
	for name, each := range map[string]struct {
		values  values
		columns []Column
	}{"session": {session, Columns}, "report": {report, ReportColumns}} {
		written := []string{}
		for column := range each.values {
			written = append(written, column)
		}
		assert.ElementsMatch(t, names(each.columns), written, name)
	}
	for _, column := range append(append([]Column{}, Columns...), ReportColumns...) {
		assert.NotEmpty(t, column.Meaning, column.Name)
		assert.Equal(t, column.Type == TypeString || column.Type == TypeReference, column.Length > 0, column.Name)
	}
}
