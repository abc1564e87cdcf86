package servicenow

import (
	"net/http"
	"strings"
)

// tableAPI serves /api/now/table/{table}[/{sys_id}] (servicenow.md 4.2).
func (s *Sim) tableAPI(c *call) reply {
	name, id := c.segment(2), c.segment(3)
	if name == "" || len(c.segments) > 4 {
		return failed(noResource())
	}
	t, err := s.openTable(name)
	if err != nil {
		return failed(err)
	}
	switch {
	case c.method == http.MethodGet && id == "":
		return s.listRows(c, t)
	case c.method == http.MethodGet:
		return s.readRow(c, t, id)
	case c.method == http.MethodPost && id == "":
		return s.insertRow(c, t)
	case (c.method == http.MethodPut || c.method == http.MethodPatch) && id != "":
		return s.updateRow(c, t, id)
	case c.method == http.MethodDelete && id != "":
		return s.deleteRow(c, t, id)
	}
	return wrongMethod(c)
}

// openTable finds a table that web services may use.
func (s *Sim) openTable(name string) (*table, error) {
	t, ok := s.db.table(name)
	if !ok {
		return nil, invalidTable(name)
	}
	if t.noAccess {
		return nil, notAuthorized()
	}
	return t, nil
}

func (s *Sim) readRow(c *call, t *table, id string) reply {
	if err := c.readsJSON(); err != nil {
		return failed(err)
	}
	rec, err := s.visible(c.by, t.name, id)
	if err != nil {
		return failed(err)
	}
	return result(http.StatusOK, s.render(rec, s.viewOf(c, t)))
}

// visible finds a record that the user may read. Missing and hidden look the same.
func (s *Sim) visible(by actor, tableName, id string) (*record, error) {
	rec, ok := s.db.find(tableName, id)
	if !ok || s.hidden[id] {
		return nil, noRecord()
	}
	if !s.may(by.name, rec.table, Read) {
		return nil, denied(Read)
	}
	return rec, nil
}

func (s *Sim) insertRow(c *call, t *table) reply {
	input, err := s.input(c, t)
	if err != nil {
		return failed(err)
	}
	if !s.may(c.by.name, t, Create) {
		return failed(denied(Create))
	}
	rec, err := s.create(t, input, c.by)
	if err != nil {
		return failed(err)
	}
	answer := s.echo(c, t, http.StatusCreated, rec)
	answer.header.Set("Location", s.link(t.name, rec.row["sys_id"]))
	return answer
}

func (s *Sim) updateRow(c *call, t *table, id string) reply {
	input, err := s.input(c, t)
	if err != nil {
		return failed(err)
	}
	rec, err := s.visible(c.by, t.name, id)
	if err != nil {
		return failed(err)
	}
	if !s.may(c.by.name, rec.table, Write) {
		return failed(denied(Write))
	}
	if err := s.modify(rec, input, c.by); err != nil {
		return failed(err)
	}
	return s.echo(c, t, http.StatusOK, rec)
}

func (s *Sim) deleteRow(c *call, t *table, id string) reply {
	if err := c.readsJSON(); err != nil {
		return failed(err)
	}
	rec, err := s.visible(c.by, t.name, id)
	if err != nil {
		return failed(err)
	}
	if !s.may(c.by.name, rec.table, Delete) {
		return failed(denied(Delete))
	}
	s.db.remove(rec)
	return reply{status: http.StatusNoContent, header: http.Header{}}
}

// echo answers a write with the row as stored, unless the caller wants no body.
func (s *Sim) echo(c *call, t *table, status int, rec *record) reply {
	if c.header.Get("X-no-response-body") == "true" {
		return reply{status: status, header: http.Header{}}
	}
	return result(status, s.render(rec, s.viewOf(c, t)))
}

// input reads the row of a write. With sysparm_input_display_value references come by name and times are local.
func (s *Sim) input(c *call, t *table) (Row, error) {
	if err := c.sendsJSON(); err != nil {
		return nil, err
	}
	row, err := c.row()
	if err != nil || !c.flag("sysparm_input_display_value") {
		return row, err
	}
	for name, value := range row {
		column, _ := t.column(name)
		row[name] = s.fromDisplay(t, column, value, s.userRow(c.by.name)["time_zone"])
	}
	return row, nil
}

// viewOf reads the parameters that say how rows are shown.
func (s *Sim) viewOf(c *call, t *table) view {
	v := view{table: t, display: "false", bare: c.flag("sysparm_exclude_reference_link"), zone: s.userRow(c.by.name)["time_zone"]}
	if display := c.query.Get("sysparm_display_value"); display == "true" || display == "all" {
		v.display = display
	}
	for _, name := range strings.Split(c.query.Get("sysparm_fields"), ",") {
		if name = strings.TrimSpace(name); name != "" {
			v.fields = append(v.fields, name)
		}
	}
	return v
}
