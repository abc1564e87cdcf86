package dynamics

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"example.com/lifeline/support"
)

const maxHistory = 200

// vendorFilter selects the rows of one vendor.
func (c *CRM) vendorFilter(vendor support.VendorKind) string {
	return fmt.Sprintf("%s eq %d", c.names.of(colVendor), c.names.options+vendorNumbers[vendor])
}

// rowColumns are what a row is read with. The chat is left out of lists.
func (c *CRM) rowColumns(withChat bool) []string {
	columns := c.names.all(colKey, colVendor, colVendorID, colState, "reason", "requestedon", "startedon", "endedon",
		"vendortechnicianid", "techniciansso", "technicianname", "technicianemail", "customername", "customeremail",
		"notes", colWorkflow, colRecordType, "recordnumber", colToken, colSources)
	if withChat {
		columns = append(columns, c.names.of(colChat))
	}
	columns = append(columns, c.names.id(Sessions), "statecode", "statuscode", "createdon")
	return append(columns, c.recordLookups()...)
}

func (c *CRM) recordLookups() []string {
	var lookups []string
	for _, recordType := range c.cfg.RecordTypes {
		lookups = append(lookups, c.names.lookup(recordColumn(recordType)))
	}
	return lookups
}

func (c *CRM) readInfo(e entity) support.RowInfo {
	text := func(column string) string { return e.text(c.names.of(column)) }
	at := func(column string) time.Time { return e.time(c.names.of(column)) }
	info := support.RowInfo{
		RowID:           e.text(c.names.id(Sessions)),
		Key:             text(colKey),
		Vendor:          c.names.vendor(e.number(c.names.of(colVendor))),
		VendorSessionID: text(colVendorID),
		Record:          c.recordOf(e),
		RecordNumber:    text("recordnumber"),
		State:           c.names.readState(text(colState), e.number("statuscode")),
		Closed:          e.number("statecode") != 0,
		Technician:      support.Technician{ID: text("vendortechnicianid"), SSOID: text("techniciansso"), Name: text("technicianname"), Email: text("technicianemail")},
		Customer:        support.Customer{Name: text("customername"), Email: text("customeremail")},
		RequestedAt:     at("requestedon"),
		StartedAt:       at("startedon"),
		EndedAt:         at("endedon"),
		Reason:          support.Reason(text("reason")),
		Notes:           text("notes"),
		Chat:            text(colChat),
		WorkflowID:      text(colWorkflow),
		Token:           support.Token(text(colToken)),
		Sources:         strings.Fields(text(colSources)),
	}
	if info.RequestedAt.IsZero() {
		info.RequestedAt = e.time("createdon")
	}
	return info
}

// recordOrder ranks the lookups of a row that names several records: the ticket before the person before the company.
var recordOrder = []string{"incident", "opportunity", "lead", "contact", "account"}

// recordOf reads the record out of the five lookups; the written record type decides where several are set. The
// connection is the caller's to fill.
func (c *CRM) recordOf(e entity) support.RecordRef {
	order := append([]string{e.text(c.names.of(colRecordType))}, recordOrder...)
	for _, recordType := range order {
		if id := e.text(c.names.lookup(recordColumn(recordType))); id != "" && slices.Contains(c.cfg.RecordTypes, recordType) {
			return support.RecordRef{Type: recordType, ID: id}
		}
	}
	return support.RecordRef{}
}

// FindRow implements support.CRM.
func (c *CRM) FindRow(ctx context.Context, vendor support.VendorKind, vendorSessionID string) (support.RowInfo, error) {
	return c.findRow(ctx, c.names.of(colVendorID)+" eq "+literal(vendorSessionID)+" and "+c.vendorFilter(vendor),
		func(support.RowInfo) bool { return true })
}

// FindRowByToken implements support.CRM. The database compares without case, a token does not.
func (c *CRM) FindRowByToken(ctx context.Context, token support.Token) (support.RowInfo, error) {
	return c.findRow(ctx, c.names.of(colToken)+" eq "+literal(string(token)),
		func(info support.RowInfo) bool { return info.Token == token })
}

// findRow gives the newest row of a filter that also passes the closer look.
func (c *CRM) findRow(ctx context.Context, filter string, passes func(support.RowInfo) bool) (support.RowInfo, error) {
	const few = 5
	query := where(selecting(c.rowColumns(true)), filter, "createdon desc", few)
	rows, err := list[entity](ctx, c, c.names.set(Sessions), query, few)
	if err != nil {
		return support.RowInfo{}, err
	}
	infos := c.readInfos(rows)
	if at := slices.IndexFunc(infos, passes); at >= 0 {
		return infos[at], nil
	}
	return support.RowInfo{}, support.Stopped(support.CodeNotFound, "no session row carries this vendor session", nil)
}

// History implements support.CRM.
func (c *CRM) History(ctx context.Context, ref support.RecordRef, limit int) ([]support.RowInfo, error) {
	at, err := c.locate(ref)
	if err != nil {
		return nil, err
	}
	limit = min(max(limit, 1), maxHistory)
	query := where(selecting(c.rowColumns(false)), c.names.lookup(recordColumn(at.ref.Type))+" eq "+at.ref.ID, "createdon desc", limit)
	rows, err := list[entity](ctx, c, c.names.set(Sessions), query, limit)
	if err != nil {
		return nil, err
	}
	infos := c.readInfos(rows)
	for i := range infos {
		infos[i].Record.Connection = ref.Connection
	}
	return infos, nil
}

func (c *CRM) readInfos(rows []entity) []support.RowInfo {
	infos := make([]support.RowInfo, 0, len(rows))
	for _, found := range rows {
		infos = append(infos, c.readInfo(found))
	}
	return infos
}
