package dataverse

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"time"
)

// FaultKind is a way in which a request goes wrong (reference 8, 11).
type FaultKind string

// The kinds of faults.
const (
	Throttle429Count       FaultKind = "429_count"
	Throttle429Time        FaultKind = "429_time"
	Throttle429Concurrency FaultKind = "429_concurrency"
	Fault502               FaultKind = "502"
	Fault503               FaultKind = "503"
	Fault504               FaultKind = "504"
	ResetBefore            FaultKind = "reset_before" // the connection breaks, nothing was done
	ResetAfter             FaultKind = "reset_after"  // the write was done, its answer is lost
	Slow                   FaultKind = "slow"         // the answer comes Delay late, the write is done at once
	SQLTimeout             FaultKind = "sql_timeout"  // 500 0x80044151
	Race                   FaultKind = "race"         // 412 0x80060892 after an equal request won the race
	PluginAbort            FaultKind = "plugin_abort" // 400 0x80040265, a customer's plug-in said no
)

// Fault makes matching requests fail. The first matching fault with Times left is used up by one.
type Fault struct {
	Method     string    `json:"method,omitempty"` // empty: any
	Path       string    `json:"path,omitempty"`   // a part of path and query; empty: any
	Kind       FaultKind `json:"kind"`
	HTML       bool      `json:"html,omitempty"`       // 502, 503, 504 with a gateway's page instead of JSON
	RetryAfter int       `json:"retryAfter,omitempty"` // seconds, for 429 and 503; 429 default to 1
	DelayMS    int       `json:"delayMs,omitempty"`    // for slow
	Message    string    `json:"message,omitempty"`    // for plugin_abort
	Times      int       `json:"times"`                // default 1
}

// Inject adds a fault.
func (s *Sim) Inject(fault Fault) {
	s.faults.Add(fault)
	s.touch()
}

// Faults lists the faults that are not used up.
func (s *Sim) Faults() []Fault { return s.faults.List() }

// ClearFaults removes all faults.
func (s *Sim) ClearFaults() {
	s.faults.Clear()
	s.touch()
}

// Down breaks every connection but the control interface's, until it is called with false.
func (s *Sim) Down(down bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = down
	s.touch()
}

func (s *Sim) isDown() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.down
}

// faulty puts the faults before a handler.
func (s *Sim) faulty(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		fault := s.takeFault(r)
		if fault == nil {
			next(w, r)
			return
		}
		s.log.Debug("fault", "kind", fault.Kind, "method", r.Method, "path", r.URL.Path)
		s.applyFault(w, r, fault, next)
	}
}

func (s *Sim) takeFault(r *http.Request) *Fault {
	if s.isDown() {
		return &Fault{Kind: ResetBefore}
	}
	address := r.URL.Path + "?" + r.URL.RawQuery
	taken := s.faults.Take(func(f *Fault) bool {
		return (f.Method == "" || f.Method == r.Method) && strings.Contains(address, f.Path)
	})
	if taken != nil {
		s.touch()
	}
	return taken
}

func (s *Sim) applyFault(w http.ResponseWriter, r *http.Request, f *Fault, next http.HandlerFunc) {
	switch f.Kind {
	case ResetBefore:
		reset(w)
	case ResetAfter:
		next(httptest.NewRecorder(), r)
		reset(w)
	case Slow:
		recorded := httptest.NewRecorder()
		next(recorded, r)
		if s.pause(r, time.Duration(f.DelayMS)*time.Millisecond) {
			replay(w, recorded)
		}
	case Race:
		next(httptest.NewRecorder(), r)
		s.refuse(w, r, fail(http.StatusPreconditionFailed, codeDuplicateKey, "Entity Key violated. A record with the same value already exists. A duplicate record cannot be created."))
	case Fault502, Fault503, Fault504:
		gatewayError(w, f)
	default:
		s.refuse(w, r, faultFailure(f, w.Header()))
	}
}

func faultFailure(f *Fault, header http.Header) error {
	switch f.Kind {
	case SQLTimeout:
		return fail(http.StatusInternalServerError, codeSQLTimeout, "SQL timeout expired.")
	case PluginAbort:
		message := f.Message
		setDefault(&message, "The customer's plug-in refused this change.")
		return badRequest(codePluginAbort, "%s", message)
	}
	return throttled(f.Kind, header, time.Duration(f.RetryAfter)*time.Second)
}

func gatewayError(w http.ResponseWriter, f *Fault) {
	status := map[FaultKind]int{Fault502: 502, Fault503: 503, Fault504: 504}[f.Kind]
	if f.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(f.RetryAfter))
	}
	body, kind := `{"error":{"code":"","message":"`+http.StatusText(status)+`"}}`, "application/json"
	if f.HTML {
		body, kind = "<html><head><title>"+http.StatusText(status)+"</title></head><body><h2>Our services aren't available right now</h2></body></html>", "text/html"
	}
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

// pause waits, or answers false when client or simulator have gone.
func (s *Sim) pause(r *http.Request, delay time.Duration) bool {
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
	case <-s.ctx.Done():
	}
	return false
}

func replay(w http.ResponseWriter, recorded *httptest.ResponseRecorder) {
	for name, values := range recorded.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(recorded.Code)
	_, _ = w.Write(recorded.Body.Bytes())
}

// reset breaks the connection with a TCP reset where it can, else by closing it without an answer.
func reset(w http.ResponseWriter) {
	hijacker, ok := w.(http.Hijacker)
	if !ok {
		panic(http.ErrAbortHandler)
	}
	conn, _, err := hijacker.Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}
