package servicenow

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// defaultLimit is the page size when the caller names none.
const defaultLimit = 10_000

// listRows serves a list: query, page, then access rules, in that order, so that pages may be short (servicenow.md 4.2).
func (s *Sim) listRows(c *call, t *table) reply {
	if err := c.readsJSON(); err != nil {
		return failed(err)
	}
	if !s.mayList(c.by, t) {
		return failed(denied(Read))
	}
	found, err := s.search(t, s.queryOf(c, t), s.environment(c.by))
	if err != nil {
		return failed(err)
	}
	if len(found) == 0 && c.version == "v1" {
		return failed(noRecord())
	}
	limit, offset := number(c.query, "sysparm_limit", defaultLimit), number(c.query, "sysparm_offset", 0)
	rows := []map[string]any{}
	for _, rec := range window(found, offset, limit) {
		if !s.hidden[rec.row["sys_id"]] && s.may(c.by.name, rec.table, Read) {
			rows = append(rows, s.render(rec, s.viewOf(c, t)))
		}
	}
	answer := result(http.StatusOK, rows)
	if !c.flag("sysparm_no_count") {
		answer.header.Set("X-Total-Count", strconv.Itoa(len(found)))
		if !c.flag("sysparm_suppress_pagination_header") {
			answer.header.Set("Link", s.pageLinks(c, offset, limit, len(found)))
		}
	}
	return answer
}

// mayList tells whether the user may read the table or one that extends it.
func (s *Sim) mayList(by actor, t *table) bool {
	for _, other := range s.db.tables {
		if other.is(t.name) && s.may(by.name, other, Read) {
			return true
		}
	}
	return false
}

func (s *Sim) environment(by actor) environment { return environment{now: s.now(), userID: by.id} }

// queryOf gives the encoded query of a call; without sysparm_query, plain field=value pairs make it.
func (s *Sim) queryOf(c *call, t *table) string {
	if encoded, ok := c.query["sysparm_query"]; ok {
		return encoded[0]
	}
	var parts []string
	for name, values := range c.query {
		if !strings.HasPrefix(name, "sysparm_") && s.knows(t, name) {
			parts = append(parts, name+"="+values[0])
		}
	}
	slices.Sort(parts)
	return strings.Join(parts, "^")
}

// search runs an encoded query over a table and sorts what it finds.
func (s *Sim) search(t *table, encoded string, env environment) ([]*record, error) {
	q, err := parseQuery(encoded, func(field string) bool { return s.knows(t, field) })
	if err != nil {
		return nil, err
	}
	if q.invalid && s.property("glide.invalid_query.returns_no_rows") == "true" {
		return nil, nil
	}
	found := slices.DeleteFunc(s.db.scan(t), func(rec *record) bool {
		return !q.matches(func(field string) string { return s.value(rec, field) }, env)
	})
	slices.SortStableFunc(found, func(a, b *record) int {
		for _, o := range q.orders {
			if n := compareValues(s.value(a, o.field), s.value(b, o.field)); n != 0 {
				if o.descending {
					return -n
				}
				return n
			}
		}
		return 0
	})
	return found, nil
}

func window(found []*record, offset, limit int) []*record {
	from := min(offset, len(found))
	return found[from:min(from+limit, len(found))]
}

func number(query url.Values, name string, initial int) int {
	n, err := strconv.Atoi(query.Get(name))
	if err != nil || n < 0 || n > 1<<30 {
		return initial
	}
	return n
}

// pageLinks makes the Link header: first, prev, next and last page where they exist.
func (s *Sim) pageLinks(c *call, offset, limit, total int) string {
	page := func(rel string, at int) string {
		query := url.Values{}
		for name, values := range c.query {
			query[name] = values
		}
		query.Set("sysparm_offset", strconv.Itoa(at))
		query.Set("sysparm_limit", strconv.Itoa(limit))
		return fmt.Sprintf(`<%s%s?%s>;rel="%s"`, s.opts.Address, c.path, query.Encode(), rel)
	}
	links := []string{page("first", 0)}
	if offset > 0 {
		links = append(links, page("prev", max(0, offset-limit)))
	}
	if limit > 0 && offset+limit < total {
		links = append(links, page("next", offset+limit))
	}
	if limit > 0 {
		links = append(links, page("last", max(0, total-1)/limit*limit))
	}
	return strings.Join(links, ",")
}
