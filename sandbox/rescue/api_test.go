package rescue_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	simrescue "example.com/lifeline/sandbox/rescue"
)

func TestPathsAndParametersAreCaseInsensitiveByGetAndPost(t *testing.T) {
	b := newBench(t)
	for _, path := range []string{
		"/API/requestAuthCodeSSO.aspx?ssoid=dana-sso&pwd=master-secret&company=41200",
		"/api/REQUESTAUTHCODESSO.ASPX?SSOID=dana-sso&PWD=master-secret&Company=41200",
	} {
		resp, body := b.get(path)
		require.Equal(t, http.StatusOK, resp.StatusCode)
		require.True(t, strings.HasPrefix(body, "OK\n\nAUTHCODE:"), body)
	}
	_, body := b.post("/Api/GetAccount.Aspx", "AuthCode", b.code("dana-sso"))
	require.Contains(t, body, "AccountID:41200\nOrganization:Example Support\nAdminID:0\nTechID:25500123")
}

func TestAnUnknownMethodIsAPageWithStatus200(t *testing.T) {
	b := newBench(t)
	for _, path := range []string{"/API/getNothing.aspx", "/API/getSession.aspx", "/API/", "/elsewhere"} {
		resp, body := b.get(path)
		require.Equal(t, http.StatusOK, resp.StatusCode)
		require.True(t, strings.HasPrefix(body, "<!DOCTYPE html>"), path)
	}
}

func TestTheOneLineLayoutJoinsWithBlanks(t *testing.T) {
	b := newBench(t, func(o *simrescue.Options) { o.Layout = simrescue.OneLine })
	body := b.call("requestAuthCode", "email", "dana@example.org", "pwd", "dana-secret")
	code, found := strings.CutPrefix(body, "OK AUTHCODE: ")
	require.True(t, found)
	require.Equal(t, "OK PINCODE:012345", b.call("requestPINCode", "authcode", code))
	require.Contains(t, b.call("getAccount", "authcode", code), "OK AccountID:41200 Organization:Example Support AdminID:0 ")
}

func TestSOAPSpeaksBothVersions(t *testing.T) {
	b := newBench(t)
	envelope := `<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>` +
		`<login xmlns="https://secure.logmeinrescue.com/API/API.asmx"><sEmail>dana@example.org</sEmail><sPassword>dana-secret</sPassword></login>` +
		`</soap:Body></soap:Envelope>`
	send := func(action string) (*http.Response, string) {
		req, err := http.NewRequest(http.MethodPost, b.host+"/API/API.asmx", strings.NewReader(envelope))
		require.NoError(t, err)
		req.Header.Set("Content-Type", "text/xml; charset=utf-8")
		req.Header.Set("SOAPAction", action)
		resp, err := b.http.Do(req)
		require.NoError(t, err)
		return resp, read(t, resp)
	}
	resp, body := send(`"https://secure.logmeinrescue.com/API/API.asmx/login"`)
	require.Equal(t, "text/xml; charset=utf-8", resp.Header.Get("Content-Type"))
	require.Equal(t, "login_OK", within(t, body, "<loginResult>", "</"))
	resp, body = send("")
	require.Equal(t, http.StatusInternalServerError, resp.StatusCode)
	require.Contains(t, body, "<soap:Fault><faultcode>")

	body = b.soap("getAccount_v2", "") // by the cookie of the login
	require.Equal(t, "getAccount_OK", within(t, body, "<getAccount_v2Result>", "</"))
	require.Equal(t, "25500123", within(t, body, "<iTechID>", "</"))
	require.Equal(t, "true", within(t, body, "<bTcRunning>", "</"))
}

func TestSOAPRefusesWhatIsNoEnvelope(t *testing.T) {
	b := newBench(t)
	for _, body := range []string{"", "<a/>", "no xml", `<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"><e:Body><unknown/></e:Body></e:Envelope>`} {
		resp, err := b.http.Post(b.host+"/API/API.asmx", "application/soap+xml", strings.NewReader(body))
		require.NoError(t, err)
		require.Contains(t, read(t, resp), "soap:Fault")
		require.Equal(t, http.StatusInternalServerError, resp.StatusCode)
	}
}

func TestSOAPResultsCarryTheFamilyOfTheUnversionedMethod(t *testing.T) {
	b := newBench(t, func(o *simrescue.Options) { o.NoLimits = true })
	lee := "<sAuthCode>" + b.code("lee-sso") + "</sAuthCode>"
	for operation, want := range map[string]string{
		"requestPINCode_V3": "requestPINCode_NoTechConsoleRunning",
		"startSession":      "startSessionRet_InvalidParam_Session",
		"closeSession":      "closeSession_InvalidParam_Session",
		"getSession_V3":     "getSession_InvalidParam_NodeID",
		"getChat":           "getChat_InvalidParam_Session",
	} {
		require.Contains(t, b.soap(operation, lee), "<"+operation+"Result>"+want+"</")
	}
	require.Contains(t, b.soap("requestAuthCodeSSO", "<sSSOID>lee-sso</sSSOID><sPassword>x</sPassword><iCompanyID>41200</iCompanyID>"), "requestAuthCodeSSO_Invalid<")
	require.Contains(t, b.soap("getNote", "<sAuthCode>old</sAuthCode>"), "getNote_Invalid_SecretAuthCode")
}

func TestTheFirstSOAPPINLosesItsZeroTheLaterOnesDoNot(t *testing.T) {
	b := newBench(t, func(o *simrescue.Options) { o.NoLimits = true })
	params := "<bNoTechConsole>true</bNoTechConsole><sAuthCode>" + b.code("lee-sso") + "</sAuthCode><sCField0>Ana</sCField0>"
	require.Equal(t, "12345", within(t, b.soap("requestPINCode", params), "<iPINCode>", "</"))
	require.Equal(t, "Ana", b.sim.PINs()[0].Fields[0])
	require.Len(t, within(t, b.soap("requestPINCode_V2", params), "<sPINCode>", "</"), 6)
	link := within(t, b.soap("requestInvitationLink", params), "<sInvitationLink>", "</")
	require.True(t, strings.HasPrefix(link, b.host+"/R?i=2&amp;Code="), link)
}

func TestControlNeedsAnAdministrator(t *testing.T) {
	b := newBench(t)
	x := b.active()
	number := strconv.FormatInt(x.ID, 10)
	require.Equal(t, "NOTLOGGEDINASADMIN", b.call("closeSession", "session", number, "authcode", b.code("dana-sso")))
	require.Equal(t, "INVALIDPARAM_SESSION", b.call("closeSession", "session", "x", "authcode", b.token()))
	require.Equal(t, "ACTIONFAILED", b.call("closeSession", "session", "1", "authcode", b.token()))
	require.Equal(t, "OK", b.call("holdSession", "session", number, "authcode", b.token()))
	require.Equal(t, "ACTIONFAILED", b.call("holdSession", "session", number, "authcode", b.token()))
	require.Equal(t, "OK", b.call("cancelAction", "session", number, "authcode", b.token()))
	require.Equal(t, "OK", b.call("closeSession", "session", number, "authcode", b.token()))
	require.Equal(t, "ACTIONFAILED", b.call("closeSession", "session", number, "authcode", b.token()))
}

func TestControlFailsWhileTheConsoleIsClosed(t *testing.T) {
	b := newBench(t)
	number := strconv.FormatInt(b.joined().ID, 10)
	require.NoError(t, b.sim.SetConsole("dana-sso", false))
	token := b.token()
	require.Equal(t, "ACTIONFAILED", b.call("startSession", "session", number, "node", "25500123", "authcode", token))
	require.Equal(t, "ACTIONFAILED", b.call("closeSession", "session", number, "authcode", token))
	require.NoError(t, b.sim.SetConsole("dana-sso", true))
	require.Equal(t, "INVALIDPARAM_NODE", b.call("startSession", "session", number, "node", "7", "authcode", token))
	require.Equal(t, "OK", b.call("startSession", "session", number, "node", "25500123", "authcode", token))
}

func TestATransferByAPINeedsANodeOfItsKind(t *testing.T) {
	b := newBench(t)
	x := b.active()
	number, token := strconv.FormatInt(x.ID, 10), b.token()
	require.Equal(t, "INVALIDPARAM_NODE", b.call("transferSession", "session", number, "node", "25500124", "noderef", "CHANNEL", "authcode", token))
	require.Equal(t, "OK", b.call("transferSession", "session", number, "node", "25500124", "noderef", "NODE", "comment", "please", "authcode", token))
	require.Equal(t, "SESSION_TRANSFERINGBUTNOTPICKEDUP", b.status(leeNode))
	require.Equal(t, "OK", b.call("cancelAction", "session", number, "authcode", token))
	require.Equal(t, "SESSION_PICKEDUP", b.status(danaNode))
}

func TestChatAndNotesAreForThoseWhoMaySeeTheSession(t *testing.T) {
	b := newBench(t)
	number := b.active().ID
	_, err := b.sim.Say(number, "customer", "a: b|c")
	require.NoError(t, err)
	_, err = b.sim.Say(number, "technician", "hello")
	require.NoError(t, err)
	_, err = b.sim.Note(number, "Reset the profile\nand more")
	require.NoError(t, err)
	session := strconv.FormatInt(number, 10)
	dana := b.code("dana-sso")
	require.Equal(t, "OK\n\nCHATLOG:9:41 AM Ana Lopez: a: b|c\n9:41 AM Dana Ruiz: hello\n", b.call("getChat", "session", session, "authcode", dana))
	require.Equal(t, "OK\n\nNOTE:Reset the profile\nand more\n", b.call("getNote", "session", session, "authcode", b.token()))
	require.Equal(t, "ERROR", b.call("getChat", "session", session, "authcode", b.code("lee-sso")))
	require.Equal(t, "ERROR", b.call("getNote", "session", "1", "authcode", dana))
	require.Equal(t, "INVALIDPARAM_SESSION", b.call("getNote", "session", "x", "authcode", dana))
}

func TestTheTreeHasABlockForEveryNode(t *testing.T) {
	b := newBench(t)
	tree := b.call("getHierarchy_v2", "isnode", "false", "authcode", b.token())
	require.True(t, strings.HasPrefix(tree, "OK\n\nNodeID:41200\nParentID:0\nName:Example Support\n"), tree)
	require.Contains(t, tree, "Name:Dana Ruiz\nEmail:dana@example.org\nDescription:\nStatus:Online\nType:Technician\n")
	require.Contains(t, tree, "Name:Lee Park\nEmail:lee@example.org\nDescription:\nStatus:Offline\nType:Technician\n")
	require.Len(t, strings.Split(tree, "\n\n"), 9) // OK, root, two branches, two groups, two technicians, the administrator
	online := b.call("getHierarchy_v2", "filteroffline", "true", "authcode", b.token())
	require.NotContains(t, online, "Lee Park")
	require.Contains(t, online, "Max Admin")
}

func TestAUserIsFoundByEMail(t *testing.T) {
	b := newBench(t)
	found := b.call("getUser_v3", "email", "lee@example.org", "authcode", b.token())
	require.Contains(t, found, "NODEID:25500124\nNAME:Lee Park\nNICK:Lee Park\nEMAIL:lee@example.org\nSSOID:lee-sso\n")
	require.Contains(t, found, "STATUS:Offline")
	require.Equal(t, "INVALIDPARAM_NODE", b.call("getUser_v3", "email", "nobody@example.org", "authcode", b.token()))
}
