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

// Agents implements support.Records: the active people with the configured role. Instances often hide from service
// accounts who has it, as an empty list or as a refusal. Then it answers permission: all users would be customers too.
func (c *CRM) Agents(ctx context.Context) ([]support.Agent, error) {
	if c.cfg.AgentRole == "" {
		return nil, support.NeedsAttention(support.CodeConfiguration, "SERVICENOW_AGENT_ROLE is empty: set it to the role of those who press the button", nil)
	}
	f := where("role.name", c.cfg.AgentRole).and("user.active", "=", "true").oldest()
	found, err := c.list(ctx, roleTable, f, maxAgents, "role.name", "user", "user.name", "user.user_name", "user.email", machineField)
	if err != nil && !support.HasCode(err, support.CodePermission) && !support.HasCode(err, support.CodeConfiguration) {
		return nil, err
	}
	agents := c.holders(found.rows)
	if len(agents) == 0 {
		return nil, support.NeedsAttention(support.CodePermission, "who has the role "+c.cfg.AgentRole+
			" cannot be read; give the service account read on "+roleTable+", or correct SERVICENOW_AGENT_ROLE", err)
	}
	return agents, nil
}

// machineField marks accounts for integrations, such as Lifeline's own: nobody who presses buttons (servicenow.md 2.5).
const machineField = "user.web_service_access_only"

// holders are the people in rows of the role table, each once: a role may be held directly and by a group.
func (c *CRM) holders(rows []row) []support.Agent {
	var agents []support.Agent
	seen := map[string]bool{}
	for _, r := range rows {
		if id := r.get("user"); id != "" && !seen[id] && r.get("role.name") == c.cfg.AgentRole && r.get(machineField) != "true" {
			seen[id] = true
			agents = append(agents, support.Agent{ID: id, Name: r.get("user.name"), UserName: r.get("user.user_name"), Email: r.get("user.email")})
		}
	}
	return agents
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
