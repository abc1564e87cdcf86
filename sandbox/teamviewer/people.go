package teamviewer

import (
	"slices"
	"strconv"
	"strings"
)

// group is a group with its owner resolved.
type group struct {
	id, name, policy string
	owner            *User
	shared           map[string]string // user id -> "read" or "readwrite"
}

// AddUser adds a member of the company and returns him with his id.
func (s *Sim) AddUser(u User) User {
	s.mu.Lock()
	defer s.mu.Unlock()
	u.ID = s.nextID("u", u.ID)
	s.users = append(s.users, &u)
	s.touch()
	return u
}

// Users lists the members of the company in the order they came.
func (s *Sim) Users() []User {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]User, 0, len(s.users))
	for _, u := range s.users {
		all = append(all, *u)
	}
	return all
}

// SetLogging switches a user's log_sessions on or off; without it his connections leave no report (teamviewer.md 3.5).
func (s *Sim) SetLogging(user string, on bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.user(user)
	if u == nil {
		return ErrUnknownUser
	}
	u.Unlogged = !on
	s.touch()
	return nil
}

// AddGroup adds a group and returns it with its id. Its owner is named by id or e-mail.
func (s *Sim) AddGroup(g Group) (Group, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	owner := s.user(g.Owner)
	if owner == nil {
		return Group{}, ErrUnknownUser
	}
	added := s.newGroup(g, owner)
	s.touch()
	return added.view(), nil
}

// Groups lists the groups in the order they came.
func (s *Sim) Groups() []Group {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]Group, 0, len(s.groups))
	for _, g := range s.groups {
		all = append(all, g.view())
	}
	return all
}

func (s *Sim) newGroup(g Group, owner *User) *group {
	made := &group{id: s.nextID("g", g.ID), name: g.Name, policy: g.Policy, owner: owner, shared: map[string]string{}}
	for user, permission := range g.Shared {
		made.shared[user] = permission
	}
	s.groups = append(s.groups, made)
	return made
}

func (g *group) view() Group {
	v := Group{ID: g.id, Name: g.name, Owner: g.owner.ID, Policy: g.policy, Shared: map[string]string{}}
	for user, permission := range g.shared {
		v.Shared[user] = permission
	}
	return v
}

// nextID keeps a wanted id, or makes one with the prefix.
func (s *Sim) nextID(prefix, wanted string) string {
	if wanted != "" {
		return wanted
	}
	s.lastID++
	return prefix + strconv.FormatInt(s.lastID, 10)
}

// user finds a member by id or e-mail.
func (s *Sim) user(name string) *User {
	for _, u := range s.users {
		if name != "" && (u.ID == name || strings.EqualFold(u.Email, name)) {
			return u
		}
	}
	return nil
}

func (s *Sim) userByID(id string) *User {
	if at := slices.IndexFunc(s.users, func(u *User) bool { return u.ID == id }); at >= 0 {
		return s.users[at]
	}
	return nil
}

func (s *Sim) userName(id string) string {
	if u := s.userByID(id); u != nil {
		return u.Name
	}
	return ""
}

func (s *Sim) group(id string) *group {
	if at := slices.IndexFunc(s.groups, func(g *group) bool { return g.id == id }); at >= 0 {
		return s.groups[at]
	}
	return nil
}

// groupByName finds the oldest group of this name that the sender sees.
func (s *Sim) groupByName(b *bearer, name string) *group {
	for _, g := range s.groups {
		if name != "" && g.name == name && b.permission(g) != "" {
			return g
		}
	}
	return nil
}

func (s *Sim) groupName(id string) string {
	if g := s.group(id); g != nil {
		return g.name
	}
	return ""
}
