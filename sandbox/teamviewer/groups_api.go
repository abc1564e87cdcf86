package teamviewer

import (
	"maps"
	"slices"
	"strings"
)

// shownGroup is a group as the API writes it (teamviewer.md 4.1).
type shownGroup struct {
	ID          string       `json:"id"`
	Name        string       `json:"name"`
	Permissions string       `json:"permissions"`
	Owner       shownMember  `json:"owner"`
	SharedWith  []shownShare `json:"shared_with,omitempty"`
	PolicyID    string       `json:"policy_id,omitempty"`
}

type shownMember struct {
	UserID string `json:"userid"`
	Name   string `json:"name"`
}

type shownShare struct {
	shownMember
	Permissions string `json:"permissions"`
	Pending     bool   `json:"pending"`
}

func (s *Sim) showGroup(b *bearer, g *group) shownGroup {
	shown := shownGroup{ID: g.id, Name: g.name, Permissions: b.permission(g), Owner: shownMember{g.owner.ID, g.owner.Name}, PolicyID: g.policy}
	for _, id := range slices.Sorted(maps.Keys(g.shared)) {
		shown.SharedWith = append(shown.SharedWith, shownShare{shownMember{id, s.userName(id)}, g.shared[id], false})
	}
	return shown
}

func (s *Sim) listGroups(c *call) (answer, error) {
	shared, err := queryBool(c.query, "shared")
	if err != nil {
		return answer{}, err
	}
	part := strings.ToLower(c.query.Get("name"))
	found := []shownGroup{}
	for _, g := range s.groups {
		if c.by.permission(g) != "" && strings.Contains(strings.ToLower(g.name), part) && (shared == nil || *shared == (len(g.shared) > 0)) {
			found = append(found, s.showGroup(c.by, g))
		}
	}
	return ok(map[string]any{"groups": found})
}

func (s *Sim) getGroup(c *call) (answer, error) {
	g, err := s.askedGroup(c, false)
	if err != nil {
		return answer{}, err
	}
	return ok(s.showGroup(c.by, g))
}

// askedGroup finds the group in the path. One hidden from the sender is unknown to him.
func (s *Sim) askedGroup(c *call, toChange bool) (*group, error) {
	g := s.group(c.PathValue("id"))
	switch permission := c.by.permission(g); {
	case permission == "":
		return nil, notFound("The group is unknown.")
	case toChange && permission == "read":
		return nil, notPermitted("You may not change this group.")
	}
	return g, nil
}

type groupBody struct {
	Name     *string `json:"name"`
	PolicyID *string `json:"policy_id"`
}

func (s *Sim) createGroup(c *call) (answer, error) {
	body, err := decode[groupBody](c)
	if err != nil {
		return answer{}, err
	}
	if given(body.Name) == "" {
		return answer{}, badRequest("name must be set.")
	}
	g := s.newGroup(Group{Name: *body.Name, Policy: given(body.PolicyID)}, c.by.user)
	return ok(s.showGroup(c.by, g))
}

func (s *Sim) putGroup(c *call) (answer, error) {
	g, err := s.askedGroup(c, true)
	if err != nil {
		return answer{}, err
	}
	body, err := decode[groupBody](c)
	if err != nil {
		return answer{}, err
	}
	if body.Name != nil && *body.Name == "" {
		return answer{}, badRequest("name must not be empty.")
	}
	if body.Name != nil {
		g.name = *body.Name
	}
	if body.PolicyID != nil {
		g.policy = *body.PolicyID
	}
	return noContent()
}

// deleteGroup refuses a group with sessions, since every session lives in a group (teamviewer.md 2.2).
func (s *Sim) deleteGroup(c *call) (answer, error) {
	g, err := s.askedGroup(c, true)
	if err != nil {
		return answer{}, err
	}
	if slices.ContainsFunc(s.sessions, func(x *session) bool { return x.GroupID == g.id }) {
		return answer{}, badRequest("The group still has sessions.")
	}
	s.groups = slices.DeleteFunc(s.groups, func(other *group) bool { return other == g })
	return noContent()
}

func (s *Sim) shareGroup(c *call) (answer, error) {
	g, err := s.askedGroup(c, true)
	if err != nil {
		return answer{}, err
	}
	body, err := decode[struct {
		Users []struct {
			UserID      string `json:"userid"`
			Permissions string `json:"permissions"`
		} `json:"users"`
	}](c)
	if err != nil {
		return answer{}, err
	}
	shares := maps.Clone(g.shared)
	for _, u := range body.Users {
		if s.userByID(u.UserID) == nil || u.Permissions != "read" && u.Permissions != "readwrite" {
			return answer{}, badRequest("Each user needs a known userid and the permissions read or readwrite.")
		}
		shares[u.UserID] = u.Permissions
	}
	g.shared = shares
	return noContent()
}

func (s *Sim) unshareGroup(c *call) (answer, error) {
	g, err := s.askedGroup(c, true)
	if err != nil {
		return answer{}, err
	}
	body, err := decode[struct {
		Users []string `json:"users"`
	}](c)
	if err != nil {
		return answer{}, err
	}
	for _, id := range body.Users {
		delete(g.shared, id)
	}
	return noContent()
}
