package dataverse

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// query holds the system query options of one request or of one expansion (reference 2.5).
type query struct {
	selects []string
	filter  expr
	order   []ordering
	expands []expansion
	top     int // -1: not given
	count   bool
	start   int // from a next link
}

type ordering struct {
	by         path
	descending bool
}

type expansion struct {
	nav string
	query
}

// queryString splits a query at ampersands only: expansions hold semicolons, which net/url refuses.
func queryString(raw string) (url.Values, error) {
	values := url.Values{}
	for _, item := range strings.Split(raw, "&") {
		name, value, _ := strings.Cut(item, "=")
		name, err := url.QueryUnescape(name)
		if err != nil {
			return nil, badRequest(codeProperty, "The query string is malformed.")
		}
		if value, err = url.QueryUnescape(value); err != nil {
			return nil, badRequest(codeProperty, "The query string is malformed.")
		}
		values.Add(name, value)
	}
	return values, nil
}

const skipToken = "$skiptoken"

// parseQuery reads the options. Those the service does not know are refused: $skip above all.
func parseQuery(values url.Values, nested bool) (query, error) {
	q := query{top: -1}
	for name, list := range values {
		if !strings.HasPrefix(name, "$") {
			continue
		}
		if err := q.option(name, list[0], values, nested); err != nil {
			return q, err
		}
	}
	return q, nil
}

func (q *query) option(name, value string, all url.Values, nested bool) (err error) {
	switch name {
	case "$select":
		q.selects = list(value)
	case "$filter":
		q.filter, err = parseFilter(value, all.Get)
	case "$orderby":
		q.order, err = parseOrder(value)
	case "$top":
		q.top, err = strconv.Atoi(value)
		if err != nil || q.top < 0 {
			return badRequest(codeProperty, "Invalid value '%s' for $top query option found.", value)
		}
	case "$expand":
		if nested {
			return badRequest(codeProperty, "The simulator expands one level only.")
		}
		q.expands, err = parseExpand(value)
	case "$count":
		q.count = value == "true"
	case skipToken:
		q.start, err = readSkipToken(value)
	case "$skip":
		return badRequest("0x80060888", "Skip Clause is not supported in CRM")
	default:
		return fail(http.StatusNotImplemented, "0x80060888", "The query option %s is not supported.", name)
	}
	return err
}

func list(value string) []string {
	var names []string
	for _, name := range strings.Split(value, ",") {
		if name = strings.TrimSpace(name); name != "" && name != "*" {
			names = append(names, name)
		}
	}
	return names
}

func parseOrder(value string) ([]ordering, error) {
	var order []ordering
	for _, item := range list(value) {
		words := strings.Fields(item)
		if len(words) > 2 || len(words) == 2 && words[1] != "asc" && words[1] != "desc" {
			return nil, syntaxError(value)
		}
		order = append(order, ordering{by: strings.Split(words[0], "/"), descending: len(words) == 2 && words[1] == "desc"})
	}
	return order, nil
}

// parseExpand reads "a($select=x,y),b".
func parseExpand(value string) ([]expansion, error) {
	var list []expansion
	for _, item := range splitOutside(value, ',') {
		name, options, found := strings.Cut(strings.TrimSpace(item), "(")
		e := expansion{nav: name, query: query{top: -1}}
		if found {
			if !strings.HasSuffix(options, ")") {
				return nil, syntaxError(value)
			}
			values := url.Values{}
			for _, option := range splitOutside(strings.TrimSuffix(options, ")"), ';') {
				name, value, _ := strings.Cut(option, "=")
				values.Add(strings.TrimSpace(name), value)
			}
			var err error
			if e.query, err = parseQuery(values, true); err != nil {
				return nil, err
			}
		}
		list = append(list, e)
	}
	return list, nil
}

// splitOutside splits at a separator that is neither in parentheses nor in quotes.
func splitOutside(input string, separator rune) []string {
	var parts []string
	depth, start, inQuotes := 0, 0, false
	for i, c := range input {
		switch {
		case c == '\'':
			inQuotes = !inQuotes
		case inQuotes:
		case c == '(':
			depth++
		case c == ')':
			depth--
		case c == separator && depth == 0:
			parts = append(parts, input[start:i])
			start = i + 1
		}
	}
	return append(parts, input[start:])
}

// The skip token is opaque to clients; its form merely resembles the real one.
func writeSkipToken(page, start int) string {
	return `<cookie pagenumber="` + strconv.Itoa(page) + `" start="` + strconv.Itoa(start) + `" istracking="False" />`
}

func readSkipToken(token string) (int, error) {
	_, rest, _ := strings.Cut(token, `start="`)
	digits, _, found := strings.Cut(rest, `"`)
	start, err := strconv.Atoi(digits)
	if !found || err != nil || start < 0 {
		return 0, badRequest("0x80040203", "Malformed XML in the Paging Cookie")
	}
	return start, nil
}

// rowSubject checks and evaluates properties of a table's rows, over at most one lookup.
type rowSubject struct {
	sim   *Sim
	table *table
}

func (s rowSubject) kindOf(p path) (valueKind, error) {
	c, _, err := s.resolve(p)
	if err != nil {
		return "", err
	}
	switch c.kind {
	case typeKey, typeLookup, typeOwner:
		return kindGUID, nil
	case typeInteger, typeDecimal, typeChoice, typeState, typeStatus:
		return kindNumber, nil
	case typeBoolean:
		return kindBool, nil
	case typeDateTime:
		return kindTime, nil
	}
	if isIdentifier(c) {
		return kindGUID, nil
	}
	return kindText, nil
}

// isIdentifier tells the string columns of systemuser that the service types as GUIDs.
func isIdentifier(c *column) bool {
	return c.name == "azureactivedirectoryobjectid" || c.name == "applicationid"
}

// resolve finds the column of a path, and the lookup before it.
func (s rowSubject) resolve(p path) (target, via *column, err error) {
	t := s.table
	if len(p) > 2 {
		return nil, nil, badRequest(codeProperty, "The simulator follows one navigation property only: '%s'.", strings.Join(p, "/"))
	}
	if len(p) == 2 {
		nav, targets := t.nav(p[0])
		if nav == nil || len(targets) == 0 {
			return nil, nil, noProperty(p[0], t.logicalName)
		}
		via, t = nav, s.sim.tables[targets[0]]
	}
	name := p[len(p)-1]
	if t == nil || t.readColumn(name) == nil {
		return nil, nil, noProperty(name, s.table.logicalName)
	}
	return t.readColumn(name), via, nil
}

// value gives a function over the properties of one row. Paths were checked before.
func (s rowSubject) value(r *row) func(path) any {
	return func(p path) any {
		target, via, err := s.resolve(p)
		if err != nil {
			return nil
		}
		from := r
		if via != nil {
			_, targets := s.table.nav(p[0])
			link, ok := r.values[via.name].(ref)
			if !ok || !slices.Contains(targets, link.table) {
				return nil
			}
			if from = s.sim.find(link.table, link.id); from == nil {
				return nil
			}
		}
		return columnValue(from, target)
	}
}

func columnValue(r *row, c *column) any {
	if c.kind == typeKey {
		return guid(r.id)
	}
	value := r.values[c.name]
	if text, ok := value.(string); ok && isIdentifier(c) {
		return guid(strings.ToLower(text))
	}
	return value
}

// sortRows orders rows; without $orderby they stay in the order of creation.
func (s rowSubject) sortRows(rows []*row, order []ordering) {
	slices.SortStableFunc(rows, func(a, b *row) int {
		for _, o := range order {
			left, right := s.value(a)(o.by), s.value(b)(o.by)
			result := compareNullable(left, right)
			if o.descending {
				result = -result
			}
			if result != 0 {
				return result
			}
		}
		return 0
	})
}

// compareNullable puts empty values first, as the database does.
func compareNullable(a, b any) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return -1
	case b == nil:
		return 1
	}
	return compareValues(a, b)
}
