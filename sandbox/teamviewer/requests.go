package teamviewer

import (
	"net/url"
	"slices"
	"strings"
	"time"
)

// maxRequests is how many requests are kept; the oldest go first.
const maxRequests = 10_000

// Request is a recorded request to the API. It never holds a token, a code or a secret.
type Request struct {
	At     time.Time `json:"at"`
	Method string    `json:"method"`
	Path   string    `json:"path"`
	Route  string    `json:"route"`           // e.g. "GET /sessions/{code}"
	Query  string    `json:"query,omitempty"` // not of OAuth functions
	Body   string    `json:"body,omitempty"`  // not of OAuth functions
	Token  string    `json:"token,omitempty"` // the token's name, not its value
	Status int       `json:"status"`          // of the answer, even if it was lost on the way
}

// secretParameters have no business in a query; if a client puts them there, they are not kept.
var secretParameters = []string{"access_token", "client_secret", "code", "password", "refresh_token", "token"}

// record keeps a request.
func (s *Sim) record(c *call, status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := Request{At: s.now(), Method: c.Method, Path: c.URL.Path, Route: c.route, Status: status}
	if !strings.Contains(c.route, "/oauth2/") {
		r.Query, r.Body = publicQuery(c.query), string(c.body)
	}
	if c.by != nil {
		r.Token = c.by.name
	}
	if len(s.requests) == maxRequests {
		s.requests = slices.Delete(s.requests, 0, maxRequests/10)
	}
	s.requests = append(s.requests, r)
}

func publicQuery(query url.Values) string {
	for _, name := range secretParameters {
		query.Del(name)
	}
	return query.Encode()
}

// Requests lists the requests to the API, oldest first: at most the last 10,000.
func (s *Sim) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}
