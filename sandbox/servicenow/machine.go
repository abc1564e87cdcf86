package servicenow

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// maxBody is the largest JSON body the instance reads (servicenow.md 4.1); maxFile bounds an attachment's upload.
const (
	maxBody = 10 << 20
	maxFile = 64 << 20
)

// serveMachine answers everything that is no page for people.
func (s *Sim) serveMachine(w http.ResponseWriter, r *http.Request) {
	leave, ok := s.sessions.enter(r)
	if !ok { // too many calls on one session: dropped, as the platform does (servicenow.md 4.11)
		w.WriteHeader(http.StatusAccepted)
		return
	}
	defer leave()
	body, err := readBody(r)
	c := newCall(r, body)
	fault := s.takeFault(c)
	if !s.passes(w, r, fault) {
		return
	}
	answer := s.answer(c, r, err)
	s.log.Debug("call", "method", c.method, "path", c.path, "status", answer.status)
	fault.distort(&answer).write(w, r)
}

// answer routes the call with the lock held.
func (s *Sim) answer(c *call, r *http.Request, readErr error) reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	var answer reply
	switch {
	case readErr != nil:
		answer = failed(readErr)
	case strings.HasPrefix(c.path, "/api/"), c.path == uploadPath:
		answer = s.authenticated(c)
	default:
		answer = s.public(c)
	}
	s.setCookies(&answer, r, c.by.name)
	return answer
}

// public serves what needs no authentication.
func (s *Sim) public(c *call) reply {
	switch c.path {
	case "/oauth_token.do":
		return s.token(c)
	case "/oauth_revoke_token.do":
		return s.revoke(c)
	case "/angular.do":
		return s.angular(c)
	}
	return failed(noResource())
}

// authenticated finds the caller, applies the rate rules and serves the API.
func (s *Sim) authenticated(c *call) reply {
	user, ok := s.authenticate(c)
	if !ok {
		answer := failed(notAuthenticated())
		answer.header.Set("WWW-Authenticate", `BASIC realm="Service-now"`)
		return answer
	}
	c.by = actor{s.accounts[user].id, user}
	limits, err := s.countCall(c)
	if err == nil {
		answer := s.route(c)
		copyHeader(answer.header, limits)
		return answer
	}
	answer := failed(err)
	copyHeader(answer.header, limits)
	return answer
}

// route picks the API.
func (s *Sim) route(c *call) reply {
	if c.path == uploadPath {
		return s.upload(c)
	}
	switch c.segment(0) + "/" + c.segment(1) {
	case "now/table":
		return s.tableAPI(c)
	case "now/attachment":
		return s.attachmentAPI(c)
	case "now/stats":
		return s.statsAPI(c)
	case "now/import":
		return s.importAPI(c)
	case "now/batch":
		return s.batchAPI(c)
	case "sn_cicd/progress":
		return s.progress(c)
	}
	return failed(noResource())
}

// readBody reads a bounded body.
func readBody(r *http.Request) ([]byte, error) {
	limit := int64(maxBody)
	if strings.Contains(r.URL.Path, "/attachment") || r.URL.Path == uploadPath {
		limit = maxFile
	}
	if r.ContentLength > limit {
		return nil, tooLarge(r.ContentLength, limit)
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, limit+1))
	if err != nil {
		return nil, unreadable("The body was cut off")
	}
	if int64(len(body)) > limit {
		return nil, tooLarge(int64(len(body)), limit)
	}
	return body, nil
}

func tooLarge(length, limit int64) error {
	return unreadable(fmt.Sprintf("Rejected large REST payload with content-length = %d bytes. Max allowed: %d bytes.", length, limit))
}

// write sends the reply.
func (answer *reply) write(w http.ResponseWriter, r *http.Request) {
	copyHeader(w.Header(), answer.header)
	if answer.status != http.StatusNoContent {
		w.Header().Set("Content-Length", strconv.Itoa(len(answer.body)))
	}
	w.WriteHeader(answer.status)
	if r.Method != http.MethodHead && answer.status != http.StatusNoContent {
		w.Write(answer.body)
	}
}

func copyHeader(to, from http.Header) {
	for name, values := range from {
		to[name] = values
	}
}

// firstError returns the first error of several checks.
func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// wrongMethod is the answer to a verb that the resource does not have.
func wrongMethod(c *call) reply {
	return failed(refuse(http.StatusMethodNotAllowed, "Method not supported", c.method+" is not supported on "+c.path))
}
