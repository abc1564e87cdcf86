package rescue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"example.com/lifeline/outbound"
	"example.com/lifeline/support"
)

// maxAnswer bounds one answer; chat logs and reports are the large ones.
const maxAnswer = 16 << 20

const formType = "application/x-www-form-urlencoded"

// errNoMethod says that the host has no such address.
var errNoMethod = errors.New("the host does not know the address")

// wire makes the calls of one Rescue host. Everything is posted, since a query would carry passwords and authcodes
// into other people's logs (rescue.md 1.2).
type wire struct {
	base      string
	namespace string
	quick     *outbound.Client
	slow      *outbound.Client // for reports
	log       *slog.Logger
	debugSOAP bool
}

func newWire(cfg Config, log *slog.Logger, observe func(service, outcome string, took time.Duration)) *wire {
	client := func(timeout time.Duration) *outbound.Client {
		return outbound.New(outbound.Options{Service: "rescue", Name: "Rescue", Timeout: timeout, MaxBytes: maxAnswer, Observe: observe})
	}
	return &wire{
		base:      cfg.base(),
		namespace: cfg.SOAPNamespace,
		quick:     client(cfg.Timeout),
		slow:      client(cfg.ReportTimeout),
		log:       log,
		debugSOAP: cfg.DebugSOAP,
	}
}

// api makes a plain call of /API/<method>.aspx and returns what follows OK.
func (w *wire) api(ctx context.Context, method string, form url.Values, cookies ...*http.Cookie) (string, error) {
	return w.plain(ctx, w.quick, method, form, cookies)
}

func (w *wire) plain(ctx context.Context, client *outbound.Client, method string, form url.Values, cookies []*http.Cookie) (string, error) {
	answer, err := w.form(ctx, client, "/API/"+method+".aspx", form, cookies)
	if err != nil {
		return "", err
	}
	return readPlain(answer.Body)
}

// form posts a form and returns an answer with a good status.
func (w *wire) form(ctx context.Context, client *outbound.Client, path string, form url.Values, cookies []*http.Cookie) (outbound.Answer, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		return outbound.Answer{}, badAddress()
	}
	req.Header.Set("Content-Type", formType)
	for _, cookie := range cookies {
		req.AddCookie(cookie)
	}
	answer, err := client.Do(req)
	if err != nil {
		return outbound.Answer{}, err
	}
	return answer, statusFailure(answer)
}

// badAddress leaves out the parser's own error, which would quote the whole address.
func badAddress() error {
	return support.NeedsAttention(support.CodeConfiguration, "the address of Rescue is not usable", nil)
}

// statusFailure judges the status alone. Rescue answers 200 for its own errors, so anything else comes from in
// between: a proxy, a balancer or the web server (rescue.md 1.3).
func statusFailure(answer outbound.Answer) error {
	status := answer.Status
	after := outbound.RetryAfter(answer.Header, time.Now())
	switch {
	case status >= 200 && status < 300:
		return nil
	case status == http.StatusTooManyRequests:
		return support.Retryable(support.CodeRateLimited, "Rescue asks for a slower pace", after, nil)
	case status >= 500:
		return support.Retryable(support.CodeUnreachable, "Rescue is not available at the moment", after, statusCause(status))
	case status == http.StatusNotFound || status == http.StatusMethodNotAllowed:
		return support.NeedsAttention(support.CodeConfiguration, "Rescue does not know the address that was called; check RESCUE_REGION or RESCUE_BASE_URL", errNoMethod)
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return support.NeedsAttention(support.CodePermission, "Rescue, or a proxy before it, refuses access", statusCause(status))
	case status < 400:
		return notUnderstood("Rescue redirected instead of answering", statusCause(status))
	}
	return support.NeedsAttention(support.CodeConfiguration, "Rescue refused the form of a call", statusCause(status))
}

func statusCause(status int) error { return fmt.Errorf("status %d", status) }

// unknownMethod tells whether the host seems not to know the method: it has no such address, or shows a page.
func unknownMethod(err error) bool { return errors.Is(err, errNoMethod) || errors.Is(err, errPage) }
