package servicenow

import (
	"context"

	"example.com/lifeline/support"
)

// Contacts implements support.Mailings: the caller or contact of the record, if an e-mail is known.
func (c *CRM) Contacts(ctx context.Context, ref support.RecordRef) ([]support.Customer, error) {
	record, err := c.ReadRecord(ctx, ref)
	if err != nil || record.Customer.Email == "" {
		return nil, err
	}
	return []support.Customer{record.Customer}, nil
}

// Contact implements support.Mailings: nobody but the caller or contact of the record.
func (c *CRM) Contact(ctx context.Context, ref support.RecordRef, id string) (support.Customer, error) {
	record, err := c.ReadRecord(ctx, ref)
	if err != nil || id == "" || record.Customer.ID != id {
		return support.Customer{}, err
	}
	return record.Customer, nil
}

// Templates implements support.Mailings: Lifeline's own templates are used with ServiceNow, whose Email API needs a
// role of its own (servicenow.md 4.10).
func (c *CRM) Templates(context.Context, support.RecordRef) ([]support.Template, error) {
	return nil, noMailings()
}

// Render implements support.Mailings; see Templates.
func (c *CRM) Render(context.Context, support.RecordRef, string, support.Customer, support.Agent) (support.Letter, error) {
	return support.Letter{}, noMailings()
}

// SendMail implements support.Mailings; see Templates.
func (c *CRM) SendMail(context.Context, support.Mailing) (string, error) { return "", noMailings() }

// MailStatus implements support.Mailings; see Templates.
func (c *CRM) MailStatus(context.Context, string) (support.MailStatus, error) {
	return "", noMailings()
}

func noMailings() error {
	return support.Stopped(support.CodeNotSupported, "with ServiceNow, Lifeline sends its mails itself", nil)
}
