package dataverse

import (
	"strings"
)

// segment is one part of a resource path: a name with optional arguments in parentheses.
type segment struct {
	name   string
	called bool    // had parentheses
	args   []named // keys or parameters; one unnamed argument is a primary key
}

type named struct {
	name   string
	value  string
	quoted bool
}

// parsePath splits a resource path below the service root. Slashes inside quotes separate too, as they do at the real
// service: values with them can't be addressed (reference 2.4).
func parsePath(resource string) ([]segment, error) {
	var list []segment
	for _, part := range strings.Split(strings.Trim(resource, "/"), "/") {
		s, err := parseSegment(part)
		if err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, nil
}

func parseSegment(part string) (segment, error) {
	open := strings.IndexByte(part, '(')
	if open < 0 {
		return segment{name: part}, nil
	}
	if !strings.HasSuffix(part, ")") {
		return segment{}, badRequest(codeProperty, "Bad Request - Error in query syntax.")
	}
	args, err := parseArgs(part[open+1 : len(part)-1])
	return segment{name: part[:open], called: true, args: args}, err
}

// parseArgs reads "guid", "a='x',b=3" or "Target=@p1".
func parseArgs(input string) ([]named, error) {
	var list []named
	for rest := input; strings.TrimSpace(rest) != ""; {
		arg, length, err := parseArg(rest)
		if err != nil {
			return nil, err
		}
		list = append(list, arg)
		rest = strings.TrimPrefix(rest[length:], ",")
	}
	return list, nil
}

func parseArg(input string) (named, int, error) {
	var arg named
	at := 0
	if end := strings.IndexAny(input, "=,'"); end >= 0 && input[end] == '=' {
		arg.name, at = strings.TrimSpace(input[:end]), end+1
	}
	if strings.HasPrefix(input[at:], "'") {
		value, length, err := quoted(input[at:])
		arg.value, arg.quoted = value, true
		if err == nil && at+length < len(input) && input[at+length] != ',' {
			err = syntaxError(input)
		}
		return arg, at + length, err
	}
	end := strings.IndexByte(input[at:], ',')
	if end < 0 {
		end = len(input) - at
	}
	arg.value = strings.TrimSpace(input[at : at+end])
	return arg, at + end, nil
}

// arg gives the named argument of a function, resolving a parameter alias.
func (s segment) arg(name string, alias func(string) string) string {
	for _, a := range s.args {
		if a.name != name {
			continue
		}
		if strings.HasPrefix(a.value, "@") && !a.quoted {
			return alias(a.value)
		}
		return a.value
	}
	return ""
}

// unaddressable are the characters that a key value in a path must not have (reference 2.4).
const unaddressable = `/<>*%&:\?+`
