package servicenow

import (
	"strings"
	"unicode"

	"example.com/lifeline/support"
)

// filter builds an encoded query (servicenow.md 4.3). The language has no escape character, so values that could be
// read as more than a value are refused instead.
type filter struct {
	parts []string
	err   error
}

// where begins a filter with field = value.
func where(field, value string) *filter { return (&filter{}).and(field, "=", value) }

// and adds a condition that must hold too.
func (f *filter) and(field, operator, value string) *filter {
	if err := safe(value); err != nil && f.err == nil {
		f.err = err
	}
	f.parts = append(f.parts, field+operator+value)
	return f
}

// mine begins a filter with field = the user who calls: the instance runs scripts that are given as values
// (servicenow.md 4.3), and this one is ours.
func mine(field string) *filter {
	return &filter{parts: []string{field + "=javascript:gs.getUserID()"}}
}

// oldest sorts by creation, with the id as tie-break.
func (f *filter) oldest() *filter {
	f.parts = append(f.parts, "ORDERBYsys_created_on", "ORDERBYsys_id")
	return f
}

// newest sorts the other way round.
func (f *filter) newest() *filter {
	f.parts = append(f.parts, "ORDERBYDESCsys_created_on", "ORDERBYDESCsys_id")
	return f
}

func (f *filter) encode() (string, error) {
	if f.err != nil {
		return "", f.err
	}
	return strings.Join(f.parts, "^"), nil
}

// safe refuses values that ServiceNow would read as a query or run as a script, and the empty value, which would match
// every row without one.
func safe(value string) error {
	script := strings.HasPrefix(strings.ToLower(strings.TrimSpace(value)), "javascript:")
	if value == "" || script || strings.Contains(value, "^") || strings.ContainsFunc(value, unicode.IsControl) {
		return support.Stopped(support.CodeInvalid, "a value cannot be looked up in ServiceNow: it is empty, or holds characters that its queries do not allow", nil)
	}
	return nil
}
