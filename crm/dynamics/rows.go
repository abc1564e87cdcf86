package dynamics

import (
	"context"
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
	if status, known := activeStatus(row); known && !row.State.Over() {
		body.fields["statuscode"] = c.names.status(status)
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

// update writes to an existing row. Two refusals are answered by leaving the column out: a status reason that does
// not fit because the row is closed already (a late post), and a key that another row carries.
func (w rowWriter) update(ctx context.Context, id string, withKey bool) (savedRow, error) {
	delete(w.body.fields, w.c.names.of(colKey))
	if withKey {
		w.body.text(colKey, w.row.Key)
	}
	for {
		saved, err := w.write(ctx, http.MethodPatch, row(w.c.names.set(Sessions), id), mustExist)
		switch {
		case codeOf(err) == codeWrongStatePair && w.body.fields["statuscode"] != nil:
			delete(w.body.fields, "statuscode")
		case codeOf(err) == codeDuplicateKey && w.body.fields[w.c.names.of(colKey)] != nil:
			delete(w.body.fields, w.c.names.of(colKey))
		default:
			return saved, err
		}
	}
}

// upsert creates or updates by the alternate key; the key's column stays out of the body (dynamics.md 2.4).
func (w rowWriter) upsert(ctx context.Context) (savedRow, error) {
	delete(w.body.fields, w.c.names.of(colKey))
	return w.write(ctx, http.MethodPatch, w.c.byKey(Sessions, w.row.Key), nil)
}

// insert creates without the alternate key, while its index is not active. The id is derived from the key, so that
// even then there is one row (dynamics.md 5, degraded mode).
func (w rowWriter) insert(ctx context.Context) (savedRow, error) {
	w.body.text(colKey, w.row.Key)
	w.body.fields[w.c.names.id(Sessions)] = derivedID("session", w.row.Key)
	defer delete(w.body.fields, w.c.names.id(Sessions))
	return w.write(ctx, http.MethodPost, w.c.names.set(Sessions), nil)
}

func (w rowWriter) write(ctx context.Context, method, path string, header http.Header) (savedRow, error) {
	answer, err := w.c.do(ctx, call{
		method: method, path: path, body: w.body.fields, as: w.row.Agent.ID,
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

// settle gives an open row of a session that is over its status reason. That is a second write, made only where the
// row is known to be open: a row that was closed must not be opened again by a late post.
func (w rowWriter) settle(ctx context.Context, saved savedRow) error {
	status, known := activeStatus(w.row)
	wanted := w.c.names.status(status)
	if !known || !w.row.State.Over() || saved.state != 0 || saved.status == wanted {
		return nil
	}
	return w.c.patch(ctx, row(w.c.names.set(Sessions), saved.id), map[string]any{"statuscode": wanted})
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
