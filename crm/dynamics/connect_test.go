package dynamics

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/support"
)

const (
	hookURL    = "https://lifeline.example.com/hooks/dynamics/acme-d365"
	endpointID = "e9d0a000-0000-4000-8000-00000000000b"
	messageID  = "35a6a000-0000-4000-8000-00000000000c"
	stepID     = "57e9a000-0000-4000-8000-00000000000d"
)

func attributesRoute(table string) string {
	return "GET EntityDefinitions(LogicalName='" + table + "')/Attributes"
}

// emptyEnvironment is one in which nothing of Lifeline exists and everything may be created.
func emptyEnvironment(t *testing.T) *environment {
	e := newEnvironment(t)
	for _, table := range Tables {
		name := "lifeline_" + table.Name
		definition := "EntityDefinitions(LogicalName='" + name + "')"
		e.on(attributesRoute(name), refusal(404, "0x80060888", "")).on("GET "+definition+"/Keys", rows()).
			on("POST "+definition+"/Attributes", done()).on("POST "+definition+"/Keys", done())
	}
	return e.on("POST EntityDefinitions", done()).on("POST RelationshipDefinitions", done()).on("POST PublishAllXml", done()).
		on("GET EntityDefinitions(LogicalName='lifeline_session')/Attributes(LogicalName='statuscode')/Microsoft.Dynamics.CRM.StatusAttributeMetadata",
			ok(`{"OptionSet":{"Options":[{"Value":1,"Label":{"UserLocalizedLabel":{"Label":"Active"}}},{"Value":2,"Label":{"UserLocalizedLabel":null}}]}}`)).
		on("POST InsertStatusValue", ok(`{"NewOptionValue":1}`)).on("POST UpdateOptionValue", done()).
		on("GET serviceendpoints", rows()).on("POST serviceendpoints", done()).
		on("GET sdkmessages", rows(`{"sdkmessageid":"`+messageID+`"}`)).
		on("GET sdkmessagefilters", rows(`{"sdkmessagefilterid":"`+otherID+`"}`)).
		on("GET sdkmessageprocessingsteps", rows()).on("POST sdkmessageprocessingsteps", done())
}

// finishedEnvironment is one in which an earlier connect did all its work.
func finishedEnvironment(t *testing.T) *environment {
	e := newEnvironment(t)
	c := e.crm()
	for _, table := range Tables {
		var columns []string
		for _, column := range table.Columns {
			columns = append(columns, `{"LogicalName":"`+c.names.of(column.Name)+`"}`)
		}
		e.on(attributesRoute(c.names.of(table.Name)), rows(columns...)).
			on("GET EntityDefinitions(LogicalName='"+c.names.of(table.Name)+"')/Keys", rows(`{"KeyAttributes":["`+c.names.of(table.Key)+`"],"EntityKeyIndexStatus":"Active"}`))
	}
	var options []string
	for _, status := range Sessions.Statuses {
		options = append(options, fmt.Sprintf(`{"Value":%d,"Label":{"UserLocalizedLabel":{"Label":%q}}}`, c.names.status(status), status.Label))
	}
	return e.on("GET EntityDefinitions(LogicalName='lifeline_session')/Attributes(LogicalName='statuscode')/Microsoft.Dynamics.CRM.StatusAttributeMetadata",
		ok(`{"OptionSet":{"Options":[`+strings.Join(options, ",")+`]}}`)).
		on("GET serviceendpoints", rows(`{"serviceendpointid":"`+endpointID+`","url":"`+hookURL+`"}`)).on("PATCH serviceendpoints("+endpointID+")", done()).
		on("GET sdkmessageprocessingsteps", rows(`{"sdkmessageprocessingstepid":"`+stepID+`","statecode":0}`)).on("PATCH sdkmessageprocessingsteps("+stepID+")", done())
}

func TestConnectCreatesEverythingInAnEmptyEnvironment(t *testing.T) {
	e := emptyEnvironment(t)
	findings, err := e.crm(func(c *Config) { c.RecordTypes = []string{"incident"} }).Connect(t.Context(), hookURL, "a<b&\"c-secret")
	require.NoError(t, err)
	require.NotEmpty(t, findings)
	assert.Len(t, e.sent("POST EntityDefinitions"), len(Tables))
	assert.Len(t, e.sent("POST InsertStatusValue"), 6)
	assert.Len(t, e.sent("POST UpdateOptionValue"), 2)
	assert.Len(t, e.sent("POST PublishAllXml"), 1)

	relationships := e.sent("POST RelationshipDefinitions")
	require.Len(t, relationships, 3, "agent and case of the session, user of the setting; no lookup to what is not installed")
	assert.Equal(t, "lifeline_incidentid", relationships[1].body["ReferencingEntityNavigationPropertyName"])

	endpoint := e.only("POST serviceendpoints").body
	assert.Equal(t, `<settings><setting name="X-Lifeline-Key" value="a&lt;b&amp;&#34;c-secret" /></settings>`, endpoint["authvalue"])
	assert.EqualValues(t, 8, endpoint["contract"])
	assert.EqualValues(t, 5, endpoint["authtype"])
	step := e.only("POST sdkmessageprocessingsteps").body
	assert.EqualValues(t, 1, step["mode"], "asynchronous")
	assert.EqualValues(t, 40, step["stage"])
	assert.Equal(t, "/serviceendpoints("+endpoint["serviceendpointid"].(string)+")", step["eventhandler_serviceendpoint@odata.bind"])
}

func TestConnectLeavesWhatExistsAloneAndRotatesTheSecret(t *testing.T) {
	e := finishedEnvironment(t)
	findings, err := e.crm().Connect(t.Context(), hookURL, "the-next-secret")
	require.NoError(t, err)
	for _, call := range e.calls {
		assert.NotEqual(t, "POST", call.method, call.path)
	}
	renewed := e.only("PATCH serviceendpoints(" + endpointID + ")").body
	assert.Contains(t, renewed["authvalue"], "the-next-secret")
	assert.Equal(t, "Lifeline connector (lifeline)", renewed["name"], "by which doctor finds one that was made by hand")
	for _, finding := range findings {
		assert.Equal(t, support.OK, finding.Level, finding.Text)
		assert.NotContains(t, fmt.Sprint(finding), "the-next-secret")
	}
}

func TestConnectPublishesWhatAnEarlierOneThatBrokeOffCreated(t *testing.T) {
	e := finishedEnvironment(t).on("GET sdkmessageprocessingsteps", rows()).on("POST sdkmessageprocessingsteps", done()).
		on("GET sdkmessages", rows(`{"sdkmessageid":"`+messageID+`"}`)).on("GET sdkmessagefilters", rows(`{"sdkmessagefilterid":"`+otherID+`"}`)).
		on("POST PublishAllXml", done())
	_, err := e.crm().Connect(t.Context(), hookURL, "a-secret")
	require.NoError(t, err)
	assert.Len(t, e.sent("POST PublishAllXml"), 1)
}

func TestConnectNeverRepeatsTheSecretInAFailure(t *testing.T) {
	e := finishedEnvironment(t).on("PATCH serviceendpoints("+endpointID+")", refusal(400, "0x80040203", "bad value the-next-secret"))
	findings, err := e.crm().Connect(t.Context(), hookURL, "the-next-secret")
	requireFailure(t, err, support.Attention, support.CodeMapping)
	assert.NotContains(t, fmt.Sprintf("%v %v", err, findings), "the-next-secret")
}

func TestConnectStopsAtTheFirstFailureAndSaysWhere(t *testing.T) {
	e := emptyEnvironment(t).on("POST EntityDefinitions", refusal(403, "0x80040220", "missing prvCreateEntity privilege"))
	findings, err := e.crm().Connect(t.Context(), hookURL, "a-secret")
	failure := requireFailure(t, err, support.Attention, support.CodePermission)
	assert.Contains(t, failure.Message, "prvCreateEntity")
	last := findings[len(findings)-1]
	assert.Equal(t, support.Fault, last.Level)
	assert.Equal(t, "table lifeline_session", last.Subject)
	_, err = e.crm().Connect(t.Context(), "not an address", "a-secret")
	requireFailure(t, err, support.Stop, support.CodeInvalid)
}
