package support

import (
	"regexp"
	"unicode"
	"unicode/utf8"
)

// Sentence makes a message that stands alone of one that was written to follow a colon.
func Sentence(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	if size == 0 {
		return ""
	}
	text = string(unicode.ToUpper(first)) + text[size:]
	if finished.MatchString(text) {
		return text
	}
	return text + "."
}

// finished texts end as a sentence does, or in an address, of which a full stop would become a part.
var finished = regexp.MustCompile(`[.!?]$|https?:\S+$`)
