package dynamics

import (
	"context"
	"slices"

	"example.com/lifeline/support"
)

// shape is how a record type is read (dynamics.md 2.6, 2.7 "Who gets the mail").
type shape struct {
	set    string
	title  string   // column shown as the title
	fields []string // beyond title, state and owner
	expand []string
}

const (
	expandContact = "($select=contactid,fullname,emailaddress1)"
	expandAccount = "($select=accountid,name,emailaddress1)"
)

var shapes = map[string]shape{
	"incident": {set: "incidents", title: "title", fields: []string{"ticketnumber"},
		expand: []string{"primarycontactid" + expandContact, "customerid_contact" + expandContact, "customerid_account" + expandAccount}},
	"account": {set: "accounts", title: "name", fields: []string{"emailaddress1"},
		expand: []string{"primarycontactid" + expandContact}},
	"contact": {set: "contacts", title: "fullname", fields: []string{"emailaddress1"}},
	"lead": {set: "leads", title: "fullname", fields: []string{"emailaddress1"},
		expand: []string{"parentcontactid" + expandContact, "parentaccountid" + expandAccount}},
	"opportunity": {set: "opportunities", title: "name",
		expand: []string{"parentcontactid" + expandContact, "customerid_contact" + expandContact, "parentaccountid" + expandAccount, "customerid_account" + expandAccount}},
}

type contactRow struct {
	ID    string `json:"contactid"`
	Name  string `json:"fullname"`
	Email string `json:"emailaddress1"`
}

type accountRow struct {
	ID      string      `json:"accountid"`
	Name    string      `json:"name"`
	Email   string      `json:"emailaddress1"`
	Primary *contactRow `json:"primarycontactid"`
}

// recordRow is a record of any type as read with its shape; what the type lacks stays empty.
type recordRow struct {
	Title    string `json:"title"`
	Name     string `json:"name"`
	FullName string `json:"fullname"`
	Email    string `json:"emailaddress1"`
	Number   string `json:"ticketnumber"`
	State    *int   `json:"statecode"`

	OwnerID   string `json:"_ownerid_value"`
	OwnerType string `json:"_ownerid_value@Microsoft.Dynamics.CRM.lookuplogicalname"`

	PrimaryContact  *contactRow `json:"primarycontactid"`
	ParentContact   *contactRow `json:"parentcontactid"`
	CustomerContact *contactRow `json:"customerid_contact"`
	ParentAccount   *accountRow `json:"parentaccountid"`
	CustomerAccount *accountRow `json:"customerid_account"`
}

// located is a record's reference, checked.
type located struct {
	ref   support.RecordRef
	shape shape
	path  string
}

// locate checks a reference before it becomes an address.
func (c *CRM) locate(ref support.RecordRef) (located, error) {
	known, ok := shapes[ref.Type]
	if !ok || !slices.Contains(c.cfg.RecordTypes, ref.Type) {
		return located{}, support.Stopped(support.CodeNotSupported, "this Dynamics connection does not use records of that type", nil)
	}
	id, err := guid(ref.ID)
	if err != nil {
		return located{}, err
	}
	ref.ID = id
	return located{ref: ref, shape: known, path: row(known.set, id)}, nil
}

// readRow reads a record with the people it names.
func (c *CRM) readRow(ctx context.Context, at located) (recordRow, error) {
	columns := append([]string{at.shape.title, "statecode", "_ownerid_value"}, at.shape.fields...)
	found, err := get[recordRow](ctx, c, at.path, selecting(columns, at.shape.expand...), annotated)
	if err == nil && found.State == nil {
		err = unreadable(nil)
	}
	return found, err
}

// ReadRecord implements support.CRM. The customer is the first whom a mail can reach, see customer.
func (c *CRM) ReadRecord(ctx context.Context, ref support.RecordRef) (support.Record, error) {
	at, err := c.locate(ref)
	if err != nil {
		return support.Record{}, err
	}
	found, err := c.readRow(ctx, at)
	if err != nil {
		return support.Record{}, err
	}
	record := support.Record{Ref: at.ref, Number: found.Number, Title: found.title(), Closed: *found.State != 0}
	if record.Owner, err = c.owner(ctx, found); err != nil {
		return support.Record{}, err
	}
	record.Customer, err = c.customer(ctx, at.ref, found)
	return record, err
}

func (r recordRow) title() string {
	for _, title := range []string{r.Title, r.Name, r.FullName} {
		if title != "" {
			return title
		}
	}
	return ""
}

// owner reads the person who owns the record. Every row of Dataverse has an owner; one that waits for somebody belongs
// to a team, or to the application that created it, and has no person yet.
func (c *CRM) owner(ctx context.Context, found recordRow) (support.Agent, error) {
	if found.OwnerID == "" || found.OwnerType == "team" {
		return support.Agent{}, nil
	}
	user, err := c.userRow(ctx, found.OwnerID)
	if support.HasCode(err, support.CodeNotFound) || user.Application != "" {
		return support.Agent{}, nil
	}
	return user.agent(), err
}

// FindRecord implements support.CRM: cases only, by ticket number.
func (c *CRM) FindRecord(ctx context.Context, connection, number string) (support.Record, error) {
	type found struct {
		ID string `json:"incidentid"`
	}
	query := where(selecting([]string{"incidentid"}), "ticketnumber eq "+literal(number), "createdon desc", 1)
	cases, err := list[found](ctx, c, "incidents", query, 1)
	if err != nil {
		return support.Record{}, err
	}
	if len(cases) == 0 {
		return support.Record{}, support.Stopped(support.CodeNotFound, "no case has this number", nil)
	}
	return c.ReadRecord(ctx, support.RecordRef{Connection: connection, Type: "incident", ID: cases[0].ID})
}
