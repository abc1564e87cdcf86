package teamviewer

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"example.com/lifeline/outbound"
	"example.com/lifeline/support"
)

// Subject is the only living credential of this adapter: the OAuth grant of the account.
const Subject = "oauth"

// maxTokenLife is what no access token lives. One that says so is used until it is refused.
const maxTokenLife = 10 * 365 * 24 * time.Hour

// credential gives the token in force, renewed ahead when it is known to have run out.
func (v *Vendor) credential(ctx context.Context) (support.Credential, error) {
	if v.cfg.Token != "" {
		return support.Credential{Value: v.cfg.Token}, nil
	}
	held, err := v.keeper.Get(ctx, Subject)
	if err != nil || held.ExpiresAt.IsZero() || v.now().Before(held.ExpiresAt) {
		return held, err
	}
	return v.keeper.Renew(ctx, Subject, held)
}

// AuthURL is where a human gives consent, in a browser (teamviewer.md 1.4). State comes back unchanged; verifier is
// the secret of PKCE (oauth2.GenerateVerifier), kept until Exchange and of no effect when PKCE is off.
func (v *Vendor) AuthURL(state, verifier string) string {
	config := oauth2.Config{
		ClientID:    v.cfg.ClientID,
		RedirectURL: v.cfg.RedirectURL,
		Endpoint:    oauth2.Endpoint{AuthURL: strings.TrimRight(v.cfg.LoginURL, "/") + "/oauth2/authorize"},
	}
	options := []oauth2.AuthCodeOption{oauth2.SetAuthURLParam("display", "popup")}
	if v.cfg.PKCE {
		options = append(options, oauth2.S256ChallengeOption(verifier))
	}
	return config.AuthCodeURL(state, options...)
}

// Exchange turns the code that consent brought, good for ten minutes and once, into the first credential. A refused
// code is kind Stop, code sign_in_needed: the human must give consent again.
func (v *Vendor) Exchange(ctx context.Context, code, verifier string) (support.Credential, error) {
	form := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {v.cfg.RedirectURL}}
	if v.cfg.PKCE {
		form.Set("code_verifier", verifier)
	}
	granted, err := v.grant(ctx, form)
	if support.HasCode(err, support.CodeCredentialDead) {
		return granted, support.Stopped(support.CodeSignInNeeded, "TeamViewer refuses the consent's code; please give consent again", err)
	}
	return granted, err
}

// Issue implements support.Issuer. The refresh token is spent by the call and a new one is in the answer, which the
// caller stores before anybody uses it; when the answer is lost, so is the grant (teamviewer.md 1.4).
func (v *Vendor) Issue(ctx context.Context, subject string, current support.Credential) (support.Credential, error) {
	if subject != Subject || v.cfg.ClientID == "" {
		return support.Credential{}, support.NeedsAttention(support.CodeConfiguration, "TeamViewer is not configured for OAuth", nil)
	}
	if current.Refresh == "" {
		return support.Credential{}, support.Retryable(support.CodeConsentMissing, "nobody has given TeamViewer's consent yet", 0, nil)
	}
	return v.grant(ctx, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {current.Refresh.Reveal()}})
}

// grant calls the token endpoint.
func (v *Vendor) grant(ctx context.Context, form url.Values) (support.Credential, error) {
	form.Set("client_id", v.cfg.ClientID)
	form.Set("client_secret", v.cfg.ClientSecret.Reveal())
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, v.api("/oauth2/token"), strings.NewReader(form.Encode()))
	if err != nil {
		return support.Credential{}, support.NeedsAttention(support.CodeConfiguration, "TeamViewer's address is not valid", nil)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	answer, err := v.first.Do(req) // a redirect would carry the secret on, or spend the token twice
	if err != nil {
		return support.Credential{}, err
	}
	if answer.Status >= 400 {
		return support.Credential{}, grantFailure(answer, v.now())
	}
	return readGrant(answer, v.now())
}

func readGrant(answer outbound.Answer, now time.Time) (support.Credential, error) {
	var granted struct {
		Access    text `json:"access_token"`
		Refresh   text `json:"refresh_token"`
		ExpiresIn text `json:"expires_in"` // an odd one must not lose the tokens: their like is given once
	}
	if err := decode(answer, &granted); err != nil {
		return support.Credential{}, errProtocol(nil) // the cause might quote a token
	}
	if granted.Access == "" || granted.Refresh == "" {
		return support.Credential{}, errProtocol(nil)
	}
	credential := support.Credential{Value: support.Secret(granted.Access), Refresh: support.Secret(granted.Refresh)}
	if life, err := strconv.ParseFloat(string(granted.ExpiresIn), 64); err == nil && life > 0 && life < maxTokenLife.Seconds() {
		credential.ExpiresAt = now.Add(time.Duration(life) * time.Second)
	}
	return credential, nil
}

// grantFailure differs from other calls: a refused refresh token means that the grant is dead, whatever the word, but
// a wrong app secret leaves it alive. Texts are left out, as they may quote what was sent.
func grantFailure(answer outbound.Answer, now time.Time) error {
	r := readRefusal(answer)
	r.text = ""
	failure := r.failure()
	switch {
	case r.word == "invalid_client":
		return support.NeedsAttention(support.CodeConfiguration, "TeamViewer refuses CLIENT_ID or CLIENT_SECRET", r.cause())
	case failure.Kind == support.Retry:
		if asked := outbound.RetryAfter(answer.Header, now); asked > 0 {
			failure.RetryAfter = asked
		}
		return failure
	case answer.Status == http.StatusBadRequest || answer.Status == http.StatusUnauthorized || failure.Code == support.CodeCredentialDead:
		return support.NeedsAttention(support.CodeCredentialDead, "TeamViewer's consent is no longer valid; please give it again", r.cause())
	case failure.Code == support.CodePermission:
		return failure
	}
	return support.NeedsAttention(support.CodeConfiguration, "TeamViewer's token endpoint does not answer at this address", r.cause())
}
