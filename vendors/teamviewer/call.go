package teamviewer

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"

	"example.com/lifeline/outbound"
	"example.com/lifeline/support"
)

// request is one call to the API. Function is its route template, by which TeamViewer counts calls.
type request struct {
	method   string
	function string
	path     string // below /api/v1
	query    url.Values
	body     any
	client   *outbound.Client // nil: the one for single objects
}

// call makes the request with the account's token. An expired token is renewed once (teamviewer.md 1.6).
func (v *Vendor) call(ctx context.Context, r request) (outbound.Answer, error) {
	held, err := v.credential(ctx)
	if err != nil {
		return outbound.Answer{}, err
	}
	answer, err := v.send(ctx, r, held.Value)
	if !isExpired(err) {
		return answer, err
	}
	if v.cfg.Token != "" {
		return outbound.Answer{}, errTokenDead(err)
	}
	renewed, err := v.keeper.Renew(ctx, Subject, held)
	if err != nil {
		return outbound.Answer{}, err
	}
	answer, err = v.send(ctx, r, renewed.Value)
	if isExpired(err) {
		return outbound.Answer{}, errTokenDead(err)
	}
	return answer, err
}

func (v *Vendor) send(ctx context.Context, r request, token support.Secret) (outbound.Answer, error) {
	if err := v.budget.Spend(ctx, r.method+" "+r.function); err != nil {
		return outbound.Answer{}, notMade{err}
	}
	var body []byte
	if r.body != nil {
		var err error
		if body, err = json.Marshal(r.body); err != nil {
			return outbound.Answer{}, support.Stopped(support.CodeInternal, "the request to TeamViewer could not be written", err)
		}
	}
	address := v.api(r.path)
	if len(r.query) > 0 {
		address += "?" + r.query.Encode()
	}
	sent := &sendings{}
	req, err := http.NewRequestWithContext(sent.traced(ctx), r.method, address, bytes.NewReader(body))
	if err != nil {
		return outbound.Answer{}, support.NeedsAttention(support.CodeConfiguration, "TeamViewer's address is not valid", nil)
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Authorization", "Bearer "+token.Reveal())
	if r.body != nil {
		req.Header.Set("Content-Type", "application/json; charset=utf-8")
	}
	client := r.client
	if client == nil {
		client = v.single
	}
	answer, err := client.Do(req)
	for range sent.again() {
		_ = v.budget.Spend(ctx, r.method+" "+r.function) // made already: without one left, those that follow will wait
	}
	if err != nil {
		return outbound.Answer{}, err
	}
	return answer, refusalOf(answer, v.now())
}

// notMade is why a call was not made: the budget had none.
type notMade struct{ error }

func (e notMade) Unwrap() error { return e.error }

// sendings counts how often a request was sent: redirects are followed, and the transport sends one that only reads once
// more by itself when a kept connection breaks. TeamViewer counts them all.
type sendings struct{ count atomic.Int32 }

func (s *sendings) traced(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaders: func() { s.count.Add(1) }})
}

// again is how often it was sent after the first time.
func (s *sendings) again() int32 { return max(s.count.Load()-1, 0) }

func (v *Vendor) api(path string) string {
	return strings.TrimRight(v.cfg.BaseURL, "/") + "/api/v1" + path
}

// get reads one object.
func (v *Vendor) get(ctx context.Context, function, path string, into any) (outbound.Answer, error) {
	answer, err := v.call(ctx, request{method: http.MethodGet, function: function, path: path})
	if err != nil {
		return answer, err
	}
	return answer, decode(answer, into)
}

// page calls a function that lists, and decodes one page.
func (v *Vendor) page(ctx context.Context, function string, query url.Values, into any) error {
	answer, err := v.call(ctx, request{method: http.MethodGet, function: function, path: function, query: query, client: v.pages})
	if err != nil {
		return err
	}
	return decode(answer, into)
}

// put changes a resource. Success is 204 without a body (teamviewer.md 1.6); anything else is not TeamViewer's.
func (v *Vendor) put(ctx context.Context, function, path string, body any) error {
	answer, err := v.call(ctx, request{method: http.MethodPut, function: function, path: path, body: body})
	if err == nil && answer.Status != http.StatusNoContent {
		err = errProtocol(nil)
	}
	return err
}

// decode reads a JSON object. Properties of unexpected form are the types' own business; a body that is no object at
// all, such as a login page, is a passing fault.
func decode(answer outbound.Answer, into any) error {
	if outbound.IsHTML(answer) || !strings.HasPrefix(strings.TrimSpace(string(answer.Body[:min(len(answer.Body), 64)])), "{") {
		return errProtocol(nil)
	}
	if err := json.Unmarshal(answer.Body, into); err != nil {
		return errProtocol(err)
	}
	return nil
}
