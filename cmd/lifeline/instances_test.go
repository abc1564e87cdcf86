package main

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"

	"example.com/lifeline/sandbox"
	simrescue "example.com/lifeline/sandbox/rescue"
	simservicenow "example.com/lifeline/sandbox/servicenow"
	"example.com/lifeline/support"
	"example.com/lifeline/workflows"
)

// S22: several ServiceNow instances on one Rescue account.

const (
	globex = "LIFELINE_GLOBEX_SN_"
	kim    = "kim@example.com" // her group posts to globex-sn, Dana's to acme-sn
)

// twins are two instances on one Rescue account that are hard to tell apart: one began as a clone of the other, and an
// incident has the same sys_id and number on both.
type twins struct {
	acme, globex *stage
	incident     string
}

func playTwins(t *testing.T, env map[string]string) twins {
	t.Helper()
	s := playWith(t, env, "acme-sn", "globex-sn")
	both := twins{acme: s, globex: s.at("globex-sn"), incident: s.incident("VPN")}
	original, _ := s.world.ServiceNow.Get("incident", both.incident)
	clone := both.globex.world.ServiceNow
	clone.Remove("incident", both.globex.incident("VPN"))
	require.NoError(t, clone.Import("incident", simservicenow.Row{
		"sys_id": both.incident, "number": original["number"], "short_description": original["short_description"],
		"caller_id": clone.List("sys_user", "user_name=joe.employee")[0]["sys_id"],
	}))
	return both
}

// each does something on both instances.
func (b twins) each(do func(s *stage)) {
	do(b.acme)
	do(b.globex)
}

// sessionsFiled are all session rows of the stage's instance.
func (s *stage) sessionsFiled() []simservicenow.Row {
	return s.world.ServiceNow.List(s.world.ServiceNow.SessionTable(), "")
}

func TestS22SameTicketOnTwoInstancesHasASessionOnEach(t *testing.T) {
	t.Parallel()
	both := playTwins(t, map[string]string{
		sn + "NOTES": "none", sn + "EMAIL_CUSTOMER": "false",
		globex + "NOTES": "selection", globex + "NOTE_FIELDS": "Notes,ChatLog", globex + "NOTE_LIMIT": "300",
	})
	codes := map[string]string{}
	both.each(func(s *stage) {
		pressed := s.press(both.incident)
		require.Equal(t, http.StatusCreated, pressed.Status, pressed.Raw)
		assert.Equal(t, pressed.Code, s.press(both.incident).Code, "pressing twice gives the instance's own code")
		codes[s.connection] = pressed.Code
	})
	assert.NotEqual(t, codes["acme-sn"], codes["globex-sn"])
	assert.Equal(t, codes["globex-sn"], mailedCode(both.globex.mail("joe@example.net").Text, codes), "acme's setting mails nothing")

	ids := map[string]int64{}
	both.each(func(s *stage) {
		session := s.join(codes[s.connection], "Joe Employee")
		s.pickUp(session.ID)
		s.rowState(both.incident, "connected")
		ids[s.connection] = session.ID
		s.do(s.world.Rescue.Say(session.ID, "customer", strings.Repeat("seen by "+s.connection+" ", 40)))
		s.do(s.world.Rescue.Note(session.ID, "noted for "+s.connection))
	})
	both.each(func(s *stage) { s.do(s.world.Rescue.CloseByTechnician(ids[s.connection])) })
	both.each(func(s *stage) {
		row := s.rowState(both.incident, "filed")
		assert.Equal(t, itoa(ids[s.connection]), row["vendor_session_id"])
		assert.Equal(t, "noted for "+s.connection, row["notes"])
		assert.Contains(t, row["chat"], "seen by "+s.connection)
		assert.Len(t, s.sessionsFiled(), 1)
	})
	assert.Empty(t, both.acme.notes(both.incident))
	assert.Empty(t, both.acme.world.ServiceNow.Attachments(both.incident))
	require.Len(t, both.globex.notes(both.incident), 1)
	assert.Contains(t, both.globex.notes(both.incident)[0], "noted for globex-sn")
	files := both.globex.world.ServiceNow.Attachments(both.incident)
	require.Len(t, files, 1)
	assert.Contains(t, string(files[0].Contents), "seen by globex-sn")
	assert.Equal(t, 1, both.acme.running(workflows.WatchType), "one watcher for the account")
}

// mailedCode tells which of the codes a mail has.
func mailedCode(text string, codes map[string]string) string {
	for _, code := range codes {
		if strings.Contains(text, code) {
			return code
		}
	}
	return ""
}

// running counts the live runs of a workflow type.
func (s *stage) running(workflowType string) int {
	s.t.Helper()
	counted, err := s.engine.CountWorkflow(s.t.Context(), &workflowservice.CountWorkflowExecutionsRequest{
		Query: "WorkflowType = '" + workflowType + "' AND ExecutionStatus = 'Running'",
	})
	require.NoError(s.t, err)
	return int(counted.GetCount())
}

func TestS22PostsReachTheirInstanceThroughWhateverDoor(t *testing.T) {
	t.Parallel()
	for name, door := range map[string]func(s *stage) string{
		"hook of acme":      func(s *stage) string { return "/hooks/rescue/acme-sn/" + s.env[sn+"HOOK_SECRET"] },
		"hook of globex":    func(s *stage) string { return "/hooks/rescue/globex-sn/" + s.env[globex+"HOOK_SECRET"] },
		"drop-in of acme":   func(s *stage) string { return dropInPath + "?instance=acme&key=" + s.env[sn+"HOOK_SECRET"] },
		"drop-in of globex": func(s *stage) string { return dropInPath + "?instance=globex&key=" + s.env[globex+"HOOK_SECRET"] },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			both := playTwins(t, map[string]string{sn + "POLL": "1h", globex + "POLL": "1h"}) // posts alone
			url := both.acme.env["LIFELINE_PUBLIC_URL"] + door(both.acme)
			require.NoError(t, both.acme.world.Rescue.SetPostURLs("Service desk", url, url, simrescue.FormatJSON))
			ids := map[string]string{}
			both.each(func(s *stage) { ids[s.connection] = s.wholeSession(both.incident, "said to "+s.connection) })
			both.each(func(s *stage) {
				row := s.rowState(both.incident, "filed")
				assert.Equal(t, ids[s.connection], row["vendor_session_id"])
				assert.Contains(t, row["chat"], "said to "+s.connection)
				assert.Len(t, s.notes(both.incident), 1)
				assert.Len(t, s.sessionsFiled(), 1)
			})
		})
	}
}

// dropInPath is the address of the vendor's own connector for ServiceNow.
const dropInPath = "/integration/api/servicenow/sessiondetails"

func TestS22ConsoleSessionIsTheInstancesWhoseGroupPosts(t *testing.T) {
	t.Parallel()
	both := playTwins(t, map[string]string{sn + "CREATE_FROM_CONSOLE": "true", globex + "CREATE_FROM_CONSOLE": "true", sn + "RECONCILE": "1h", globex + "RECONCILE": "1h"})
	before := len(both.acme.world.ServiceNow.List("incident", ""))
	number, _ := both.acme.world.ServiceNow.Get("incident", both.incident)
	atAcme := both.acme.fromConsoleOf("dana@example.com", simrescue.Fields{"Beth Anglin", "beth@example.net"})
	atGlobex := both.globex.fromConsoleOf(kim, simrescue.Fields{"Beth Anglin", "beth@example.net"})
	named := both.globex.fromConsoleOf(kim, simrescue.Fields{"Joe Employee", "", number["number"]})
	assert.Equal(t, "rescue:"+itoa(atAcme.ID), both.acme.madeFor(atAcme.ID)["correlation_id"])
	assert.Equal(t, "rescue:"+itoa(atGlobex.ID), both.globex.madeFor(atGlobex.ID)["correlation_id"])
	assert.Equal(t, both.incident, both.globex.vendorRow(named.ID, "filed")["source_id"], "a number means the instance's own ticket")
	both.acme.reconciled()
	both.each(func(s *stage) {
		assert.Len(t, s.world.ServiceNow.List("incident", ""), before+1)
	})
	assert.Len(t, both.acme.sessionsFiled(), 1)
	assert.Len(t, both.globex.sessionsFiled(), 2)
	assert.Empty(t, both.acme.notes(both.incident))
}

// madeFor is the incident that was made for a console session.
func (s *stage) madeFor(id int64) simservicenow.Row {
	s.t.Helper()
	row, found := s.world.ServiceNow.Get("incident", s.vendorRow(id, "filed")["source_id"])
	require.True(s.t, found)
	return row
}

// A session changes hands between groups that post to different instances: the one that has it keeps it.
func TestS22ConsoleSessionPassedToAnotherGroupStaysWhereItBegan(t *testing.T) {
	t.Parallel()
	both := playTwins(t, map[string]string{sn + "CREATE_FROM_CONSOLE": "true", globex + "CREATE_FROM_CONSOLE": "true", sn + "POLL": "1h", globex + "POLL": "1h"})
	session, err := both.acme.world.Rescue.StartFromConsole("dana@example.com", simrescue.Fields{"Beth Anglin"})
	require.NoError(t, err)
	both.acme.vendorRow(session.ID, "connected")
	both.acme.do(both.acme.world.Rescue.Transfer(session.ID, kim, "for you"))
	both.acme.do(both.acme.world.Rescue.PickUp(session.ID, kim))
	both.acme.do(both.acme.world.Rescue.Note(session.ID, "Kim mended it"))
	both.acme.do(both.acme.world.Rescue.CloseByTechnician(session.ID))
	assert.Equal(t, "Kim mended it", both.acme.vendorRow(session.ID, "filed")["notes"])
	assert.False(t, both.globex.adopted(session.ID))
	assert.Empty(t, both.globex.sessionsFiled())
}

// A post may also come late, when the one that had the session has filed it.
func TestS22LatePostOfAnotherGroupGoesToTheInstanceThatFiledTheSession(t *testing.T) {
	t.Parallel()
	both := playTwins(t, map[string]string{sn + "POLL": "1h", globex + "POLL": "1h"})
	session := both.acme.fromConsole(simrescue.Fields{"Beth Anglin"})
	both.acme.vendorRow(session.ID, "filed")
	both.acme.eventually(func() bool { return both.acme.finished(support.AdoptedWorkflowID("acme-sn", itoa(session.ID))) }, "the run is over")
	late := `{"SessionID":` + itoa(session.ID) + `,"Notes":"Kim adds this","ClosingTime":"2026-11-30 10:00:00"}`
	assert.Equal(t, http.StatusOK, both.globex.post("end", late))
	both.acme.eventually(func() bool { return both.acme.sessionsFiled()[0]["notes"] == "Kim adds this" }, "the news are on its row")
	assert.False(t, both.globex.adopted(session.ID))
	assert.Empty(t, both.globex.sessionsFiled())
}

// What globex-sn has not filed yet is in no row of its: acme-sn must not take it for lost.
func TestS22ConsoleSessionThatWaitsForAHumanIsNotTakenByAnotherInstance(t *testing.T) {
	t.Parallel()
	both := playTwins(t, map[string]string{sn + "CREATE_FROM_CONSOLE": "true", sn + "RECONCILE": "1h", globex + "RECONCILE": "1h"})
	table := both.globex.world.ServiceNow.SessionTable()
	both.globex.world.ServiceNow.Allow(table, simservicenow.Create, "nobody")
	session := both.globex.fromConsoleOf(kim, simrescue.Fields{"Beth Anglin"})
	both.globex.eventually(func() bool {
		return strings.Contains(both.globex.send(http.MethodGet, "/v1/sessions?attention=true", nil).Raw, itoa(session.ID))
	}, "it waits for a human")
	both.acme.reconciled()
	assert.False(t, both.acme.adopted(session.ID))
	assert.Empty(t, both.acme.sessionsFiled())

	both.globex.world.ServiceNow.Allow(table, simservicenow.Create)
	retried := both.globex.send(http.MethodPost, "/v1/sessions/retry",
		map[string]string{"workflowId": support.AdoptedWorkflowID("globex-sn", itoa(session.ID))})
	require.Less(t, retried.Status, 300, retried.Raw)
	both.globex.vendorRow(session.ID, "filed")
}

func TestS22ConsoleSessionOfASwitchedOffInstanceIsNobodyElses(t *testing.T) {
	t.Parallel()
	both := playTwins(t, map[string]string{sn + "CREATE_FROM_CONSOLE": "true", sn + "RECONCILE": "1h", globex + "ENABLED": "false"})
	session := both.globex.fromConsoleOf(kim, simrescue.Fields{"Beth Anglin"})
	both.acme.reconciled()
	both.each(func(s *stage) {
		assert.False(t, s.adopted(session.ID))
		assert.Empty(t, s.sessionsFiled())
	})
}

func TestS22PostOfAnActiveInstancesSessionPassesTheHookOfASwitchedOffOne(t *testing.T) {
	t.Parallel()
	both := playTwins(t, map[string]string{globex + "ENABLED": "false", sn + "POLL": "1h", sn + "RECONCILE": "1h"})
	session := both.acme.join(both.acme.press(both.incident).Code, "Joe Employee")
	both.acme.do(both.acme.world.Rescue.Transfer(session.ID, kim, "for you"))
	both.acme.do(both.acme.world.Rescue.PickUp(session.ID, kim))
	both.acme.do(both.acme.world.Rescue.Note(session.ID, "Kim mended it"))
	both.acme.do(both.acme.world.Rescue.CloseByTechnician(session.ID))
	assert.Equal(t, "Kim mended it", both.acme.rowState(both.incident, "filed")["notes"])
	assert.Empty(t, both.globex.sessionsFiled())
}

// adopted tells whether the stage's connection has ever followed a session of the console.
func (s *stage) adopted(id int64) bool {
	s.t.Helper()
	_, err := s.engine.DescribeWorkflowExecution(s.t.Context(), support.AdoptedWorkflowID(s.connection, itoa(id)), "")
	var notFound *serviceerror.NotFound
	require.True(s.t, err == nil || errors.As(err, &notFound), err)
	return err == nil
}

func TestS22TroubleOfOneInstanceHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	for name, trouble := range map[string]struct {
		begin, end func(sim *simservicenow.Sim)
		code       string
	}{
		"down": {
			begin: func(sim *simservicenow.Sim) { sim.Down(true) },
			end:   func(sim *simservicenow.Sim) { sim.Down(false) }, code: support.CodeUnreachable,
		},
		"silent": {
			begin: func(sim *simservicenow.Sim) {
				sim.AddFault(simservicenow.Fault{Kind: simservicenow.Slow, Delay: time.Hour, Times: -1})
			},
			end: (*simservicenow.Sim).ClearFaults, code: support.CodeUnreachable,
		},
		"at its rate limit": {
			begin: func(sim *simservicenow.Sim) {
				sim.AddFault(simservicenow.Fault{Kind: simservicenow.RateLimited, RetryAfter: time.Second, Times: -1})
			},
			end: (*simservicenow.Sim).ClearFaults, code: support.CodeRateLimited,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			both := playTwins(t, map[string]string{globex + "SERVICENOW_TIMEOUT": "5s", globex + "SERVICENOW_CONCURRENCY": "1"})
			ids := map[string]int64{}
			both.each(func(s *stage) { ids[s.connection] = s.untilConnected(both.incident).ID })
			trouble.begin(both.globex.world.ServiceNow)
			for _, s := range []*stage{both.globex, both.acme} {
				s.do(s.world.Rescue.CloseByTechnician(ids[s.connection]))
			}
			both.acme.rowState(both.incident, "filed")
			assert.Equal(t, http.StatusCreated, both.acme.press(both.acme.incident("Outlook")).Status)
			refused := both.globex.press(both.globex.incident("Outlook"))
			assert.Equal(t, trouble.code, refused.Problem.Code, refused.Raw)
			assert.Equal(t, "connected", both.globex.rows(both.incident)[0]["state"])

			trouble.end(both.globex.world.ServiceNow)
			both.each(func(s *stage) {
				s.rowState(both.incident, "filed")
				assert.Len(t, s.notes(both.incident), 1)
			})
		})
	}
}

func TestS22CredentialsAreTheInstancesOwn(t *testing.T) {
	t.Parallel()
	t.Run("a secret that is refused", func(t *testing.T) {
		t.Parallel()
		both := playTwins(t, map[string]string{globex + "SERVICENOW_CLIENT_SECRET": sandbox.ClientSecret("acme-sn")})
		assert.Equal(t, support.CodeCredentialDead, both.globex.press(both.incident).Problem.Code)
		assert.Equal(t, http.StatusCreated, both.acme.press(both.incident).Status)
	})
	t.Run("a consent", func(t *testing.T) {
		t.Parallel()
		both := playTwins(t, map[string]string{sn + "SERVICENOW_AUTH": "refresh_token", globex + "SERVICENOW_AUTH": "refresh_token"})
		session := both.acme.fromConsoleOf("dana@example.com", simrescue.Fields{"Joe Employee"})
		other := both.globex.fromConsoleOf(kim, simrescue.Fields{"Joe Employee"})
		both.globex.consent()
		both.globex.vendorRow(other.ID, "filed")
		assert.Empty(t, both.acme.sessionsFiled(), "globex's consent is none of acme's")
		both.acme.consent()
		both.acme.vendorRow(session.ID, "filed")
	})
}

func TestS22KeysOfOneInstanceAreRefusedAtTheOther(t *testing.T) {
	t.Parallel()
	both := playTwins(t, map[string]string{sn + "API_KEY": "api-key-of-acme-sn", globex + "API_KEY": "api-key-of-globex-sn"})
	s := both.acme
	session := "/v1/connections/globex-sn/records/incident/" + both.incident + "/session"
	for name, proof := range map[string][]string{
		"signing key": s.signature("acme-sn", http.MethodGet, session, nil), "API key": {"X-Api-Key", "api-key-of-acme-sn"},
	} {
		assert.Equal(t, http.StatusUnauthorized, s.send(http.MethodGet, session, nil, proof...).Status, name)
	}
	token := tokenHook("globex-sn")
	given := map[string]any{"instance": "globex", "refresh_token": "not-theirs"}
	assert.Equal(t, http.StatusUnauthorized, s.send(http.MethodPost, token, given, s.signature("acme-sn", http.MethodPost, token, given)...).Status)

	body, key := s.endPost("61", nil), s.env[sn+"HOOK_SECRET"]
	for _, door := range []string{"/hooks/rescue/globex-sn/" + key, dropInPath + "?instance=globex&key=" + key} {
		assert.Equal(t, http.StatusUnauthorized, s.postTo(door, "application/json", body), door)
	}
	assert.Equal(t, http.StatusOK, s.send(http.MethodGet, session, nil, "X-Api-Key", "api-key-of-globex-sn").Status)
	assert.Equal(t, http.StatusOK, s.postTo(dropInPath+"?key="+key, "application/json", body), "a key tells whose instance is meant")
	both.acme.vendorRow(61, "filed")
	assert.Empty(t, both.globex.sessionsFiled())
}

// More sessions wait for the silent instance than a worker has hands.
func TestS22SilentInstanceDoesNotKeepAllHandsBusy(t *testing.T) {
	t.Parallel()
	both := playTwins(t, map[string]string{"LIFELINE_WORKERS": "8", globex + "SERVICENOW_TIMEOUT": "5s", globex + "SERVICENOW_CONCURRENCY": "2"})
	both.globex.post("end", both.globex.endPost("700", nil))
	both.globex.vendorRow(700, "filed")
	both.globex.world.ServiceNow.AddFault(simservicenow.Fault{Kind: simservicenow.Slow, Delay: time.Hour, Times: -1})
	for id := range int64(60) {
		require.Equal(t, http.StatusOK, both.globex.post("end", both.globex.endPost(itoa(701+id), nil)))
	}
	both.acme.eventually(func() bool { return both.acme.press(both.incident).Status < 300 }, "acme's agent gets a code")
	both.acme.playOut(both.acme.press(both.incident).Code, "hello")
	both.acme.rowState(both.incident, "filed")
	assert.Len(t, both.globex.sessionsFiled(), 1)

	both.globex.world.ServiceNow.ClearFaults()
	for id := range int64(60) {
		both.globex.vendorRow(701+id, "filed")
	}
}
