package servicenow

import (
	"fmt"
	"net/http"
)

// Transform is a transform map: how rows of a staging table become rows of the target (servicenow.md 4.10).
type Transform struct {
	Name     string            `json:"name"`
	Staging  string            `json:"staging"`
	Target   string            `json:"target"`
	Coalesce string            `json:"coalesce"` // target column that finds the row to update; empty always inserts
	Fields   map[string]string `json:"fields"`   // staging column to target column
}

// AddTransform installs a transform map; a staging table has one.
func (s *Sim) AddTransform(t Transform) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.transforms[t.Staging] = t
}

// importAPI serves POST /api/now/import/{staging}: 201 whatever became of the row; the status inside says it.
func (s *Sim) importAPI(c *call) reply {
	if c.method != http.MethodPost {
		return wrongMethod(c)
	}
	staging, err := s.openTable(c.segment(2))
	if err != nil {
		return failed(err)
	}
	input, err := s.input(c, staging)
	if err != nil {
		return failed(err)
	}
	if !s.may(c.by.name, staging, Create) {
		return failed(denied(Create))
	}
	rec, err := s.create(staging, input, c.by)
	if err != nil {
		return failed(err)
	}
	s.importSets++
	rows := []map[string]string{}
	if t, ok := s.transforms[staging.name]; ok {
		rows = append(rows, s.transform(t, rec.row, c.by))
	}
	return jsonReply(http.StatusCreated, map[string]any{
		"import_set": fmt.Sprintf("ISET%07d", 10000+s.importSets), "staging_table": staging.name, "result": rows})
}

// transform upserts the target row by the coalesce column.
func (s *Sim) transform(t Transform, from Row, by actor) map[string]string {
	out := map[string]string{"transform_map": t.Name, "table": t.Target}
	target, ok := s.db.table(t.Target)
	if !ok {
		return with(out, "status", "error", "error_message", "Invalid table "+t.Target)
	}
	row := Row{}
	for source, column := range t.Fields {
		if from[source] != "" {
			row[column] = from[source]
		}
	}
	if t.Coalesce != "" && row[t.Coalesce] == "" {
		return with(out, "status", "skipped", "status_message", "Coalesce value is missing")
	}
	rec, status, err := s.upsert(target, t.Coalesce, row, by)
	if err != nil {
		return with(out, "status", "error", "error_message", err.Error())
	}
	if status == "ignored" {
		out["status_message"] = "No field values changed"
	}
	id := rec.row["sys_id"]
	return with(out, "status", status, "sys_id", id, "record_link", s.link(t.Target, id),
		"display_name", target.display, "display_value", rec.row[target.display])
}

func (s *Sim) upsert(target *table, coalesce string, row Row, by actor) (*record, string, error) {
	var found []*record
	if coalesce != "" {
		found = s.db.where(target.name, Row{coalesce: row[coalesce]})
	}
	if len(found) == 0 {
		rec, err := s.create(target, row, by)
		return rec, "inserted", err
	}
	before := found[0].row["sys_mod_count"]
	err := s.modify(found[0], row, by)
	if found[0].row["sys_mod_count"] == before {
		return found[0], "ignored", err
	}
	return found[0], "updated", err
}

func with(m map[string]string, pairs ...string) map[string]string {
	for i := 0; i+1 < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return m
}
