package teamviewer

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"time"

	"example.com/lifeline/support"
)

// text is a value that TeamViewer writes as a string in one place and as a number in another: states, types, fees,
// error codes (teamviewer.md 2.2, 3.3).
type text string

// UnmarshalJSON takes strings, numbers and booleans; other forms are no value.
func (t *text) UnmarshalJSON(raw []byte) error {
	var s string
	switch {
	case json.Unmarshal(raw, &s) == nil:
		*t = text(s)
	case len(raw) > 0 && strings.ContainsRune("{[n", rune(raw[0])):
		*t = ""
	default:
		*t = text(raw)
	}
	return nil
}

// moment is a time in one of the forms TeamViewer writes, always UTC (teamviewer.md 1.1).
type moment struct{ time.Time }

var momentForms = []string{time.RFC3339Nano, "20060102T150405Z", "20060102T150405", "2006-01-02T15:04:05.999999999", "2006-01-02"}

// UnmarshalJSON leaves the zero time for what is no known form: one odd date must not lose a page of sessions.
func (m *moment) UnmarshalJSON(raw []byte) error {
	var s text
	if err := s.UnmarshalJSON(raw); err != nil {
		return err
	}
	*m = moment{}
	for _, form := range momentForms {
		if at, err := time.Parse(form, string(s)); err == nil {
			m.Time = at.UTC()
			return nil
		}
	}
	return nil
}

// loose is a property that is left empty when TeamViewer writes something else in its place: the rest of the session or
// report counts all the same.
type loose[T any] struct{ value T }

// UnmarshalJSON takes what fits.
func (l *loose[T]) UnmarshalJSON(raw []byte) error {
	var value T
	if json.Unmarshal(raw, &value) == nil {
		l.value = value
	}
	return nil
}

// person is a customer as a session carries them.
type person struct {
	Name  text `json:"name"`
	Email text `json:"email"`
}

// session is the session object (teamviewer.md 2.2). Any object can be read as one: a session that is left out of a list
// is taken for closed.
type session struct {
	Code          text                  `json:"code"`
	State         text                  `json:"state"`
	Online        text                  `json:"online"`
	CustomAPI     text                  `json:"custom_api"`
	Assigned      text                  `json:"assigned_userid"`
	CustomerLink  text                  `json:"end_customer_link"`
	SupporterLink loose[support.Secret] `json:"supporter_link"`
	ValidUntil    moment                `json:"valid_until"`
	ClosedAt      moment                `json:"closed_at"`
}

// online tells whether the customer is there; nil where that is not said.
func (s session) online() *bool {
	is, err := strconv.ParseBool(string(s.Online))
	if err != nil {
		return nil
	}
	return &is
}

// closed goes by the word or the time of closing; the numbers of the state have no known meaning.
func (s session) closed() bool {
	return strings.EqualFold(string(s.State), "closed") || !s.ClosedAt.IsZero()
}

func (s session) expired(now time.Time) bool {
	return !s.ValidUntil.IsZero() && !now.Before(s.ValidUntil.Time)
}

var codeForm = regexp.MustCompile(`^s\d[\d-]{2,30}$`)

// undashed is a code's form in links and filters, and the one to compare by.
func undashed(code string) string { return strings.ReplaceAll(strings.TrimSpace(code), "-", "") }

// dashed is a code's form in session objects and addresses, s104-882-317: dashes before every three digits from the
// right. A code that has dashes stays as TeamViewer wrote it.
func dashed(code string) string {
	code = strings.TrimSpace(code)
	if !codeForm.MatchString(code) || strings.Contains(code, "-") {
		return code
	}
	digits := code[1:]
	var groups []string
	for len(digits) > 3 {
		groups = append([]string{digits[len(digits)-3:]}, groups...)
		digits = digits[:len(digits)-3]
	}
	return "s" + strings.Join(append([]string{digits}, groups...), "-")
}

// correlation is what custom_api holds: no personal data, as anybody with access to the API reads it
// (teamviewer.md 2.7).
type correlation struct {
	Version int    `json:"v"`
	Ref     string `json:"ref"`
	Token   string `json:"token"`
}

func correlate(ref support.RecordRef, token support.Token) string {
	out, err := json.Marshal(correlation{Version: 1, Ref: ref.Type + ":" + ref.ID, Token: string(token)})
	if err != nil {
		return ""
	}
	return string(out)
}

// tokenOf finds Lifeline's token; none in what others wrote into custom_api.
func tokenOf(customAPI text) support.Token {
	var c correlation
	if json.Unmarshal([]byte(customAPI), &c) != nil || !support.IsToken(c.Token) {
		return ""
	}
	return support.Token(c.Token)
}

// shorten keeps the first letters of a text; limits count characters (teamviewer.md 2.2).
func shorten(s string, limit int) string {
	runes := []rune(s)
	return string(runes[:min(len(runes), limit)])
}
