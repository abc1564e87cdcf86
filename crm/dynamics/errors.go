package dynamics

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"example.com/lifeline/outbound"
	"example.com/lifeline/support"
)

// apiError is what Dataverse says of a failure; it travels as the private cause.
type apiError struct {
	status  int
	code    string // normalised, "0x80060892"; empty when there was none
	message string
}

func (e *apiError) Error() string {
	return strings.TrimSpace(fmt.Sprintf("HTTP status %d %s %s", e.status, e.code, e.message))
}

// codeOf gives Dataverse's code inside a failure, or nothing.
func codeOf(err error) string {
	var api *apiError
	if errors.As(err, &api) {
		return api.code
	}
	return ""
}

// isDuplicate tells "it is there already" from the other meanings of 412 (dynamics.md 0.4).
func isDuplicate(err error) bool {
	code := codeOf(err)
	return code == codeDuplicateKey || code == codeDuplicateRecord
}

// isKeyUnusable tells whether an address by alternate key was refused because the key's index is not active
// (dynamics.md 2.4).
func isKeyUnusable(err error) bool { return codeOf(err) == codeKeyNotDefined }

const unusableKeyText = "key in the request URI is not valid"

var linkForm = regexp.MustCompile(`https?://\S+`)

// decodeError reads the shapes an error comes in (dynamics.md 3): error.code and error.message, or a message at the
// top. Links are taken out of the text: they may open a session.
func decodeError(status int, body []byte) *apiError {
	var shape struct {
		Error struct {
			Code    json.RawMessage `json:"code"`
			Message string          `json:"message"`
		} `json:"error"`
		Message   string          `json:"Message"` // also matches "message"
		ErrorCode json.RawMessage `json:"ErrorCode"`
	}
	failure := &apiError{status: status}
	if json.Unmarshal(body, &shape) != nil {
		return failure
	}
	failure.message = excerpt(shape.Error.Message)
	if failure.message == "" {
		failure.message = excerpt(shape.Message)
	}
	failure.code = normalise(string(shape.Error.Code))
	if failure.code == "" {
		failure.code = normalise(string(shape.ErrorCode))
	}
	if failure.code == codeInvalidKeyUse || (failure.code == "" || failure.code == codeInvalidArgument) && strings.Contains(failure.message, unusableKeyText) {
		failure.code = codeKeyNotDefined
	}
	return failure
}

func excerpt(text string) string {
	return outbound.Excerpt([]byte(linkForm.ReplaceAllString(text, "[link]")))
}

// normalise gives a code as 0x and eight lower-case digits, whether it came in hex or as a signed decimal
// (dynamics.md 3). What is neither is dropped.
func normalise(raw string) string {
	text := strings.ToLower(strings.Trim(raw, `" `))
	if digits, isHex := strings.CutPrefix(text, "0x"); isHex {
		if value, err := strconv.ParseUint(digits, 16, 32); err == nil {
			return fmt.Sprintf("0x%08x", value)
		}
		return ""
	}
	value, err := strconv.ParseInt(text, 10, 64)
	if err != nil || value == 0 || value < -1<<31 || value >= 1<<32 {
		return ""
	}
	return fmt.Sprintf("0x%08x", uint32(value)) // two's complement
}

// classify turns an unwanted answer into a failure: by Dataverse's code where there is one, else by the status.
// Quiet drops the other side's text, for requests whose secret it might repeat.
func classify(answer outbound.Answer, now time.Time, quiet bool) *support.Error {
	after := outbound.RetryAfter(answer.Header, now)
	cause := decodeError(answer.Status, answer.Body)
	if quiet {
		cause.message = ""
	}
	switch {
	case answer.Status == http.StatusTooManyRequests:
		return support.Retryable(support.CodeRateLimited, "Dynamics asks to slow down", after, cause)
	case outbound.IsHTML(answer) && answer.Status < 500:
		return support.Retryable(support.CodeProtocol, "Dynamics answered with a page instead of data", after, cause)
	}
	if known, ok := meanings[cause.code]; ok {
		return known.failure(cause, after)
	}
	return byStatus(answer.Status, cause, after)
}

func byStatus(status int, cause *apiError, after time.Duration) *support.Error {
	switch {
	case status < 400:
		return support.Retryable(support.CodeProtocol, "the answer of Dynamics is not the documented one", after, cause)
	case status == http.StatusUnauthorized:
		return support.NeedsAttention(support.CodeCredentialDead, "the environment refuses Lifeline's sign-in, even with a fresh token", cause)
	case status == http.StatusForbidden:
		return support.NeedsAttention(support.CodePermission, "Dynamics denies access to Lifeline's application user", cause)
	case status == http.StatusNotFound:
		return support.Stopped(support.CodeNotFound, "it is not in Dynamics (any more)", cause)
	case status == http.StatusNotImplemented:
		return support.NeedsAttention(support.CodeConfiguration, "this Dynamics environment lacks a function that Lifeline needs", cause)
	case status >= 500 || status == http.StatusRequestTimeout:
		return support.Retryable(support.CodeUnreachable, "Dynamics is not available", after, cause)
	case status == http.StatusPreconditionFailed || status == http.StatusConflict:
		return support.Retryable(support.CodeConflict, "somebody else changed it in Dynamics meanwhile", after, cause)
	}
	return support.NeedsAttention(support.CodeMapping, "Dynamics refuses the values that Lifeline sends", cause)
}
