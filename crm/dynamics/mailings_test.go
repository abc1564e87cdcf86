package dynamics

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/support"
)

func aMailing() support.Mailing {
	return support.Mailing{Record: theCase, Marker: "s-1:share", Sender: theUser,
		To: support.Customer{ID: contactID, Email: "ana@example.org"}, Letter: support.Letter{Subject: "Hello", Text: "a < b\nc"}}
}

func mailRoutes() (create, read, send string) {
	id := derivedID("mail", "s-1:share")
	return "POST emails", "GET emails(" + id + ")", "POST emails(" + id + ")/Microsoft.Dynamics.CRM.SendEmail"
}

func TestAMailIsAnActivityThatIsThenSent(t *testing.T) {
	create, _, send := mailRoutes()
	e := newEnvironment(t).on(create, done()).on(send, ok(`{"Subject":"Hello"}`))
	id, err := e.crm().SendMail(t.Context(), aMailing())
	require.NoError(t, err)
	body := e.only(create).body
	assert.Equal(t, id, body["activityid"])
	assert.Equal(t, "/incidents("+caseID+")", body["regardingobjectid_incident_email@odata.bind"])
	assert.Equal(t, true, body["directioncode"])
	assert.Equal(t, "a &lt; b<br>c", body["description"])
	assert.Equal(t, []any{
		map[string]any{"partyid_systemuser@odata.bind": "/systemusers(" + userID + ")", "participationtypemask": 1.0},
		map[string]any{"partyid_contact@odata.bind": "/contacts(" + contactID + ")", "participationtypemask": 2.0},
	}, body["email_activity_parties"])
	assert.Equal(t, map[string]any{"IssueSend": true}, e.only(send).body)
}

func TestOnlyADraftOrAFailedMailIsSentAgain(t *testing.T) {
	create, read, send := mailRoutes()
	for status, sends := range map[string]int{"1": 1, "8": 1, "6": 0, "7": 0, "3": 0, "5": 0} {
		e := newEnvironment(t).on(create, refusal(412, codeDuplicateRecord, "")).on(read, ok(`{"statuscode":`+status+`}`)).on(send, ok(`{"Subject":"x"}`))
		_, err := e.crm().SendMail(t.Context(), aMailing())
		require.NoError(t, err)
		assert.Len(t, e.sent(send), sends, status)
	}
}

func TestACustomerWithoutAContactIsWrittenToByAddress(t *testing.T) {
	create, _, send := mailRoutes()
	e := newEnvironment(t).on(create, done()).on(send, ok(`{"Subject":"x"}`))
	mailing := aMailing()
	mailing.To.ID = ""
	_, err := e.crm().SendMail(t.Context(), mailing)
	require.NoError(t, err)
	parties := e.only(create).body["email_activity_parties"].([]any)
	assert.Equal(t, map[string]any{"addressused": "ana@example.org", "participationtypemask": 2.0}, parties[1])
}

func TestMailsWithoutSenderOrRecipientAreRefused(t *testing.T) {
	c := newEnvironment(t).crm()
	nobody, toNobody := aMailing(), aMailing()
	nobody.Sender.ID, toNobody.To = "", support.Customer{}
	for _, mailing := range []support.Mailing{nobody, toNobody} {
		_, err := c.SendMail(t.Context(), mailing)
		requireFailure(t, err, support.Stop, support.CodeInvalid)
	}
}

func TestMailStatusFollowsTheActivity(t *testing.T) {
	for status, want := range map[string]support.MailStatus{"3": support.MailSent, "2": support.MailSent, "8": support.MailFailed,
		"5": support.MailFailed, "1": support.MailQueued, "6": support.MailQueued, "7": support.MailQueued} {
		e := newEnvironment(t).on("GET emails("+rowID+")", ok(`{"statuscode":`+status+`}`))
		found, err := e.crm().MailStatus(t.Context(), rowID)
		require.NoError(t, err)
		assert.Equal(t, want, found, status)
	}
}

func TestTemplatesAreThoseOfTheTypeWithTheTitle(t *testing.T) {
	e := newEnvironment(t).on("GET templates", rows(
		`{"templateid":"1","title":"TEAMVIEWER EMAIL short","languagecode":1043}`, `{"templateid":"2","title":"Other","languagecode":1033}`,
		`{"templateid":"3","title":"TeamViewer Email","languagecode":1055}`))
	templates, err := e.crm().Templates(t.Context(), theCase)
	require.NoError(t, err)
	assert.Equal(t, []support.Template{{ID: "1", Title: "TEAMVIEWER EMAIL short", Language: "nl"}, {ID: "3", Title: "TeamViewer Email", Language: "1055"}}, templates)
	assert.Equal(t, "templatetypecode eq 'incident' and ispersonal eq false", e.only("GET templates").query["$filter"])
}

func TestAccountsAndContactsAreNamedRightByTheTemplate(t *testing.T) {
	found := recordRow{Name: "Contoso", PrimaryContact: &contactRow{Name: "Ana Lopez"}}
	assert.Empty(t, found.customerNames("account"))
	assert.Equal(t, []string{"Lee D"}, recordRow{FullName: "Lee D"}.customerNames("lead"))
}
