package servicenow

import (
	"context"

	"example.com/lifeline/support"
)

// The lengths of the fields of a task that Lifeline fills.
const (
	titleLength       = 160
	descriptionLength = 4000
)

// CreateRecord implements support.Records. correlation_id makes it repeatable: it is looked for before, and again
// after an answer that leaves open whether the record was created (servicenow.md 4.12).
func (c *CRM) CreateRecord(ctx context.Context, n support.NewRecord) (support.Record, error) {
	t, err := c.ticketOf(n.Type)
	if err != nil {
		return support.Record{}, err
	}
	id, err := c.correlated(ctx, n)
	if err == nil && id == "" {
		id, err = c.createOnce(ctx, t, n)
	}
	if err != nil {
		return support.Record{}, err
	}
	return c.ReadRecord(ctx, support.RecordRef{Connection: n.Connection, Type: n.Type, ID: id})
}

func (c *CRM) createOnce(ctx context.Context, t ticket, n support.NewRecord) (string, error) {
	v, err := c.newValues(ctx, t, n)
	if err != nil {
		return "", err
	}
	echoed, err := c.insert(ctx, n.Type, v, "correlation_id")
	if e := support.AsError(err); e != nil && e.Kind == support.Retry {
		if id, lookup := c.correlated(ctx, n); lookup == nil && id != "" {
			return id, nil
		}
	}
	if err != nil {
		return "", err
	}
	return echoed.get("sys_id"), kept(n.Type, v, echoed, "correlation_id")
}

// correlated finds the record of the session. The field is not unique, so the oldest counts. A table without the field
// is refused before anything is created in it, since a second try could not find the first one's record.
func (c *CRM) correlated(ctx context.Context, n support.NewRecord) (string, error) {
	found, err := c.list(ctx, n.Type, where("correlation_id", n.Correlation).oldest(), 2, "correlation_id")
	if err != nil {
		return "", err
	}
	for _, r := range found.rows {
		if !r.has("correlation_id") {
			return "", support.NeedsAttention(support.CodeConfiguration, n.Type+" has no field correlation_id, so that Lifeline cannot create records in it once; choose another type", nil)
		}
		if r.get("correlation_id") == n.Correlation {
			return r.get("sys_id"), nil
		}
	}
	return "", nil
}

// newValues are the configured extra fields, overruled by what Lifeline knows.
func (c *CRM) newValues(ctx context.Context, t ticket, n support.NewRecord) (values, error) {
	v := values{}
	for field, value := range c.cfg.InsertFields {
		v[field] = value
	}
	field := t.writableCustomer()
	customer, err := c.customerID(ctx, field, n.Customer.Email)
	if err != nil {
		return nil, err
	}
	v.set("short_description", clip(harmless(n.Title), titleLength))
	v.set("description", clip(harmless(n.Description), descriptionLength))
	v.set(field, customer)
	v.set("assigned_to", n.Assignee.ID)
	v.set("correlation_id", n.Correlation)
	v.set("correlation_display", "Lifeline")
	if t.channel != "" {
		v.set(t.channel, c.cfg.ContactType)
	}
	return v, nil
}

// set writes a value that is not empty.
func (v values) set(field, value string) {
	if value != "" {
		v[field] = value
	}
}
