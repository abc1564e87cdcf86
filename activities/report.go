package activities

import (
	"context"
	"slices"
	"strings"
	"time"

	"go.temporal.io/sdk/activity"

	"example.com/lifeline/support"
)

// eachPage reads a vendor's report page by page, until one is enough or there is no more.
func eachPage(ctx context.Context, c *Connection, query support.ReportQuery, see func([]support.Report) (enough bool, err error)) error {
	been := map[string]bool{}
	for !been[query.Cursor] {
		been[query.Cursor] = true
		page, err := c.Vendor.Report(ctx, query)
		if err != nil {
			return err
		}
		if enough, err := see(page.Reports); enough || err != nil || page.Next == "" {
			return err
		}
		query.Cursor = page.Next
	}
	return support.Stopped(support.CodeProtocol, "the pages of the vendor's report lead round in circles", nil)
}

// reportEvent is a report's line as an event.
func reportEvent(r support.Report, now time.Time, phase support.Phase) support.Event {
	return support.Event{
		ID: reportID(r), Kind: support.EventReported, VendorSessionID: r.VendorSessionID, Token: r.Token,
		Phase: phase, Reason: r.Reason, At: now, Technician: r.Technician, Customer: r.Customer, PickedUpAt: r.StartedAt,
		EndedAt: r.EndedAt, WaitingSeconds: r.WaitingSeconds, WorkSeconds: r.WorkSeconds, Notes: r.Notes,
		DeviceID: r.DeviceID, Fields: r.Fields, Reports: []string{r.ID},
	}
}

// PageInput names one page of a connection's report.
type PageInput struct {
	Connection string    `json:"connection"`
	From       time.Time `json:"from"`
	To         time.Time `json:"to"`
	Cursor     string    `json:"cursor"`
}

// PageResult says what a page brought.
type PageResult struct {
	Read    int    `json:"read"`
	Adopted int    `json:"adopted"`
	Saved   int    `json:"saved"`
	Next    string `json:"next"`
}

// ReconcilePage compares a page of the vendor's report with the session rows, and lets what is missing, or has other
// notes than were filed, be adopted. A connection that is switched off adopts nothing.
func (s *Steps) ReconcilePage(ctx context.Context, in PageInput) (PageResult, error) {
	c, err := s.connection(in.Connection)
	if err != nil || !c.Settings.Enabled {
		return PageResult{}, err
	}
	page, err := page(ctx, c, in)
	if err != nil {
		return PageResult{}, err
	}
	result := PageResult{Read: len(page.Reports), Next: page.Next}
	others := s.othersOf(c)
	for _, r := range page.Reports {
		if goesOn(r) || !s.ours(c, r) {
			continue
		}
		adopt, err := s.toAdopt(ctx, c, r, others)
		if err != nil {
			return PageResult{}, err
		}
		if !adopt {
			continue
		}
		if err := s.Dispatch.Deliver(ctx, in.Connection, reportEvent(r, s.Now(), support.PhaseEnded)); err != nil {
			return PageResult{}, err
		}
		result.Adopted++
		beat(ctx)
	}
	return result, nil
}

// goesOn tells whether a report's line is of a session that has begun and, for all it says, not ended. It is compared
// when it has.
func goesOn(r support.Report) bool {
	ending := r.Reason != support.ReasonNone && r.Reason != support.ReasonUnknownCause
	return !r.StartedAt.IsZero() && r.EndedAt.IsZero() && !ending
}

// ours tells whether a report's line is this connection's to reconcile: our token, or none at a vendor whose sessions
// always belong to the tickets' system. TeamViewer's connections without our token are only the company report's.
func (s *Steps) ours(c *Connection, r support.Report) bool {
	if _, _, ok := r.Token.Parse(c.CRM.Kind(), c.Name); ok {
		return true
	}
	return r.Token == "" && c.Vendor.Kind() == support.Rescue
}

// toAdopt tells whether the session's row is missing, unfiled, was filed without a report, or lacks what the report has
// now: another connection on the code, or other notes.
func (s *Steps) toAdopt(ctx context.Context, c *Connection, r support.Report, others *others) (bool, error) {
	row, err := c.CRM.FindRow(ctx, c.Vendor.Kind(), r.VendorSessionID)
	if support.HasCode(err, support.CodeNotFound) {
		return r.Token != "" || others.leave(ctx, r), nil
	}
	if err != nil {
		return false, err
	}
	switch taken := slices.Contains(row.Sources, r.ID); {
	case row.State != support.Filed, row.Reason == support.ReasonNoReport:
		return true, nil
	case c.Vendor.Kind() == support.TeamViewer:
		return !taken || !slices.Contains(row.Sources, reportID(r)), nil
	}
	return r.Notes != "" && !strings.Contains(row.Notes, strings.TrimSpace(r.Notes)), nil
}

// reportID changes with a report's notes, so that edited notes are news.
func reportID(r support.Report) string { return support.EventID("report", r.ID, r.Notes) }

// others are the connections that share a vendor account with the one whose report is compared.
type others struct {
	list  []*Connection
	first bool // none of them comes before it
	mute  bool // one of them cannot say what it has
}

func (s *Steps) othersOf(c *Connection) *others {
	sharing := s.sharing(c.Vendor.Account())
	o := &others{first: sharing[0] == c.Name}
	for _, name := range sharing {
		if other := s.Connections[name]; other != c {
			o.list, o.mute = append(o.list, other), o.mute || !other.Settings.Enabled
		}
	}
	return o
}

// leave tells whether a session that names nobody is left to the connection: none of the others has a row of it, and the
// first of them all takes what no post told of. One that cannot be asked may have it, and one that is switched off may
// have been told and want none; the next run asks again. Who does not answer is not waited for twice.
func (o *others) leave(ctx context.Context, r support.Report) bool {
	if !o.first || o.mute {
		return false
	}
	for _, other := range o.list {
		_, err := other.CRM.FindRow(ctx, other.Vendor.Kind(), r.VendorSessionID)
		if !support.HasCode(err, support.CodeNotFound) {
			o.mute = err != nil
			return false
		}
	}
	return true
}

// SaveReportPage copies a page of the vendor's report into the CRM's report table.
func (s *Steps) SaveReportPage(ctx context.Context, in PageInput) (PageResult, error) {
	c, err := s.connection(in.Connection)
	if err != nil {
		return PageResult{}, err
	}
	page, err := page(ctx, c, in)
	if err != nil {
		return PageResult{}, err
	}
	for i := range page.Reports {
		page.Reports[i].Record, _, _ = page.Reports[i].Token.Parse(c.CRM.Kind(), c.Name)
	}
	if err := c.CRM.SaveReports(ctx, in.Connection, c.Vendor.Kind(), page.Reports); err != nil {
		return PageResult{}, err
	}
	return PageResult{Read: len(page.Reports), Saved: len(page.Reports), Next: page.Next}, nil
}

func page(ctx context.Context, c *Connection, in PageInput) (support.ReportPage, error) {
	return c.Vendor.Report(ctx, support.ReportQuery{From: in.From, To: in.To, Cursor: in.Cursor})
}

func beat(ctx context.Context) {
	if activity.IsActivity(ctx) {
		activity.RecordHeartbeat(ctx)
	}
}
