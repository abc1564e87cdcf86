package web_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/api"
	"example.com/lifeline/metrics"
	"example.com/lifeline/sessions"
	"example.com/lifeline/support"
	"example.com/lifeline/web"
)

const (
	operatorToken = "operator-token-of-the-desk"
	linkKey       = support.Secret("link-key-of-the-desk")
)

var (
	rescueRecord = support.RecordRef{Connection: "acme-sn", Type: "incident", ID: "0123456789abcdef0123456789abcdef"}
	viewerRecord = support.RecordRef{Connection: "acme-d365", Type: "account", ID: "6d81a2b4-0000-4000-8000-00000000c0de"}
	dana         = support.Agent{ID: "u-dana", Name: "Dana Ruiz", Email: "dana@example.org"}
)

// world is a server with pages and API, and with made-up workflows and CRMs behind them.
type world struct {
	t        *testing.T
	server   *httptest.Server
	api      *api.Server
	sessions *fakeSessions
	crm      *fakeCRM
	agent    support.Agent // whom panel links name
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, sessions: newFakeSessions(), crm: &fakeCRM{}, agent: dana, server: httptest.NewUnstartedServer(nil)}
	address := "http://" + w.server.Listener.Addr().String()
	report := &sessions.Periodic{Type: "CompanyReport", Connection: "acme-d365", Every: 24 * time.Hour}
	operators := api.Operators{Token: operatorToken}
	enabled := support.Settings{Enabled: true}
	serviceNow, dynamics := &kindOfCRM{w.crm, support.ServiceNow}, &kindOfCRM{w.crm, support.Dynamics}
	w.api = api.New(api.Options{
		Doors: map[string]*api.Door{
			"acme-sn":   {Name: "acme-sn", CRM: serviceNow, Settings: enabled},
			"acme-d365": {Name: "acme-d365", CRM: dynamics, Settings: enabled, Report: report},
		},
		Sessions: w.sessions, Metrics: metrics.New(), Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		PublicURL: address, TemporalUI: "https://temporal.example.com/namespaces/lifeline", LinkKey: linkKey, Operators: operators,
		BodyLimit: 64 << 10, HookRate: 1000, HookBurst: 1000, PollEvents: 50 * time.Millisecond, Now: time.Now,
	})
	web.Register(w.api.Echo(), web.Options{
		PublicURL: address, FrameAncestors: []string{"https://acme.service-now.example.com"},
		Connections: []web.Connection{
			{Name: "acme-sn", CRM: support.ServiceNow, Vendor: support.Rescue, History: serviceNow},
			{Name: "acme-d365", CRM: support.Dynamics, Vendor: support.TeamViewer, History: dynamics, Report: report},
		},
		Sessions: w.sessions, Links: w.api, Operators: operators, Now: time.Now,
	})
	w.api.Echo().GET("/vendor", func(c echo.Context) error { return c.String(http.StatusOK, "the vendor's console") })
	w.sessions.link = support.Secret(address + "/vendor")
	w.server.Config.Handler = w.api.Handler()
	w.server.Start()
	t.Cleanup(func() {
		w.server.CloseClientConnections()
		w.server.Close()
	})
	return w
}

// panelPath is the signed address of a record's panel, without the host.
func (w *world) panelPath(ref support.RecordRef) string {
	linker := api.NewLinker("", linkKey, time.Now)
	if w.agent == (support.Agent{}) {
		return linker.Panel(ref)
	}
	return w.namedPanel(ref)
}

// namedPanel asks the API for the record's session, as a CRM's button does, and takes the panel's address of its answer.
func (w *world) namedPanel(ref support.RecordRef) string {
	address := "/v1/connections/" + ref.Connection + "/records/" + ref.Type + "/" + ref.ID + "/session"
	r := httptest.NewRequest(http.MethodPost, address, strings.NewReader(`{"agent":{"id":"u-dana","name":"Dana Ruiz","email":"dana@example.org"}}`))
	r.Header.Set("Authorization", "Bearer "+operatorToken)
	r.Header.Set("Content-Type", "application/json")
	recorder := httptest.NewRecorder()
	w.api.Handler().ServeHTTP(recorder, r)
	require.Equal(w.t, http.StatusOK, recorder.Code, recorder.Body.String())
	panel, err := url.Parse(panelURL(w.t, recorder.Body.Bytes()))
	require.NoError(w.t, err)
	w.sessions.forget()
	return panel.RequestURI()
}

// answer is an answer with its body read.
type answer struct {
	*http.Response
	body string
}

func (w *world) get(path string, changes ...func(*http.Request)) answer {
	return w.do(http.MethodGet, path, nil, changes...)
}

func (w *world) post(path string, form url.Values, changes ...func(*http.Request)) answer {
	return w.do(http.MethodPost, path, form, changes...)
}

// do sends a request and follows no redirect.
func (w *world) do(method, path string, form url.Values, changes ...func(*http.Request)) answer {
	w.t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), method, w.server.URL+path, strings.NewReader(form.Encode()))
	require.NoError(w.t, err)
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for _, change := range changes {
		change(r)
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(r)
	require.NoError(w.t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(w.t, err)
	return answer{response, string(body)}
}

func asOperator(r *http.Request) {
	r.AddCookie(&http.Cookie{Name: api.OperatorCookie, Value: operatorToken})
}
