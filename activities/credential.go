package activities

import (
	"context"

	"example.com/lifeline/support"
)

// IssueInput asks for the next value of a credential.
type IssueInput struct {
	Connection string             `json:"connection"`
	Subject    string             `json:"subject"`
	Current    support.Credential `json:"current"`
}

// IssueCredential asks the adapter that knows the subject for its next value.
func (s *Steps) IssueCredential(ctx context.Context, in IssueInput) (support.Credential, error) {
	c, err := s.connection(in.Connection)
	if err != nil {
		return support.Credential{}, err
	}
	if subject, ok := cutCRM(in.Subject); ok {
		return issue(ctx, c.CRM, subject, in.Current)
	}
	return issue(ctx, c.Vendor, in.Subject, in.Current)
}

func issue(ctx context.Context, adapter any, subject string, current support.Credential) (support.Credential, error) {
	issuer, ok := adapter.(support.Issuer)
	if !ok {
		return support.Credential{}, support.NeedsAttention(support.CodeConfiguration, "nobody issues the credential "+subject, nil)
	}
	return issuer.Issue(ctx, subject, current)
}
