package dataverse

import (
	"slices"
	"strconv"
	"strings"
)

// row is one row. Values are string, int64, float64, bool, time.Time or ref; null columns are absent.
type row struct {
	id      string
	version int64
	values  map[string]any
}

// ref is the value of a lookup.
type ref struct{ table, id string }

func (r *row) etag() string { return `W/"` + strconv.FormatInt(r.version, 10) + `"` }

func (r *row) text(column string) string {
	value, _ := r.values[column].(string)
	return value
}

func (r *row) int(column string) int64 {
	value, _ := r.values[column].(int64)
	return value
}

func (r *row) flag(column string) bool {
	value, _ := r.values[column].(bool)
	return value
}

func (r *row) ref(column string) ref {
	value, _ := r.values[column].(ref)
	return value
}

// event is something webhooks can be registered for: the creation of a row, with the columns it was given.
type event struct {
	table  *table
	row    *row
	given  map[string]any
	caller principal
}

func (s *Sim) insert(x *tx, t *table, r *row) {
	name := t.logicalName
	s.rows[name] = append(s.rows[name], r)
	s.bump(r)
	x.undo = append(x.undo, func() { s.rows[name] = slices.DeleteFunc(s.rows[name], func(other *row) bool { return other == r }) })
}

// set writes columns of a row; nil empties one.
func (s *Sim) set(x *tx, r *row, values map[string]any) {
	before, version := r.values, r.version
	x.undo = append(x.undo, func() { r.values, r.version = before, version })
	after := make(map[string]any, len(before)+len(values))
	for name, value := range before {
		after[name] = value
	}
	for name, value := range values {
		if value == nil {
			delete(after, name)
			continue
		}
		after[name] = value
	}
	r.values = after
	s.bump(r)
}

func (s *Sim) remove(x *tx, t *table, r *row) {
	name := t.logicalName
	before := slices.Clone(s.rows[name])
	s.rows[name] = slices.DeleteFunc(slices.Clone(before), func(other *row) bool { return other == r })
	x.undo = append(x.undo, func() { s.rows[name] = before })
}

func (s *Sim) bump(r *row) {
	s.version++
	r.version = s.version
}

func (s *Sim) find(table, id string) *row {
	for _, r := range s.rows[table] {
		if r.id == id {
			return r
		}
	}
	return nil
}

// match lists the rows in which all given columns have the given values, as the key index compares them.
func (s *Sim) match(t *table, values map[string]any) []*row {
	var found []*row
	for _, r := range s.rows[t.logicalName] {
		same := true
		for name, value := range values {
			same = same && equalValues(r.values[name], value)
		}
		if same {
			found = append(found, r)
		}
	}
	return found
}

// equalValues compares like the database's collation: texts without case.
func equalValues(a, b any) bool {
	left, isText := a.(string)
	right, alsoText := b.(string)
	if isText && alsoText {
		return strings.EqualFold(left, right)
	}
	return a == b
}

// checkKeys refuses a row whose alternate key another row has. A key whose index is not built guards nothing.
func (s *Sim) checkKeys(t *table, r *row) error {
	for _, k := range t.keys {
		if k.status != KeyActive {
			continue
		}
		values, complete := keyValues(k, r)
		if !complete {
			continue
		}
		for _, other := range s.match(t, values) {
			if other != r {
				return fail(412, codeDuplicateKey, "Entity Key %s violated. A record with the same value for %s already exists. A duplicate record cannot be created. Select one or more unique values and try again.",
					k.schemaName, strings.Join(k.columns, ", "))
			}
		}
	}
	return nil
}

// keyValues gives the row's values of the key; a row with an empty column is not in the index.
func keyValues(k *key, r *row) (map[string]any, bool) {
	values := map[string]any{}
	for _, name := range k.columns {
		value, ok := r.values[name]
		if !ok {
			return nil, false
		}
		values[name] = value
	}
	return values, true
}

// hasDuplicates tells whether building the key's index would fail.
func (s *Sim) hasDuplicates(t *table, k *key) bool {
	return slices.ContainsFunc(s.rows[t.logicalName], func(r *row) bool {
		values, complete := keyValues(k, r)
		return complete && len(s.match(t, values)) > 1
	})
}
