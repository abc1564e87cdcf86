package teamviewer

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
)

// The longest texts (teamviewer.md 2.2), in UTF-16 units, as the service counts them.
const (
	maxName      = 100
	maxEmail     = 254
	maxText      = 4000
	lastLanguage = 32 // of SMS invitations
)

var smsNumber = regexp.MustCompile(`^\+?[\d \(\)\/\-]+$`)

// check refuses what is too long or malformed.
func (b sessionBody) check() error {
	var customer customerBody
	if b.EndCustomer != nil {
		customer = *b.EndCustomer
	}
	for _, limit := range []struct {
		name string
		text *string
		most int
	}{
		{"description", b.Description, maxText}, {"custom_api", b.CustomAPI, maxText},
		{"end_customer.name", customer.Name, maxName}, {"end_customer.email", customer.Email, maxEmail},
	} {
		if len(utf16.Encode([]rune(given(limit.text)))) > limit.most {
			return badRequest(fmt.Sprintf("%s must not be longer than %d characters.", limit.name, limit.most))
		}
	}
	return b.checkSMS()
}

func (b sessionBody) checkSMS() error {
	if b.SMSNumber != nil && !smsNumber.MatchString(*b.SMSNumber) {
		return badRequest("sms_invite_number is not a telephone number.")
	}
	if b.SMSLanguage != nil && (*b.SMSLanguage < 0 || *b.SMSLanguage > lastLanguage) {
		return badRequest("sms_invite_language is unknown.")
	}
	return nil
}

// fill copies the plain properties that are present.
func (b sessionBody) fill(x *session) {
	for _, p := range []struct {
		to   *string
		from *string
	}{
		{&x.Description, b.Description}, {&x.WaitingMessage, b.WaitingMessage}, {&x.CustomAPI, b.CustomAPI},
		{&x.TVVersion, b.TVVersion}, {&x.CustomID, b.CustomID}, {&x.CustomModuleID, b.CustomModuleID},
	} {
		if p.from != nil {
			*p.to = *p.from
		}
	}
	if b.EndCustomer != nil {
		x.EndCustomer = b.EndCustomer.over(x.EndCustomer)
	}
}

// over lays the present properties over what there was; nil when nothing is left.
func (b customerBody) over(old *EndCustomer) *EndCustomer {
	var e EndCustomer
	if old != nil {
		e = *old
	}
	if b.Name != nil {
		e.Name = *b.Name
	}
	if b.Email != nil {
		e.Email = *b.Email
	}
	if e == (EndCustomer{}) {
		return nil
	}
	return &e
}

const pilot = "Pilot"

// sessionType reads support_session_type (teamviewer.md 2.2).
func sessionType(text string) (string, error) {
	switch strings.ToLower(text) {
	case "", "default":
		return "Default", nil
	case "pilot":
		return pilot, nil
	}
	return "", badRequest("support_session_type must be Default or Pilot.")
}

// stateNumbers are the simulator's own; the vendor's are not known.
var stateNumbers = map[State]int{Open: 1, Closed: 2}

// parseState reads a state as a word in any case or as a number.
func parseState(raw json.RawMessage) (State, error) {
	word := strings.Trim(string(raw), `"`)
	for state, number := range stateNumbers {
		if strings.EqualFold(word, string(state)) || word == strconv.Itoa(number) {
			return state, nil
		}
	}
	return "", badRequest("state must be open or closed.")
}

// parseTime reads ISO 8601, also in its compact form and as a mere date, which is midnight UTC (teamviewer.md 1.1, 3.2).
func parseTime(text string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "20060102T150405Z", time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC().Truncate(time.Second), nil
		}
	}
	return time.Time{}, fmt.Errorf("not a date: %.40q", text)
}
