package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/config"
)

// shortLife lets codes live for as long as no vendor would let them: whoever asks for one gets it with this life.
func (s *stage) shortLife(connection string, life time.Duration) (overrides map[string]string) {
	s.t.Helper()
	vendor := leadTo(s.t, s.env[config.ConnectionPrefix(connection)+"_TEAMVIEWER_BASE_URL"])
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/sessions") {
			r.Body = io.NopCloser(bytes.NewReader(until(s.t, r.Body, time.Now().Add(life))))
			r.ContentLength = -1
		}
		vendor.ServeHTTP(w, r)
	}))
	s.t.Cleanup(server.Close)
	return prefixed(connection, map[string]string{"TEAMVIEWER_BASE_URL": server.URL})
}

// until is the body of a call for a code with another end.
func until(t *testing.T, body io.Reader, end time.Time) []byte {
	var asked map[string]any
	assert.NoError(t, json.NewDecoder(body).Decode(&asked))
	asked["valid_until"] = end.UTC().Format(time.RFC3339)
	changed, err := json.Marshal(asked)
	assert.NoError(t, err)
	return changed
}

func playShortLife(t *testing.T) *stage {
	t.Helper()
	s := playTeamViewer(t, "acme-tv-sn", nil)
	s.restart(s.shortLife("acme-tv-sn", 12*time.Second))
	return s
}

// TeamViewer leaves codes open that have run out: they would count against the licence.
func TestUnusedTeamViewerCodeExpiresAndIsClosedAtTheVendor(t *testing.T) {
	t.Parallel()
	s := playShortLife(t)
	vpn, pressed := s.pressTV()
	s.rowState(vpn, "expired")
	s.buttonsBecome(vpn, "New")
	s.closedAtVendor(pressed.Code)
	again := s.callTV(http.MethodPost, vpn, "/session", map[string]any{"agent": s.agent("dana")})
	require.Equal(t, http.StatusCreated, again.Status, again.Raw)
	assert.NotEqual(t, pressed.Code, again.Code)
}

// waitingTV presses for a code, and lets the customer come with it.
func (s *stage) waitingTV() (incident string, pressed answer) {
	s.t.Helper()
	incident, pressed = s.pressTV()
	s.tv(s.world.TeamViewer.CustomerOnline(pressed.Code))
	s.rowState(incident, "waiting")
	return incident, pressed
}

// A customer who was there when the code ran out is not filed as one who never came.
func TestTeamViewerCodeThatRanOutAfterSomebodyCameIsFiled(t *testing.T) {
	t.Parallel()
	s := playShortLife(t)
	vpn, pressed := s.waitingTV()
	s.buttonsBecome(vpn, "New")
	s.tv(s.world.TeamViewer.CustomerOffline(pressed.Code))
	assert.Equal(t, "no_report", s.rowState(vpn, "filed")["reason"])
	s.buttonsBecome(vpn, "New")
	s.closedAtVendor(pressed.Code)
}

// The help page enables New when the code has run out, whoever is there: the links of the old one lead nowhere.
func TestNewWorksWhileSomebodyIsStillConnectedWithACodeThatRanOut(t *testing.T) {
	t.Parallel()
	s := playShortLife(t)
	vpn, pressed := s.waitingTV()
	s.tv(s.world.TeamViewer.SupporterConnects(pressed.Code, "dana@example.com", true))
	s.buttonsBecome(vpn, "New")
	again := s.callTV(http.MethodPost, vpn, "/session", map[string]any{"agent": s.agent("dana")})
	require.Equal(t, http.StatusCreated, again.Status, again.Raw)
	assert.NotEqual(t, pressed.Code, again.Code)

	s.tv(s.world.TeamViewer.ConnectionEnds(pressed.Code))
	s.tv(s.world.TeamViewer.EditNotes(pressed.Code, "Driver reinstalled"))
	s.tv(s.world.TeamViewer.CustomerOffline(pressed.Code))
	s.eventually(func() bool {
		rows := s.rows(vpn)
		return len(rows) == 2 && rows[0]["state"] == "filed" && rows[0]["notes"] == "Driver reinstalled"
	}, "the old session is followed to its end")
	s.closedAtVendor(pressed.Code)
	assert.Len(t, s.notes(vpn), 1)
	assert.Equal(t, "invited", s.rows(vpn)[1]["state"], "the new one is untouched")
}
