package teamviewer

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const codeLife = 10 * time.Minute // teamviewer.md 1.4

// Client is a registered OAuth app (teamviewer.md 1.3, 1.4).
type Client struct {
	ID          string   `json:"id"`
	Secret      string   `json:"secret,omitempty"`
	Name        string   `json:"name"` // shown when consent is asked for
	RedirectURI string   `json:"redirectUri"`
	Level       Level    `json:"level,omitempty"` // empty is UserLevel; CompanyLevel is granted by administrators only
	Scopes      []string `json:"scopes,omitempty"`
}

// authCode is a code on its way from the consent page to the token endpoint.
type authCode struct {
	client    Client
	user      *User
	expires   time.Time
	challenge string // of PKCE, S256; empty without
}

// pair is an access token with its refresh token. Each refresh makes a new pair and kills the old refresh token.
type pair struct {
	client          Client
	user            *User
	access, refresh string
}

// tokenAnswer is a success of the token endpoint (teamviewer.md 1.4).
type tokenAnswer struct {
	AccessToken  string `json:"access_token"`
	TokenType    string `json:"token_type"`
	ExpiresIn    int    `json:"expires_in"` // seconds
	RefreshToken string `json:"refresh_token"`
}

// AddClient registers an OAuth app, or replaces the one with its id.
func (s *Sim) AddClient(c Client) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.Level == "" {
		c.Level = UserLevel
	}
	s.clients[c.ID] = c
}

// Grant gives consent without the page and returns the tokens. The user is named by id or e-mail.
func (s *Sim) Grant(clientID, user string) (access, refresh string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	client, known := s.clients[clientID]
	u := s.user(user)
	switch {
	case !known:
		return "", "", ErrUnknownClient
	case u == nil:
		return "", "", ErrUnknownUser
	case client.Level == CompanyLevel && !u.Admin:
		return "", "", ErrNotAdministrator
	}
	p := s.issue(client, u)
	return p.access, p.refresh, nil
}

// RevokeGrant is a user withdrawing his consent: his tokens for the app die. An empty app or user means every one.
func (s *Sim) RevokeGrant(clientID, user string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.user(user)
	for _, p := range s.pairs {
		if (clientID == "" || p.client.ID == clientID) && (user == "" || p.user == u) {
			s.kill(p)
		}
	}
	s.touch()
}

// LoseNextTokenAnswer lets the next token request succeed, but cuts the connection before the answer: the grant is lost
// (teamviewer.md 1.4).
func (s *Sim) LoseNextTokenAnswer() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.loseNext = true
}

// issue makes a new pair.
func (s *Sim) issue(client Client, u *User) *pair {
	prefix := strings.TrimPrefix(u.ID, "u") + "-"
	p := &pair{client, u, prefix + rand.Text(), prefix + rand.Text()}
	s.pairs = append(s.pairs, p)
	s.tokens[p.access] = &bearer{value: p.access, name: client.ID, level: client.Level, user: u, scopes: client.Scopes,
		expires: s.now().Add(time.Duration(s.settings.AccessLife))}
	return p
}

// kill ends both tokens of a pair.
func (s *Sim) kill(p *pair) {
	delete(s.tokens, p.access)
	p.refresh = ""
}

// token serves the token endpoint.
func (s *Sim) token(c *call) (answer, error) {
	form, err := tokenForm(c)
	if err != nil {
		return answer{}, err
	}
	client, known := s.clients[form.Get("client_id")]
	if !known || subtle.ConstantTimeCompare([]byte(client.Secret), []byte(form.Get("client_secret"))) != 1 {
		return answer{}, refuse(http.StatusBadRequest, "invalid_client", "client_id or client_secret is wrong.")
	}
	var p *pair
	switch form.Get("grant_type") {
	case "authorization_code":
		p, err = s.redeem(client, form)
	case "refresh_token":
		p, err = s.refresh(client, form.Get("refresh_token"))
	default:
		err = badRequest("grant_type must be authorization_code or refresh_token.")
	}
	if err != nil {
		return answer{}, err
	}
	return answer{status: http.StatusOK, header: http.Header{"Cache-Control": {"no-store"}, "Pragma": {"no-cache"}},
		body: tokenAnswer{p.access, "bearer", int(time.Duration(s.settings.AccessLife) / time.Second), p.refresh}}, nil
}

// tokenForm reads the parameters, which come as a form or as JSON.
func tokenForm(c *call) (url.Values, error) {
	if strings.HasPrefix(c.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		form, err := url.ParseQuery(string(c.body))
		if err != nil {
			return nil, badRequest("The body is not valid.")
		}
		return form, nil
	}
	body, err := decode[map[string]string](c)
	form := url.Values{}
	for name, value := range body {
		form.Set(name, value)
	}
	return form, err
}

// redeem exchanges a code. A try with the right code uses it up, also when something else is wrong.
func (s *Sim) redeem(client Client, form url.Values) (*pair, error) {
	code, known := s.codes[form.Get("code")]
	delete(s.codes, form.Get("code"))
	switch {
	case !known, code.client.ID != client.ID, !s.now().Before(code.expires):
		return nil, badRequest("The authorization code is invalid or expired.")
	case form.Get("redirect_uri") != client.RedirectURI:
		return nil, badRequest("redirect_uri is not the registered one.")
	case code.challenge != "" && challengeOf(form.Get("code_verifier")) != code.challenge:
		return nil, badRequest("code_verifier does not match.")
	}
	return s.issue(client, code.user), nil
}

// challengeOf is the S256 challenge of a PKCE verifier.
func challengeOf(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// refresh rotates: a refresh token works once. The access token of the old pair lives on until it expires.
func (s *Sim) refresh(client Client, token string) (*pair, error) {
	for _, p := range s.pairs {
		if token != "" && p.refresh == token && p.client.ID == client.ID {
			p.refresh = ""
			return s.issue(client, p.user), nil
		}
	}
	return nil, badRequest("The refresh token is invalid.")
}

// revoke ends the access token in the header and its refresh token.
func (s *Sim) revoke(c *call) (answer, error) {
	delete(s.tokens, c.by.value)
	for _, p := range s.pairs {
		if p.access == c.by.value {
			s.kill(p)
		}
	}
	return noContent()
}
