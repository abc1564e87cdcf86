package dynamics

import (
	"regexp"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/google/uuid"

	"example.com/lifeline/support"
)

// payload builds the body of a write to one of Lifeline's tables. Empty values are left out, so that a thinner write
// never empties what an earlier one brought; texts are made to fit their column.
type payload struct {
	names  names
	table  Table
	fields map[string]any
}

func (c *CRM) payload(table Table) payload {
	return payload{names: c.names, table: table, fields: map[string]any{}}
}

func (p payload) text(column, value string) {
	if definition, known := p.table.Column(column); known && value != "" {
		p.fields[p.names.of(column)] = fit(value, definition.Length)
	}
}

func (p payload) time(column string, at time.Time) {
	if !at.IsZero() {
		p.fields[p.names.of(column)] = moment(at)
	}
}

func (p payload) number(column string, value int64) {
	if value > 0 {
		p.fields[p.names.of(column)] = min(value, 1<<31-1)
	}
}

func (p payload) flag(column string, value bool) { p.fields[p.names.of(column)] = value }

func (p payload) empty(columns ...string) {
	for _, column := range columns {
		p.fields[p.names.of(column)] = nil
	}
}

// bind points a lookup at a row.
func (p payload) bind(column, set, id string) { p.fields[p.names.bind(column)] = "/" + row(set, id) }

const ellipsis = "…"

// fit makes a text one that its column takes: no longer than the column (dynamics.md 3, 0x80044331), and storable.
func fit(text string, length int) string { return cut(storable(text), length) }

// storable replaces the characters that no column of Dataverse takes, which are those that XML has not: control
// characters beyond tab and line ends (0x80040278). People paste them into chats and notes without seeing them.
func storable(text string) string {
	return strings.Map(func(r rune) rune {
		control := r < ' ' && r != '\t' && r != '\n' && r != '\r'
		if control || r == '\ufffe' || r == '\uffff' {
			return utf8.RuneError
		}
		return r
	}, text)
}

// cut shortens a text to a number of UTF-16 units, which is how Dataverse counts, and says so by an ellipsis.
func cut(text string, length int) string {
	if len(text) <= length {
		return text
	}
	units := utf16.Encode([]rune(text))
	if len(units) <= length {
		return text
	}
	kept := units[:length-1]
	if utf16.IsSurrogate(rune(kept[len(kept)-1])) && kept[len(kept)-1] < 0xdc00 {
		kept = kept[:len(kept)-1] // half a character
	}
	return string(utf16.Decode(kept)) + ellipsis
}

// idSpace makes Lifeline's derived ids differ from anybody else's.
var idSpace = uuid.MustParse("8c0b7e0c-4f6e-5a55-9a0b-51f3a1d3c7e4")

// derivedID gives a row the same id in every attempt: the UUIDv5 of what it is and its marker.
func derivedID(what, marker string) string {
	return uuid.NewSHA1(idSpace, []byte(what+":"+marker)).String()
}

// keyForm is the alphabet that an alternate key may have in an address (dynamics.md 2.4).
var keyForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,100}$`)

func checkKey(key string) error {
	if keyForm.MatchString(key) {
		return nil
	}
	return support.Stopped(support.CodeInvalid, "a key may hold only letters, digits, hyphen and underscore, at most 100", nil)
}

// byKey is the path of a row by its table's alternate key.
func (c *CRM) byKey(table Table, key string) string {
	return row(c.names.set(table), c.names.of(table.Key)+"="+literal(key))
}
