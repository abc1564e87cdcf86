package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"unicode"

	"github.com/labstack/echo/v4"

	"example.com/lifeline/support"
)

// smallBody bounds requests that are not vendors' posts, in bytes.
const smallBody = 1 << 20

func limitBody(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		c.Request().Body = http.MaxBytesReader(c.Response(), c.Request().Body, smallBody)
		return next(c)
	}
}

// readBody reads a bounded body whole and puts it back for the next reader.
func readBody(r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(r.Body)
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, support.Stopped(codeTooLarge, "the request is too large", nil)
	case err != nil:
		return nil, support.Stopped(support.CodeInvalid, "the request broke off", nil)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return body, nil
}

// decode reads a JSON body; an empty one leaves everything as it is. The parser's own words stay away: they may quote
// a secret.
func decode(r *http.Request, into any) error {
	body, err := readBody(r)
	if err != nil || len(bytes.TrimSpace(body)) == 0 {
		return err
	}
	if json.Unmarshal(body, into) != nil {
		return support.Stopped(support.CodeInvalid, "the body is not the JSON this address expects", nil)
	}
	return nil
}

// isLine tells whether a caller's text is one line of at most limit bytes: it goes into summaries, mail and rows.
func isLine(text string, limit int) bool {
	return len(text) <= limit && !strings.ContainsFunc(text, unicode.IsControl)
}
