package teamviewer

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"net/http"
)

// apiError is the error object of the API (teamviewer.md 1.6).
type apiError struct {
	Category    string `json:"error"`
	Description string `json:"error_description"`
	Number      int    `json:"error_code"`
	Signature   string `json:"error_signature"`

	status int
}

func (e *apiError) Error() string { return e.Category + ": " + e.Description }

// errorNumbers are unique per kind. Only that of token_expired is known to be the vendor's.
var errorNumbers = map[string]int{
	"token_expired": 1, "invalid_request": 2, "invalid_token": 3, "internal_error": 4, "blocked": 5,
	"rate_limit_reached": 6, "invalid_client": 7, "not_found": 8, "invalid_permission": 9,
}

func refuse(status int, category, description string) *apiError {
	signature := make([]byte, 4)
	_, _ = rand.Read(signature) // never fails
	return &apiError{Category: category, Description: description, Number: errorNumbers[category],
		Signature: hex.EncodeToString(signature), status: status}
}

func badRequest(description string) *apiError {
	return refuse(http.StatusBadRequest, "invalid_request", description)
}

func notFound(description string) *apiError {
	return refuse(http.StatusNotFound, "not_found", description)
}

func notPermitted(description string) *apiError {
	return refuse(http.StatusForbidden, "invalid_permission", description)
}

func invalidToken() *apiError {
	return refuse(http.StatusUnauthorized, "invalid_token", "The access token is invalid.")
}

func expiredToken() *apiError {
	return refuse(http.StatusUnauthorized, "token_expired", "The access token expired")
}

// rateLimited is 403, not 429, without Retry-After (teamviewer.md 1.5).
func rateLimited() *apiError {
	return refuse(http.StatusForbidden, "rate_limit_reached", "Too many calls to this function with the same access token.")
}

// errNoToken is a request without any token: 401 with an empty body (teamviewer.md 1.6).
var errNoToken = errors.New("no access token was sent")

// failed makes the answer to a refused call.
func failed(err error) answer {
	var object *apiError
	var text *textError
	switch {
	case errors.Is(err, errNoToken):
		return answer{status: http.StatusUnauthorized, header: http.Header{"Www-Authenticate": {"Bearer"}}}
	case errors.As(err, &object):
		a := answer{status: object.status, body: object}
		if a.status == http.StatusUnauthorized {
			a.header = http.Header{"Www-Authenticate": {"Bearer"}}
		}
		return a
	case errors.As(err, &text):
		return answer{status: text.status, text: text.text}
	}
	return failed(refuse(http.StatusInternalServerError, "internal_error", "An internal error occurred."))
}
