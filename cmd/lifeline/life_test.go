package main

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	simrescue "example.com/lifeline/sandbox/rescue"
	"example.com/lifeline/support"
)

func (s *stage) close(record string) answer {
	s.t.Helper()
	return s.call(http.MethodPost, "acme-sn", "incident", record, "/session/close", map[string]any{"agent": s.agent("dana")})
}

func (s *stage) look(record string) answer {
	s.t.Helper()
	return s.call(http.MethodGet, s.connection, "incident", record, "/session", nil)
}

func TestUnusedCodeExpires(t *testing.T) {
	t.Parallel()
	s := play(t, map[string]string{"LIFELINE_ACME_SN_INVITATION_TTL": "1s"})
	vpn := s.incident("VPN")
	require.Equal(t, http.StatusCreated, s.press(vpn).Status)
	row := s.rowState(vpn, "expired")
	assert.Equal(t, "expired", row["reason"])
	assert.Empty(t, row["pin"])
	s.eventually(func() bool { return s.rows(vpn)[0]["active"] == "false" }, "closed")
	assert.Empty(t, s.notes(vpn), "nothing happened, so there is nothing to note")
	assert.Equal(t, http.StatusCreated, s.press(vpn).Status, "the record is free for a new session")
	assert.Len(t, s.world.Rescue.PINs(), 2)
}

func TestWithdrawnCodeIsClosedAgainWhenACustomerComesWithIt(t *testing.T) {
	t.Parallel()
	s := play(t, nil)
	vpn := s.incident("VPN")
	pressed := s.press(vpn)
	require.Equal(t, http.StatusCreated, pressed.Status, pressed.Raw)
	closed := s.close(vpn)
	require.Equal(t, http.StatusOK, closed.Status, closed.Raw)
	assert.Equal(t, support.Cancelled, closed.State)
	s.rowState(vpn, "cancelled")

	require.Equal(t, http.StatusCreated, s.press(s.incident("Outlook")).Status, "another session, so that the watcher watches")
	session := s.join(pressed.Code, "Joe Employee")
	s.eventually(func() bool {
		now, err := s.world.Rescue.Session(session.ID)
		return err == nil && strings.Contains(string(now.Status), "CLOSED")
	}, "Rescue has no call to withdraw a PIN, so the session is closed when it comes")
	assert.Len(t, s.rows(vpn), 1)
}

func TestRunningSessionIsClosedThroughTheAPI(t *testing.T) {
	t.Parallel()
	s := play(t, nil)
	vpn := s.incident("VPN")
	s.untilConnected(vpn)
	closed := s.close(vpn)
	require.Equal(t, http.StatusOK, closed.Status, closed.Raw)
	row := s.rowState(vpn, "filed")
	assert.Equal(t, "closed_by_us", row["reason"])
	assert.Len(t, s.notes(vpn), 1)
	again := s.close(vpn)
	assert.Equal(t, http.StatusConflict, again.Status)
	assert.Equal(t, support.CodeNoLiveSession, again.Problem.Code)
}

func TestCloseThatTheVendorRefusesLeavesTheSessionOpen(t *testing.T) {
	t.Parallel()
	s := play(t, nil)
	vpn := s.incident("VPN")
	session := s.untilConnected(vpn)
	s.world.Rescue.Fault(simrescue.Fault{Method: "closeSession", Kind: "ACTIONFAILED", Times: 10})
	closed := s.close(vpn)
	assert.Equal(t, support.CodeActionFailed, closed.Problem.Code, closed.Raw)
	assert.Equal(t, support.Connected, s.look(vpn).State)
	s.do(s.world.Rescue.CloseByTechnician(session.ID))
	s.rowState(vpn, "filed")
}

func TestAbandonedSessionIsFiledAsSuch(t *testing.T) {
	t.Parallel()
	s := play(t, map[string]string{"LIFELINE_ACME_SN_END_GRACE": "1h"})
	vpn := s.incident("VPN")
	pressed := s.press(vpn)
	session := s.join(pressed.Code, "Joe Employee")
	s.rowState(vpn, "waiting")
	s.do(s.world.Rescue.CloseByCustomer(session.ID))
	row := s.rowState(vpn, "filed")
	assert.Equal(t, "abandoned", row["reason"])
	assert.Empty(t, row["started_at"])
}

func TestSeveralSessionsOnOneTicketEachHaveRowAndNote(t *testing.T) {
	t.Parallel()
	s := play(t, nil)
	vpn := s.incident("VPN")
	for n := range 2 {
		id := s.wholeSession(vpn, "hello")
		s.eventually(func() bool {
			rows := s.world.ServiceNow.List(s.world.ServiceNow.SessionTable(), "vendor_session_id="+id)
			return len(rows) == 1 && rows[0]["state"] == "filed" && rows[0]["active"] == "false" && len(s.rows(vpn)) == n+1
		}, "filed and closed")
	}
	assert.Len(t, s.notes(vpn), 2)
	history := s.call(http.MethodGet, "acme-sn", "incident", vpn, "/sessions", nil)
	assert.Equal(t, 2, strings.Count(history.Raw, `"state":"filed"`), history.Raw)
}

func TestPressWhileTheLastSessionIsStillBeingFiledGetsANewCode(t *testing.T) {
	t.Parallel()
	s := play(t, nil)
	vpn := s.incident("VPN")
	pressed := s.press(vpn)
	session := s.join(pressed.Code, "Joe Employee")
	s.pickUp(session.ID)
	s.rowState(vpn, "connected")
	// The service account may not write notes, so the filing waits for a human.
	s.world.ServiceNow.Allow("incident", "write", "nobody")
	s.do(s.world.Rescue.Note(session.ID, "first"))
	s.do(s.world.Rescue.CloseByTechnician(session.ID))
	s.eventually(func() bool { return s.look(vpn).Attention != nil }, "the filing waits for a human")
	second := s.press(vpn)
	require.Equal(t, http.StatusCreated, second.Status, second.Raw)
	assert.NotEqual(t, pressed.Code, second.Code)

	s.world.ServiceNow.Allow("incident", "write", "itil")
	adopted := support.AdoptedWorkflowID("acme-sn", itoa(session.ID))
	s.eventually(func() bool {
		_, err := s.app.sessions.RetryRun(t.Context(), adopted, retryPress, "retry")
		return err == nil || len(s.notes(vpn)) > 0
	}, "the rest of the first session can be retried by itself")
	s.eventually(func() bool { return len(s.notes(vpn)) == 1 }, "the first session is filed once")
	s.eventually(func() bool {
		rows := s.world.ServiceNow.List(s.world.ServiceNow.SessionTable(), "vendor_session_id="+itoa(session.ID))
		return len(rows) == 1 && rows[0]["state"] == "filed"
	}, "on its own row")
}

func TestAttentionIsShownMailedRetriedAndCleared(t *testing.T) {
	t.Parallel()
	s := play(t, map[string]string{"LIFELINE_ALERT_AFTER": "1s", "LIFELINE_ALERT_EVERY": "1h"})
	vpn := s.incident("VPN")
	session := s.untilConnected(vpn)
	s.world.ServiceNow.Allow("incident", "write", "nobody")
	s.do(s.world.Rescue.CloseByTechnician(session.ID))
	s.eventually(func() bool { return s.look(vpn).Attention != nil }, "attention")
	view := s.look(vpn)
	assert.Equal(t, support.CodePermission, view.Attention.Code)
	assert.NotEmpty(t, view.Attention.Reason)
	assert.Contains(t, s.log.String(), `"workflow":"`+view.WorkflowID+`","run":"`+view.RunID+`"`, "the log names session and run")
	alert := s.mail("operator@example.com")
	assert.Contains(t, alert.Text, view.Number)
	s.eventually(func() bool {
		list := s.send(http.MethodGet, "/v1/sessions?attention=true", nil)
		return strings.Contains(list.Raw, support.CodePermission)
	}, "operations can find it")
	s.eventually(func() bool {
		rows := s.rows(vpn)
		return len(rows) == 1 && rows[0]["error_code"] == support.CodePermission
	}, "the row says so")

	s.world.ServiceNow.Allow("incident", "write", "itil")
	retried := s.call(http.MethodPost, "acme-sn", "incident", vpn, "/session/retry", map[string]any{})
	require.Equal(t, http.StatusOK, retried.Status, retried.Raw)
	row := s.rowState(vpn, "filed")
	assert.Len(t, s.notes(vpn), 1)
	assert.Empty(t, row["error_code"])
	s.eventually(func() bool { return len(s.world.Mailbox.Mails()) >= 4 }, "one mail says that it is over")
}

// Hours pass on the virtual clock only, in package workflows. Here is what they bring on a real engine: try after try,
// access tokens that ran out meanwhile, and another Lifeline than the one that began.
func TestCRMThatIsDownForALongTimeLosesNothing(t *testing.T) {
	t.Parallel()
	s := play(t, nil)
	vpn := s.incident("VPN")
	pressed := s.press(vpn)
	s.rowState(vpn, "invited")
	s.world.ServiceNow.Down(true)
	session := s.join(pressed.Code, "Joe Employee")
	s.pickUp(session.ID)
	s.do(s.world.Rescue.Note(session.ID, "written while the CRM was down"))
	s.do(s.world.Rescue.CloseByTechnician(session.ID))
	s.eventually(func() bool { return s.look(vpn).State == support.Ended }, "the session has ended")
	s.eventually(func() bool { return s.tries(vpn) > 2 }, "filing is tried again and again")
	s.restart(nil)
	s.world.ServiceNow.ExpireTokens()
	assert.Nil(t, s.look(vpn).Attention, "waiting is no human's matter")
	s.world.ServiceNow.Down(false)
	assert.Equal(t, "written while the CRM was down", s.rowState(vpn, "filed")["notes"])
	assert.Len(t, s.notes(vpn), 1)
	assert.Len(t, s.rows(vpn), 1)
	assert.NotContains(t, s.mailed(), "operator@example.com")
}

// tries is how often the steps under way of the record's session have been tried, at the most.
func (s *stage) tries(record string) int32 {
	s.t.Helper()
	ref := support.RecordRef{Connection: s.connection, Type: "incident", ID: record}
	described, err := s.engine.DescribeWorkflowExecution(s.t.Context(), support.SessionWorkflowID(ref), "")
	require.NoError(s.t, err)
	most := int32(0)
	for _, step := range described.GetPendingActivities() {
		most = max(most, step.GetAttempt())
	}
	return most
}

func TestTechnicianWithoutServiceNowUserIsFiledAllTheSame(t *testing.T) {
	t.Parallel()
	s := play(t, map[string]string{"LIFELINE_ACME_SN_REASSIGN": "always"})
	vpn := s.incident("VPN")
	pressed := s.press(vpn)
	_, err := s.world.Rescue.AddTechnician(simrescue.User{Company: 4711, Name: "Visiting Expert", Email: "expert@example.org", SSOID: "expert@example.org", Group: "Service desk", Console: true})
	require.NoError(t, err)
	session := s.join(pressed.Code, "Joe Employee")
	s.do(s.world.Rescue.Transfer(session.ID, "expert@example.org", ""))
	s.do(s.world.Rescue.PickUp(session.ID, "expert@example.org"))
	s.do(s.world.Rescue.CloseByTechnician(session.ID))
	row := s.rowState(vpn, "filed")
	assert.Equal(t, "Visiting Expert", row["technician_name"])
	incident, _ := s.world.ServiceNow.Get("incident", vpn)
	assert.Equal(t, s.agent("dana")["id"], incident["assigned_to"], "nobody to reassign to")
}

func TestEventsAreToldWithinTwoSecondsOfTheList(t *testing.T) {
	t.Parallel()
	s := play(t, nil)
	vpn := s.incident("VPN")
	pressed := s.press(vpn)
	events, stop := s.stream(vpn)
	defer stop()
	session := s.join(pressed.Code, "Joe Employee")
	started := time.Now()
	for event := range events {
		if strings.Contains(event, `"state":"waiting"`) {
			break
		}
	}
	assert.Less(t, time.Since(started), 5*time.Second)
	s.do(s.world.Rescue.CloseByCustomer(session.ID))
}
