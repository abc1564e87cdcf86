package dataverse

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// subject is what a filter is applied to: rows of a table, or metadata objects.
type subject interface {
	// kindOf gives the kind of a property, so that a filter is refused even where nothing is stored.
	kindOf(p path) (valueKind, error)
}

type valueKind string

const (
	kindText   valueKind = "Edm.String"
	kindNumber valueKind = "Edm.Int32"
	kindBool   valueKind = "Edm.Boolean"
	kindTime   valueKind = "Edm.DateTimeOffset"
	kindGUID   valueKind = "Edm.Guid"
	kindNull   valueKind = "null"
)

// checkFilter refuses unknown properties and operands of different kinds. It returns the kind of the expression.
func checkFilter(e expr, of subject) (valueKind, error) {
	switch e := e.(type) {
	case literal:
		return kindOfValue(e.value), nil
	case path:
		return of.kindOf(e)
	case negation:
		return kindBool, wantKind(e.of, of, kindBool)
	case textCall:
		if err := wantKind(e.in, of, kindText); err != nil {
			return "", err
		}
		return kindBool, wantKind(e.text, of, kindText)
	case membership:
		_, err := of.kindOf(e.property)
		return kindBool, err
	case binary:
		return kindBool, checkBinary(e, of)
	}
	return "", syntaxError("filter")
}

func checkBinary(e binary, of subject) error {
	if e.op == "and" || e.op == "or" {
		if err := wantKind(e.left, of, kindBool); err != nil {
			return err
		}
		return wantKind(e.right, of, kindBool)
	}
	left, err := checkFilter(e.left, of)
	if err != nil {
		return err
	}
	right, err := checkFilter(e.right, of)
	if err != nil {
		return err
	}
	if left != right && left != kindNull && right != kindNull {
		return badRequest(codeProperty, "A binary operator with incompatible types was detected. Found operand types '%s' and '%s' for operator kind '%s'.", left, right, e.op)
	}
	return nil
}

func wantKind(e expr, of subject, want valueKind) error {
	kind, err := checkFilter(e, of)
	if err == nil && kind != want {
		return badRequest(codeProperty, "An expression of type '%s' was found where '%s' was expected.", kind, want)
	}
	return err
}

func kindOfValue(value any) valueKind {
	switch value.(type) {
	case string:
		return kindText
	case float64, int64:
		return kindNumber
	case bool:
		return kindBool
	case time.Time:
		return kindTime
	case guid, ref:
		return kindGUID
	}
	return kindNull
}

// holds evaluates a checked filter; value gives a property's value.
func holds(e expr, value func(path) any) bool {
	switch e := e.(type) {
	case literal, path:
		truth, _ := operandValue(e, value).(bool)
		return truth
	case negation:
		return !holds(e.of, value)
	case textCall:
		return holdsText(e, value)
	case membership:
		return slices.ContainsFunc(e.values, func(one string) bool { return strings.EqualFold(plain(value(e.property)), one) })
	case binary:
		return holdsBinary(e, value)
	}
	return false
}

func holdsBinary(e binary, value func(path) any) bool {
	switch e.op {
	case "and":
		return holds(e.left, value) && holds(e.right, value)
	case "or":
		return holds(e.left, value) || holds(e.right, value)
	}
	left, right := operandValue(e.left, value), operandValue(e.right, value)
	if left == nil || right == nil {
		return e.op == "eq" && left == right || e.op == "ne" && left != right
	}
	order := compareValues(left, right)
	switch e.op {
	case "eq":
		return order == 0
	case "ne":
		return order != 0
	case "gt":
		return order > 0
	case "ge":
		return order >= 0
	case "lt":
		return order < 0
	}
	return order <= 0
}

func holdsText(e textCall, value func(path) any) bool {
	in, ok := operandValue(e.in, value).(string)
	text, _ := operandValue(e.text, value).(string)
	if !ok {
		return false
	}
	in, text = strings.ToLower(in), strings.ToLower(text)
	switch e.name {
	case "contains":
		return strings.Contains(in, text)
	case "startswith":
		return strings.HasPrefix(in, text)
	}
	return strings.HasSuffix(in, text)
}

func operandValue(e expr, value func(path) any) any {
	switch e := e.(type) {
	case literal:
		return e.value
	case path:
		return value(e)
	}
	return holds(e, value)
}

// compareValues orders two values of one kind; texts without case, as the database collates (reference 2.5, unverified).
func compareValues(a, b any) int {
	switch kindOfValue(a) {
	case kindNumber:
		return cmp.Compare(number(a), number(b))
	case kindTime:
		left, _ := a.(time.Time)
		right, _ := b.(time.Time)
		return left.Compare(right)
	}
	return cmp.Compare(strings.ToLower(plain(a)), strings.ToLower(plain(b)))
}

func number(value any) float64 {
	switch value := value.(type) {
	case int64:
		return float64(value)
	case float64:
		return value
	}
	return 0
}

// plain writes a value the way In compares it.
func plain(value any) string {
	switch value := value.(type) {
	case string:
		return value
	case guid:
		return string(value)
	case ref:
		return value.id
	case int64:
		return strconv.FormatInt(value, 10)
	case float64:
		return strconv.FormatFloat(value, 'f', -1, 64)
	case bool:
		return strconv.FormatBool(value)
	case time.Time:
		return value.Format(time.RFC3339)
	}
	return ""
}
