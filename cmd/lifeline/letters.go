package main

import (
	"context"
	"time"

	"example.com/lifeline/activities"
	"example.com/lifeline/mail"
	"example.com/lifeline/support"
)

// post sends letters by SMTP.
type post struct{ sender *mail.Sender }

// Send implements activities.Post.
func (p post) Send(ctx context.Context, key string, to support.Customer, letter support.Letter) error {
	return p.sender.Send(ctx, mail.Message{To: to, Letter: letter, Key: key})
}

// stationery writes letters with the templates of package mail. Alerts are in English: they go to the operators.
type stationery struct {
	zone       *time.Location // of all times
	operations string         // where operators look at what an alert tells of
}

const operatorsLanguage = "en"

func (s stationery) invitation(i activities.InvitationText) mail.Invitation {
	return mail.Invitation{
		To: i.CustomerName, Helper: i.AgentName, RecordNumber: i.RecordNumber, Code: i.Code, Link: i.Link, ExpiresAt: i.ExpiresAt.In(s.zone),
	}
}

// CustomerInvitation implements activities.Stationery.
func (s stationery) CustomerInvitation(language string, i activities.InvitationText) support.Letter {
	return mail.CustomerInvitation(language, s.invitation(i))
}

// RenewedInvitation implements activities.Stationery.
func (s stationery) RenewedInvitation(language string, i activities.InvitationText) support.Letter {
	return mail.RenewedInvitation(language, s.invitation(i))
}

// TechnicianInvitation implements activities.Stationery.
func (s stationery) TechnicianInvitation(language string, i activities.InvitationText) support.Letter {
	letter := s.invitation(i)
	letter.To, letter.Helper, letter.Customer, letter.RecordTitle, letter.Link = i.AgentName, "", i.CustomerName, i.RecordTitle, i.PanelURL
	return mail.TechnicianInvitation(language, letter)
}

// Alert implements activities.Stationery.
func (s stationery) Alert(a activities.AlertText) support.Letter {
	return mail.AlertLetter(operatorsLanguage, mail.Alert{
		Connection: a.Connection, RecordNumber: single(a), Subject: other(a), What: what(a), Why: a.Trouble.Reason, Remedy: a.Trouble.Remedy,
		Since: a.Trouble.Since.In(s.zone), Sessions: a.Sessions, Link: s.operations,
	})
}

// Recovery implements activities.Stationery.
func (s stationery) Recovery(a activities.AlertText) support.Letter {
	return mail.RecoveryLetter(operatorsLanguage, mail.Recovery{
		Connection: a.Connection, RecordNumber: single(a), Subject: other(a), What: what(a), Since: a.Trouble.Since.In(s.zone),
		Until: a.Now.In(s.zone), Sessions: a.Sessions,
	})
}

// single names the subject of an alert that has only one.
func single(a activities.AlertText) string {
	if a.Sessions == 1 {
		return a.Trouble.Subject
	}
	return ""
}

// other names what is in trouble that is no session.
func other(a activities.AlertText) string {
	if a.Trouble.Session {
		return ""
	}
	return a.Trouble.Subject
}

// what says what failed, and of what it is a part.
func what(a activities.AlertText) string {
	if a.Trouble.Session {
		return a.Trouble.Step
	}
	return a.Trouble.Subject + ": " + a.Trouble.Step
}

// ConsentExpiry implements activities.Stationery.
func (s stationery) ConsentExpiry(connection string, ends time.Time, days int) support.Letter {
	return mail.ConsentLetter(operatorsLanguage, mail.Consent{Connection: connection, Days: days, EndsAt: ends.In(s.zone)})
}
