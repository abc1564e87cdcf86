package rescue

import (
	"strconv"
	"strings"
	"time"
)

// session is one session as the simulator keeps it. After a transfer it has several legs; the last one is current.
type session struct {
	id       int64
	key      string // names the customer's page
	company  *company
	pin      *pin // nil when it was started from the console
	customer string
	fields   Fields
	tracking string
	notes    string
	survey   []string
	chat     []string
	posted   int // how many chat lines have been posted
	legs     []*leg

	startedAt    time.Time
	pickedUpAt   time.Time
	closedAt     time.Time
	lastActionAt time.Time
	waited       time.Duration            // from Waiting to the first Active
	spent        map[string]time.Duration // by phase, for reports
	ending       Status                   // the first final status: who ended it
	lastPost     <-chan struct{}          // closed when the session's previous post is done
}

// leg is the part of a session that one technician or channel has.
type leg struct {
	tech     *user    // nil while it waits in a channel
	channel  *Channel // the channel it came through
	status   Status
	since    time.Time
	pickedUp bool
	sentTo   string // outgoing transfer: the taker
	comment  string
	goneAt   time.Time // when it left the console queue
}

// listed tells whether getSession shows the leg.
func (l *leg) listed(now time.Time, keepClosed Duration) bool {
	return l.goneAt.IsZero() || now.Before(l.goneAt.Add(time.Duration(keepClosed)))
}

func (x *session) current() *leg { return x.legs[len(x.legs)-1] }

// status is that of the leg that counts.
func (x *session) status() Status { return x.current().status }

func (x *session) over() bool { return x.ending != "" }

// set changes a leg's status and books the time of the former one.
func (x *session) set(l *leg, status Status, now time.Time) {
	if l == x.current() {
		x.spent[bucket(l.status)] += now.Sub(l.since)
	}
	l.status, l.since = status, now
}

// bucket names the report column that a status's time counts in.
func bucket(status Status) string {
	switch status {
	case StatusConnecting:
		return "Connecting Time"
	case StatusWaiting:
		return "Waiting Time"
	case StatusPickedUp:
		return "Active Time"
	case StatusOnHold, StatusOnHoldCustomerLeft:
		return "Hold Time"
	case StatusTransferring:
		return "Time in Transfer"
	case StatusRebooting:
		return "Rebooting Time"
	case StatusConnectionProblem, StatusOffline:
		return "Reconnecting Time"
	}
	return ""
}

// timeIn is the time spent in a report's column up to now.
func (x *session) timeIn(column string, now time.Time) time.Duration {
	total := x.spent[column]
	if l := x.current(); bucket(l.status) == column {
		total += now.Sub(l.since)
	}
	return total
}

// say appends a chat line as the console writes it, with a 12-hour stamp.
func (x *session) say(who, text string, now time.Time) {
	x.chat = append(x.chat, now.Format("3:04 PM")+" "+who+": "+text)
}

// newChat returns the chat since the previous post and marks it as posted.
func (x *session) newChat() string {
	text := strings.Join(x.chat[x.posted:], "\n")
	x.posted = len(x.chat)
	return text
}

// end gives the session a final status. The first one decides how it counts in reports: it tells who ended it.
func (x *session) end(status Status, now time.Time) {
	x.set(x.current(), status, now)
	if x.ending == "" {
		x.ending, x.closedAt = status, now
	}
}

// leave takes the session out of every console queue.
func (x *session) leave(now time.Time) {
	for _, l := range x.legs {
		if l.goneAt.IsZero() {
			l.goneAt = now
		}
	}
}

// inQueue tells whether a console still shows the session.
func (x *session) inQueue() bool { return x.current().goneAt.IsZero() }

// wasPickedUp tells whether a technician ever had it.
func (x *session) wasPickedUp() bool { return !x.pickedUpAt.IsZero() }

// technician is who has the session, or had it last; nil in a channel that nobody has taken it from.
func (x *session) technician() *user {
	for i := len(x.legs) - 1; i >= 0; i-- {
		if x.legs[i].tech != nil {
			return x.legs[i].tech
		}
	}
	return nil
}

// sessionByID finds a session; nil when there is none. Ids are given in sequence.
func (s *Sim) sessionByID(id int64) *session {
	if i := id - s.firstID; i >= 0 && i < int64(len(s.sessions)) {
		return s.sessions[i]
	}
	return nil
}

// sessionByKey finds the session of a customer's page.
func (s *Sim) sessionByKey(key string) *session {
	for _, x := range s.sessions {
		if x.key == key {
			return x
		}
	}
	return nil
}

// newSession makes a session whose first leg is the technician's.
func (s *Sim) newSession(tech *user, status Status) *session {
	now := s.now()
	x := &session{
		id: s.firstID + int64(len(s.sessions)), key: randomCode(24), company: tech.company,
		legs:      []*leg{{tech: tech, status: status, since: now}},
		startedAt: now, lastActionAt: now, spent: map[string]time.Duration{},
	}
	s.sessions = append(s.sessions, x)
	return x
}

// view is the session as people and tests see it.
func (s *Sim) view(x *session) Session {
	l := x.current()
	v := Session{
		ID: x.id, Status: l.status, StatusWord: l.status.Word(x.company.language(s.settings)), Customer: x.customer,
		Fields: x.fields, Tracking: x.tracking, Chat: strings.Join(x.chat, "\n"), Notes: x.notes,
		StartedAt: x.startedAt, PickedUpAt: x.pickedUpAt, ClosedAt: x.closedAt,
		Listed: l.listed(s.now(), s.settings.KeepClosed), CustomerPage: "/customer/session/" + x.key,
	}
	if x.pin != nil {
		v.PIN = x.pin.Code
	}
	if l.tech != nil {
		v.Technician, v.TechnicianName = l.tech.ID, l.tech.Name
	}
	if l.channel != nil {
		v.Channel = l.channel.Name
	}
	return v
}

// Sessions lists all sessions, oldest first.
func (s *Sim) Sessions() []Session {
	defer s.enter()()
	views := make([]Session, 0, len(s.sessions))
	for _, x := range s.sessions {
		views = append(views, s.view(x))
	}
	return views
}

// Session returns one session.
func (s *Sim) Session(id int64) (Session, error) {
	defer s.enter()()
	x := s.sessionByID(id)
	if x == nil {
		return Session{}, ErrUnknownSession
	}
	return s.view(x), nil
}

func seconds(d time.Duration) string { return strconv.FormatInt(int64(d.Seconds()), 10) }
