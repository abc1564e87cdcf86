package dataverse

import (
	"context"
	"net/http"
	"strings"
)

// Email is a sent e-mail activity, as it is handed over to a real mailbox.
type Email struct {
	ID      string   `json:"id"`
	From    string   `json:"from"`
	To      []string `json:"to"` // to, cc and bcc
	Subject string   `json:"subject"`
	HTML    string   `json:"html"`
}

// mailbox is the server-side synchronisation that takes queued e-mails (reference 2.7).
type mailbox struct {
	held   bool
	fail   int
	queued []string
}

// Status reasons of an e-mail (reference 2.6).
const (
	MailDraft       = 1
	MailSent        = 3
	MailPendingSend = 6
	MailSending     = 7
	MailFailed      = 8
)

// HoldMail keeps e-mails in Pending Send until it is called with false, as an organisation without server-side
// synchronisation does.
func (s *Sim) HoldMail(hold bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mail.held = hold
	s.touch()
	if hold {
		return
	}
	for _, id := range s.mail.queued {
		s.background(func(ctx context.Context) { s.walk(ctx, id) })
	}
	s.mail.queued = nil
}

// FailMail makes the next n e-mails end as Failed.
func (s *Sim) FailMail(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mail.fail = n
}

// sendEmail queues a draft (reference 2.7).
func (c *call) sendEmail(t *table) (*answer, error) {
	if err := c.onlyMethod(http.MethodPost); err != nil {
		return nil, err
	}
	if t.logicalName != "email" {
		return nil, noSegment(c.path[1].name)
	}
	at, err := c.target(t, c.path[0])
	if err != nil {
		return nil, err
	}
	if at.row == nil {
		return nil, at.missing()
	}
	body, err := c.json()
	if err != nil {
		return nil, err
	}
	if err := c.maySend(at.row); err != nil {
		return nil, err
	}
	if err := c.queueMail(at.row, body["IssueSend"] == true); err != nil {
		return nil, err
	}
	return reply(http.StatusOK, object{"@odata.context": c.base + "$metadata#Microsoft.Dynamics.CRM.SendEmailResponse", "Subject": at.row.text("subject")}), nil
}

// maySend checks privileges, direction, status and parties.
func (c *call) maySend(email *row) error {
	if err := c.may(c.who, "Read", c.tables["email"], email); err != nil {
		return err
	}
	if link, ok := email.values["regardingobjectid"].(ref); ok {
		if err := c.may(c.who, "Read", c.tables[link.table], c.find(link.table, link.id)); err != nil {
			return err
		}
	}
	if status := email.int("statuscode"); status != MailDraft && status != MailFailed {
		return badRequest(codeInvalidArgument, "The e-mail must be in the Draft or Failed status to be sent.")
	}
	if !email.flag("directioncode") {
		return badRequest(codeInvalidArgument, "An incoming e-mail can't be sent.")
	}
	return c.checkParties(email)
}

func (c *call) checkParties(email *row) error {
	senders, recipients := c.parties(email, 1), c.parties(email, 2, 3, 4)
	if len(senders) != 1 {
		return badRequest(codeInvalidArgument, "The e-mail must have one sender.")
	}
	if _, resolved := senders[0].values["partyid"]; !resolved {
		return badRequest(codeInvalidArgument, "Invalid sender party.")
	}
	if senders[0].text("addressused") == "" {
		return badRequest("0x80040b08", "The sender does not have an email address on the party record.")
	}
	if len(recipients) == 0 {
		return badRequest("0x80040b04", "The e-mail must have at least one recipient before it can be sent.")
	}
	for _, party := range recipients {
		if party.text("addressused") == "" {
			return badRequest("0x80040b07", "A recipient does not have an e-mail address.")
		}
	}
	return nil
}

func (s *Sim) parties(email *row, masks ...int64) []*row {
	var found []*row
	for _, mask := range masks {
		found = append(found, s.match(s.tables["activityparty"], map[string]any{"activityid": ref{"email", email.id}, "participationtypemask": mask})...)
	}
	return found
}

// queueMail sets Pending Send; without IssueSend the platform only notes that it was sent.
func (c *call) queueMail(email *row, issue bool) error {
	status := int64(MailSent)
	if issue {
		status = MailPendingSend
	}
	if err := c.update(c.tables["email"], email, payload{values: map[string]any{"statecode": int64(1), "statuscode": status}}); err != nil || !issue {
		return err
	}
	id := email.id
	c.tx.after = append(c.tx.after, func() { c.startMail(id) })
	return nil
}

func (s *Sim) startMail(id string) {
	if s.mail.held {
		s.mail.queued = append(s.mail.queued, id)
		return
	}
	s.background(func(ctx context.Context) { s.walk(ctx, id) })
}

// walk takes an e-mail from Pending Send over Sending to Sent or Failed.
func (s *Sim) walk(ctx context.Context, id string) {
	email, fails := s.beginMail(id)
	status := map[string]any{"statecode": int64(1), "statuscode": int64(MailSent)}
	if fails || !s.delivers(ctx, email) {
		status = map[string]any{"statecode": int64(0), "statuscode": int64(MailFailed)}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if status["statecode"] == int64(1) {
		status["senton"] = s.now()
	}
	s.setMail(id, status)
}

func (s *Sim) delivers(ctx context.Context, email Email) bool {
	if s.opts.Deliver == nil {
		return true
	}
	err := s.opts.Deliver(ctx, email)
	if err != nil {
		s.log.Info("e-mail not delivered", "email", email.ID, "error", err)
	}
	return err == nil
}

func (s *Sim) beginMail(id string) (Email, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fails := s.mail.fail > 0
	if fails {
		s.mail.fail--
	}
	s.setMail(id, map[string]any{"statuscode": int64(MailSending)})
	return s.emailOf(id), fails
}

func (s *Sim) setMail(id string, values map[string]any) {
	if r := s.find("email", id); r != nil {
		s.set(&tx{}, r, values)
		s.touch()
	}
}

// EmailOf gives an e-mail activity with the addresses of its parties.
func (s *Sim) EmailOf(id string) (Email, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.emailOf(id), s.find("email", id) != nil
}

func (s *Sim) emailOf(id string) Email {
	r := s.find("email", id)
	if r == nil {
		return Email{ID: id}
	}
	email := Email{ID: id, Subject: r.text("subject"), HTML: r.text("description")}
	for _, party := range s.parties(r, 1) {
		email.From = party.text("addressused")
	}
	for _, party := range s.parties(r, 2, 3, 4) {
		email.To = append(email.To, strings.TrimSpace(party.text("addressused")))
	}
	return email
}
