package rescue

import "time"

// offlineAfter is how long a reboot or reconnect is tried before the session shows as Offline (rescue.md 4.1).
const offlineAfter = 5 * time.Minute

// pickUp starts a waiting or incoming session for a technician, or resumes a held one.
func (s *Sim) pickUp(x *session, tech *user) error {
	l := x.current()
	switch {
	case tech == nil:
		return ErrUnknownTechnician
	case l.tech != tech && (l.channel == nil || !l.channel.serves(tech)):
		return ErrNotInQueue
	case !tech.Console:
		return ErrConsoleNotRunning
	}
	switch l.status {
	case StatusOnHold:
		x.set(l, StatusPickedUp, s.now())
	case StatusWaiting, StatusTransferring:
		s.startWith(x, l, tech)
	default:
		return ErrWrongState
	}
	return nil
}

// startWith makes the leg active, ends the giver's outgoing one, and posts the start.
func (s *Sim) startWith(x *session, l *leg, tech *user) {
	now := s.now()
	if len(x.legs) > 1 {
		giver := x.legs[len(x.legs)-2]
		giver.status, giver.since = StatusTransferredUnpicked, now
		if giver.pickedUp {
			giver.status = StatusTransferred
		}
	}
	x.set(l, StatusPickedUp, now)
	l.tech, l.pickedUp = tech, true
	if !x.wasPickedUp() {
		x.pickedUpAt, x.waited = now, x.spent["Waiting Time"]
	}
	x.lastActionAt = now
	s.post(x, tech, EventStart)
}

func (s *Sim) hold(x *session) error {
	if x.status() != StatusPickedUp {
		return ErrWrongState
	}
	if !x.current().tech.Console {
		return ErrConsoleNotRunning
	}
	x.set(x.current(), StatusOnHold, s.now())
	x.lastActionAt = s.now()
	return nil
}

// transfer adds the incoming leg of the taker; the giver's becomes outgoing.
func (s *Sim) transfer(x *session, incoming *leg, takerName, comment string) error {
	l := x.current()
	if l.status != StatusWaiting && l.status != StatusPickedUp && l.status != StatusOnHold {
		return ErrWrongState
	}
	if l.tech != nil && !l.tech.Console {
		return ErrConsoleNotRunning
	}
	now := s.now()
	x.set(l, StatusTransferring, now)
	l.sentTo, l.comment = takerName, comment
	incoming.status, incoming.since, incoming.comment = StatusTransferring, now, comment
	x.legs = append(x.legs, incoming)
	x.lastActionAt = now
	if s.settings.EndPostOnTransfer && l.pickedUp {
		s.post(x, l.tech, EventEnd)
	}
	return nil
}

// cancelAction takes back a transfer that nobody has taken, or ends a hold.
func (s *Sim) cancelAction(x *session) error {
	switch x.status() {
	case StatusOnHold:
		x.set(x.current(), StatusPickedUp, s.now())
		return nil
	case StatusTransferring:
		x.legs = x.legs[:len(x.legs)-1]
		back := StatusWaiting
		if x.current().pickedUp {
			back = StatusPickedUp
		}
		x.current().sentTo, x.current().comment = "", ""
		x.set(x.current(), back, s.now())
		return nil
	}
	return ErrWrongState
}

func (s *Sim) closeByTechnician(x *session, survey []string) error {
	l, now := x.current(), s.now()
	switch {
	case !x.inQueue(), l.status == StatusConnecting, l.status == StatusTransferring:
		return ErrWrongState
	case l.tech != nil && !l.tech.Console:
		return ErrConsoleNotRunning
	}
	if l.status != StatusIdleTimeout {
		x.end(StatusClosedByTechnician, now)
	}
	x.survey = survey[:min(len(survey), surveyQuestions)]
	if x.lastActionAt = now; x.wasPickedUp() {
		s.post(x, x.technician(), EventEnd)
	}
	x.leave(now)
	return nil
}

func (s *Sim) closeByCustomer(x *session) error {
	now := s.now()
	switch status := x.status(); status {
	case StatusOnHold:
		x.set(x.current(), StatusOnHoldCustomerLeft, now)
	case StatusPickedUp:
		x.end(StatusClosedByActive, now)
	case StatusRebooting:
		x.end(StatusClosedInRebooting, now)
	case StatusConnectionProblem, StatusOffline:
		x.end(StatusClosedInReconnecting, now)
	case StatusConnecting, StatusWaiting, StatusTransferring:
		x.end(leftWhile(status, x.wasPickedUp()), now)
		x.leave(now)
	default:
		return ErrWrongState
	}
	return nil
}

// leftWhile is the final status of a customer who leaves while nobody has the session in hand.
func leftWhile(status Status, pickedUp bool) Status {
	switch {
	case status == StatusConnecting:
		return StatusLeftNotPickedUp
	case status == StatusWaiting:
		return StatusClosedByWaiting
	case pickedUp:
		return StatusLeftInTransfer
	}
	return StatusLeftInTransferUnpicked
}

func (s *Sim) timeOut(x *session) error {
	now := s.now()
	switch status := x.status(); {
	case !x.inQueue():
		return ErrWrongState
	case status.inConsole():
		x.end(StatusIdleTimeout, now)
		return nil
	case x.over():
		x.end(StatusNotClosedTimeout, now)
		s.post(x, x.technician(), EventEnd)
	case status == StatusConnecting:
		x.end(StatusSystemTimeout, now)
	case x.wasPickedUp():
		x.end(StatusWaitTimeoutPickedUp, now)
	default:
		x.end(StatusWaitTimeout, now)
	}
	x.leave(now)
	return nil
}

// sweep lets happen what fell due. Looking once a second is enough: no time-out is finer.
func (s *Sim) sweep() {
	now := s.now()
	if now.Sub(s.swept) < time.Second {
		return
	}
	s.swept = now
	for _, x := range s.sessions {
		if x.inQueue() && !x.over() && s.due(x, now) {
			_ = s.timeOut(x)
		}
	}
}

// due tells whether the time-out of a session's state has run out. On the way it turns long interruptions Offline.
func (s *Sim) due(x *session, now time.Time) bool {
	l := x.current()
	g := s.groupOf(x)
	switch l.status {
	case StatusConnecting:
		if x.pin.Session == 0 {
			return !now.Before(x.pin.ExpiresAt)
		}
		return past(now, l.since, g.ConnectingTimeout)
	case StatusWaiting, StatusTransferring:
		return past(now, l.since, g.WaitingTimeout)
	case StatusPickedUp:
		return past(now, x.lastActionAt, g.IdleTimeout)
	case StatusRebooting, StatusConnectionProblem:
		if now.Sub(l.since) >= offlineAfter {
			x.set(l, StatusOffline, now)
		}
	}
	return false
}

func (s *Sim) groupOf(x *session) *Group { return s.groups[x.technician().Group] }

// past tells whether a time-out has run out; one of 0 never does.
func past(now, since time.Time, timeout Duration) bool {
	return timeout > 0 && now.Sub(since) >= time.Duration(timeout)
}
