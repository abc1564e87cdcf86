package dynamics

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"example.com/lifeline/outbound"
	"example.com/lifeline/support"
)

// call is one request to the Web API.
type call struct {
	method string
	path   string // below the API's root, "incidents(...)"
	query  url.Values
	body   any         // sent as JSON; []byte goes as it is, with its own Content-Type in header
	header http.Header // beyond those of every request
	as     string      // systemuserid to act as, where impersonation is on
	accept []int       // the status codes of success
	slow   bool        // metadata work
	quiet  bool        // the body holds a secret that the answer might repeat
}

// options of a call's header.
var (
	mustExist      = http.Header{"If-Match": {"*"}} // a PATCH without it creates what is missing (dynamics.md 2.3)
	strong         = http.Header{"Consistency": {"Strong"}}
	representation = http.Header{"Prefer": {"return=representation"}}
)

func joined(headers ...http.Header) http.Header {
	all := http.Header{}
	for _, header := range headers {
		for name, values := range header {
			all[name] = append(all[name], values...)
		}
	}
	return all
}

// do takes a seat, calls, and judges the answer. A refused token is replaced once (dynamics.md 4).
func (c *CRM) do(ctx context.Context, call call) (outbound.Answer, error) {
	leave, err := c.seats.Take(ctx, c.clientFor(call))
	if err != nil {
		return outbound.Answer{}, err
	}
	defer leave()
	caller, err := c.impersonation(ctx, call.as)
	if err != nil {
		return outbound.Answer{}, err
	}
	answer, err := c.send(ctx, call, caller)
	if err != nil {
		return outbound.Answer{}, err
	}
	return answer, c.judge(answer, call)
}

// send sends the call with a token and, when that is refused, once more with a fresh one.
func (c *CRM) send(ctx context.Context, call call, caller http.Header) (outbound.Answer, error) {
	for attempt := 1; ; attempt++ {
		token, err := c.tokens.Get(ctx)
		if err != nil {
			return outbound.Answer{}, err
		}
		req, err := c.request(ctx, call, caller, token)
		if err != nil {
			return outbound.Answer{}, err
		}
		answer, err := c.clientFor(call).Do(req)
		if err != nil || answer.Status != http.StatusUnauthorized {
			return answer, err
		}
		c.tokens.Drop(token)
		if attempt == 2 {
			return answer, nil
		}
	}
}

func (c *CRM) clientFor(call call) *outbound.Client {
	if call.slow {
		return c.slow
	}
	return c.client
}

func (c *CRM) request(ctx context.Context, call call, caller http.Header, token support.Secret) (*http.Request, error) {
	body, err := encode(call.body)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, call.method, c.address(call), bytes.NewReader(body))
	if err != nil {
		return nil, support.Stopped(support.CodeInvalid, "the request's address cannot be used", nil)
	}
	req.Header = joined(call.header, caller)
	req.Header.Set("Authorization", "Bearer "+token.Reveal())
	req.Header.Set("Accept", "application/json")
	req.Header.Set("OData-MaxVersion", "4.0")
	req.Header.Set("OData-Version", "4.0")
	if len(body) > 0 && req.Header.Get("Content-Type") == "" {
		req.Header.Set("Content-Type", "application/json; charset=utf-8")
	}
	if prefer := req.Header.Values("Prefer"); len(prefer) > 1 {
		req.Header.Set("Prefer", strings.Join(prefer, ",")) // several go into one header (dynamics.md 2.1)
	}
	return req, nil
}

// address makes the URL. Spaces are sent as %20: a plus sign is a plus sign to an OData server.
func (c *CRM) address(call call) string {
	if strings.HasPrefix(call.path, c.base) {
		return call.path // a page's link, looked at by samePlace
	}
	if len(call.query) == 0 {
		return c.base + call.path
	}
	return c.base + call.path + "?" + strings.ReplaceAll(call.query.Encode(), "+", "%20")
}

func encode(body any) ([]byte, error) {
	switch body := body.(type) {
	case nil:
		return nil, nil
	case []byte:
		return body, nil
	}
	encoded, err := json.Marshal(body)
	if err != nil {
		return nil, support.Stopped(support.CodeInvalid, "the values cannot be sent as JSON", nil)
	}
	return encoded, nil
}

// judge passes the expected status codes and turns every other answer into one of the three kinds of failure.
func (c *CRM) judge(answer outbound.Answer, call call) error {
	if outbound.IsHTML(answer) || !slices.Contains(call.accept, answer.Status) {
		failure := classify(answer, c.now(), call.quiet)
		c.log.Debug("dataverse refused", "method", call.method, "status", answer.Status, "code", codeOf(failure),
			"request", answer.Header.Get("x-ms-service-request-id"))
		return failure
	}
	return nil
}

// impersonation gives the header that makes the call the agent's (dynamics.md 1.2).
func (c *CRM) impersonation(ctx context.Context, systemUser string) (http.Header, error) {
	if systemUser == "" || c.cfg.Impersonate == impersonateNone {
		return nil, nil
	}
	user, err := guid(systemUser)
	if err != nil {
		return nil, err
	}
	if c.cfg.Impersonate == impersonateUser {
		return http.Header{"Mscrmcallerid": {user}}, nil
	}
	id, err := c.entraID(ctx, user)
	if err != nil || id == "" {
		return nil, err
	}
	return http.Header{"Callerobjectid": {id}}, nil
}

// entraID looks up the agent's Entra object id once. It calls without taking a second seat.
func (c *CRM) entraID(ctx context.Context, systemUser string) (string, error) {
	if known, ok := c.objectID.Load(systemUser); ok {
		return known.(string), nil
	}
	lookup := call{method: http.MethodGet, path: row("systemusers", systemUser),
		query: url.Values{"$select": {"azureactivedirectoryobjectid"}}, accept: []int{http.StatusOK}}
	answer, err := c.send(ctx, lookup, nil)
	if err == nil {
		err = c.judge(answer, lookup)
	}
	if err != nil {
		return "", err
	}
	user, err := decode[struct {
		ObjectID string `json:"azureactivedirectoryobjectid"`
	}](answer)
	if err == nil && user.ObjectID != "" {
		c.objectID.Store(systemUser, user.ObjectID)
	}
	return user.ObjectID, err
}

// patch updates a row that must exist.
func (c *CRM) patch(ctx context.Context, path string, body any) error {
	_, err := c.do(ctx, call{method: http.MethodPatch, path: path, body: body, header: mustExist, accept: []int{http.StatusNoContent}})
	return err
}

// create posts a row whose id the body names. That it was there already is told by created, not by an error: the
// answer to an earlier attempt was lost (dynamics.md 4).
func (c *CRM) create(ctx context.Context, call call) (created bool, err error) {
	call.method, call.accept = http.MethodPost, []int{http.StatusNoContent, http.StatusCreated}
	if _, err = c.do(ctx, call); isDuplicate(err) {
		return false, nil
	}
	return err == nil, err
}
