package dynamics

import (
	"regexp"
	"slices"
	"strings"

	"example.com/lifeline/support"
)

// mergeField is a template's field as Dynamics's editor writes it: {!Contact:Full Name;customer}, that is entity, column
// and the text for an empty one.
var mergeField = regexp.MustCompile(`\{!\s*([^:;{}]+):([^:;{}]+)(?:;[^{}]*)?\}`)

// naming gives what a merge field must show, if that is known better than Dynamics does.
type naming func(entity, column string) (text string, known bool)

// namesOf names the chosen contact in a customer's fields, and the agent in a user's: Dynamics merges them from the record
// and from whoever asks for the merging, which is Lifeline's application user.
func namesOf(to support.Customer, from support.Agent) naming {
	return func(entity, column string) (string, bool) {
		var name, email string
		switch letters(entity) {
		case "customer", "contact", "lead":
			name, email = to.Name, to.Email
		case "user", "systemuser", "owner":
			name, email = from.Name, from.Email
		}
		text := ""
		first, last, _ := strings.Cut(name, " ")
		switch letters(column) {
		case "fullname", "name":
			text = name
		case "firstname":
			text = first
		case "lastname":
			text = last
		case "email", "primaryemail", "internalemailaddress", "emailaddress1":
			text = email
		}
		return text, text != ""
	}
}

// letters makes "Full Name" and "fullname" the same.
func letters(s string) string { return strings.ToLower(strings.ReplaceAll(s, " ", "")) }

// rename writes a merged text anew with the names of naming, written by write. Where the template's own words are not
// found in the text (organisations keep templates as XSLT, too), or in more than one way, it tells no.
func rename(template, merged string, known naming, write func(string) string) (string, bool) {
	fields := mergeField.FindAllStringSubmatch(template, -1)
	literals := mergeField.Split(template, -1)
	values, ok := align(literals, merged)
	if !ok {
		return "", false
	}
	var renamed strings.Builder
	for i, literal := range literals {
		renamed.WriteString(literal)
		if i == len(fields) {
			break
		}
		if text, better := known(fields[i][1], fields[i][2]); better {
			renamed.WriteString(write(text))
		} else {
			renamed.WriteString(values[i])
		}
	}
	return renamed.String(), true
}

// align finds what stands between a template's literals in the merged text. The text must begin with the first and end
// with the last, and there must be one way only to find the others in order.
func align(literals []string, merged string) ([]string, bool) {
	first, last := literals[0], literals[len(literals)-1]
	if len(literals) == 1 {
		return nil, merged == first
	}
	rest, begins := strings.CutPrefix(merged, first)
	rest, ends := strings.CutSuffix(rest, last)
	middle := literals[1 : len(literals)-1]
	early := earliest(rest, middle)
	if !begins || !ends || early == nil || !slices.Equal(early, latest(rest, middle)) {
		return nil, false
	}
	values, from := make([]string, 0, len(middle)+1), 0
	for i, at := range early {
		values = append(values, rest[from:at])
		from = at + len(middle[i])
	}
	return append(values, rest[from:]), true
}

// earliest finds the places of the literals in order, each as far left as it goes; nil when one is missing.
func earliest(text string, literals []string) []int {
	places, from := make([]int, 0, len(literals)), 0
	for _, literal := range literals {
		at := strings.Index(text[from:], literal)
		if at < 0 {
			return nil
		}
		places = append(places, from+at)
		from += at + len(literal)
	}
	return places
}

// latest finds them as far right as they go.
func latest(text string, literals []string) []int {
	places, to := make([]int, len(literals)), len(text)
	for i, literal := range slices.Backward(literals) {
		at := strings.LastIndex(text[:to], literal)
		if at < 0 {
			return nil
		}
		places[i], to = at, at
	}
	return places
}
