package servicenow

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Row is one record: column names to values, in the platform's own notation. All values are strings, times are UTC
// ("2026-11-22 01:18:05"), references are sys_ids, and an empty column is "".
type Row map[string]string

// timeLayout is how the platform writes a time, always UTC.
const timeLayout = time.DateTime

// newID makes a sys_id: 32 lower-case hexadecimal digits.
func newID() string {
	var raw [16]byte
	rand.Read(raw[:])
	return hex.EncodeToString(raw[:])
}

type table struct {
	tableSpec
	up      *table   // the table it extends
	columns []Column // with those of the parents and the system's
	counter int
	records []*record
}

// record is a stored row. Its table may be a child of the one it was asked for through.
type record struct {
	table *table
	seq   int64
	row   Row
}

func (t *table) column(name string) (Column, bool) {
	for _, c := range t.columns {
		if c.Name == name {
			return c, true
		}
	}
	return Column{}, false
}

// is tells whether the table is the named one or extends it.
func (t *table) is(name string) bool {
	for ; t != nil; t = t.up {
		if t.name == name {
			return true
		}
	}
	return false
}

// database holds the tables. Its methods are called with the Sim's lock held.
type database struct {
	tables map[string]*table
	byID   map[string]*record
	seq    int64
	csm    bool
	now    func() time.Time
	touch  func()
}

func newDatabase(now func() time.Time, touch func()) *database {
	return &database{tables: map[string]*table{}, byID: map[string]*record{}, now: now, touch: touch}
}

// define adds a table, or replaces its definition and drops its rows.
func (d *database) define(spec tableSpec) *table {
	t := &table{tableSpec: spec, columns: systemColumns(), counter: spec.first}
	if parent, ok := d.tables[spec.parent]; ok {
		t.up, t.columns = parent, slices.Clone(parent.columns)
	}
	for _, c := range spec.columns {
		t.columns = append(t.columns, complete(c))
	}
	d.tables[spec.name] = t
	return t
}

func complete(c Column) Column {
	if c.Type == "" {
		c.Type = String
	}
	if c.Length == 0 {
		c.Length = defaultLength
	}
	if c.Label == "" {
		c.Label = strings.ReplaceAll(c.Name, "_", " ")
	}
	return c
}

// table finds an installed table; those of CSM exist only while it is on.
func (d *database) table(name string) (*table, bool) {
	t, ok := d.tables[name]
	if !ok || t.csm && !d.csm {
		return nil, false
	}
	return t, true
}

// find returns the record with the sys_id, if it belongs to the table or one that extends it.
func (d *database) find(tableName, id string) (*record, bool) {
	rec, ok := d.byID[id]
	if !ok || !rec.table.is(tableName) || rec.table.csm && !d.csm {
		return nil, false
	}
	return rec, true
}

// scan lists the records of the table and of those that extend it, oldest first.
func (d *database) scan(t *table) []*record {
	var all []*record
	for _, other := range d.tables {
		if other.is(t.name) && (d.csm || !other.csm) {
			all = append(all, other.records...)
		}
	}
	slices.SortFunc(all, func(a, b *record) int { return int(a.seq - b.seq) })
	return all
}

// where lists the records of a table whose columns have exactly these values.
func (d *database) where(tableName string, match Row) []*record {
	t, ok := d.table(tableName)
	if !ok {
		return nil
	}
	return slices.DeleteFunc(d.scan(t), func(rec *record) bool {
		for name, value := range match {
			if rec.row[name] != value {
				return true
			}
		}
		return false
	})
}

// add stores a finished row under a new sys_id and fills the system's columns.
func (d *database) add(t *table, row Row, by string) *record {
	now := d.now().Format(timeLayout)
	row = maps.Clone(row)
	row["sys_id"], row["sys_mod_count"] = newID(), "0"
	row["sys_created_on"], row["sys_created_by"] = now, by
	row["sys_updated_on"], row["sys_updated_by"] = now, by
	if _, ok := t.column("sys_class_name"); ok && row["sys_class_name"] == "" {
		row["sys_class_name"] = t.name
	}
	if t.number != "" && row["number"] == "" {
		row["number"] = fmt.Sprintf("%s%07d", t.number, t.counter)
		t.counter++
	}
	d.seq++
	rec := &record{table: t, seq: d.seq, row: row}
	t.records = append(t.records, rec)
	d.byID[row["sys_id"]] = rec
	d.touch()
	return rec
}

// change replaces a record's row and counts the modification.
func (d *database) change(rec *record, row Row, by string) {
	row = maps.Clone(row)
	count, _ := strconv.Atoi(rec.row["sys_mod_count"])
	row["sys_mod_count"] = strconv.Itoa(count + 1)
	row["sys_updated_on"], row["sys_updated_by"] = d.now().Format(timeLayout), by
	rec.row = row
	d.touch()
}

func (d *database) remove(rec *record) {
	rec.table.records = slices.DeleteFunc(rec.table.records, func(other *record) bool { return other == rec })
	delete(d.byID, rec.row["sys_id"])
	d.touch()
}

// collides tells whether a unique column of the row has a value that another record has.
func (d *database) collides(t *table, row Row) bool {
	for _, c := range t.columns {
		if !c.Unique || row[c.Name] == "" {
			continue
		}
		for _, other := range t.records {
			if other.row["sys_id"] != row["sys_id"] && strings.EqualFold(other.row[c.Name], row[c.Name]) {
				return true
			}
		}
	}
	return false
}
