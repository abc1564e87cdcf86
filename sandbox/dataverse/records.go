package dataverse

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// The rows of reference 2.3 and 2.4: what each method does to a collection, a row, or one of its properties.

func (c *call) onCollection(t *table) (*answer, error) {
	switch c.method {
	case http.MethodGet:
		return c.list(t, nil)
	case http.MethodPost:
		return c.post(t)
	}
	return nil, c.onlyMethod(http.MethodPost)
}

func (c *call) post(t *table) (*answer, error) {
	body, err := c.json()
	if err != nil {
		return nil, err
	}
	p, err := c.decode(t, body)
	if err != nil {
		return nil, err
	}
	r, err := c.create(t, p)
	if err != nil {
		return nil, err
	}
	return c.written(t, r, http.StatusCreated, t.set+"("+r.id+")")
}

// written answers a write: 204 with the address, or the row when the client prefers it.
func (c *call) written(t *table, r *row, status int, address string) (*answer, error) {
	if !c.wantsRepresentation() {
		return reply(http.StatusNoContent, nil).with("OData-EntityId", c.base+address), nil
	}
	q, err := parseQuery(c.query, false)
	if err != nil {
		return nil, err
	}
	body, err := c.entity(t, r, q)
	if err != nil {
		return nil, err
	}
	return c.applied(reply(status, body).with("OData-EntityId", c.base+address).with("ETag", r.etag())), nil
}

// entity renders one row with its expansions and context.
func (c *call) entity(t *table, r *row, q query) (object, error) {
	if err := c.checkQuery(t, q); err != nil {
		return nil, err
	}
	body := c.render(t, r, q.selects, c.annotations())
	if err := c.expand(t, r, q, body); err != nil {
		return nil, err
	}
	body["@odata.context"] = contextURL(c.base, t.set, q, "/$entity")
	return body, nil
}

func (c *call) onRow(t *table, at segment) (*answer, error) {
	place, err := c.target(t, at)
	if err != nil {
		return nil, err
	}
	switch c.method {
	case http.MethodGet:
		return c.get(place)
	case http.MethodPatch:
		return c.patch(place, keyAddress(t, at))
	case http.MethodDelete:
		return c.deleteAt(place)
	}
	return nil, c.onlyMethod(http.MethodGet)
}

// keyAddress is the address of a row in the form the request used (reference 0.1).
func keyAddress(t *table, at segment) string {
	parts := make([]string, 0, len(at.args))
	for _, arg := range at.args {
		value := arg.value
		if arg.quoted {
			value = "'" + url.PathEscape(strings.ReplaceAll(value, "'", "''")) + "'"
		}
		if arg.name != "" {
			value = arg.name + "=" + value
		}
		parts = append(parts, value)
	}
	return t.set + "(" + strings.Join(parts, ",") + ")"
}

func (c *call) get(at target) (*answer, error) {
	if at.row == nil {
		return nil, at.missing()
	}
	if err := c.may(c.who, "Read", at.table, at.row); err != nil {
		return nil, err
	}
	if tag := c.header.Get("If-None-Match"); tag == at.row.etag() && c.annotations() == nil {
		return reply(http.StatusNotModified, nil).with("ETag", tag), nil
	}
	q, err := parseQuery(c.query, false)
	if err != nil {
		return nil, err
	}
	body, err := c.entity(at.table, at.row, q)
	if err != nil {
		return nil, err
	}
	return c.applied(reply(http.StatusOK, body).with("ETag", at.row.etag())), nil
}

// patch updates a row, or creates it where it is missing and nothing forbids that.
func (c *call) patch(at target, address string) (*answer, error) {
	if err := c.preconditions(at); err != nil {
		return nil, err
	}
	body, err := c.json()
	if err != nil {
		return nil, err
	}
	return c.upsert(at, body, address)
}

func (c *call) upsert(at target, body object, address string) (*answer, error) {
	p, err := c.decode(at.table, body)
	if err != nil {
		return nil, err
	}
	if at.row != nil {
		for name := range at.keys { // of an existing row, the key's columns in the body are dropped (reference 2.4)
			delete(p.values, name)
		}
		if err := c.update(at.table, at.row, p); err != nil {
			return nil, err
		}
		return c.written(at.table, at.row, http.StatusOK, address)
	}
	r, err := c.createAt(at, p)
	if err != nil {
		return nil, err
	}
	return c.written(at.table, r, http.StatusCreated, address)
}

// createAt creates the row that a path names; the body's key values win over the path's (reference 2.4).
func (c *call) createAt(at target, p payload) (*row, error) {
	values := maps.Clone(at.keys)
	if values == nil {
		values = map[string]any{}
	}
	maps.Copy(values, p.values)
	p.values = values
	setDefault(&p.id, at.id)
	return c.create(at.table, p)
}

// preconditions applies If-Match and If-None-Match. Browsers' "If-None-Match: null" means nothing (reference 2.1).
func (c *call) preconditions(at target) error {
	match, noneMatch := c.header.Get("If-Match"), c.header.Get("If-None-Match")
	if match != "" && at.row == nil {
		return at.missing()
	}
	if noneMatch == "*" && at.row != nil {
		return fail(http.StatusPreconditionFailed, codeDuplicateRow, "A record with matching key values already exists.")
	}
	if match != "" && match != "*" && match != at.row.etag() {
		return fail(http.StatusPreconditionFailed, codeVersionMismatch, "The version of the existing record doesn't match the RowVersion property provided.")
	}
	return nil
}

func (c *call) deleteAt(at target) (*answer, error) {
	if at.row == nil {
		return nil, at.missing()
	}
	if err := c.preconditions(at); err != nil {
		return nil, err
	}
	if err := c.delete(at.table, at.row); err != nil {
		return nil, err
	}
	return reply(http.StatusNoContent, nil), nil
}

// onProperty serves set(key)/column, set(key)/lookup and set(key)/lookup/$ref.
func (c *call) onProperty(t *table, at segment, property string, isRef bool) (*answer, error) {
	place, err := c.target(t, at)
	if err != nil {
		return nil, err
	}
	if place.row == nil {
		return nil, place.missing()
	}
	if rel, ok := c.collection(t, property); ok && c.method == http.MethodGet && !isRef {
		return c.list(c.tables[rel.table], &member{rel, place.row})
	}
	if lookup, targets := t.nav(property); lookup != nil && (isRef || c.method == http.MethodGet) {
		return c.onLookup(place, link{property, lookup, targets}, isRef)
	}
	column := t.readColumn(property)
	if column == nil || isRef {
		return nil, noProperty(property, t.logicalName)
	}
	return c.onColumn(place, column)
}

func (c *call) onColumn(at target, column *column) (*answer, error) {
	var value any
	switch c.method {
	case http.MethodGet:
		return c.getColumn(at, column)
	case http.MethodPut:
		body, err := c.json()
		if err != nil {
			return nil, err
		}
		value = body["value"]
	case http.MethodDelete:
	default:
		return nil, c.onlyMethod(http.MethodPut)
	}
	if column.isLookup() {
		return nil, badPayload(at.table.set, "Use the navigation property to change '%s'.", column.property())
	}
	p, err := c.decode(at.table, object{column.name: value})
	if err != nil {
		return nil, err
	}
	return reply(http.StatusNoContent, nil), c.update(at.table, at.row, p)
}

func (c *call) getColumn(at target, column *column) (*answer, error) {
	if err := c.may(c.who, "Read", at.table, at.row); err != nil {
		return nil, err
	}
	value := wire(columnValue(at.row, column))
	if value == nil {
		return reply(http.StatusNoContent, nil), nil
	}
	context := c.base + "$metadata#" + at.table.set + "(" + at.row.id + ")/" + column.property()
	return reply(http.StatusOK, object{"@odata.context": context, "value": value}), nil
}

// link is a navigation property as a path names it: of a polymorphic lookup, one of several.
type link struct {
	property string
	column   *column
	targets  []string
}

func (c *call) onLookup(at target, by link, isRef bool) (*answer, error) {
	switch c.method {
	case http.MethodGet:
		return c.follow(at, by, isRef)
	case http.MethodDelete:
		return reply(http.StatusNoContent, nil), c.update(at.table, at.row, payload{values: map[string]any{by.column.name: nil}})
	case http.MethodPut:
		return c.associate(at, by)
	}
	return nil, c.onlyMethod(http.MethodPut)
}

func (c *call) associate(at target, by link) (*answer, error) {
	body, err := c.json()
	if err != nil {
		return nil, err
	}
	p, err := c.decode(at.table, object{by.property + bindSuffix: body["@odata.id"]})
	if err != nil {
		return nil, err
	}
	return reply(http.StatusNoContent, nil), c.update(at.table, at.row, p)
}

// follow answers the row a lookup points to, or its address.
func (c *call) follow(at target, by link, isRef bool) (*answer, error) {
	if err := c.may(c.who, "Read", at.table, at.row); err != nil {
		return nil, err
	}
	value, ok := at.row.values[by.column.name].(ref)
	if !ok || !slices.Contains(by.targets, value.table) {
		return reply(http.StatusNoContent, nil), nil
	}
	t := c.tables[value.table]
	if isRef {
		return reply(http.StatusOK, object{"@odata.context": c.base + "$metadata#$ref", "@odata.id": c.base + t.set + "(" + value.id + ")"}), nil
	}
	return c.get(target{table: t, id: value.id, row: c.find(value.table, value.id)})
}
