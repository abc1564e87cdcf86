package rescue

import (
	"errors"
	"regexp"
	"strings"
)

// errPage says that a web page came where data was expected: an unknown method, a lost login or maintenance
// (rescue.md 1.3).
var errPage = errors.New("a page came instead of data")

// readPlain takes a plain answer apart (rescue.md 1.3) and returns what follows the word OK. Every other word is a
// failure; so is every answer that does not begin with a known word.
func readPlain(body []byte) (string, error) {
	text := strings.TrimSpace(strings.TrimPrefix(string(body), "\ufeff"))
	switch {
	case text == "":
		return "", notUnderstood("Rescue gave an empty answer", nil)
	case text[0] == '<':
		return "", notUnderstood("Rescue answered with a page instead of data", errPage)
	}
	word, payload, _ := cutSpace(text)
	if word == wordOK {
		return payload, nil
	}
	return "", plainFailure(word)
}

func plainFailure(word string) error {
	if err, known := failure(word); known {
		return err
	}
	if harmlessWord.MatchString(word) && strings.HasPrefix(word, wordInvalid) {
		return unknownRefusal(word)
	}
	return notUnderstood("Rescue gave an answer outside its documented form", nil)
}

// cutSpace cuts at the first white space, blank or line end alike, and trims what follows.
func cutSpace(s string) (before, after string, found bool) {
	i := strings.IndexFunc(s, func(r rune) bool { return r == ' ' || r == '\t' || r == '\r' || r == '\n' })
	if i < 0 {
		return s, "", false
	}
	return s[:i], strings.TrimSpace(s[i:]), true
}

// labels reads "LABEL:value" pairs, one a line or all on one line, with or without a blank after the colon.
type labels struct{ pattern *regexp.Regexp }

func newLabels(names ...string) labels {
	return labels{regexp.MustCompile(`(?i)(?:^|\s)(` + strings.Join(names, "|") + `):`)}
}

// read returns the values by label in upper case. The first of a repeated label counts.
func (l labels) read(payload string) map[string]string {
	values := map[string]string{}
	found := l.pattern.FindAllStringSubmatchIndex(payload, -1)
	for i, at := range found {
		end := len(payload)
		if i+1 < len(found) {
			end = found[i+1][0]
		}
		name := strings.ToUpper(payload[at[2]:at[3]])
		if _, again := values[name]; !again {
			values[name] = strings.TrimSpace(payload[at[1]:end])
		}
	}
	return values
}

// restAfter returns everything after a leading label: chat and notes may hold colons, pipes and line ends
// (rescue.md 5.3). Without the label the payload is the text itself.
func restAfter(payload, label string) string {
	if len(payload) > len(label) && strings.EqualFold(payload[:len(label)], label) && payload[len(label)] == ':' {
		return strings.TrimSpace(payload[len(label)+1:])
	}
	return payload
}

var pinLabels = newLabels("PINCODE")

const pinDigits = 6

// readPIN finds the PIN, always six digits: a missing leading zero is put back (rescue.md 3.1).
func readPIN(payload string) (string, error) {
	pin, _, _ := cutSpace(pinLabels.read(payload)["PINCODE"])
	if !onlyDigits.MatchString(pin) || len(pin) > pinDigits {
		return "", notUnderstood("Rescue said OK but gave no PIN", nil)
	}
	return strings.Repeat("0", pinDigits-len(pin)) + pin, nil
}

var authcodeLabels = newLabels("AUTHCODE")

// authcodeForm bounds what is taken for an authcode: about 80 letters and digits (rescue.md 2.2).
var authcodeForm = regexp.MustCompile(`^[0-9A-Za-z]{1,512}$`)

func readAuthcode(payload string) (string, error) {
	code, _, _ := cutSpace(authcodeLabels.read(payload)["AUTHCODE"])
	if !authcodeForm.MatchString(code) {
		return "", notUnderstood("Rescue said OK but gave no authcode", nil)
	}
	return code, nil
}
