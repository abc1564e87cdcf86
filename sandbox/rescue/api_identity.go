package rescue

import (
	"crypto/subtle"
	"strconv"
	"strings"
	"time"
)

const (
	loginLimit  = 10
	loginWindow = 3 * time.Minute
)

// login starts a cookie session (rescue.md 2.1).
func (s *Sim) login(c *call) answer {
	u := s.user(c.get("email"))
	if u == nil {
		return only(invalid)
	}
	if s.tooManyLogins(u) {
		return only(limitReached)
	}
	if !u.checks(c.get("pwd", "password")) {
		return only(invalid)
	}
	cookie := randomCode(24)
	s.cookies[cookie] = &login{user: u, used: s.now()}
	return answer{word: ok, cookie: cookie}
}

// tooManyLogins counts a login, good or bad, and tells whether it is more than ten in three minutes.
func (s *Sim) tooManyLogins(u *user) bool {
	now := s.now()
	recent := u.logins[:0]
	for _, at := range u.logins {
		if now.Sub(at) < loginWindow {
			recent = append(recent, at)
		}
	}
	u.logins = recent
	if s.settings.NoLimits {
		return false
	}
	if len(recent) >= loginLimit {
		return true
	}
	u.logins = append(u.logins, now)
	return false
}

func (s *Sim) logout(c *call) answer {
	delete(s.cookies, c.cookie)
	return only(ok)
}

// requestAuthCode issues a fresh authcode and voids the former one (rescue.md 2.2).
func (s *Sim) requestAuthCode(c *call) answer {
	u := s.user(c.get("email"))
	if u == nil || !u.checks(c.get("pwd", "password")) {
		return only(invalid)
	}
	return u.newAuthcode()
}

// requestAuthCodeSSO issues a technician's authcode for the master password of his company (rescue.md 2.3).
func (s *Sim) requestAuthCodeSSO(c *call) answer {
	id, digits := c.number("company")
	if !digits {
		return only(invalidCompany)
	}
	u := s.bySSO(c.get("ssoid"), id, c.get("pwd", "password"))
	if u == nil {
		return only(invalid)
	}
	return u.newAuthcode()
}

// bySSO finds the enabled person with an SSO ID, if the company's master password is right.
func (s *Sim) bySSO(ssoID string, companyID int64, password string) *user {
	for _, u := range s.users {
		if u.SSOID != "" && strings.EqualFold(u.SSOID, ssoID) && u.company.ID == companyID {
			if equal(u.company.MasterPassword, password) && !u.Deleted && !u.Disabled {
				return u
			}
		}
	}
	return nil
}

func (u *user) checks(password string) bool {
	return equal(u.Password, password) && !u.Deleted && !u.Disabled
}

// equal compares passwords; an empty one never fits.
func equal(want, got string) bool {
	return want != "" && subtle.ConstantTimeCompare([]byte(want), []byte(got)) == 1
}

func (u *user) newAuthcode() answer {
	u.authcode = randomCode(80)
	return answer{word: ok, values: []value{{"AUTHCODE", "sAuthCode", u.authcode}}}
}

// getAccount tells who the caller is (rescue.md 5.2). Only the SOAP answer of v2 tells whether his console runs.
func (s *Sim) getAccount(c *call) answer {
	u, refusal := s.caller(c)
	if refusal != "" {
		return only(refusal)
	}
	techID := int64(0)
	if u.Seat {
		techID = u.ID
	}
	values := []value{
		{"AccountID", "iAccountID", id(u.company.ID)}, {"Organization", "sOrganization", u.company.Name},
		{"AdminID", "iAdminID", id(u.AdminID)}, {"TechID", "iTechID", id(techID)}, {"Email", "sEmail", u.Email},
	}
	if c.key == "getaccountv2" {
		values = append(values, value{"", "bTcRunning", strconv.FormatBool(u.Console)})
	}
	return answer{word: ok, values: values}
}

// getUser maps an e-mail or node to a person (rescue.md 5.2). Others may be looked up by administrators.
func (s *Sim) getUser(c *call) answer {
	u, refusal := s.caller(c)
	if refusal != "" {
		return only(refusal)
	}
	found := s.user(c.get("node", "email"))
	if found == nil || found.Deleted || !u.administers(found) {
		return only(invalidNode)
	}
	kind := "Technician"
	if !found.Seat {
		kind = "Administrator"
	}
	return answer{word: ok, values: []value{
		{"NODEID", "iNodeID", id(found.ID)}, {"NAME", "sName", found.Name}, {"NICK", "sNick", found.Name},
		{"EMAIL", "sEmail", found.Email}, {"SSOID", "sSSOID", found.SSOID},
		{"DESCRIPTION", "sDescription", found.Description}, {"TYPE", "eType", kind},
		{"HASMOBILEADDON", "bHasMobileAddon", "false"}, {"HASRPATADDON", "bHasRPATAddon", "false"},
		{"ISACCOUNTHOLDER", "bIsAccountHolder", "false"}, {"STATUS", "eStatus", found.status()},
	}}
}

// status is the person's as the organization tree shows it.
func (u *user) status() string {
	switch {
	case u.Disabled:
		return "Disabled"
	case !u.Console:
		return "Offline"
	case u.Presence != "":
		return u.Presence
	}
	return "Online"
}

func id(n int64) string { return strconv.FormatInt(n, 10) }
