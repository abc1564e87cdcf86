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

// pressDuringClose closes the record's session, and presses while the vendor is asked to, at a moment of the caller's
// choice.
func (s *stage) pressDuringClose(incident string, asked <-chan struct{}, release chan<- struct{}, moment func()) (again answer) {
	s.t.Helper()
	body := map[string]any{"agent": s.agent("dana")}
	var closing sync.WaitGroup
	var closed answer
	closing.Go(func() { closed = s.callTV(http.MethodPost, incident, "/session/close", body) })
	<-asked
	moment()
	time.AfterFunc(time.Second, func() { close(release) }) // the press has come by then
	again = s.callTV(http.MethodPost, incident, "/session", body)
	closing.Wait()
	require.Equal(s.t, http.StatusOK, closed.Status, closed.Raw)
	require.Equal(s.t, http.StatusCreated, again.Status, again.Raw)
	return again
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
	again := s.pressDuringClose(vpn, asked, release, func() {
		s.eventually(func() bool { return time.Now().After(pressed.ExpiresAt) }, "the code has run out")
	})
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
