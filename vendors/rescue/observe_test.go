package rescue

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/support"
)

func sessionRow(id, status, technician, token string) string {
	return "<SESSION_V3><iID>" + id + "</iID><bStatus>" + status + "</bStatus><sStatus>Ativas</sStatus><iEntry>0</iEntry><sEntry/><iTechnician>" + technician +
		"</iTechnician><sTechnician>Dana Ruiz</sTechnician><sStartTime>6/18/2026 9:41:07 AM</sStartTime><iWaitingTimeInSec>35</iWaitingTimeInSec>" +
		"<sCustomField0>Ana | Lopez</sCustomField0><sCustomField5>" + token + "</sCustomField5><bIsLead>true</bIsLead></SESSION_V3>"
}

func sessionList(rows ...string) string {
	return soapAnswer("getSession_V3", "<getSession_V3Result>getSession_OK</getSession_V3Result><aSessions>"+strings.Join(rows, "")+"</aSessions>")
}

func TestAccountIsListedWithTheAPIToken(t *testing.T) {
	token := testToken37(t)
	s := newServer(t)
	s.on("getAccount_v2", accountAnswer("900001", "77", "0"))
	s.on("getSession_V3", sessionList(sessionRow("1080000123", "SESSION_PICKEDUP", "25500123", string(token)), "<SESSION_V3><iID>0</iID></SESSION_V3>"))
	v := open(t, s, nil)
	for range 2 {
		seen, err := v.Observe(t.Context(), support.ObserveRequest{Technicians: []string{"ignored"}})
		require.NoError(t, err)
		assert.Equal(t, []support.Observation{{
			VendorSessionID: "1080000123", Token: token, Phase: support.PhaseConnected, Status: "SESSION_PICKEDUP",
			Technician: support.Technician{ID: "25500123", Name: "Dana Ruiz"},
		}}, seen)
	}
	assert.Len(t, s.seen("getAccount_v2"), 1, "the account's node is remembered")
	assert.Contains(t, s.seen("getSession_V3")[0].body, "<iNodeID>900001</iNodeID><eNodeRef>NODE</eNodeRef><sAuthCode>"+testToken+"</sAuthCode>")
}

func TestConfiguredNodeIsListedWithoutAsking(t *testing.T) {
	s := newServer(t)
	s.on("getSession_V3", sessionList())
	seen, err := open(t, s, func(c *Config) { c.Node = "4711" }).Observe(t.Context(), support.ObserveRequest{})
	require.NoError(t, err)
	assert.Empty(t, seen)
	assert.Equal(t, []string{"getSession_V3"}, s.methods())
	assert.Contains(t, s.seen("getSession_V3")[0].body, "<iNodeID>4711</iNodeID>")
}

func withoutToken(c *Config) { c.APIToken = "" }

func TestTechniciansAreListedEachWithTheirOwnAuthcode(t *testing.T) {
	s := newServer(t)
	s.handle("getAccount_v2", func(w http.ResponseWriter, c call) {
		node := "25500123"
		if strings.Contains(c.body, "benscode") {
			node = "25500124"
		}
		_, _ = io.WriteString(w, accountAnswer("9", "0", node))
	})
	s.handle("getSession_V3", func(w http.ResponseWriter, c call) {
		row := sessionRow("1", "SESSION_CLOSED_TRANSFERREDANOTHERTECH", "25500123", "")
		if strings.Contains(c.body, "<iNodeID>25500124</iNodeID><eNodeRef>NODE</eNodeRef><sAuthCode>benscode") {
			row = sessionRow("1", "SESSION_PICKEDUP", "25500124", "")
		}
		_, _ = io.WriteString(w, sessionList(row))
	})
	v := openWith(t, s, withoutToken, map[string]support.Credential{"authcode/" + dana: {Value: testAuthcode}, "authcode/ben@example.org": {Value: "benscode"}})
	seen, err := v.Observe(t.Context(), support.ObserveRequest{Technicians: []string{dana, "ben@example.org"}})
	require.NoError(t, err)
	require.Len(t, seen, 1, "a transferred session is listed at both")
	assert.Equal(t, "25500124", seen[0].Technician.ID)
	assert.Equal(t, support.PhaseConnected, seen[0].Phase)
}

func TestTechnicianWhoCannotBeAskedDoesNotHideTheOthers(t *testing.T) {
	s := newServer(t)
	s.on("getAccount_v2", accountAnswer("9", "0", "25500123"))
	s.on("getSession_V3", sessionList(sessionRow("1", "SESSION_WAITING", "25500123", "")))
	s.on("requestauthcodesso", "INVALID")
	seen, err := open(t, s, withoutToken).Observe(t.Context(), support.ObserveRequest{Technicians: []string{dana, "gone@example.org"}})
	requireFailure(t, err, support.Stop, support.CodeNoTechnician)
	assert.Len(t, seen, 1)
}

func TestRefusedAPITokenIsNamed(t *testing.T) {
	s := newServer(t)
	s.on("getAccount_v2", soapAnswer("getAccount_v2", "<getAccount_v2Result>getAccount_Invalid_SecretAuthCode</getAccount_v2Result>"))
	_, err := open(t, s, nil).Observe(t.Context(), support.ObserveRequest{})
	failure := requireFailure(t, err, support.Attention, support.CodeCredentialDead)
	assert.Contains(t, failure.Message, "API_TOKEN")
}

func TestNobodyToWatchIsAnEmptyList(t *testing.T) {
	seen, err := open(t, newServer(t), withoutToken).Observe(t.Context(), support.ObserveRequest{})
	require.NoError(t, err)
	assert.Empty(t, seen)
}

func TestEveryStatusHasItsPhaseAndReason(t *testing.T) {
	for status, want := range map[string]standing{
		"SESSION_STARTING":                                              {support.PhaseJoining, ""},
		"SESSION_CONNECTING":                                            {support.PhaseJoining, ""},
		"SESSION_WAITING":                                               {support.PhaseWaiting, ""},
		"SESSION_PICKEDUP":                                              {support.PhaseConnected, ""},
		"SESSION_ONHOLD":                                                {support.PhaseConnected, ""},
		"SESSION_ONHOLDBUTCUSTOMERLEFT":                                 {support.PhaseConnected, ""},
		"SESSION_TRANSFERINGBUTNOTPICKEDUP":                             {support.PhaseTransferring, ""},
		"SESSION_REBOOTING":                                             {support.PhaseConnected, ""},
		"SESSION_CONNECTIONPROBLEM":                                     {support.PhaseConnected, ""},
		"SESSION_OFFLINE":                                               {support.PhaseConnected, ""},
		"SESSION_CLOSEDBYTECHNICIAN":                                    {support.PhaseEnded, support.ReasonTechnician},
		"SESSION_CLOSEDBYCUSTOMER":                                      {support.PhaseEnded, support.ReasonCustomer},
		"SESSION_CLOSEDBYACTIVECUSTOMER":                                {support.PhaseEnded, support.ReasonCustomer},
		"SESSION_CLOSEDBYWAITINGCUSTOMER":                               {support.PhaseEnded, support.ReasonAbandoned},
		"SESSION_CUSTOMERLEFTSESSION_WASNOTPICKEDUP":                    {support.PhaseEnded, support.ReasonAbandoned},
		"SESSION_CUSTOMERLEFTSESSION_DURINGTRANSFER":                    {support.PhaseEnded, support.ReasonCustomer},
		"SESSION_CUSTOMERLEFTSESSION_DURINGTRANSFER_WITHOUTPICKUP":      {support.PhaseEnded, support.ReasonAbandoned},
		"SESSION_CLOSED_TRANSFERREDANOTHERTECH":                         {support.PhaseTransferring, ""},
		"SESSION_CLOSED_TRANSFERREDANOTHERTECH_WITHOUTPICKUP":           {support.PhaseTransferring, ""},
		"SESSION_WAITINGTIMEOUT_PICKEDUP":                               {support.PhaseEnded, support.ReasonTimeout},
		"SESSION_WAITINGTIMEOUT_NOTPICKEDUP":                            {support.PhaseEnded, support.ReasonTimeout},
		"SESSION_SYSTEMTIMEOUT_PICKEDUP":                                {support.PhaseEnded, support.ReasonTimeout},
		"SESSION_SYSTEMTIMEOUT_NOTPICKEDUP":                             {support.PhaseEnded, support.ReasonTimeout},
		"SESSION_TIMEOUT_SESSIONIDLETECHSIDE":                           {support.PhaseEnded, support.ReasonTimeout},
		"SESSION_TIMEOUT_TECHCONNECTIONLOSTORSESSIONWASNOTCLOSEDBYTECH": {support.PhaseEnded, support.ReasonTimeout},
		"SESSION_CLOSED_DURINGRECONNECTING":                             {support.PhaseEnded, support.ReasonConnection},
		"SESSION_CLOSED_DURINGREBOOTING":                                {support.PhaseEnded, support.ReasonConnection},
		"SESSION_ABORTED_TECHDELETEDORDISABLED":                         {support.PhaseEnded, support.ReasonAborted},
		"SESSION_REVOKED":                                               {support.PhaseEnded, support.ReasonAborted},
		"SESSION_TERMSANDCONDITIONSDECLINED":                            {support.PhaseEnded, support.ReasonDeclined},
		"SESSION_UACCESS_REVOKEDBYADMIN_WASPICKEDUPBEFORE":              {support.PhaseEnded, support.ReasonUnknownCause},
		"SESSION_STATUS_NOT_SUPPORTED_VALUE":                            {support.PhaseUnknown, ""},
		"Closed by technician":                                          {support.PhaseUnknown, ""},
	} {
		assert.Equal(t, want, standingOf(status), status)
	}
}
