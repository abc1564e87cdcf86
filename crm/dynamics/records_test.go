package dynamics

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/support"
)

const (
	ana         = `{"contactid":"` + contactID + `","fullname":"Ana Lopez","emailaddress1":"ana@example.org"}`
	anaNoMail   = `{"contactid":"` + contactID + `","fullname":"Ana Lopez"}`
	bob         = `{"contactid":"` + otherID + `","fullname":"Bob Ito","emailaddress1":"bob@example.org"}`
	contoso     = `{"accountid":"` + accountID + `","name":"Contoso","emailaddress1":"info@example.org"}`
	dana        = `{"systemuserid":"` + userID + `","fullname":"Dana Ruiz","domainname":"dana@example.org","internalemailaddress":"dana@example.org"}`
	owner       = `"_ownerid_value":"` + userID + `","_ownerid_value@Microsoft.Dynamics.CRM.lookuplogicalname":"systemuser"`
	userPath    = "GET systemusers(" + userID + ")"
	accountPath = "GET accounts(" + accountID + ")"
)

func aCase(members string) reply {
	return ok(`{"title":"Printer","ticketnumber":"CAS-01042","statecode":0,` + owner + members + `}`)
}

func TestTheCustomerOfACaseIsWhomAMailReaches(t *testing.T) {
	for name, c := range map[string]struct{ members, want string }{
		"primary contact":                    {`,"primarycontactid":` + ana + `,"customerid_contact":` + bob, "ana@example.org"},
		"customer contact":                   {`,"primarycontactid":null,"customerid_contact":` + bob, "bob@example.org"},
		"customer when primary has no mail":  {`,"primarycontactid":` + anaNoMail + `,"customerid_contact":` + bob, "bob@example.org"},
		"primary contact of the account":     {`,"customerid_account":` + contoso, "bob@example.org"},
		"primary contact without an address": {`,"primarycontactid":` + anaNoMail, ""},
	} {
		t.Run(name, func(t *testing.T) {
			e := newEnvironment(t).on(statePath, aCase(c.members)).on(userPath, ok(dana)).
				on(accountPath, ok(`{"name":"Contoso","primarycontactid":`+bob+`}`))
			record, err := e.crm().ReadRecord(t.Context(), theCase)
			require.NoError(t, err)
			assert.Equal(t, c.want, record.Customer.Email)
			assert.Equal(t, "CAS-01042", record.Number)
			assert.Equal(t, "Printer", record.Title)
			assert.Equal(t, "dana@example.org", record.Owner.Email)
			assert.False(t, record.Closed)
		})
	}
}

func TestEveryRecordTypeIsRead(t *testing.T) {
	for recordType, c := range map[string]struct{ route, answer, title, email string }{
		"account":     {"GET accounts(" + caseID + ")", `"name":"Contoso","primarycontactid":` + ana, "Contoso", "ana@example.org"},
		"contact":     {"GET contacts(" + caseID + ")", `"fullname":"Ana Lopez","emailaddress1":"ana@example.org"`, "Ana Lopez", "ana@example.org"},
		"lead":        {"GET leads(" + caseID + ")", `"fullname":"Lee D","emailaddress1":"lee@example.org","parentaccountid":` + contoso, "Lee D", "bob@example.org"},
		"opportunity": {"GET opportunities(" + caseID + ")", `"name":"Big deal","customerid_contact":` + ana, "Big deal", "ana@example.org"},
	} {
		t.Run(recordType, func(t *testing.T) {
			e := newEnvironment(t).on(c.route, ok(`{"statecode":1,`+c.answer+`}`)).on(accountPath, ok(`{"name":"Contoso","primarycontactid":`+bob+`}`))
			record, err := e.crm().ReadRecord(t.Context(), support.RecordRef{Type: recordType, ID: caseID})
			require.NoError(t, err)
			assert.Equal(t, c.title, record.Title)
			assert.Equal(t, c.email, record.Customer.Email)
			assert.True(t, record.Closed)
		})
	}
}

func TestARecordOfATeamOrAnApplicationHasNoPerson(t *testing.T) {
	ownedBy := func(kind string) reply {
		return ok(`{"title":"x","statecode":0,"_ownerid_value":"` + otherID + `","_ownerid_value@Microsoft.Dynamics.CRM.lookuplogicalname":"` + kind + `"}`)
	}
	for name, e := range map[string]*environment{
		"team": newEnvironment(t).on(statePath, ownedBy("team")),
		"application": newEnvironment(t).on(statePath, ownedBy("systemuser")).
			on("GET systemusers("+otherID+")", ok(`{"systemuserid":"`+otherID+`","fullname":"# Portal","applicationid":"`+orgID+`"}`)),
		"deleted user": newEnvironment(t).on(statePath, ownedBy("systemuser")).on("GET systemusers("+otherID+")", refusal(404, "0x80040217", "")),
	} {
		record, err := e.crm().ReadRecord(t.Context(), theCase)
		require.NoError(t, err, name)
		assert.Zero(t, record.Owner, name)
	}
}

func TestARecordIsFoundByItsNumber(t *testing.T) {
	e := newEnvironment(t).on("GET incidents", rows(`{"incidentid":"`+caseID+`"}`)).on(statePath, aCase("")).on(userPath, ok(dana))
	record, err := e.crm().FindRecord(t.Context(), "acme-d365", "CAS-01042")
	require.NoError(t, err)
	assert.Equal(t, theCase, record.Ref)
}

func TestContactsListTheUsualOneFirstAndNobodyTwice(t *testing.T) {
	e := newEnvironment(t).on(statePath, aCase(`,"primarycontactid":`+ana+`,"customerid_account":`+contoso)).
		on("GET contacts", rows(bob, ana, anaNoMail))
	contacts, err := e.crm().Contacts(t.Context(), theCase)
	require.NoError(t, err)
	require.Len(t, contacts, 2)
	assert.Equal(t, "Ana Lopez", contacts[0].Name)
	assert.Equal(t, "Bob Ito", contacts[1].Name)
	assert.Equal(t, "_parentcustomerid_value eq "+accountID+" and statecode eq 0 and emailaddress1 ne null", e.only("GET contacts").query["$filter"])
}

const settingID = "5e771000-0000-4000-8000-000000000009"

func setting1(technician, sso string) string {
	return `{"lifeline_usersettingid":"` + settingID + `","lifeline_technicianid":"` + technician + `","lifeline_ssoid":"` + sso + `","_lifeline_userid_value":"` + userID + `"}`
}

func TestTheSSOIdIsTheMailAddressUnlessASettingSaysOtherwise(t *testing.T) {
	e := newEnvironment(t).on("GET lifeline_usersettings", rows(setting1("255", "sso-dana")))
	technician, err := e.crm().TechnicianOf(t.Context(), theUser)
	require.NoError(t, err)
	assert.Equal(t, support.Technician{ID: "255", SSOID: "sso-dana", Name: "Dana Ruiz", Email: "dana@example.org"}, technician)
	assert.Equal(t, "_lifeline_userid_value eq "+userID, e.only("GET lifeline_usersettings").query["$filter"])
}

func TestASettingIsMadeOnceForANewAgent(t *testing.T) {
	e := newEnvironment(t).on("GET lifeline_usersettings", rows()).on(userPath, ok(dana)).
		on("POST lifeline_usersettings", done(), refusal(412, codeDuplicateKey, ""))
	c := e.crm()
	for range 2 {
		technician, err := c.TechnicianOf(t.Context(), support.Agent{ID: userID})
		require.NoError(t, err)
		assert.Equal(t, "dana@example.org", technician.SSOID)
	}
	made := e.sent("POST lifeline_usersettings")
	assert.Equal(t, made[0].body, made[1].body)
	assert.Equal(t, "/systemusers("+userID+")", made[0].body["lifeline_userid@odata.bind"])
	assert.NotContains(t, made[0].body, "lifeline_ssoid")
}

func TestTheAuthcodesStateIsWrittenOnlyWhenItChanges(t *testing.T) {
	path := "PATCH lifeline_usersettings(" + settingID + ")"
	kept := `{"lifeline_usersettingid":"` + settingID + `","lifeline_authcode":"kept"}`
	e := newEnvironment(t).on("GET lifeline_usersettings", rows(kept)).on(path, done())
	c := e.crm()
	require.NoError(t, c.ShowAuthcode(t.Context(), theUser, support.AuthcodeKept))
	assert.Empty(t, e.sent(path))
	require.NoError(t, c.ShowAuthcode(t.Context(), theUser, support.AuthcodeMissing))
	assert.Equal(t, map[string]any{"lifeline_authcode": "sign_in_needed"}, e.only(path).body)
}

func TestALearnedTechnicianIsWrittenOnlyWhenNew(t *testing.T) {
	path := "PATCH lifeline_usersettings(" + settingID + ")"
	e := newEnvironment(t).on("GET lifeline_usersettings", rows(setting1("255", ""))).on(path, done())
	c := e.crm()
	require.NoError(t, c.LearnTechnician(t.Context(), theUser, support.Technician{ID: "255"}))
	require.NoError(t, c.LearnTechnician(t.Context(), theUser, support.Technician{}))
	assert.Empty(t, e.sent(path))
	require.NoError(t, c.LearnTechnician(t.Context(), theUser, support.Technician{ID: "256"}))
	assert.Equal(t, map[string]any{"lifeline_technicianid": "256"}, e.only(path).body)
	assert.Equal(t, "*", e.only(path).header.Get("If-Match"))
}

func TestATechnicianIsFoundBySettingThenByMail(t *testing.T) {
	bySetting := newEnvironment(t).on("GET lifeline_usersettings", rows(setting1("255", ""), setting1("255", ""))).on("GET systemusers", rows(dana))
	agent, err := bySetting.crm().AgentOf(t.Context(), support.Technician{ID: "255", SSOID: "sso"})
	require.NoError(t, err)
	assert.Equal(t, userID, agent.ID)
	assert.Equal(t, "lifeline_ssoid eq 'sso' or lifeline_technicianid eq '255'", bySetting.only("GET lifeline_usersettings").query["$filter"])

	byMail := newEnvironment(t).on("GET lifeline_usersettings", rows()).on("GET systemusers", rows(dana))
	agent, err = byMail.crm().AgentOf(t.Context(), support.Technician{SSOID: "dana@example.org"})
	require.NoError(t, err)
	assert.Equal(t, userID, agent.ID)
	assert.Equal(t, "internalemailaddress eq 'dana@example.org' and isdisabled eq false", byMail.only("GET systemusers").query["$filter"])
}

func TestATechnicianWhoMightBeSeveralIsNobody(t *testing.T) {
	e := newEnvironment(t).on("GET lifeline_usersettings", rows()).on("GET systemusers", rows(dana, dana))
	agent, err := e.crm().AgentOf(t.Context(), support.Technician{Email: "dana@example.org"})
	require.NoError(t, err)
	assert.Zero(t, agent)
	agent, err = e.crm().AgentOf(t.Context(), support.Technician{Name: "only a name"})
	require.NoError(t, err)
	assert.Zero(t, agent)
}
