package main

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// An edited note was added to what it replaced, and one that had become shorter was not taken over at all.
func TestNotesEditedAgainAndAgainReplaceWhatTheyWere(t *testing.T) {
	t.Parallel()
	s := playTeamViewer(t, "acme-tv-sn", map[string]string{"RECONCILE": "1s", "END_GRACE": "8s"})
	vpn, pressed := s.pressTV()
	s.playTV(vpn, pressed.Code, "first visit")
	s.eventually(func() bool { return s.rows(vpn)[0]["customer_online"] == "false" }, "offline")
	s.playTV(vpn, pressed.Code, "second visit")
	assert.Equal(t, "first visit\nsecond visit", s.rowState(vpn, "filed")["notes"])
	seconds := s.rows(vpn)[0]["work_s"]
	for _, edited := range []string{"second visit: driver\r\nreplaced", "second", strings.Repeat("at length ", 8000)} {
		s.tv(s.world.TeamViewer.EditNotes(pressed.Code, edited))
		whole := "first visit\n" + edited
		s.eventually(func() bool { return s.rows(vpn)[0]["notes"] == whole[:min(len(whole), 65_000)] }, "taken over")
	}
	s.eventually(func() bool { return len(s.notes(vpn)) == 4 }, "each is noted once")
	assert.Equal(t, seconds, s.rows(vpn)[0]["work_s"])
	require.Len(t, s.rows(vpn), 1)
}

// A report that comes after the session was filed with another one tells of a further connection on its code.
func TestReportThatComesAfterAnotherOneIsTakenIn(t *testing.T) {
	t.Parallel()
	s := playTeamViewer(t, "acme-tv-sn", map[string]string{"RECONCILE": "1s"})
	vpn, pressed := s.pressTV()
	s.playTV(vpn, pressed.Code, "first visit")
	filed := s.rowState(vpn, "filed")
	late := s.world.TeamViewer.Reports()[0]
	late.ID, late.Notes = "", ""
	late.EndDate = late.StartDate.Add(time.Minute)
	s.world.TeamViewer.AddReport(late)
	s.eventually(func() bool { return s.rows(vpn)[0]["ended_at"] > filed["ended_at"] }, "the session ended later")
	assert.Equal(t, "60", s.rows(vpn)[0]["work_s"])
	assert.Equal(t, "first visit", s.rows(vpn)[0]["notes"])
	assert.Len(t, s.rows(vpn), 1)
}
