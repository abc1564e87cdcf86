package servicenow

import (
	"bytes"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/support"
)

func TestRecordIsReadWithCustomerAndOwnerInOneRequest(t *testing.T) {
	i := newInstance(t)
	i.on("GET /api/now/table/incident/{id}", answerIncident(map[string]any{
		"assigned_to": userID, "assigned_to.name": "Dana Fox", "assigned_to.email": "dana@example.org", "assigned_to.user_name": "dana",
	}))
	record, err := i.open().ReadRecord(t.Context(), incidentRef)
	require.NoError(t, err)
	assert.Equal(t, support.Record{
		Ref: incidentRef, Number: "INC0010001", Title: "Printer",
		Owner:    support.Agent{ID: userID, Name: "Dana Fox", UserName: "dana", Email: "dana@example.org"},
		Customer: support.Customer{ID: userID, Name: "Kim Berg", Email: "kim@example.org"},
	}, record)
	require.Len(t, i.all(), 1)
	assert.Equal(t, "true", i.all()[0].query.Get("sysparm_exclude_reference_link"))
}

func TestConfiguredCustomerFieldMayBeDotWalked(t *testing.T) {
	i := newInstance(t)
	i.on("GET /api/now/table/incident/{id}", answerIncident(map[string]any{
		"parent.u_for": groupID, "parent.u_for.name": "Ana", "parent.u_for.email": "ana@example.org",
	}))
	c := i.open(func(cfg *Config) { cfg.CallerField = "parent.u_for" })
	record, err := c.ReadRecord(t.Context(), incidentRef)
	require.NoError(t, err)
	assert.Equal(t, support.Customer{ID: groupID, Name: "Ana", Email: "ana@example.org"}, record.Customer)
}

func TestMissingCustomerFieldFallsBackWithOneLogLine(t *testing.T) {
	i := newInstance(t)
	i.on("GET /api/now/table/incident/{id}", answerIncident(nil))
	c := i.open(func(cfg *Config) { cfg.CallerField = "u_missing" })
	logged := &bytes.Buffer{}
	c.log = slog.New(slog.NewTextHandler(logged, nil))
	for range 2 {
		record, err := c.ReadRecord(t.Context(), incidentRef)
		require.NoError(t, err)
		assert.Equal(t, "kim@example.org", record.Customer.Email)
	}
	assert.Equal(t, 1, strings.Count(logged.String(), "u_missing"))
}

func TestEmptyCustomerFieldIsBelieved(t *testing.T) {
	i := newInstance(t)
	i.on("GET /api/now/table/incident/{id}", answerIncident(map[string]any{"u_for": ""}))
	record, err := i.open(func(cfg *Config) { cfg.CallerField = "u_for" }).ReadRecord(t.Context(), incidentRef)
	require.NoError(t, err)
	assert.Empty(t, record.Customer)
}

func TestConsumerOfACaseIsItsCustomer(t *testing.T) {
	i := newInstance(t)
	i.on("GET /api/now/table/sn_customerservice_case/{id}", func(w http.ResponseWriter, _ *http.Request) {
		result(w, 200, map[string]any{
			"sys_id": recordID, "number": "CS0000001", "state": "10", "active": "true", "contact": "",
			"consumer": map[string]string{"link": "https://elsewhere.example.com", "value": groupID}, "consumer.name": "Lu", "consumer.email": "lu@example.org",
		})
	})
	c := i.open(func(cfg *Config) { cfg.ContactField = "consumer" })
	contacts, err := c.Contacts(t.Context(), support.RecordRef{Type: caseTable, ID: recordID})
	require.NoError(t, err)
	assert.Equal(t, []support.Customer{{ID: groupID, Name: "Lu", Email: "lu@example.org"}}, contacts)
}

func TestRecordsAreClosedByTheStatesOfTheirTable(t *testing.T) {
	c := newInstance(t).open()
	for table, states := range map[string]map[string]bool{
		incidentTable:    {"1": false, "2": false, "3": false, "6": true, "7": true, "8": true},
		caseTable:        {"1": false, "10": false, "18": false, "6": true, "3": true},
		interactionTable: {"new": false, "work_in_progress": false, "closed_complete": true, "closed_abandoned": true},
	} {
		kind, err := c.ticketOf(table)
		require.NoError(t, err)
		for state, closed := range states {
			assert.Equal(t, closed, kind.closed(row{"state": cell(state), "active": "true"}), "%s %s", table, state)
		}
		assert.True(t, kind.closed(row{"state": "1", "active": "false"}), table)
	}
}

func TestForeignReferencesAreRefusedBeforeAnyCall(t *testing.T) {
	i := newInstance(t)
	c := i.open()
	for _, ref := range []support.RecordRef{
		{Type: "sys_user", ID: recordID}, {Type: incidentTable, ID: "../sys_user"}, {Type: incidentTable},
	} {
		_, err := c.ReadRecord(t.Context(), ref)
		requireCode(t, err, support.Stop, support.CodeInvalid)
	}
	requireCode(t, c.CloseRow(t.Context(), "", support.Filed), support.Stop, support.CodeInvalid)
	assert.Empty(t, i.all())
}

func TestAnswerAboutAnotherRowIsNotBelieved(t *testing.T) {
	i := newInstance(t)
	i.on("GET /api/now/table/incident/{id}", answerIncident(map[string]any{"sys_id": groupID}))
	_, err := i.open().ReadRecord(t.Context(), incidentRef)
	requireCode(t, err, support.Retry, support.CodeProtocol)
}

func TestRecordIsFoundByNumberAmongIncidentsThenCases(t *testing.T) {
	i := newInstance(t)
	i.on("GET /api/now/table/incident", rows(incident(map[string]any{"number": "INC0099999"}), incident(nil)))
	i.on("GET /api/now/table/sn_customerservice_case", rows(incident(map[string]any{"sys_id": groupID, "number": "CS0000001"})))
	c := i.open()
	record, err := c.FindRecord(t.Context(), "acme-sn", "inc0010001")
	require.NoError(t, err)
	assert.Equal(t, incidentRef, record.Ref, "the row that carries the number, not the first one")

	record, err = c.FindRecord(t.Context(), "acme-sn", "CS0000001")
	require.NoError(t, err)
	assert.Equal(t, support.RecordRef{Connection: "acme-sn", Type: caseTable, ID: groupID}, record.Ref)

	_, err = c.FindRecord(t.Context(), "acme-sn", "INC0000000")
	requireCode(t, err, support.Stop, support.CodeNotFound)
}

func TestInstanceWithoutCasesStillFindsNothing(t *testing.T) {
	i := newInstance(t)
	i.on("GET /api/now/table/incident", rows())
	i.on("GET /api/now/table/sn_customerservice_case", func(w http.ResponseWriter, _ *http.Request) {
		failure(w, 400, "Invalid table sn_customerservice_case", "")
	})
	_, err := i.open().FindRecord(t.Context(), "acme-sn", "INC0000000")
	requireCode(t, err, support.Stop, support.CodeNotFound)
}
