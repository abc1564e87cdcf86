package dynamics

import (
	"context"
	"net/url"
	"slices"

	"example.com/lifeline/support"
)

// maxContacts bounds the list that an agent chooses from.
const maxContacts = 100

// people gives the persons the record names itself, the usual one first (dynamics.md 2.7 "Who gets the mail"): the
// case's primary contact, the parent contact, the customer if that is a contact; a contact is itself.
func (r recordRow) people(ref support.RecordRef) []support.Customer {
	var people []support.Customer
	if ref.Type == "contact" {
		people = append(people, support.Customer{ID: ref.ID, Name: r.FullName, Email: r.Email})
	}
	for _, contact := range []*contactRow{r.PrimaryContact, r.ParentContact, r.CustomerContact} {
		if contact != nil {
			people = append(people, contact.customer())
		}
	}
	return people
}

func (c contactRow) customer() support.Customer {
	return support.Customer{ID: c.ID, Name: c.Name, Email: c.Email}
}

// accounts gives the companies behind the record.
func (r recordRow) accounts() []accountRow {
	var accounts []accountRow
	for _, account := range []*accountRow{r.ParentAccount, r.CustomerAccount} {
		if account != nil && !slices.ContainsFunc(accounts, func(a accountRow) bool { return a.ID == account.ID }) {
			accounts = append(accounts, *account)
		}
	}
	return accounts
}

// itself is the record as its own addressee: a lead without contact, an account without primary contact. It has no
// contact id.
func (r recordRow) itself() support.Customer {
	return support.Customer{Name: r.title(), Email: r.Email}
}

// customer chooses whom the record is about: the first person it names with an address, else the primary contact of
// its account, else the record itself where it has an address, else the first person without one.
func (c *CRM) customer(ctx context.Context, ref support.RecordRef, found recordRow) (support.Customer, error) {
	people := found.people(ref)
	if reachable, ok := firstReachable(people); ok {
		return reachable, nil
	}
	for _, account := range found.accounts() {
		primary, err := c.primaryContact(ctx, account.ID)
		if err != nil {
			return support.Customer{}, err
		}
		people = append(people, primary...)
	}
	if own := found.itself(); own.Email != "" {
		people = append(people, own)
	}
	if reachable, ok := firstReachable(people); ok || len(people) == 0 {
		return reachable, nil
	}
	return people[0], nil
}

func firstReachable(people []support.Customer) (support.Customer, bool) {
	at := slices.IndexFunc(people, func(p support.Customer) bool { return p.Email != "" })
	if at < 0 {
		return support.Customer{}, false
	}
	return people[at], true
}

// primaryContact reads an account's primary contact: one person or none.
func (c *CRM) primaryContact(ctx context.Context, accountID string) ([]support.Customer, error) {
	id, err := guid(accountID)
	if err != nil {
		return nil, unreadable(err)
	}
	account, err := get[accountRow](ctx, c, row("accounts", id), selecting([]string{"name", "emailaddress1"}, "primarycontactid"+expandContact))
	if err != nil || account.Primary == nil {
		return nil, err
	}
	return []support.Customer{account.Primary.customer()}, nil
}

// Contacts implements support.CRM: those with an address, the usual one first, then the contacts of the record's
// account.
func (c *CRM) Contacts(ctx context.Context, ref support.RecordRef) ([]support.Customer, error) {
	people, accounts, err := c.named(ctx, ref)
	if err != nil {
		return nil, err
	}
	for _, accountID := range accounts {
		contacts, err := c.contactsOf(ctx, accountID, "emailaddress1 ne null", maxContacts)
		if err != nil {
			return nil, err
		}
		people = append(people, contacts...)
	}
	return reachableOnce(people), nil
}

// Contact implements support.CRM: those of Contacts, and those whom a long list leaves out.
func (c *CRM) Contact(ctx context.Context, ref support.RecordRef, contactID string) (support.Customer, error) {
	id, err := guid(contactID)
	if err != nil {
		return support.Customer{}, nil // no contact has such an id
	}
	people, accounts, err := c.named(ctx, ref)
	if err != nil {
		return support.Customer{}, err
	}
	for _, accountID := range accounts {
		contacts, err := c.contactsOf(ctx, accountID, "contactid eq "+id, 1)
		if err != nil {
			return support.Customer{}, err
		}
		people = append(people, contacts...)
	}
	if at := slices.IndexFunc(people, func(p support.Customer) bool { return p.ID == id }); at >= 0 {
		return people[at], nil
	}
	return support.Customer{}, nil
}

// named gives the people whom the record names, the usual one first, and the accounts whose contacts it may concern.
func (c *CRM) named(ctx context.Context, ref support.RecordRef) (people []support.Customer, accounts []string, err error) {
	at, err := c.locate(ref)
	if err != nil {
		return nil, nil, err
	}
	found, err := c.readRow(ctx, at)
	if err != nil {
		return nil, nil, err
	}
	usual, err := c.customer(ctx, at.ref, found)
	if err != nil {
		return nil, nil, err
	}
	return append([]support.Customer{usual}, found.people(at.ref)...), found.accountIDs(at.ref), nil
}

func (r recordRow) accountIDs(ref support.RecordRef) []string {
	if ref.Type == "account" {
		return []string{ref.ID}
	}
	var ids []string
	for _, account := range r.accounts() {
		ids = append(ids, account.ID)
	}
	return ids
}

func (c *CRM) contactsOf(ctx context.Context, accountID, filter string, limit int) ([]support.Customer, error) {
	id, err := guid(accountID)
	if err != nil {
		return nil, unreadable(err)
	}
	return c.contactsWhere(ctx, "_parentcustomerid_value eq "+id+" and statecode eq 0 and "+filter, limit)
}

func (c *CRM) contactsWhere(ctx context.Context, filter string, limit int) ([]support.Customer, error) {
	query := url.Values{"$select": {"contactid,fullname,emailaddress1"}}
	contacts, err := list[contactRow](ctx, c, "contacts", where(query, filter, "fullname asc", limit), limit)
	if err != nil {
		return nil, err
	}
	people := make([]support.Customer, 0, len(contacts))
	for _, contact := range contacts {
		people = append(people, contact.customer())
	}
	return people, nil
}

// reachableOnce keeps those with an address, each once, in order.
func reachableOnce(people []support.Customer) []support.Customer {
	kept := []support.Customer{}
	for _, person := range people {
		if person.Email != "" && !slices.Contains(kept, person) && len(kept) < maxContacts {
			kept = append(kept, person)
		}
	}
	return kept
}
