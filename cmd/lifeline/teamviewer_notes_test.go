package main

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	simdataverse "example.com/lifeline/sandbox/dataverse"
	simteamviewer "example.com/lifeline/sandbox/teamviewer"
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
	for n, edited := range []string{"second visit: driver\r\nreplaced", "second", strings.Repeat("at length ", 8000), "second", ""} {
		s.tv(s.world.TeamViewer.EditNotes(pressed.Code, edited))
		whole := strings.TrimSpace("first visit\n" + edited)
		s.eventually(func() bool { return s.rows(vpn)[0]["notes"] == whole[:min(len(whole), 65_000)] }, "taken over")
		s.eventually(func() bool { return len(s.notes(vpn)) >= n+2 }, "noted: an edit that comes before is noted with the next one")
		assert.Len(t, s.notes(vpn), n+2, "each is noted once")
	}
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

// Notes that were emptied, or became what they had been before, kept their last text.
func TestNotesAreEmptiedWhereTheyAreKept(t *testing.T) {
	t.Parallel()
	s := playTeamViewer(t, "acme-tv-d365", map[string]string{"RECONCILE": "1s"})
	row := s.pressRow(simdataverse.DemoDana, simdataverse.DemoCase)
	code := s.dynamicsRow(row, "invited", inState("invited")).Text("lifeline_vendorsessionid")
	s.tv(s.world.TeamViewer.CustomerOnline(code))
	s.dynamicsRow(row, "waiting", inState("waiting"))
	s.tv(s.world.TeamViewer.SupporterConnects(code, "dana@example.com", true))
	s.tv(s.world.TeamViewer.ConnectionEnds(code))
	s.tv(s.world.TeamViewer.EditNotes(code, "wrong customer"))
	s.tv(s.world.TeamViewer.CustomerOffline(code))
	s.dynamicsRow(row, "filed and closed", filedAndClosed)
	for _, edited := range []string{"", "wrong customer", ""} {
		s.tv(s.world.TeamViewer.EditNotes(code, edited))
		s.dynamicsRow(row, "taken over: "+edited, func(r simdataverse.Row) bool { return r.Text("lifeline_notes") == edited })
	}
	s.dynamicsRow(row, "closed again", filedAndClosed)
}

// An edit took what the first page of the report tells for all: what was noted of the other connections was gone.
func TestNotesOfConnectionsOnSeveralPagesOfTheReportAreKept(t *testing.T) {
	t.Parallel()
	s := playTeamViewer(t, "acme-tv-sn", map[string]string{"RECONCILE": "1s", "END_GRACE": "8s"})
	s.world.TeamViewer.Configure(func(c *simteamviewer.Settings) { c.PageSize = 1 })
	vpn, pressed := s.pressTV()
	s.playTV(vpn, pressed.Code, "first visit")
	s.eventually(func() bool { return s.rows(vpn)[0]["customer_online"] == "false" }, "offline")
	s.playTV(vpn, pressed.Code, "second visit")
	assert.Equal(t, "first visit\nsecond visit", s.rowState(vpn, "filed")["notes"])
	s.tv(s.world.TeamViewer.EditNotes(pressed.Code, "second"))
	s.eventually(func() bool { return strings.HasSuffix(s.rows(vpn)[0]["notes"], "second") }, "taken over")
	assert.Equal(t, "first visit\nsecond", s.rows(vpn)[0]["notes"])
}
