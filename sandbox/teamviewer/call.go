package teamviewer

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

const maxBody = 1 << 20

// call is one API request with its sender.
type call struct {
	*http.Request
	route  string // method and path template, e.g. "GET /sessions/{code}"
	body   []byte
	query  url.Values
	by     *bearer
	origin string // scheme and host as the caller addressed us
}

// answer is what goes back: a JSON body, a bare text, or nothing.
type answer struct {
	status int
	header http.Header
	body   any
	text   string
}

func ok(body any) (answer, error) { return answer{status: http.StatusOK, body: body}, nil }

func noContent() (answer, error) { return answer{status: http.StatusNoContent}, nil }

// function is one function of the API: who may call it, and what it does. do runs with the lock held.
type function struct {
	route   string
	open    bool        // needs no token
	scopes  []string    // any one of these; none: every token will do
	licence LicenceType // the least edition; empty: any
	changes bool        // a success is a change to be announced
	do      func(*call) (answer, error)
}

// serve answers a request to a function: recorded, spoilt by a fault if one is set, checked, carried out.
func (s *Sim) serve(f function) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		c, err := newCall(w, r, f.route)
		fault := s.takeFault(f.route)
		a, instead := s.faultAnswer(fault)
		switch {
		case instead:
		case err != nil:
			a = failed(err)
		default:
			a = s.carryOut(c, f)
		}
		s.record(c, a.status)
		s.finish(w, c, fault, a)
	}
}

func newCall(w http.ResponseWriter, r *http.Request, route string) (*call, error) {
	c := &call{Request: r, route: route, query: r.URL.Query(), origin: origin(r)}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return c, badRequest("The body could not be read.")
	}
	c.body = body
	return c, nil
}

func origin(r *http.Request) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

func (s *Sim) carryOut(c *call, f function) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !f.open {
		if err := s.admit(c, f); err != nil {
			return failed(err)
		}
	}
	a, err := f.do(c)
	if err != nil {
		return failed(err)
	}
	if f.changes {
		s.touch()
	}
	return a
}

// admit checks token, rate limit, scope and licence, in this order.
func (s *Sim) admit(c *call, f function) error {
	by, err := s.authenticate(c.Request)
	if err != nil {
		return err
	}
	c.by = by
	if err := s.countCall(by.value, f.route); err != nil {
		return err
	}
	if len(f.scopes) > 0 && !slices.ContainsFunc(f.scopes, by.may) {
		return notPermitted("The token lacks the permission " + strings.Join(f.scopes, " or ") + ".")
	}
	if by.level == CompanyLevel && s.licence.Type.rank() < Premium.rank() {
		return notPermitted("Company-level access needs a Premium or Corporate licence.")
	}
	if s.licence.Type.rank() < f.licence.rank() {
		return notPermitted("This function needs a " + string(f.licence) + " licence.")
	}
	return nil
}

// finish sends the answer, as far as the fault lets it through.
func (s *Sim) finish(w http.ResponseWriter, c *call, fault Fault, a answer) {
	s.mu.Lock()
	lost := s.loseNext && c.route == routeToken && a.status == http.StatusOK
	if lost {
		s.loseNext = false
	}
	s.mu.Unlock()
	switch {
	case lost, fault.Kind == FaultCut:
		panic(http.ErrAbortHandler) // the documented way to cut a connection
	case fault.Kind == FaultTimeout:
		<-c.Context().Done()
		panic(http.ErrAbortHandler)
	}
	a.write(w)
}

func (a answer) write(w http.ResponseWriter) {
	for name, values := range a.header {
		w.Header()[name] = values
	}
	if a.text != "" {
		if w.Header().Get("Content-Type") == "" {
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		}
		w.WriteHeader(a.status)
		_, _ = io.WriteString(w, a.text)
		return
	}
	if a.body == nil {
		w.WriteHeader(a.status)
		return
	}
	writeJSON(w, a.status, a.body)
}

// writeJSON leaves "&" in links as it is, like the service.
func writeJSON(w http.ResponseWriter, status int, body any) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(body); err != nil {
		http.Error(w, "The answer could not be written.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(bytes.TrimSpace(out.Bytes()))
}

// decode reads a JSON body. Unknown properties are ignored, names compared without case, as the service does.
func decode[T any](c *call) (T, error) {
	var body T
	kind, _, _ := mime.ParseMediaType(c.Header.Get("Content-Type"))
	if !slices.Contains([]string{"application/json", "text/json", "application/scim+json"}, kind) {
		return body, badRequest("The body must be JSON.")
	}
	if err := json.Unmarshal(c.body, &body); err != nil {
		return body, badRequest("The body is not valid.")
	}
	return body, nil
}
