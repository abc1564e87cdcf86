// Package conformance is the suite that every adapter passes, one per port: whatever the other side answers, the
// adapter names one of the three kinds of failure, never panics, never takes nonsense for success, honours the delay
// it was asked for, and keeps its secrets out of errors and logs.
package conformance

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/internal/testlog"
	"example.com/lifeline/support"
)

// Call is one method of a port, ready to be called.
type Call struct {
	Name string
	Do   func(ctx context.Context) error
}

// Target is an adapter set up against the address of a server that misbehaves. Secrets are all configured secrets;
// none may appear in an error or log line.
type Target struct {
	Calls   []Call
	Secrets []string
}

// Faults runs the suite. open makes a fresh adapter against baseURL, logging to log; it may use healthy for hops
// that must work before the call under test is reached (a token endpoint): requests for which healthy returns true are
// answered by it, all others by the fault.
func Faults(t *testing.T, healthy func(w http.ResponseWriter, r *http.Request) bool, open func(t *testing.T, baseURL string, log *slog.Logger) Target) {
	for _, fault := range faults() {
		t.Run(fault.name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if healthy != nil && healthy(w, r) {
					return
				}
				fault.answer(w, r)
			}))
			t.Cleanup(server.Close)
			logged := &testlog.Buffer{}
			target := open(t, server.URL, slog.New(slog.NewJSONHandler(logged, &slog.HandlerOptions{Level: slog.LevelDebug})))
			for _, call := range target.Calls {
				t.Run(call.Name, func(t *testing.T) {
					ctx, cancel := context.WithTimeout(t.Context(), fault.patience())
					defer cancel()
					err := call.Do(ctx)
					require.Error(t, err, "a fault must never look like success")
					fault.check(t, err)
					assertNoSecret(t, target.Secrets, fmt.Sprintf("%v %+v %#v", err, err, err), "the error")
				})
			}
			assertNoSecret(t, target.Secrets, logged.String(), "the log")
		})
	}
}

func assertNoSecret(t *testing.T, secrets []string, text, where string) {
	t.Helper()
	for _, secret := range secrets {
		assert.NotContains(t, text, secret, "a secret is in %s", where)
	}
}

type fault struct {
	name   string
	answer http.HandlerFunc
	kinds  []support.Kind
	after  time.Duration // expected RetryAfter, when set
	waits  time.Duration // how long the caller waits before giving up
}

func (f fault) patience() time.Duration {
	if f.waits > 0 {
		return f.waits
	}
	return 10 * time.Second
}

func (f fault) check(t *testing.T, err error) {
	t.Helper()
	failure := support.AsError(err)
	require.NotEqual(t, support.CodeInternal, failure.Code, "the adapter must classify the failure itself: %v", err)
	assert.Contains(t, f.kinds, failure.Kind, "%v", err)
	assert.NotEmpty(t, failure.Message)
	if f.after > 0 {
		assert.Equal(t, f.after, failure.RetryAfter, "the delay that was asked for")
	}
}

func faults() []fault {
	retry := []support.Kind{support.Retry}
	final := []support.Kind{support.Stop, support.Attention}
	list := []fault{
		{name: "too many requests with a delay", kinds: retry, after: 7 * time.Second, answer: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(http.StatusTooManyRequests)
		}},
		{name: "unavailable with a delay", kinds: retry, after: 9 * time.Second, answer: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "9")
			w.WriteHeader(http.StatusServiceUnavailable)
		}},
		{name: "page instead of data", kinds: retry, answer: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(w, "<!DOCTYPE html><html><body>Sign in</body></html>")
		}},
		{name: "empty answer", kinds: retry, answer: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }},
		{name: "answer that breaks off", kinds: retry, answer: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "4096")
			_, _ = io.WriteString(w, `{"value":[{"id":`)
		}},
		{name: "connection closed without an answer", kinds: retry, answer: func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }},
		{name: "no answer in time", kinds: retry, waits: 300 * time.Millisecond, answer: func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			<-r.Context().Done()
		}},
		{name: "endless answer", kinds: retry, answer: func(w http.ResponseWriter, r *http.Request) {
			chunk := bytes.Repeat([]byte("x"), 1<<20)
			for range 256 {
				if _, err := w.Write(chunk); err != nil || r.Context().Err() != nil {
					return
				}
			}
		}},
		{name: "redirect to another host", kinds: retry, answer: func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://elsewhere.example.com/", http.StatusTemporaryRedirect)
		}},
	}
	for _, status := range []int{400, 401, 403, 404, 405, 409, 415, 422} {
		list = append(list, fault{name: fmt.Sprintf("status %d without a word", status), kinds: append(final, support.Retry), answer: bare(status)})
	}
	for _, status := range []int{500, 502, 503, 504} {
		list = append(list, fault{name: fmt.Sprintf("status %d", status), kinds: retry, answer: bare(status)})
	}
	return list
}

func bare(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}
