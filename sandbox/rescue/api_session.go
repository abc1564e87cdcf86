package rescue

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// sessionHeader is the first row of the plain getSession_v3; it stays English (rescue.md 5.1).
const sessionHeader = "ID|Status|Entry ID|Entry|Technician ID|Technician|Start Time|Waiting Time|" +
	"Custom Field 0|Custom Field 1|Custom Field 2|Custom Field 3|Custom Field 4|Custom Field 5|" +
	"Language|Transferred To|Transferred Comment|Is Lead Technician|HandingOff|\n"

// row is one line of getSession: a leg of a session.
type row struct {
	session *session
	leg     *leg
}

// getSession lists the sessions of a node (rescue.md 5.1).
func (s *Sim) getSession(c *call) answer {
	u, refusal := s.caller(c)
	if refusal != "" {
		return only(refusal)
	}
	shows, found := s.nodeFilter(c, u)
	if !found {
		return only(invalidNode)
	}
	var rows []row
	for _, x := range s.sessions {
		for _, l := range x.legs {
			if l.listed(s.now(), s.settings.KeepClosed) && shows(x, l) {
				rows = append(rows, row{x, l})
			}
		}
	}
	return answer{word: ok, text: s.plainRows(rows), xml: s.soapRows(rows)}
}

// nodeFilter tells which legs belong to the node asked for: a technician, a group, a channel or the account itself.
// It is not found when it does not exist, or the caller may not see it.
func (s *Sim) nodeFilter(c *call, u *user) (func(*session, *leg) bool, bool) {
	node, _ := c.number("node")
	if strings.EqualFold(c.get("noderef"), "CHANNEL") {
		channel := s.channel(node)
		allowed := channel != nil && channel.Company == u.company.ID && (u.Admin || channel.serves(u))
		return func(_ *session, l *leg) bool { return l.channel == channel }, allowed
	}
	if tech := s.technicianAt(id(node)); tech != nil {
		return func(_ *session, l *leg) bool { return l.tech == tech }, u.administers(tech)
	}
	if node == u.company.ID {
		return func(x *session, _ *leg) bool { return x.company == u.company }, u.Admin
	}
	for _, g := range s.groups {
		if g.ID == node {
			inGroup := func(x *session, l *leg) bool {
				return x.company == u.company && l.tech != nil && l.tech.Group == g.Name
			}
			return inGroup, u.Admin
		}
	}
	return nil, false
}

// plainRows writes the pipe table. Values are not escaped, as in the real service.
func (s *Sim) plainRows(rows []row) string {
	var table strings.Builder
	table.WriteString(sessionHeader)
	for _, r := range rows {
		language := r.session.company.language(s.settings)
		lead, handing := language.in("yes"), ""
		if r.leg.sentTo != "" {
			handing = language.in("yes")
		}
		cells := []string{
			id(r.session.id), r.leg.status.Word(language), r.entryID(), r.entry(), r.techID(), r.techName(),
			r.session.startedAt.Format("1/2/2006 3:04 PM"), seconds(s.now().Sub(r.leg.since)),
		}
		cells = append(cells, r.session.fields[:]...)
		cells = append(cells, "en", r.leg.sentTo, r.leg.comment, lead, handing)
		table.WriteString(strings.Join(cells, "|") + "|\n")
	}
	return table.String()
}

// soapRows writes the SESSION_V3 elements.
func (s *Sim) soapRows(rows []row) string {
	var xml bytes.Buffer
	xml.WriteString("<aSessions>")
	for _, r := range rows {
		xml.WriteString("<SESSION_V3>")
		element(&xml, "iID", id(r.session.id))
		element(&xml, "bStatus", string(r.leg.status))
		element(&xml, "sStatus", r.leg.status.Word(r.session.company.language(s.settings)))
		element(&xml, "iEntry", r.entryID())
		element(&xml, "sEntry", r.entry())
		element(&xml, "iTechnician", r.techID())
		element(&xml, "sTechnician", r.techName())
		element(&xml, "sStartTime", r.session.startedAt.Format("1/2/2006 3:04:05 PM"))
		element(&xml, "iWaitingTimeInSec", seconds(s.now().Sub(r.leg.since)))
		for i, field := range r.session.fields {
			element(&xml, fmt.Sprintf("sCustomField%d", i), field)
		}
		element(&xml, "sLanguage", "en")
		element(&xml, "sTransferredTo", r.leg.sentTo)
		element(&xml, "sTransferredComment", r.leg.comment)
		element(&xml, "bIsLead", "true")
		element(&xml, "bHandingOff", strconv.FormatBool(r.leg.sentTo != ""))
		xml.WriteString("</SESSION_V3>")
	}
	xml.WriteString("</aSessions>")
	return xml.String()
}

// entryID is 0 for a private session, started by PIN.
func (r row) entryID() string {
	if r.leg.channel == nil {
		return "0"
	}
	return id(r.leg.channel.ID)
}

func (r row) entry() string {
	if r.leg.channel == nil {
		return ""
	}
	return r.leg.channel.Name
}

func (r row) techID() string {
	if r.leg.tech == nil {
		return "0"
	}
	return id(r.leg.tech.ID)
}

func (r row) techName() string {
	if r.leg.tech == nil {
		return ""
	}
	return r.leg.tech.Name
}

// getChat gives the whole chat of a session; one the caller may not see is an ERROR, like an unknown one.
func (s *Sim) getChat(c *call) answer {
	x, refusal := s.visible(c)
	if refusal != "" {
		return only(refusal)
	}
	return answer{word: ok, values: []value{{"CHATLOG", "sChatLog", strings.Join(x.chat, "\n")}}}
}

// getNote gives the technician's notes.
func (s *Sim) getNote(c *call) answer {
	x, refusal := s.visible(c)
	if refusal != "" {
		return only(refusal)
	}
	return answer{word: ok, values: []value{{"NOTE", "sNote", x.notes}}}
}

// visible finds the session a caller asks for, if he had it himself or administers one who had.
func (s *Sim) visible(c *call) (*session, string) {
	u, refusal := s.caller(c)
	if refusal != "" {
		return nil, refusal
	}
	number, isNumber := c.number("session")
	if !isNumber {
		return nil, invalidSession
	}
	x := s.sessionByID(number)
	if x == nil {
		return nil, wordError
	}
	for _, l := range x.legs {
		if l.tech != nil && u.administers(l.tech) {
			return x, ""
		}
	}
	return nil, wordError
}
