package rescue

import "strings"

// controlled finds the session that an administrator wants to control (rescue.md 6).
func (s *Sim) controlled(c *call) (*session, string) {
	u, refusal := s.caller(c)
	if refusal == notLoggedIn {
		return nil, notLoggedInAsAdmin
	}
	if refusal != "" {
		return nil, refusal
	}
	number, isNumber := c.number("session")
	if !isNumber {
		return nil, invalidSession
	}
	if !u.Admin {
		return nil, notLoggedInAsAdmin
	}
	x := s.sessionByID(number)
	if x == nil || x.company != u.company {
		return nil, actionFailed
	}
	return x, ""
}

// control runs one step; what the session's state does not allow is ACTIONFAILED.
func (s *Sim) control(c *call, step func(*session) error) answer {
	x, refusal := s.controlled(c)
	if refusal != "" {
		return only(refusal)
	}
	if step(x) != nil {
		return only(actionFailed)
	}
	return only(ok)
}

func (s *Sim) startSession(c *call) answer {
	tech := s.technicianAt(c.get("node"))
	x, refusal := s.controlled(c)
	switch {
	case refusal != "":
		return only(refusal)
	case tech == nil || tech.company != x.company:
		return only(invalidNode)
	case x.status() != StatusWaiting && x.status() != StatusTransferring, s.pickUp(x, tech) != nil:
		return only(actionFailed)
	}
	return only(ok)
}

func (s *Sim) holdSession(c *call) answer { return s.control(c, s.hold) }

func (s *Sim) cancelActionCall(c *call) answer { return s.control(c, s.cancelAction) }

func (s *Sim) closeSession(c *call) answer {
	return s.control(c, func(x *session) error { return s.closeByTechnician(x, nil) })
}

// transferSession offers a session to a technician or a channel; the node must be of the kind that noderef says.
func (s *Sim) transferSession(c *call) answer {
	x, refusal := s.controlled(c)
	if refusal != "" {
		return only(refusal)
	}
	incoming, name := s.taker(c, x)
	switch {
	case incoming == nil:
		return only(invalidNode)
	case s.transfer(x, incoming, name, c.get("comment")) != nil:
		return only(actionFailed)
	}
	return only(ok)
}

// taker makes the incoming leg of a transfer; nil when the node is of another kind or account.
func (s *Sim) taker(c *call, x *session) (*leg, string) {
	node, _ := c.number("node")
	toChannel := strings.EqualFold(c.get("noderef"), "CHANNEL")
	if tech := s.technicianAt(id(node)); tech != nil && !toChannel && tech.company == x.company {
		return &leg{tech: tech}, tech.Name
	}
	if channel := s.channel(node); channel != nil && toChannel && channel.Company == x.company.ID {
		return &leg{channel: channel}, channel.Name
	}
	return nil, ""
}
