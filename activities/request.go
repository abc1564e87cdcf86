package activities

import (
	"context"
	"time"

	"example.com/lifeline/support"
)

// sweepAge is how old a waiting row must be before the sweep takes it: its webhook may still come.
const sweepAge = time.Minute

func (s *Steps) requests(name string) (support.Requests, error) {
	c, err := s.connection(name)
	if err != nil {
		return nil, err
	}
	requests, ok := c.CRM.(support.Requests)
	if !ok {
		return nil, support.NeedsAttention(support.CodeNotSupported, "in this CRM a button is not a row", nil)
	}
	return requests, nil
}

// SweepRequests starts what waiting rows ask for, and answers how many there were.
func (s *Steps) SweepRequests(ctx context.Context, connection string) (int, error) {
	requests, err := s.requests(connection)
	if err != nil {
		return 0, err
	}
	rows, err := requests.OpenRequests(ctx, s.Now().Add(-sweepAge))
	if err != nil {
		return 0, err
	}
	for _, row := range rows {
		if err := s.Dispatch.Request(ctx, connection, row.RowID); err != nil {
			return 0, err
		}
	}
	return len(rows), nil
}

// RequestInput names a session row that an agent created.
type RequestInput struct {
	Connection string `json:"connection"`
	RowID      string `json:"rowId"`
}

// OpenRequest reads the row again, because a webhook's word is not believed, and opens what it asks for.
func (s *Steps) OpenRequest(ctx context.Context, in RequestInput) error {
	requests, err := s.requests(in.Connection)
	if err != nil {
		return err
	}
	row, err := requests.ReadRequest(ctx, in.RowID)
	if err != nil {
		return err
	}
	c := s.Connections[in.Connection]
	if !row.Waits {
		return nil
	}
	if row.Vendor != "" && row.Vendor != c.Vendor.Kind() {
		return support.Stopped(support.CodeNotSupported, "the row asks for another vendor than this connection's; leave the vendor empty", nil)
	}
	row.Record.Connection = in.Connection
	return s.Dispatch.Open(ctx, PressedRow{Record: row.Record, Agent: row.Agent, RowID: in.RowID})
}

// RefuseInput tells an agent on the row why no code came.
type RefuseInput struct {
	Connection string `json:"connection"`
	RowID      string `json:"rowId"`
	Code       string `json:"code"`
	Message    string `json:"message"`
}

// RefuseRequest writes on the row why no code came, and closes it. A session that got under way after all has written
// its own row.
func (s *Steps) RefuseRequest(ctx context.Context, in RefuseInput) error {
	requests, err := s.requests(in.Connection)
	if err != nil {
		return err
	}
	row, err := requests.ReadRequest(ctx, in.RowID)
	if err != nil || !row.Waits {
		return err
	}
	c := s.Connections[in.Connection]
	refused := support.SessionRow{
		RowID: in.RowID, Key: "r-" + support.EventID(in.RowID), Vendor: c.Vendor.Kind(), Record: row.Record, State: support.Cancelled,
		ErrorCode: in.Code, ErrorMessage: in.Message, CanNew: true,
	}
	if _, err := c.CRM.SaveRow(ctx, s.withSignIn(in.Connection, refused, row.Agent)); err != nil {
		return err
	}
	return c.CRM.CloseRow(ctx, in.RowID, support.Cancelled)
}
