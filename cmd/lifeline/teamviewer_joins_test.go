package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/api"
	"example.com/lifeline/config"
	simdataverse "example.com/lifeline/sandbox/dataverse"
)

// pollOfJoins is long enough that two seconds more are far from what a test sees by chance.
const pollOfJoins = 2 * time.Second

// joins is a TeamViewer session whose customer comes and goes, as one of the CRMs shows it.
type joins struct {
	*stage
	path    string   // of the record in the API
	headers []string // that the API wants of a GET
	events  <-chan string
	lists   <-chan struct{} // one after each list that was read
	online  func() bool     // as the row says
	note    func() string   // of the filed session
	post    func(rest string, body any) answer
}

// watchLists tells of each list of open sessions that TeamViewer has answered.
func (s *stage) watchLists(connection string) (overrides map[string]string, read <-chan struct{}) {
	told := make(chan struct{}, 1)
	vendor := leadTo(s.t, s.env[config.ConnectionPrefix(connection)+"_TEAMVIEWER_BASE_URL"])
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		vendor.ServeHTTP(w, r)
		if r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/sessions") {
			select {
			case told <- struct{}{}:
			default:
			}
		}
	}))
	s.t.Cleanup(server.Close)
	return prefixed(connection, map[string]string{"TEAMVIEWER_BASE_URL": server.URL, "POLL": pollOfJoins.String()}), told
}

func joinsInServiceNow(t *testing.T) *joins {
	j := &joins{stage: playTeamViewer(t, "acme-tv-sn", map[string]string{"EMAIL_CUSTOMER": "false", "END_GRACE": "20s"})}
	overrides, lists := j.watchLists("acme-tv-sn")
	j.restart(overrides)
	vpn := j.incident("VPN")
	j.lists = lists
	j.post = func(rest string, body any) answer { return j.callTV(http.MethodPost, vpn, rest, body) }
	j.online = func() bool { rows := j.rows(vpn); return len(rows) == 1 && rows[0]["customer_online"] == "true" }
	j.note = func() string { j.rowState(vpn, "filed"); return strings.Join(j.notes(vpn), "\n") }
	j.path = "/v1/connections/acme-tv-sn/records/incident/" + vpn
	j.headers = j.signature("acme-tv-sn", http.MethodGet, j.path+"/session/events", nil)
	return j
}

func joinsInDynamics(t *testing.T) *joins {
	j := &joins{stage: playTeamViewer(t, "acme-tv-d365", map[string]string{"EMAIL_CUSTOMER": "false", "END_GRACE": "20s", "API_KEY": apiKey})}
	overrides, lists := j.watchLists("acme-tv-d365")
	j.restart(overrides)
	j.lists = lists
	j.path = "/v1/connections/acme-tv-d365/records/incident/" + simdataverse.DemoCase
	j.headers = []string{"X-Api-Key", apiKey}
	j.post = func(rest string, body any) answer {
		return j.send(http.MethodPost, j.path+rest, body, j.headers...)
	}
	j.online = func() bool {
		rows := j.sessionRows(simdataverse.DemoCase)
		return len(rows) == 1 && rows[0].Bool("lifeline_customeronline")
	}
	j.note = func() string {
		j.eventually(func() bool { return len(j.annotations(simdataverse.DemoCase)) == 1 }, "the note")
		return j.annotations(simdataverse.DemoCase)[0].Text("notetext")
	}
	return j
}

// come lets the customer come at the worst moment, right after the list was read, and measures when the agent is told.
func (j *joins) come(code string) (event, row time.Duration) {
	j.t.Helper()
	select { // one that was told of before may be long ago
	case <-j.lists:
	default:
	}
	select {
	case <-j.lists:
	case <-time.After(patience):
		require.Fail(j.t, "nobody reads the list")
	}
	came := time.Now()
	j.tv(j.world.TeamViewer.CustomerOnline(code))
	j.told(j.events, func(v api.SessionAnswer) bool { return v.CustomerOnline != nil && *v.CustomerOnline })
	event = time.Since(came)
	j.eventually(j.online, "the row tells it")
	return event, time.Since(came)
}

func (j *joins) leave(code string) {
	j.t.Helper()
	j.tv(j.world.TeamViewer.CustomerOffline(code))
	j.told(j.events, func(v api.SessionAnswer) bool { return v.CustomerOnline != nil && !*v.CustomerOnline })
	j.eventually(func() bool { return !j.online() }, "the row tells it")
}

// comeAndGo lets the customer come and go until a join was told in time. A busy machine may hold one up.
func (j *joins) comeAndGo(code, when string) (times int) {
	j.t.Helper()
	const bound, tries = pollOfJoins + 2*time.Second, 4
	var event, row time.Duration
	for times < tries {
		event, row = j.come(code)
		j.leave(code)
		if times++; event < bound && row < bound {
			return times
		}
	}
	require.Failf(j.t, "no join was told within one poll and two seconds", "%s: event after %s, row after %s", when, event, row)
	return times
}

func TestEveryJoinIsToldWithinOnePollAndTwoSeconds(t *testing.T) {
	t.Parallel()
	for crm, set := range map[string]func(*testing.T) *joins{"ServiceNow": joinsInServiceNow, "Dynamics": joinsInDynamics} {
		t.Run(crm, func(t *testing.T) {
			t.Parallel()
			j := set(t)
			agent := map[string]any{"agent": map[string]string{"id": simdataverse.DemoDana, "email": "dana@example.com"}}
			pressed := j.post("/session", agent)
			require.Less(t, pressed.Status, 300, pressed.Raw)
			events, stop := j.follow(j.path+"/session/events", j.headers...)
			defer stop()
			j.events = events

			came := j.comeAndGo(pressed.Code, "the first, without a link that was shared")
			came += j.comeAndGo(pressed.Code, "a later one")
			renewed := j.post("/session/renew", agent)
			require.Equal(t, http.StatusOK, renewed.Status, renewed.Raw)
			came += j.comeAndGo(renewed.Code, "after a renewal")
			renewed = j.post("/session/renew", agent)
			require.Equal(t, http.StatusOK, renewed.Status, renewed.Raw)
			came += j.comeAndGo(renewed.Code, "after another renewal")
			j.come(renewed.Code)
			came++
			j.tv(j.world.TeamViewer.SupporterConnects(renewed.Code, "dana@example.com", true))
			j.tv(j.world.TeamViewer.ConnectionEnds(renewed.Code))
			j.leave(renewed.Code)
			came += j.comeAndGo(renewed.Code, "after a connection, until the end")
			closed := j.post("/session/close", map[string]any{})
			require.Equal(t, http.StatusOK, closed.Status, closed.Raw)
			told := strings.SplitN(j.note(), "Customer joined: ", 2)
			require.Len(t, told, 2)
			line, _, _ := strings.Cut(told[1], "\n")
			assert.Equal(t, came, strings.Count(line, " UTC"), line)
		})
	}
}
