package rescue

import (
	"net/url"
	"strconv"
	"strings"
	"time"
)

// pinInterval is the time between two PINs of a company. The reference leaves open whether the limit is a user's or
// the account's; the simulator takes the stricter.
const pinInterval = time.Second

// requestPINCode issues a PIN (rescue.md 3.1). The first version's SOAP answer is a number: leading zeros are lost.
func (s *Sim) requestPINCode(c *call) answer {
	p, refusal := s.askPIN(c)
	if refusal != "" {
		return only(refusal)
	}
	name, text := "sPINCode", p.Code
	if c.key == "requestpincode" && c.soap {
		number, _ := strconv.Atoi(p.Code) // always digits
		name, text = "iPINCode", strconv.Itoa(number)
	}
	return answer{word: ok, values: []value{{"PINCODE", name, text}}}
}

// requestInvitationLink issues a PIN as a link (rescue.md 3.2).
func (s *Sim) requestInvitationLink(c *call) answer {
	p, refusal := s.askPIN(c)
	if refusal != "" {
		return only(refusal)
	}
	return answer{word: ok, values: []value{{"INVITATIONLINK", "sInvitationLink", s.customerLink(c, p.Code)}}}
}

func (s *Sim) customerLink(c *call, code string) string {
	return c.base + "/R?i=2&Code=" + url.QueryEscape(code)
}

// askPIN does what all ways to a PIN have in common.
func (s *Sim) askPIN(c *call) (*pin, string) {
	u, refusal := s.caller(c)
	if refusal != "" {
		return nil, s.deletedWord(c, refusal)
	}
	tech, refusal := s.pinOwner(c, u)
	if refusal != "" {
		return nil, refusal
	}
	now := s.now()
	if !s.settings.NoLimits && now.Sub(u.company.pinAsked) < pinInterval {
		return nil, pollRateExceeded
	}
	u.company.pinAsked = now
	if !tech.Console && !c.flag("notechconsole") {
		return nil, noTechConsoleRunning
	}
	p := s.issue(tech, c.fields(), c.get("tracking0"))
	if p == nil {
		return nil, outOfPINCodes
	}
	return p, ""
}

// deletedWord tells a deleted user apart, as requestPINCode does.
func (s *Sim) deletedWord(c *call, refusal string) string {
	if u := s.byAuthcode(c.get("authcode")); u != nil && u.Deleted && refusal == userDeletedOrOff {
		return userIsDeleted
	}
	return refusal
}

// pinOwner is the technician a PIN is for: the caller, or with NodeId (v3) one whom he administers.
func (s *Sim) pinOwner(c *call, u *user) (*user, string) {
	tech := u
	node := c.get("node")
	if c.key != "requestpincode" && c.key != "requestpincodev2" && node != "" {
		tech = s.technicianAt(node)
		if tech == nil || !u.administers(tech) {
			return nil, invalidNode
		}
	}
	if !tech.Seat {
		return nil, notTechnician
	}
	return tech, ""
}

// technicianAt finds a technician by his node id; names do not count.
func (s *Sim) technicianAt(node string) *user {
	number, err := strconv.ParseInt(node, 10, 64)
	if err != nil {
		return nil
	}
	for _, u := range s.users {
		if u.Seat && u.ID == number && !u.Deleted {
			return u
		}
	}
	return nil
}

func (c *call) fields() Fields {
	var fields Fields
	for i := range fields {
		fields[i] = c.get("cfield" + strconv.Itoa(i))
	}
	return fields
}

// generateEmailText writes the invitation mail of a PIN (rescue.md 3.4), at most once per second.
func (s *Sim) generateEmailText(c *call) answer {
	u, refusal := s.caller(c)
	if refusal != "" {
		return only(refusal)
	}
	if !u.Seat {
		return only(notTechnician)
	}
	code := c.get("pincode")
	if len(code) != 6 || strings.Trim(code, "0123456789") != "" {
		return only(invalidPINFormat)
	}
	now := s.now()
	if !s.settings.NoLimits && now.Sub(u.emailTextAt) < time.Second {
		return only(wordError)
	}
	u.emailTextAt = now
	return answer{word: ok, values: []value{
		{"SUBJECT", "sSubject", "Remote support"},
		{"TEXT", "sText", "Please open this link to start the support session:"},
		{"LINK", "sLink", s.customerLink(c, code)},
		{"SIGNATURE", "sSignature", u.Name},
	}}
}
