package dataverse_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/sandbox/dataverse"
)

func party(bind, address string, mask int) object {
	one := object{"partyid_" + bind + "@odata.bind": address, "participationtypemask": mask}
	if bind == "" {
		one = object{"addressused": address, "participationtypemask": mask}
	}
	return one
}

var (
	fromDana = party("systemuser", danaBind, 1)
	toMaria  = party("contact", "/contacts("+dataverse.DemoContact+")", 2)
)

func (w *world) draft(parties ...object) string {
	w.t.Helper()
	id, err := w.sim.Create("email", object{"subject": "Your session", "description": "<p>Hello</p>",
		"regardingobjectid_incident_email@odata.bind": "/" + caseAddress, "email_activity_parties": parties})
	require.NoError(w.t, err)
	return id
}

func (w *world) send(id string) reply {
	w.t.Helper()
	return w.post("emails("+id+")/Microsoft.Dynamics.CRM.SendEmail", object{"IssueSend": true})
}

func (w *world) mailStatus(id string) int { return w.row("email", id).Int("statuscode") }

func TestSendEmailQueuesAndTheMailboxDelivers(t *testing.T) {
	delivered := make(chan dataverse.Email, 1)
	w := open(t, func(o *dataverse.Options) {
		o.Deliver = func(_ context.Context, email dataverse.Email) error { delivered <- email; return nil }
	})
	id := w.draft(fromDana, toMaria, party("", "copy@example.com", 3))
	w.sim.HoldMail(true)
	assert.Equal(t, "Your session", w.send(id).Is(200).JSON()["Subject"])
	assert.Equal(t, dataverse.MailPendingSend, w.mailStatus(id))
	w.sim.HoldMail(false)
	assert.Equal(t, dataverse.Email{ID: id, From: "dana@example.com", To: []string{"maria.campbell@contoso.example", "copy@example.com"},
		Subject: "Your session", HTML: "<p>Hello</p>"}, <-delivered)
	w.waitFor(func() bool { return w.mailStatus(id) == dataverse.MailSent })
	w.send(id).Refused(400, "0x80040203")
	shown, found := w.sim.EmailOf(id)
	assert.True(t, found)
	assert.Equal(t, "dana@example.com", shown.From)
}

func TestAFailedEmailCanBeSentAgain(t *testing.T) {
	refuse := true
	w := open(t, func(o *dataverse.Options) {
		o.Deliver = func(context.Context, dataverse.Email) error {
			if refuse {
				return errors.New("mailbox full")
			}
			return nil
		}
	})
	id := w.draft(fromDana, toMaria)
	w.send(id).Is(200)
	w.waitFor(func() bool { return w.mailStatus(id) == dataverse.MailFailed })
	refuse = false
	w.sim.FailMail(1)
	w.send(id).Is(200)
	w.waitFor(func() bool { return w.mailStatus(id) == dataverse.MailFailed })
	w.send(id).Is(200)
	w.waitFor(func() bool { return w.mailStatus(id) == dataverse.MailSent })
}

func TestEmailsThatCannotBeSent(t *testing.T) {
	w := open(t)
	w.send(w.draft(toMaria)).Refused(400, "0x80040203")
	w.send(w.draft(party("", "someone@example.com", 1), toMaria)).Refused(400, "0x80040203")
	w.send(w.draft(fromDana, fromDana, toMaria)).Refused(400, "0x80040203")
	w.send(w.draft(fromDana)).Refused(400, "0x80040b04")
	w.send(w.draft(party("contact", "/contacts("+dataverse.DemoNoMail+")", 1), toMaria)).Refused(400, "0x80040b08")
	w.send(w.draft(fromDana, party("contact", "/contacts("+dataverse.DemoNoMail+")", 2))).Refused(400, "0x80040b07")
	incoming := w.draft(fromDana, toMaria)
	require.NoError(t, w.sim.Update("email", incoming, object{"directioncode": false}))
	w.send(incoming).Refused(400, "0x80040203")
	w.send("00000000-0000-4000-8000-000000000009").Refused(404, "0x80040217")
}

func TestSendingNeedsRightsOnTheRegardingRow(t *testing.T) {
	w := open(t)
	id := w.draft(fromDana, toMaria)
	w.sim.DefineRole("Mailer", map[string]dataverse.Depth{"prvReadActivity": dataverse.Global, "prvWriteActivity": dataverse.Global})
	w.sim.SetRoles(dataverse.DemoObserver, "Mailer")
	w.as(dataverse.DemoObserver).send(id).Refused(403, "0x80040220")
}

func TestEmailsSentElsewhereAreOnlyNoted(t *testing.T) {
	w := open(t)
	id := w.draft(fromDana, toMaria)
	w.post("emails("+id+")/Microsoft.Dynamics.CRM.SendEmail", object{"IssueSend": false}).Is(200)
	assert.Equal(t, dataverse.MailSent, w.mailStatus(id))
}
