package rescue

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Format is how a group's posts are written (rescue.md 7.3).
type Format string

// The formats.
const (
	FormatForm Format = "form"
	FormatXML  Format = "xml"
	FormatJSON Format = "json"
)

const surveyQuestions = 10

// variable is one value of a post, a string, an int64 or a time.
type variable struct {
	name  string
	value any
}

// variables are those of rescue.md 7.2, in its order. Taking them marks the chat as posted.
func (s *Sim) variables(x *session, tech *user, event Event) []variable {
	vars := []variable{
		{"SessionID", x.id}, {"TechID", tech.ID}, {"TechSSOID", tech.SSOID}, {"TechName", tech.Name},
		{"TechEmail", tech.Email}, {"TechDescr", tech.Description},
	}
	for i, value := range x.fields {
		vars = append(vars, variable{"CField" + strconv.Itoa(i), value})
	}
	notes, closed := "", time.Time{}
	if event == EventEnd {
		notes, closed = x.notes, s.closingTime(x)
	}
	work := int64(x.timeIn("Active Time", s.now()).Seconds())
	vars = append(vars,
		variable{"Tracking0", x.tracking}, variable{"ChatLog", x.newChat()}, variable{"Notes", notes},
		variable{"WaitingTime", int64(x.waited.Seconds())}, variable{"PickupTime", x.pickedUpAt},
		variable{"ClosingTime", closed}, variable{"WorkTime", work}, variable{"LastActionTime", x.lastActionAt},
		variable{"Transmitted", work * 4096}, variable{"Platform", platform})
	if event == EventEnd {
		for i, answer := range x.survey {
			vars = append(vars, variable{"TSurvey" + strconv.Itoa(i), answer})
		}
	}
	return vars
}

// closingTime is when the session ended, or now when a technician only gives it away.
func (s *Sim) closingTime(x *session) time.Time {
	if x.over() {
		return x.closedAt
	}
	return s.now()
}

// encode writes variables in the format, and tells the content type.
func (f Format) encode(vars []variable) (contentType, body string) {
	switch f {
	case FormatXML:
		return "text/xml; charset=utf-8", encodeXML(vars)
	case FormatJSON:
		return "application/json; charset=utf-8", encodeJSON(vars)
	}
	return "application/x-www-form-urlencoded", encodeForm(vars)
}

func encodeForm(vars []variable) string {
	var body strings.Builder
	for i, v := range vars {
		if i > 0 {
			body.WriteByte('&')
		}
		body.WriteString(url.QueryEscape(v.name) + "=" + url.QueryEscape(v.text()))
	}
	return body.String()
}

func encodeXML(vars []variable) string {
	var body bytes.Buffer
	body.WriteString(`<?xml version="1.0" encoding="utf-8"?>` + "\n<session>")
	for _, v := range vars {
		element(&body, strings.ToLower(v.name), v.text())
	}
	body.WriteString("</session>")
	return body.String()
}

// element writes one XML element with text.
func element(body *bytes.Buffer, name, text string) {
	body.WriteString("<" + name + ">")
	escape(body, text)
	body.WriteString("</" + name + ">")
}

// escape writes text for XML; a bytes.Buffer takes everything.
func escape(body *bytes.Buffer, text string) { _ = xml.EscapeText(body, []byte(text)) }

func encodeJSON(vars []variable) string {
	var body bytes.Buffer
	for i, v := range vars {
		body.WriteByte("{,"[min(i, 1)])
		value := v.value
		if at, ok := value.(time.Time); ok {
			value = dateIn("2006-01-02T15:04:05", at)
		}
		name, _ := json.Marshal(v.name) // strings and numbers always marshal
		text, _ := json.Marshal(value)
		body.Write(name)
		body.WriteByte(':')
		body.Write(text)
	}
	body.WriteByte('}')
	return body.String()
}

// text is the value in form and XML posts.
func (v variable) text() string {
	switch value := v.value.(type) {
	case int64:
		return strconv.FormatInt(value, 10)
	case time.Time:
		return dateIn(time.DateTime, value)
	case string:
		return value
	}
	return ""
}

// dateIn formats a time; the zero time is empty.
func dateIn(layout string, at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.Format(layout)
}

// platform is the customer computer of every simulated session.
const platform = "Windows 11"
