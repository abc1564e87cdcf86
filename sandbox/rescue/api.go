package rescue

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// call is one API call, plain or SOAP, with parameters under their plain names in lower case.
type call struct {
	params map[string]string
	cookie string
	soap   bool
	key    string // the method, see methodKey
	base   string // of links: scheme and host
}

// answer is what a method says: a word, and on OK labelled values or a text.
type answer struct {
	word   string
	values []value
	text   string // plain payload instead of labelled values: a table or XML
	xml    string // further SOAP elements
	cookie string // to be set
}

// value is one result, under its plain label and its SOAP name; either may be empty, then it is left out there.
type value struct{ label, soap, text string }

// Outcome words (rescue.md 1.4).
const (
	ok                   = "OK"
	wordError            = "ERROR"
	notLoggedIn          = "NOTLOGGEDIN"
	notLoggedInAsAdmin   = "NOTLOGGEDINASADMIN"
	notTechnician        = "NOTTECHNICIAN"
	invalid              = "INVALID"
	invalidAuthcode      = "INVALID_SECRETAUTHCODE"
	userIsDeleted        = "USER_IS_DELETED"
	userDeletedOrOff     = "USER_DELETED_OR_DISABLED"
	limitReached         = "LIMITREACHED"
	pollRateExceeded     = "POLLRATEEXCEEDED"
	noTechConsoleRunning = "NOTECHCONSOLERUNNING"
	outOfPINCodes        = "OUTOFPINCODES"
	actionFailed         = "ACTIONFAILED"
	invalidSession       = "INVALIDPARAM_SESSION"
	invalidNode          = "INVALIDPARAM_NODE"
	invalidCompany       = "INVALIDPARAM_COMPANY"
	invalidPINFormat     = "INVALIDPINFORMAT"
	invalidFormat        = "INVALIDFORMAT"
	invalidDateRange     = "INVALIDDATERANGE"
	notSupported         = "NOTSUPPORTED"
)

// members are the SOAP enumeration members of the words, without the family.
var members = map[string]string{
	ok: "OK", wordError: "Error", notLoggedIn: "NotLoggedIn", notLoggedInAsAdmin: "NotLoggedInAsAdmin",
	notTechnician: "NotTechnician", invalid: "Invalid", invalidAuthcode: "Invalid_SecretAuthCode",
	userIsDeleted: "User_Is_Deleted", userDeletedOrOff: "User_Deleted_Or_Disabled", limitReached: "LimitReached",
	pollRateExceeded: "PollRateExceeded", noTechConsoleRunning: "NoTechConsoleRunning", outOfPINCodes: "OutOfPINCodes",
	actionFailed: "ActionFailed", invalidSession: "InvalidParam_Session", invalidNode: "InvalidParam_NodeID",
	invalidCompany: "InvalidParam_Company", invalidPINFormat: "InvalidPINFormat", invalidFormat: "InvalidFormat",
	invalidDateRange: "InvalidDateRange", notSupported: "NotSupported", "TRUE": "OK", "FALSE": "OK",
}

// method is one entry of the API.
type method struct {
	family string // names the SOAP enumeration: that of the unversioned method
	run    func(*Sim, *call) answer
}

// methods lists the API by methodKey.
var methods = map[string]method{
	"login":              {"login", (*Sim).login},
	"logout":             {"logout", (*Sim).logout},
	"requestauthcode":    {"requestAuthCode", (*Sim).requestAuthCode},
	"requestauthcodesso": {"requestAuthCodeSSO", (*Sim).requestAuthCodeSSO},

	"requestpincode":        {"requestPINCode", (*Sim).requestPINCode},
	"requestpincodev2":      {"requestPINCode", (*Sim).requestPINCode},
	"requestpincodev3":      {"requestPINCode", (*Sim).requestPINCode},
	"requestinvitationlink": {"requestInvitationLink", (*Sim).requestInvitationLink},
	"generateemailtext":     {"generateEmailText", (*Sim).generateEmailText},

	"getsessionv3":                {"getSession", (*Sim).getSession},
	"getchat":                     {"getChat", (*Sim).getChat},
	"getnote":                     {"getNote", (*Sim).getNote},
	"getaccount":                  {"getAccount", (*Sim).getAccount},
	"getaccountv2":                {"getAccount", (*Sim).getAccount},
	"getuserv3":                   {"getUser", (*Sim).getUser},
	"gethierarchyv2":              {"getHierarchy", (*Sim).getHierarchy},
	"isanytechavailableonchannel": {"isAnyTechAvailableOnChannel", (*Sim).isAnyTechAvailable},

	"startsession":    {"startSessionRet", (*Sim).startSession},
	"holdsession":     {"holdSession", (*Sim).holdSession},
	"transfersession": {"transferSession", (*Sim).transferSession},
	"closesession":    {"closeSession", (*Sim).closeSession},
	"cancelaction":    {"cancelAction", (*Sim).cancelActionCall},

	"setreportarea":   {"setReportArea", (*Sim).setReportArea},
	"setreportareav2": {"setReportArea", (*Sim).setReportArea},
	"setreportareav8": {"setReportArea", (*Sim).setReportArea},
	"setreporttype":   {"setReportType", (*Sim).setReportType},
	"settimezone":     {"setTimezone", (*Sim).setTimezone},
	"setdateformat":   {"setDateFormat", (*Sim).setDateFormat},
	"setreportdate":   {"setReportDate", (*Sim).setReportDate},
	"setreportdatev2": {"setReportDate", (*Sim).setReportDate},
	"setreporttime":   {"setReportTime", (*Sim).setReportTime},
	"setoutput":       {"setOutput", (*Sim).setOutput},
	"getreport":       {"getReport", (*Sim).getReport},
	"getreportv2":     {"getReport", (*Sim).getReport},
}

// methodKey makes getSession_v3, getSession_V3 and getSessionV3 the same.
func methodKey(name string) string {
	return strings.ReplaceAll(strings.ToLower(name), "_v", "v")
}

// get reads a parameter by any of its names.
func (c *call) get(names ...string) string {
	for _, name := range names {
		if text := c.params[name]; text != "" {
			return text
		}
	}
	return ""
}

// flag reads a yes-or-no parameter, written 1 or true.
func (c *call) flag(name string) bool {
	on, _ := strconv.ParseBool(strings.ToLower(c.params[name]))
	return on
}

func (c *call) number(names ...string) (int64, bool) {
	n, err := strconv.ParseInt(c.get(names...), 10, 64)
	return n, err == nil
}

// only is an answer of one word.
func only(word string) answer { return answer{word: word} }

// cookieLife is how long a login is good without use (rescue.md 2.1).
const cookieLife = 20 * time.Minute

// caller finds who calls: the owner of the authcode or API token, or of the login cookie. Otherwise it gives the word
// to refuse with.
func (s *Sim) caller(c *call) (*user, string) {
	u := s.byCookie(c.cookie)
	if code := c.get("authcode"); code != "" {
		if u = s.byAuthcode(code); u == nil {
			return nil, invalidAuthcode
		}
	}
	switch {
	case u == nil:
		return nil, notLoggedIn
	case u.Deleted || u.Disabled:
		return nil, userDeletedOrOff
	}
	return u, ""
}

func (s *Sim) byAuthcode(code string) *user {
	if u := s.tokens[code]; u != nil {
		return u
	}
	for _, u := range s.users {
		if u.authcode == code {
			return u
		}
	}
	return nil
}

// byCookie finds a login that is still good, and keeps it so.
func (s *Sim) byCookie(cookie string) *user {
	l := s.cookies[cookie]
	if l == nil {
		return nil
	}
	if s.now().Sub(l.used) >= cookieLife {
		delete(s.cookies, cookie)
		return nil
	}
	l.used = s.now()
	return l.user
}

// run calls a method under the lock.
func (s *Sim) run(m method, c *call) answer {
	defer s.enter()()
	return m.run(s, c)
}

// setCookie hands out a new login.
func setCookie(w http.ResponseWriter, name string) {
	http.SetCookie(w, &http.Cookie{Name: sessionCookie, Value: name, Path: "/", HttpOnly: true})
}

const sessionCookie = "ASP.NET_SessionId"
