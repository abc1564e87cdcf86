package servicenow

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"example.com/lifeline/outbound"
	"example.com/lifeline/support"
)

// SubjectOAuth is the keeper's subject that holds the refresh token of the instance.
const SubjectOAuth = "oauth"

// The default life of an access token (servicenow.md 2.3), for an answer that names none of use, and what none lives.
const (
	usualLife = 30 * time.Minute
	maxLife   = 10 * 365 * 24 * time.Hour
)

// grant is an answer of the token endpoint (servicenow.md 2.2). The refresh token is optional in it.
type grant struct {
	Access    support.Secret `json:"access_token"`
	Refresh   support.Secret `json:"refresh_token"`
	ExpiresIn json.Number    `json:"expires_in"` // what is left of its life, in seconds
}

func (g grant) life() time.Duration {
	seconds, err := g.ExpiresIn.Int64()
	if err != nil || seconds <= 0 || seconds > int64(maxLife/time.Second) {
		return usualLife
	}
	return time.Duration(seconds) * time.Second
}

// fetchToken gets an access token in the configured way, for the token cache.
func (c *CRM) fetchToken(ctx context.Context) (support.Secret, time.Duration, error) {
	form, err := c.grantForm(ctx)
	if err != nil {
		return "", 0, err
	}
	granted, err := c.requestGrant(ctx, form)
	if err != nil {
		return "", 0, err
	}
	return granted.Access, granted.life(), nil
}

func (c *CRM) grantForm(ctx context.Context) (url.Values, error) {
	switch c.cfg.Auth {
	case AuthPassword:
		return passwordForm(c.cfg.User, c.cfg.Password), nil
	case AuthRefreshToken:
		held, err := c.keeper.Get(ctx, SubjectOAuth)
		if err != nil {
			return nil, err
		}
		if held.Refresh == "" {
			return nil, consentMissing()
		}
		return refreshForm(held.Refresh), nil
	default:
		return url.Values{"grant_type": {AuthClientCredentials}}, nil
	}
}

func passwordForm(user string, password support.Secret) url.Values {
	return url.Values{"grant_type": {AuthPassword}, "username": {user}, "password": {password.Reveal()}}
}

func refreshForm(token support.Secret) url.Values {
	return url.Values{"grant_type": {AuthRefreshToken}, "refresh_token": {token.Reveal()}}
}

// Exchange makes a password grant and returns the refresh token with the time when consent ends, for
// `lifeline connect`. The password is not kept. A user or client that is refused answers credential_dead.
func (c *CRM) Exchange(ctx context.Context, user string, password support.Secret) (support.Credential, error) {
	granted, err := c.requestGrant(ctx, passwordForm(user, password))
	if err != nil {
		return support.Credential{}, err
	}
	if granted.Refresh == "" {
		return support.Credential{}, support.NeedsAttention(support.CodeConfiguration,
			"ServiceNow gave no refresh token; check the refresh token lifespan of the application registry", nil)
	}
	return support.Credential{Refresh: granted.Refresh, Ends: c.now().Add(c.cfg.RefreshLife)}, nil
}

// Issue implements support.Issuer for the subject "oauth". Only a human can give the first refresh token, and
// refreshing does not prolong it (servicenow.md 2.3): Issue proves that the current one is alive and keeps its end. The
// credential's Value stays empty, because access tokens live in the adapter's own cache.
func (c *CRM) Issue(ctx context.Context, subject string, current support.Credential) (support.Credential, error) {
	if subject != SubjectOAuth {
		return support.Credential{}, support.Stopped(support.CodeNotSupported, "ServiceNow has no credential of this name", nil)
	}
	if current.Refresh == "" {
		return support.Credential{}, consentMissing()
	}
	granted, err := c.requestGrant(ctx, refreshForm(current.Refresh))
	if err != nil {
		return support.Credential{}, err
	}
	next := current
	if granted.Refresh != "" {
		next.Refresh = granted.Refresh
	}
	return next, nil
}

func consentMissing() error {
	return support.Retryable(support.CodeConsentMissing,
		"Lifeline has no consent of this ServiceNow instance yet; run lifeline connect", 0, nil)
}

// requestGrant posts to the token endpoint. Client authentication is by body fields only: HTTP Basic would count as a
// failed login, and parameters in the query are refused (servicenow.md 2.1).
func (c *CRM) requestGrant(ctx context.Context, form url.Values) (grant, error) {
	form.Set("client_id", c.cfg.ClientID)
	form.Set("client_secret", c.cfg.ClientSecret.Reveal())
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+"/oauth_token.do", strings.NewReader(form.Encode()))
	if err != nil {
		return grant{}, badAddress()
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	answer, err := c.client.Do(req)
	if err != nil {
		return grant{}, err
	}
	return readGrant(answer, c.now())
}

// readGrant judges an answer of the token endpoint (servicenow.md 2.4). One body covers almost every refusal, and the
// word "server_error" in it means a refusal for good, so that only the status counts. Errors never quote the body.
func readGrant(a outbound.Answer, now time.Time) (grant, error) {
	switch {
	case a.Status == http.StatusTooManyRequests:
		return grant{}, rateLimited(a, now)
	case a.Status >= 500:
		return grant{}, unavailable(a, now)
	case a.Status == http.StatusUnauthorized:
		return grant{}, support.NeedsAttention(support.CodeCredentialDead,
			"ServiceNow refuses the OAuth credentials: the refresh token ran out, or client, user or password are wrong; "+
				"the cause is in the instance's system log, source OAuth", refusal(a.Body))
	case a.Status >= 400 && !outbound.IsHTML(a):
		return grant{}, support.NeedsAttention(support.CodeConfiguration,
			"ServiceNow's token endpoint does not accept the request; check SERVICENOW_BASE_URL and the OAuth plugin", refusal(a.Body))
	}
	var granted grant
	if a.Status != http.StatusOK || json.Unmarshal(a.Body, &granted) != nil || granted.Access == "" {
		return grant{}, notData("the token endpoint", nil)
	}
	return granted, nil
}

var errorWord = regexp.MustCompile(`^[a-z_]{1,40}$`)

// refusal gives the error words of a token answer for the log, if they are words.
func refusal(body []byte) error {
	var words struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}
	if json.Unmarshal(body, &words) != nil || !errorWord.MatchString(words.Error) {
		return nil
	}
	if !errorWord.MatchString(words.Description) {
		words.Description = ""
	}
	return remark(strings.TrimSpace(words.Error + " " + words.Description))
}
