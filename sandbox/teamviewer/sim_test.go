package teamviewer_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	sim "example.com/lifeline/sandbox/teamviewer"
)

const (
	liToken      = "11223344-li-script-token"
	danaToken    = "11223345-dana-script-token"
	companyToken = "11223346-company-script-token"
	clientID     = "482211-aBcDeF"
	clientSecret = "client-secret-value"
	callback     = "https://connector.example.com/oauth/cb"
)

var start = time.Date(2026, 3, 1, 14, 5, 0, 0, time.UTC)

// bench is a company with two supporters, an administrator, three script tokens and one OAuth app.
type bench struct {
	*testing.T
	*sim.Sim
	url   string
	http  *http.Client // follows no redirects
	token string       // what calls are sent with
}

func newBench(t *testing.T, change ...func(*sim.Options)) *bench {
	t.Helper()
	opts := sim.Options{
		Clock: func() time.Time { return start },
		Users: []sim.User{
			{ID: "u11223344", Name: "Li Wei", Email: "li@example.com", Permissions: []string{"EditConnections"}},
			{ID: "u11223345", Name: "Dana Ruiz", Email: "dana@example.com"},
			{ID: "u11223346", Name: "Max Admin", Email: "max@example.com", Admin: true},
		},
		Tokens: []sim.ScriptToken{
			{Name: "li", Value: liToken, User: "li@example.com"},
			{Name: "dana", Value: danaToken, User: "dana@example.com"},
			{Name: "company", Value: companyToken, User: "max@example.com", Level: sim.CompanyLevel},
		},
		Clients: []sim.Client{{ID: clientID, Secret: clientSecret, Name: "Lifeline", RedirectURI: callback}},
	}
	for _, c := range change {
		c(&opts)
	}
	s := sim.New(opts)
	server := httptest.NewServer(s.Handler())
	t.Cleanup(server.Close)
	client := &http.Client{
		Timeout:       10 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return &bench{t, s, server.URL, client, liToken}
}

// as sends with another token.
func (b *bench) as(token string) *bench {
	other := *b
	other.token = token
	return &other
}

// answered is an answer with its body read.
type answered struct {
	status int
	header http.Header
	body   string
}

// object is the body as a JSON object.
func (a answered) object(t require.TestingT) map[string]any {
	var object map[string]any
	require.NoError(t, json.Unmarshal([]byte(a.body), &object), a.body)
	return object
}

func (a answered) list(t require.TestingT, name string) []map[string]any {
	var objects []map[string]any
	for _, entry := range a.object(t)[name].([]any) {
		objects = append(objects, entry.(map[string]any))
	}
	return objects
}

func (b *bench) send(r *http.Request) (answered, error) {
	response, err := b.http.Do(r)
	if err != nil {
		return answered{}, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return answered{response.StatusCode, response.Header, string(body)}, err
}

func (b *bench) request(method, path, kind, body string) *http.Request {
	b.Helper()
	r, err := http.NewRequest(method, b.url+path, strings.NewReader(body))
	require.NoError(b, err)
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	return r
}

// try calls the API and may get no answer.
func (b *bench) try(method, path, body string) (answered, error) {
	b.Helper()
	r := b.request(method, "/api/v1"+path, "application/json; charset=utf-8", body)
	if b.token != "" {
		r.Header.Set("Authorization", "Bearer "+b.token)
	}
	return b.send(r)
}

// call calls the API.
func (b *bench) call(method, path, body string) answered {
	b.Helper()
	a, err := b.try(method, path, body)
	require.NoError(b, err)
	return a
}

// refused calls the API and expects an error object.
func (b *bench) refused(status int, category, method, path, body string) {
	b.Helper()
	a := b.call(method, path, body)
	require.Equal(b, status, a.status, a.body)
	require.Equal(b, category, a.object(b)["error"], a.body)
}

// create makes a session and returns its code.
func (b *bench) create(body string) string {
	b.Helper()
	a := b.call("POST", "/sessions", body)
	require.Equal(b, 200, a.status, a.body)
	return a.object(b)["code"].(string)
}

// session makes a plain session.
func (b *bench) session() string {
	b.Helper()
	return b.create(`{"groupname":"Dynamics","end_customer":{"name":"Ana Ruiz"},"custom_api":"ref-1"}`)
}

// supported makes a session with one connection by Li that has ended, and returns its code.
func (b *bench) supported() string {
	b.Helper()
	code := b.session()
	require.NoError(b, b.CustomerOnline(code))
	b.connect(code)
	return code
}

// connect is a connection of a minute.
func (b *bench) connect(code string) {
	b.Helper()
	require.NoError(b, b.SupporterConnects(code, "li@example.com", true))
	b.Advance(time.Minute)
	require.NoError(b, b.ConnectionEnds(code))
}

func (b *bench) reports(query string) []map[string]any {
	b.Helper()
	a := b.call("GET", "/reports/connections"+query, "")
	require.Equal(b, 200, a.status, a.body)
	return a.list(b, "records")
}

// form posts a form, as a page's button does.
func (b *bench) form(path string, pairs ...string) answered {
	b.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	a, err := b.send(b.request("POST", path, "application/x-www-form-urlencoded", form.Encode()))
	require.NoError(b, err)
	return a
}

func (b *bench) page(path string) answered {
	b.Helper()
	a, err := b.send(b.request("GET", path, "", ""))
	require.NoError(b, err)
	return a
}

// pathOf is a link without scheme and host.
func pathOf(t require.TestingT, link string) string {
	parsed, err := url.Parse(link)
	require.NoError(t, err)
	return parsed.RequestURI()
}

func TestAwaitWakesAtTheChangeItWaitsFor(t *testing.T) {
	b := newBench(t)
	code := b.session()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	seen := make(chan error, 1)
	go func() {
		seen <- b.Await(ctx, func() bool { x, _ := b.Session(code); return x.Online })
	}()
	require.NoError(t, b.CustomerOnline(code))
	require.NoError(t, <-seen)

	over, stop := context.WithCancel(t.Context())
	stop()
	require.ErrorIs(t, b.Await(over, func() bool { return false }), context.Canceled)
}

func TestChangedIsClosedByARequestThatChangesSomething(t *testing.T) {
	b := newBench(t)
	changed := b.Changed()
	b.call("GET", "/sessions", "")
	select {
	case <-changed:
		t.Fatal("reading is no change")
	default:
	}
	b.session()
	<-changed
}

func TestAReportBecomingVisibleIsAChangeWithoutAdvancingTheClock(t *testing.T) {
	b := newBench(t, func(o *sim.Options) { o.Clock, o.ReportDelay = nil, sim.Delay(10*time.Millisecond) })
	code := b.session()
	require.NoError(t, b.CustomerOnline(code))
	require.NoError(t, b.SupporterConnects(code, "li@example.com", true))
	require.NoError(t, b.ConnectionEnds(code))
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	version := b.Version()
	require.NoError(t, b.Await(ctx, func() bool { return b.Version() > version }))
}

func TestTokensOfUnknownUsersAreAMistake(t *testing.T) {
	require.Panics(t, func() { sim.New(sim.Options{Tokens: []sim.ScriptToken{{Value: "x", User: "nobody@example.com"}}}) })
	b := newBench(t)
	require.ErrorIs(t, b.AddToken(sim.ScriptToken{Value: "x", User: "li@example.com", Level: sim.CompanyLevel}), sim.ErrNotAdministrator)
}

func TestAnswersTellTheSimulatorsTime(t *testing.T) {
	b := newBench(t)
	b.Advance(10 * time.Minute)
	resp, err := b.http.Get(b.url + "/api/v1/ping")
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, start.Add(10*time.Minute).Format(http.TimeFormat), resp.Header.Get("Date"))
}
