package dynamics

import (
	"context"
	"maps"
	"net/http"
	"net/url"

	"example.com/lifeline/outbound"
	"example.com/lifeline/support"
)

// saveRounds bounds the look-and-write rounds of a row that several writers make at the same time.
const saveRounds = 3

// savedRow is what a write answers of the row.
type savedRow struct {
	id     string
	state  int
	status int
}

// SaveRow implements support.CRM. The order is: the row by RowID; the row that carries the key or the vendor's
// session id; a new row by the key. Then comes what depends on the row as it now is: its status reason, and a chat
// that is too long for its column.
func (c *CRM) SaveRow(ctx context.Context, row support.SessionRow) (string, error) {
	if err := checkKey(row.Key); err != nil {
		return "", err
	}
	body, err := c.rowPayload(row)
	if err != nil {
		return "", err
	}
	writer := rowWriter{c: c, row: row, body: body}
	saved, err := writer.save(ctx)
	if err != nil {
		return "", err
	}
	if err := writer.settle(ctx, saved); err != nil {
		return "", err
	}
	if chat := row.Outcome.Chat; cut(chat, chatLength) != chat {
		return saved.id, c.saveChatFile(ctx, saved.id, chat)
	}
	return saved.id, nil
}

var chatLength = func() int { column, _ := Sessions.Column(colChat); return column.Length }()

// rowWriter writes one session row.
type rowWriter struct {
	c    *CRM
	row  support.SessionRow
	body payload
}

func (w rowWriter) save(ctx context.Context) (savedRow, error) {
	if w.row.RowID != "" {
		id, err := guid(w.row.RowID)
		if err != nil {
			return savedRow{}, err
		}
		saved, err := w.update(ctx, id, true)
		if !support.HasCode(err, support.CodeNotFound) {
			return saved, err
		}
	}
	return w.saveByKey(ctx)
}

// saveByKey looks and writes until nobody came in between.
func (w rowWriter) saveByKey(ctx context.Context) (savedRow, error) {
	for range saveRounds {
		id, hasKey, err := w.find(ctx)
		if err != nil {
			return savedRow{}, err
		}
		if id != "" {
			return w.update(ctx, id, !hasKey)
		}
		saved, err := w.upsert(ctx)
		if isKeyUnusable(err) {
			saved, err = w.insert(ctx)
		}
		if !isDuplicate(err) {
			return saved, err
		}
	}
	return savedRow{}, support.Retryable(support.CodeConflict, "the session row is being written by somebody else", 0, nil)
}

// find looks for the row by key, then by the vendor's session id, in one query.
func (w rowWriter) find(ctx context.Context) (id string, hasKey bool, err error) {
	n := w.c.names
	filter := n.of(colKey) + " eq " + literal(w.row.Key)
	if session := vendorSession(w.row); session != "" {
		filter += " or (" + n.of(colVendorID) + " eq " + literal(session) + " and " + w.c.vendorFilter(w.row.Vendor) + ")"
	}
	query := where(selecting([]string{n.id(Sessions), n.of(colKey)}), filter, "createdon asc", 5)
	rows, err := list[entity](ctx, w.c, n.set(Sessions), query, 5)
	if err != nil || len(rows) == 0 {
		return "", false, err
	}
	for _, found := range rows {
		if found.text(n.of(colKey)) == w.row.Key {
			return found.text(n.id(Sessions)), true, nil
		}
	}
	return rows[0].text(n.id(Sessions)), rows[0].text(n.of(colKey)) != "", nil
}

// update writes to an existing row, whose status reason settle looks after. A key that another row carries is left
// out: the rest of what is known must not be lost over it.
func (w rowWriter) update(ctx context.Context, id string, withKey bool) (savedRow, error) {
	path := row(w.c.names.set(Sessions), id)
	if !withKey {
		return w.write(ctx, http.MethodPatch, path, mustExist, nil)
	}
	saved, err := w.write(ctx, http.MethodPatch, path, mustExist, map[string]any{w.c.names.of(colKey): w.row.Key})
	if codeOf(err) == codeDuplicateKey {
		return w.write(ctx, http.MethodPatch, path, mustExist, nil)
	}
	return saved, err
}

// upsert creates or updates by the alternate key; the key's column stays out of the body (dynamics.md 2.4).
func (w rowWriter) upsert(ctx context.Context) (savedRow, error) {
	return w.write(ctx, http.MethodPatch, w.c.byKey(Sessions, w.row.Key), nil, w.firstStatus())
}

// insert creates without the alternate key, while its index is not active. The id is derived from the key, so that
// even then there is one row (dynamics.md 5, degraded mode).
func (w rowWriter) insert(ctx context.Context) (savedRow, error) {
	extra := w.firstStatus()
	extra[w.c.names.of(colKey)] = w.row.Key
	extra[w.c.names.id(Sessions)] = derivedID("session", w.row.Key)
	return w.write(ctx, http.MethodPost, w.c.names.set(Sessions), nil, extra)
}

// firstStatus is the status reason a row is created with.
func (w rowWriter) firstStatus() map[string]any {
	if status, known := activeStatus(w.row); known {
		return map[string]any{"statuscode": w.c.names.status(status)}
	}
	return map[string]any{}
}

// write sends the body with the columns that belong to this way of writing, and reads back id and status.
func (w rowWriter) write(ctx context.Context, method, path string, header http.Header, extra map[string]any) (savedRow, error) {
	body := maps.Clone(w.body.fields)
	maps.Copy(body, extra)
	answer, err := w.c.do(ctx, call{
		method: method, path: path, body: body, as: w.row.Agent.ID,
		header: joined(header, representation),
		query:  url.Values{"$select": {w.c.names.id(Sessions) + ",statecode,statuscode"}},
		accept: []int{http.StatusOK, http.StatusCreated},
	})
	if err != nil {
		return savedRow{}, err
	}
	return w.c.readSaved(answer)
}

func (c *CRM) readSaved(answer outbound.Answer) (savedRow, error) {
	found, err := decode[entity](answer)
	if err != nil {
		return savedRow{}, err
	}
	id, err := guid(found.text(c.names.id(Sessions)))
	if err != nil {
		return savedRow{}, unreadable(err)
	}
	return savedRow{id: id, state: found.number("statecode"), status: found.number("statuscode")}, nil
}

// settle gives an open row its status reason. That is a write of its own, made only where it changes something and
// the row is known to be open: a status reason alone may move the state, and a late post must not open a closed row
// again.
func (w rowWriter) settle(ctx context.Context, saved savedRow) error {
	status, known := activeStatus(w.row)
	wanted := w.c.names.status(status)
	if !known || saved.state != 0 || saved.status == wanted {
		return nil
	}
	err := w.c.patch(ctx, row(w.c.names.set(Sessions), saved.id), map[string]any{"statuscode": wanted})
	if codeOf(err) == codeWrongStatePair {
		return nil // somebody closed the row in between
	}
	return err
}

// CloseRow implements support.CRM. All data is written before, because customers hang their own automation on this
// change (dynamics.md 2.7).
func (c *CRM) CloseRow(ctx context.Context, rowID string, state support.State) error {
	id, err := guid(rowID)
	if err != nil {
		return err
	}
	path := row(c.names.set(Sessions), id)
	found, err := c.stateOf(ctx, path)
	if err != nil || *found.State != 0 {
		return err
	}
	return c.patch(ctx, path, map[string]any{"statecode": 1, "statuscode": c.names.status(closedStatus(state))})
}
