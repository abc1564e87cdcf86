package servicenow

import (
	"context"
	"strings"

	"example.com/lifeline/support"
)

// ReadRecord implements support.Records: one request brings the record, its customer and its owner, by dot-walked
// fields.
func (c *CRM) ReadRecord(ctx context.Context, ref support.RecordRef) (support.Record, error) {
	t, err := c.ticketAt(ref)
	if err != nil {
		return support.Record{}, err
	}
	r, err := c.read(ctx, ref.Type, ref.ID, t.fields()...)
	if err != nil {
		return support.Record{}, err
	}
	return c.record(ref, t, r), nil
}

// FindRecord implements support.Records: incidents first, then cases where the instance has them.
func (c *CRM) FindRecord(ctx context.Context, connection, number string) (support.Record, error) {
	for _, table := range []string{incidentTable, caseTable} {
		t, err := c.ticketOf(table)
		if err != nil {
			return support.Record{}, err
		}
		rows, err := c.matching(ctx, table, where("number", number), "number", number, t.fields()...)
		if table == caseTable && support.HasCode(err, support.CodeConfiguration) {
			continue // Customer Service Management is not installed
		}
		if err != nil {
			return support.Record{}, err
		}
		if len(rows) == 1 {
			ref := support.RecordRef{Connection: connection, Type: table, ID: rows[0].get("sys_id")}
			return c.record(ref, t, rows[0]), nil
		}
	}
	return support.Record{}, support.Stopped(support.CodeNotFound, "no incident or case has this number", nil)
}

// fields lists what a record is read by. The usual customer field is asked for as well, in case the configured one
// does not exist.
func (t ticket) fields() []string {
	fields := []string{"number", "short_description", "state", "active"}
	for _, person := range []string{"assigned_to", t.customer, t.usual} {
		fields = append(fields, person, person+".name", person+".email")
	}
	return append(fields, "assigned_to.user_name")
}

func (c *CRM) record(ref support.RecordRef, t ticket, r row) support.Record {
	person := c.customerField(ref.Type, t, r)
	return support.Record{
		Ref:    ref,
		Number: r.get("number"),
		Title:  r.get("short_description"),
		Owner: support.Agent{
			ID: r.get("assigned_to"), Name: r.get("assigned_to.name"),
			UserName: r.get("assigned_to.user_name"), Email: r.get("assigned_to.email"),
		},
		Customer: support.Customer{ID: r.get(person), Name: r.get(person + ".name"), Email: r.get(person + ".email")},
		Closed:   t.closed(r),
	}
}

// customerField answers the configured field if the record has it as a reference, else the usual one, with one line
// in the log. A field that exists and is empty is believed.
func (c *CRM) customerField(table string, t ticket, r row) string {
	if r.has(t.customer) && (r.get(t.customer) == "" || r.has(t.customer+".email")) {
		return t.customer
	}
	if _, known := c.warned.LoadOrStore(table+"."+t.customer, true); !known {
		c.log.Warn("the configured customer field does not exist or is no reference to a person; the usual one is used",
			"table", table, "field", t.customer, "used", t.usual)
	}
	return t.usual
}

// writableCustomer is the customer field to fill in a record we create: a dot-walked one belongs to another record.
func (t ticket) writableCustomer() string {
	if strings.Contains(t.customer, ".") {
		return t.usual
	}
	return t.customer
}
