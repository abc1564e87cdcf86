package dynamics

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"example.com/lifeline/support"
)

const maxAgents = 500

type userRow struct {
	ID          string `json:"systemuserid"`
	Name        string `json:"fullname"`
	UserName    string `json:"domainname"`
	Email       string `json:"internalemailaddress"`
	Disabled    bool   `json:"isdisabled"`
	Application string `json:"applicationid"` // of an application user, who is no person
}

var userColumns = []string{"systemuserid", "fullname", "domainname", "internalemailaddress", "isdisabled", "applicationid"}

func (u userRow) agent() support.Agent {
	return support.Agent{ID: u.ID, Name: u.Name, UserName: u.UserName, Email: u.Email}
}

// user reads one CRM user.
func (c *CRM) user(ctx context.Context, id string) (support.Agent, error) {
	found, err := c.userRow(ctx, id)
	return found.agent(), err
}

func (c *CRM) userRow(ctx context.Context, id string) (userRow, error) {
	id, err := guid(id)
	if err != nil {
		return userRow{}, err
	}
	found, err := get[userRow](ctx, c, row("systemusers", id), selecting(userColumns))
	if err == nil && found.ID == "" {
		err = unreadable(nil)
	}
	return found, err
}

func (c *CRM) usersWhere(ctx context.Context, filter string, limit int) ([]support.Agent, error) {
	users, err := list[userRow](ctx, c, "systemusers", where(selecting(userColumns), filter, "fullname asc", limit), limit)
	if err != nil {
		return nil, err
	}
	agents := make([]support.Agent, 0, len(users))
	for _, user := range users {
		agents = append(agents, user.agent())
	}
	return agents, nil
}

// Agents implements support.CRM: enabled people, not application users.
func (c *CRM) Agents(ctx context.Context) ([]support.Agent, error) {
	return c.usersWhere(ctx, "isdisabled eq false and applicationid eq null and internalemailaddress ne null", maxAgents)
}

// setting is an agent's row in lifeline_usersetting (dynamics.md 6.2).
type setting struct {
	id           string
	technicianID string
	ssoID        string
	authcode     string
}

func (c *CRM) settingOf(ctx context.Context, userID string) (setting, bool, error) {
	columns := append(c.names.all(colTechnician, colSSO, colAuthcode), c.names.id(UserSettings))
	query := where(selecting(columns), c.names.lookup(colUser)+" eq "+userID, "", 1)
	rows, err := list[entity](ctx, c, c.names.set(UserSettings), query, 1)
	if err != nil || len(rows) == 0 {
		return setting{}, false, err
	}
	return setting{
		id:           rows[0].text(c.names.id(UserSettings)),
		technicianID: rows[0].text(c.names.of(colTechnician)),
		ssoID:        rows[0].text(c.names.of(colSSO)),
		authcode:     rows[0].text(c.names.of(colAuthcode)),
	}, true, nil
}

// ensureSetting finds the agent's row or makes an empty one, once however often it is asked: its id is derived from
// the user's.
func (c *CRM) ensureSetting(ctx context.Context, agent support.Agent) (setting, error) {
	found, exists, err := c.settingOf(ctx, agent.ID)
	if err != nil || exists {
		return found, err
	}
	body := c.payload(UserSettings)
	body.text(colName, cmp.Or(agent.Name, agent.Email, agent.ID))
	body.bind(colUser, "systemusers", agent.ID)
	id := derivedID("usersetting", agent.ID)
	body.fields[c.names.id(UserSettings)] = id
	_, err = c.create(ctx, call{path: c.names.set(UserSettings), body: body.fields})
	return setting{id: id}, err
}

// known checks the agent's id and fills in what the caller left out.
func (c *CRM) known(ctx context.Context, agent support.Agent) (support.Agent, error) {
	id, err := guid(agent.ID)
	if err != nil {
		return support.Agent{}, err
	}
	agent.ID = id
	if agent.Email != "" && agent.Name != "" {
		return agent, nil
	}
	return c.user(ctx, id)
}

// TechnicianOf implements support.CRM: the SSO id is the one in the agent's setting, else the agent's e-mail.
func (c *CRM) TechnicianOf(ctx context.Context, agent support.Agent) (support.Technician, error) {
	agent, err := c.known(ctx, agent)
	if err != nil {
		return support.Technician{}, err
	}
	found, err := c.ensureSetting(ctx, agent)
	if err != nil {
		return support.Technician{}, err
	}
	return support.Technician{ID: found.technicianID, SSOID: cmp.Or(found.ssoID, agent.Email), Name: agent.Name, Email: agent.Email}, nil
}

// LearnTechnician implements support.CRM. An id that is there already is not written again: each write fires the
// customer's own automation (dynamics.md 2.3).
func (c *CRM) LearnTechnician(ctx context.Context, agent support.Agent, technician support.Technician) error {
	agent, err := c.known(ctx, agent)
	if err != nil {
		return err
	}
	found, err := c.ensureSetting(ctx, agent)
	if err != nil || technician.ID == "" || found.technicianID == technician.ID {
		return err
	}
	return c.writeSetting(ctx, found, colTechnician, technician.ID)
}

// ShowAuthcode implements support.Authcodes.
func (c *CRM) ShowAuthcode(ctx context.Context, agent support.Agent, state string) error {
	agent, err := c.known(ctx, agent)
	if err != nil {
		return err
	}
	found, err := c.ensureSetting(ctx, agent)
	if err != nil || found.authcode == state {
		return err
	}
	return c.writeSetting(ctx, found, colAuthcode, state)
}

func (c *CRM) writeSetting(ctx context.Context, at setting, column, value string) error {
	id, err := guid(at.id)
	if err != nil {
		return unreadable(err)
	}
	body := c.payload(UserSettings)
	body.text(column, value)
	return c.patch(ctx, row(c.names.set(UserSettings), id), body.fields)
}

// AgentOf implements support.CRM: by the settings' SSO or technician id, else by mail address. Several are none.
func (c *CRM) AgentOf(ctx context.Context, technician support.Technician) (support.Agent, error) {
	agents, err := c.agentsBySetting(ctx, technician)
	if err == nil && len(agents) == 0 {
		agents, err = c.agentsByEmail(ctx, technician)
	}
	if err != nil || len(agents) != 1 {
		return support.Agent{}, err
	}
	return agents[0], nil
}

func (c *CRM) agentsBySetting(ctx context.Context, technician support.Technician) ([]support.Agent, error) {
	var matches []string
	for _, match := range []struct{ column, value string }{{colSSO, technician.SSOID}, {colTechnician, technician.ID}} {
		if match.value != "" {
			matches = append(matches, fmt.Sprintf("%s eq %s", c.names.of(match.column), literal(match.value)))
		}
	}
	if len(matches) == 0 {
		return nil, nil
	}
	query := where(selecting([]string{c.names.lookup(colUser)}), strings.Join(matches, " or "), "", 3)
	rows, err := list[entity](ctx, c, c.names.set(UserSettings), query, 3)
	if err != nil {
		return nil, err
	}
	return c.enabledUsers(ctx, rows)
}

// enabledUsers reads the users of settings, each once; a disabled or deleted one does not count.
func (c *CRM) enabledUsers(ctx context.Context, settings []entity) ([]support.Agent, error) {
	var agents []support.Agent
	for _, row := range settings {
		id := row.text(c.names.lookup(colUser))
		if id == "" || slices.ContainsFunc(agents, func(a support.Agent) bool { return a.ID == id }) {
			continue
		}
		found, err := c.usersWhere(ctx, "systemuserid eq "+id+" and isdisabled eq false", 1)
		if err != nil {
			return nil, err
		}
		agents = append(agents, found...)
	}
	return agents, nil
}

func (c *CRM) agentsByEmail(ctx context.Context, technician support.Technician) ([]support.Agent, error) {
	email := technician.Email
	if email == "" && strings.Contains(technician.SSOID, "@") {
		email = technician.SSOID
	}
	if email == "" {
		return nil, nil
	}
	return c.usersWhere(ctx, "internalemailaddress eq "+literal(email)+" and isdisabled eq false", 2)
}
