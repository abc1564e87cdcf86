package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"example.com/lifeline/api"
	"example.com/lifeline/config"
	"example.com/lifeline/engine/enginetest"
	"example.com/lifeline/internal/testlog"
	"example.com/lifeline/sandbox"
	simrescue "example.com/lifeline/sandbox/rescue"
	simservicenow "example.com/lifeline/sandbox/servicenow"
	"example.com/lifeline/sessions"
	"example.com/lifeline/support"
	"example.com/lifeline/workflows"
)

func TestMain(m *testing.M) { enginetest.Main(m) }

// patience is how long a test waits for what must come; far above what it takes on a busy machine.
const patience = 100 * time.Second

// stage is Lifeline whole, on a real Temporal server, against the simulators.
type stage struct {
	t          *testing.T
	world      *sandbox.World
	app        *App
	engine     client.Client
	namespace  string
	log        *testlog.Buffer
	stop       func()
	env        map[string]string
	roles      Roles
	prepare    func(*App) // what a test changes before the app runs; nil: nothing
	connection string     // where ServiceNow's button is pressed
}

// at is the stage as another ServiceNow connection sees it: its button is pressed, and its instance looked at.
func (s *stage) at(connection string) *stage {
	there, world := *s, *s.world
	world.ServiceNow = world.ServiceNowOf(connection)
	there.world, there.connection = &world, connection
	return &there
}

// play sets a stage up for Rescue with ServiceNow, with variables over the sandbox's own.
func play(t *testing.T, overrides map[string]string) *stage {
	t.Helper()
	return playWith(t, overrides, "acme-sn")
}

// playWith sets a stage up for the named connections of the sandbox.
func playWith(t *testing.T, overrides map[string]string, connections ...string) *stage {
	t.Helper()
	s := &stage{t: t, log: &testlog.Buffer{}, roles: Roles{API: true, Worker: true}, namespace: enginetest.Namespace(t), connection: connections[0]}
	address := freeAddress(t)
	world, err := sandbox.Start(sandbox.Options{API: "http://" + address, NoLimits: true, Only: connections})
	require.NoError(t, err)
	t.Cleanup(func() { _ = world.Close() })
	s.world = world
	s.env = map[string]string{
		"LIFELINE_MODE": "dev", "LIFELINE_LISTEN": address, "LIFELINE_PUBLIC_URL": "http://" + address, "LIFELINE_KEYS": enginetest.KeySpec,
		"LIFELINE_INBOX": filepath.Join(t.TempDir(), "inbox"), "LIFELINE_LOG_LEVEL": "debug", "LIFELINE_DRAIN_TIMEOUT": "5s",
	}
	for _, connection := range connections {
		prefix := config.ConnectionPrefix(connection)
		s.env[prefix+"_POLL"], s.env[prefix+"_END_GRACE"] = "200ms", "1s"
	}
	maps.Copy(s.env, world.Environment())
	maps.Copy(s.env, overrides)
	s.engine = enginetest.Start(t).Client(t, s.namespace)
	s.start()
	t.Cleanup(func() { s.stop() })
	s.workIsTaken()
	return s
}

// workIsTaken waits until a worker asks for work, so that the time an agent waits is not spent on its start.
func (s *stage) workIsTaken() {
	s.t.Helper()
	s.eventually(func() bool {
		queue, err := s.engine.DescribeTaskQueue(s.t.Context(), workflows.TaskQueue, enums.TASK_QUEUE_TYPE_WORKFLOW)
		return err == nil && len(queue.GetPollers()) > 0
	}, "a worker asks for work")
}

// start starts the app; a test may stop it and start it again.
func (s *stage) start() {
	s.t.Helper()
	app, err := NewApp(s.t.Context(), loadConfig(s.t, s.env), s.roles,
		EngineAt{HostPort: enginetest.Start(s.t).Address(), Namespace: s.namespace}, slog.New(slog.NewJSONHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	require.NoError(s.t, err)
	if s.app = app; s.prepare != nil {
		s.prepare(app)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- app.Run(ctx) }()
	s.stop = sync.OnceFunc(func() {
		cancel()
		require.NoError(s.t, <-done)
	})
}

var environment sync.Mutex

// loadConfig reads a configuration as a process does, from the environment, one test at a time.
func loadConfig(t *testing.T, env map[string]string) config.Config {
	t.Helper()
	environment.Lock()
	defer environment.Unlock()
	for name, value := range env {
		require.NoError(t, os.Setenv(name, value))
		defer os.Unsetenv(name)
	}
	cfg, err := config.Load()
	require.NoError(t, err)
	return cfg
}

// nextPort counts through ports below those that the system gives to whoever asks for any: a port that was free a
// moment ago stays so.
var nextPort atomic.Int32

func init() { nextPort.Store(15_000 + int32(os.Getpid()*37%15_000)) }

func freeAddress(t *testing.T) string {
	t.Helper()
	for range 1_000 {
		address := "127.0.0.1:" + strconv.Itoa(15_000+int(nextPort.Add(1)-15_000)%15_000)
		if listener, err := net.Listen("tcp", address); err == nil {
			require.NoError(t, listener.Close())
			return address
		}
	}
	require.Fail(t, "no port is free")
	return ""
}

// eventually waits for a state of the outside world; inside a process tests wait on channels.
func (s *stage) eventually(condition func() bool, what string) {
	s.t.Helper()
	require.Eventually(s.t, condition, patience, 20*time.Millisecond, what)
}

// answer is an answer of the API.
type answer struct {
	Status int
	api.SessionAnswer
	Problem api.Problem
	Raw     string
}

// call makes a signed request on a record, as ServiceNow does.
func (s *stage) call(method, connection, table, id, rest string, body any, headers ...string) answer {
	s.t.Helper()
	path := "/v1/connections/" + connection + "/records/" + table + "/" + id + rest
	return s.send(method, path, body, append(headers, s.signature(connection, method, path, body)...)...)
}

// signature proves a request as the button of a connection's instance does.
func (s *stage) signature(connection, method, path string, body any) []string {
	stamp := strconv.FormatInt(time.Now().Unix(), 10)
	return []string{"X-Lifeline-Timestamp", stamp, "X-Lifeline-Key-Id", sandbox.SigningKeyID,
		"X-Lifeline-Signature", api.Sign(support.Secret(sandbox.SigningSecret(connection)), stamp, method, path, encode(s.t, body))}
}

func encode(t *testing.T, body any) []byte {
	t.Helper()
	if body == nil {
		return nil
	}
	raw, err := json.Marshal(body)
	require.NoError(t, err)
	return raw
}

func (s *stage) send(method, path string, body any, headers ...string) answer {
	s.t.Helper()
	request, err := http.NewRequestWithContext(s.t.Context(), method, s.env["LIFELINE_PUBLIC_URL"]+path, bytes.NewReader(encode(s.t, body)))
	require.NoError(s.t, err)
	request.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultClient.Do(request)
	require.NoError(s.t, err)
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	require.NoError(s.t, err)
	out := answer{Status: response.StatusCode, Raw: string(raw)}
	if response.StatusCode < 400 {
		_ = json.Unmarshal(raw, &out.SessionAnswer)
	} else {
		_ = json.Unmarshal(raw, &out.Problem)
	}
	return out
}

// agent is the seeded agent who presses buttons.
func (s *stage) agent(userName string) map[string]string {
	s.t.Helper()
	rows := s.world.ServiceNow.List("sys_user", "user_name="+userName)
	require.Len(s.t, rows, 1)
	return map[string]string{"id": rows[0]["sys_id"], "name": rows[0]["name"], "userName": userName, "email": rows[0]["email"]}
}

// incident finds a seeded incident by a word of its short description.
func (s *stage) incident(word string) string {
	s.t.Helper()
	rows := s.world.ServiceNow.List("incident", "short_descriptionLIKE"+word)
	require.Len(s.t, rows, 1)
	return rows[0]["sys_id"]
}

// press presses the button on an incident as Dana.
func (s *stage) press(incident string, headers ...string) answer {
	s.t.Helper()
	return s.call(http.MethodPost, s.connection, "incident", incident, "/session", map[string]any{"agent": s.agent("dana")}, headers...)
}

// rows are the session rows of a record, newest last.
func (s *stage) rows(record string) []simservicenow.Row {
	return s.world.ServiceNow.List(s.world.ServiceNow.SessionTable(), "source_id="+record)
}

// rowState waits until a record's only session row is in the state.
func (s *stage) rowState(record, state string) simservicenow.Row {
	s.t.Helper()
	var row simservicenow.Row
	s.eventually(func() bool {
		rows := s.rows(record)
		if len(rows) == 0 {
			return false
		}
		row = rows[len(rows)-1]
		return row["state"] == state
	}, "session row "+state)
	return row
}

func (s *stage) notes(record string) []string {
	var texts []string
	for _, entry := range s.world.ServiceNow.Journal(record, "work_notes") {
		texts = append(texts, entry.Text)
	}
	return texts
}

// join lets the customer come in with the code, and a technician pick up.
func (s *stage) join(code, customer string) simrescue.Session {
	s.t.Helper()
	session, err := s.world.Rescue.CustomerJoins(code, customer)
	require.NoError(s.t, err)
	return session
}

// untilConnected plays a session on an incident until its row shows that the technician has it.
func (s *stage) untilConnected(incident string) simrescue.Session {
	s.t.Helper()
	pressed := s.press(incident)
	require.Equal(s.t, http.StatusCreated, pressed.Status, pressed.Raw)
	session := s.join(pressed.Code, "Joe Employee")
	s.pickUp(session.ID)
	s.rowState(incident, "connected")
	return session
}

func (s *stage) pickUp(id int64) {
	s.t.Helper()
	_, err := s.world.Rescue.PickUp(id, "dana@example.com")
	require.NoError(s.t, err)
}

func (s *stage) do(_ simrescue.Session, err error) {
	s.t.Helper()
	require.NoError(s.t, err)
}

func timeout(t *testing.T) (context.Context, context.CancelFunc) {
	return context.WithTimeout(t.Context(), patience)
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// retryPress is an operator's.
var retryPress = workflows.RetryPress{By: "operator"}

// paired is the stage's connection as the app has it.
func (s *stage) paired() *connection {
	at := slices.IndexFunc(s.app.connections, func(c *connection) bool { return c.Name == s.connection })
	return s.app.connections[at]
}

// reconcile compares the vendor's report with the session rows now. Rescue gives one report a minute, so a test sets
// RECONCILE to a long time and asks once, when there is something to find.
func (s *stage) reconcile() sessions.Periodic {
	s.t.Helper()
	periodic := *s.paired().periodic(workflows.ReconcileType)
	s.eventually(func() bool { return s.app.sessions.RunNow(s.t.Context(), periodic) == nil }, "the schedule is there")
	return periodic
}

// reconciled is reconcile, and waits until all has been compared.
func (s *stage) reconciled() {
	s.t.Helper()
	periodic := s.reconcile()
	s.eventually(func() bool {
		state, err := s.app.sessions.Describe(s.t.Context(), periodic)
		return err == nil && state.Result != nil
	}, "the report is compared")
}

// stream follows a record's server-sent events.
func (s *stage) stream(record string) (<-chan string, func()) {
	s.t.Helper()
	return s.streamOf(s.connection, record)
}

func (s *stage) streamOf(connection, incident string) (<-chan string, func()) {
	s.t.Helper()
	path := "/v1/connections/" + connection + "/records/incident/" + incident + "/session/events"
	return s.follow(path, s.signature(connection, http.MethodGet, path, nil)...)
}

// follow reads server-sent events line by line.
func (s *stage) follow(path string, headers ...string) (<-chan string, func()) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.env["LIFELINE_PUBLIC_URL"]+path, nil)
	require.NoError(s.t, err)
	for ; len(headers) > 0; headers = headers[2:] {
		request.Header.Set(headers[0], headers[1])
	}
	response, err := http.DefaultClient.Do(request)
	require.NoError(s.t, err)
	events := make(chan string, 64)
	go func() {
		defer close(events)
		defer response.Body.Close()
		lines := bufio.NewScanner(response.Body)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			select {
			case events <- lines.Text():
			case <-ctx.Done():
				return
			}
		}
	}()
	return events, cancel
}

func decode(t *testing.T, raw string, into any) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(raw), into), raw)
}
