package dynamics

import (
	"cmp"
	"context"
	"net/http"
	"strconv"
	"strings"

	"example.com/lifeline/support"
)

const (
	maxTemplates      = 500
	mailSubjectLength = 800
)

// Status reasons of an e-mail (dynamics.md 2.6).
const (
	mailDraft     = 1
	mailCompleted = 2
	mailSent      = 3
	mailReceived  = 4
	mailCancelled = 5
	mailFailed    = 8
)

// Roles of an e-mail's parties (dynamics.md 2.6).
const (
	partySender    = 1
	partyRecipient = 2
)

var languages = map[int]string{1033: "en", 3082: "es", 1034: "es", 1036: "fr", 1043: "nl"}

// Templates implements support.CRM: shared templates of the record's own type whose title begins with the configured
// words, compared without case (dynamics.md 2.7).
func (c *CRM) Templates(ctx context.Context, ref support.RecordRef) ([]support.Template, error) {
	at, err := c.locate(ref)
	if err != nil {
		return nil, err
	}
	type found struct {
		ID       string `json:"templateid"`
		Title    string `json:"title"`
		Language int    `json:"languagecode"`
	}
	query := where(selecting([]string{"templateid", "title", "languagecode"}),
		"templatetypecode eq "+literal(at.ref.Type)+" and ispersonal eq false", "title asc", 0)
	rows, err := list[found](ctx, c, "templates", query, maxTemplates)
	if err != nil {
		return nil, err
	}
	templates := []support.Template{}
	for _, row := range rows {
		if hasPrefixFold(row.Title, c.cfg.TemplateTitle) {
			templates = append(templates, support.Template{ID: row.ID, Title: row.Title, Language: language(row.Language)})
		}
	}
	return templates, nil
}

func hasPrefixFold(text, prefix string) bool {
	return len(text) >= len(prefix) && strings.EqualFold(text[:len(prefix)], prefix)
}

func language(code int) string {
	if code == 0 {
		return ""
	}
	return cmp.Or(languages[code], strconv.Itoa(code))
}

// SendMail implements support.CRM: an e-mail activity with an id derived from the marker, then SendEmail, which
// only a draft or a failed mail gets, so that nobody receives a letter twice (dynamics.md 2.7).
func (c *CRM) SendMail(ctx context.Context, mailing support.Mailing) (string, error) {
	at, err := c.locate(mailing.Record)
	if err != nil {
		return "", err
	}
	parties, err := mailParties(mailing)
	if err != nil {
		return "", err
	}
	id := derivedID("mail", mailing.Marker)
	created, err := c.create(ctx, call{path: "emails", as: mailing.Sender.ID, body: map[string]any{
		"activityid":    id,
		"subject":       fit(mailing.Letter.Subject, mailSubjectLength),
		"description":   storable(cmp.Or(mailing.Letter.HTML, plainHTML(mailing.Letter.Text))),
		"directioncode": true,
		"regardingobjectid_" + at.ref.Type + "_email" + bindSuffix: "/" + at.path,
		"email_activity_parties":                                   parties,
	}})
	if err != nil {
		return "", err
	}
	if !created {
		status, err := c.mailStatus(ctx, id)
		if err != nil || (status != mailDraft && status != mailFailed) {
			return id, err
		}
	}
	_, err = c.do(ctx, call{method: http.MethodPost, path: row("emails", id) + "/Microsoft.Dynamics.CRM.SendEmail", as: mailing.Sender.ID,
		body: map[string]any{"IssueSend": true}, accept: []int{http.StatusOK, http.StatusNoContent}})
	return id, err
}

// mailParties names the sender, who must be a user, and the recipient: a contact, or a bare address where the record
// itself is the addressee.
func mailParties(mailing support.Mailing) ([]map[string]any, error) {
	sender, err := guid(mailing.Sender.ID)
	if err != nil {
		return nil, support.Stopped(support.CodeInvalid, "the e-mail's sender must be a user of Dynamics", nil)
	}
	recipient := map[string]any{"participationtypemask": partyRecipient}
	switch id, err := guid(mailing.To.ID); {
	case err == nil:
		recipient["partyid_contact"+bindSuffix] = "/" + row("contacts", id)
	case mailing.To.Email != "":
		recipient["addressused"] = mailing.To.Email
	default:
		return nil, support.Stopped(support.CodeInvalid, "the customer has no e-mail address", nil)
	}
	return []map[string]any{
		{"partyid_systemuser" + bindSuffix: "/" + row("systemusers", sender), "participationtypemask": partySender},
		recipient,
	}, nil
}

func (c *CRM) mailStatus(ctx context.Context, id string) (int, error) {
	found, err := get[struct {
		Status *int `json:"statuscode"`
	}](ctx, c, row("emails", id), selecting([]string{"statuscode"}))
	if err == nil && found.Status == nil {
		err = unreadable(nil)
	}
	if err != nil {
		return 0, err
	}
	return *found.Status, nil
}

// MailStatus implements support.CRM. Sending is the mailbox's work and takes its time: pending counts as queued.
func (c *CRM) MailStatus(ctx context.Context, id string) (support.MailStatus, error) {
	id, err := guid(id)
	if err != nil {
		return "", err
	}
	status, err := c.mailStatus(ctx, id)
	if err != nil {
		return "", err
	}
	switch status {
	case mailSent, mailCompleted, mailReceived:
		return support.MailSent, nil
	case mailFailed, mailCancelled:
		return support.MailFailed, nil
	}
	return support.MailQueued, nil
}
