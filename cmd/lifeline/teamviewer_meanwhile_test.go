package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/config"
)

// holdCloses keeps the vendor's answer to each call that closes a code until the returned channel is closed. Every such
// call is told of on the other one.
func (s *stage) holdCloses(connection, vendor string) (overrides map[string]string, asked <-chan struct{}, release chan<- struct{}) {
	s.t.Helper()
	next, came, free := leadTo(s.t, vendor), make(chan struct{}, 10), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut && strings.Contains(r.URL.Path, "/sessions/") {
			came <- struct{}{}
			<-free
		}
		next.ServeHTTP(w, r)
	}))
	s.t.Cleanup(server.Close)
	return prefixed(connection, map[string]string{"TEAMVIEWER_BASE_URL": server.URL}), came, free
}

// The run waited for the end of the session that it had left to another one: it never ended, and no press on the record
// ever worked again.
func TestPressWhileTheCodeThatRanOutIsBeingClosedGetsAnother(t *testing.T) {
	t.Parallel()
	s := playTeamViewer(t, "acme-tv-sn", nil)
	life := s.shortLife("acme-tv-sn", 6*time.Second)
	held, asked, release := s.holdCloses("acme-tv-sn", life[config.ConnectionPrefix("acme-tv-sn")+"_TEAMVIEWER_BASE_URL"])
	s.restart(held)
	vpn, pressed := s.pressTV()
	var presses sync.WaitGroup
	var closed, again answer
	presses.Go(func() {
		closed = s.callTV(http.MethodPost, vpn, "/session/close", map[string]any{"agent": s.agent("dana")})
	})
	<-asked
	s.eventually(func() bool { return time.Now().After(pressed.ExpiresAt) }, "the code has run out")
	time.AfterFunc(time.Second, func() { close(release) }) // the press has come by then
	presses.Go(func() { again = s.callTV(http.MethodPost, vpn, "/session", map[string]any{"agent": s.agent("dana")}) })
	presses.Wait()
	require.Equal(t, http.StatusOK, closed.Status, closed.Raw)
	require.Equal(t, http.StatusCreated, again.Status, again.Raw)
	assert.NotEqual(t, pressed.Code, again.Code)
}

// A mail server that came back brought the code that had been replaced meanwhile, and never the new one.
func TestMailServerThatComesBackBringsTheNewestCode(t *testing.T) {
	t.Parallel()
	s := playTeamViewer(t, "acme-tv-sn", map[string]string{"EMAIL_CUSTOMER": "true"})
	port := s.env["LIFELINE_MAIL_PORT"]
	s.restart(map[string]string{"LIFELINE_MAIL_PORT": "1"})
	vpn, _ := s.pressTV()
	renewed := s.callTV(http.MethodPost, vpn, "/session/renew", map[string]any{"agent": s.agent("dana")})
	require.Equal(t, http.StatusOK, renewed.Status, renewed.Raw)
	s.restart(map[string]string{"LIFELINE_MAIL_PORT": port})
	assert.Contains(t, s.mail("joe@example.net").Text, renewed.CustomerLink)
	assert.Equal(t, []string{"joe@example.net"}, s.mailed())
}
