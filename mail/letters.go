package mail

import (
	"time"

	"example.com/lifeline/support"
)

// Invitation is what the letters of invitation tell. Times are written in the zone they carry: see Config.Location.
type Invitation struct {
	To           string    // name of the reader; may be empty
	Helper       string    // name of the technician, for the customer; may be empty
	Customer     string    // name of the customer, for the technician; may be empty
	RecordNumber string    // INC0010001
	RecordTitle  string    // for the technician only; may be empty
	Code         string    // PIN or session code
	Link         string    // the customer's link, or the agent panel for the technician; never the supporter link
	ExpiresAt    time.Time // when code and link run out
}

// CustomerInvitation invites the customer: link, code, who helps, for which record, until when.
func CustomerInvitation(tag string, i Invitation) support.Letter {
	return customerLetter(tag, "customer", i)
}

// RenewedInvitation gives the customer a new link and says that the earlier one is of no use any more.
func RenewedInvitation(tag string, i Invitation) support.Letter {
	return customerLetter(tag, "renewed", i)
}

func customerLetter(tag, kind string, i Invitation) support.Letter {
	l := languageOf(tag)
	return l.letter(l.say(kind+".subject", i),
		block{Text: l.say("greeting", i)},
		block{Text: l.say(kind+".opening", i)},
		linked(l.say("customer.button", i), i.Link),
		coded(l.say("customer.code", i), i.Code),
		block{Text: l.say("customer.expiry", i)},
		block{Text: l.say("customer.closing", i)})
}

// TechnicianInvitation tells the technician that a code has been issued, and where the panel is.
func TechnicianInvitation(tag string, i Invitation) support.Letter {
	l := languageOf(tag)
	return l.letter(l.say("technician.subject", i),
		block{Text: l.say("greeting", i)},
		block{Text: l.say("technician.opening", i)},
		coded(l.say("technician.code", i), i.Code),
		linked(l.say("technician.button", i), i.Link),
		block{Text: l.say("technician.expiry", i)})
}

// Alert is a session or a connection that waits for a human. What, Why and Remedy are public texts: they hold no
// secret.
type Alert struct {
	Connection   string
	RecordNumber string    // empty when the whole connection is concerned
	Subject      string    // what is concerned that is no session: "company report"
	What         string    // what failed
	Why          string    // why it failed
	Remedy       string    // what to do about it
	Since        time.Time // when it failed first
	Sessions     int       // how many sessions wait for the same reason; 0 when it is not about sessions
	Link         string    // the operations page; may be empty
}

// AlertLetter asks for a human.
func AlertLetter(tag string, a Alert) support.Letter {
	l := languageOf(tag)
	return l.letter(l.say("alert.subject", a),
		block{Text: l.say("alert.opening", a)},
		l.facts(fact{"connection", a.Connection}, fact{"record", a.RecordNumber}, fact{"what", a.What}, fact{"why", a.Why},
			fact{"remedy", a.Remedy}, fact{"since", l.when(a.Since)}),
		block{Text: l.say("alert.sessions", a)},
		linked(l.say("alert.button", a), a.Link),
		block{Text: l.say("alert.closing", a)})
}

// Recovery is the end of an alert.
type Recovery struct {
	Connection   string
	RecordNumber string // empty when the whole connection was concerned
	Subject      string // what was concerned that is no session
	What         string // what had failed
	Since        time.Time
	Until        time.Time
	Sessions     int // how many sessions went on
}

// RecoveryLetter tells that nobody has to act any more.
func RecoveryLetter(tag string, r Recovery) support.Letter {
	l := languageOf(tag)
	return l.letter(l.say("recovery.subject", r),
		block{Text: l.say("recovery.opening", r)},
		l.facts(fact{"connection", r.Connection}, fact{"record", r.RecordNumber}, fact{"what", r.What},
			fact{"since", l.when(r.Since)}, fact{"until", l.when(r.Until)}),
		block{Text: l.say("recovery.sessions", r)})
}

// Consent is a consent that runs out: after its end nothing is filed until a human gives it again.
type Consent struct {
	Connection string
	Days       int // whole days left
	EndsAt     time.Time
}

// ConsentLetter asks to renew a consent in time.
func ConsentLetter(tag string, c Consent) support.Letter {
	l := languageOf(tag)
	return l.letter(l.say("consent.subject", c),
		block{Text: l.say("consent.opening", c)},
		block{Text: l.say("consent.consequence", c)},
		block{Text: l.say("consent.command", c)})
}

// linked is a link that is left away without an address.
func linked(label, link string) block {
	if link == "" {
		return block{}
	}
	return block{Text: label, Link: link}
}

// coded is a code that is left away when there is none.
func coded(label, code string) block {
	if code == "" {
		return block{}
	}
	return block{Text: label, Code: oneLine(code)}
}
