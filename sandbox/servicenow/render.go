package servicenow

import (
	"strings"
	"time"
)

// view says how rows are shown: which fields, values or display values, references as objects or bare.
type view struct {
	table   *table   // the one asked: through a parent table, columns of its children do not show
	fields  []string // nil: all
	display string   // "false", "true" or "all"
	bare    bool     // sysparm_exclude_reference_link
	zone    string   // time zone of the user, for display values
}

// render makes the JSON form of a row: strings, and objects for references (servicenow.md 4.1).
func (s *Sim) render(rec *record, v view) map[string]any {
	names := v.fields
	if names == nil {
		for _, c := range v.table.columns {
			names = append(names, c.Name)
		}
	}
	out := make(map[string]any, len(names))
	for _, name := range names {
		if owner, column, ok := s.walk(rec, name); ok && s.knows(v.table, name) {
			out[name] = s.renderField(owner, column, v)
		}
	}
	return out
}

// walk follows a dot-walked field to the record and column it ends at. The record is nil behind an empty reference.
func (s *Sim) walk(rec *record, path string) (*record, Column, bool) {
	t := rec.table
	for {
		name, rest, more := strings.Cut(path, ".")
		column, ok := t.column(name)
		if !ok {
			return nil, Column{}, false
		}
		if !more {
			return rec, column, true
		}
		next, ok := s.db.table(column.Reference)
		if !ok {
			return nil, Column{}, false
		}
		if rec != nil {
			rec, _ = s.db.find(column.Reference, rec.row[name])
		}
		if t = next; rec != nil {
			t = rec.table
		}
		path = rest
	}
}

// knows tells whether a table has the field, dot-walked or not.
func (s *Sim) knows(t *table, path string) bool {
	name, rest, more := strings.Cut(path, ".")
	column, ok := t.column(name)
	if !ok || !more {
		return ok
	}
	next, ok := s.db.table(column.Reference)
	return ok && s.knows(next, rest)
}

// value reads a field of a record for queries.
func (s *Sim) value(rec *record, path string) string {
	owner, column, ok := s.walk(rec, path)
	if !ok || owner == nil {
		return ""
	}
	return owner.row[column.Name]
}

func (s *Sim) renderField(rec *record, c Column, v view) any {
	if rec == nil {
		return emptyField(v)
	}
	value := rec.row[c.Name]
	if v.display == "false" {
		if c.Type == Reference && value != "" && !v.bare {
			return map[string]string{"link": s.link(c.Reference, value), "value": value}
		}
		return value
	}
	shown := s.displayValue(rec, c, v.zone)
	linked := c.Type == Reference && value != "" && !v.bare
	if v.display == "true" && !linked {
		return shown
	}
	out := map[string]string{"display_value": shown}
	if linked {
		out["link"] = s.link(c.Reference, value)
	}
	if v.display == "all" {
		out["value"] = value
	}
	return out
}

func emptyField(v view) any {
	if v.display == "all" {
		return map[string]string{"display_value": "", "value": ""}
	}
	return ""
}

// displayValue is what a person sees: labels, names, local times.
func (s *Sim) displayValue(rec *record, c Column, zone string) string {
	value := rec.row[c.Name]
	switch {
	case c.Type == Journal:
		return s.journalText(rec.row["sys_id"], c, zone)
	case c.Type == Reference:
		return s.displayName(c.Reference, value)
	case c.Type == DateTime:
		return inZone(value, zone)
	case c.Choice:
		for _, option := range s.choicesOf(rec.table, c.Name) {
			if option.row["value"] == value {
				return option.row["label"]
			}
		}
	}
	return value
}

// displayName is the display value of the record a reference points to; words such as "global" are their own.
func (s *Sim) displayName(tableName, id string) string {
	if target, ok := s.db.find(tableName, id); ok {
		return target.row[target.table.display]
	}
	return id
}

// link is the address of a record at the instance's own address, whatever host was asked.
func (s *Sim) link(tableName, id string) string {
	return s.opts.Address + "/api/now/table/" + tableName + "/" + id
}

// inZone turns a stored UTC time into local time; an unknown zone is UTC.
func inZone(value, zone string) string {
	location, err := time.LoadLocation(zone)
	at, parseErr := time.Parse(timeLayout, value)
	if err != nil || parseErr != nil {
		return value
	}
	return at.In(location).Format(timeLayout)
}

// fromDisplay turns a display value into the stored value; what can't be resolved stays as it is.
func (s *Sim) fromDisplay(t *table, c Column, shown, zone string) string {
	switch {
	case c.Type == Reference:
		if target, ok := s.db.table(c.Reference); ok {
			for _, rec := range s.db.where(c.Reference, Row{target.display: shown}) {
				return rec.row["sys_id"]
			}
		}
	case c.Type == DateTime:
		location, err := time.LoadLocation(zone)
		at, parseErr := time.ParseInLocation(timeLayout, shown, location)
		if err == nil && parseErr == nil {
			return at.UTC().Format(timeLayout)
		}
	case c.Choice:
		for _, option := range s.choicesOf(t, c.Name) {
			if option.row["label"] == shown {
				return option.row["value"]
			}
		}
	}
	return shown
}
