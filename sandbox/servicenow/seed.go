package servicenow

// Demo names what Seed made.
type Demo struct {
	Agents    map[string]string `json:"agents"`    // user name to sys_id
	Callers   map[string]string `json:"callers"`   // user name to sys_id
	Contacts  map[string]string `json:"contacts"`  // user name to sys_id, of customer_contact
	Incidents []string          `json:"incidents"` // sys_ids, oldest first
	Cases     []string          `json:"cases"`     // sys_ids, oldest first; none without CSM
}

// Seed adds demo data: three agents, callers, incidents, and with CSM contacts and cases. Call it once.
func (s *Sim) Seed() Demo {
	s.mu.Lock()
	defer s.mu.Unlock()
	demo := Demo{Agents: map[string]string{}, Callers: map[string]string{}, Contacts: map[string]string{}}
	s.seedPeople(&demo)
	s.seedIncidents(&demo)
	if s.db.csm {
		s.seedCases(&demo)
	}
	return demo
}

func (s *Sim) seedPeople(demo *Demo) {
	roles := []string{"itil", "sn_customerservice_agent", s.opts.Prefix + ".user"}
	for _, u := range []User{
		{Name: "Dana Whitfield", UserName: "dana", Email: "dana@example.com", Roles: roles, TimeZone: "Europe/Madrid"},
		{Name: "Sam Okafor", UserName: "sam", Email: "sam@example.com", Roles: roles, TimeZone: "Europe/London"},
		{Name: "Noor Haddad", UserName: "noor", Email: "noor@example.com", Roles: []string{"itil"}},
	} {
		u.Password = "demo"
		demo.Agents[u.UserName] = s.addUser("sys_user", u, nil)
	}
	for _, u := range []User{
		{Name: "Joe Employee", UserName: "joe.employee", Email: "joe@example.net"},
		{Name: "Beth Anglin", UserName: "beth.anglin", Email: "beth@example.net"},
		{Name: "Kiosk Lobby", UserName: "kiosk.lobby"},
	} {
		demo.Callers[u.UserName] = s.addUser("sys_user", u, nil)
	}
}

func (s *Sim) seedIncidents(demo *Demo) {
	for _, row := range []Row{
		{"short_description": "Cannot connect to the VPN from home", "caller_id": demo.Callers["joe.employee"], "assigned_to": demo.Agents["dana"],
			"description": "Since the update this morning the client says the certificate is not valid.", "state": "2", "impact": "2", "urgency": "2"},
		{"short_description": "Outlook asks for the password again and again", "caller_id": demo.Callers["beth.anglin"], "impact": "3", "urgency": "2"},
		{"short_description": "Lobby screen shows yesterday's visitors", "caller_id": demo.Callers["kiosk.lobby"], "assigned_to": demo.Agents["sam"]},
	} {
		demo.Incidents = append(demo.Incidents, s.seedRow("incident", row))
	}
}

func (s *Sim) seedCases(demo *Demo) {
	account := s.seedRow("customer_account", Row{"name": "Boxeo"})
	contact := s.addUser("customer_contact", User{Name: "Geneva Carrasco", UserName: "geneva.carrasco", Email: "geneva@example.org",
		Roles: []string{customerRole}}, Row{"account": account})
	demo.Contacts["geneva.carrasco"] = contact
	consumer := s.seedRow("csm_consumer", Row{"name": "Omar Reyes", "email": "omar@example.org"})
	for _, row := range []Row{
		{"short_description": "Printer offline after moving offices", "account": account, "contact": contact, "state": "10",
			"assigned_to": demo.Agents["dana"], "priority": "3"},
		{"short_description": "Router blinks red", "consumer": consumer, "state": "1", "priority": "4"},
	} {
		demo.Cases = append(demo.Cases, s.seedRow("sn_customerservice_case", row))
	}
}

// seedRow inserts a row of the demo; the demo keeps to the rules.
func (s *Sim) seedRow(tableName string, row Row) string {
	rec, err := s.create(s.db.tables[tableName], row, systemActor)
	if err != nil {
		panic("servicenow: demo data breaks a rule: " + err.Error())
	}
	return rec.row["sys_id"]
}
