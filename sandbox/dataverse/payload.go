package dataverse

import (
	"encoding/json"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// payload is a decoded body: column values (nil empties), an own primary id, and rows to be created with it.
type payload struct {
	id       string
	values   map[string]any
	children []children
}

type children struct {
	relation relation
	bodies   []object
}

const bindSuffix = "@odata.bind"

// decode checks a body against the table. Names are case-sensitive, and lookups are only written by navigation property.
func (c *call) decode(t *table, body object) (payload, error) {
	p := payload{values: map[string]any{}}
	for name, value := range body {
		if err := c.decodeProperty(t, &p, name, value); err != nil {
			return p, err
		}
	}
	return p, nil
}

func (c *call) decodeProperty(t *table, p *payload, name string, value any) error {
	switch nav, isBind := strings.CutSuffix(name, bindSuffix); {
	case isBind:
		return c.decodeBind(t, p, nav, value)
	case strings.Contains(name, "@"):
		return nil // annotations
	case name == t.id:
		id, _ := value.(string)
		if !guidPattern.MatchString(id) {
			return badPayload(t.set, "Cannot convert the literal '%v' to the expected type 'Edm.Guid'.", value)
		}
		p.id = strings.ToLower(id)
		return nil
	}
	if column := t.column(name); column != nil && !column.isLookup() {
		return decodeColumn(t, p, column, value)
	}
	if column := t.readColumn(name); column != nil {
		return badPayload(t.set, "CRM do not support direct update of Entity Reference properties, Use Navigation properties instead. (%s)", name)
	}
	if rel, ok := c.collection(t, name); ok {
		return decodeChildren(t, p, rel, value)
	}
	return badPayload(t.set, "Invalid property '%s' was found in entity 'Microsoft.Dynamics.CRM.%s'.", name, t.logicalName)
}

func (s *Sim) collection(t *table, name string) (relation, bool) {
	i := slices.IndexFunc(s.rels, func(r relation) bool { return r.schemaName == name && r.referenced == t.logicalName })
	if i < 0 {
		return relation{}, false
	}
	return s.rels[i], true
}

func decodeChildren(t *table, p *payload, rel relation, value any) error {
	items, ok := value.([]any)
	if !ok {
		return badPayload(t.set, "'%s' must be an array.", rel.schemaName)
	}
	group := children{relation: rel}
	for _, item := range items {
		body, ok := item.(object)
		if !ok {
			return badPayload(t.set, "'%s' must hold objects.", rel.schemaName)
		}
		group.bodies = append(group.bodies, body)
	}
	p.children = append(p.children, group)
	return nil
}

func decodeColumn(t *table, p *payload, c *column, value any) error {
	if c.readOnly {
		return nil
	}
	if value == nil {
		p.values[c.name] = nil
		return nil
	}
	decoded, ok := convert(c, value)
	if !ok {
		return badPayload(t.set, "Cannot convert the literal '%v' of property '%s' to the expected type '%s'.", value, c.name, c.kind)
	}
	if err := checkRange(t, c, decoded); err != nil {
		return err
	}
	p.values[c.name] = decoded
	return nil
}

// convert brings a JSON value into the form rows keep.
func convert(c *column, value any) (any, bool) {
	switch c.kind {
	case typeString, typeMemo, typeEntity:
		text, ok := value.(string)
		return text, ok
	case typeBoolean:
		flag, ok := value.(bool)
		return flag, ok
	case typeDateTime:
		text, ok := value.(string)
		if !ok {
			return nil, false
		}
		at, err := parseTime(text)
		return at.Truncate(time.Second), err == nil
	case typeDecimal:
		return convertNumber(value)
	}
	float, ok := convertNumber(value)
	if !ok || float != math.Trunc(float) || math.Abs(float) > math.MaxInt32 {
		return nil, false
	}
	return int64(float), true
}

func convertNumber(value any) (float64, bool) {
	switch value := value.(type) {
	case json.Number:
		float, err := value.Float64()
		return float, err == nil
	case int:
		return float64(value), true
	case float64:
		return value, true
	}
	return 0, false
}

func checkRange(t *table, c *column, value any) error {
	switch value := value.(type) {
	case string:
		if length := utf16Length(value); c.max > 0 && length > c.max {
			return badRequest(codeTooLong, "A validation error occurred. The length of the '%s' attribute of the '%s' entity exceeded the maximum allowed length of '%d'.", c.name, t.logicalName, c.max)
		}
		if strings.ContainsFunc(value, notInXML) {
			return badRequest(codeCharacters, "The field '%s' contains one or more invalid characters.", c.name)
		}
	case int64:
		if c.kind == typeChoice && !slices.ContainsFunc(c.options, func(o Option) bool { return o.Value == int(value) }) {
			return badRequest(codeChoice, "A validation error occurred. The value %d of '%s' on record of type '%s' is outside the valid range.", value, c.name, t.logicalName)
		}
	}
	return nil
}

// utf16Length counts as the platform does: characters beyond the basic plane count twice.
func utf16Length(text string) int {
	length := utf8.RuneCountInString(text)
	for _, r := range text {
		if r > 0xFFFF {
			length++
		}
	}
	return length
}

// decodeBind reads "nav@odata.bind": "/set(key)"; null empties the lookup (reference 2.2, unverified).
func (c *call) decodeBind(t *table, p *payload, nav string, value any) error {
	column, targets := t.nav(nav)
	if column == nil {
		return badPayload(t.set, "An undeclared property '%s' which only has property annotations in the payload but no property value was found in the payload.", nav)
	}
	if column.readOnly {
		return nil
	}
	if value == nil {
		p.values[column.name] = nil
		return nil
	}
	address, ok := value.(string)
	if !ok {
		return badPayload(t.set, "'%s%s' must be a string.", nav, bindSuffix)
	}
	target, r, err := c.locate(address)
	if err != nil {
		return err
	}
	if !slices.Contains(targets, target.logicalName) {
		return badPayload(t.set, "A '%s' can't be bound to '%s'.", target.logicalName, nav)
	}
	p.values[column.name] = ref{target.logicalName, r.id}
	return c.mayBind(t, column, target, r)
}

// mayBind checks Append and AppendTo. Users can be named by everybody: roles don't list AppendTo on them.
func (c *call) mayBind(t *table, column *column, target *table, r *row) error {
	if column.kind == typeOwner || target.logicalName == "systemuser" || !t.owned {
		return nil
	}
	if err := c.may(c.who, "Append", t, nil); err != nil {
		return err
	}
	return c.may(c.who, "AppendTo", target, r)
}

// locate finds the row of an address in a body: "/set(guid)", "set(key='x')", an absolute one, or "$1" in a change set.
func (c *call) locate(address string) (*table, *row, error) {
	if known, ok := c.refs[address]; ok {
		address = known
	}
	if i := strings.Index(address, apiRoot); i >= 0 {
		address = address[i+len(apiRoot):]
		_, address, _ = strings.Cut(address, "/")
	}
	segments, err := parsePath(address)
	if err != nil {
		return nil, nil, err
	}
	t, ok := c.sets[segments[0].name]
	if !ok || len(segments) != 1 {
		return nil, nil, badRequest(codePayload, "Resource not found for the segment '%s' in '%s'.", segments[0].name, address)
	}
	target, err := c.target(t, segments[0])
	if err != nil {
		return nil, nil, err
	}
	if target.row == nil {
		return nil, nil, target.missing()
	}
	return t, target.row, nil
}

// target is what a path with a key names: a row, or the place where one could be.
type target struct {
	table *table
	row   *row
	id    string         // of a primary key
	key   *key           // of an alternate key
	keys  map[string]any // its values
}

func (t target) missing() error {
	if t.key != nil {
		return fail(http.StatusNotFound, codeKeyNotFound, "A record with the specified key values does not exist in %s entity", t.table.logicalName)
	}
	return noRow(t.table.logicalName, t.id)
}

// target resolves the key of a path segment.
func (s *Sim) target(t *table, at segment) (target, error) {
	if len(at.args) == 0 {
		return target{}, badRequest(codeProperty, "The number of keys specified in the URI does not match number of key properties for the resource 'Microsoft.Dynamics.CRM.%s'.", t.logicalName)
	}
	first := at.args[0]
	byID := first.name == "" || first.name == t.id && t.logicalName != "systemuser" // reference 2.6
	if len(at.args) == 1 && byID {
		if !guidPattern.MatchString(first.value) || first.quoted {
			return target{}, badRequest(codeProperty, "Error in query syntax: '%s' is not a GUID.", first.value)
		}
		id := strings.ToLower(first.value)
		return target{table: t, id: id, row: s.find(t.logicalName, id)}, nil
	}
	return s.alternate(t, at)
}

func (s *Sim) alternate(t *table, at segment) (target, error) {
	values, names := map[string]any{}, make([]string, 0, len(at.args))
	for _, arg := range at.args {
		column := t.readColumn(arg.name)
		if column == nil || strings.ContainsAny(arg.value, unaddressable) && arg.quoted {
			return target{}, invalidKey(t)
		}
		value, ok := keyLiteral(column, arg)
		if !ok {
			return target{}, invalidKey(t)
		}
		values[column.name] = value
		names = append(names, column.name)
	}
	k := t.keyOf(names)
	if k == nil || k.status != KeyActive {
		return target{}, invalidKey(t)
	}
	found := target{table: t, key: k, keys: values}
	if rows := s.match(t, values); len(rows) > 0 {
		found.row, found.id = rows[0], rows[0].id
	}
	return found, nil
}

// keyLiteral reads a key value of a path; texts are quoted, all else is not.
func keyLiteral(c *column, arg named) (any, bool) {
	if c.isLookup() {
		return ref{c.navs[0].target, strings.ToLower(arg.value)}, guidPattern.MatchString(arg.value)
	}
	if c.kind == typeString {
		return arg.value, arg.quoted
	}
	if c.kind == typeDateTime {
		return convert(c, arg.value)
	}
	return convert(c, json.Number(arg.value))
}

func invalidKey(t *table) error {
	return badRequest(codeKeyUndefined, "The key in the request URI is not valid for resource 'Microsoft.Dynamics.CRM.%s'. Ensure that the names and number of key properties match the declared or alternate key properties for the resource '%s'.", t.logicalName, t.logicalName)
}

// notInXML tells a character that no XML document may hold: those are refused in every text (Microsoft's article
// "Manage invalid characters").
func notInXML(r rune) bool {
	return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == '\ufffe' || r == '\uffff'
}
