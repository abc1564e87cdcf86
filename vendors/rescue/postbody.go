package rescue

import (
	"bytes"
	"encoding/json"
	"errors"
	"mime"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A post comes as a form, XML or JSON (rescue.md 7.3). Each reader makes the same tree of it, so that everything
// after is one path.

var postBounds = bounds{depth: 16, elements: 10_000, lenient: true}

type bodyReader func(body []byte) (*element, error)

// readersFor gives the readers to try: the one that the content type names, then the one that the first byte
// suggests. Rescue's content types are not documented.
func readersFor(contentType string, body []byte) []bodyReader {
	guessed := readerByFirstByte(body)
	media, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return []bodyReader{guessed}
	}
	switch {
	case strings.Contains(media, "xml"):
		return []bodyReader{readXMLPost, guessed}
	case strings.Contains(media, "json"):
		return []bodyReader{readJSONPost, guessed}
	case media == formType:
		return []bodyReader{readFormPost, guessed}
	}
	return []bodyReader{guessed}
}

func readerByFirstByte(body []byte) bodyReader {
	start := bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\ufeff")))
	switch {
	case bytes.HasPrefix(start, []byte("<")):
		return readXMLPost
	case bytes.HasPrefix(start, []byte("{")), bytes.HasPrefix(start, []byte("[")):
		return readJSONPost
	}
	return readFormPost
}

func readXMLPost(body []byte) (*element, error) { return parseXML(body, postBounds) }

// readFormPost keeps the order of the fields, and a field as it stands when its escapes are broken.
func readFormPost(body []byte) (*element, error) {
	form := &element{}
	pairs := strings.Split(strings.TrimSpace(string(body)), "&")
	if len(pairs) > postBounds.elements {
		return nil, errTooLarge
	}
	for _, pair := range pairs {
		name, value, _ := strings.Cut(pair, "=")
		form.children = append(form.children, newLeaf(legalText(unescape(name)), legalText(unescape(value))))
	}
	return form, nil
}

func unescape(s string) string {
	plain, err := url.QueryUnescape(s)
	if err != nil {
		plain = s
	}
	if utf8.ValidString(plain) {
		return plain
	}
	return inWindows1252(plain)
}

func readJSONPost(body []byte) (*element, error) {
	decoder := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(body, []byte("\ufeff"))))
	decoder.UseNumber()
	reader := &jsonReader{decoder: decoder}
	return reader.value("", 0)
}

// jsonReader reads token by token, which keeps the order of the names and bounds depth and size.
type jsonReader struct {
	decoder *json.Decoder
	count   int
}

var errNotJSON = errors.New("not well-formed JSON")

func (r *jsonReader) value(name string, depth int) (*element, error) {
	r.count++
	if depth > postBounds.depth || r.count > postBounds.elements {
		return nil, errTooLarge
	}
	token, err := r.decoder.Token()
	if err != nil {
		return nil, errNotJSON
	}
	switch token := token.(type) {
	case json.Delim:
		return r.container(name, token, depth)
	case string:
		return newLeaf(name, legalText(token)), nil
	case json.Number:
		return newLeaf(name, token.String()), nil
	case bool:
		return newLeaf(name, strconv.FormatBool(token)), nil
	}
	return newLeaf(name, ""), nil // null
}

// container reads an object, or an array as an element with unnamed children.
func (r *jsonReader) container(name string, open json.Delim, depth int) (*element, error) {
	holder := &element{name: name}
	for r.decoder.More() {
		key := ""
		if open == '{' {
			token, err := r.decoder.Token()
			if err != nil {
				return nil, errNotJSON
			}
			text, _ := token.(string)
			key = legalText(text)
		}
		child, err := r.value(key, depth+1)
		if err != nil {
			return nil, err
		}
		holder.children = append(holder.children, child)
	}
	if _, err := r.decoder.Token(); err != nil {
		return nil, errNotJSON
	}
	return holder, nil
}

// variables are a post's values by normalised name, and the names as they came, in order.
type variables struct {
	values map[string]string
	names  []string
}

// get returns the value of a variable, whatever its spelling.
func (v variables) get(name string) string { return v.values[normal(name)] }

// normal compares names without case and without anything but letters and digits.
func normal(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, name)
}

// findVariables looks level by level for the element that holds a session id, through wrapper objects, arrays and
// whatever the root is called.
func findVariables(root *element) (variables, bool) {
	level := []*element{root}
	for len(level) > 0 {
		var next []*element
		for _, e := range level {
			if found := collect(e); hasSessionID(found) {
				return found, true
			}
			next = append(next, e.children...)
		}
		level = next
	}
	return variables{}, false
}

func hasSessionID(v variables) bool {
	_, ok := postSessionID(v)
	return ok
}

// postSessionID is the one mandatory variable. JSON may write a large number with an exponent.
func postSessionID(v variables) (string, bool) {
	raw := v.get("SessionID")
	if id, ok := readSessionID(raw); ok {
		return id, true
	}
	number, err := strconv.ParseFloat(raw, 64)
	if err != nil || number != float64(int64(number)) || number >= 1<<53 {
		return "", false
	}
	return readSessionID(strconv.FormatInt(int64(number), 10))
}

// collect takes the children of one element; of a repeated name the first filled value counts.
func collect(e *element) variables {
	found := variables{values: map[string]string{}}
	for _, child := range e.children {
		key := normal(child.name)
		if key == "" {
			continue
		}
		held, again := found.values[key]
		if !again {
			found.names = append(found.names, child.name)
		}
		if held == "" {
			found.values[key] = child.value()
		}
	}
	return found
}
