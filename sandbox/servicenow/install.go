package servicenow

import (
	"maps"
	"strconv"
)

// DefaultProperties are the system properties the simulator looks at. Client credentials are off on a real instance
// until an administrator creates the property (servicenow.md 2.2); here they are on.
func DefaultProperties() map[string]string {
	return map[string]string{
		"glide.oauth.inbound.client.credential.grant_type.enabled": "true",
		"glide.oauth.inbound.ropc.grant_type.disabled":             "false",
		"glide.oauth.allow.parameters.in.post.body.only":           "true",
		"glide.invalid_query.returns_no_rows":                      "false",
		"glide.rest.choice.allow_non_existing_value":               "false",
		"com.glide.attachment.max_size":                            "1024",
	}
}

// install fills a new instance. The lock is held.
func (s *Sim) install() {
	for _, spec := range standardTables() {
		s.define(spec)
	}
	s.installApp()
	for _, list := range standardChoices() {
		s.setChoices(list)
	}
	properties := DefaultProperties()
	maps.Copy(properties, s.opts.Properties)
	for name, value := range properties {
		s.setProperty(name, value)
	}
}

// installApp makes the app's tables, with a staging table that upserts sessions by key.
func (s *Sim) installApp() {
	session, staging := s.SessionTable(), s.SessionTable()+"_imp"
	s.define(tableSpec{name: session, label: "Lifeline session", display: "session_key", columns: s.opts.SessionColumns})
	s.define(tableSpec{name: s.ConnectionTable(), label: "Lifeline connection", display: "report_id", columns: s.opts.ConnectionColumns})
	columns, fields := []Column{}, map[string]string{}
	for _, c := range s.opts.SessionColumns {
		columns, fields[c.Name] = append(columns, text(c.Name, c.Length)), c.Name
	}
	s.define(tableSpec{name: staging, label: "Lifeline session import", display: "sys_id", columns: columns})
	s.transforms[staging] = Transform{Name: "Lifeline session", Staging: staging, Target: session, Coalesce: "session_key", Fields: fields}
}

// define makes a table and describes it in the dictionary.
func (s *Sim) define(spec tableSpec) *table {
	t := s.db.define(spec)
	for _, name := range []string{"sys_dictionary", "sys_db_object"} {
		for _, old := range s.db.where(name, Row{"name": t.name}) {
			s.db.remove(old)
		}
	}
	if objects, ok := s.db.tables["sys_db_object"]; ok {
		s.db.add(objects, Row{"name": t.name, "label": t.label, "ws_access": yesNo(!t.noAccess)}, systemActor.name)
	}
	dictionary, ok := s.db.tables["sys_dictionary"]
	if !ok {
		return t
	}
	for _, c := range t.columns {
		s.db.add(dictionary, Row{"name": t.name, "element": c.Name, "column_label": c.Label, "internal_type": string(c.Type),
			"reference": c.Reference, "max_length": strconv.Itoa(c.Length), "unique": yesNo(c.Unique), "active": "true", "mandatory": "false"}, systemActor.name)
	}
	return t
}

func (s *Sim) setChoices(list choiceList) {
	for _, old := range s.db.where("sys_choice", Row{"name": list.table, "element": list.element}) {
		s.db.remove(old)
	}
	for i, pair := range list.values {
		s.db.add(s.db.tables["sys_choice"], Row{"name": list.table, "element": list.element, "value": pair[0], "label": pair[1],
			"language": "en", "sequence": strconv.Itoa(i), "inactive": "false"}, systemActor.name)
	}
}

func (s *Sim) setProperty(name, value string) {
	for _, rec := range s.db.where("sys_properties", Row{"name": name}) {
		row := maps.Clone(rec.row)
		row["value"] = value
		s.db.change(rec, row, systemActor.name)
		return
	}
	s.db.add(s.db.tables["sys_properties"], Row{"name": name, "value": value}, systemActor.name)
}

// SetProperty sets a system property.
func (s *Sim) SetProperty(name, value string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.setProperty(name, value)
}

// SetChoices replaces the choices of a column; each value is its own label.
func (s *Sim) SetChoices(tableName, element string, values ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.setChoices(choiceList{tableName, element, same(values...)})
}

// SetCSM installs or removes Customer Service Management. Without it its tables do not exist.
func (s *Sim) SetCSM(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.db.csm = on
	s.touch()
}

// AddTable adds a table of a customer or an app, open to every user, or replaces one. The columns named in unique get a
// unique index; wsAccess says whether web services may use the table at all.
func (s *Sim) AddTable(name string, columns []Column, unique []string, wsAccess bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	spec := tableSpec{name: name, label: name, display: "sys_id", noAccess: !wsAccess}
	for i, c := range columns {
		if i == 0 {
			spec.display = c.Name
		}
		for _, u := range unique {
			c.Unique = c.Unique || u == c.Name
		}
		spec.columns = append(spec.columns, c)
	}
	s.define(spec)
	if s.acl[name] == nil {
		s.acl[name] = map[Operation][]string{Read: everyone, Create: everyone, Write: everyone, Delete: everyone}
	}
}
