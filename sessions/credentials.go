package sessions

import (
	"context"
	"time"

	"example.com/lifeline/support"
	"example.com/lifeline/workflows"
)

// GetCredential implements activities.Owners.
func (c *Client) GetCredential(ctx context.Context, owner, connection, subject string) (support.Credential, error) {
	var credential support.Credential
	err := c.ask(ctx, ownerOf(owner, connection, subject), workflows.UpdateGet, &credential)
	return credential, err
}

// RenewCredential implements activities.Owners.
func (c *Client) RenewCredential(ctx context.Context, owner, connection, subject string, refused support.Credential) (support.Credential, error) {
	var credential support.Credential
	err := c.ask(ctx, ownerOf(owner, connection, subject), workflows.UpdateRenewal, &credential, refused)
	return credential, err
}

// ProvideCredential stores what a human gave: a consent, a sign-in, a token from the token hook.
func (c *Client) ProvideCredential(ctx context.Context, owner, connection, subject string, given support.Credential) error {
	return c.ask(ctx, ownerOf(owner, connection, subject), workflows.UpdateProvide, nil, given)
}

// credentialPatience is a little more than the owner's own step may take.
const credentialPatience = 40 * time.Second

func ownerOf(owner, connection, subject string) entity {
	return entity{
		id: support.CredentialWorkflowID(owner, subject), kind: workflows.CredentialType, summary: "credential " + subject,
		start: workflows.CredentialStart{Owner: owner, Connection: connection, Subject: subject}, patience: credentialPatience,
	}
}
