package rescue_test

import (
	"context"
	"encoding/xml"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	simrescue "example.com/lifeline/sandbox/rescue"
)

const (
	companyID      = 41200
	masterPassword = "master-secret"
	danaNode       = 25500123
	leeNode        = 25500124
)

var midday = time.Date(2026, 6, 18, 9, 41, 30, 0, time.UTC)

// bench is a simulator with one company, two technicians in different groups, and an administrator.
type bench struct {
	*testing.T
	sim  *simrescue.Sim
	host string
	http *http.Client // with a cookie jar, follows no redirects
}

func newBench(t *testing.T, change ...func(*simrescue.Options)) *bench {
	t.Helper()
	opts := simrescue.Options{Clock: func() time.Time { return midday }}
	for _, c := range change {
		c(&opts)
	}
	sim := simrescue.New(opts)
	t.Cleanup(sim.Close)
	sim.AddCompany(simrescue.Company{ID: companyID, Name: "Example Support", MasterPassword: masterPassword})
	for _, u := range []simrescue.User{
		{ID: danaNode, Name: "Dana Ruiz", Email: "dana@example.org", Password: "dana-secret", SSOID: "dana-sso", Group: "First line", Console: true},
		{ID: leeNode, Name: "Lee Park", Email: "lee@example.org", Password: "lee-secret", SSOID: "lee-sso", Group: "Second line"},
	} {
		_, err := sim.AddTechnician(u)
		require.NoError(t, err)
	}
	_, err := sim.AddAdministrator(simrescue.User{Name: "Max Admin", Email: "max@example.org", Password: "max-secret"})
	require.NoError(t, err)
	server := httptest.NewServer(sim.Handler())
	t.Cleanup(server.Close)
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	client := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return &bench{t, sim, server.URL, client}
}

// post sends a form and returns status, headers and body.
func (b *bench) post(path string, pairs ...string) (*http.Response, string) {
	b.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	resp, err := b.http.PostForm(b.host+path, form)
	require.NoError(b, err)
	return resp, read(b, resp)
}

func (b *bench) get(path string) (*http.Response, string) {
	b.Helper()
	resp, err := b.http.Get(b.host + path)
	require.NoError(b, err)
	return resp, read(b, resp)
}

func read(t require.TestingT, resp *http.Response) string {
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return string(body)
}

// call calls a plain method and returns the body.
func (b *bench) call(method string, pairs ...string) string {
	b.Helper()
	resp, body := b.post("/API/"+method+".aspx", pairs...)
	require.Equal(b, http.StatusOK, resp.StatusCode)
	return body
}

// code gets an authcode by single sign-on.
func (b *bench) code(ssoID string) string {
	b.Helper()
	body := b.call("requestAuthCodeSSO", "ssoid", ssoID, "pwd", masterPassword, "company", "41200")
	code, found := strings.CutPrefix(body, "OK\n\nAUTHCODE:")
	require.True(b, found, body)
	return strings.TrimSpace(code)
}

func (b *bench) token() string {
	b.Helper()
	token, err := b.sim.IssueToken("max@example.org")
	require.NoError(b, err)
	return token
}

// pin asks for a PIN for Dana and returns it.
func (b *bench) pin(pairs ...string) string {
	b.Helper()
	b.sim.Advance(time.Second)
	body := b.call("requestPINCode_v3", append(pairs, "authcode", b.token(), "NodeId", "25500123", "notechconsole", "1")...)
	code, found := strings.CutPrefix(body, "OK\n\nPINCODE:")
	require.True(b, found, body)
	return strings.TrimSpace(code)
}

// joined is a session that waits for Dana.
func (b *bench) joined(pairs ...string) simrescue.Session {
	b.Helper()
	session, err := b.sim.CustomerJoins(b.pin(pairs...), "Ana Lopez")
	require.NoError(b, err)
	return session
}

// active is a session that Dana has picked up.
func (b *bench) active(pairs ...string) simrescue.Session {
	b.Helper()
	session, err := b.sim.PickUp(b.joined(pairs...).ID, "dana-sso")
	require.NoError(b, err)
	return session
}

// soap calls a SOAP 1.2 operation and returns the body.
func (b *bench) soap(operation, params string) string {
	b.Helper()
	body := `<?xml version="1.0"?><e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"><e:Body><` + operation +
		` xmlns="https://secure.logmeinrescue.com/API/API.asmx">` + params + `</` + operation + `></e:Body></e:Envelope>`
	resp, err := b.http.Post(b.host+"/API/API.asmx", "application/soap+xml", strings.NewReader(body))
	require.NoError(b, err)
	answer := read(b, resp)
	require.Equal(b, http.StatusOK, resp.StatusCode, answer)
	require.NoError(b, xml.Unmarshal([]byte(answer), new(struct{})))
	return answer
}

// idText writes a node or session id.
func idText(id int64) string { return strconv.FormatInt(id, 10) }

// within is the text between two marks.
func within(t require.TestingT, text, before, after string) string {
	_, rest, found := strings.Cut(text, before)
	require.True(t, found, "%q not in %q", before, text)
	inner, _, found := strings.Cut(rest, after)
	require.True(t, found, "%q not in %q", after, text)
	return inner
}

func (b *bench) waitPosts() {
	b.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	require.NoError(b, b.sim.WaitPosts(ctx))
}

func TestAnswersTellTheSimulatorsTime(t *testing.T) {
	b := newBench(t)
	b.sim.Advance(10 * time.Minute)
	resp, _ := b.get("/API/getAccount.aspx")
	require.Equal(t, midday.Add(10*time.Minute).UTC().Format(http.TimeFormat), resp.Header.Get("Date"))
}
