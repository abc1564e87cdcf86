package servicenow

import (
	"context"

	"golang.org/x/sync/errgroup"

	"example.com/lifeline/support"
)

const maxReports = 1000

// SaveReports implements support.Reports. Rows are upserted side by side, as many as calls are allowed; the first
// failure ends it, and all of it can be repeated.
func (c *CRM) SaveReports(ctx context.Context, connection string, vendor support.VendorKind, reports []support.Report) error {
	if len(reports) > maxReports {
		return support.Stopped(support.CodeInvalid, "at most 1,000 report rows can be saved at a time", nil)
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(c.seats.Count())
	for _, report := range reports {
		group.Go(func() error {
			return support.Carefully(func() error { return c.saveReport(ctx, connection, vendor, report) })
		})
	}
	return group.Wait()
}

func (c *CRM) saveReport(ctx context.Context, connection string, vendor support.VendorKind, report support.Report) error {
	_, err := c.upsert(ctx, keyed{
		table: c.reports(), key: "report_id", v: reportValues(connection, vendor, report),
		find: func(ctx context.Context) (string, error) {
			return c.findByKey(ctx, c.reports(), "report_id", report.ID)
		},
	})
	return err
}
