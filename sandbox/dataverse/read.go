package dataverse

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// member restricts a list to the rows behind a collection-valued navigation property.
type member struct {
	relation relation
	of       *row
}

// mostCounted caps @odata.count (reference 2.5).
const mostCounted = 5000

func (c *call) list(t *table, of *member) (*answer, error) {
	q, err := parseQuery(c.query, false)
	if err != nil {
		return nil, err
	}
	rows, err := c.search(t, q, of)
	if err != nil {
		return nil, err
	}
	body := object{"@odata.context": contextURL(c.base, t.set, q, "")}
	if q.count {
		body["@odata.count"] = min(len(rows), mostCounted)
	}
	page, next := c.page(rows, q)
	if next != "" {
		body["@odata.nextLink"] = next
	}
	values := make([]object, 0, len(page))
	for _, r := range page {
		value := c.render(t, r, q.selects, c.annotations())
		if err := c.expand(t, r, q, value); err != nil {
			return nil, err
		}
		values = append(values, value)
	}
	body["value"] = values
	return c.applied(reply(http.StatusOK, body)), nil
}

// search gives the matching rows the caller may read, in order.
func (c *call) search(t *table, q query, of *member) ([]*row, error) {
	if err := c.may(c.who, "Read", t, nil); err != nil {
		return nil, err
	}
	if err := c.checkQuery(t, q); err != nil {
		return nil, err
	}
	subject := rowSubject{c.Sim, t}
	var rows []*row
	for _, r := range c.rows[t.logicalName] {
		visible := c.may(c.who, "Read", t, r) == nil
		belongs := of == nil || r.ref(of.relation.column).id == of.of.id
		if visible && belongs && (q.filter == nil || holds(q.filter, subject.value(r))) {
			rows = append(rows, r)
		}
	}
	subject.sortRows(rows, q.order)
	return rows, nil
}

// page cuts the rows: $top ends the list, else the preferred page size leaves a link to the next page.
func (c *call) page(rows []*row, q query) ([]*row, string) {
	rows = rows[min(q.start, len(rows)):]
	if q.top >= 0 {
		return rows[:min(q.top, len(rows))], ""
	}
	size := c.pageSize()
	if len(rows) <= size {
		return rows, ""
	}
	next := url.Values{}
	for name, values := range c.query {
		next[name] = values
	}
	next.Set(skipToken, writeSkipToken(q.start/size+2, q.start+size))
	return rows[:size], c.base + (&url.URL{Path: c.at}).EscapedPath() + "?" + encodeQuery(next)
}

// encodeQuery keeps the dollar signs of option names readable, as the service does.
func encodeQuery(values url.Values) string {
	return strings.ReplaceAll(values.Encode(), "%24", "$")
}

// checkQuery refuses names the table does not have and filters whose operands don't fit.
func (c *call) checkQuery(t *table, q query) error {
	for _, name := range q.selects {
		if t.readColumn(name) == nil {
			return noProperty(name, t.logicalName)
		}
	}
	subject := rowSubject{c.Sim, t}
	for _, o := range q.order {
		if _, err := subject.kindOf(o.by); err != nil {
			return err
		}
	}
	if q.filter != nil {
		if err := wantKind(q.filter, subject, kindBool); err != nil {
			return err
		}
	}
	for _, e := range q.expands {
		if err := c.checkExpansion(t, e); err != nil {
			return err
		}
	}
	return nil
}

func (c *call) checkExpansion(t *table, e expansion) error {
	if rel, ok := c.collection(t, e.nav); ok {
		return c.checkQuery(c.tables[rel.table], e.query)
	}
	column, targets := t.nav(e.nav)
	if column == nil {
		return noProperty(e.nav, t.logicalName)
	}
	return c.checkQuery(c.tables[targets[0]], e.query)
}

// expand adds the rows behind the asked-for navigation properties. What the caller may not read refuses the request.
func (c *call) expand(t *table, r *row, q query, body object) error {
	for _, e := range q.expands {
		value, err := c.expansionOf(t, r, e)
		if err != nil {
			return err
		}
		body[e.nav] = value
	}
	return nil
}

func (c *call) expansionOf(t *table, r *row, e expansion) (any, error) {
	if rel, ok := c.collection(t, e.nav); ok {
		return c.expandCollection(rel, r, e)
	}
	column, targets := t.nav(e.nav)
	link, ok := r.values[column.name].(ref)
	if !ok || !slices.Contains(targets, link.table) {
		return nil, nil
	}
	target, linked := c.tables[link.table], c.find(link.table, link.id)
	if linked == nil {
		return nil, nil
	}
	if err := c.may(c.who, "Read", target, linked); err != nil {
		return nil, err
	}
	return c.render(target, linked, e.selects, c.annotations()), nil
}

func (c *call) expandCollection(rel relation, r *row, e expansion) (any, error) {
	many := c.tables[rel.table]
	rows, err := c.search(many, e.query, &member{rel, r})
	if err != nil {
		return nil, err
	}
	if e.top >= 0 {
		rows = rows[:min(e.top, len(rows))]
	}
	values := make([]object, 0, len(rows))
	for _, one := range rows {
		values = append(values, c.render(many, one, e.selects, c.annotations()))
	}
	return values, nil
}

// countOf answers set/$count as plain text.
func (c *call) countOf(t *table) (*answer, error) {
	q, err := parseQuery(c.query, false)
	if err != nil {
		return nil, err
	}
	rows, err := c.search(t, q, nil)
	if err != nil {
		return nil, err
	}
	return reply(http.StatusOK, strconv.Itoa(min(len(rows), mostCounted))).with("Content-Type", "text/plain"), nil
}
