package dynamics

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"example.com/lifeline/outbound"
	"example.com/lifeline/support"
)

// maxPages bounds every listing, whatever the other side's links say.
const maxPages = 50

var annotated = http.Header{"Prefer": {`odata.include-annotations="*"`}}

// selecting makes the query of a read: columns, and lookups as "nav($select=...)".
func selecting(columns []string, expand ...string) url.Values {
	query := url.Values{"$select": {strings.Join(columns, ",")}}
	if len(expand) > 0 {
		query.Set("$expand", strings.Join(expand, ","))
	}
	return query
}

// where adds a filter, an order and the most rows wanted to a query.
func where(query url.Values, filter, order string, top int) url.Values {
	query.Set("$filter", filter)
	if order != "" {
		query.Set("$orderby", order)
	}
	if top > 0 {
		query.Set("$top", strconv.Itoa(top))
	}
	return query
}

// literal quotes a text for a filter.
func literal(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

// moment writes a time for a filter or a body.
func moment(at time.Time) string { return at.UTC().Format(time.RFC3339) }

// guid checks an id before it becomes part of an address, and gives its lower-case form.
func guid(id string) (string, error) {
	parsed, err := uuid.Parse(id)
	if err != nil {
		return "", support.Stopped(support.CodeInvalid, "the id is not a GUID", nil)
	}
	return parsed.String(), nil
}

// row is the path of one row.
func row(set, id string) string { return set + "(" + id + ")" }

// get reads one row.
func get[T any](ctx context.Context, c *CRM, path string, query url.Values, headers ...http.Header) (T, error) {
	answer, err := c.do(ctx, call{method: http.MethodGet, path: path, query: query, header: joined(headers...), accept: []int{http.StatusOK}})
	if err != nil {
		var none T
		return none, err
	}
	return decode[T](answer)
}

// decode reads an answer that must be a JSON object with members.
func decode[T any](answer outbound.Answer) (T, error) {
	var value T
	var members map[string]json.RawMessage
	if json.Unmarshal(answer.Body, &members) != nil || len(members) == 0 {
		return value, unreadable(nil)
	}
	if err := json.Unmarshal(answer.Body, &value); err != nil {
		return value, unreadable(err)
	}
	return value, nil
}

func unreadable(cause error) error {
	return support.Retryable(support.CodeProtocol, "the answer of Dynamics cannot be read", 0, cause)
}

// page is one answer of a collection.
type page[T any] struct {
	Value *[]T   `json:"value"`
	Next  string `json:"@odata.nextLink"`
}

// getPage reads one page; path may be a link of an earlier one.
func getPage[T any](ctx context.Context, c *CRM, path string, query url.Values, headers ...http.Header) ([]T, string, error) {
	found, err := get[page[T]](ctx, c, path, query, headers...)
	if err != nil {
		return nil, "", err
	}
	if found.Value == nil {
		return nil, "", unreadable(nil)
	}
	if found.Next != "" && !c.samePlace(found.Next) {
		return nil, "", support.Retryable(support.CodeProtocol, "Dynamics names a next page on another host", 0, nil)
	}
	return *found.Value, found.Next, nil
}

// list reads at most limit rows over at most maxPages pages. A query with $top is answered in one page.
func list[T any](ctx context.Context, c *CRM, path string, query url.Values, limit int, headers ...http.Header) ([]T, error) {
	if query.Get("$top") == "" {
		headers = append(headers, c.paged()) // $top and a page size do not combine (dynamics.md 2.5)
	}
	var all []T
	for range maxPages {
		rows, next, err := getPage[T](ctx, c, path, query, headers...)
		if err != nil {
			return nil, err
		}
		all = append(all, rows...)
		if next == "" || len(all) >= limit {
			return all[:min(len(all), limit)], nil
		}
		path, query = next, nil
	}
	return all, nil
}

func (c *CRM) paged() http.Header {
	return http.Header{"Prefer": {fmt.Sprintf("odata.maxpagesize=%d", c.cfg.PageSize)}}
}

// samePlace tells whether a page's link stays on the environment's host and under the API's path: the token goes
// nowhere else.
func (c *CRM) samePlace(link string) bool {
	u, err := url.Parse(link)
	if err != nil || u.User != nil || strings.Contains(u.Path, "..") {
		return false
	}
	return strings.HasPrefix(link, c.base) && strings.HasPrefix(u.Scheme+"://"+u.Host+u.Path, c.base)
}
