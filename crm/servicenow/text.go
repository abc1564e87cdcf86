package servicenow

import (
	"regexp"
	"time"
	"unicode/utf8"
)

var (
	// codeTag opens text that the instance renders as HTML in journals (servicenow.md 4.5).
	codeTag = regexp.MustCompile(`(?i)\[(\s*/?\s*code)`)
	// markerTag would let a chat pass for a note of ours.
	markerTag = regexp.MustCompile(`(?i)\[(lifeline:)`)
)

// zeroWidth breaks a tag without being seen.
const zeroWidth = "\u200b"

// harmless takes the meaning out of code tags and markers in text that comes from vendors and customers.
func harmless(text string) string {
	text = codeTag.ReplaceAllString(text, "["+zeroWidth+"$1")
	return markerTag.ReplaceAllString(text, "["+zeroWidth+"$1")
}

// clip shortens text to a number of characters.
func clip(text string, limit int) string {
	if utf8.RuneCountInString(text) <= limit {
		return text
	}
	return string([]rune(text)[:limit])
}

// timeLayout is ServiceNow's form of a moment, always UTC (servicenow.md 4.1).
const timeLayout = "2006-01-02 15:04:05"

func moment(t time.Time) string { return t.UTC().Format(timeLayout) }

// parseMoment reads a moment; the zero time stands for an empty or unreadable one.
func parseMoment(text string) time.Time {
	t, err := time.Parse(timeLayout, text)
	if err != nil {
		return time.Time{}
	}
	return t
}
