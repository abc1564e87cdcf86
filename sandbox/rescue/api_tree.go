package rescue

import (
	"slices"
	"strings"
)

// treeNode is one block of getHierarchy_v2.
type treeNode struct {
	id, parent                             int64
	name, email, description, status, kind string
}

// getHierarchy gives the organization tree as blocks of "Key:value" lines (rescue.md 5.2).
func (s *Sim) getHierarchy(c *call) answer {
	u, refusal := s.caller(c)
	if refusal != "" {
		return only(refusal)
	}
	if !u.Admin {
		return only(notLoggedInAsAdmin)
	}
	nodes := s.tree(u.company)
	if root, given := c.number("node"); given && root != u.company.ID {
		nodes = subtree(nodes, root)
	}
	if len(nodes) == 0 {
		return only(invalidNode)
	}
	return answer{word: ok, text: blocks(nodes, c.flag("filteroffline"))}
}

// tree lists a company's nodes, parents first.
func (s *Sim) tree(home *company) []treeNode {
	nodes := []treeNode{
		{id: home.ID, name: home.Name, kind: "Root"},
		{id: home.masters, parent: home.ID, name: "Master Administrators", kind: "Masteradministrators"},
		{id: home.technicians, parent: home.ID, name: "Technicians", kind: "Technicians"},
	}
	for _, g := range s.groupsByID() {
		nodes = append(nodes, treeNode{id: g.ID, parent: home.technicians, name: g.Name, kind: "TechnicianGroup"})
	}
	for _, u := range s.users {
		if u.company == home && !u.Deleted {
			nodes = append(nodes, s.nodesOf(u)...)
		}
	}
	for _, channel := range s.channels {
		if channel.Company == home.ID {
			nodes = append(nodes, treeNode{id: channel.ID, parent: home.ID, name: channel.Name, kind: "Channel"})
		}
	}
	return nodes
}

// nodesOf gives a person's nodes: one for each role.
func (s *Sim) nodesOf(u *user) []treeNode {
	person := treeNode{name: u.Name, email: u.Email, description: u.Description, status: u.status()}
	var nodes []treeNode
	if u.Admin {
		person.id, person.parent, person.kind = u.AdminID, u.company.masters, "Masteradministrator"
		nodes = append(nodes, person)
	}
	if u.Seat {
		person.id, person.parent, person.kind = u.ID, s.groups[u.Group].ID, "Technician"
		nodes = append(nodes, person)
	}
	return nodes
}

func (s *Sim) groupsByID() []*Group {
	groups := make([]*Group, 0, len(s.groups))
	for _, g := range s.groups {
		groups = append(groups, g)
	}
	slices.SortFunc(groups, func(a, b *Group) int { return int(a.ID - b.ID) })
	return groups
}

// subtree keeps a node and what is under it.
func subtree(nodes []treeNode, root int64) []treeNode {
	kept := map[int64]bool{root: true}
	var below []treeNode
	for _, n := range nodes {
		if kept[n.id] || kept[n.parent] {
			kept[n.id] = true
			below = append(below, n)
		}
	}
	return below
}

// blocks writes nodes, separated by empty lines. filterOffline drops technicians that are offline, nobody else.
func blocks(nodes []treeNode, filterOffline bool) string {
	var written []string
	for _, n := range nodes {
		if filterOffline && n.kind == "Technician" && n.status == "Offline" {
			continue
		}
		written = append(written, "NodeID:"+id(n.id)+"\nParentID:"+id(n.parent)+"\nName:"+n.name+"\nEmail:"+n.email+
			"\nDescription:"+n.description+"\nStatus:"+n.status+"\nType:"+n.kind+"\n")
	}
	return strings.Join(written, "\n")
}

// isAnyTechAvailable tells whether a technician of the channel is online (rescue.md 5.2).
func (s *Sim) isAnyTechAvailable(c *call) answer {
	u, refusal := s.caller(c)
	if refusal != "" {
		return only(refusal)
	}
	number, _ := c.number("channel")
	channel := s.channel(number)
	if channel == nil || channel.Company != u.company.ID {
		return only(invalidNode)
	}
	word := "FALSE"
	for _, tech := range s.users {
		away := tech.Presence != "" && c.flag("excludingawayandbusy")
		if channel.serves(tech) && tech.Console && !tech.Disabled && !away {
			word = "TRUE"
		}
	}
	return answer{word: word, values: []value{{"", "bHasOnlineTechnicians", strings.ToLower(word)}}}
}
