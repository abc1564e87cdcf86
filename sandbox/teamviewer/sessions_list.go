package teamviewer

import (
	"net/url"
	"slices"
	"strings"
)

// shownSession is a session as the API writes it: the state in the chosen form, "online" only where it belongs.
type shownSession struct {
	Session
	State  any   `json:"state"`
	Online *bool `json:"online,omitempty"`
}

func (s *Sim) show(x *session) shownSession {
	return shownSession{Session: x.Session, State: s.stateForm(x.State), Online: new(x.Online)}
}

// showReduced is a list entry without full_list.
func (s *Sim) showReduced(x *session) shownSession {
	entry := shownSession{State: s.stateForm(x.State), Session: Session{
		Code: x.Code, GroupID: x.GroupID, AssignedUserID: x.AssignedUserID, CreatedAt: x.CreatedAt, ValidUntil: x.ValidUntil,
	}}
	if s.settings.Subset == WithLinks {
		entry.AssignedAt, entry.Online, entry.SupportSessionType = x.AssignedAt, new(x.Online), x.SupportSessionType
		entry.EndCustomerLink, entry.SupporterLink = x.EndCustomerLink, x.SupporterLink
	}
	return entry
}

func (s *Sim) stateForm(state State) any {
	switch s.settings.State {
	case LowerCase:
		return strings.ToLower(string(state))
	case Number:
		return stateNumbers[state]
	}
	return string(state)
}

type sessionPage struct {
	Sessions   []shownSession `json:"sessions"`
	NextOffset string         `json:"next_offset,omitempty"`
	Remaining  int            `json:"sessions_remaining,omitempty"`
}

// sessionFilter is the query of GET /sessions (teamviewer.md 2.4).
type sessionFilter struct {
	groupID, assignedUserID, offset string
	states                          []State
	full                            bool
}

func newSessionFilter(q url.Values) (sessionFilter, error) {
	full, err := queryBool(q, "full_list")
	if err != nil {
		return sessionFilter{}, err
	}
	f := sessionFilter{groupID: q.Get("groupid"), assignedUserID: q.Get("assigned_userid"), offset: q.Get("offset"), full: full != nil && *full}
	if q.Get("state") == "" {
		f.states = []State{Open}
		return f, nil
	}
	for word := range strings.SplitSeq(q.Get("state"), ",") {
		state, err := parseState([]byte(strings.TrimSpace(word)))
		if err != nil {
			return f, err
		}
		f.states = append(f.states, state)
	}
	return f, nil
}

func (f sessionFilter) matches(x *session) bool {
	return slices.Contains(f.states, x.State) && (f.groupID == "" || f.groupID == x.GroupID) &&
		(f.assignedUserID == "" || f.assignedUserID == x.AssignedUserID)
}

// listSessions serves GET /sessions, newest first.
func (s *Sim) listSessions(c *call) (answer, error) {
	f, err := newSessionFilter(c.query)
	if err != nil {
		return answer{}, err
	}
	start := len(s.sessions) - 1
	if f.offset != "" {
		at := slices.IndexFunc(s.sessions, func(x *session) bool { return x.Code == f.offset })
		if at < 0 {
			return answer{}, badRequest("offset is unknown.")
		}
		start = at - 1
	}
	page := sessionPage{Sessions: []shownSession{}}
	for i := start; i >= 0; i-- {
		switch x := s.sessions[i]; {
		case !f.matches(x) || !s.maySee(c.by, x):
		case len(page.Sessions) == s.settings.PageSize:
			page.NextOffset = page.Sessions[len(page.Sessions)-1].Code
			page.Remaining++
		case f.full:
			page.Sessions = append(page.Sessions, s.show(x))
		default:
			page.Sessions = append(page.Sessions, s.showReduced(x))
		}
	}
	return ok(page)
}

// queryBool reads an optional truth value of a query.
func queryBool(q url.Values, name string) (*bool, error) {
	switch strings.ToLower(q.Get(name)) {
	case "":
		return nil, nil
	case "true":
		return new(true), nil
	case "false":
		return new(false), nil
	}
	return nil, badRequest(name + " must be true or false.")
}
