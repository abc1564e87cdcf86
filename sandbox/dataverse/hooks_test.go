package dataverse_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/sandbox/dataverse"
)

// delivery is one webhook request as it arrived.
type delivery struct {
	header http.Header
	query  url.Values
	body   string
}

// receiver answers each delivery with the next status; the last one is repeated.
type receiver struct {
	*httptest.Server
	got chan delivery
}

func listen(t *testing.T, statuses ...int) *receiver {
	t.Helper()
	r := &receiver{got: make(chan delivery, 20)}
	n := 0
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		r.got <- delivery{req.Header, req.URL.Query(), string(body)}
		if len(statuses) > 0 {
			w.WriteHeader(statuses[min(n, len(statuses)-1)])
			n++
		}
	}))
	t.Cleanup(r.Close)
	return r
}

const settings = `<settings><setting name="X-Lifeline-Key" value="k1" /><setting name="X-More" value="m" /></settings>`

// register does over the API what an administrator's command does (reference 1.3).
func (w *world) register(address string, endpoint, step object) string {
	w.t.Helper()
	body := object{"name": "Lifeline connector", "contract": 8, "connectionmode": 1, "messageformat": 2, "url": address, "authtype": 5, "authvalue": settings}
	for name, value := range endpoint {
		body[name] = value
	}
	endpointID := w.post("serviceendpoints", body, returnRow).Is(201).JSON()["serviceendpointid"].(string)
	message := w.filter("sdkmessages", "name eq 'Create'").Is(200).Column("sdkmessageid")[0].(string)
	filter := w.filter("sdkmessagefilters", "primaryobjecttypecode eq 'lifeline_session' and _sdkmessageid_value eq "+message).Is(200).Column("sdkmessagefilterid")[0].(string)
	body = object{"name": "Lifeline: Create of lifeline_session", "mode": 1, "stage": 40, "rank": 1, "supporteddeployment": 0, "invocationsource": 0,
		"asyncautodelete": false, "eventhandler_serviceendpoint@odata.bind": "/serviceendpoints(" + endpointID + ")",
		"sdkmessageid@odata.bind": "/sdkmessages(" + message + ")", "sdkmessagefilterid@odata.bind": "/sdkmessagefilters(" + filter + ")"}
	for name, value := range step {
		body[name] = value
	}
	return w.post("sdkmessageprocessingsteps", body, returnRow).Is(201).JSON()["sdkmessageprocessingstepid"].(string)
}

func (w *world) pressButton() string {
	w.t.Helper()
	made := w.as(dataverse.DemoDana).post("lifeline_sessions", object{"lifeline_name": "Session for CAS-01042", "lifeline_incidentid@odata.bind": "/" + caseAddress}, returnRow)
	return made.Is(201).JSON()["lifeline_sessionid"].(string)
}

// jobEnds waits until one system job has the status reason.
func (w *world) jobEnds(status string) dataverse.Row {
	w.t.Helper()
	var jobs []dataverse.Row
	w.waitFor(func() bool { jobs, _ = w.sim.List("asyncoperation", "statuscode eq "+status); return len(jobs) > 0 })
	return jobs[0]
}

func TestCreatedRowIsAnnounced(t *testing.T) {
	w, r := open(t), listen(t)
	step := w.register(r.URL, nil, nil)
	id := w.pressButton()
	got := <-r.got
	assert.Equal(t, "k1", got.header.Get("X-Lifeline-Key"))
	assert.Equal(t, "m", got.header.Get("X-More"))
	assert.Equal(t, "lifeline_session", got.header.Get("x-ms-dynamics-entity-name"))
	assert.Equal(t, "Create", got.header.Get("x-ms-dynamics-request-name"))
	assert.NotEmpty(t, got.header.Get("x-ms-dynamics-organization"))
	assert.NotEmpty(t, got.header.Get("x-ms-correlation-request-id"))
	assert.Empty(t, got.header.Get("x-ms-dynamics-msg-size-exceeded"))

	var body map[string]any
	require.NoError(t, json.Unmarshal([]byte(got.body), &body))
	assert.Equal(t, id, body["PrimaryEntityId"])
	assert.Equal(t, "lifeline_session", body["PrimaryEntityName"])
	assert.Equal(t, dataverse.DemoDana, body["InitiatingUserId"])
	assert.Equal(t, w.get("WhoAmI").JSON()["OrganizationId"], body["OrganizationId"])
	assert.Equal(t, step, body["OwningExtension"].(object)["Id"])
	assert.Regexp(t, `"OperationCreatedOn":"\\/Date\(\d+\)\\/"`, got.body)
	assert.Contains(t, got.body, `{"key":"statuscode","value":{"__type":"OptionSetValue:http:\/\/schemas.microsoft.com\/xrm\/2011\/Contracts","Value":1}}`)
	assert.Contains(t, got.body, `"LogicalName":"incident"`)
	assert.Contains(t, got.body, `"PostEntityImages":[{"key":"AsynchronousStepPrimaryName"`)

	job := w.jobEnds("30")
	assert.Equal(t, step, job.Text("_owningextensionid_value"))
	assert.Equal(t, 3, job.Int("statecode"))
	assert.Equal(t, body["OperationId"], job.Text("asyncoperationid"))
}

func TestOtherAuthenticationTypes(t *testing.T) {
	w, r := open(t), listen(t)
	w.register(r.URL+"/hook?a=b", object{"authtype": 4, "authvalue": "the key"}, nil)
	w.pressButton()
	assert.Equal(t, url.Values{"a": {"b"}, "code": {"the key"}}, (<-r.got).query)

	w, r = open(t), listen(t)
	w.register(r.URL, object{"authtype": 6}, nil)
	w.pressButton()
	assert.Equal(t, url.Values{"X-Lifeline-Key": {"k1"}, "X-More": {"m"}}, (<-r.got).query)
}

func TestTheSecretOfAnEndpointCannotBeRead(t *testing.T) {
	w, r := open(t), listen(t)
	w.register(r.URL, nil, nil)
	shown := w.get("serviceendpoints").Is(200)
	assert.NotContains(t, shown.Text, "X-Lifeline-Key")
	assert.NotContains(t, shown.Text, "authvalue\"")
	assert.Equal(t, []any{true}, shown.Column("isauthvalueset"))
	w.get("serviceendpoints?$select=authvalue").Refused(400, "0x0")
}

func TestOneRetryAndOnlyForGatewayErrors(t *testing.T) {
	for _, c := range []struct {
		name     string
		statuses []int
		tries    int
		job      string
	}{
		{"502 then success", []int{502, 202}, 2, "30"},
		{"503 twice", []int{503}, 2, "31"},
		{"504 then refused", []int{504, 400}, 2, "31"},
		{"500", []int{500}, 1, "31"},
		{"401", []int{401}, 1, "31"},
		{"redirect", []int{302}, 1, "31"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, r := open(t), listen(t, c.statuses...)
			w.register(r.URL, nil, nil)
			w.pressButton()
			job := w.jobEnds(c.job)
			assert.Len(t, r.got, c.tries)
			if c.job == "31" {
				assert.Contains(t, job.Text("message"), "status")
			}
		})
	}
}

func TestASilentEndpointTimesOutAndAMissingOneFails(t *testing.T) {
	w := open(t, func(o *dataverse.Options) { o.HookTimeout = 20 * time.Millisecond })
	silent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	}))
	t.Cleanup(silent.Close)
	w.register(silent.URL, nil, nil)
	w.pressButton()
	assert.Contains(t, w.jobEnds("31").Text("message"), "did not answer within")
}

func TestJobsThatSucceededGoWhenTheStepSaysSo(t *testing.T) {
	w, r := open(t), listen(t)
	w.register(r.URL, nil, object{"asyncautodelete": true})
	w.pressButton()
	<-r.got
	w.waitFor(func() bool { jobs, _ := w.sim.List("asyncoperation", ""); return len(jobs) == 0 })
}

func TestDisabledStepsAndOtherTablesAreQuiet(t *testing.T) {
	w, r := open(t), listen(t)
	step := w.register(r.URL, nil, nil)
	w.patch(caseAddress, object{"description": "x"}).Is(204)
	w.post("contacts", object{"lastname": "x"}).Is(204)
	w.patch("sdkmessageprocessingsteps("+step+")", object{"statecode": 1, "statuscode": 2}).Is(204)
	w.pressButton()
	assert.Empty(t, w.rows("asyncoperation", ""))
}

func TestLargePayloadsLoseTheirParameters(t *testing.T) {
	w, r := open(t), listen(t)
	w.register(r.URL, nil, nil)
	_, err := w.sim.Create("lifeline_session", object{"lifeline_chatlog": strings.Repeat("x", 300<<10)})
	require.NoError(t, err)
	large := <-r.got
	w.sim.StripWebhooks(true)
	w.pressButton()
	for _, got := range []delivery{large, <-r.got} {
		assert.Equal(t, "true", got.header.Get("x-ms-dynamics-msg-size-exceeded"))
		assert.Contains(t, got.body, `"InputParameters":null`)
		assert.Contains(t, got.body, `"PrimaryEntityId":"`)
	}
}

func TestDeliveriesCanBeDroppedDoubledAndDelayed(t *testing.T) {
	w, r := open(t), listen(t)
	w.register(r.URL, nil, nil)
	w.sim.DropWebhooks(1)
	w.pressButton()
	assert.Len(t, w.rows("asyncoperation", "statuscode eq 0"), 1, "the lost one waits forever")

	w.sim.DuplicateWebhooks(true)
	w.pressButton()
	assert.Equal(t, (<-r.got).body, (<-r.got).body)
	w.sim.DuplicateWebhooks(false)

	w.sim.DelayWebhooks()
	w.pressButton()
	assert.Equal(t, 1, w.sim.HeldWebhooks())
	assert.Empty(t, r.got)
	w.sim.ReleaseWebhooks()
	<-r.got
}

func TestSynchronousStepIsAskedBeforeTheRowExists(t *testing.T) {
	w := open(t)
	seen, patched := make(chan bool, 1), make(chan int, 1)
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var body struct{ PrimaryEntityId string }
		_ = json.NewDecoder(r.Body).Decode(&body)
		_, exists := w.sim.Get("lifeline_session", body.PrimaryEntityId)
		seen <- exists
		go func() { // a write on the row blocks until the user's transaction has ended
			done, err := w.try(http.MethodPatch, "lifeline_sessions("+body.PrimaryEntityId+")", object{"lifeline_pin": "123456"}, "If-Match: *")
			if err == nil {
				patched <- done.Status
			}
		}()
	}))
	t.Cleanup(hook.Close)
	w.register(hook.URL, nil, object{"mode": 0})
	id := w.pressButton()
	assert.False(t, <-seen)
	assert.Equal(t, 204, <-patched)
	assert.Equal(t, "123456", w.row("lifeline_session", id).Text("lifeline_pin"))
	assert.Empty(t, w.rows("asyncoperation", ""))
}

func TestSynchronousStepThatFailsRefusesTheUsersSave(t *testing.T) {
	w, r := open(t), listen(t, 500)
	w.register(r.URL, nil, object{"mode": 0})
	w.post("lifeline_sessions", object{"lifeline_name": "x"}).Refused(400, "0x80040265")
	assert.Empty(t, w.rows("lifeline_session", ""))
}

// newHook serves an endpoint that does something before it answers 200.
func newHook(t *testing.T, do func()) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { do() }))
	t.Cleanup(server.Close)
	return server.URL
}
