package rescue

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// textOf reads a post's bytes as text, by what they look like: the character set that a post declares is not
// documented, and need not be the one it is sent in. A post that is refused is lost, so nothing is refused for this.
func textOf(raw []byte) []byte {
	from := encodingOf(raw)
	if from == nil {
		return raw
	}
	text, err := from.NewDecoder().Bytes(raw)
	if err != nil {
		return bytes.ToValidUTF8(raw, []byte("\ufffd"))
	}
	return text
}

// encodingOf is nil for UTF-8.
func encodingOf(raw []byte) encoding.Encoding {
	switch {
	case bytes.HasPrefix(raw, []byte{0xff, 0xfe}), len(raw) > 1 && raw[0] != 0 && raw[1] == 0:
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	case bytes.HasPrefix(raw, []byte{0xfe, 0xff}), len(raw) > 1 && raw[0] == 0 && raw[1] != 0:
		return unicode.UTF16(unicode.BigEndian, unicode.UseBOM)
	case utf8.Valid(raw):
		return nil
	}
	return charmap.Windows1252
}

// inWindows1252 reads bytes that are no UTF-8.
func inWindows1252(raw string) string {
	text, err := charmap.Windows1252.NewDecoder().String(raw)
	if err != nil {
		return strings.ToValidUTF8(raw, "\ufffd")
	}
	return text
}

// legalText drops the characters that XML forbids, however they came: a CRM need not take them.
func legalText(text string) string {
	return strings.Map(func(r rune) rune {
		if isLegal(r) {
			return r
		}
		return -1
	}, text)
}
