package main

import (
	"context"
	"strings"
	"time"

	"example.com/lifeline/api"
	"example.com/lifeline/crm/dynamics"
	"example.com/lifeline/support"
	"example.com/lifeline/vendors/rescue"
	"example.com/lifeline/workflows"
)

// doors are the connections as the API's requests see them.
func (a *App) doors() map[string]*api.Door {
	out := map[string]*api.Door{}
	for _, c := range a.connections {
		signers, _ := c.config.Signers() // validated when the configuration was read
		door := &api.Door{
			Name: c.Name, CRM: c.CRM, Vendor: c.Vendor, Settings: c.Settings,
			HookSecrets: []support.Secret{c.config.HookSecret, c.config.HookSecretPrevious},
			APIKeys:     []support.Secret{c.config.APIKey, c.config.APIKeyPrevious},
			Signers:     signers, Report: c.periodic(workflows.ReportType),
		}
		if vendor, ok := c.Vendor.(*rescue.Vendor); ok {
			door.DecodePost = rescue.DecodePost
			if c.agentsSignIn() {
				door.SignIn = a.signIn(c, vendor)
			}
		}
		switch c.CRM.Kind() {
		case support.ServiceNow:
			door.Instance = c.config.ServiceNow.Instance
			door.TakeToken = takeToken(c.config.ServiceNow.RefreshLife)
		case support.Dynamics:
			door.WebhookSecrets = []support.Secret{c.config.Dynamics.WebhookSecret, c.config.Dynamics.WebhookSecretPrevious}
			door.DecodeRequest = decodeRequest(c.config.Dynamics)
		}
		out[c.Name] = door
	}
	return out
}

// signIn lets an agent sign in to Rescue once. The authcode goes to its owner workflow, encrypted like every payload.
func (a *App) signIn(c *connection, vendor *rescue.Vendor) api.SignIn {
	return func(ctx context.Context, agent support.Agent, email string, password support.Secret) error {
		technician, err := c.CRM.TechnicianOf(ctx, agent)
		if err != nil {
			return err
		}
		credential, who, err := vendor.SignIn(ctx, email, password)
		if err != nil {
			return err
		}
		if err := mayKeep(ctx, c, agent, who); err != nil {
			return err
		}
		subject, err := rescue.AuthcodeSubject(technician.SSOID)
		if err != nil {
			return err
		}
		if err := a.sessions.ProvideCredential(ctx, vendor.Account(), c.Name, subject, credential); err != nil {
			return err
		}
		a.showSignedIn(ctx, c, agent)
		return nil
	}
}

// mayKeep refuses a Rescue account under the e-mail of another agent: whoever may read the row has the link to the
// sign-in, and the agent's sessions would go on in the other's name.
func mayKeep(ctx context.Context, c *connection, agent support.Agent, who support.Technician) error {
	owner, err := c.CRM.AgentOf(ctx, support.Technician{Email: who.Email})
	if err != nil || owner.ID == "" || owner.ID == agent.ID {
		return err
	}
	if agent.ID == "" && strings.EqualFold(owner.Email, agent.Email) {
		return nil
	}
	return support.Stopped(support.CodeNoTechnician, "this Rescue user has the e-mail of another agent", nil)
}

// showSignedIn tells it in the agent's user setting, where the CRM keeps one. The sign-in is good without that too.
func (a *App) showSignedIn(ctx context.Context, c *connection, agent support.Agent) {
	settings, ok := c.CRM.(support.Authcodes)
	if !ok {
		return
	}
	if err := settings.ShowAuthcode(ctx, agent, support.AuthcodeKept); err != nil {
		a.log.WarnContext(ctx, "the authcode's state was not shown in the CRM", "connection", c.Name, "error", err)
	}
}

// takeToken makes a credential of a refresh token that the instance sent. Its end is the instance's word, or counted
// from now.
func takeToken(life time.Duration) func(context.Context, api.TokenGiven) (support.Credential, error) {
	return func(_ context.Context, given api.TokenGiven) (support.Credential, error) {
		ends := given.ExpiresAt
		if ends.IsZero() {
			ends = time.Now().Add(life)
		}
		return support.Credential{Refresh: given.RefreshToken, Ends: ends}, nil
	}
}

// decodeRequest reads a webhook of the configured organization about a new session row.
func decodeRequest(cfg dynamics.Config) func(body []byte) (string, error) {
	return func(body []byte) (string, error) {
		rowID, organization, table, message, err := dynamics.DecodeHook(body)
		if err != nil {
			return "", err
		}
		if !cfg.IsRequest(table, message) || !cfg.FromThisOrganization(organization) {
			return "", support.Stopped(support.CodeInvalid, "the webhook is not about a new session row of this organization", nil)
		}
		return rowID, nil
	}
}
