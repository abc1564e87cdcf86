package dynamics

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"example.com/lifeline/support"
)

// Lengths of a case's and a resolution's columns (dynamics.md 2.6).
const (
	caseTitleLength       = 200
	caseDescriptionLength = 2000
)

// stateRow is what is compared before a record is touched.
type stateRow struct {
	State *int   `json:"statecode"`
	Owner string `json:"_ownerid_value"`
}

func (c *CRM) stateOf(ctx context.Context, path string, columns ...string) (stateRow, error) {
	found, err := get[stateRow](ctx, c, path, selecting(append([]string{"statecode"}, columns...)))
	if err == nil && found.State == nil {
		err = unreadable(nil)
	}
	return found, err
}

// Reassign implements support.CRM: a plain update of the owner, if that changes anything (dynamics.md 2.7).
func (c *CRM) Reassign(ctx context.Context, ref support.RecordRef, agent support.Agent) error {
	at, err := c.locate(ref)
	if err != nil {
		return err
	}
	owner, err := guid(agent.ID)
	if err != nil {
		return err
	}
	found, err := c.stateOf(ctx, at.path, "_ownerid_value")
	if err != nil || *found.State != 0 || strings.EqualFold(found.Owner, owner) {
		return err
	}
	return c.patch(ctx, at.path, map[string]any{"ownerid" + bindSuffix: "/" + row("systemusers", owner)})
}

// ResolveRecord implements support.CRM for cases, by the action CloseIncident: a plain update of the state is
// refused (dynamics.md 2.7).
func (c *CRM) ResolveRecord(ctx context.Context, resolution support.Resolution) error {
	if resolution.Record.Type != "incident" {
		return support.Stopped(support.CodeNotSupported, "only cases can be resolved in Dynamics", nil)
	}
	at, err := c.locate(resolution.Record)
	if err != nil {
		return err
	}
	status, err := c.resolveStatus(resolution.Code)
	if err != nil {
		return err
	}
	found, err := c.stateOf(ctx, at.path)
	if err != nil || *found.State != 0 {
		return err
	}
	_, err = c.do(ctx, call{method: http.MethodPost, path: "CloseIncident", accept: []int{http.StatusNoContent}, body: map[string]any{
		"Status": status,
		"IncidentResolution": map[string]any{
			"@odata.type":             "Microsoft.Dynamics.CRM.incidentresolution",
			"subject":                 "Remote session finished",
			"description":             fit(resolution.Text, caseDescriptionLength),
			"timespent":               max(resolution.Minutes, 0),
			"incidentid" + bindSuffix: "/" + at.path,
		},
	}})
	if code := codeOf(err); code == codeAlreadyResolved || code == codeAlreadyClosed {
		return nil
	}
	return err
}

func (c *CRM) resolveStatus(code string) (int, error) {
	if code == "" {
		return c.cfg.ResolveStatus, nil
	}
	status, err := strconv.Atoi(code)
	if err != nil {
		return 0, support.NeedsAttention(support.CodeMapping, "the resolution code must be the number of a status reason of the state Resolved, or -1", nil)
	}
	return status, nil
}

// CreateRecord implements support.CRM for cases. The case's id is derived from the correlation, so that a second try
// finds the first one's case.
func (c *CRM) CreateRecord(ctx context.Context, record support.NewRecord) (support.Record, error) {
	if record.Type != "incident" {
		return support.Record{}, support.Stopped(support.CodeNotSupported, "only cases can be created in Dynamics", nil)
	}
	at, err := c.locate(support.RecordRef{Connection: record.Connection, Type: record.Type, ID: derivedID("record", record.Connection+"/"+record.Correlation)})
	if err != nil {
		return support.Record{}, err
	}
	body := map[string]any{
		"incidentid":  at.ref.ID,
		"title":       fit(record.Title, caseTitleLength),
		"description": fit(record.Description, caseDescriptionLength),
	}
	if err := c.bindCustomer(ctx, body, record.Customer); err != nil {
		return support.Record{}, err
	}
	if err := bindOwner(body, record.Assignee); err != nil {
		return support.Record{}, err
	}
	if _, err := c.create(ctx, call{path: "incidents", body: body}); err != nil {
		return support.Record{}, err
	}
	return c.ReadRecord(ctx, at.ref)
}

func bindOwner(body map[string]any, assignee support.Agent) error {
	if assignee.ID == "" {
		return nil
	}
	owner, err := guid(assignee.ID)
	body["ownerid"+bindSuffix] = "/" + row("systemusers", owner)
	return err
}

// bindCustomer sets the case's customer, which Dynamics demands: the one contact with the customer's address, else
// the configured default.
func (c *CRM) bindCustomer(ctx context.Context, body map[string]any, customer support.Customer) error {
	if customer.Email != "" {
		contacts, err := c.contactsWhere(ctx, "emailaddress1 eq "+literal(customer.Email)+" and statecode eq 0", 2)
		if err != nil {
			return err
		}
		if len(contacts) == 1 {
			body["customerid_contact"+bindSuffix] = "/" + row("contacts", contacts[0].ID)
			return nil
		}
	}
	set, _, ok := strings.Cut(c.cfg.DefaultCustomer, "(")
	if !ok {
		return support.NeedsAttention(support.CodeMapping,
			"Dynamics needs a customer for every case, and no single contact has the customer's e-mail address: configure a default customer", nil)
	}
	body["customerid_"+strings.TrimSuffix(set, "s")+bindSuffix] = "/" + c.cfg.DefaultCustomer
	return nil
}
