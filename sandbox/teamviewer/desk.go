package teamviewer

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"
)

// The methods in this file are what people do in the real product. Codes are taken with or without dashes.

// act does something with a session and announces the change.
func (s *Sim) act(code string, do func(*session) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	x := s.sessionByCode(code)
	if x == nil {
		return ErrUnknownSession
	}
	if err := do(x); err != nil {
		return err
	}
	s.touch()
	return nil
}

// OpenInConsole is a supporter adding a service case in the console: a session that no API client asked for. The user
// is named by id or e-mail, the group by id; base is what its links begin with unless Options.Pages says so.
func (s *Sim) OpenInConsole(user, groupID, description, base string) (Session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.user(user)
	if u == nil {
		return Session{}, ErrUnknownUser
	}
	if s.group(groupID) == nil {
		return Session{}, ErrUnknownGroup
	}
	now := s.now()
	x := &session{Session: Session{State: Open, GroupID: groupID, Description: description, Creator: u.ID, CreatedAt: now,
		ValidUntil: now.Add(24 * time.Hour), AssignedUserID: u.ID, AssignedAt: now, SupportSessionType: "Default"}}
	s.open(x, cmp.Or(s.pages, base))
	s.touch()
	return x.view(), nil
}

// CustomerOnline is the customer opening his link: "online" becomes true. A dead link refuses him.
func (s *Sim) CustomerOnline(code string) error {
	return s.act(code, func(x *session) error {
		if err := s.usable(x); err != nil {
			return err
		}
		x.Online = true
		return nil
	})
}

// CustomerOffline is the customer closing his client; a running connection ends.
func (s *Sim) CustomerOffline(code string) error {
	return s.act(code, func(x *session) error {
		s.endConnection(x)
		x.Online = false
		return nil
	})
}

// SupporterConnects is a supporter using his link while the customer is there. The user is named by id or e-mail; ""
// is a guest. Only a user who is signed in leaves a report (teamviewer.md 3.5).
func (s *Sim) SupporterConnects(code, user string, signedIn bool) error {
	return s.act(code, func(x *session) error {
		u := s.user(user)
		switch err := s.usable(x); {
		case err != nil:
			return err
		case u == nil && (user != "" || signedIn):
			return ErrUnknownUser
		case !x.Online:
			return ErrCustomerOffline
		case x.connection != nil:
			return ErrConnected
		}
		x.connection = &connection{user: u, signedIn: signedIn, since: s.now()}
		return nil
	})
}

// Say adds a line to the chat of a running connection.
func (s *Sim) Say(code string, byCustomer bool, text string) error {
	return s.act(code, func(x *session) error {
		if x.connection == nil {
			return ErrNotConnected
		}
		supporter := ChatPartner{Name: x.connection.supporter()}
		customer := ChatPartner{TeamViewerID: strconv.FormatInt(x.device, 10), Name: customerName(x)}
		line := ChatMessage{Sender: supporter, Recipients: []ChatPartner{customer}, WrittenAt: s.now(), IsOutgoing: !byCustomer, Content: text}
		if byCustomer {
			line.Sender, line.Recipients = customer, []ChatPartner{supporter}
		}
		x.connection.chat = append(x.connection.chat, line)
		return nil
	})
}

// Rate is the customer's feedback on a running connection; it counts when Settings.Feedback is on.
func (s *Sim) Rate(code string, rating int, comment string) error {
	return s.act(code, func(x *session) error {
		if x.connection == nil {
			return ErrNotConnected
		}
		x.connection.feedback = Feedback{rating, comment}
		return nil
	})
}

// ConnectionEnds is either side ending the connection. The customer stays online.
func (s *Sim) ConnectionEnds(code string) error {
	return s.act(code, func(x *session) error {
		if x.connection == nil {
			return ErrNotConnected
		}
		s.endConnection(x)
		return nil
	})
}

// CloseInConsole is a supporter closing the service case. Closing it twice changes nothing.
func (s *Sim) CloseInConsole(code string) error {
	return s.act(code, func(x *session) error {
		s.setState(x, Closed)
		return nil
	})
}

// DeleteSession is a supporter deleting the service case; its reports stay.
func (s *Sim) DeleteSession(code string) error {
	return s.act(code, func(x *session) error {
		s.remove(x)
		return nil
	})
}

// Sessions lists all sessions, newest first.
func (s *Sim) Sessions() []Session {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]Session, 0, len(s.sessions))
	for _, x := range slices.Backward(s.sessions) {
		all = append(all, x.view())
	}
	return all
}

// Session finds a session by its code.
func (s *Sim) Session(code string) (Session, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	x := s.sessionByCode(code)
	if x == nil {
		return Session{}, false
	}
	return x.view(), true
}

// endConnection ends a running connection and leaves a report if the supporter is one who leaves one.
func (s *Sim) endConnection(x *session) {
	c := x.connection
	x.connection = nil
	if c == nil || c.user == nil || !c.signedIn || c.user.Unlogged {
		return
	}
	s.file(s.reportOf(x, c))
}

func (s *Sim) reportOf(x *session, c *connection) *Report {
	r := &Report{
		ID: uuid.NewString(), UserID: c.user.ID, Username: c.user.Name, DeviceID: strconv.FormatInt(x.device, 10),
		DeviceName: "PC-" + undashed(x.Code), GroupID: x.GroupID, GroupName: s.groupName(x.GroupID), SupportSessionType: 1,
		StartDate: c.since, EndDate: s.now(), Currency: "EUR", BillingState: "Bill",
		SessionCode: x.Code, SessionCreatedAt: x.CreatedAt, ValidUntil: x.ValidUntil, AssignedUserID: x.AssignedUserID,
		AssignedAt: x.AssignedAt, CustomAPI: x.CustomAPI, EndCustomer: x.view().EndCustomer, Chat: c.chat,
	}
	if s.settings.Feedback {
		r.Feedback = new(c.feedback)
	}
	return r
}

func customerName(x *session) string {
	if x.EndCustomer == nil {
		return "Customer"
	}
	return cmp.Or(x.EndCustomer.Name, "Customer")
}
