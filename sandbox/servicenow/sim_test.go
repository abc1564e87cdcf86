package servicenow

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// start is when the tests' clock begins.
var start = time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)

// bench is a running simulator with a caller that holds a token of the service account.
type bench struct {
	*Sim
	t     *testing.T
	url   string
	token string
	demo  Demo
}

func service() User {
	return User{Name: "Lifeline Service", UserName: "lifeline", Password: "pw", Email: "lifeline@example.com", Machine: true,
		Roles: []string{"itil", "sn_customerservice_agent", "x_lfln_lifeline.user"}}
}

func open(t *testing.T, change ...func(*Options)) *bench {
	t.Helper()
	opts := Options{Now: func() time.Time { return start }, Users: []User{service()},
		Clients: []Client{{ID: "cid", Secret: "s^&<>?t", User: "lifeline"}}}
	for _, f := range change {
		f(&opts)
	}
	sim := New(opts)
	b := &bench{Sim: sim, t: t, demo: sim.Seed()}
	b.serve(t)
	b.token, _ = b.grant("client_credentials", nil)["access_token"].(string)
	return b
}

func (b *bench) serve(t *testing.T) {
	server := httptest.NewServer(b.Handler())
	t.Cleanup(server.Close)
	b.url = server.URL
}

// grant asks for a token and returns the answer, with "status" added.
func (b *bench) grant(kind string, more url.Values) map[string]any {
	b.t.Helper()
	form := url.Values{"grant_type": {kind}, "client_id": {"cid"}, "client_secret": {"s^&<>?t"}}
	for name, values := range more {
		form[name] = values
	}
	response, err := http.PostForm(b.url+"/oauth_token.do", form)
	require.NoError(b.t, err)
	defer response.Body.Close()
	out := map[string]any{}
	require.NoError(b.t, json.NewDecoder(response.Body).Decode(&out))
	out["status"] = response.StatusCode
	return out
}

// answered is what came back.
type answered struct {
	status int
	header http.Header
	body   string
}

func (a answered) row(t *testing.T) map[string]any {
	t.Helper()
	var out struct{ Result map[string]any }
	require.NoError(t, json.Unmarshal([]byte(a.body), &out), a.body)
	return out.Result
}

func (a answered) rows(t *testing.T) []map[string]any {
	t.Helper()
	var out struct{ Result []map[string]any }
	require.NoError(t, json.Unmarshal([]byte(a.body), &out), a.body)
	require.NotNil(t, out.Result)
	return out.Result
}

// request makes an authorised request; body may be nil, a string or something to encode.
func (b *bench) request(method, path string, body any) *http.Request {
	b.t.Helper()
	var reader io.Reader
	if text, ok := body.(string); ok {
		reader = strings.NewReader(text)
	} else if body != nil {
		raw, err := json.Marshal(body)
		require.NoError(b.t, err)
		reader = bytes.NewReader(raw)
	}
	request, err := http.NewRequest(method, b.url+path, reader)
	require.NoError(b.t, err)
	request.Header.Set("Accept", "application/json")
	request.Header.Set("Authorization", "Bearer "+b.token)
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	return request
}

func (b *bench) do(request *http.Request) answered {
	b.t.Helper()
	return b.send(http.DefaultClient, request)
}

func (b *bench) send(client *http.Client, request *http.Request) answered {
	b.t.Helper()
	response, err := client.Do(request)
	require.NoError(b.t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(b.t, err)
	return answered{response.StatusCode, response.Header, string(body)}
}

func (b *bench) call(method, path string, body any) answered {
	b.t.Helper()
	return b.do(b.request(method, path, body))
}

// find lists a table with an encoded query.
func (b *bench) find(table, query string, more ...string) answered {
	b.t.Helper()
	values := url.Values{"sysparm_query": {query}}
	for i := 0; i+1 < len(more); i += 2 {
		values.Set(more[i], more[i+1])
	}
	return b.call("GET", "/api/now/table/"+table+"?"+values.Encode(), nil)
}

func (b *bench) incident() string { return "/api/now/table/incident/" + b.demo.Incidents[0] }

func requireError(t *testing.T, a answered, status int, message, detail string) {
	t.Helper()
	require.Equal(t, status, a.status, a.body)
	want, err := json.Marshal(map[string]any{"status": "failure", "error": map[string]any{"message": message, "detail": nullable(detail)}})
	require.NoError(t, err)
	require.JSONEq(t, string(want), a.body)
}

func nullable(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func TestAwaitReturnsWhenAChangeMakesTheConditionTrue(t *testing.T) {
	b := open(t)
	id := b.demo.Incidents[0]
	var group sync.WaitGroup
	group.Go(func() { b.call("PATCH", b.incident(), Row{"work_notes": "hello"}) })
	require.NoError(t, b.Await(t.Context(), func() bool { return len(b.Journal(id, "work_notes")) == 1 }))
	group.Wait()
}

func TestManyCallersAtOnceLoseNothing(t *testing.T) {
	b := open(t)
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() { b.call("POST", "/api/now/table/incident", Row{"short_description": "parallel"}) })
	}
	group.Wait()
	numbers := map[string]bool{}
	for _, row := range b.List("incident", "short_description=parallel") {
		numbers[row["number"]] = true
	}
	require.Len(t, numbers, 20)
}

func TestAnInstanceThatIsDownDropsEveryConnection(t *testing.T) {
	b := open(t)
	b.Down(true)
	_, err := http.DefaultClient.Do(b.request("GET", b.incident(), nil))
	require.Error(t, err)
	b.Down(false)
	require.Equal(t, 200, b.call("GET", b.incident(), nil).status)
}

func TestAnswersTellTheInstancesTime(t *testing.T) {
	b := open(t)
	b.Advance(10 * time.Minute)
	require.Equal(t, start.Add(10*time.Minute).Format(http.TimeFormat), b.find("incident", "").header.Get("Date"))
}
