package servicenow

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/support"
)

var consoleRecord = support.NewRecord{
	Connection: "acme-sn", Type: incidentTable, Correlation: "rescue:1080000123", Title: "Remote session",
	Customer: support.Customer{Email: "Kim@example.org"}, Assignee: support.Agent{ID: userID},
}

func TestRecordIsCreatedWithItsCorrelation(t *testing.T) {
	i := newInstance(t)
	i.on("GET /api/now/table/incident", rows(map[string]any{"sys_id": groupID, "correlation_id": "rescue:other"}))
	i.on("GET /api/now/table/sys_user", rows(map[string]any{"sys_id": userID, "email": "kim@example.org"}))
	i.on("POST /api/now/table/incident", echo(recordID))
	i.on("GET "+incidentPath, answerIncident(nil))
	c := i.open(func(cfg *Config) {
		cfg.InsertFields, cfg.ContactType = map[string]string{"category": "software"}, "phone"
	})
	record, err := c.CreateRecord(t.Context(), consoleRecord)
	require.NoError(t, err)
	assert.Equal(t, incidentRef, record.Ref)
	assert.Equal(t, map[string]string{
		"short_description": "Remote session", "caller_id": userID, "assigned_to": userID, "correlation_id": "rescue:1080000123",
		"correlation_display": "Lifeline", "category": "software", "contact_type": "phone",
	}, i.writes()[0].fields)
}

func TestRecordThatExistsIsNotCreatedAgain(t *testing.T) {
	i := newInstance(t)
	i.on("GET /api/now/table/incident", rows(map[string]any{"sys_id": recordID, "correlation_id": "rescue:1080000123"}))
	i.on("GET "+incidentPath, answerIncident(nil))
	record, err := i.open().CreateRecord(t.Context(), consoleRecord)
	require.NoError(t, err)
	assert.Equal(t, "INC0010001", record.Number)
	assert.Empty(t, i.writes())
}

func TestRecordCommittedBehindAFailureIsFound(t *testing.T) {
	i := newInstance(t)
	var there []map[string]any
	i.on("GET /api/now/table/incident", func(w http.ResponseWriter, r *http.Request) { rows(there...)(w, r) })
	i.on("GET /api/now/table/sys_user", rows())
	i.on("POST /api/now/table/incident", func(w http.ResponseWriter, _ *http.Request) {
		there = []map[string]any{{"sys_id": recordID, "correlation_id": "rescue:1080000123"}}
		failure(w, 500, "Transaction cancelled: maximum execution time exceeded", "Check logs for error trace.")
	})
	i.on("GET "+incidentPath, answerIncident(nil))
	record, err := i.open().CreateRecord(t.Context(), consoleRecord)
	require.NoError(t, err)
	assert.Equal(t, recordID, record.Ref.ID)
	assert.Len(t, i.writes(), 1)
}

func TestTableWithoutCorrelationIsRefusedBeforeCreating(t *testing.T) {
	i := newInstance(t)
	i.on("GET /api/now/table/interaction", rows(map[string]any{"sys_id": groupID}))
	other := consoleRecord
	other.Type = interactionTable
	_, err := i.open().CreateRecord(t.Context(), other)
	requireCode(t, err, support.Attention, support.CodeConfiguration)
	assert.Empty(t, i.writes())
}

func TestAgentIsFoundByEmailWithoutGuessing(t *testing.T) {
	dana := map[string]any{"sys_id": userID, "email": "Dana@example.org", "name": "Dana Fox", "user_name": "dana"}
	twin := map[string]any{"sys_id": groupID, "email": "dana@example.org", "name": "Dana Two", "user_name": "dana2"}
	stranger := map[string]any{"sys_id": groupID, "email": "other@example.org"}
	for name, each := range map[string]struct {
		rows []map[string]any
		want support.Agent
	}{
		"one":                          {[]map[string]any{dana}, support.Agent{ID: userID, Name: "Dana Fox", UserName: "dana", Email: "Dana@example.org"}},
		"none":                         {nil, support.Agent{}},
		"two":                          {[]map[string]any{dana, twin}, support.Agent{}},
		"rows of an ignored query":     {[]map[string]any{stranger, stranger}, support.Agent{}},
		"one among rows not asked for": {[]map[string]any{stranger, dana}, support.Agent{ID: userID, Name: "Dana Fox", UserName: "dana", Email: "Dana@example.org"}},
	} {
		t.Run(name, func(t *testing.T) {
			i := newInstance(t)
			i.on("GET /api/now/table/sys_user", rows(each.rows...))
			agent, err := i.open().AgentOf(t.Context(), support.Technician{SSOID: "dana@example.org", Email: "dana@example.org"})
			require.NoError(t, err)
			assert.Equal(t, each.want, agent)
			assert.Equal(t, "email=dana@example.org^active=true", i.all()[0].query.Get("sysparm_query"))
			assert.Equal(t, "2", i.all()[0].query.Get("sysparm_limit"))
		})
	}
}

func TestTechnicianWithAQueryForANameIsNobody(t *testing.T) {
	i := newInstance(t)
	agent, err := i.open().AgentOf(t.Context(), support.Technician{SSOID: "x^ORactive=true", Email: ""})
	require.NoError(t, err)
	assert.Empty(t, agent)
	assert.Empty(t, i.all())
}

func TestTechnicianOfAnAgentIsTheirEmail(t *testing.T) {
	i := newInstance(t)
	i.on("GET /api/now/table/sys_user/{id}", func(w http.ResponseWriter, _ *http.Request) {
		result(w, 200, map[string]string{"sys_id": userID, "email": "dana@example.org", "name": "Dana Fox", "user_name": "dana"})
	})
	technician, err := i.open().TechnicianOf(t.Context(), support.Agent{ID: userID})
	require.NoError(t, err)
	assert.Equal(t, support.Technician{SSOID: "dana@example.org", Name: "Dana Fox", Email: "dana@example.org"}, technician)
}

func TestAgentWithoutEmailHasNoTechnician(t *testing.T) {
	i := newInstance(t)
	i.on("GET /api/now/table/sys_user/{id}", func(w http.ResponseWriter, _ *http.Request) {
		result(w, 200, map[string]string{"sys_id": userID, "email": ""})
	})
	_, err := i.open().TechnicianOf(t.Context(), support.Agent{ID: userID})
	requireCode(t, err, support.Stop, support.CodeNoTechnician)
}

func TestAgentsAreThePeopleWhoHoldTheRole(t *testing.T) {
	i := newInstance(t)
	holder := map[string]any{"sys_id": rowID, "role.name": "itil", "user": userID, "user.name": "Dana Fox", "user.user_name": "dana", "user.email": "dana@example.org"}
	machine := map[string]any{"sys_id": rowID, "role.name": "itil", "user": groupID, "user.user_name": "lifeline.service", "user.web_service_access_only": "true"}
	i.on("GET /api/now/table/sys_user_has_role", rows(holder, holder, machine))
	agents, err := i.open().Agents(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []support.Agent{{ID: userID, Name: "Dana Fox", UserName: "dana", Email: "dana@example.org"}}, agents)
}

func TestAgentsAreNotGuessedWhereRolesAreHidden(t *testing.T) {
	for name, hidden := range map[string]http.HandlerFunc{
		"refused": func(w http.ResponseWriter, _ *http.Request) { failure(w, 403, "User Not Authorized", "") }, "empty": rows(),
	} {
		t.Run(name, func(t *testing.T) {
			i := newInstance(t)
			i.on("GET /api/now/table/sys_user_has_role", hidden)
			_, err := i.open().Agents(t.Context())
			requireCode(t, err, support.Attention, support.CodePermission)
			assert.Contains(t, err.Error(), "who has the role itil cannot be read; give the service account read on sys_user_has_role")
			assert.Len(t, i.all(), 1, "all users would be customers too")
		})
	}
}

func TestAgentsAreNotLookedForWithoutARole(t *testing.T) {
	i := newInstance(t)
	_, err := i.open(func(cfg *Config) { cfg.AgentRole = "" }).Agents(t.Context())
	requireCode(t, err, support.Attention, support.CodeConfiguration)
	assert.Empty(t, i.all())
}

func TestAnInstanceThatIsAwayHidesNoRoles(t *testing.T) {
	i := newInstance(t)
	i.on("GET /api/now/table/sys_user_has_role", func(w http.ResponseWriter, _ *http.Request) { failure(w, 503, "down", "") })
	_, err := i.open().Agents(t.Context())
	require.Equal(t, support.Retry, support.AsError(err).Kind, "%v", err)
}

func TestMailingsAreLifelinesOwn(t *testing.T) {
	c := newInstance(t).open()
	_, err := c.Templates(t.Context(), incidentRef)
	requireCode(t, err, support.Stop, support.CodeNotSupported)
	_, err = c.Render(t.Context(), incidentRef, "1", support.Customer{}, support.Agent{})
	requireCode(t, err, support.Stop, support.CodeNotSupported)
	_, err = c.SendMail(t.Context(), support.Mailing{})
	requireCode(t, err, support.Stop, support.CodeNotSupported)
	_, err = c.MailStatus(t.Context(), "1")
	requireCode(t, err, support.Stop, support.CodeNotSupported)
	require.NoError(t, c.LearnTechnician(t.Context(), support.Agent{}, support.Technician{}))
	assert.Equal(t, support.ServiceNow, c.Kind())
}
