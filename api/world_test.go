package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"example.com/lifeline/api"
	"example.com/lifeline/internal/testlog"
	"example.com/lifeline/metrics"
	"example.com/lifeline/sessions"
	"example.com/lifeline/support"
)

const (
	publicURL = "https://lifeline.example.com"

	hookSecret   = "hook-secret-of-acme-sn"
	oldSecret    = "hook-secret-of-acme-sn-last-year"
	globexSecret = "hook-secret-of-globex-sn"
	d365Secret   = "hook-secret-of-acme-d365"
	apiKey       = "api-key-of-acme-sn"
	oldAPIKey    = "api-key-of-acme-sn-last-year"
	globexKey    = "api-key-of-globex-sn"
	webhookKey   = "webhook-key-of-acme-d365"
	oldWebhook   = "webhook-key-of-acme-d365-last-year"
	signingKey   = support.Secret("signing-key-one")
	newSigning   = support.Secret("signing-key-two")
	globexSign   = support.Secret("signing-key-of-globex")
	operator     = "operator-token-of-the-desk"
	linkKey      = support.Secret("link-key-of-the-desk")

	sysID    = "0123456789abcdef0123456789abcdef"
	guid     = "6d81a2b4-0000-4000-8000-00000000c0de"
	snPath   = "/v1/connections/acme-sn/records/incident/" + sysID
	d365Path = "/v1/connections/acme-d365/records/incident/" + guid
)

var (
	snRecord = support.RecordRef{Connection: "acme-sn", Type: "incident", ID: sysID}
	dana     = support.Agent{ID: "u-dana", Name: "Dana Ruiz", UserName: "dana", Email: "dana@example.org"}
)

// world is a server with all it stands on, all of it made up.
type world struct {
	t        *testing.T
	options  api.Options
	server   *api.Server
	sessions *fakeSessions
	inbox    *fakeInbox
	desk     *fakeDesk
	crm      map[string]*fakeCRM
	log      *testlog.Buffer
	now      time.Time
}

func newWorld(t *testing.T, changes ...func(*api.Options)) *world {
	w := &world{
		t: t, sessions: &fakeSessions{}, inbox: &fakeInbox{}, desk: &fakeDesk{}, log: &testlog.Buffer{},
		now: time.Date(2026, 6, 18, 9, 42, 0, 0, time.UTC),
		crm: map[string]*fakeCRM{"acme-sn": {kind: support.ServiceNow}, "globex-sn": {kind: support.ServiceNow}, "acme-d365": {kind: support.Dynamics}},
	}
	w.options = api.Options{
		Doors: w.doors(), Sessions: w.sessions, Inbox: w.inbox, Metrics: metrics.New(),
		Log:       slog.New(slog.NewJSONHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		PublicURL: publicURL, TemporalUI: "https://temporal.example.com/namespaces/lifeline", LinkKey: linkKey,
		Operators: api.Operators{Token: operator}, BodyLimit: 64 << 10, HookRate: 1000, HookBurst: 1000, HeadStart: time.Minute,
		PollEvents: time.Second, Now: func() time.Time { return w.now },
	}
	for _, change := range changes {
		change(&w.options)
	}
	w.server = api.New(w.options)
	return w
}

func (w *world) doors() map[string]*api.Door {
	enabled := support.Settings{Enabled: true}
	return map[string]*api.Door{
		"acme-sn": {
			Name: "acme-sn", CRM: w.crm["acme-sn"], Settings: enabled, Instance: "acme",
			HookSecrets: []support.Secret{hookSecret, oldSecret}, APIKeys: []support.Secret{apiKey, oldAPIKey},
			Signers:    map[string]support.Secret{"one": signingKey, "two": newSigning},
			DecodePost: w.desk.decodePost, SignIn: w.desk.signIn, TakeToken: w.desk.takeToken,
		},
		"globex-sn": {
			Name: "globex-sn", CRM: w.crm["globex-sn"], Settings: enabled, Instance: "globex",
			HookSecrets: []support.Secret{globexSecret, ""}, APIKeys: []support.Secret{globexKey, ""},
			Signers:    map[string]support.Secret{"one": globexSign},
			DecodePost: w.desk.decodePost, TakeToken: w.desk.takeToken,
		},
		"acme-d365": {
			Name: "acme-d365", CRM: w.crm["acme-d365"], Settings: enabled,
			HookSecrets: []support.Secret{d365Secret}, WebhookSecrets: []support.Secret{webhookKey, oldWebhook},
			DecodePost: w.desk.decodePost, DecodeRequest: w.desk.decodeRequest,
			Report: &sessions.Periodic{Type: "CompanyReport", Connection: "acme-d365", Every: 24 * time.Hour},
		},
	}
}

// signInURL is a link to the sign-in as a worker writes it on a row.
func (w *world) signInURL(ref support.RecordRef, agent support.Agent) string {
	return api.NewLinker(publicURL, linkKey, w.options.Now).SignIn(ref, agent)
}

// answer is what came back.
type answer struct {
	*httptest.ResponseRecorder
	t *testing.T
}

// send sends a request and holds request and answer against the API's description: what is accepted is described, and
// so is every answer.
func (w *world) send(r *http.Request) answer {
	w.t.Helper()
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	recorder := httptest.NewRecorder()
	w.server.Handler().ServeHTTP(recorder, r)
	r.Body = io.NopCloser(bytes.NewReader(body))
	mustBeDescribed(w.t, r, recorder)
	return answer{recorder, w.t}
}

func request(method, target, body string, headers ...string) *http.Request {
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	r := httptest.NewRequest(method, target, reader)
	if strings.HasPrefix(body, "{") {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return r
}

// asCRM sends a request with acme-sn's API key.
func (w *world) asCRM(method, target, body string, headers ...string) answer {
	w.t.Helper()
	return w.send(request(method, target, body, append([]string{"X-Api-Key", apiKey}, headers...)...))
}

func (w *world) asOperator(method, target, body string) answer {
	w.t.Helper()
	return w.send(request(method, target, body, "Authorization", "Bearer "+operator))
}

// signed makes a request signed at the world's time.
func (w *world) signed(keyID string, secret support.Secret, method, target, body string) *http.Request {
	stamp := strconv.FormatInt(w.now.Unix(), 10)
	return request(method, target, body, "X-Lifeline-Timestamp", stamp, "X-Lifeline-Key-Id", keyID,
		"X-Lifeline-Signature", api.Sign(secret, stamp, method, target, []byte(body)))
}

func (a answer) status(want int) answer {
	a.t.Helper()
	require.Equal(a.t, want, a.Code, a.Body.String())
	return a
}

// problem reads the problem document and checks its code.
func (a answer) problem(status int, code string) api.Problem {
	a.t.Helper()
	a.status(status)
	require.Equal(a.t, "application/problem+json", a.Header().Get("Content-Type"))
	var problem api.Problem
	a.decode(&problem)
	require.Equal(a.t, code, problem.Code)
	require.Equal(a.t, status, problem.Status)
	return problem
}

func (a answer) decode(into any) {
	a.t.Helper()
	require.NoError(a.t, json.Unmarshal(a.Body.Bytes(), into), a.Body.String())
}

func (a answer) session() api.SessionAnswer {
	a.t.Helper()
	var session api.SessionAnswer
	a.decode(&session)
	return session
}

// counted tells how many posts of a hook had the outcome.
func (w *world) counted(hook, outcome string) float64 {
	families, err := w.options.Metrics.Registry.Gather()
	require.NoError(w.t, err)
	for _, family := range families {
		if family.GetName() != "lifeline_hooks_total" {
			continue
		}
		for _, metric := range family.GetMetric() {
			labels := map[string]string{}
			for _, label := range metric.GetLabel() {
				labels[label.GetName()] = label.GetValue()
			}
			if labels["hook"] == hook && labels["outcome"] == outcome {
				return metric.GetCounter().GetValue()
			}
		}
	}
	return 0
}

func (w *world) panelLink(ref support.RecordRef, agent support.Agent) string {
	w.t.Helper()
	body, err := json.Marshal(map[string]any{"agent": agent})
	require.NoError(w.t, err)
	target := "/v1/connections/" + ref.Connection + "/records/" + ref.Type + "/" + ref.ID + "/session"
	opened := w.send(w.signed("one", signingKey, http.MethodPost, target, string(body))).session()
	_, token, found := strings.Cut(opened.PanelURL, "/panel?t=")
	require.True(w.t, found)
	w.sessions.forget()
	return token
}

var unreachable = support.Retryable(support.CodeUnreachable, "Lifeline's engine did not answer in time; please try again", 0, context.DeadlineExceeded)
