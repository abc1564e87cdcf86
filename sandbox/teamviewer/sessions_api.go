package teamviewer

import (
	"encoding/json"
	"net/http"
	"time"
)

// sessionBody is the body of POST and PUT /sessions (teamviewer.md 2.3, 2.5). nil is absent.
type sessionBody struct {
	GroupID            *string         `json:"groupid"`
	GroupName          *string         `json:"groupname"`
	ValidUntil         *string         `json:"valid_until"`
	Description        *string         `json:"description"`
	WaitingMessage     *string         `json:"waiting_message"`
	EndCustomer        *customerBody   `json:"end_customer"`
	AssignedUserID     *string         `json:"assigned_userid"`
	CustomAPI          *string         `json:"custom_api"`
	State              json.RawMessage `json:"state"`
	SupportSessionType *string         `json:"support_session_type"`
	TVVersion          *string         `json:"tv_version"`
	CustomID           *string         `json:"customId"`
	CustomModuleID     *string         `json:"custom_module_id"`
	SMSNumber          *string         `json:"sms_invite_number"`
	SMSLanguage        *int            `json:"sms_invite_language"`
}

type customerBody struct {
	Name  *string `json:"name"`
	Email *string `json:"email"`
}

// createSession serves POST /sessions. The group comes last: a name makes the group, and a refused call must not.
func (s *Sim) createSession(c *call) (answer, error) {
	body, err := decode[sessionBody](c)
	if err != nil {
		return answer{}, err
	}
	if given(body.GroupID) == "" && given(body.GroupName) == "" {
		return answer{}, badRequest("groupid or groupname must be set.")
	}
	x, err := s.draft(c, body)
	if err != nil {
		return answer{}, err
	}
	if err := s.ceiling(); err != nil {
		return answer{}, err
	}
	g, err := s.targetGroup(c, body)
	if err != nil {
		return answer{}, err
	}
	x.GroupID = g.id
	s.open(x, s.linkBase(c))
	return s.created(c, x), nil
}

// draft makes the session that the body describes, without group, code and links.
func (s *Sim) draft(c *call, body sessionBody) (*session, error) {
	if err := body.check(); err != nil {
		return nil, err
	}
	kind, err := sessionType(given(body.SupportSessionType))
	if err != nil {
		return nil, err
	}
	until, err := s.validUntil(body.ValidUntil)
	if err != nil {
		return nil, err
	}
	x := &session{Session: Session{State: Open, Creator: c.by.user.ID, CreatedAt: s.now(), ValidUntil: until, SupportSessionType: kind}}
	assignee := c.by.user.ID
	if body.AssignedUserID != nil {
		assignee = *body.AssignedUserID
	}
	if err := s.assign(x, assignee); err != nil {
		return nil, err
	}
	body.fill(x)
	return x, nil
}

// validUntil is the end of a new session: 24 hours from now, unless given.
func (s *Sim) validUntil(text *string) (time.Time, error) {
	now := s.now()
	if text == nil {
		return now.Add(24 * time.Hour), nil
	}
	until, err := parseTime(*text)
	longest := time.Duration(s.settings.MaxValidity)
	switch {
	case err != nil:
		return time.Time{}, badRequest("valid_until is not a date.")
	case !until.After(now):
		return time.Time{}, badRequest("valid_until must be in the future.")
	case longest > 0 && until.After(now.Add(longest)):
		return time.Time{}, badRequest("valid_until is too far in the future.")
	}
	return until, nil
}

// created is the answer to POST /sessions; it lacks "online" (teamviewer.md 2.2).
func (s *Sim) created(c *call, x *session) answer {
	shown := s.show(x)
	shown.Online = nil
	status := http.StatusOK
	if s.settings.RedirectOnCreate {
		status = http.StatusFound
	}
	location := c.origin + apiPrefix + "/sessions/" + x.Code
	return answer{status: status, header: http.Header{"Location": {location}}, body: shown}
}

func (s *Sim) getSession(c *call) (answer, error) {
	x, err := s.asked(c)
	if err != nil {
		return answer{}, err
	}
	return ok(s.show(x))
}

// asked finds the session in the path. One that is hidden from the sender is as unknown as one that does not exist.
// The code must be written with its dashes (teamviewer.md 2.1).
func (s *Sim) asked(c *call) (*session, error) {
	x := s.sessionByCode(c.PathValue("code"))
	if x != nil && x.Code == c.PathValue("code") && s.maySee(c.by, x) {
		return x, nil
	}
	if s.settings.UnknownAsBadRequest {
		return nil, badRequest("The session code is unknown.")
	}
	return nil, notFound("The session code is unknown.")
}

func (s *Sim) askedToChange(c *call) (*session, error) {
	x, err := s.asked(c)
	if err == nil && !s.mayChange(c.by, x) {
		err = notPermitted("You may not change this session.")
	}
	return x, err
}

// putSession serves PUT /sessions/{code}. valid_until cannot be changed and is ignored. Nothing is changed unless
// everything can be.
func (s *Sim) putSession(c *call) (answer, error) {
	x, err := s.askedToChange(c)
	if err != nil {
		return answer{}, err
	}
	body, err := decode[sessionBody](c)
	if err != nil {
		return answer{}, err
	}
	changed := *x
	if err := s.modify(c, &changed, body); err != nil {
		return answer{}, err
	}
	*x = changed
	return noContent()
}

func (s *Sim) modify(c *call, x *session, body sessionBody) error {
	if err := body.check(); err != nil {
		return err
	}
	if body.AssignedUserID != nil && *body.AssignedUserID != x.AssignedUserID {
		if err := s.assign(x, *body.AssignedUserID); err != nil {
			return err
		}
	}
	if body.State != nil && string(body.State) != "null" {
		state, err := parseState(body.State)
		if err != nil {
			return err
		}
		s.setState(x, state)
	}
	g, err := s.targetGroup(c, body)
	if err != nil {
		return err
	}
	if g != nil {
		x.GroupID = g.id
	}
	body.fill(x)
	return nil
}

func (s *Sim) deleteSession(c *call) (answer, error) {
	x, err := s.askedToChange(c)
	if err != nil {
		return answer{}, err
	}
	s.remove(x)
	return noContent()
}

// assign gives the session to a user; "u0" is nobody.
func (s *Sim) assign(x *session, userID string) error {
	if userID == "u0" {
		x.AssignedUserID, x.AssignedAt = userID, time.Time{}
		return nil
	}
	u := s.userByID(userID)
	if u == nil {
		return badRequest("assigned_userid is unknown.")
	}
	x.AssignedUserID, x.AssignedAt = u.ID, s.now()
	return nil
}

// setState closes or reopens. Closing does not cut a running connection (teamviewer.md 2.5, assumed).
func (s *Sim) setState(x *session, state State) {
	switch {
	case state == Closed && x.State == Open:
		x.ClosedAt = s.now()
	case state == Open:
		x.ClosedAt = time.Time{}
	}
	x.State = state
}

// targetGroup is the group a body names, nil when it names none. A name that is unknown makes the group.
func (s *Sim) targetGroup(c *call, body sessionBody) (*group, error) {
	id, name := given(body.GroupID), given(body.GroupName)
	if name != "" && c.by.level == CompanyLevel {
		return nil, badRequest("groupname can be used with user-level tokens only.")
	}
	byID, byName := s.group(id), s.groupByName(c.by, name)
	switch {
	case id == "" && name == "":
		return nil, nil
	case id == "" && byName == nil:
		return s.newGroup(Group{Name: name}, c.by.user), nil
	case id == "":
		byID = byName
	case name != "" && byName != byID:
		return nil, badRequest("groupid and groupname are not the same group.")
	}
	if permission := c.by.permission(byID); permission != "owned" && permission != "readwrite" {
		return nil, badRequest("groupid is unknown or may not be changed.")
	}
	return byID, nil
}

// given is the value of an optional property, "" when it is absent.
func given(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}
