package teamviewer

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	"example.com/lifeline/outbound"
	"example.com/lifeline/support"
)

// rateLimitPause is how long to leave a function alone after rate_limit_reached, which names no delay
// (teamviewer.md 1.5, 1.6).
const rateLimitPause = time.Minute

// errExpired is wrapped by failures after which a renewed token may help.
var errExpired = errors.New("access token refused")

func isExpired(err error) bool { return errors.Is(err, errExpired) }

func errTokenDead(cause error) error {
	return support.NeedsAttention(support.CodeCredentialDead, "TeamViewer does not accept the account's token any more", cause)
}

func errProtocol(cause error) error {
	return support.Retryable(support.CodeProtocol, "TeamViewer answered in an unexpected form", 0, cause)
}

// refusal is what TeamViewer says no with.
type refusal struct {
	status int
	word   string // the error category: rate_limit_reached
	text   string // for people
}

// refusalOf classifies an answer with an error status; nil for success and redirects.
func refusalOf(answer outbound.Answer, now time.Time) error {
	if answer.Status < 400 {
		return nil
	}
	r := readRefusal(answer)
	failure := r.failure()
	if failure.Kind == support.Retry {
		if asked := outbound.RetryAfter(answer.Header, now); asked > 0 {
			failure.RetryAfter = asked
		}
	}
	return failure
}

// readRefusal decodes an error body: an object, or a JSON string, or raw text (teamviewer.md 1.6).
func readRefusal(answer outbound.Answer) refusal {
	r := refusal{status: answer.Status}
	var object struct {
		Error       text `json:"error"`
		Description text `json:"error_description"`
	}
	var plain string
	switch {
	case outbound.IsHTML(answer):
		r.text = "a page"
	case json.Unmarshal(answer.Body, &object) == nil:
		r.word, r.text = strings.ToLower(string(object.Error)), string(object.Description)
	case json.Unmarshal(answer.Body, &plain) == nil:
		r.text = plain
	default:
		r.text = outbound.Excerpt(answer.Body)
	}
	r.text = discreet(outbound.Excerpt([]byte(r.text)))
	return r
}

var (
	address = regexp.MustCompile(`(?i)https?:\S+`)
	// tokenForm is the shape of tokens (teamviewer.md 1.4) and of the secret suffix of links.
	tokenForm = regexp.MustCompile(`\b\w*\d{6,}-[\w-]{8,}`)
)

// discreet takes addresses and what looks like a token out of a text of TeamViewer's, for the log.
func discreet(s string) string {
	return tokenForm.ReplaceAllString(address.ReplaceAllString(s, "[link]"), "[token]")
}

func (r refusal) cause() error {
	return fmt.Errorf("status %d, error %q: %s", r.status, r.word, r.text)
}

// failure is the table of teamviewer.md 1.6. The word counts more than the status: some refusals of tokens come as 400.
func (r refusal) failure() *support.Error {
	cause := r.cause()
	switch r.word {
	case "rate_limit_reached", "too_many_retries":
		return errRateLimit(cause)
	case "internal_error":
		return support.Retryable(support.CodeUnreachable, "TeamViewer has an internal error", 0, cause)
	case "token_expired":
		return support.NeedsAttention(support.CodeCredentialDead, "TeamViewer's access token has expired", errors.Join(errExpired, cause))
	case "invalid_token", "invalid_client", "wrong_credentials":
		return support.NeedsAttention(support.CodeCredentialDead, "TeamViewer refuses the account's token", cause)
	case "blocked":
		return support.NeedsAttention(support.CodePermission, "TeamViewer blocks calls from this server's address", cause)
	case "invalid_permission":
		return errPermission(cause)
	case "not_found":
		return support.Stopped(support.CodeNotFound, "TeamViewer does not find what was asked for", cause)
	}
	return r.byStatus(cause)
}

func (r refusal) byStatus(cause error) *support.Error {
	switch {
	case r.status >= 500:
		return support.Retryable(support.CodeUnreachable, "TeamViewer is not available", 0, cause)
	case r.status == http.StatusTooManyRequests:
		return errRateLimit(cause)
	case isLicenceLimit(r.text):
		return support.Stopped(support.CodeLicenceLimit, "the TeamViewer licence allows no more open sessions; close some first", cause)
	case r.status == http.StatusUnauthorized:
		return support.NeedsAttention(support.CodeCredentialDead, "TeamViewer refuses the account's token", errors.Join(errExpired, cause))
	case r.status == http.StatusForbidden:
		return errPermission(cause)
	case r.status == http.StatusNotFound:
		return support.Stopped(support.CodeNotFound, "TeamViewer does not find what was asked for", cause)
	}
	return support.Stopped(support.CodeInvalid, "TeamViewer refuses the request", cause)
}

func isLicenceLimit(s string) bool {
	s = strings.ToLower(s)
	return strings.Contains(s, "license limitation") || strings.Contains(s, "licence limitation")
}

func errRateLimit(cause error) *support.Error {
	return support.Retryable(support.CodeRateLimited, "TeamViewer asks Lifeline to slow down", rateLimitPause, cause)
}

func errPermission(cause error) *support.Error {
	return support.NeedsAttention(support.CodePermission, "the TeamViewer account lacks a permission or scope", cause)
}
