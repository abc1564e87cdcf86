package servicenow

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"time"

	"example.com/lifeline/outbound"
	"example.com/lifeline/support"
)

const jsonType = "application/json"

// call is one request to the REST API.
type call struct {
	method string
	path   string // escaped, e.g. "/api/now/table/incident"
	query  url.Values
	body   []byte // nil: none
	media  string // Content-Type of the body
	about  string // what it is about, for messages: "incident"
}

// send makes the call when there is a seat and judges the answer. An access token that is refused is replaced once
// (servicenow.md 4.4); a refused call was not carried out, so that repeating it is safe.
func (c *CRM) send(ctx context.Context, k call) (outbound.Answer, error) {
	leave, err := c.seats.Take(ctx, c.client)
	if err != nil {
		return outbound.Answer{}, err
	}
	defer leave()
	answer, err := c.authorized(ctx, k)
	if err == nil && answer.Status == http.StatusUnauthorized {
		answer, err = c.authorized(ctx, k)
	}
	if err != nil {
		return outbound.Answer{}, err
	}
	return answer, judge(k.about, answer, c.now())
}

// authorized makes the call with the current token and forgets the token when it is refused.
func (c *CRM) authorized(ctx context.Context, k call) (outbound.Answer, error) {
	token, err := c.tokens.Get(ctx)
	if err != nil {
		return outbound.Answer{}, err
	}
	req, err := c.request(ctx, k, token)
	if err != nil {
		return outbound.Answer{}, err
	}
	started := c.now()
	answer, err := c.client.Do(req)
	c.trace(k, answer.Status, c.now().Sub(started))
	if err == nil && answer.Status == http.StatusUnauthorized {
		c.tokens.Drop(token)
	}
	return answer, err
}

func (c *CRM) request(ctx context.Context, k call, token support.Secret) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, k.method, c.base+k.path+"?"+k.query.Encode(), bytes.NewReader(k.body))
	if err != nil {
		return nil, badAddress()
	}
	req.Header.Set("Accept", jsonType)
	req.Header.Set("Authorization", "Bearer "+token.Reveal())
	if k.media != "" {
		req.Header.Set("Content-Type", k.media)
	}
	return req, nil
}

// trace logs a call for the DEBUG setting: no query, no body, since both hold people's data.
func (c *CRM) trace(k call, status int, took time.Duration) {
	if c.cfg.Debug {
		c.log.Info("call", "method", k.method, "path", k.path, "status", status, "took", took)
	}
}

func badAddress() error {
	return support.NeedsAttention(support.CodeConfiguration, "SERVICENOW_BASE_URL is not a usable address", nil)
}
