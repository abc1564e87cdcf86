package dataverse

import "fmt"

// The ids of the demo data.
const (
	DemoDana     = "d0000000-0000-4000-8000-000000000001" // agent, both the session tables' user role and customer service
	DemoSam      = "d0000000-0000-4000-8000-000000000002" // another agent
	DemoObserver = "d0000000-0000-4000-8000-000000000003" // may read nothing of sessions

	DemoAccount     = "a0000000-0000-4000-8000-000000000001"
	DemoContact     = "c0000000-0000-4000-8000-000000000001" // primary contact of DemoAccount
	DemoOther       = "c0000000-0000-4000-8000-000000000002" // another contact of DemoAccount
	DemoNoMail      = "c0000000-0000-4000-8000-000000000003" // contact without an address
	DemoCase        = "1c000000-0000-4000-8000-000000000001" // of the contact
	DemoAccountCase = "1c000000-0000-4000-8000-000000000002" // of the account
	DemoLead        = "1e000000-0000-4000-8000-000000000001"
	DemoOpportunity = "0b000000-0000-4000-8000-000000000001"
)

// Seed fills the environment with demo people, records and e-mail templates. Call it once.
func (s *Sim) Seed() error {
	for i, user := range demoUsers() {
		user.ObjectID = fmt.Sprintf("0b1ec700-0000-4000-8000-%012d", i+1)
		s.AddUser(user)
	}
	for _, one := range append(demoRecords(), demoTemplates()...) {
		if _, err := s.Create(one.table, one.values); err != nil {
			return fmt.Errorf("seed %s: %w", one.table, err)
		}
	}
	return s.Update("account", DemoAccount, map[string]any{"primarycontactid@odata.bind": "/contacts(" + DemoContact + ")"})
}

func demoUsers() []User {
	return []User{
		{ID: DemoDana, Name: "Dana Whitfield", Email: "dana@example.com", Roles: []string{RoleUser, RoleService}},
		{ID: DemoSam, Name: "Sam Okafor", Email: "sam@example.com", Roles: []string{RoleUser, RoleService}},
		{ID: DemoObserver, Name: "Noor Haddad", Email: "noor@example.com", Roles: []string{RoleService}},
	}
}

type demoRow struct {
	table  string
	values map[string]any
}

func demoRecords() []demoRow {
	account, contact, owner := "/accounts("+DemoAccount+")", "/contacts("+DemoContact+")", "/systemusers("+DemoDana+")"
	return []demoRow{
		{"account", map[string]any{"accountid": DemoAccount, "name": "Contoso Bakery", "emailaddress1": "info@contoso.example", "ownerid@odata.bind": owner}},
		{"contact", map[string]any{"contactid": DemoContact, "firstname": "Maria", "lastname": "Campbell", "emailaddress1": "maria.campbell@contoso.example", "parentcustomerid_account@odata.bind": account}},
		{"contact", map[string]any{"contactid": DemoOther, "firstname": "Jean", "lastname": "Dupont", "emailaddress1": "jean.dupont@contoso.example", "parentcustomerid_account@odata.bind": account}},
		{"contact", map[string]any{"contactid": DemoNoMail, "firstname": "Ana", "lastname": "Ortiz", "parentcustomerid_account@odata.bind": account}},
		{"incident", map[string]any{"incidentid": DemoCase, "title": "Till does not print receipts", "description": "Since the update this morning.", "prioritycode": 1,
			"caseorigincode": 1, "customerid_contact@odata.bind": contact, "primarycontactid@odata.bind": contact, "ownerid@odata.bind": owner}},
		{"incident", map[string]any{"incidentid": DemoAccountCase, "title": "Slow order screen", "prioritycode": 2, "caseorigincode": 3,
			"customerid_account@odata.bind": account, "ownerid@odata.bind": owner}},
		{"lead", map[string]any{"leadid": DemoLead, "subject": "Wants a demonstration", "firstname": "Lena", "lastname": "Novak", "companyname": "Fabrikam",
			"emailaddress1": "lena.novak@fabrikam.example", "ownerid@odata.bind": owner}},
		{"opportunity", map[string]any{"opportunityid": DemoOpportunity, "name": "20 tills for Contoso", "estimatedvalue": 18500,
			"parentaccountid@odata.bind": account, "parentcontactid@odata.bind": contact, "customerid_account@odata.bind": account, "ownerid@odata.bind": owner}},
	}
}

// demoTemplates are titled in several cases, since the original compares without case (teamviewer.md 6), and come with
// ones that must not be offered: another title, another type, a personal one.
func demoTemplates() []demoRow {
	body := "<p>Dear {!Customer:fullname;customer},</p><p>please open your support session: {link}</p><p>{!User:fullname;}</p>"
	template := func(title, kind string, personal bool, language int) demoRow {
		return demoRow{"template", map[string]any{"title": title, "templatetypecode": kind, "ispersonal": personal, "languagecode": language,
			"subject": "Remote support for {!" + kind + ":name;your request}", "body": body}}
	}
	return []demoRow{
		template("TeamViewer Email invitation", "incident", false, 1033),
		template("teamviewer email (short)", "incident", false, 1033),
		template("TEAMVIEWER EMAIL Einladung", "incident", false, 1031),
		template("TeamViewer Email account", "account", false, 1033),
		template("TeamViewer Email contact", "contact", false, 1033),
		template("TeamViewer Email lead", "lead", false, 1033),
		template("TeamViewer Email opportunity", "opportunity", false, 1033),
		template("Case acknowledgement", "incident", false, 1033),
		template("TeamViewer Email of my own", "incident", true, 1033),
	}
}
