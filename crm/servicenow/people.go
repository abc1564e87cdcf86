package servicenow

import (
	"context"
	"strings"

	"example.com/lifeline/support"
)

const (
	userTable    = "sys_user"
	maxAgents    = 500
	roleTable    = "sys_user_has_role"
	contactTable = "customer_contact"
	consumers    = "csm_consumer"
)

var userFields = []string{"user_name", "email", "name"}

// TechnicianOf implements support.Records: the SSO id is the e-mail of the ServiceNow user (servicenow.md 4.8). An
// agent without an e-mail at hand is read.
func (c *CRM) TechnicianOf(ctx context.Context, agent support.Agent) (support.Technician, error) {
	if agent.Email == "" {
		user, err := c.user(ctx, agent.ID)
		if err != nil {
			return support.Technician{}, err
		}
		agent = user
	}
	if agent.Email == "" {
		return support.Technician{}, support.Stopped(support.CodeNoTechnician, "your ServiceNow user has no e-mail address to find you by at the vendor", nil)
	}
	return support.Technician{SSOID: agent.Email, Name: agent.Name, Email: agent.Email}, nil
}

func (c *CRM) user(ctx context.Context, id string) (support.Agent, error) {
	r, err := c.read(ctx, userTable, id, userFields...)
	if err != nil {
		return support.Agent{}, err
	}
	return agentFrom(r), nil
}

func agentFrom(r row) support.Agent {
	return support.Agent{ID: r.get("sys_id"), Name: r.get("name"), UserName: r.get("user_name"), Email: r.get("email")}
}

// LearnTechnician implements support.Records: ServiceNow keeps no user setting, so there is nothing to learn.
func (c *CRM) LearnTechnician(context.Context, support.Agent, support.Technician) error { return nil }

// AgentOf implements support.Records: the SSO id is tried first, then the e-mail; several users with one e-mail are
// not guessed between.
func (c *CRM) AgentOf(ctx context.Context, technician support.Technician) (support.Agent, error) {
	for _, email := range []string{technician.SSOID, technician.Email} {
		users, err := c.people(ctx, userTable, email)
		if err != nil {
			return support.Agent{}, err
		}
		if len(users) == 1 {
			return agentFrom(users[0]), nil
		}
		if len(users) > 1 || technician.Email == technician.SSOID {
			break
		}
	}
	return support.Agent{}, nil
}

// people looks for active persons by e-mail. An e-mail that cannot be asked for belongs to nobody.
func (c *CRM) people(ctx context.Context, table, email string) ([]row, error) {
	if safe(email) != nil {
		return nil, nil
	}
	return c.matching(ctx, table, where("email", email).and("active", "=", "true"), "email", email, "name", "user_name")
}

// Agents implements support.Records: the active users with the configured role. When nobody shows it (instances often
// hide roles from service accounts, as an empty list or a refusal), these are the active users with an e-mail.
func (c *CRM) Agents(ctx context.Context) ([]support.Agent, error) {
	if c.cfg.AgentRole != "" {
		agents, err := c.agentsByRole(ctx)
		if e := support.AsError(err); len(agents) > 0 || e != nil && e.Kind != support.Attention {
			return agents, err
		}
	}
	found, err := c.list(ctx, userTable, where("active", "true").filled("email").oldest(), maxAgents, 0, userFields...)
	if err != nil {
		return nil, err
	}
	var agents []support.Agent
	for _, r := range found.rows {
		agents = append(agents, agentFrom(r))
	}
	return agents, nil
}

func (c *CRM) agentsByRole(ctx context.Context) ([]support.Agent, error) {
	f := where("role.name", c.cfg.AgentRole).and("user.active", "=", "true").oldest()
	found, err := c.list(ctx, roleTable, f, maxAgents, 0, "role.name", "user", "user.name", "user.user_name", "user.email")
	if err != nil {
		return nil, err
	}
	var agents []support.Agent
	seen := map[string]bool{}
	for _, r := range found.rows {
		if id := r.get("user"); id != "" && !seen[id] && r.get("role.name") == c.cfg.AgentRole {
			seen[id] = true // a role may be held directly and by a group
			agents = append(agents, support.Agent{ID: id, Name: r.get("user.name"), UserName: r.get("user.user_name"), Email: r.get("user.email")})
		}
	}
	return agents, nil
}

// customerID finds the person of a new record by e-mail; empty when none or several match.
func (c *CRM) customerID(ctx context.Context, field, email string) (string, error) {
	found, err := c.people(ctx, peopleTable(field), email)
	if err != nil || len(found) != 1 {
		return "", err
	}
	return found[0].get("sys_id"), nil
}

// peopleTable says where the persons of a customer field are (servicenow.md 4.7). Contacts are users as well, so that
// fields of a customer's own are served by the users.
func peopleTable(field string) string {
	switch strings.ToLower(field) {
	case "contact":
		return contactTable
	case "consumer":
		return consumers
	}
	return userTable
}
