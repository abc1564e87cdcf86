package rescue_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	simrescue "example.com/lifeline/sandbox/rescue"
)

// rows lists the plain session rows of a node as the administrator sees them.
func (b *bench) rows(node int) [][]string {
	b.Helper()
	body, found := strings.CutPrefix(b.call("getSession_v3", "node", strconv.Itoa(node), "noderef", "NODE", "authcode", b.token()), "OK\n\n")
	require.True(b, found)
	lines := strings.Split(strings.TrimSuffix(body, "\n"), "\n")
	require.True(b, strings.HasPrefix(lines[0], "ID|Status|Entry ID|"))
	var cells [][]string
	for _, line := range lines[1:] {
		cells = append(cells, strings.Split(line, "|"))
	}
	return cells
}

// status is the bStatus of the only session on a node, "" without one.
func (b *bench) status(node int) string {
	b.Helper()
	answer := b.soap("getSession_V3", "<iNodeID>"+strconv.Itoa(node)+"</iNodeID><eNodeRef>NODE</eNodeRef><sAuthCode>"+b.token()+"</sAuthCode>")
	if !strings.Contains(answer, "<bStatus>") {
		require.Contains(b, answer, "<aSessions></aSessions>")
		return ""
	}
	return within(b, answer, "<bStatus>", "</bStatus>")
}

func TestNoSessionsIsAHeaderOnly(t *testing.T) {
	require.Empty(t, newBench(t).rows(danaNode))
}

func TestAnUnusedPINHasNoRowUnlessSwitchedOn(t *testing.T) {
	b := newBench(t)
	b.pin()
	require.Empty(t, b.status(danaNode))
	b.sim.Configure(func(s *simrescue.Settings) { s.RowAtPIN = true })
	b.pin()
	require.Equal(t, "SESSION_CONNECTING", b.status(danaNode))
	b.sim.Advance(20 * time.Minute)
	require.Empty(t, b.status(danaNode))
}

func TestAWaitingSessionShowsFieldsButNotTracking(t *testing.T) {
	b := newBench(t)
	x := b.joined("cfield1", "ana@example.org", "cfield5", "c:7f3e", "tracking0", "c:secret")
	b.sim.Advance(35 * time.Second)
	row := b.rows(danaNode)[0]
	require.Equal(t, []string{
		strconv.FormatInt(x.ID, 10), "Waiting", "0", "", "25500123", "Dana Ruiz", "6/18/2026 9:41 AM", "35", "Ana Lopez",
		"ana@example.org", "", "", "", "c:7f3e", "en", "", "", "yes", "", "",
	}, row)
	require.Len(t, row, 20) // 19 columns and the empty cell after the last bar
}

func TestSOAPShowsTheSessionWithItsEnumeration(t *testing.T) {
	b := newBench(t)
	b.joined("cfield5", "a<b")
	answer := b.soap("getSession_V3", "<iNodeID>25500123</iNodeID><eNodeRef>NODE</eNodeRef><sAuthCode>"+b.code("dana-sso")+"</sAuthCode>")
	require.Equal(t, "getSession_OK", within(t, answer, "<getSession_V3Result>", "</"))
	require.Equal(t, "SESSION_WAITING", within(t, answer, "<bStatus>", "</"))
	require.Equal(t, "6/18/2026 9:41:31 AM", within(t, answer, "<sStartTime>", "</"))
	require.Equal(t, "a&lt;b", within(t, answer, "<sCustomField5>", "</"))
}

func TestWordsAreTranslatedEnumerationsAreNot(t *testing.T) {
	b := newBench(t)
	b.sim.Configure(func(s *simrescue.Settings) { s.Language = simrescue.Portuguese })
	b.active()
	row := b.rows(danaNode)[0]
	require.Equal(t, "Ativas", row[1])
	require.Equal(t, "sim", row[17])
	require.Equal(t, "SESSION_PICKEDUP", b.status(danaNode))
}

func TestATechnicianSeesOnlyHisOwnNode(t *testing.T) {
	b := newBench(t)
	lee := b.code("lee-sso")
	require.Equal(t, "INVALIDPARAM_NODE", b.call("getSession_v3", "node", "25500123", "authcode", lee))
	require.Equal(t, "INVALIDPARAM_NODE", b.call("getSession_v3", "node", "41200", "authcode", lee))
	require.Contains(t, b.call("getSession_v3", "node", "25500124", "authcode", lee), "OK\n\nID|")
	b.joined()
	require.Len(t, b.rows(companyID), 1)
}

func TestWhoEndsASessionDecidesItsStatus(t *testing.T) {
	type step = func(*simrescue.Sim, int64) (simrescue.Session, error)
	leave, timeOut := (*simrescue.Sim).CloseByCustomer, (*simrescue.Sim).TimeOut
	hold := (*simrescue.Sim).Hold
	end := func(s *simrescue.Sim, id int64) (simrescue.Session, error) { return s.CloseByTechnician(id) }
	give := func(s *simrescue.Sim, id int64) (simrescue.Session, error) { return s.Transfer(id, "lee-sso", "") }
	reboot := func(s *simrescue.Sim, id int64) (simrescue.Session, error) { return s.Interrupt(id, true) }
	for _, c := range []struct {
		name   string
		picked bool
		steps  []step
		want   string
		listed bool
	}{
		{"waiting customer leaves", false, []step{leave}, "SESSION_CLOSEDBYWAITINGCUSTOMER", false},
		{"waiting times out", false, []step{timeOut}, "SESSION_WAITINGTIMEOUT_NOTPICKEDUP", false},
		{"leaves while transferred unpicked", false, []step{give, leave}, "SESSION_CUSTOMERLEFTSESSION_DURINGTRANSFER_WITHOUTPICKUP", false},
		{"technician ends", true, []step{end}, "SESSION_CLOSEDBYTECHNICIAN", false},
		{"active customer leaves", true, []step{leave}, "SESSION_CLOSEDBYACTIVECUSTOMER", true},
		{"technician clears what the customer left", true, []step{leave, end}, "SESSION_CLOSEDBYTECHNICIAN", false},
		{"nobody clears it", true, []step{leave, timeOut}, "SESSION_TIMEOUT_TECHCONNECTIONLOSTORSESSIONWASNOTCLOSEDBYTECH", false},
		{"on hold customer leaves", true, []step{hold, leave}, "SESSION_ONHOLDBUTCUSTOMERLEFT", true},
		{"idle", true, []step{timeOut}, "SESSION_TIMEOUT_SESSIONIDLETECHSIDE", true},
		{"idle and cleared", true, []step{timeOut, end}, "SESSION_TIMEOUT_SESSIONIDLETECHSIDE", false},
		{"leaves in transfer", true, []step{give, leave}, "SESSION_CUSTOMERLEFTSESSION_DURINGTRANSFER", false},
		{"leaves while rebooting", true, []step{reboot, leave}, "SESSION_CLOSED_DURINGREBOOTING", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			x := b.joined()
			if c.picked {
				_, err := b.sim.PickUp(x.ID, "")
				require.NoError(t, err)
			}
			for _, do := range c.steps {
				var err error
				x, err = do(b.sim, x.ID)
				require.NoError(t, err)
			}
			require.Equal(t, c.want, string(x.Status))
			require.Equal(t, c.listed, x.Listed)
		})
	}
}

func TestAFinishedSessionStaysListedAsLongAsConfigured(t *testing.T) {
	b := newBench(t, func(o *simrescue.Options) { o.KeepClosed = simrescue.Duration(time.Hour) })
	_, err := b.sim.CloseByTechnician(b.active().ID)
	require.NoError(t, err)
	require.Equal(t, "SESSION_CLOSEDBYTECHNICIAN", b.status(danaNode))
	b.sim.Advance(time.Hour)
	require.Empty(t, b.status(danaNode))
}

func TestTimeOutsRunByTheClock(t *testing.T) {
	b := newBench(t)
	b.sim.AddGroup(simrescue.Group{Name: "First line", WaitingTimeout: simrescue.Duration(10 * time.Minute), IdleTimeout: simrescue.Duration(time.Hour)})
	opened, err := b.sim.CustomerOpens(b.pin(), "Ana")
	require.NoError(t, err)
	waiting, active := b.joined(), b.active()
	b.sim.Advance(5 * time.Minute)
	require.Equal(t, "SESSION_SYSTEMTIMEOUT_NOTPICKEDUP", b.at(opened.ID))
	require.Equal(t, "SESSION_WAITING", b.at(waiting.ID))
	b.sim.Advance(5 * time.Minute)
	require.Equal(t, "SESSION_WAITINGTIMEOUT_NOTPICKEDUP", b.at(waiting.ID))
	b.sim.Advance(50 * time.Minute)
	require.Equal(t, "SESSION_TIMEOUT_SESSIONIDLETECHSIDE", b.at(active.ID))
}

// at is the status of a session by its id.
func (b *bench) at(id int64) string {
	b.Helper()
	x, err := b.sim.Session(id)
	require.NoError(b, err)
	return string(x.Status)
}

func TestALongInterruptionGoesOffline(t *testing.T) {
	b := newBench(t)
	x := b.active()
	_, err := b.sim.Interrupt(x.ID, false)
	require.NoError(t, err)
	require.Equal(t, "SESSION_CONNECTIONPROBLEM", b.at(x.ID))
	b.sim.Advance(5 * time.Minute)
	require.Equal(t, "SESSION_OFFLINE", b.at(x.ID))
	_, err = b.sim.Restore(x.ID)
	require.NoError(t, err)
	require.Equal(t, "SESSION_PICKEDUP", b.at(x.ID))
}

func TestATransferShowsOnBothNodesUntilPickedUp(t *testing.T) {
	b := newBench(t)
	x := b.active()
	_, err := b.sim.Transfer(x.ID, "lee-sso", "knows printers")
	require.NoError(t, err)
	giver := b.rows(danaNode)[0]
	require.Equal(t, []string{"Transferring", "Lee Park", "knows printers"}, []string{giver[1], giver[15], giver[16]})
	require.Equal(t, "SESSION_TRANSFERINGBUTNOTPICKEDUP", b.status(leeNode))
	_, err = b.sim.PickUp(x.ID, "lee-sso")
	require.ErrorIs(t, err, simrescue.ErrConsoleNotRunning)
	require.NoError(t, b.sim.SetConsole("lee-sso", true))
	_, err = b.sim.PickUp(x.ID, "lee-sso")
	require.NoError(t, err)
	require.Equal(t, "SESSION_CLOSED_TRANSFERREDANOTHERTECH", b.status(danaNode))
	require.Equal(t, "SESSION_PICKEDUP", b.status(leeNode))
	_, err = b.sim.CloseByTechnician(x.ID)
	require.NoError(t, err)
	require.Empty(t, b.status(danaNode))
}

func TestASessionInAChannelIsForWhoeverServesIt(t *testing.T) {
	b := newBench(t)
	channel, err := b.sim.AddChannel(simrescue.Channel{Name: "Printers", Technicians: []int64{leeNode}})
	require.NoError(t, err)
	node := strconv.FormatInt(channel.ID, 10)
	x := b.joined()
	_, err = b.sim.Transfer(x.ID, node, "")
	require.NoError(t, err)
	body := b.call("getSession_v3", "node", node, "noderef", "CHANNEL", "authcode", b.token())
	require.Contains(t, body, "|"+node+"|Printers|0||")
	_, err = b.sim.PickUp(x.ID, "dana-sso")
	require.ErrorIs(t, err, simrescue.ErrNotInQueue)
	require.Equal(t, "FALSE", b.call("isAnyTechAvailableOnChannel", "ChannelID", node, "ExcludingAwayAndBusy", "true", "authcode", b.token()))
	require.NoError(t, b.sim.SetConsole("lee-sso", true))
	require.Equal(t, "TRUE", b.call("isAnyTechAvailableOnChannel", "ChannelID", node, "ExcludingAwayAndBusy", "true", "authcode", b.token()))
	_, err = b.sim.PickUp(x.ID, "lee-sso")
	require.NoError(t, err)
}

func TestWhatAStateDoesNotAllowIsRefused(t *testing.T) {
	b := newBench(t)
	x := b.joined()
	_, err := b.sim.Hold(x.ID)
	require.ErrorIs(t, err, simrescue.ErrWrongState)
	_, err = b.sim.Note(x.ID, "too early")
	require.ErrorIs(t, err, simrescue.ErrWrongState)
	_, err = b.sim.Hold(1)
	require.ErrorIs(t, err, simrescue.ErrUnknownSession)
	_, err = b.sim.DeclineTerms(x.ID)
	require.ErrorIs(t, err, simrescue.ErrWrongState)
	forced, err := b.sim.Force(x.ID, "SESSION_REVOKED")
	require.NoError(t, err)
	require.Equal(t, "Revoked", forced.StatusWord)
	require.False(t, forced.Listed)
}
