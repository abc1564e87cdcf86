package servicenow

import (
	"context"

	"example.com/lifeline/support"
)

const maxHistory = 200

// SaveRow implements support.Rows: the row is found by its id, else by key, else by the vendor's session id. A new row is
// active; the flag is not touched afterwards, so that a late write does not reopen a closed row.
func (c *CRM) SaveRow(ctx context.Context, r support.SessionRow) (string, error) {
	k := keyed{
		table: c.sessions(), key: "session_key", v: sessionValues(r), fresh: values{"active": "true"},
		find: func(ctx context.Context) (string, error) { return c.locateRow(ctx, r) },
	}
	if r.RowID != "" {
		err := c.overwrite(ctx, k, r.RowID, k.v)
		if !support.HasCode(err, support.CodeNotFound) {
			return r.RowID, err
		}
	}
	return c.upsert(ctx, k)
}

func (c *CRM) locateRow(ctx context.Context, r support.SessionRow) (string, error) {
	id, err := c.findByKey(ctx, c.sessions(), "session_key", r.Key)
	if err != nil || id != "" {
		return id, err
	}
	vendorID := sessionValues(r)["vendor_session_id"]
	if vendorID == "" {
		return "", nil
	}
	known, err := c.rowOf(ctx, r.Vendor, vendorID, "vendor")
	return known.get("sys_id"), err
}

// rowOf finds the newest row of a vendor session; the row is nil when there is none.
func (c *CRM) rowOf(ctx context.Context, vendor support.VendorKind, vendorID string, fields ...string) (row, error) {
	f := where("vendor", string(vendor)).and("vendor_session_id", "=", vendorID).newest()
	rows, err := c.matching(ctx, c.sessions(), f, "vendor_session_id", vendorID, fields...)
	for _, r := range rows {
		if r.get("vendor") == string(vendor) {
			return r, nil
		}
	}
	return nil, err
}

// CloseRow implements support.Rows: the last state and the end go in one write, which can be repeated.
func (c *CRM) CloseRow(ctx context.Context, rowID string, state support.State) error {
	v := values{"active": "false", "state": string(state)}
	echoed, err := c.update(ctx, c.sessions(), rowID, v, "active", "state")
	if err != nil {
		return err
	}
	return kept(c.sessions(), v, echoed, "active", "state")
}

// FindRow implements support.Rows.
func (c *CRM) FindRow(ctx context.Context, vendor support.VendorKind, vendorSessionID string) (support.RowInfo, error) {
	return found(c.rowOf(ctx, vendor, vendorSessionID, with(infoColumns, "chat")...))
}

// FindRowByToken implements support.Rows. Letter case matters in a token, though not to the database.
func (c *CRM) FindRowByToken(ctx context.Context, token support.Token) (support.RowInfo, error) {
	rows, err := c.matching(ctx, c.sessions(), where("token", string(token)).newest(), "token", string(token), with(infoColumns, "chat")...)
	for _, r := range rows {
		if r.get("token") == string(token) {
			return found(r, nil)
		}
	}
	return found(nil, err)
}

func found(r row, err error) (support.RowInfo, error) {
	if err != nil {
		return support.RowInfo{}, err
	}
	if r == nil {
		return support.RowInfo{}, support.Stopped(support.CodeNotFound, "no session row has this vendor session", nil)
	}
	return rowInfo(r), nil
}

// History implements support.Rows, without the chats.
func (c *CRM) History(ctx context.Context, ref support.RecordRef, limit int) ([]support.RowInfo, error) {
	if _, err := c.ticketAt(ref); err != nil {
		return nil, err
	}
	f := where("source_id", ref.ID).and("source_table", "=", ref.Type).newest()
	listed, err := c.list(ctx, c.sessions(), f, min(max(limit, 1), maxHistory), infoColumns...)
	if err != nil {
		return nil, err
	}
	var rows []support.RowInfo
	for _, r := range listed.rows {
		if r.get("source_id") == ref.ID && r.get("source_table") == ref.Type {
			info := rowInfo(r)
			info.Record.Connection = ref.Connection
			rows = append(rows, info)
		}
	}
	return rows, nil
}
