package servicenow

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// query is a parsed encoded query (servicenow.md 4.3): groups joined by ^NQ, in each group clauses joined by ^, in
// each clause conditions joined by ^OR.
type query struct {
	groups  []group
	orders  []order
	invalid bool // a part was not understood and is ignored
}

type (
	group     []clause
	clause    []condition
	condition struct{ field, op, value string }
	order     struct {
		field      string
		descending bool
	}
)

// operators are tried in this order, so that none hides a longer one.
var operators = []string{
	"GT_OR_EQUALS_FIELD", "LT_OR_EQUALS_FIELD", "GT_FIELD", "LT_FIELD", "NSAMEAS", "SAMEAS",
	"ISNOTEMPTY", "ISEMPTY", "EMPTYSTRING", "ANYTHING", "NOT LIKE", "NOT IN", "STARTSWITH", "ENDSWITH",
	"BETWEEN", "RELATIVEGT", "RELATIVELT", "NOTON", "DYNAMIC",
	"MORETHAN", "LESSTHAN", "DATEPART", "IN_HIERARCHY", "LIKE", "IN", "ON",
	"!=", "!*", "<=", ">=", "=", "<", ">", "*", "%",
}

// aliases are the short forms of string operators.
var aliases = map[string]string{"*": "LIKE", "!*": "NOT LIKE", "%": "ENDSWITH"}

// notImitated are operators of the platform whose exact meaning the reference does not give.
var notImitated = []string{"MORETHAN", "LESSTHAN", "DATEPART", "IN_HIERARCHY"}

// errNotImitated says that a valid query is beyond the simulator. Ignoring the part would be a lie.
var errNotImitated = errors.New("the simulator does not imitate this operator")

var fieldName = regexp.MustCompile(`^[a-z0-9_]+(\.[a-z0-9_]+)*`)

// parseQuery reads an encoded query. Parts that are no condition on a known field are ignored, as the platform does.
func parseQuery(encoded string, known func(field string) bool) (query, error) {
	q := query{groups: []group{nil}}
	for _, part := range strings.Split(encoded, "^") {
		if err := q.take(part, known); err != nil {
			return query{}, err
		}
	}
	return q, nil
}

func (q *query) take(part string, known func(string) bool) error {
	if name, ok := strings.CutPrefix(part, "ORDERBYDESC"); ok {
		q.order(name, true, known)
		return nil
	}
	if name, ok := strings.CutPrefix(part, "ORDERBY"); ok {
		q.order(name, false, known)
		return nil
	}
	if part == "" || part == "EQ" {
		return nil
	}
	alternative := false
	if rest, ok := strings.CutPrefix(part, "NQ"); ok {
		q.groups, part = append(q.groups, nil), rest
	} else if rest, ok := strings.CutPrefix(part, "OR"); ok {
		alternative, part = true, rest
	}
	c, ok := parseCondition(part)
	if slices.Contains(notImitated, c.op) {
		return fmt.Errorf("%w: %s", errNotImitated, c.op)
	}
	if !ok || !known(c.field) {
		q.invalid = true
		return nil
	}
	q.add(c, alternative)
	return nil
}

func (q *query) order(name string, descending bool, known func(string) bool) {
	if known(name) {
		q.orders = append(q.orders, order{name, descending})
	}
}

func (q *query) add(c condition, alternative bool) {
	last := &q.groups[len(q.groups)-1]
	if n := len(*last); alternative && n > 0 {
		(*last)[n-1] = append((*last)[n-1], c)
		return
	}
	*last = append(*last, clause{c})
}

func parseCondition(part string) (condition, bool) {
	field := fieldName.FindString(part)
	if field == "" {
		return condition{}, false
	}
	rest := part[len(field):]
	for _, op := range operators {
		if value, ok := strings.CutPrefix(rest, op); ok {
			if long, isAlias := aliases[op]; isAlias {
				op = long
			}
			return condition{field, op, value}, true
		}
	}
	return condition{}, false
}

// matches tells whether a row fits. value reads a field, dot-walked or not; env knows time and user.
func (q query) matches(value func(field string) string, env environment) bool {
	return slices.ContainsFunc(q.groups, func(g group) bool {
		for _, c := range g {
			if !slices.ContainsFunc(c, func(c condition) bool { return c.holds(value, env) }) {
				return false
			}
		}
		return true
	})
}

// compareValues orders numbers as numbers and everything else as text, ignoring case.
func compareValues(a, b string) int {
	x, errX := strconv.ParseFloat(a, 64)
	y, errY := strconv.ParseFloat(b, 64)
	if errX == nil && errY == nil {
		switch {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	}
	return strings.Compare(strings.ToLower(a), strings.ToLower(b))
}
