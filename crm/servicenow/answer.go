package servicenow

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"example.com/lifeline/outbound"
	"example.com/lifeline/support"
)

// cell is one field of a row. On the wire it is a string, or an object for references and display values, and an
// empty reference is a plain empty string (servicenow.md 4.1).
type cell string

// UnmarshalJSON takes the value out of each shape; a display value serves where there is no value.
func (c *cell) UnmarshalJSON(data []byte) error {
	switch {
	case len(data) == 0 || string(data) == "null":
		*c = ""
	case data[0] == '"':
		return json.Unmarshal(data, (*string)(c))
	case data[0] == '{':
		var object struct {
			Value   *string `json:"value"`
			Display string  `json:"display_value"`
		}
		if err := json.Unmarshal(data, &object); err != nil {
			return err
		}
		*c = cell(object.Display)
		if object.Value != nil {
			*c = cell(*object.Value)
		}
	default:
		return errors.New("a field is neither a string nor an object")
	}
	return nil
}

// row is a record as answered: field name, dot-walked or not, to value.
type row map[string]cell

// get returns the field's value, empty when it is empty or was not answered.
func (r row) get(field string) string { return string(r[field]) }

// has tells whether the field was answered at all: fields that do not exist or are hidden are left out.
func (r row) has(field string) bool {
	_, ok := r[field]
	return ok
}

// envelope is the form of every answer (servicenow.md 4.1, 4.4).
type envelope struct {
	Result json.RawMessage `json:"result"`
	Error  json.RawMessage `json:"error"`
}

// decode reads the result of an answer with a good status. An answer with an error inside was cancelled while it was
// streamed: nothing in it is to be trusted (servicenow.md 4.4).
func decode[T any](about string, a outbound.Answer) (T, error) {
	var result T
	var e envelope
	if outbound.IsHTML(a) {
		return result, notData(about, nil)
	}
	if err := json.Unmarshal(a.Body, &e); err != nil {
		return result, notData(about, remark("the answer is no whole JSON"))
	}
	if present(e.Error) {
		return result, support.Retryable(support.CodeProtocol, "ServiceNow cancelled the answer half-way", 0, remark(readTrouble(a.Body).String()))
	}
	if !present(e.Result) {
		return result, notData(about, remark("the answer has no result"))
	}
	if err := json.Unmarshal(e.Result, &result); err != nil {
		return result, notData(about, remark("the result is not of the documented form"))
	}
	return result, nil
}

func present(raw json.RawMessage) bool { return len(raw) > 0 && string(raw) != "null" }

// trouble is the text of a failure, bounded and on one line.
type trouble struct{ message, detail string }

func (t trouble) String() string { return strings.TrimSpace(t.message + ": " + t.detail) }

func readTrouble(body []byte) trouble {
	var e struct {
		Error struct {
			Message string `json:"message"`
			Detail  string `json:"detail"`
		} `json:"error"`
	}
	_ = json.Unmarshal(body, &e) // without a readable body only the status speaks
	return trouble{message: outbound.Excerpt([]byte(e.Error.Message)), detail: outbound.Excerpt([]byte(e.Error.Detail))}
}

// judge answers nil for a whole, good answer and the kind of failure otherwise (servicenow.md 4.4).
func judge(about string, a outbound.Answer, now time.Time) error {
	switch {
	case a.Status == http.StatusTooManyRequests:
		return rateLimited(a, now)
	case a.Status >= 500:
		return unavailable(a, now)
	case a.Status == http.StatusUnauthorized:
		return support.NeedsAttention(support.CodeCredentialDead, "ServiceNow refuses a fresh access token; check the service user and the scope of the application registry", nil)
	case a.Status == http.StatusAccepted:
		return support.Retryable(support.CodeUnreachable, "ServiceNow dropped the call", outbound.RetryAfter(a.Header, now), nil)
	case outbound.IsHTML(a), a.Status >= 300 && a.Status < 400:
		return notData(about, nil)
	case a.Status >= 400:
		return refused(about, a.Status, readTrouble(a.Body))
	}
	return nil
}

func rateLimited(a outbound.Answer, now time.Time) error {
	return support.Retryable(support.CodeRateLimited, "ServiceNow asks for fewer calls", outbound.RetryAfter(a.Header, now), nil)
}

func unavailable(a outbound.Answer, now time.Time) error {
	return support.Retryable(support.CodeUnreachable, "ServiceNow is not available", outbound.RetryAfter(a.Header, now), remark(readTrouble(a.Body).String()))
}

func notData(about string, cause error) error {
	return support.Retryable(support.CodeProtocol, "ServiceNow answered "+about+" with something that is not data, such as a sign-in or maintenance page", 0, cause)
}

// remark makes a private cause of a text, or none of an empty one.
func remark(text string) error {
	if strings.Trim(text, ": ") == "" {
		return nil
	}
	return errors.New(text)
}
