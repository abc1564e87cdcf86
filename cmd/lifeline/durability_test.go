package main

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	simrescue "example.com/lifeline/sandbox/rescue"
	simservicenow "example.com/lifeline/sandbox/servicenow"
)

const said = "the printer says PC LOAD LETTER"

// filedOnce waits until the record's session is filed and closed, and looks that nothing is there twice.
func (s *stage) filedOnce(record string) {
	s.t.Helper()
	s.rowState(record, "filed")
	s.eventually(func() bool { return s.rows(record)[0]["active"] == "false" }, "the row is closed")
	require.Len(s.t, s.rows(record), 1)
	assert.Equal(s.t, 1, strings.Count(s.rows(record)[0]["chat"], said), s.rows(record)[0]["chat"])
	assert.Len(s.t, s.notes(record), 1)
	assert.Len(s.t, s.world.Rescue.PINs(), 1)
}

// taken waits until the calls that were to go wrong have come.
func (s *stage) taken() {
	s.t.Helper()
	s.eventually(func() bool { return len(s.world.ServiceNow.Faults()) == 0 }, "the call comes")
}

// slowCode lets the vendor take a second over the next code.
func (s *stage) slowCode() {
	s.world.Rescue.Fault(simrescue.Fault{Method: "requestPINCode", Kind: "slow", Delay: simrescue.Duration(time.Second)})
}

// codeAsked waits until the vendor is busy with the code of slowCode.
func (s *stage) codeAsked() {
	s.t.Helper()
	s.eventually(func() bool { return len(s.world.Rescue.Faults()) == 0 }, "the vendor is asked for a code")
}

func TestSessionGoesThroughSeparateProcesses(t *testing.T) {
	t.Parallel()
	c := playApart(t, sharedEngine, nil)
	vpn := c.incident("VPN")
	c.wholeSession(vpn, said)
	c.filedOnce(vpn)
	worker := "http://" + c.env["LIFELINE_WORKER_LISTEN"]
	for path, status := range map[string]int{"/healthz": http.StatusOK, "/readyz": http.StatusOK, "/metrics": http.StatusUnauthorized} {
		response, err := http.Get(worker + path)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		assert.Equal(t, status, response.StatusCode, "the worker answers %s", path)
	}
	assert.Contains(t, c.mail("joe@example.net").Text, "/R?i=2")
	c.api.terminate()
	c.worker.terminate()
	assert.Zero(t, c.api.code(), c.api.log)
	assert.Zero(t, c.worker.code(), c.worker.log)
}

// killed is a part of the cluster that a test kills and starts again.
type killed struct {
	part    string
	own     bool
	restart func(*cluster)
}

var (
	apiKilled    = killed{"api", sharedEngine, (*cluster).restartAPI}
	workerKilled = killed{"worker", sharedEngine, (*cluster).restartWorker}
	engineKilled = killed{"engine", ownEngine, (*cluster).restartEngine}
)

// eachKilled runs a test for each of the parts.
func eachKilled(t *testing.T, parts []killed, test func(c *cluster, restart func(*cluster))) {
	t.Parallel()
	for _, k := range parts {
		t.Run(k.part, func(t *testing.T) {
			t.Parallel()
			test(playApart(t, k.own, nil), k.restart)
		})
	}
}

func TestKillWhileTheCodeIsAskedForGivesOneCode(t *testing.T) {
	eachKilled(t, []killed{apiKilled, workerKilled, engineKilled}, func(c *cluster, restart func(*cluster)) {
		vpn := c.incident("VPN")
		c.slowCode()
		lost := make(chan struct{})
		go func() {
			defer close(lost)
			c.tryPress(vpn)
		}()
		c.codeAsked()
		restart(c)
		<-lost
		c.eventually(func() bool { return c.tryPress(vpn) < 300 }, "the second press is answered")
		assert.Equal(c.t, http.StatusOK, c.press(vpn).Status, "and further ones find the live session")
		c.playOut(c.press(vpn).Code, said)
		c.filedOnce(vpn)
	})
}

// tryPress presses the button and gives the status; 599 when there is no answer.
func (s *stage) tryPress(record string) int {
	path := "/v1/connections/acme-sn/records/incident/" + record + "/session"
	body := map[string]any{"agent": s.agent("dana")}
	request, err := http.NewRequest(http.MethodPost, s.env["LIFELINE_PUBLIC_URL"]+path, strings.NewReader(string(encode(s.t, body))))
	require.NoError(s.t, err)
	for headers := append(s.signature("acme-sn", http.MethodPost, path, body), "Content-Type", "application/json"); len(headers) > 0; headers = headers[2:] {
		request.Header.Set(headers[0], headers[1])
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 599
	}
	defer response.Body.Close()
	return response.StatusCode
}

func TestKillAfterTheCodeKeepsTheSession(t *testing.T) {
	eachKilled(t, []killed{apiKilled, workerKilled, engineKilled}, func(c *cluster, restart func(*cluster)) {
		vpn := c.incident("VPN")
		pressed := c.press(vpn)
		require.Equal(c.t, http.StatusCreated, pressed.Status, pressed.Raw)
		restart(c)
		c.playOut(pressed.Code, said)
		c.filedOnce(vpn)
	})
}

func TestKillWhileTheRowIsWrittenWritesOneRow(t *testing.T) {
	eachKilled(t, []killed{workerKilled, engineKilled}, func(c *cluster, restart func(*cluster)) {
		vpn := c.incident("VPN")
		c.world.ServiceNow.AddFault(simservicenow.Fault{
			Method: http.MethodPost, Table: c.world.ServiceNow.SessionTable(), Kind: simservicenow.Slow, Delay: 2 * time.Second,
		})
		pressed := c.press(vpn)
		require.Equal(c.t, http.StatusCreated, pressed.Status, pressed.Raw)
		c.taken()
		restart(c)
		c.playOut(pressed.Code, said)
		c.filedOnce(vpn)
	})
}

func TestKillBetweenRowAndNoteWritesOneOfEach(t *testing.T) {
	eachKilled(t, []killed{workerKilled, engineKilled}, func(c *cluster, restart func(*cluster)) {
		vpn := c.incident("VPN")
		c.world.ServiceNow.AddFault(simservicenow.Fault{Method: http.MethodPatch, Table: "incident", Kind: simservicenow.Slow, Delay: 2 * time.Second})
		c.wholeSession(vpn, said)
		c.taken()
		require.Len(c.t, c.rows(vpn), 1)
		require.Empty(c.t, c.notes(vpn))
		restart(c)
		c.filedOnce(vpn)
	})
}

func TestKillAfterALostAnswerWritesOneNote(t *testing.T) {
	eachKilled(t, []killed{workerKilled}, func(c *cluster, restart func(*cluster)) {
		vpn := c.incident("VPN")
		c.world.ServiceNow.AddFault(simservicenow.Fault{Method: http.MethodPatch, Table: "incident", Kind: simservicenow.CommitThenDrop})
		c.world.ServiceNow.AddFault(simservicenow.Fault{Method: http.MethodGet, Path: vpn, Skip: 1, Kind: simservicenow.Slow, Delay: time.Minute})
		c.wholeSession(vpn, said)
		c.taken()
		require.Len(c.t, c.notes(vpn), 1, "it is written, and its try looks for it")
		restart(c)
		c.filedOnce(vpn)
	})
}

func TestPostsThatFindNoAPIAreMadeUpForByTheVendorsList(t *testing.T) {
	t.Parallel()
	c := playApart(t, sharedEngine, nil)
	vpn := c.incident("VPN")
	pressed := c.press(vpn)
	require.Equal(t, http.StatusCreated, pressed.Status, pressed.Raw)
	c.api.kill()
	session := c.join(pressed.Code, "Joe Employee")
	c.pickUp(session.ID)
	c.rowState(vpn, "connected")
	c.do(c.world.Rescue.Say(session.ID, "customer", said))
	c.do(c.world.Rescue.CloseByTechnician(session.ID))
	c.postsSent(0)
	c.startAPI()
	c.filedOnce(vpn)
}

func TestPostsThatFindNoWorkerWaitInTheEngine(t *testing.T) {
	t.Parallel()
	c := playApart(t, sharedEngine, postsAlone)
	vpn := c.incident("VPN")
	pressed := c.press(vpn)
	require.Equal(t, http.StatusCreated, pressed.Status, pressed.Raw)
	c.worker.kill()
	c.playOut(pressed.Code, said)
	c.postsSent(http.StatusOK)
	c.startWorker()
	c.filedOnce(vpn)
}

// postsAlone keeps the vendor's list from being read.
var postsAlone = map[string]string{"LIFELINE_ACME_SN_POLL": "1h"}

// postsSent waits until all posts are sent and looks at their answers.
func (s *stage) postsSent(status int) {
	s.t.Helper()
	ctx, cancel := timeout(s.t)
	defer cancel()
	require.NoError(s.t, s.world.Rescue.WaitPosts(ctx))
	for _, post := range s.world.Rescue.Posts() {
		require.Equal(s.t, status, post.Status, "the post of the session's %s", post.Event)
	}
}

func TestPostsThatFindNoEngineWaitInTheInboxAndComeInOrder(t *testing.T) {
	t.Parallel()
	c := playApart(t, ownEngine, postsAlone)
	vpn := c.incident("VPN")
	pressed := c.press(vpn)
	require.Equal(t, http.StatusCreated, pressed.Status, pressed.Raw)
	c.rowState(vpn, "invited")
	c.server.Kill()

	session := c.join(pressed.Code, "Joe Employee")
	c.pickUp(session.ID)
	c.do(c.world.Rescue.Say(session.ID, "customer", "first words"))
	c.do(c.world.Rescue.Transfer(session.ID, "sam@example.com", "please"))
	c.do(c.world.Rescue.PickUp(session.ID, "sam@example.com"))
	c.do(c.world.Rescue.Say(session.ID, "customer", said))
	c.do(c.world.Rescue.CloseByTechnician(session.ID))
	c.postsSent(http.StatusOK)
	assert.Greater(t, len(c.world.Rescue.Posts()), 2)
	assert.Equal(t, http.StatusServiceUnavailable, c.get("/readyz"))

	c.restartAPI() // kill -9 loses none of them
	c.server.Restart(t)
	c.filedOnce(vpn)
	row := c.rows(vpn)[0]
	assert.Less(t, strings.Index(row["chat"], "first words"), strings.Index(row["chat"], said), row["chat"])
	assert.Equal(t, "Sam Okafor", row["technician_name"])
}

func TestFullInboxAnswers503(t *testing.T) {
	t.Parallel()
	c := apart(t, sharedEngine, map[string]string{"TEMPORAL_ADDRESS": "127.0.0.1:1", "LIFELINE_INBOX_MAX_BYTES": "4096"})
	c.startAPI()
	small, large := `{"SessionID":1,"Notes":"x"}`, `{"SessionID":2,"Notes":"`+strings.Repeat("x", 4096)+`"}`
	assert.Equal(t, http.StatusOK, c.post("end", small))
	assert.Equal(t, http.StatusServiceUnavailable, c.post("end", large))
}

func TestTerminatedAPIAnswersTheRunningRequest(t *testing.T) {
	t.Parallel()
	c := playApart(t, sharedEngine, nil)
	vpn := c.incident("VPN")
	c.slowCode()
	answered := make(chan int, 1)
	go func() { answered <- c.tryPress(vpn) }()
	c.codeAsked()
	c.api.terminate()
	assert.Equal(t, http.StatusCreated, <-answered)
	assert.Zero(t, c.api.code(), c.api.log)
}

func TestTerminatedWorkerFinishesTheRunningStep(t *testing.T) {
	t.Parallel()
	c := playApart(t, sharedEngine, nil)
	vpn := c.incident("VPN")
	c.slowCode()
	answered := make(chan int, 1)
	go func() { answered <- c.tryPress(vpn) }()
	c.codeAsked()
	old := c.worker
	old.terminate()
	c.startWorker() // as a rolling update does
	assert.Equal(t, http.StatusCreated, <-answered)
	assert.Zero(t, old.code(), old.log)
	assert.Len(t, c.world.Rescue.PINs(), 1)
}

func TestLostAnswersOfTheCRMDoubleNothing(t *testing.T) {
	t.Parallel()
	for _, kind := range []simservicenow.FaultKind{
		simservicenow.CommitThenFail, simservicenow.CommitThenDrop, simservicenow.CutOff, simservicenow.ErrorInOK,
	} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			s := play(t, map[string]string{
				"LIFELINE_ACME_SN_NOTES": "selection", "LIFELINE_ACME_SN_NOTE_FIELDS": "TechName,ChatLog", "LIFELINE_ACME_SN_NOTE_LIMIT": "200",
			})
			for _, write := range []simservicenow.Fault{
				{Method: http.MethodPost, Table: s.world.ServiceNow.SessionTable()},
				{Method: http.MethodPost, Path: "/attachment/file"},
				{Method: http.MethodPatch, Table: "incident"},
			} {
				write.Kind = kind
				s.world.ServiceNow.AddFault(write)
			}
			vpn := s.incident("VPN")
			s.wholeSession(vpn, said+strings.Repeat(" and on", 50))
			s.filedOnce(vpn)
			s.taken()
			require.Len(t, s.world.ServiceNow.Attachments(vpn), 1)
			assert.Contains(t, string(s.world.ServiceNow.Attachments(vpn)[0].Contents), said)
		})
	}
}
