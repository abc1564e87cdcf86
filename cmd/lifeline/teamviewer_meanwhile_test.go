package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/config"
)

// slowCloser is the vendor, who takes as long as the test wants to close a code, once it is on.
type slowCloser struct {
	next    http.Handler
	on      atomic.Bool
	asked   chan struct{}
	release chan struct{}
}

// closeSlowly puts a slow closer before the vendor.
func (s *stage) closeSlowly(connection, vendor string) (closer *slowCloser, overrides map[string]string) {
	s.t.Helper()
	closer = &slowCloser{next: leadTo(s.t, vendor), asked: make(chan struct{}, 10), release: make(chan struct{})}
	server := httptest.NewServer(closer)
	s.t.Cleanup(server.Close)
	return closer, prefixed(connection, map[string]string{"TEAMVIEWER_BASE_URL": server.URL})
}

func (c *slowCloser) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if c.on.Load() && r.Method == http.MethodPut && strings.Contains(r.URL.Path, "/sessions/") {
		c.asked <- struct{}{}
		<-c.release
	}
	c.next.ServeHTTP(w, r)
}

// pressDuringClose closes the record's session, and presses while the vendor is asked to, at a moment of the caller's
// choice.
func (s *stage) pressDuringClose(closer *slowCloser, incident string, moment func()) (again answer) {
	s.t.Helper()
	closer.on.Store(true)
	body := map[string]any{"agent": s.agent("dana")}
	var closing sync.WaitGroup
	var closed answer
	closing.Go(func() { closed = s.callTV(http.MethodPost, incident, "/session/close", body) })
	<-closer.asked
	moment()
	time.AfterFunc(time.Second, func() { close(closer.release) }) // the press has come by then
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
	closer, overrides := s.closeSlowly("acme-tv-sn", life[config.ConnectionPrefix("acme-tv-sn")+"_TEAMVIEWER_BASE_URL"])
	s.restart(overrides)
	vpn, pressed := s.pressTV()
	again := s.pressDuringClose(closer, vpn, func() {
		s.eventually(func() bool { return time.Now().After(pressed.ExpiresAt) }, "the code has run out")
	})
	assert.NotEqual(t, pressed.Code, again.Code)
}

// A mail server that came back brought the code that had been replaced meanwhile, and never the new one.
func TestMailServerThatComesBackBringsTheNewestCode(t *testing.T) {
	t.Parallel()
	s := playTeamViewer(t, "acme-tv-sn", map[string]string{"EMAIL_CUSTOMER": "true", "EMAIL_TECHNICIAN": "false"})
	port := s.env["LIFELINE_MAIL_PORT"]
	s.restart(map[string]string{"LIFELINE_MAIL_PORT": "1"})
	vpn, _ := s.pressTV()
	renewed := s.callTV(http.MethodPost, vpn, "/session/renew", map[string]any{"agent": s.agent("dana")})
	require.Equal(t, http.StatusOK, renewed.Status, renewed.Raw)
	s.restart(map[string]string{"LIFELINE_MAIL_PORT": port})
	assert.Contains(t, s.mail("joe@example.net").Text, renewed.CustomerLink)
	assert.Equal(t, []string{"joe@example.net"}, s.mailed())
}
