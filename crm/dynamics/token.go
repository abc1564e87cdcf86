package dynamics

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"example.com/lifeline/outbound"
	"example.com/lifeline/support"
)

// tokenSource fetches access tokens by client credentials: with the secret, or with a fresh assertion for each fetch
// (dynamics.md 1.1).
type tokenSource struct {
	cfg    Config
	client *outbound.Client
	now    func() time.Time
}

// refusals are Entra's error numbers in plain words. All of them need an administrator.
var refusals = map[int]struct{ code, text string }{
	7000215: {support.CodeCredentialDead, "the client secret is wrong: enter the secret's value, not its id"},
	7000222: {support.CodeCredentialDead, "the client secret has expired: create a new one in the app registration"},
	700016:  {support.CodeConfiguration, "the application is not known in this tenant: check DYNAMICS_CLIENT_ID and DYNAMICS_TENANT_ID"},
	90002:   {support.CodeConfiguration, "the tenant does not exist: check DYNAMICS_TENANT_ID and DYNAMICS_AUTHORITY"},
	500011:  {support.CodeConfiguration, "the environment's address is not known to the tenant: check DYNAMICS_ORG_URL"},
}

func (s *tokenSource) endpoint() string {
	return strings.TrimRight(s.cfg.Authority, "/") + "/" + url.PathEscape(s.cfg.TenantID) + "/oauth2/v2.0/token"
}

func (s *tokenSource) form() (url.Values, error) {
	form := url.Values{
		"grant_type": {"client_credentials"},
		"client_id":  {s.cfg.ClientID},
		"scope":      {s.cfg.root() + "/.default"},
	}
	if s.cfg.Certificate == "" {
		form.Set("client_secret", s.cfg.ClientSecret.Reveal())
		return form, nil
	}
	certificate, err := readCertificate(s.cfg.Certificate, s.cfg.CertificateKey)
	if err != nil {
		return nil, support.NeedsAttention(support.CodeConfiguration, err.Error(), nil)
	}
	assertion, err := certificate.assertion(s.cfg.AssertionAlgorithm, s.cfg.ClientID, s.endpoint(), s.now())
	if err != nil {
		return nil, support.NeedsAttention(support.CodeConfiguration, "the certificate's key cannot sign", nil)
	}
	form.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
	form.Set("client_assertion", assertion)
	return form, nil
}

// fetch gets a token and its life. Its failures hold Entra's error numbers, never the form or the answer's text.
func (s *tokenSource) fetch(ctx context.Context) (support.Secret, time.Duration, error) {
	form, err := s.form()
	if err != nil {
		return "", 0, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.endpoint(), strings.NewReader(form.Encode()))
	if err != nil {
		return "", 0, support.NeedsAttention(support.CodeConfiguration, "the sign-in host's address cannot be used", nil)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	answer, err := s.client.Do(req)
	if err != nil {
		return "", 0, err
	}
	if answer.Status != http.StatusOK {
		return "", 0, refused(answer, s.now())
	}
	return readToken(answer.Body)
}

func readToken(body []byte) (support.Secret, time.Duration, error) {
	var granted struct {
		AccessToken support.Secret `json:"access_token"`
		ExpiresIn   json.Number    `json:"expires_in"`
	}
	if json.Unmarshal(body, &granted) != nil || granted.AccessToken == "" {
		return "", 0, support.Retryable(support.CodeProtocol, "the sign-in host's answer holds no token", 0, nil)
	}
	seconds, err := granted.ExpiresIn.Int64()
	if err != nil || seconds <= 0 || seconds > 86400 {
		return "", 0, support.Retryable(support.CodeProtocol, "the sign-in host's answer does not say how long the token lives", 0, nil)
	}
	return granted.AccessToken, time.Duration(seconds) * time.Second, nil
}

func refused(answer outbound.Answer, now time.Time) error {
	if answer.Status == http.StatusTooManyRequests || answer.Status >= 500 {
		return support.Retryable(support.CodeUnreachable, "the sign-in host is not available", outbound.RetryAfter(answer.Header, now), statusCause(answer.Status))
	}
	var body struct {
		Error string `json:"error"`
		Codes []int  `json:"error_codes"`
		Trace string `json:"trace_id"`
	}
	if outbound.IsHTML(answer) || json.Unmarshal(answer.Body, &body) != nil || body.Error == "" {
		return support.Retryable(support.CodeProtocol, "the sign-in host's answer cannot be read", 0, statusCause(answer.Status))
	}
	cause := fmt.Errorf("AADSTS %v, trace %.40s", body.Codes, body.Trace)
	for _, number := range body.Codes {
		if refusal, known := refusals[number]; known {
			return support.NeedsAttention(refusal.code, refusal.text, cause)
		}
	}
	return support.NeedsAttention(support.CodeCredentialDead, fmt.Sprintf("the sign-in host refuses the application (AADSTS %v)", body.Codes), cause)
}

func statusCause(status int) error { return fmt.Errorf("HTTP status %d", status) }
