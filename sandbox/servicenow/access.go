package servicenow

import (
	"maps"
	"slices"
)

// The methods in this file look and act past every access rule, for tests and demonstrations.

// TableInfo describes a table that exists now.
type TableInfo struct {
	Name    string   `json:"name"`
	Label   string   `json:"label"`
	Rows    int      `json:"rows"`
	Columns []Column `json:"columns"`
}

// Tables lists the tables, sorted by name. Rows count the table's own, not those of tables that extend it.
func (s *Sim) Tables() []TableInfo {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []TableInfo
	for _, name := range slices.Sorted(maps.Keys(s.db.tables)) {
		if t, ok := s.db.table(name); ok {
			all = append(all, TableInfo{t.name, t.label, len(t.records), slices.Clone(t.columns)})
		}
	}
	return all
}

// Get returns a copy of a record.
func (s *Sim) Get(tableName, sysID string) (Row, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	rec, ok := s.db.find(tableName, sysID)
	if !ok {
		return nil, false
	}
	return maps.Clone(rec.row), true
}

// List returns copies of the records an encoded query finds, oldest first unless it orders them. An unknown table or
// an operator that is not imitated gives none.
func (s *Sim) List(tableName, encoded string) []Row {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, ok := s.db.table(tableName)
	if !ok {
		return nil
	}
	found, err := s.search(t, encoded, s.environment(systemActor))
	if err != nil {
		return nil
	}
	rows := make([]Row, 0, len(found))
	for _, rec := range found {
		rows = append(rows, maps.Clone(rec.row))
	}
	return rows
}

// Journal lists a record's journal entries, oldest first. element is "work_notes", "comments", or "" for both.
func (s *Sim) Journal(sysID, element string) []Entry {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.journal(sysID, element)
}

// Attachments lists a record's files, oldest first.
func (s *Sim) Attachments(sysID string) []File {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.attachments(sysID)
}

func (s *Sim) attachments(sysID string) []File {
	var files []File
	for _, rec := range s.db.where("sys_attachment", Row{"table_sys_id": sysID}) {
		id := rec.row["sys_id"]
		files = append(files, File{id, rec.row["file_name"], rec.row["content_type"], slices.Clone(s.files[id])})
	}
	return files
}

// Add inserts a record as the platform itself, through the platform's rules, and returns its sys_id.
func (s *Sim) Add(tableName string, fields Row) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, ok := s.db.table(tableName)
	if !ok {
		return "", invalidTable(tableName)
	}
	rec, err := s.create(t, fields, systemActor)
	if err != nil {
		return "", err
	}
	return rec.row["sys_id"], nil
}

// Import adds a record with the sys_id that it has on another instance, as importing its XML does.
func (s *Sim) Import(tableName string, fields Row) error {
	id, err := s.Add(tableName, fields)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	rec := s.db.byID[id]
	delete(s.db.byID, id)
	rec.row["sys_id"] = fields["sys_id"]
	s.db.byID[fields["sys_id"]] = rec
	s.touch()
	return nil
}

// AddIncident adds an incident and returns its sys_id.
func (s *Sim) AddIncident(fields Row) (string, error) { return s.Add("incident", fields) }

// AddCase adds a case and returns its sys_id.
func (s *Sim) AddCase(fields Row) (string, error) { return s.Add("sn_customerservice_case", fields) }

// Update changes a record as the platform itself, through the platform's rules.
func (s *Sim) Update(tableName, sysID string, fields Row) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	rec, ok := s.db.find(tableName, sysID)
	if !ok {
		return noRecord()
	}
	return s.modify(rec, fields, systemActor)
}

// Remove deletes a record.
func (s *Sim) Remove(tableName, sysID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if rec, ok := s.db.find(tableName, sysID); ok {
		s.db.remove(rec)
	}
}
