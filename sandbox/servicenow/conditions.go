package servicenow

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// environment is what conditions may refer to besides the row.
type environment struct {
	now    time.Time
	userID string
}

// dynamicMe is the sys_id of the platform's dynamic filter "Me".
const dynamicMe = "90d1921e5f510100a9ad2572f2b477fe"

// holds tells whether the condition is true of a row.
func (c condition) holds(value func(string) string, env environment) bool {
	have, want := value(c.field), evaluate(c.value, env)
	switch c.op {
	case "=":
		return strings.EqualFold(have, want)
	case "!=":
		return !strings.EqualFold(have, want)
	case "<", "<=", ">", ">=":
		return have != "" && compares(c.op, compareValues(have, want))
	case "BETWEEN":
		low, high, ok := strings.Cut(c.value, "@")
		return ok && have != "" && compareValues(have, evaluate(low, env)) >= 0 && compareValues(have, evaluate(high, env)) <= 0
	case "ISEMPTY", "EMPTYSTRING":
		return have == ""
	case "ISNOTEMPTY":
		return have != ""
	case "ANYTHING":
		return true
	case "DYNAMIC":
		return c.value == dynamicMe && have == env.userID
	}
	return c.holdsText(have, want) || c.holdsField(have, value(c.value)) || c.holdsTime(have, env)
}

func (c condition) holdsText(have, want string) bool {
	have, want = strings.ToLower(have), strings.ToLower(want)
	switch c.op {
	case "LIKE":
		return strings.Contains(have, want)
	case "NOT LIKE":
		return !strings.Contains(have, want)
	case "STARTSWITH":
		return strings.HasPrefix(have, want)
	case "ENDSWITH":
		return strings.HasSuffix(have, want)
	case "IN":
		return slices.Contains(strings.Split(want, ","), have)
	case "NOT IN":
		return !slices.Contains(strings.Split(want, ","), have)
	}
	return false
}

func (c condition) holdsField(have, other string) bool {
	switch c.op {
	case "SAMEAS":
		return strings.EqualFold(have, other)
	case "NSAMEAS":
		return !strings.EqualFold(have, other)
	case "GT_FIELD":
		return compares(">", compareValues(have, other))
	case "LT_FIELD":
		return compares("<", compareValues(have, other))
	case "GT_OR_EQUALS_FIELD":
		return compares(">=", compareValues(have, other))
	case "LT_OR_EQUALS_FIELD":
		return compares("<=", compareValues(have, other))
	}
	return false
}

func (c condition) holdsTime(have string, env environment) bool {
	switch c.op {
	case "ON", "NOTON":
		parts := strings.Split(c.value, "@")
		if len(parts) != 3 || have == "" {
			return false
		}
		inside := have >= evaluate(parts[1], env) && have <= endOfDay(evaluate(parts[2], env))
		return inside == (c.op == "ON")
	case "RELATIVEGT", "RELATIVELT":
		at, ok := relative(c.value, env.now)
		if !ok || have == "" {
			return false
		}
		return (have > at) == (c.op == "RELATIVEGT")
	}
	return false
}

func compares(op string, order int) bool {
	switch op {
	case "<":
		return order < 0
	case "<=":
		return order <= 0
	case ">":
		return order > 0
	}
	return order >= 0
}

// evaluate runs the few server-side expressions that integrations use; other scripts give an empty value.
func evaluate(value string, env environment) string {
	if len(value) < len("javascript:") || !strings.EqualFold(value[:len("javascript:")], "javascript:") {
		return value
	}
	script := strings.ReplaceAll(value[len("javascript:"):], " ", "")
	if script == "gs.getUserID()" {
		return env.userID
	}
	arguments, ok := strings.CutPrefix(script, "gs.dateGenerate(")
	if day, clock, two := strings.Cut(strings.TrimSuffix(arguments, ")"), ","); ok && two {
		return strings.Trim(day, "'\"") + " " + strings.Trim(clock, "'\"")
	}
	return ""
}

func endOfDay(value string) string {
	if len(value) == len(time.DateOnly) {
		return value + " 23:59:59"
	}
	return value
}

// relative reads "@hour@ago@1" and gives the time it names, in the platform's notation.
func relative(value string, now time.Time) (string, bool) {
	value = strings.TrimPrefix(value, "@")
	parts := strings.Split(value, "@")
	if len(parts) != 3 {
		return "", false
	}
	n, err := strconv.Atoi(parts[2])
	if err != nil {
		return "", false
	}
	if parts[1] == "ago" {
		n = -n
	}
	switch parts[0] {
	case "minute":
		now = now.Add(time.Duration(n) * time.Minute)
	case "hour":
		now = now.Add(time.Duration(n) * time.Hour)
	case "dayofweek":
		now = now.AddDate(0, 0, n)
	case "month":
		now = now.AddDate(0, n, 0)
	case "year":
		now = now.AddDate(n, 0, 0)
	default:
		return "", false
	}
	return now.Format(timeLayout), true
}
