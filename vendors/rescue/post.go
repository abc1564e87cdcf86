package rescue

import (
	"net/mail"
	"strconv"
	"strings"
	"time"

	"example.com/lifeline/support"
)

// maxRaw bounds the body that is kept with the event for replay.
const maxRaw = 1 << 20

// guideNames are the variables of the API guide in its order (rescue.md 7.2), without the chat, which travels apart.
var guideNames = func() []string {
	names := []string{"SessionID", "TechID", "TechSSOID", "TechName", "TechEmail", "TechDescr"}
	names = append(names, numbered("CField", len(customFieldLimits))...)
	names = append(names, "Tracking0", "Notes", "WaitingTime", "PickupTime", "ClosingTime", "WorkTime",
		"LastActionTime", "Transmitted", "Platform")
	return append(names, numbered("TSurvey", surveyQuestions)...)
}()

const surveyQuestions = 10

func numbered(prefix string, n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = prefix + strconv.Itoa(i)
	}
	return names
}

// DecodePost implements support.PostDecoder for Rescue's Post-to-URL (rescue.md 7): a form, XML or JSON, with names in
// any spelling. Dates that cannot be read stay in Fields. It fails only when no session id is found.
func DecodePost(contentType, event string, body []byte, now time.Time) (support.Event, error) {
	body = textOf(body)
	for _, read := range readersFor(contentType, body) {
		root, err := read(body)
		if err != nil {
			continue
		}
		if found, ok := findVariables(root); ok {
			return eventOf(found, event, body, now), nil
		}
	}
	return support.Event{}, support.Stopped(support.CodeInvalid, "the post holds no Rescue session id", nil)
}

func eventOf(v variables, event string, body []byte, now time.Time) support.Event {
	if note, singular := v.values["note"]; singular && v.get("Notes") == "" { // one receiver saw it so
		v.values["notes"] = note
	}
	id, _ := postSessionID(v)
	e := support.Event{
		Kind:            postKind(v, event),
		VendorSessionID: id,
		Token:           postToken(v),
		Phase:           support.PhaseConnected, // the start post says that a technician picked up
		At:              now,
		Technician:      support.Technician{ID: role(v.get("TechID")), SSOID: v.get("TechSSOID"), Name: v.get("TechName"), Email: v.get("TechEmail")},
		Customer:        support.Customer{Name: v.get("CField0"), Email: emailIn(v.get("CField1"))},
		PickedUpAt:      parsePostTime(v.get("PickupTime")),
		EndedAt:         parsePostTime(v.get("ClosingTime")),
		LastActionAt:    parsePostTime(v.get("LastActionTime")),
		WaitingSeconds:  parseSeconds(v.get("WaitingTime")),
		WorkSeconds:     parseSeconds(v.get("WorkTime")),
		Chat:            v.get("ChatLog"),
		Notes:           v.get("Notes"),
		Platform:        v.get("Platform"),
		Fields:          postFields(v),
		Raw:             cutText(string(body), maxRaw),
	}
	if e.Kind == support.EventEnded {
		e.Phase = support.PhaseEnded // by whom, the post does not say (5.6)
	}
	e.ID = support.EventID(id, string(e.Kind), v.get("TechID"), v.get("PickupTime"), v.get("ClosingTime"), e.Chat, e.Notes)
	return e
}

// postKind believes the address first, then what only an end post has (rescue.md 7.4).
func postKind(v variables, event string) support.EventKind {
	switch strings.ToLower(event) {
	case "start":
		return support.EventStarted
	case "end":
		return support.EventEnded
	}
	if v.get("Notes") != "" || isClosed(v.get("ClosingTime")) {
		return support.EventEnded
	}
	for _, survey := range numbered("TSurvey", surveyQuestions) {
		if v.get(survey) != "" {
			return support.EventEnded
		}
	}
	return support.EventStarted
}

// emptyDates begin the dates that databases write for "none".
var emptyDates = []string{"0000", "0001", "1/1/0001", "1/1/1900", "1900-01-01", "1/1/1970", "1970-01-01"}

// isClosed also believes a closing time that cannot be read.
func isClosed(closing string) bool {
	for _, empty := range emptyDates {
		if strings.HasPrefix(closing, empty) {
			return false
		}
	}
	return closing != ""
}

// postToken trusts the tracking field first: technicians may edit custom fields (rescue.md 5.5).
func postToken(v variables) support.Token {
	for _, name := range append([]string{"Tracking0"}, numbered("CField", len(customFieldLimits))...) {
		if value := v.get(name); support.IsToken(value) {
			return support.Token(value)
		}
	}
	return ""
}

// postFields are the variables that came: those of the API guide in its order and under its names, then unknown ones
// as they came.
func postFields(v variables) []support.Field {
	handled := map[string]bool{"chatlog": true, "note": true}
	var fields []support.Field
	for _, name := range guideNames {
		key := normal(name)
		handled[key] = true
		if value, came := v.values[key]; came {
			fields = append(fields, support.Field{Name: name, Value: value})
		}
	}
	for _, name := range v.names {
		if !handled[normal(name)] {
			fields = append(fields, support.Field{Name: name, Value: v.get(name)})
		}
	}
	return fields
}

// emailIn returns the text if it is a plain e-mail address: custom field 1 holds one only by convention.
func emailIn(text string) string {
	if address, err := mail.ParseAddress(text); err == nil && address.Address == text {
		return text
	}
	return ""
}
