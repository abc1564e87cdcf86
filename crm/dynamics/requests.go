package dynamics

import (
	"context"
	"time"

	"example.com/lifeline/support"
)

const maxRequests = 100

func (c *CRM) requestColumns() []string {
	columns := append(c.names.all(colVendor, colWorkflow, colRecordType), c.names.id(Sessions), "statecode", "statuscode", "_createdby_value")
	return append(columns, c.recordLookups()...)
}

// ReadRequest implements support.Requests. The agent is the row's creator: Dataverse stamped it, whatever the
// webhook's body says (dynamics.md 1.3 A).
func (c *CRM) ReadRequest(ctx context.Context, rowID string) (support.RowRequest, error) {
	id, err := guid(rowID)
	if err != nil {
		return support.RowRequest{}, err
	}
	found, err := get[entity](ctx, c, row(c.names.set(Sessions), id), selecting(c.requestColumns()))
	if err != nil {
		return support.RowRequest{}, err
	}
	request := c.readRequest(found)
	if request.RowID == "" || request.Agent.ID == "" {
		return support.RowRequest{}, unreadable(nil)
	}
	agent, err := c.user(ctx, request.Agent.ID)
	if support.HasCode(err, support.CodeNotFound) {
		return request, nil // who is gone opens nothing, but the row can say so
	}
	request.Agent = agent
	return request, err
}

// readRequest gives the request with the agent's id only. A row with a workflow id is one that Lifeline took already
// or made itself.
func (c *CRM) readRequest(e entity) support.RowRequest {
	waits := e.number("statecode") == 0 && e.number("statuscode") == c.names.status(statusRequested)
	return support.RowRequest{
		RowID:  e.text(c.names.id(Sessions)),
		Record: c.recordOf(e),
		Agent:  support.Agent{ID: e.text("_createdby_value")},
		Vendor: c.names.vendor(e.number(c.names.of(colVendor))),
		Waits:  waits && e.text(c.names.of(colWorkflow)) == "",
	}
}

// OpenRequests implements support.Requests: the sweep that finds what a lost webhook left behind (dynamics.md 0.2).
// Each row is read again before it is believed, so nothing but its id matters here: one row that cannot be read must
// not keep the others waiting.
func (c *CRM) OpenRequests(ctx context.Context, olderThan time.Time) ([]support.RowRequest, error) {
	filter := "statecode eq 0 and statuscode eq 1 and " + c.names.of(colWorkflow) + " eq null and createdon lt " + moment(olderThan)
	query := where(selecting(c.requestColumns()), filter, "createdon asc", maxRequests)
	rows, err := list[entity](ctx, c, c.names.set(Sessions), query, maxRequests)
	if err != nil {
		return nil, err
	}
	requests := make([]support.RowRequest, 0, len(rows))
	for _, found := range rows {
		requests = append(requests, c.readRequest(found))
	}
	return requests, nil
}
