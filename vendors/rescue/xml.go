package rescue

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
)

// element is one node of a foreign document, whether that came as XML, JSON or a form.
type element struct {
	name     string
	id       string // the attribute of that name, which ties report cells to their headings
	buf      strings.Builder
	children []*element
}

func newLeaf(name, text string) *element {
	leaf := &element{name: name}
	leaf.buf.WriteString(text)
	return leaf
}

// value is the trimmed text of a leaf, or the values of all leaves below, joined.
func (e *element) value() string {
	if len(e.children) == 0 {
		return strings.TrimSpace(e.buf.String())
	}
	parts := make([]string, 0, len(e.children))
	for _, child := range e.children {
		parts = append(parts, child.value())
	}
	return strings.Join(parts, ", ")
}

// child returns the first child of that name; nil when there is none, or no element at all.
func (e *element) child(name string) *element {
	if e == nil {
		return nil
	}
	for _, child := range e.children {
		if child.name == name {
			return child
		}
	}
	return nil
}

// get returns the value of a child, or nothing.
func (e *element) get(name string) string {
	if child := e.child(name); child != nil {
		return child.value()
	}
	return ""
}

// bounds keep a document from growing beyond what its size suggests.
type bounds struct {
	depth    int
	elements int
	// lenient takes a stray "&" for itself, as the sender is not known to escape, and believes no declared character set.
	lenient bool
}

var (
	errDirective = errors.New("document types and entities are not read")
	errTooLarge  = errors.New("document is too deep or has too many elements")
	errNoRoot    = errors.New("document has no root element")
)

// parseXML reads a document into a tree. Document types, and with them entities, are refused; names lose their
// prefixes.
func parseXML(body []byte, limit bounds) (*element, error) {
	decoder := xml.NewDecoder(bytes.NewReader(legalXML(body)))
	decoder.Strict = !limit.lenient
	decoder.CharsetReader = onlyUTF8
	if limit.lenient {
		decoder.CharsetReader = alreadyRead
	}
	tree := &xmlTree{limit: limit}
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return tree.finish()
		}
		if err != nil {
			return nil, fmt.Errorf("not well-formed XML at byte %d", decoder.InputOffset()) // the decoder's own words may quote the body
		}
		if err := tree.add(token); err != nil {
			return nil, err
		}
	}
}

type xmlTree struct {
	limit bounds
	count int
	root  *element
	open  []*element
}

func (t *xmlTree) add(token xml.Token) error {
	switch token := token.(type) {
	case xml.Directive:
		return errDirective
	case xml.StartElement:
		return t.start(token)
	case xml.EndElement:
		t.open = t.open[:len(t.open)-1]
	case xml.CharData:
		if len(t.open) > 0 {
			t.open[len(t.open)-1].buf.Write(token)
		}
	}
	return nil
}

func (t *xmlTree) start(token xml.StartElement) error {
	t.count++
	if len(t.open) >= t.limit.depth || t.count > t.limit.elements {
		return errTooLarge
	}
	next := &element{name: token.Name.Local}
	for _, attribute := range token.Attr {
		if attribute.Name.Local == "id" {
			next.id = attribute.Value
		}
	}
	switch {
	case len(t.open) > 0:
		parent := t.open[len(t.open)-1]
		parent.children = append(parent.children, next)
	case t.root != nil:
		return errors.New("document has two roots")
	default:
		t.root = next
	}
	t.open = append(t.open, next)
	return nil
}

func (t *xmlTree) finish() (*element, error) {
	if t.root == nil || len(t.open) > 0 {
		return nil, errNoRoot
	}
	return t.root, nil
}

func onlyUTF8(charset string, input io.Reader) (io.Reader, error) {
	if strings.EqualFold(charset, "us-ascii") {
		return input, nil
	}
	return nil, errors.New("only UTF-8 is read")
}

// alreadyRead is for a document whose bytes were made text before, see textOf.
func alreadyRead(_ string, input io.Reader) (io.Reader, error) { return input, nil }

var numericReference = regexp.MustCompile(`&#(?:[xX]([0-9a-fA-F]{1,8})|([0-9]{1,8}));`)

// legalXML drops characters that XML forbids, raw or as references: chat lines hold what people paste, and the
// vendor's serialiser is known to write them.
func legalXML(body []byte) []byte {
	body = bytes.TrimPrefix(body, []byte("\ufeff"))
	body = bytes.Map(func(r rune) rune {
		if isLegal(r) {
			return r
		}
		return -1
	}, bytes.ToValidUTF8(body, []byte("\ufffd")))
	return numericReference.ReplaceAllFunc(body, func(reference []byte) []byte {
		parts := numericReference.FindSubmatch(reference)
		digits, base := string(parts[1]), 16
		if digits == "" {
			digits, base = string(parts[2]), 10
		}
		if code, err := strconv.ParseInt(digits, base, 64); err != nil || code > 0x10FFFF || !isLegal(rune(code)) {
			return nil
		}
		return reference
	})
}

// isLegal follows the Char production of XML 1.0.
func isLegal(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || r >= 0x20 && r <= 0xD7FF || r >= 0xE000 && r <= 0xFFFD || r >= 0x10000 && r <= 0x10FFFF
}
