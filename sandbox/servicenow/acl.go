package servicenow

import "slices"

// Operation is what an access rule governs.
type Operation string

// The operations.
const (
	Read   Operation = "read"
	Create Operation = "create"
	Write  Operation = "write"
	Delete Operation = "delete"
)

// everyone is the empty list of required roles: any authenticated user.
var everyone = []string{}

// defaultACL says which roles may do what (servicenow.md 2.5). A table without rules asks its parent's; what is not
// listed at all needs admin.
func defaultACL(prefix string) map[string]map[Operation][]string {
	agents := []string{"itil", "sn_incident_write"}
	caseAgents := []string{"sn_customerservice_agent", "csm_ws_integration"}
	app := []string{prefix + ".user", prefix + ".admin"}
	open := map[Operation][]string{Read: everyone}
	journal := map[Operation][]string{Read: slices.Concat(agents, caseAgents)}
	files := map[Operation][]string{Read: slices.Concat(agents, caseAgents, app)}
	own := map[Operation][]string{Read: app, Create: app, Write: app, Delete: {prefix + ".admin"}}
	return map[string]map[Operation][]string{
		"task":                    {Read: slices.Concat(agents, caseAgents)},
		"incident":                {Read: agents, Create: agents, Write: agents, Delete: {"itil_admin"}},
		"interaction":             {Read: agents, Create: agents, Write: agents},
		"sn_customerservice_case": {Read: caseAgents, Create: caseAgents, Write: caseAgents},
		"sys_user":                {Read: everyone, Write: {"user_admin"}, Create: {"user_admin"}},
		"sys_user_role":           open,
		"sys_user_has_role":       {Read: agents},
		"sys_user_group":          open, "core_company": open, "csm_consumer": open,
		"sys_choice": open, "sys_dictionary": open, "sys_db_object": open, "sys_scope": open, "sys_upgrade_history": open,
		"sys_journal_field":     journal,
		"sys_attachment":        files,
		prefix + "_session":     own,
		prefix + "_connection":  own,
		prefix + "_session_imp": own,
	}
}

// Allow replaces the roles of which a user needs one for the operation on a table. No role at all means everybody.
func (s *Sim) Allow(tableName string, op Operation, roles ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.acl[tableName] == nil {
		s.acl[tableName] = map[Operation][]string{}
	}
	s.acl[tableName][op] = slices.Clone(roles)
}

// SetVisible hides a record from every caller of the APIs, or shows it again. Hidden looks like missing.
func (s *Sim) SetVisible(sysID string, visible bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if visible {
		delete(s.hidden, sysID)
	} else {
		s.hidden[sysID] = true
	}
	s.touch()
}

// may tells whether the user may do it on rows of the table. The lock is held.
func (s *Sim) may(userName string, t *table, op Operation) bool {
	if s.hasRole(userName, "admin") {
		return true
	}
	for ; t != nil; t = t.up {
		if rules, ok := s.acl[t.name]; ok {
			roles, listed := rules[op]
			return listed && (len(roles) == 0 || slices.ContainsFunc(roles, func(r string) bool { return s.hasRole(userName, r) }))
		}
	}
	return false
}
