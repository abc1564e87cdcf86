package dataverse

import (
	"encoding/json"
	"time"
)

// Row is a row as the API shows it: column to value, lookups as _x_value, empty columns as nil.
type Row map[string]any

// Text gives a text, lookup or id column, or "".
func (r Row) Text(column string) string {
	value, _ := r[column].(string)
	return value
}

// Label gives the display text of a column that has one (choices, lookups, times), else its text.
func (r Row) Label(column string) string {
	if label, ok := r[column+"@"+formattedValue].(string); ok {
		return label
	}
	return r.Text(column)
}

// Int gives an integer or choice column, or 0.
func (r Row) Int(column string) int {
	value, _ := r[column].(int64)
	return int(value)
}

// Bool gives a two-option column, or false.
func (r Row) Bool(column string) bool {
	value, _ := r[column].(bool)
	return value
}

// Time gives a date-time column, or the zero time.
func (r Row) Time(column string) time.Time {
	at, _ := time.Parse(time.RFC3339, r.Text(column))
	return at
}

// Create makes a row as SYSTEM. The values are a body of the Web API: lookups by "nav@odata.bind". It returns the id.
func (s *Sim) Create(table string, values map[string]any) (string, error) {
	return s.CreateAs(s.system, table, values)
}

// CreateAs makes a row with the rights of a user, as a form of the CRM would. Steps registered for it are run, but
// synchronous ones are not asked.
func (s *Sim) CreateAs(userID, table string, values map[string]any) (id string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	err = s.inTransaction(principal{user: userID}, func(c *call) error {
		t, p, err := c.decodeGo(table, values)
		if err != nil {
			return err
		}
		r, err := c.create(t, p)
		if err == nil {
			id = r.id
		}
		return err
	})
	return id, err
}

// Update changes columns of a row as SYSTEM.
func (s *Sim) Update(table, id string, values map[string]any) error {
	return s.UpdateAs(s.system, table, id, values)
}

// UpdateAs changes columns of a row with the rights of a user.
func (s *Sim) UpdateAs(userID, table, id string, values map[string]any) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.inTransaction(principal{user: userID}, func(c *call) error {
		t, p, err := c.decodeGo(table, values)
		if err != nil {
			return err
		}
		r := c.find(table, id)
		if r == nil {
			return noRow(table, id)
		}
		return c.update(t, r, p)
	})
}

// Delete removes a row as SYSTEM.
func (s *Sim) Delete(table, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.inTransaction(s.asSystem(), func(c *call) error {
		r := c.find(table, id)
		if r == nil {
			return noRow(table, id)
		}
		return c.delete(c.tables[table], r)
	})
}

// decodeGo brings Go values into the form of a decoded JSON body, so that both are checked alike.
func (c *call) decodeGo(name string, values map[string]any) (*table, payload, error) {
	t, ok := c.tables[name]
	if !ok {
		return nil, payload{}, noSegment(name)
	}
	body, err := json.Marshal(values)
	if err != nil {
		return nil, payload{}, err
	}
	c.body = body
	decoded, err := c.json()
	if err != nil {
		return nil, payload{}, err
	}
	p, err := c.decode(t, decoded)
	return t, p, err
}

// Get reads a row by table and id.
func (s *Sim) Get(table, id string) (Row, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.find(table, id)
	if r == nil {
		return nil, false
	}
	return Row(s.render(s.tables[table], r, nil, nil)), true
}

// List reads the rows of a table that an OData filter matches, in the order of their creation; an empty filter matches
// all. Formatted values are included.
func (s *Sim) List(table, filter string) ([]Row, error) { return s.ListAs(s.system, table, filter) }

// ListAs reads the rows that a user may see, as List does.
func (s *Sim) ListAs(userID, table, filter string) ([]Row, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, ok := s.tables[table]
	if !ok {
		return nil, noSegment(table)
	}
	c := &call{Sim: s, who: principal{user: userID}}
	var q query
	if filter != "" {
		parsed, err := parseFilter(filter, func(string) string { return "" })
		if err != nil {
			return nil, err
		}
		q.filter = parsed
	}
	rows, err := c.search(t, q, nil)
	if err != nil {
		return nil, err
	}
	list := make([]Row, 0, len(rows))
	for _, r := range rows {
		list = append(list, Row(s.render(t, r, nil, annotations{formattedValue})))
	}
	return list, nil
}
