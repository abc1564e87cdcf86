package rescue

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// AddCompany adds an account. The first one is the default of users without a company.
func (s *Sim) AddCompany(c Company) Company {
	defer s.enter()()
	c.ID = s.nodeID(c.ID)
	s.companies = append(s.companies, &company{Company: c, masters: s.nodeID(0), technicians: s.nodeID(0)})
	return c
}

// AddGroup adds a technician group, or replaces the settings of the one with the same name.
func (s *Sim) AddGroup(g Group) Group {
	defer s.enter()()
	if old, ok := s.groups[g.Name]; ok {
		g.ID = old.ID
	}
	g.ID = s.nodeID(g.ID)
	g.PINLife = cmp.Or(g.PINLife, Duration(20*time.Minute))
	g.ConnectingTimeout = cmp.Or(g.ConnectingTimeout, Duration(5*time.Minute))
	g.Format = cmp.Or(g.Format, FormatForm)
	s.groups[g.Name] = &g
	return g
}

// AddTechnician adds a person with a technician seat; with Admin set, one who is an administrator too. A group that
// does not exist yet is made with default settings.
func (s *Sim) AddTechnician(u User) (User, error) {
	u.Group = cmp.Or(u.Group, "Technicians")
	if _, err := s.group(u.Group); err != nil {
		s.AddGroup(Group{Name: u.Group})
	}
	u.Seat = true
	return s.addUser(u)
}

// AddAdministrator adds an administrator without a technician seat.
func (s *Sim) AddAdministrator(u User) (User, error) {
	u.Seat, u.Admin = false, true
	return s.addUser(u)
}

func (s *Sim) addUser(u User) (User, error) {
	defer s.enter()()
	home := s.company(u.Company)
	if home == nil {
		return User{}, ErrUnknownCompany
	}
	u.Company, u.ID = home.ID, s.nodeID(u.ID)
	switch {
	case u.Admin && u.Seat:
		u.AdminID = s.nodeID(u.AdminID)
	case u.Admin:
		u.AdminID = u.ID
	}
	added := &user{User: u, company: home}
	s.users = append(s.users, added)
	return added.view(), nil
}

// AddChannel adds a queue served by the technicians with these node ids.
func (s *Sim) AddChannel(c Channel) (Channel, error) {
	defer s.enter()()
	home := s.company(c.Company)
	if home == nil {
		return Channel{}, ErrUnknownCompany
	}
	c.Company, c.ID = home.ID, s.nodeID(c.ID)
	s.channels = append(s.channels, &c)
	return c, nil
}

// SetConsole starts or stops a technician's console. The technician is named by e-mail, SSO ID or node id.
func (s *Sim) SetConsole(technician string, running bool) error {
	return s.changeUser(technician, func(u *user) { u.Console = running })
}

// SetEnabled disables a user or enables him again.
func (s *Sim) SetEnabled(name string, enabled bool) error {
	return s.changeUser(name, func(u *user) { u.Disabled = !enabled })
}

// Delete removes a user; his authcode is still recognised, as that of a deleted user.
func (s *Sim) Delete(name string) error {
	return s.changeUser(name, func(u *user) { u.Deleted, u.Console = true, false })
}

// RevokeAuthcode voids a user's authcode, as if somebody else had asked for a new one.
func (s *Sim) RevokeAuthcode(name string) error {
	return s.changeUser(name, func(u *user) { u.authcode = "" })
}

func (s *Sim) changeUser(name string, change func(*user)) error {
	defer s.enter()()
	u := s.user(name)
	if u == nil {
		return ErrUnknownTechnician
	}
	change(u)
	return nil
}

// IssueToken makes an API token for an administrator (rescue.md 2); it is shown only now and lives until revoked.
func (s *Sim) IssueToken(name string) (string, error) {
	defer s.enter()()
	u := s.user(name)
	if u == nil {
		return "", ErrUnknownTechnician
	}
	if !u.Admin {
		return "", ErrNotAdministrator
	}
	token := randomCode(64)
	s.tokens[token] = u
	return token, nil
}

// RevokeTokens voids all API tokens of a user.
func (s *Sim) RevokeTokens(name string) error {
	return s.changeUser(name, func(u *user) {
		for token, owner := range s.tokens {
			if owner == u {
				delete(s.tokens, token)
			}
		}
	})
}

// SetPostURLs sets where a group's posts go and how they are written. "" sends none.
func (s *Sim) SetPostURLs(group, start, end string, format Format) error {
	defer s.enter()()
	g, ok := s.groups[group]
	if !ok {
		return ErrUnknownGroup
	}
	g.StartURL, g.EndURL, g.Format = start, end, cmp.Or(format, FormatForm)
	return nil
}

// Users lists all people, without their passwords.
func (s *Sim) Users() []User {
	defer s.enter()()
	views := make([]User, 0, len(s.users))
	for _, u := range s.users {
		views = append(views, u.view())
	}
	return views
}

func (s *Sim) group(name string) (Group, error) {
	defer s.enter()()
	if g, ok := s.groups[name]; ok {
		return *g, nil
	}
	return Group{}, ErrUnknownGroup
}

// nodeID keeps a wanted node id, or gives the next one.
func (s *Sim) nodeID(wanted int64) int64 {
	if wanted != 0 {
		return wanted
	}
	s.lastNode++
	return s.lastNode
}

func (s *Sim) company(id int64) *company {
	for _, c := range s.companies {
		if id == 0 || c.ID == id {
			return c
		}
	}
	return nil
}

// user finds a person by e-mail, SSO ID or node id.
func (s *Sim) user(name string) *user {
	id, _ := strconv.ParseInt(name, 10, 64)
	for _, u := range s.users {
		if name != "" && (strings.EqualFold(u.Email, name) || strings.EqualFold(u.SSOID, name)) || id != 0 && u.hasNode(id) {
			return u
		}
	}
	return nil
}

func (s *Sim) channel(id int64) *Channel {
	for _, c := range s.channels {
		if c.ID == id {
			return c
		}
	}
	return nil
}

func (c *Channel) serves(u *user) bool { return slices.Contains(c.Technicians, u.ID) }

func (u *user) hasNode(id int64) bool { return u.ID == id || u.AdminID == id }

// view is the person without secrets.
func (u *user) view() User {
	v := u.User
	v.Password = ""
	return v
}

// administers tells whether the user may act for another: himself always, everyone in the company as administrator.
func (u *user) administers(other *user) bool {
	return u == other || u.Admin && u.company == other.company
}

func (c *company) language(s Settings) Language { return cmp.Or(c.Language, s.Language) }
