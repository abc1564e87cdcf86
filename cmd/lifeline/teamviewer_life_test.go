package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/api"
	simdataverse "example.com/lifeline/sandbox/dataverse"
	simteamviewer "example.com/lifeline/sandbox/teamviewer"
	"example.com/lifeline/support"
)

// playTV lets customer and technician come, work and leave, with a note in the vendor's report.
func (s *stage) playTV(incident, code, note string) {
	s.t.Helper()
	s.tv(s.world.TeamViewer.CustomerOnline(code))
	s.rowState(incident, "waiting")
	s.tv(s.world.TeamViewer.SupporterConnects(code, "dana@example.com", true))
	s.tv(s.world.TeamViewer.ConnectionEnds(code))
	s.tv(s.world.TeamViewer.EditNotes(code, note))
	s.tv(s.world.TeamViewer.CustomerOffline(code))
}

// enabled names the buttons that are, in order.
func enabled(b support.Buttons) string {
	var names []string
	for _, button := range []struct {
		name string
		on   bool
	}{{"New", b.New}, {"Join", b.Join}, {"Share", b.Share}, {"Close", b.Close}} {
		if button.on {
			names = append(names, button.name)
		}
	}
	return strings.Join(names, " ")
}

// buttons are what the API serves and what the session row shows.
func (s *stage) buttons(incident string) (served, shown string) {
	s.t.Helper()
	served = enabled(s.callTV(http.MethodGet, incident, "/session", nil).Buttons)
	rows := s.rows(incident)
	if len(rows) == 0 {
		return served, ""
	}
	on := func(column string) bool { return rows[len(rows)-1][column] == "true" }
	return served, enabled(support.Buttons{New: on("can_new"), Join: on("can_join"), Share: on("can_share"), Close: on("can_close")})
}

func (s *stage) buttonsBecome(incident, want string) {
	s.t.Helper()
	s.eventually(func() bool {
		served, shown := s.buttons(incident)
		return served == want && shown == want
	}, "API and row show "+want)
}

func TestTeamViewerButtonsAreAsTheHelpPageSays(t *testing.T) {
	t.Parallel()
	s := playTeamViewer(t, "acme-tv-sn", nil)
	vpn := s.incident("VPN")
	served, _ := s.buttons(vpn)
	assert.Equal(t, "New", served, "on a fresh record")
	_, pressed := s.pressTV()
	s.buttonsBecome(vpn, "Join Share Close")
	s.tv(s.world.TeamViewer.CustomerOnline(pressed.Code))
	s.rowState(vpn, "waiting")
	s.buttonsBecome(vpn, "Join Share Close")
	closed := s.callTV(http.MethodPost, vpn, "/session/close", map[string]any{})
	require.Equal(t, http.StatusOK, closed.Status, closed.Raw)
	s.rowState(vpn, "filed")
	s.buttonsBecome(vpn, "New")
	again := s.callTV(http.MethodPost, vpn, "/session", map[string]any{"agent": s.agent("dana")})
	assert.Equal(t, http.StatusCreated, again.Status, again.Raw)
	assert.NotEqual(t, pressed.Code, again.Code)
}

// The original tells of a customer only if the link was shared, and only on the open record.
func TestCustomerJoinedIsToldAtOnceAndEachTime(t *testing.T) {
	t.Parallel()
	s := playTeamViewer(t, "acme-tv-sn", map[string]string{"EMAIL_CUSTOMER": "false", "END_GRACE": "3s"})
	vpn, pressed := s.pressTV()
	s.rowState(vpn, "invited")
	events, stop := s.streamOf("acme-tv-sn", vpn)
	defer stop()
	for range 2 {
		came := time.Now()
		s.tv(s.world.TeamViewer.CustomerOnline(pressed.Code))
		s.told(events, func(v api.SessionAnswer) bool { return v.CustomerOnline != nil && *v.CustomerOnline })
		assert.Less(t, time.Since(came), 200*time.Millisecond+2*time.Second, "one poll and two seconds")
		s.eventually(func() bool { return s.rows(vpn)[0]["customer_online"] == "true" }, "the row tells it")
		s.tv(s.world.TeamViewer.CustomerOffline(pressed.Code))
		s.told(events, func(v api.SessionAnswer) bool { return v.CustomerOnline != nil && !*v.CustomerOnline })
	}
	closed := s.callTV(http.MethodPost, vpn, "/session/close", map[string]any{})
	require.Equal(t, http.StatusOK, closed.Status, closed.Raw)
	s.rowState(vpn, "filed")
	require.Len(t, s.notes(vpn), 1)
	assert.Regexp(t, `Customer joined: \S+ \S+ UTC, \S+ \S+ UTC`, s.notes(vpn)[0])
}

// told waits until the stream of a record tells what is wanted.
func (s *stage) told(events <-chan string, wanted func(api.SessionAnswer) bool) {
	s.t.Helper()
	for line := range events {
		var view api.SessionAnswer
		data, found := strings.CutPrefix(line, "data: ")
		if found && json.Unmarshal([]byte(data), &view) == nil && wanted(view) {
			return
		}
	}
	require.Fail(s.t, "the stream ended before it was told")
}

func TestSessionDeletedInTheConsoleEnds(t *testing.T) {
	t.Parallel()
	s := playTeamViewer(t, "acme-tv-sn", nil)
	vpn, pressed := s.pressTV()
	s.rowState(vpn, "invited")
	s.tv(s.world.TeamViewer.DeleteSession(pressed.Code))
	s.rowState(vpn, "cancelled")
	s.buttonsBecome(vpn, "New")
}

func TestReportThatComesLateCorrectsTheSession(t *testing.T) {
	t.Parallel()
	s := playTeamViewer(t, "acme-tv-sn", map[string]string{"RECONCILE": "1s"})
	s.world.TeamViewer.Configure(func(c *simteamviewer.Settings) { c.ReportDelay = simteamviewer.Delay(time.Hour) })
	vpn, pressed := s.pressTV()
	s.tv(s.world.TeamViewer.CustomerOnline(pressed.Code))
	s.rowState(vpn, "waiting")
	s.tv(s.world.TeamViewer.SupporterConnects(pressed.Code, "dana@example.com", true))
	s.tv(s.world.TeamViewer.CustomerOffline(pressed.Code))
	closed := s.callTV(http.MethodPost, vpn, "/session/close", map[string]any{})
	require.Equal(t, http.StatusOK, closed.Status, closed.Raw)
	row := s.rowState(vpn, "filed")
	assert.Equal(t, "no_report", row["reason"])
	require.Len(t, s.notes(vpn), 1)
	assert.Contains(t, s.notes(vpn)[0], "No report by the vendor")

	s.world.TeamViewer.Advance(2 * time.Hour)
	s.eventually(func() bool { return s.rows(vpn)[0]["reason"] != "no_report" && s.rows(vpn)[0]["started_at"] != "" }, "corrected")
	s.eventually(func() bool { return len(s.notes(vpn)) == 2 }, "the news are noted")
	assert.Contains(t, strings.Join(s.notes(vpn), "\n"), "username: Dana Whitfield")
	assert.Len(t, s.rows(vpn), 1)
}

// The engine's data was lost, or the run was ended by hand: the vendor's report and the token in it bring the session back.
func TestTeamViewerSessionOfALostRunIsReconciled(t *testing.T) {
	t.Parallel()
	s := playTeamViewer(t, "acme-tv-sn", map[string]string{"RECONCILE": "1s"})
	vpn, pressed := s.pressTV()
	s.rowState(vpn, "invited")
	require.NoError(t, s.engine.TerminateWorkflow(t.Context(), pressed.WorkflowID, "", "lost"))
	s.tv(s.world.TeamViewer.CustomerOnline(pressed.Code))
	s.tv(s.world.TeamViewer.SupporterConnects(pressed.Code, "dana@example.com", true))
	s.tv(s.world.TeamViewer.CustomerOffline(pressed.Code))
	s.rowState(vpn, "filed")
	assert.Len(t, s.rows(vpn), 1)
	assert.Len(t, s.notes(vpn), 1)
}

// A run that was ended by hand left New disabled until its code ran out, and the others enabled for nothing.
func TestRecordWhoseRunWasEndedByHandMayHaveAnotherSession(t *testing.T) {
	t.Parallel()
	s := playTeamViewer(t, "acme-tv-sn", nil)
	vpn, pressed := s.pressTV()
	s.rowState(vpn, "invited")
	require.NoError(t, s.engine.TerminateWorkflow(t.Context(), pressed.WorkflowID, "", "by hand"))
	s.eventually(func() bool { served, _ := s.buttons(vpn); return served == "New" }, "only New is enabled")
	again := s.callTV(http.MethodPost, vpn, "/session", map[string]any{"agent": s.agent("dana")})
	assert.Equal(t, http.StatusCreated, again.Status, again.Raw)
}

func TestHistoryFillsByItself(t *testing.T) {
	t.Parallel()
	s := playTeamViewer(t, "acme-tv-sn", nil)
	vpn, pressed := s.pressTV()
	s.playTV(vpn, pressed.Code, "first visit")
	s.rowState(vpn, "filed")
	var history struct {
		Sessions []api.HistoryItem `json:"sessions"`
	}
	decode(t, s.callTV(http.MethodGet, vpn, "/sessions", nil).Raw, &history)
	require.Len(t, history.Sessions, 1)
	got := history.Sessions[0]
	assert.Equal(t, []string{pressed.Code, "filed", "first visit"}, []string{got.VendorSessionID, string(got.State), got.Notes})
}

// Templates of every kind of record name the chosen contact and the agent; the original named whoever was signed in.
func TestTemplatesOfEveryDynamicsRecordNameTheRightPeople(t *testing.T) {
	t.Parallel()
	s := playTeamViewer(t, "acme-tv-d365", map[string]string{"API_KEY": "an-api-key-of-the-forms"})
	agent := map[string]string{"id": simdataverse.DemoDana, "name": "Dana Whitfield", "email": "dana@example.com"}
	for table, id := range map[string]string{
		"incident": simdataverse.DemoCase, "account": simdataverse.DemoAccount, "contact": simdataverse.DemoContact,
		"lead": simdataverse.DemoLead, "opportunity": simdataverse.DemoOpportunity,
	} {
		path := "/v1/connections/acme-tv-d365/records/" + table + "/" + id
		opened := s.pressOnForm(path, map[string]any{"agent": agent})
		var list struct {
			Templates []support.Template `json:"templates"`
			Contacts  []support.Customer `json:"contacts"`
		}
		decode(t, s.send(http.MethodGet, path+"/templates", nil, "X-Api-Key", "an-api-key-of-the-forms").Raw, &list)
		require.Greater(t, len(list.Templates), 1, table)
		require.NotEmpty(t, list.Contacts, table)
		for _, template := range list.Templates[1:] {
			assert.True(t, strings.HasPrefix(strings.ToLower(template.Title), "teamviewer email"), template.Title)
		}
		to := support.Customer{Name: "Chosen " + table, Email: table + "@example.net"}
		shared := s.send(http.MethodPost, path+"/session/share", map[string]any{"agent": agent, "to": to, "templateId": list.Templates[1].ID},
			"X-Api-Key", "an-api-key-of-the-forms")
		require.Equal(t, http.StatusOK, shared.Status, table+shared.Raw)
		mail := s.mail(to.Email)
		assert.Contains(t, mail.HTML, "Dear "+to.Name, table)
		assert.Contains(t, mail.HTML, "Dana Whitfield", table)
		assert.Contains(t, mail.HTML, opened.CustomerLink, table)
		assert.NotContains(t, mail.HTML+mail.Subject, "# Lifeline", table)
	}
}
