package rescue

import (
	"cmp"
	"strconv"
)

// CustomerJoins is the customer entering a PIN and starting the applet: the session waits for the technician. The name
// fills the Name field when the PIN carried none.
func (s *Sim) CustomerJoins(code, name string) (Session, error) {
	opened, err := s.CustomerOpens(code, name)
	if err != nil {
		return Session{}, err
	}
	return s.StartApplet(opened.ID)
}

// CustomerOpens is the customer entering a PIN: the session is Connecting, the PIN used up.
func (s *Sim) CustomerOpens(code, name string) (Session, error) {
	defer s.enter()()
	x, err := s.redeem(code)
	if err != nil {
		return Session{}, err
	}
	x.fields[0] = cmp.Or(x.fields[0], cut(name, fieldLimits[0]))
	x.customer = cmp.Or(name, x.fields[0], "Customer")
	return s.view(x), nil
}

// StartApplet makes a Connecting session Waiting.
func (s *Sim) StartApplet(id int64) (Session, error) {
	return s.act(id, func(x *session) error {
		if x.status() != StatusConnecting || x.pin.Session == 0 {
			return ErrWrongState
		}
		x.set(x.current(), StatusWaiting, s.now())
		return nil
	})
}

// DeclineTerms is the customer not accepting the terms while Connecting.
func (s *Sim) DeclineTerms(id int64) (Session, error) {
	return s.act(id, func(x *session) error {
		if x.status() != StatusConnecting {
			return ErrWrongState
		}
		x.end(StatusDeclined, s.now())
		x.leave(s.now())
		return nil
	})
}

// PickUp is the technician starting a waiting or incoming session, or resuming one on hold. The technician is named by
// e-mail, SSO ID or node id; "" is the one whose queue it is in. Starting sends the start post.
func (s *Sim) PickUp(id int64, technician string) (Session, error) {
	return s.act(id, func(x *session) error {
		tech := x.current().tech
		if technician != "" {
			tech = s.user(technician)
		}
		return s.pickUp(x, tech)
	})
}

// Say adds a chat line. who is "customer", "technician", or a name to be shown as it is.
func (s *Sim) Say(id int64, who, text string) (Session, error) {
	return s.act(id, func(x *session) error {
		if x.over() || x.status() == StatusConnecting {
			return ErrWrongState
		}
		name := who
		switch tech := x.technician(); {
		case who == "customer":
			name = x.customer
		case who == "technician" && tech != nil:
			name, x.lastActionAt = tech.Name, s.now()
		}
		x.say(name, text, s.now())
		return nil
	})
}

// Note replaces the technician's notes; possible until the session is cleared from the queue.
func (s *Sim) Note(id int64, text string) (Session, error) {
	return s.act(id, func(x *session) error {
		if !x.inQueue() || !x.wasPickedUp() {
			return ErrWrongState
		}
		x.notes, x.lastActionAt = text, s.now()
		return nil
	})
}

// EditField changes the Name field (0) or a custom field (1-5), as technicians with that permission can.
func (s *Sim) EditField(id int64, field int, value string) (Session, error) {
	return s.act(id, func(x *session) error {
		if !x.inQueue() || field < 0 || field >= len(x.fields) {
			return ErrWrongState
		}
		x.fields[field] = cut(value, fieldLimits[field])
		return nil
	})
}

// Hold puts an active session on hold; PickUp resumes it.
func (s *Sim) Hold(id int64) (Session, error) {
	return s.act(id, s.hold)
}

// Transfer offers the session to another technician, or to a channel named by its node id. It stays with both until
// the taker picks it up.
func (s *Sim) Transfer(id int64, to, comment string) (Session, error) {
	return s.act(id, func(x *session) error {
		node, _ := strconv.ParseInt(to, 10, 64)
		if channel := s.channel(node); channel != nil {
			return s.transfer(x, &leg{channel: channel}, channel.Name, comment)
		}
		taker := s.user(to)
		if taker == nil || !taker.Seat {
			return ErrUnknownTechnician
		}
		return s.transfer(x, &leg{tech: taker}, taker.Name, comment)
	})
}

// Interrupt takes the customer's computer away for the moment: it reboots, or the connection is lost. After five
// minutes the session is Offline.
func (s *Sim) Interrupt(id int64, reboot bool) (Session, error) {
	return s.act(id, func(x *session) error {
		if x.status() != StatusPickedUp {
			return ErrWrongState
		}
		status := StatusConnectionProblem
		if reboot {
			status = StatusRebooting
		}
		x.set(x.current(), status, s.now())
		return nil
	})
}

// Restore brings an interrupted session back.
func (s *Sim) Restore(id int64) (Session, error) {
	return s.act(id, func(x *session) error {
		if !x.status().interrupted() {
			return ErrWrongState
		}
		x.set(x.current(), StatusPickedUp, s.now())
		return nil
	})
}

// CloseByTechnician is the technician pressing End, or clearing from his queue what the customer or a time-out ended.
// If the session was ever picked up it sends the end post, with up to ten answers to the technician survey.
func (s *Sim) CloseByTechnician(id int64, survey ...string) (Session, error) {
	return s.act(id, func(x *session) error { return s.closeByTechnician(x, survey) })
}

// CloseByCustomer is the customer leaving. A session that was active stays in the technician's queue and sends no post
// until it is cleared (rescue.md 4.2).
func (s *Sim) CloseByCustomer(id int64) (Session, error) {
	return s.act(id, s.closeByCustomer)
}

// TimeOut lets the time-out of the session's present state run out now.
func (s *Sim) TimeOut(id int64) (Session, error) {
	return s.act(id, s.timeOut)
}

// Force sets any status, for those the simulator does not reach by itself. A final one takes the session out of the
// queue without a post.
func (s *Sim) Force(id int64, status Status) (Session, error) {
	return s.act(id, func(x *session) error {
		if status.live() {
			x.set(x.current(), status, s.now())
			return nil
		}
		x.end(status, s.now())
		x.leave(s.now())
		return nil
	})
}

// StartFromConsole is a technician starting a session in his console, without a PIN or token of ours: it is active at
// once and sends the start post.
func (s *Sim) StartFromConsole(technician string, fields Fields) (Session, error) {
	defer s.enter()()
	tech := s.user(technician)
	if tech == nil || !tech.Seat {
		return Session{}, ErrUnknownTechnician
	}
	if !tech.Console {
		return Session{}, ErrConsoleNotRunning
	}
	x := s.newSession(tech, StatusWaiting)
	x.fields, x.customer = fields, cmp.Or(fields[0], "Customer")
	if err := s.pickUp(x, tech); err != nil {
		return Session{}, err
	}
	return s.view(x), nil
}

// act runs one step on a session and returns how it stands then.
func (s *Sim) act(id int64, step func(*session) error) (Session, error) {
	defer s.enter()()
	x := s.sessionByID(id)
	if x == nil {
		return Session{}, ErrUnknownSession
	}
	if err := step(x); err != nil {
		return Session{}, err
	}
	return s.view(x), nil
}
