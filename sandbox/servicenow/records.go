package servicenow

import (
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"
)

// actor is the user on whose behalf something happens.
type actor struct{ id, name string }

// systemActor is the platform itself, for seeding and jobs.
var systemActor = actor{id: "system", name: "system"}

// write is one insert or update on its way into a table: what the rules look at and may change.
type write struct {
	table *table
	old   Row // nil on insert
	sent  Row // what the caller set, cleaned
	row   Row // the row as it will be
	notes []journalEntry
	by    actor
}

type journalEntry struct{ element, text string }

// create inserts a row: defaults, rules, unique indexes, journal. The lock is held.
func (s *Sim) create(t *table, input Row, by actor) (*record, error) {
	w := &write{table: t, by: by, row: Row{}}
	for _, c := range t.columns {
		w.row[c.Name] = c.Default
	}
	s.clean(w, input)
	maps.Copy(w.row, w.sent)
	if err := s.applyRules(w); err != nil {
		return nil, err
	}
	if s.db.collides(t, w.row) {
		return nil, s.collision("insert", w)
	}
	rec := s.db.add(t, w.row, by.name)
	s.writeJournal(rec, w.notes, by)
	return rec, nil
}

// modify updates a record. Writing what is there already changes nothing, not even sys_mod_count. The lock is held.
func (s *Sim) modify(rec *record, input Row, by actor) error {
	w := &write{table: rec.table, old: rec.row, by: by, row: maps.Clone(rec.row)}
	s.clean(w, input)
	maps.Copy(w.row, w.sent)
	if err := s.applyRules(w); err != nil {
		return err
	}
	if s.db.collides(rec.table, w.row) {
		return s.collision("update", w)
	}
	if maps.Equal(w.row, rec.row) && len(w.notes) == 0 {
		return nil
	}
	s.db.change(rec, w.row, by.name)
	s.writeJournal(rec, w.notes, by)
	return nil
}

// collision is all a caller learns of a unique index; the database's own words go to the system log.
func (s *Sim) collision(verb string, w *write) *failure {
	s.log.Debug("unique index collision", "table", w.table.name)
	return operationFailed(fmt.Sprintf("Error during %s of %s (%s)", verb, w.table.name, w.row[w.table.display]))
}

// clean keeps of the input what the table can hold: known columns, values of the column's type, cut to its length.
func (s *Sim) clean(w *write, input Row) {
	w.sent = Row{}
	for name, value := range input {
		column, known := w.table.column(name)
		if !known || isSystemColumn(name) {
			continue
		}
		if column.Type == Journal {
			if value != "" {
				w.notes = append(w.notes, journalEntry{name, value})
			}
			continue
		}
		if value, ok := s.convert(w.table, column, value); ok {
			w.sent[name] = value
		}
	}
}

func isSystemColumn(name string) bool {
	switch name {
	case "sys_id", "sys_created_on", "sys_created_by", "sys_updated_on", "sys_updated_by", "sys_mod_count", "sys_tags", "sys_domain":
		return true
	}
	return false
}

// convert gives the value as the column stores it; false means that the platform does not store it at all.
func (s *Sim) convert(t *table, c Column, value string) (string, bool) {
	if value == "" {
		return "", !(c.Choice && c.Type == Integer)
	}
	switch c.Type {
	case Integer:
		if _, err := strconv.Atoi(value); err != nil {
			return "", false
		}
		return value, !c.Choice || s.isChoice(t, c.Name, value)
	case Boolean:
		return strconv.FormatBool(value == "1" || strings.EqualFold(value, "true")), true
	case DateTime:
		_, err := time.Parse(timeLayout, value)
		return value, err == nil
	default:
		return cut(value, c.Length), true
	}
}

// cut shortens a value to the column's length in characters, silently, as the platform does.
func cut(value string, length int) string {
	count := 0
	for i := range value {
		if count == length {
			return value[:i]
		}
		count++
	}
	return value
}

// dropUnknownChoices blanks string choices that sys_choice does not list (servicenow.md 4.6).
func (s *Sim) dropUnknownChoices(w *write) {
	for name, value := range w.sent {
		if c, _ := w.table.column(name); c.Choice && c.Type == String && !s.isChoice(w.table, name, value) {
			w.row[name] = ""
		}
	}
}

// isChoice tells whether the column may take the value. A column without any choices takes everything.
func (s *Sim) isChoice(t *table, element, value string) bool {
	if value == "" || s.property("glide.rest.choice.allow_non_existing_value") == "true" {
		return true
	}
	choices := s.choicesOf(t, element)
	for _, c := range choices {
		if c.row["value"] == value && c.row["inactive"] != "true" {
			return true
		}
	}
	return len(choices) == 0
}

// choicesOf lists the choices of a column, defined on the table or on the nearest table it extends.
func (s *Sim) choicesOf(t *table, element string) []*record {
	for ; t != nil; t = t.up {
		if choices := s.db.where("sys_choice", Row{"name": t.name, "element": element}); len(choices) > 0 {
			return choices
		}
	}
	return nil
}

// property reads a system property; "" when it is not set.
func (s *Sim) property(name string) string {
	for _, rec := range s.db.where("sys_properties", Row{"name": name}) {
		return rec.row["value"]
	}
	return ""
}
