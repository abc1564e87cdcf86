package dataverse

import (
	"slices"
	"strings"

	"github.com/google/uuid"
)

// columnType is the AttributeType of the metadata (reference 5).
type columnType string

const (
	typeKey      columnType = "Uniqueidentifier"
	typeString   columnType = "String"
	typeMemo     columnType = "Memo"
	typeInteger  columnType = "Integer"
	typeDecimal  columnType = "Decimal"
	typeBoolean  columnType = "Boolean"
	typeDateTime columnType = "DateTime"
	typeChoice   columnType = "Picklist"
	typeState    columnType = "State"
	typeStatus   columnType = "Status"
	typeLookup   columnType = "Lookup"
	typeOwner    columnType = "Owner"
	typeEntity   columnType = "EntityName" // a table's logical name, kept as a string
)

type column struct {
	name       string
	schemaName string
	kind       columnType
	max        int      // characters, for texts
	options    []Option // for choices
	navs       []nav    // for lookups: one navigation property per target
	readOnly   bool     // set by the platform; ignored in payloads
	hidden     bool     // write-only
	metadataID string
}

// nav is a single-valued navigation property. Its name is case-sensitive (reference 2.2).
type nav struct {
	name   string
	target string // logical name of the table
}

func (c *column) isLookup() bool { return c.kind == typeLookup || c.kind == typeOwner }

// property is the name under which the column is read: _x_value for lookups.
func (c *column) property() string {
	if c.isLookup() {
		return "_" + c.name + "_value"
	}
	return c.name
}

// key is an alternate key. Rows can be addressed by it only while it is Active (reference 2.4).
type key struct {
	logicalName string
	schemaName  string
	columns     []string
	status      string
	metadataID  string
	job         string // asyncoperation that builds the index
}

// The states of an alternate key's index (reference 5).
const (
	KeyPending    = "Pending"
	KeyInProgress = "InProgress"
	KeyActive     = "Active"
	KeyFailed     = "Failed"
)

// relation is a one-to-many relationship, seen from the "one": a collection-valued navigation property.
type relation struct {
	schemaName string // of the relationship, and its collection's navigation property
	referenced string // table on the "one" side
	table      string // table on the "many" side
	column     string // lookup on the "many" side
}

type table struct {
	logicalName string
	schemaName  string
	set         string
	id          string // primary id column
	primaryName string // primary name column
	privilege   string // noun in privilege names: prvRead<privilege>; empty: anybody may
	owned       bool   // by user or team; else by the organisation
	custom      bool
	notes       bool // notes can be written on it
	columns     []*column
	keys        []*key
	statuses    []Status
	metadataID  string
}

func (t *table) column(name string) *column {
	for _, c := range t.columns {
		if c.name == name {
			return c
		}
	}
	return nil
}

// readColumn finds a column by the name it has in answers and queries.
func (t *table) readColumn(property string) *column {
	for _, c := range t.columns {
		if c.property() == property && !c.hidden {
			return c
		}
	}
	return nil
}

// navs finds the lookups behind a navigation property, one per possible target.
func (t *table) nav(name string) (*column, []string) {
	for _, c := range t.columns {
		var targets []string
		for _, n := range c.navs {
			if n.name == name {
				targets = append(targets, n.target)
			}
		}
		if len(targets) > 0 {
			return c, targets
		}
	}
	return nil, nil
}

func (t *table) key(logicalName string) *key {
	for _, k := range t.keys {
		if k.logicalName == logicalName || k.metadataID == logicalName {
			return k
		}
	}
	return nil
}

// keyOf finds the alternate key over exactly these columns.
func (t *table) keyOf(columns []string) *key {
	for _, k := range t.keys {
		if len(k.columns) == len(columns) && !slices.ContainsFunc(k.columns, func(c string) bool { return !slices.Contains(columns, c) }) {
			return k
		}
	}
	return nil
}

// statusesOf lists the status reasons of a state, the default first.
func (t *table) statusesOf(state int) []Status {
	var list []Status
	for _, s := range t.statuses {
		if s.State == state {
			list = append(list, s)
		}
	}
	return list
}

func (t *table) status(value int) (Status, bool) {
	i := slices.IndexFunc(t.statuses, func(s Status) bool { return s.Value == value })
	if i < 0 {
		return Status{}, false
	}
	return t.statuses[i], true
}

// The constructors below make the schema files read like the column lists of reference 2.6 and 6.

func col(name string, kind columnType) *column {
	return &column{name: name, schemaName: name, kind: kind, metadataID: uuid.NewString()}
}

func text(name string, max int) *column {
	c := col(name, typeString)
	c.max = max
	return c
}

func memo(name string, max int) *column {
	c := col(name, typeMemo)
	c.max = max
	return c
}

func choice(name string, options ...Option) *column {
	c := col(name, typeChoice)
	c.options = options
	return c
}

// lookup has one navigation property, named like the column's schema name, for all its targets.
func lookup(name string, targets ...string) *column {
	c := col(name, typeLookup)
	for _, target := range targets {
		c.navs = append(c.navs, nav{name, target})
	}
	return c
}

// poly has one navigation property per target, <name>_<target>, with a suffix on activities (reference 2.2).
func poly(name, suffix string, targets ...string) *column {
	c := col(name, typeLookup)
	for _, target := range targets {
		c.navs = append(c.navs, nav{name + "_" + target + suffix, target})
	}
	return c
}

func integers(names ...string) []*column { return many(typeInteger, names) }
func booleans(names ...string) []*column { return many(typeBoolean, names) }
func moments(names ...string) []*column  { return many(typeDateTime, names) }

func many(kind columnType, names []string) []*column {
	list := make([]*column, 0, len(names))
	for _, name := range names {
		list = append(list, col(name, kind))
	}
	return list
}

func readOnly(columns ...*column) []*column {
	for _, c := range columns {
		c.readOnly = true
	}
	return columns
}

// newTable completes a table with the columns the platform gives to every table.
func newTable(t table, own ...[]*column) *table {
	setDefault(&t.schemaName, t.logicalName)
	setDefault(&t.set, t.logicalName+"s")
	setDefault(&t.id, t.logicalName+"id")
	setDefault(&t.metadataID, uuid.NewString())
	t.columns = append(t.columns, col(t.id, typeKey))
	for _, columns := range own {
		t.columns = append(t.columns, columns...)
	}
	t.columns = append(t.columns, readOnly(moments("createdon", "modifiedon")...)...)
	t.columns = append(t.columns, readOnly(
		lookup("createdby", "systemuser"), lookup("modifiedby", "systemuser"),
		lookup("createdonbehalfby", "systemuser"), lookup("modifiedonbehalfby", "systemuser"))...)
	if t.owned {
		owner := lookup("ownerid", "systemuser", "team")
		owner.kind = typeOwner
		if t.id == "activityid" {
			owner.navs = append(owner.navs, nav{"ownerid_" + t.logicalName, "systemuser"}, nav{"ownerid_" + t.logicalName, "team"})
		}
		t.columns = append(t.columns, owner)
	}
	if len(t.statuses) > 0 {
		t.columns = append(t.columns, col("statecode", typeState), col("statuscode", typeStatus))
	}
	return &t
}

func pluralOf(logicalName string) string {
	switch {
	case strings.HasSuffix(logicalName, "y"):
		return strings.TrimSuffix(logicalName, "y") + "ies"
	case strings.HasSuffix(logicalName, "s"), strings.HasSuffix(logicalName, "x"), strings.HasSuffix(logicalName, "ch"):
		return logicalName + "es"
	}
	return logicalName + "s"
}
