package dataverse

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

// Depth is how far a privilege reaches. There is one business unit, so Local and Deep reach as far as Global.
type Depth string

// The depths (reference 7.2).
const (
	Basic  Depth = "Basic" // rows the user owns
	Local  Depth = "Local"
	Deep   Depth = "Deep"
	Global Depth = "Global"
)

// The roles every environment has. RoleIntegration and RoleUser hold what reference 7.2 lists for the solution's roles.
const (
	RoleAdmin       = "System Administrator"
	RoleIntegration = "Lifeline Integration"
	RoleUser        = "Lifeline User"
	RoleService     = "Customer Service Representative"
)

const (
	everything  = "*" // the administrator's
	actOnBehalf = "prvActOnBehalfOfAnotherUser"
)

// principal is who a request acts as.
type principal struct {
	user   string // effective systemuserid
	caller string // the real caller when impersonating, else empty
}

func (s *Sim) asSystem() principal { return principal{user: s.system} }

// DefineRole creates or replaces a role: privilege name to depth.
func (s *Sim) DefineRole(name string, privileges map[string]Depth) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.roles[name] = maps.Clone(privileges)
}

// SetRoles gives a user exactly these roles; none makes every call of the user 403 0x80042f09.
func (s *Sim) SetRoles(userID string, roles ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.userRoles[userID] = slices.Clone(roles)
}

// Roles lists a user's roles.
func (s *Sim) Roles(userID string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.userRoles[userID])
}

// Grant adds a privilege to a role, e.g. Grant(RoleUser, "prvReadIncident", Global).
func (s *Sim) Grant(role, privilege string, depth Depth) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.roles[role] == nil {
		s.roles[role] = map[string]Depth{}
	}
	s.roles[role][privilege] = depth
}

// Revoke takes a privilege from a role.
func (s *Sim) Revoke(role, privilege string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.roles[role], privilege)
}

func (s *Sim) defineDefaultRoles() {
	session, setting, configuration, connection := s.named("session"), s.named("usersetting"), s.named("configuration"), s.named("connection")
	crud := "Create Read Write Append AppendTo Assign"
	s.roles[RoleAdmin] = map[string]Depth{everything: Global}
	s.roles[RoleIntegration] = privileges(Global, crud, session, setting, configuration, connection, "Activity")
	maps.Copy(s.roles[RoleIntegration], privileges(Global, "Create Read Write AppendTo Assign", "Incident"))
	maps.Copy(s.roles[RoleIntegration], privileges(Global, "Read AppendTo", "Account", "Contact", "Lead", "Opportunity"))
	maps.Copy(s.roles[RoleIntegration], privileges(Global, "Create Read Write Append", "Note"))
	maps.Copy(s.roles[RoleIntegration], privileges(Global, "Read", "User", "Team", "EmailTemplate", "EntityKey", "Customization",
		"ServiceEndpoint", "SdkMessageProcessingStep", "SdkMessage", "SdkMessageFilter", "AsyncOperation"))
	s.roles[RoleIntegration][actOnBehalf] = Global

	s.roles[RoleUser] = privileges(Basic, "Create Read Write Append AppendTo", session, setting)
	maps.Copy(s.roles[RoleUser], privileges(Global, "Read", configuration))
	maps.Copy(s.roles[RoleUser], privileges(Basic, "Read", connection))

	s.roles[RoleService] = privileges(Global, crud, "Incident", "Account", "Contact", "Lead", "Opportunity", "Activity", "Note")
	maps.Copy(s.roles[RoleService], privileges(Global, "Read", "User", "Team", "EmailTemplate"))
}

func privileges(depth Depth, verbs string, nouns ...string) map[string]Depth {
	set := map[string]Depth{}
	for _, noun := range nouns {
		for _, verb := range strings.Fields(verbs) {
			set["prv"+verb+noun] = depth
		}
	}
	return set
}

// depthOf gives how far the principal may use a privilege: the lesser of caller and impersonated user (reference 1.2).
func (s *Sim) depthOf(who principal, privilege string) Depth {
	depth := s.userDepth(who.user, privilege)
	if who.caller != "" {
		depth = lesser(depth, s.userDepth(who.caller, privilege))
	}
	return depth
}

func (s *Sim) userDepth(user, privilege string) Depth {
	if user == s.system {
		return Global
	}
	var best Depth
	for _, role := range s.userRoles[user] {
		for _, name := range []string{privilege, everything} {
			if depth, ok := s.roles[role][name]; ok && (best == "" || best == Basic) {
				best = depth
			}
		}
	}
	return best
}

func lesser(a, b Depth) Depth {
	if a == "" || b == "" {
		return ""
	}
	if a == Basic || b == Basic {
		return Basic
	}
	return Global
}

// may checks a privilege on a table, and on one row when r is given.
func (s *Sim) may(who principal, verb string, t *table, r *row) error {
	if t.privilege == "" {
		return nil
	}
	privilege := "prv" + verb + t.privilege
	depth := s.depthOf(who, privilege)
	if depth == "" {
		return forbidden(codePrivilege, "Principal user (Id=%s, type=8) is missing %s privilege (Id=%s) on OTC for entity '%s'.", who.user, privilege, privilegeID(privilege), t.logicalName)
	}
	if r != nil && depth == Basic && !s.owns(who, t, r) {
		return forbidden(codeRecordAccess, "Principal user (Id=%s, type=8) does not have %s right on record %s of '%s'.", who.user, verb+"Access", r.id, t.logicalName)
	}
	return nil
}

func (s *Sim) owns(who principal, t *table, r *row) bool {
	return !t.owned || r.ref("ownerid").id == who.user
}

// demand checks a privilege that belongs to no table.
func (s *Sim) demand(who principal, privilege string) error {
	if s.depthOf(who, privilege) == "" {
		return forbidden(codePrivilege, "Principal user (Id=%s, type=8) is missing %s privilege (Id=%s).", who.user, privilege, privilegeID(privilege))
	}
	return nil
}

// impersonate applies CallerObjectId or MSCRMCallerID (reference 1.2).
func (s *Sim) impersonate(user string, header http.Header) (principal, error) {
	column, value := "azureactivedirectoryobjectid", header.Get("CallerObjectId")
	if value == "" {
		column, value = "systemuserid", header.Get("MSCRMCallerID")
	}
	if value == "" {
		return principal{user: user}, nil
	}
	target := s.userBy(column, value)
	if target == nil {
		return principal{}, forbidden(codeNotMember, "The user with %s %s is not a member of the organization.", column, value)
	}
	if s.userDepth(user, actOnBehalf) == "" {
		return principal{}, forbidden(codeImpersonation, "User does not have the privilege to act on behalf of another user (%s).", actOnBehalf)
	}
	if err := s.checkUser(target); err != nil {
		return principal{}, err
	}
	if target.id == user {
		return principal{user: user}, nil
	}
	return principal{user: target.id, caller: user}, nil
}

func (s *Sim) userBy(column, value string) *row {
	for _, r := range s.rows["systemuser"] {
		if strings.EqualFold(r.text(column), value) || column == "systemuserid" && strings.EqualFold(r.id, value) {
			return r
		}
	}
	return nil
}

func (s *Sim) checkUser(user *row) error {
	if user.flag("isdisabled") {
		return forbidden("0x80040225", "The specified user(Id = %s) is disabled. Consider enabling this user.", user.id)
	}
	if user.id != s.system && len(s.userRoles[user.id]) == 0 {
		return forbidden(codeNoRoles, "The user with id %s has not been assigned any roles.", user.id)
	}
	return nil
}
