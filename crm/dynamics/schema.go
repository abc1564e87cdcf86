package dynamics

import "slices"

// ColumnType is what a column holds.
type ColumnType string

// The types of Lifeline's columns.
const (
	Text   ColumnType = "text"   // one line, Length characters
	Memo   ColumnType = "memo"   // several lines, Length characters
	Link   ColumnType = "url"    // Length characters
	Time   ColumnType = "time"   // date and time, kept in UTC, shown in the reader's zone
	Number ColumnType = "number" // whole number
	YesNo  ColumnType = "yes/no"
	Choice ColumnType = "choice" // Options
	Lookup ColumnType = "lookup" // Target
)

// Column is one column of Lifeline's tables. Names are without the publisher's prefix; schema names are all lower
// case, so that column, navigation property and bind key are one string (dynamics.md 2.2).
type Column struct {
	Name    string
	Label   string
	Type    ColumnType
	Length  int
	Target  string // table a lookup points to
	Options []Option
	Meaning string
}

// Option is a value of a choice: Value is added to the option prefix.
type Option struct {
	Value int
	Label string
}

// Status is a status reason of the session row. Own ones are added to the option prefix, the platform's two are not.
type Status struct {
	Value    int
	Own      bool
	Inactive bool
	Label    string
}

// state is the row's state that the reason belongs to.
func (s Status) state() int {
	if s.Inactive {
		return 1
	}
	return 0
}

// Table is one of Lifeline's tables. Its first column is the primary one.
type Table struct {
	Name     string
	Label    string
	Plural   string
	Meaning  string
	Columns  []Column
	Key      string // column of the alternate key
	Statuses []Status
}

// Column finds a column by name.
func (t Table) Column(name string) (Column, bool) {
	at := slices.IndexFunc(t.Columns, func(c Column) bool { return c.Name == name })
	if at < 0 {
		return Column{}, false
	}
	return t.Columns[at], true
}

// names puts the publisher's prefix before names and the option prefix before choice values.
type names struct {
	prefix  string
	options int
}

func (n names) of(name string) string       { return n.prefix + "_" + name }
func (n names) set(table Table) string      { return n.of(table.Name) + "s" }
func (n names) id(table Table) string       { return n.of(table.Name) + "id" }
func (n names) lookup(column string) string { return "_" + n.of(column) + "_value" }
func (n names) bind(column string) string   { return n.of(column) + bindSuffix }

func (n names) all(columns ...string) []string {
	full := make([]string, 0, len(columns))
	for _, column := range columns {
		full = append(full, n.of(column))
	}
	return full
}

func (n names) status(s Status) int {
	if s.Own {
		return n.options + s.Value
	}
	return s.Value
}

const bindSuffix = "@odata.bind"
