// Package outbound is how Lifeline calls other people's services: every call has a time-out, every answer is read up
// to a bound, redirects never leave the host, cookies are not kept, and each outcome is counted. It turns failures of
// the transport into the three kinds of package support; what an answer means is the adapter's business.
package outbound

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"example.com/lifeline/support"
)

// Version goes into the User-Agent of every call; set by main before the first call.
var Version = "dev"

// Client calls one service.
type Client struct {
	http    *http.Client
	service string
	name    string
	limit   int64
	observe func(service, outcome string, took time.Duration)
	silence *silence
}

// Options of a Client. Timeout and MaxBytes must be set.
type Options struct {
	Service   string        // label of metrics: "rescue", "servicenow"
	Name      string        // in messages: "Rescue", "ServiceNow"
	Timeout   time.Duration // of one call, body included
	MaxBytes  int64         // of one answer
	KeepFirst bool          // do not follow redirects at all; the 3xx answer is returned
	Transport http.RoundTripper
	// Observe is told of every call's outcome: the status class ("2xx") or "unreachable"; nil is allowed.
	Observe func(service, outcome string, took time.Duration)
}

// New makes a client without a cookie jar.
func New(opts Options) *Client {
	transport := opts.Transport
	if transport == nil {
		base := http.DefaultTransport.(*http.Transport).Clone()
		base.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
		base.MaxIdleConnsPerHost = 16
		transport = base
	}
	observe := opts.Observe
	if observe == nil {
		observe = func(string, string, time.Duration) {}
	}
	client := &http.Client{Transport: transport, Timeout: opts.Timeout, CheckRedirect: sameHost}
	if opts.KeepFirst {
		client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	}
	return &Client{http: client, service: opts.Service, name: opts.Name, limit: opts.MaxBytes, observe: observe, silence: newSilence()}
}

var errForeignRedirect = errors.New("redirect to another host refused")

func sameHost(req *http.Request, via []*http.Request) error {
	if len(via) > 5 || req.URL.Host != via[0].URL.Host || req.URL.Scheme != via[0].URL.Scheme {
		return errForeignRedirect
	}
	return nil
}

// Answer is a whole answer, read up to the client's bound.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

func (c *Client) isSilent() error {
	return support.Retryable(support.CodeUnreachable, c.name+" does not answer at the moment", 0, nil)
}

// Do sends the request and reads the answer. It fails only when there is no whole answer: always retryable, code
// unreachable, or protocol for an answer over the bound or a redirect to another host. The error holds neither the
// query of the address nor any header.
func (c *Client) Do(req *http.Request) (Answer, error) {
	leave, allowed := c.silence.enter()
	if !allowed {
		return Answer{}, c.isSilent()
	}
	answer, err := c.do(req)
	leave(endingOf(req.Context(), err))
	return answer, err
}

// endingOf tells a call that ran out of its own time from one whose caller has left.
func endingOf(caller context.Context, err error) ending {
	var timed net.Error
	switch cause := errors.Unwrap(err); {
	case err == nil || support.HasCode(err, support.CodeProtocol):
		return wasAnswered
	case caller.Err() == nil && errors.As(cause, &timed) && timed.Timeout():
		return ranOut
	}
	return brokeOff
}

func (c *Client) do(req *http.Request) (Answer, error) {
	if req.Header.Get("User-Agent") == "" {
		req.Header.Set("User-Agent", "Lifeline/"+Version)
	}
	started := time.Now()
	res, err := c.http.Do(req)
	if err != nil {
		c.observe(c.service, "unreachable", time.Since(started))
		if errors.Is(err, errForeignRedirect) {
			return Answer{}, support.Retryable(support.CodeProtocol, c.name+" redirected to another host", 0, errForeignRedirect)
		}
		return Answer{}, support.Retryable(support.CodeUnreachable, c.name+" cannot be reached", 0, quiet(err))
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, c.limit+1))
	if err != nil {
		c.observe(c.service, "unreachable", time.Since(started))
		return Answer{}, support.Retryable(support.CodeUnreachable, "the answer of "+c.name+" broke off", 0, quiet(err))
	}
	c.observe(c.service, strconv.Itoa(res.StatusCode/100)+"xx", time.Since(started))
	if int64(len(body)) > c.limit {
		return Answer{}, support.Retryable(support.CodeProtocol, "the answer of "+c.name+" is too large", 0, nil)
	}
	return Answer{Status: res.StatusCode, Header: res.Header, Body: body}, nil
}

// quiet strips the address from a transport error: its query may hold secrets.
func quiet(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return context.DeadlineExceeded
	}
	if errors.Is(err, context.Canceled) {
		return context.Canceled
	}
	var dns *net.DNSError
	if errors.As(err, &dns) {
		return errors.New("host name not found")
	}
	return err
}

// IsHTML tells whether the body is a page where data was expected: a login or maintenance page.
func IsHTML(a Answer) bool {
	if strings.Contains(a.Header.Get("Content-Type"), "text/html") {
		return true
	}
	start := strings.ToLower(strings.TrimSpace(string(a.Body[:min(len(a.Body), 64)])))
	return strings.HasPrefix(start, "<!doctype html") || strings.HasPrefix(start, "<html")
}

// longestDelay bounds what RetryAfter reads: whoever asks for more is asked again then.
const longestDelay = time.Hour

// RetryAfter reads the header in seconds or as a date; zero when absent or unreadable, at most an hour.
func RetryAfter(header http.Header, now time.Time) time.Duration {
	value := strings.TrimSpace(header.Get("Retry-After"))
	if value == "" {
		return 0
	}
	if seconds, err := strconv.ParseFloat(value, 64); err == nil && seconds > 0 {
		return time.Duration(min(seconds, longestDelay.Seconds()) * float64(time.Second)) // bounded first: a huge number fits no Duration
	}
	if at, err := http.ParseTime(value); err == nil {
		return min(max(at.Sub(now), 0), longestDelay)
	}
	return 0
}

// Excerpt gives the first 500 bytes of a body for an error's cause, on one line. Callers must not use it on answers
// that may hold secrets.
func Excerpt(body []byte) string {
	return strings.Join(strings.Fields(string(body[:min(len(body), 500)])), " ")
}
