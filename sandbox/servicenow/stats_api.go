package servicenow

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// statsAPI serves /api/now/stats/{table} (servicenow.md 4.10): count, sum, avg, min and max, grouped or not.
func (s *Sim) statsAPI(c *call) reply {
	if c.method != http.MethodGet {
		return wrongMethod(c)
	}
	t, err := s.openTable(c.segment(2))
	if err := firstError(c.readsJSON(), err); err != nil {
		return failed(err)
	}
	if !s.mayList(c.by, t) {
		return failed(denied(Read))
	}
	found, err := s.search(t, s.queryOf(c, t), s.environment(c.by))
	if err != nil {
		return failed(err)
	}
	fields := list(c.query.Get("sysparm_group_by"))
	if len(fields) == 0 {
		return result(http.StatusOK, map[string]any{"stats": s.aggregate(c, found)})
	}
	return result(http.StatusOK, s.grouped(c, found, fields))
}

// grouped makes one aggregate for each combination of the fields' values.
func (s *Sim) grouped(c *call, found []*record, fields []string) []map[string]any {
	groups := map[string][]*record{}
	var order []string
	for _, rec := range found {
		var key []string
		for _, field := range fields {
			key = append(key, s.value(rec, field))
		}
		joined := strings.Join(key, "\x00")
		if groups[joined] == nil {
			order = append(order, joined)
		}
		groups[joined] = append(groups[joined], rec)
	}
	slices.Sort(order)
	out := []map[string]any{}
	for _, key := range order {
		var values []map[string]string
		for i, value := range strings.Split(key, "\x00") {
			values = append(values, map[string]string{"field": fields[i], "value": value})
		}
		out = append(out, map[string]any{"stats": s.aggregate(c, groups[key]), "groupby_fields": values})
	}
	return out
}

func (s *Sim) aggregate(c *call, found []*record) map[string]any {
	stats := map[string]any{}
	if c.flag("sysparm_count") {
		stats["count"] = strconv.Itoa(len(found))
	}
	for _, name := range []string{"sum", "avg", "min", "max"} {
		values := map[string]string{}
		for _, field := range list(c.query.Get("sysparm_" + name + "_fields")) {
			values[field] = s.summarise(name, field, found)
		}
		if len(values) > 0 {
			stats[name] = values
		}
	}
	return stats
}

func (s *Sim) summarise(function, field string, found []*record) string {
	var values []string
	sum := 0.0
	for _, rec := range found {
		if v := s.value(rec, field); v != "" {
			n, _ := strconv.ParseFloat(v, 64)
			values, sum = append(values, v), sum+n
		}
	}
	if len(values) == 0 {
		return ""
	}
	switch function {
	case "sum":
		return strconv.FormatFloat(sum, 'f', -1, 64)
	case "avg":
		return strconv.FormatFloat(sum/float64(len(values)), 'f', 4, 64)
	case "min":
		return slices.MinFunc(values, compareValues)
	}
	return slices.MaxFunc(values, compareValues)
}

// list splits a comma-separated parameter.
func list(value string) []string {
	return strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ' ' })
}
