package dataverse

import (
	"maps"
	glob "path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// object is a JSON object of an answer.
type object = map[string]any

const (
	formattedValue = "OData.Community.Display.V1.FormattedValue"
	lookupName     = "Microsoft.Dynamics.CRM.lookuplogicalname"
	associatedNav  = "Microsoft.Dynamics.CRM.associatednavigationproperty"
)

// annotations are those a request asked for with Prefer: odata.include-annotations, as patterns ("*", "OData.*").
type annotations []string

func (a annotations) want(name string) bool {
	return slices.ContainsFunc(a, func(pattern string) bool {
		matched, err := glob.Match(pattern, name)
		return err == nil && matched
	})
}

// render writes a row as the API answers it: the selected columns and always the primary id; empty ones as null.
func (s *Sim) render(t *table, r *row, selects []string, wanted annotations) object {
	out := object{"@odata.etag": r.etag(), t.id: r.id}
	for _, c := range t.columns {
		if c.hidden || len(selects) > 0 && !slices.Contains(selects, c.property()) {
			continue
		}
		value := columnValue(r, c)
		out[c.property()] = wire(value)
		if value != nil && c.kind != typeKey {
			maps.Copy(out, s.annotate(t, c, value, wanted))
		}
	}
	return out
}

// wire gives a value as JSON carries it.
func wire(value any) any {
	switch value := value.(type) {
	case time.Time:
		return value.UTC().Format("2006-01-02T15:04:05Z")
	case ref:
		return value.id
	case guid:
		return string(value)
	}
	return value
}

func (s *Sim) annotate(t *table, c *column, value any, wanted annotations) object {
	out, property := object{}, c.property()
	if text := s.formatted(t, c, value); text != "" && wanted.want(formattedValue) {
		out[property+"@"+formattedValue] = text
	}
	link, isLink := value.(ref)
	if !isLink {
		return out
	}
	if wanted.want(lookupName) {
		out[property+"@"+lookupName] = link.table
	}
	if wanted.want(associatedNav) {
		if i := slices.IndexFunc(c.navs, func(n nav) bool { return n.target == link.table }); i >= 0 {
			out[property+"@"+associatedNav] = c.navs[i].name
		}
	}
	return out
}

// formatted is the display text of a value; empty where the platform gives none.
func (s *Sim) formatted(t *table, c *column, value any) string {
	switch value := value.(type) {
	case ref:
		return s.nameOf(value)
	case bool:
		if value {
			return "Yes"
		}
		return "No"
	case time.Time:
		return value.Format("1/2/2006 3:04 PM")
	case int64:
		return formattedInt(t, c, value)
	}
	return ""
}

func formattedInt(t *table, c *column, value int64) string {
	switch c.kind {
	case typeState:
		return stateLabel(int(value))
	case typeStatus:
		status, _ := t.status(int(value))
		return status.Label
	case typeChoice:
		i := slices.IndexFunc(c.options, func(o Option) bool { return o.Value == int(value) })
		if i >= 0 {
			return c.options[i].Label
		}
	}
	return strconv.FormatInt(value, 10)
}

func stateLabel(state int) string {
	if state == 0 {
		return "Active"
	}
	return "Inactive"
}

// nameOf gives the primary name of the row a lookup points to.
func (s *Sim) nameOf(link ref) string {
	t, r := s.tables[link.table], s.find(link.table, link.id)
	if t == nil || r == nil {
		return ""
	}
	return r.text(t.primaryName)
}

// contextURL is the @odata.context of an answer.
func contextURL(base, set string, q query, suffix string) string {
	parts := slices.Clone(q.selects)
	for _, e := range q.expands {
		parts = append(parts, e.nav+"("+strings.Join(e.selects, ",")+")")
	}
	if len(parts) > 0 {
		set += "(" + strings.Join(parts, ",") + ")"
	}
	return base + "$metadata#" + set + suffix
}
