package dataverse

import "slices"

// pageTable is a table with pages of its own.
type pageTable struct {
	table  string
	label  string
	plural string
	id     string
	title  string // column
	number string // column, shown before the title in lists; may be empty
	who    string // column with the person or company a list names
	fields []pageField
}

// pageField is a column on the form.
type pageField struct{ label, column string }

// pageTables are the tables sessions can belong to, in the order of the navigation.
var pageTables = []pageTable{
	{"incident", "Case", "Cases", "incidentid", "title", "ticketnumber", "_customerid_value", []pageField{
		{"Case number", "ticketnumber"}, {"Customer", "_customerid_value"}, {"Contact", "_primarycontactid_value"}, {"Status reason", "statuscode"},
		{"Priority", "prioritycode"}, {"Origin", "caseorigincode"}}},
	{"account", "Account", "Accounts", "accountid", "name", "accountnumber", "_primarycontactid_value", []pageField{
		{"Primary contact", "_primarycontactid_value"}, {"E-mail", "emailaddress1"}, {"Phone", "telephone1"}, {"Status", "statecode"}}},
	{"contact", "Contact", "Contacts", "contactid", "fullname", "", "_parentcustomerid_value", []pageField{
		{"Company", "_parentcustomerid_value"}, {"Job title", "jobtitle"}, {"E-mail", "emailaddress1"}, {"Phone", "telephone1"}, {"Status", "statecode"}}},
	{"lead", "Lead", "Leads", "leadid", "subject", "", "fullname", []pageField{
		{"Name", "fullname"}, {"Company", "companyname"}, {"E-mail", "emailaddress1"}, {"Phone", "telephone1"}, {"Status reason", "statuscode"}}},
	{"opportunity", "Opportunity", "Opportunities", "opportunityid", "name", "", "_customerid_value", []pageField{
		{"Customer", "_customerid_value"}, {"Contact", "_parentcontactid_value"}, {"Status reason", "statuscode"}}},
}

func pageTableOf(name string) (pageTable, bool) {
	at := slices.IndexFunc(pageTables, func(t pageTable) bool { return t.table == name })
	if at < 0 {
		return pageTable{}, false
	}
	return pageTables[at], true
}

// address is where a record's form is.
func (t pageTable) address(row Row) string { return formAddress(t.table, row.Text(t.id)) }
