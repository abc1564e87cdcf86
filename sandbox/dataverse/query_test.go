package dataverse_test

import (
	"fmt"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/sandbox/dataverse"
)

func contacts(t *testing.T, w *world, n int) {
	t.Helper()
	for i := range n {
		_, err := w.sim.Create("contact", object{"lastname": fmt.Sprintf("Bulk %02d", i)})
		require.NoError(t, err)
	}
}

func TestFilters(t *testing.T) {
	w := open(t)
	cases := map[string][]any{
		"fullname eq 'maria campbell'":                                                         {"Maria Campbell"},
		"emailaddress1 eq null":                                                                {"Ana Ortiz"},
		"emailaddress1 ne null and not startswith(firstname,'M')":                              {"Jean Dupont"},
		"contains(fullname,'O') and endswith(fullname,'z')":                                    {"Ana Ortiz"},
		"(firstname eq 'Ana' or firstname eq 'Jean') and lastname ne 'Ortiz'":                  {"Jean Dupont"},
		"contactid eq " + dataverse.DemoOther:                                                  {"Jean Dupont"},
		"_parentcustomerid_value eq " + dataverse.DemoAccount + " and lastname lt 'D'":         {"Maria Campbell"},
		"parentcustomerid_account/name eq 'Contoso Bakery' and lastname ge 'O'":                {"Ana Ortiz"},
		"Microsoft.Dynamics.CRM.In(PropertyName='firstname',PropertyValues=['Ana','x'])":       {"Ana Ortiz"},
		"Microsoft.Dynamics.CRM.In(PropertyName='statuscode',PropertyValues=['2','3'])":        nil,
		"statecode eq 0 and createdon gt 2001-01-01T00:00:00Z and lastname eq 'Dupont'":        {"Jean Dupont"},
		"createdon le 2001-01-01":                                                              nil,
		"lastname eq 'O''Hara'":                                                                nil,
		"jobtitle ne 'Baker' and lastname gt 'D' and lastname le 'Dupont'":                     {"Jean Dupont"},
		"statecode eq 0 and parentcustomerid_contact/fullname eq null and firstname eq 'Jean'": {"Jean Dupont"},
	}
	for filter, want := range cases {
		assert.Equal(t, want, w.filter("contacts", filter).Is(200).Column("fullname"), filter)
	}
}

func TestFiltersThatMakeNoSenseAreRefused(t *testing.T) {
	w := open(t)
	for _, filter := range []string{"fullname", "fullname eq", "fullname eq 'x", "(fullname eq 'x'", "fullname eq 5", "statecode eq '0'",
		"_parentcustomerid_value eq '" + dataverse.DemoAccount + "'", "parentcustomerid eq null", "contains(statecode,'x')", "fullname is 'x'",
		"parentcustomerid_account/primarycontactid/fullname eq 'x'", "@p1 eq 'x'"} {
		w.filter("contacts", filter).Refused(400, "0x0")
	}
}

func TestParameterAliasesStandForValues(t *testing.T) {
	w := open(t)
	found := w.get("contacts?$filter=firstname eq @p1&@p1='Ana'").Is(200)
	assert.Equal(t, []any{"Ana Ortiz"}, found.Column("fullname"))
}

func TestOrderTopAndCount(t *testing.T) {
	w := open(t)
	found := w.get("contacts?$select=fullname&$orderby=parentcustomerid_account/name,fullname desc&$top=2&$count=true").Is(200)
	assert.Equal(t, []any{"Maria Campbell", "Jean Dupont"}, found.Column("fullname"))
	assert.EqualValues(t, 3, found.JSON()["@odata.count"])
	assert.Nil(t, found.JSON()["@odata.nextLink"])
	assert.Equal(t, "3", w.get("contacts/$count").Is(200).Text)
	w.get("contacts?$orderby=fullname downwards").Refused(400, "0x0")
}

func TestPagesFollowTheNextLinkAndSkipIsRefused(t *testing.T) {
	w := open(t)
	contacts(t, w, 7)
	next, seen := "contacts?$select=fullname&$filter="+url.QueryEscape("startswith(lastname,'Bulk')"), []any{}
	pages := 0
	for next != "" {
		page := w.get(next, "Prefer: odata.maxpagesize=3").Is(200)
		assert.Equal(t, "odata.maxpagesize=3", page.Header.Get("Preference-Applied"))
		seen = append(seen, page.Column("fullname")...)
		next, _ = page.JSON()["@odata.nextLink"].(string)
		pages++
	}
	assert.Equal(t, 3, pages)
	members := w.get("accounts("+dataverse.DemoAccount+")/contact_customer_accounts", "Prefer: odata.maxpagesize=2").Is(200)
	assert.Len(t, w.get(members.JSON()["@odata.nextLink"].(string)).Is(200).Values(), 1)
	assert.Len(t, seen, 7)
	w.get("contacts?$skip=3").Refused(400, "0x80060888")
	w.get("contacts?$apply=aggregate($count as n)").Refused(501, "0x80060888")
	w.get("contacts?$skiptoken=garbage").Refused(400, "0x80040203")
}

func TestValuesOfEveryKindCompareAndSort(t *testing.T) {
	w := open(t)
	for _, body := range []object{
		{"lifeline_name": "a", "lifeline_durationsec": 90, "lifeline_startedon": "2026-03-01T10:00:00+02:00"},
		{"lifeline_name": "b", "lifeline_durationsec": 5, "lifeline_startedon": "2026-03-02"},
		{"lifeline_name": "c"},
	} {
		w.post("lifeline_sessions", body).Is(204)
	}
	names := func(query string) []any { return w.get("lifeline_sessions?" + query).Is(200).Column("lifeline_name") }
	assert.Equal(t, []any{"c", "b", "a"}, names("$orderby=lifeline_durationsec"))
	assert.Equal(t, []any{"b", "a", "c"}, names("$orderby=lifeline_startedon desc"))
	assert.Equal(t, []any{"a"}, names("$filter=lifeline_startedon eq 2026-03-01T08:00:00Z"))
	assert.Equal(t, []any{"a"}, names("$filter=lifeline_durationsec gt 5.5"))
	assert.Equal(t, []any{"b"}, names("$filter=Microsoft.Dynamics.CRM.In(PropertyName='lifeline_durationsec',PropertyValues=['5'])"))
	first := w.rows("lifeline_session", "lifeline_name eq 'a'")[0]
	assert.Equal(t, time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC), first.Time("lifeline_startedon"))
	assert.False(t, first.Bool("lifeline_name"))
	assert.Equal(t, []any{"20 tills for Contoso"}, w.filter("opportunities", "estimatedvalue ge 18500").Is(200).Column("name"))
}

func TestExpandGoesOneLevel(t *testing.T) {
	w := open(t)
	one := w.get(caseAddress + "?$select=title&$expand=primarycontactid($select=fullname,emailaddress1),customerid_account($select=name),customerid_contact($select=fullname)").Is(200).JSON()
	assert.Equal(t, "Maria Campbell", one["primarycontactid"].(object)["fullname"])
	assert.NotContains(t, one["primarycontactid"], "lastname")
	assert.Nil(t, one["customerid_account"])
	assert.NotNil(t, one["customerid_contact"])

	account := w.get("accounts(" + dataverse.DemoAccount + ")?$expand=contact_customer_accounts($select=fullname;$filter=emailaddress1 ne null;$orderby=fullname;$top=1)").Is(200).JSON()
	assert.Len(t, account["contact_customer_accounts"], 1)
	w.get(caseAddress+"?$expand=primarycontactid($select=nonsense)").Refused(400, "0x0")
	w.get(caseAddress+"?$expand=primarycontactid($expand=parentcustomerid_account)").Refused(400, "0x0")
}

func TestNavigationPropertiesCanBeRead(t *testing.T) {
	w := open(t)
	assert.Equal(t, "Maria Campbell", w.get(caseAddress + "/primarycontactid").Is(200).JSON()["fullname"])
	assert.Contains(t, w.get(caseAddress + "/primarycontactid/$ref").Is(200).JSON()["@odata.id"], "contacts("+dataverse.DemoContact+")")
	assert.Len(t, w.get("accounts("+dataverse.DemoAccount+")/contact_customer_accounts").Is(200).Values(), 3)
}

func TestAnnotationsComeOnDemand(t *testing.T) {
	w := open(t)
	plain := w.get(caseAddress + "?$select=prioritycode,_customerid_value").JSON()
	assert.NotContains(t, plain, "prioritycode@OData.Community.Display.V1.FormattedValue")

	rich := w.get(caseAddress+"?$select=prioritycode,_customerid_value", `Prefer: odata.include-annotations="*"`).JSON()
	assert.Equal(t, "High", rich["prioritycode@OData.Community.Display.V1.FormattedValue"])
	assert.Equal(t, "Maria Campbell", rich["_customerid_value@OData.Community.Display.V1.FormattedValue"])
	assert.Equal(t, "contact", rich["_customerid_value@Microsoft.Dynamics.CRM.lookuplogicalname"])
	assert.Equal(t, "customerid_contact", rich["_customerid_value@Microsoft.Dynamics.CRM.associatednavigationproperty"])

	some := w.get(caseAddress+"?$select=_customerid_value", `Prefer: odata.include-annotations="Microsoft.Dynamics.CRM.*",odata.maxpagesize=5`).JSON()
	assert.Contains(t, some, "_customerid_value@Microsoft.Dynamics.CRM.lookuplogicalname")
	assert.NotContains(t, some, "_customerid_value@OData.Community.Display.V1.FormattedValue")

	refused := w.get("incidents(00000000-0000-4000-8000-000000000009)", `Prefer: odata.include-annotations="*"`)
	assert.Contains(t, refused.Text, "@Microsoft.PowerApps.CDS.HelpLink")
}

func TestFindingTheUserBehindAnEntraObject(t *testing.T) {
	w := open(t)
	found := w.filter("systemusers", "azureactivedirectoryobjectid eq 0b1ec700-0000-4000-8000-000000000001").Is(200)
	assert.Equal(t, []any{"Dana Whitfield"}, found.Column("fullname"))
}
