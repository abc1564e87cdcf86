package dataverse

// sessionTables are the tables of the session log (reference 6), whose schema names are all lower-case.
func (s *Sim) sessionTables() []*table {
	return []*table{s.sessionTable(), s.userSettingTable(), s.configurationTable(), s.connectionTable()}
}

func (s *Sim) named(name string) string { return s.opts.Prefix + "_" + name }

// prefixed puts the publisher's prefix before each column's and own navigation property's name.
func (s *Sim) prefixed(columns ...[]*column) []*column {
	var list []*column
	for _, group := range columns {
		for _, c := range group {
			c.name, c.schemaName = s.named(c.name), s.named(c.schemaName)
			for i := range c.navs {
				c.navs[i].name = s.named(c.navs[i].name)
			}
			list = append(list, c)
		}
	}
	return list
}

func (s *Sim) keyOn(name, column string) []*key {
	return []*key{{logicalName: s.named(name), schemaName: s.named(name), columns: []string{s.named(column)}, status: KeyActive}}
}

func (s *Sim) sessionTable() *table {
	return newTable(table{logicalName: s.named("session"), primaryName: s.named("name"), privilege: s.named("session"), owned: true, custom: true, notes: true,
		statuses: s.opts.Statuses, keys: s.keyOn("sessionkeykey", "sessionkey")},
		s.prefixed([]*column{
			text("name", 200), text("sessionkey", 100), choice("vendor", s.opts.Vendors...), text("vendorsessionid", 100), text("pin", 20),
			text("supporterlink", 1000), text("customerlink", 1000), lookup("technicianid", "systemuser"),
			text("vendortechnicianid", 100), text("techniciansso", 200), text("technicianname", 200), text("technicianemail", 200),
			text("customername", 200), text("customeremail", 200), text("customfield1", 250), text("customfield2", 250), text("customfield3", 250),
			text("customfield4", 250), text("customfield5", 250), text("tracking", 100), text("devicename", 200), text("platform", 200),
			text("deviceid", 100), text("channel", 200), text("resolution", 200), memo("description", 100000), memo("notes", 100000),
			memo("chatlog", 1048576), memo("survey", 100000), text("errorcode", 100), text("errormessage", 1000), text("workflowid", 200),
			lookup("accountid", "account"), lookup("contactid", "contact"), lookup("incidentid", "incident"), lookup("leadid", "lead"),
			lookup("opportunityid", "opportunity"), text("regardingtype", 50)},
			moments("validuntil", "startedon", "endedon", "pickupon", "lastactionon"),
			integers("durationsec", "workingsec", "waitingsec", "activesec")))
}

func (s *Sim) userSettingTable() *table {
	return newTable(table{logicalName: s.named("usersetting"), primaryName: s.named("name"), privilege: s.named("usersetting"), owned: true, custom: true,
		statuses: activeInactive, keys: s.keyOn("useridkey", "userid")},
		s.prefixed([]*column{text("name", 200), lookup("userid", "systemuser"), text("technicianid", 100), text("ssoid", 200), text("status", 100)}))
}

func (s *Sim) configurationTable() *table {
	return newTable(table{logicalName: s.named("configuration"), primaryName: s.named("name"), privilege: s.named("configuration"), custom: true,
		statuses: activeInactive},
		s.prefixed([]*column{text("name", 200), text("mailchannel", 50)},
			booleans("requireactiveconsole", "deactivateonend", "reassigncase", "passcustomfield1", "resolvecase")))
}

func (s *Sim) connectionTable() *table {
	return newTable(table{logicalName: s.named("connection"), primaryName: s.named("connectionkey"), privilege: s.named("connection"), owned: true, custom: true,
		statuses: activeInactive, keys: s.keyOn("connectionkeykey", "connectionkey")},
		s.prefixed([]*column{text("connectionkey", 100), lookup("sessionid", s.named("session")), text("vendorsessionid", 100), text("userid", 100),
			text("supportername", 200), text("customername", 200), text("deviceid", 100), memo("description", 100000), memo("notes", 100000),
			text("regardingtype", 50)}, moments("startedon", "endedon")))
}

func (s *Sim) sessionRelations() []relation {
	session := s.named("session")
	list := []relation{{s.named("session_connection"), session, s.named("connection"), s.named("sessionid")}}
	for _, referenced := range []string{"account", "contact", "incident", "lead", "opportunity"} {
		list = append(list, relation{s.named(referenced + "_" + session), referenced, session, s.named(referenced + "id")})
	}
	return list
}
