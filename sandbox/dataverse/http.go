package dataverse

import (
	"crypto/rand"
	"encoding/hex"
	"io"
	"net/http"
	"strings"
)

// maxBody bounds request bodies (reference 2.1: 413 beyond).
const maxBody = 128 << 20

func (s *Sim) routes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /{tenant}/oauth2/v2.0/token", s.faulty(s.serveToken))
	mux.HandleFunc("/api/data", s.faulty(s.challenge))
	mux.HandleFunc(apiRoot+"{version}/", s.faulty(s.serveAPI))
	s.controlRoutes(mux)
	s.pageRoutes(mux)
	return mux
}

// serveAPI authenticates, applies the limits and hands the request to the data.
func (s *Sim) serveAPI(w http.ResponseWriter, r *http.Request) {
	if !strings.HasPrefix(r.PathValue("version"), "v9.") {
		http.NotFound(w, r)
		return
	}
	user, err := s.authenticate(r)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		s.refuse(w, r, fail(http.StatusRequestEntityTooLarge, "", "Request Entity Too Large"))
		return
	}
	done, err := s.enter(w.Header(), user)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	defer done()
	s.serve(w, r, user, body)
}

func (s *Sim) serve(w http.ResponseWriter, r *http.Request, user string, body []byte) {
	c, err := s.newCall(r, user, body)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	if c.path[0].name == "$batch" {
		s.writeAnswer(w, s.batch(r.Context(), c))
		return
	}
	s.writeAnswer(w, s.transact(r.Context(), []*call{c})[0])
}

// newCall reads the request's address and who it acts as.
func (s *Sim) newCall(r *http.Request, user string, body []byte) (*call, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	who, err := s.impersonate(user, r.Header)
	if err != nil {
		return nil, err
	}
	root := apiRoot + r.PathValue("version") + "/"
	resource := strings.TrimPrefix(r.URL.Path, root)
	segments, err := parsePath(resource)
	if err != nil {
		return nil, err
	}
	query, err := queryString(r.URL.RawQuery)
	if err != nil {
		return nil, err
	}
	return &call{Sim: s, base: baseURL(r) + root, method: r.Method, path: segments, at: resource, query: query, header: r.Header, body: body, who: who}, nil
}

func baseURL(r *http.Request) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

func (s *Sim) writeAnswer(w http.ResponseWriter, a *answer) {
	header := w.Header()
	for name, values := range a.header {
		header[name] = values
	}
	header.Set("OData-Version", "4.0")
	header.Set("Cache-Control", "no-cache")
	id := make([]byte, 16)
	_, _ = rand.Read(id)
	header.Set("x-ms-service-request-id", hex.EncodeToString(id))
	header.Set("REQ_ID", hex.EncodeToString(id))
	if entity := a.header.Get("OData-EntityId"); entity != "" && a.status != http.StatusOK {
		header.Set("Location", entity)
	}
	body := a.bytes()
	if body != nil && header.Get("Content-Type") == "" {
		header.Set("Content-Type", "application/json; odata.metadata=minimal")
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(body)
}

// refuse answers what never became a call. 401 carries no body but the way to the authority (reference 1.1).
func (s *Sim) refuse(w http.ResponseWriter, r *http.Request, err error) {
	if failure := asFailure(err); failure.Status == http.StatusUnauthorized {
		s.challenge(w, r)
		return
	}
	s.writeAnswer(w, (&call{Sim: s, header: r.Header}).failed(err))
}

// challenge is the answer of authority discovery: GET /api/data without a token.
func (s *Sim) challenge(w http.ResponseWriter, r *http.Request) {
	base := baseURL(r)
	w.Header().Set("WWW-Authenticate", "Bearer authorization_uri="+base+"/"+s.opts.TenantID+"/oauth2/authorize, resource_id="+base+"/")
	w.WriteHeader(http.StatusUnauthorized)
}
