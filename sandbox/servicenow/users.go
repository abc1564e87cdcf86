package servicenow

import (
	"maps"
	"slices"
)

// User is somebody with an account on the instance.
type User struct {
	Name     string   `json:"name"`      // display name
	UserName string   `json:"user_name"` // unique, what one logs in with
	Password string   `json:"password"`
	Email    string   `json:"email"` // need not be unique
	Roles    []string `json:"roles"`
	TimeZone string   `json:"time_zone"` // IANA name, for display values
	Machine  bool     `json:"machine"`   // web service access only: no UI login (servicenow.md 2.5)
	Inactive bool     `json:"inactive"`
	Locked   bool     `json:"locked"`
	Reset    bool     `json:"reset"` // "password needs reset" is still set
}

// account is the part of a user that the simulator itself acts by.
type account struct {
	id       string
	password string
	roles    []string // as in the table sys_user_has_role
}

// AddUser adds a user, or updates the one with the same user name, and returns its sys_id.
func (s *Sim) AddUser(u User) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addUser("sys_user", u, nil)
}

func (s *Sim) addUser(tableName string, u User, more Row) string {
	row := Row{
		"user_name": u.UserName, "name": u.Name, "email": u.Email, "time_zone": u.TimeZone, "active": yesNo(!u.Inactive),
		"locked_out": yesNo(u.Locked), "password_needs_reset": yesNo(u.Reset),
		"web_service_access_only": yesNo(u.Machine), "internal_integration_user": yesNo(u.Machine),
	}
	maps.Copy(row, more)
	if known, ok := s.accounts[u.UserName]; ok {
		rec := s.db.byID[known.id]
		merged := maps.Clone(rec.row)
		maps.Copy(merged, row)
		s.db.change(rec, merged, systemActor.name)
		known.password = u.Password
		s.setRoles(known, u.Roles)
		return known.id
	}
	rec := s.db.add(s.db.tables[tableName], row, systemActor.name)
	added := &account{id: rec.row["sys_id"], password: u.Password}
	s.accounts[u.UserName] = added
	s.setRoles(added, u.Roles)
	return added.id
}

// setRoles replaces a user's roles and shows them in the table sys_user_has_role. The lock is held.
func (s *Sim) setRoles(a *account, roles []string) {
	a.roles = slices.Clone(roles)
	for _, rec := range s.db.where("sys_user_has_role", Row{"user": a.id}) {
		if !slices.Contains(roles, s.value(rec, "role.name")) {
			s.db.remove(rec)
		}
	}
	for _, name := range roles {
		held := Row{"user": a.id, "role": s.roleID(name)}
		if len(s.db.where("sys_user_has_role", held)) == 0 {
			s.db.add(s.db.tables["sys_user_has_role"], held, systemActor.name)
		}
	}
}

// roleID finds or makes a role. The lock is held.
func (s *Sim) roleID(name string) string {
	if known := s.db.where("sys_user_role", Row{"name": name}); len(known) > 0 {
		return known[0].row["sys_id"]
	}
	return s.db.add(s.db.tables["sys_user_role"], Row{"name": name}, systemActor.name).row["sys_id"]
}

// SetRole gives a user a role or takes it away.
func (s *Sim) SetRole(userName, role string, on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, ok := s.accounts[userName]
	if !ok {
		return
	}
	roles := slices.DeleteFunc(slices.Clone(a.roles), func(r string) bool { return r == role })
	if on {
		roles = append(roles, role)
	}
	s.setRoles(a, roles)
	s.touch()
}

// DuplicateUsers adds a second active user with the e-mail and returns its sys_id.
func (s *Sim) DuplicateUsers(email string) string {
	return s.AddUser(User{Name: "Second " + email, UserName: "second." + newID()[:8], Email: email})
}

// hasRole tells whether the user holds the role. The lock is held.
func (s *Sim) hasRole(userName, role string) bool {
	a, ok := s.accounts[userName]
	return ok && slices.Contains(a.roles, role)
}

// userRow gives the user's row; nil when there is none. The lock is held.
func (s *Sim) userRow(userName string) Row {
	a, ok := s.accounts[userName]
	if !ok {
		return nil
	}
	rec, ok := s.db.byID[a.id]
	if !ok {
		return nil
	}
	return rec.row
}

// mayLogIn checks the password and that nothing about the user forbids logging in. The lock is held.
func (s *Sim) mayLogIn(userName, password string) bool {
	row := s.userRow(userName)
	return row != nil && s.isUsable(userName) && row["password_needs_reset"] != "true" &&
		password != "" && s.accounts[userName].password == password
}

// isUsable tells whether the user may act at all. The lock is held.
func (s *Sim) isUsable(userName string) bool {
	row := s.userRow(userName)
	return row != nil && row["active"] == "true" && row["locked_out"] != "true"
}
