package dataverse_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
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

const (
	appID  = "11111111-2222-4333-8444-555555555555"
	secret = "s3cret~value"
	tenant = "7f3f0c1e-5a0b-4a57-9d3b-0c6a4d1f2e10"
)

// world is a seeded environment on a server, with the token of an administrator's app.
type world struct {
	t     *testing.T
	sim   *dataverse.Sim
	url   string // of the server
	token string
}

func open(t *testing.T, change ...func(*dataverse.Options)) *world {
	t.Helper()
	opts := dataverse.Options{Installed: true, TenantID: tenant, Logger: slog.New(slog.DiscardHandler),
		Apps: []dataverse.App{{ID: appID, Secret: secret, Roles: []string{dataverse.RoleAdmin}}}}
	for _, c := range change {
		c(&opts)
	}
	sim := dataverse.New(opts)
	require.NoError(t, sim.Seed())
	server := httptest.NewServer(sim.Handler())
	t.Cleanup(func() { server.Close(); sim.Close() })
	w := &world{t: t, sim: sim, url: server.URL}
	w.token = sim.UserToken(sim.ApplicationUser(appID))
	return w
}

// reply is an answer with its body.
type reply struct {
	t      *testing.T
	Status int
	Header http.Header
	Text   string
}

func (r reply) JSON() map[string]any {
	r.t.Helper()
	var body map[string]any
	require.NoError(r.t, json.Unmarshal([]byte(r.Text), &body), r.Text)
	return body
}

func (r reply) Values() []map[string]any {
	r.t.Helper()
	var body struct{ Value []map[string]any }
	require.NoError(r.t, json.Unmarshal([]byte(r.Text), &body), r.Text)
	return body.Value
}

func (r reply) Column(name string) []any {
	var list []any
	for _, one := range r.Values() {
		list = append(list, one[name])
	}
	return list
}

// Refused asserts an error answer.
func (r reply) Refused(status int, code string) {
	r.t.Helper()
	assert.Equal(r.t, status, r.Status, r.Text)
	failure, _ := r.JSON()["error"].(map[string]any)
	assert.Equal(r.t, code, failure["code"], r.Text)
}

// Is asserts the status.
func (r reply) Is(status int) reply {
	r.t.Helper()
	require.Equal(r.t, status, r.Status, r.Text)
	return r
}

// call sends a request to the API. A path with spaces is encoded; headers are "Name: value".
func (w *world) call(method, path string, body any, headers ...string) reply {
	w.t.Helper()
	r, err := w.try(method, path, body, headers...)
	require.NoError(w.t, err)
	return r
}

func (w *world) try(method, path string, body any, headers ...string) (reply, error) {
	w.t.Helper()
	var reader io.Reader
	switch body := body.(type) {
	case nil:
	case string:
		reader = strings.NewReader(body)
	default:
		encoded, err := json.Marshal(body)
		require.NoError(w.t, err)
		reader = bytes.NewReader(encoded)
	}
	if !strings.HasPrefix(path, "http") && !strings.HasPrefix(path, "/") {
		path = "/api/data/v9.2/" + path
	}
	if strings.HasPrefix(path, "/") {
		path = w.url + path
	}
	req, err := http.NewRequestWithContext(w.t.Context(), method, strings.ReplaceAll(path, " ", "%20"), reader)
	require.NoError(w.t, err)
	req.Header.Set("Authorization", "Bearer "+w.token)
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		req.Header.Set(name, value)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return reply{}, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return reply{t: w.t, Status: res.StatusCode, Header: res.Header, Text: string(text)}, err
}

func (w *world) get(path string, headers ...string) reply {
	w.t.Helper()
	return w.call(http.MethodGet, path, nil, headers...)
}

func (w *world) post(path string, body any, headers ...string) reply {
	w.t.Helper()
	return w.call(http.MethodPost, path, body, headers...)
}

func (w *world) patch(path string, body any, headers ...string) reply {
	w.t.Helper()
	return w.call(http.MethodPatch, path, body, headers...)
}

// as gives the same world with the token of a user.
func (w *world) as(userID string) *world {
	other := *w
	other.token = w.sim.UserToken(userID)
	return &other
}

// filter lists a set by an OData filter, encoded as a client does.
func (w *world) filter(set, filter string) reply {
	w.t.Helper()
	return w.get(set + "?$filter=" + url.QueryEscape(filter))
}

// waitFor waits for a state of the simulator without sleeping.
func (w *world) waitFor(condition func() bool) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 5*time.Second)
	defer cancel()
	require.NoError(w.t, w.sim.Wait(ctx, condition))
}

func (w *world) row(table, id string) dataverse.Row {
	w.t.Helper()
	row, ok := w.sim.Get(table, id)
	require.True(w.t, ok, "%s %s", table, id)
	return row
}

func (w *world) rows(table, filter string) []dataverse.Row {
	w.t.Helper()
	rows, err := w.sim.List(table, filter)
	require.NoError(w.t, err)
	return rows
}

const returnRow = "Prefer: return=representation"

type object = map[string]any
