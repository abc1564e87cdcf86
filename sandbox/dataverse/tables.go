package dataverse

// Tables of the platform and of Dynamics 365 Sales and Customer Service, with the columns of reference 2.6.

var activeInactive = []Status{{0, 1, "Active"}, {1, 2, "Inactive"}}

func standardTables() []*table {
	var list []*table
	list = append(list, peopleTables()...)
	list = append(list, salesTables()...)
	list = append(list, caseTables()...)
	list = append(list, activityTables()...)
	return append(list, systemTables()...)
}

func peopleTables() []*table {
	return []*table{
		newTable(table{logicalName: "systemuser", schemaName: "SystemUser", primaryName: "fullname", privilege: "User"}, []*column{
			text("fullname", 200), text("firstname", 256), text("lastname", 256), text("internalemailaddress", 100), text("domainname", 1024),
			text("azureactivedirectoryobjectid", 36), text("applicationid", 36)}, booleans("isdisabled")),
		newTable(table{logicalName: "team", schemaName: "Team", primaryName: "name", privilege: "Team"}, []*column{text("name", 160), text("description", 2000)}),
		newTable(table{logicalName: "account", schemaName: "Account", primaryName: "name", privilege: "Account", owned: true, notes: true, statuses: activeInactive}, []*column{
			text("name", 160), text("accountnumber", 20), text("emailaddress1", 100), text("telephone1", 50), memo("description", 2000),
			lookup("primarycontactid", "contact"), lookup("parentaccountid", "account")}),
		newTable(table{logicalName: "contact", schemaName: "Contact", primaryName: "fullname", privilege: "Contact", owned: true, notes: true, statuses: activeInactive}, []*column{
			text("fullname", 160), text("firstname", 50), text("lastname", 50), text("emailaddress1", 100), text("telephone1", 50),
			text("jobtitle", 100), memo("description", 2000), poly("parentcustomerid", "", "account", "contact")}),
	}
}

func salesTables() []*table {
	return []*table{
		newTable(table{logicalName: "lead", schemaName: "Lead", primaryName: "fullname", privilege: "Lead", owned: true, notes: true,
			statuses: []Status{{0, 1, "New"}, {0, 2, "Contacted"}, {1, 3, "Qualified"}, {2, 4, "Lost"}, {2, 7, "Canceled"}}}, []*column{
			text("subject", 300), text("fullname", 160), text("firstname", 50), text("lastname", 50), text("companyname", 100), text("emailaddress1", 100),
			text("telephone1", 50), memo("description", 2000), lookup("parentcontactid", "contact"), lookup("parentaccountid", "account"),
			poly("customerid", "", "account", "contact")}),
		newTable(table{logicalName: "opportunity", schemaName: "Opportunity", set: "opportunities", primaryName: "name", privilege: "Opportunity", owned: true, notes: true,
			statuses: []Status{{0, 1, "In Progress"}, {0, 2, "On Hold"}, {1, 3, "Won"}, {2, 4, "Canceled"}, {2, 5, "Out-Sold"}}}, []*column{
			text("name", 300), memo("description", 2000), lookup("parentcontactid", "contact"), lookup("parentaccountid", "account"),
			poly("customerid", "", "account", "contact"), col("estimatedvalue", typeDecimal)}),
	}
}

func caseTables() []*table {
	return []*table{
		newTable(table{logicalName: "incident", schemaName: "Incident", primaryName: "title", privilege: "Incident", owned: true, notes: true,
			statuses: []Status{{0, 1, "In Progress"}, {0, 2, "On Hold"}, {0, 3, "Waiting for Details"}, {0, 4, "Researching"},
				{1, 5, "Problem Solved"}, {1, 1000, "Information Provided"}, {2, 6, "Canceled"}, {2, 2000, "Merged"}}}, []*column{
			text("title", 200), text("ticketnumber", 100), memo("description", 2000), poly("customerid", "", "account", "contact"),
			lookup("primarycontactid", "contact"), lookup("parentcaseid", "incident"),
			choice("prioritycode", Option{1, "High"}, Option{2, "Normal"}, Option{3, "Low"}),
			choice("caseorigincode", Option{1, "Phone"}, Option{2, "Email"}, Option{3, "Web"}, Option{2483, "Facebook"}, Option{3986, "Twitter"})}),
		newTable(table{logicalName: "incidentresolution", schemaName: "IncidentResolution", id: "activityid", primaryName: "subject", privilege: "Activity", owned: true,
			statuses: []Status{{0, 1, "Open"}, {1, 2, "Closed"}, {2, 3, "Canceled"}}}, []*column{
			text("subject", 200), memo("description", 2000), lookup("incidentid", "incident")}, integers("timespent")),
		newTable(table{logicalName: "annotation", schemaName: "Annotation", primaryName: "subject", privilege: "Note", owned: true}, []*column{
			text("subject", 500), memo("notetext", 100000), text("filename", 255), text("mimetype", 256), memo("documentbody", 1<<30),
			text("objecttypecode", 64), poly("objectid", "", "incident", "account", "contact", "lead", "opportunity", "email", "phonecall")},
			booleans("isdocument"), readOnly(integers("filesize")...)),
	}
}

func activityTables() []*table {
	regarding := []string{"incident", "account", "contact", "lead", "opportunity"}
	return []*table{
		newTable(table{logicalName: "email", schemaName: "Email", id: "activityid", primaryName: "subject", privilege: "Activity", owned: true,
			statuses: []Status{{0, 1, "Draft"}, {0, 8, "Failed"}, {1, 2, "Completed"}, {1, 3, "Sent"}, {1, 4, "Received"},
				{1, 6, "Pending Send"}, {1, 7, "Sending"}, {2, 5, "Canceled"}}}, []*column{
			text("subject", 800), memo("description", 1<<30), text("trackingtoken", 50), text("messageid", 320), poly("regardingobjectid", "_email", regarding...)},
			booleans("directioncode"), moments("senton")),
		newTable(table{logicalName: "phonecall", schemaName: "PhoneCall", id: "activityid", primaryName: "subject", privilege: "Activity", owned: true,
			statuses: []Status{{0, 1, "Open"}, {1, 2, "Made"}, {1, 4, "Received"}, {2, 3, "Canceled"}}}, []*column{
			text("subject", 200), memo("description", 2000), text("phonenumber", 200), poly("regardingobjectid", "_phonecall", regarding...)},
			booleans("directioncode"), integers("actualdurationminutes")),
		newTable(table{logicalName: "activityparty", schemaName: "ActivityParty", set: "activityparties"}, []*column{
			poly("activityid", "", "email", "phonecall"), poly("partyid", "", "contact", "account", "systemuser", "queue", "lead"),
			text("addressused", 320), choice("participationtypemask", participations...)}),
		newTable(table{logicalName: "template", schemaName: "Template", primaryName: "title", privilege: "EmailTemplate", owned: true}, []*column{
			text("title", 200), memo("description", 100000), col("templatetypecode", typeEntity), memo("subject", 1<<20), memo("body", 1<<20)},
			booleans("ispersonal"), integers("languagecode")),
	}
}

var participations = []Option{{1, "Sender"}, {2, "To Recipient"}, {3, "CC Recipient"}, {4, "BCC Recipient"}, {5, "Required attendee"},
	{6, "Optional attendee"}, {7, "Organizer"}, {8, "Regarding"}, {9, "Owner"}, {10, "Resource"}, {11, "Customer"},
	{12, "Chat Participant"}, {13, "Related"}}

// systemTables are the rows behind webhooks (reference 1.3): endpoint, message, filter, step and system job.
func systemTables() []*table {
	secret := memo("authvalue", 10000)
	secret.hidden = true
	return []*table{
		newTable(table{logicalName: "serviceendpoint", schemaName: "ServiceEndpoint", primaryName: "name", privilege: "ServiceEndpoint"}, []*column{
			text("name", 100), text("description", 256), text("url", 1024), text("path", 160), text("solutionnamespace", 160), secret,
			choice("contract", Option{1, "OneWay"}, Option{2, "Queue"}, Option{3, "Rest"}, Option{4, "TwoWay"}, Option{5, "Topic"},
				Option{6, "Queue Persistent"}, Option{7, "Event Hub"}, Option{8, "Webhook"}),
			choice("authtype", Option{0, "Not Specified"}, Option{1, "ACS"}, Option{2, "SASKey"}, Option{3, "SASToken"}, Option{4, "WebhookKey"},
				Option{5, "HttpHeader"}, Option{6, "HttpQueryString"}, Option{7, "Connection String"}, Option{8, "Access Key"}, Option{9, "Managed Identity"}),
			choice("connectionmode", Option{1, "Normal"}, Option{2, "Federated"}),
			choice("messageformat", Option{1, "Binary XML"}, Option{2, "Json"}, Option{3, "Text XML"})},
			readOnly(booleans("isauthvalueset")...)),
		newTable(table{logicalName: "sdkmessage", schemaName: "SdkMessage", primaryName: "name", privilege: "SdkMessage"}, []*column{text("name", 256)}),
		newTable(table{logicalName: "sdkmessagefilter", schemaName: "SdkMessageFilter", primaryName: "name", privilege: "SdkMessageFilter"}, []*column{
			text("name", 256), col("primaryobjecttypecode", typeEntity), col("secondaryobjecttypecode", typeEntity), lookup("sdkmessageid", "sdkmessage")},
			booleans("iscustomprocessingstepallowed")),
		newTable(table{logicalName: "sdkmessageprocessingstep", schemaName: "SdkMessageProcessingStep", primaryName: "name", privilege: "SdkMessageProcessingStep",
			statuses: []Status{{0, 1, "Enabled"}, {1, 2, "Disabled"}}}, []*column{
			text("name", 256), text("description", 256), memo("filteringattributes", 100000), poly("eventhandler", "", "serviceendpoint"),
			lookup("sdkmessageid", "sdkmessage"), lookup("sdkmessagefilterid", "sdkmessagefilter"),
			choice("mode", Option{0, "Synchronous"}, Option{1, "Asynchronous"}),
			choice("stage", Option{10, "Pre-validation"}, Option{20, "Pre-operation"}, Option{40, "Post-operation"}),
			choice("supporteddeployment", Option{0, "Server Only"}, Option{1, "Outlook only"}, Option{2, "Both"}),
			choice("invocationsource", Option{-1, "Internal"}, Option{0, "Parent"}, Option{1, "Child"})},
			integers("rank"), booleans("asyncautodelete")),
		newTable(table{logicalName: "asyncoperation", schemaName: "AsyncOperation", primaryName: "name", privilege: "AsyncOperation", owned: true,
			statuses: []Status{{0, 0, "Waiting For Resources"}, {1, 10, "Waiting"}, {2, 20, "In Progress"}, {2, 21, "Pausing"}, {2, 22, "Canceling"},
				{3, 30, "Succeeded"}, {3, 31, "Failed"}, {3, 32, "Canceled"}}}, []*column{
			text("name", 256), memo("message", 1<<20), memo("friendlymessage", 1<<20), text("messagename", 160), text("correlationid", 36),
			col("primaryentitytype", typeEntity), lookup("owningextensionid", "sdkmessageprocessingstep")},
			integers("errorcode", "operationtype", "retrycount"), moments("startedon", "completedon")),
	}
}

func standardRelations() []relation {
	return []relation{
		{"email_activity_parties", "email", "activityparty", "activityid"},
		{"phonecall_activity_parties", "phonecall", "activityparty", "activityid"},
		{"Incident_Annotation", "incident", "annotation", "objectid"},
		{"contact_customer_accounts", "account", "contact", "parentcustomerid"},
	}
}
