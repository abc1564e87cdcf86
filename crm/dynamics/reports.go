package dynamics

import (
	"cmp"
	"context"
	"slices"

	"github.com/google/uuid"

	"example.com/lifeline/support"
)

const batchSize = 100

// SaveReports implements support.CRM: upserts by the vendor's id into the connection table, a hundred in a batch.
// Repeating it writes the same rows again.
func (c *CRM) SaveReports(ctx context.Context, _ string, vendor support.VendorKind, reports []support.Report) error {
	for chunk := range slices.Chunk(reports, batchSize) {
		items := make([]batchItem, 0, len(chunk))
		for _, report := range chunk {
			items = append(items, batchItem{path: c.byKey(Connections, reportKey(vendor, report.ID)), body: c.reportPayload(report).fields})
		}
		if err := c.batch(ctx, items); err != nil {
			return err
		}
	}
	return nil
}

// reportKey makes a key of the allowed alphabet out of the vendor's id. An id that does not fit is replaced by a
// digest of it.
func reportKey(vendor support.VendorKind, id string) string {
	key := string(vendor) + "-" + id
	if keyForm.MatchString(key) {
		return key
	}
	return string(vendor) + "-x" + uuid.NewSHA1(idSpace, []byte(id)).String()
}

func (c *CRM) reportPayload(report support.Report) payload {
	body := c.payload(Connections)
	body.text(colVendorID, report.VendorSessionID)
	body.text(colUser, cmp.Or(report.Technician.ID, report.Technician.SSOID))
	body.text("supportername", cmp.Or(report.Technician.Name, report.Technician.Email))
	body.text("customername", cmp.Or(report.Customer.Name, report.Customer.Email))
	body.text("deviceid", cmp.Or(report.DeviceID, report.DeviceName))
	body.time("startedon", report.StartedAt)
	body.time("endedon", report.EndedAt)
	body.text("description", report.Description)
	body.empty("notes") // a report is always whole, and its notes may have been emptied
	body.text("notes", report.Notes)
	body.text(colRecordType, report.Record.Type)
	return body
}
