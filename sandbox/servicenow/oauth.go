package servicenow

import (
	"crypto/rand"
	"crypto/subtle"
	"mime"
	"net/http"
	"net/url"
	"time"
)

// Client is an entry of the application registry (oauth_entity).
type Client struct {
	ID, Secret  string
	User        string        // OAuth Application User, for client_credentials; empty refuses that grant
	AccessLife  time.Duration // default 1,800 s (servicenow.md 2.3)
	RefreshLife time.Duration // default 8,640,000 s, 100 days
}

// grant is what one client holds for one user.
type grant struct {
	client  Client
	user    string
	access  credential
	refresh credential
}

// credential is a token with its end.
type credential struct {
	value string
	ends  time.Time
}

func (c credential) alive(now time.Time) bool { return c.value != "" && now.Before(c.ends) }

// tokenOffice issues tokens. Its methods are called with the Sim's lock held.
type tokenOffice struct {
	clients map[string]Client
	grants  []*grant
}

func newTokenOffice(clients []Client) *tokenOffice {
	office := &tokenOffice{clients: map[string]Client{}}
	for _, c := range clients {
		if c.AccessLife == 0 {
			c.AccessLife = 1800 * time.Second
		}
		if c.RefreshLife == 0 {
			c.RefreshLife = 8_640_000 * time.Second
		}
		office.clients[c.ID] = c
	}
	return office
}

func (o *tokenOffice) client(id, secret string) (Client, bool) {
	c, ok := o.clients[id]
	return c, ok && subtle.ConstantTimeCompare([]byte(c.Secret), []byte(secret)) == 1
}

// grantFor finds or makes the grant of a client and user.
func (o *tokenOffice) grantFor(c Client, user string) *grant {
	for _, g := range o.grants {
		if g.client.ID == c.ID && g.user == user {
			return g
		}
	}
	g := &grant{client: c, user: user}
	o.grants = append(o.grants, g)
	return g
}

// renew gives the grant an access token: the same one inside its life.
func (g *grant) renew(now time.Time) {
	if !g.access.alive(now) {
		g.access = credential{newToken(), now.Add(g.client.AccessLife)}
	}
}

// renewRefresh gives a user's grant its refresh token: the same one with a new end (servicenow.md 2.3).
func (g *grant) renewRefresh(now time.Time) {
	if !g.refresh.alive(now) {
		g.refresh.value = newToken()
	}
	g.refresh.ends = now.Add(g.client.RefreshLife)
}

func (o *tokenOffice) userOf(access string, now time.Time) string {
	for _, g := range o.grants {
		if g.access.value == access && g.access.alive(now) {
			return g.user
		}
	}
	return ""
}

func (o *tokenOffice) refreshing(c Client, refresh string, now time.Time) (*grant, bool) {
	for _, g := range o.grants {
		if g.client.ID == c.ID && g.refresh.value == refresh && g.refresh.alive(now) {
			return g, true
		}
	}
	return nil, false
}

func newToken() string { return rand.Text() + rand.Text() + rand.Text() }

// accessDenied is the one answer to everything that is wrong with a token request (servicenow.md 2.4).
func accessDenied() reply {
	return jsonReply(http.StatusUnauthorized, map[string]string{"error_description": "access_denied", "error": "server_error"})
}

// token serves /oauth_token.do: a form in the body, nothing in the address, no Basic.
func (s *Sim) token(c *call) reply {
	if c.method != http.MethodPost {
		return wrongMethod(c)
	}
	form, ok := s.tokenForm(c)
	if !ok {
		return accessDenied()
	}
	client, ok := s.oauth.client(form.Get("client_id"), form.Get("client_secret"))
	if !ok {
		return accessDenied()
	}
	g, withRefresh := s.grant(client, form)
	if g == nil || !s.isUsable(g.user) {
		return accessDenied()
	}
	now := s.now()
	g.renew(now)
	answer := map[string]any{"access_token": g.access.value, "scope": "useraccount", "token_type": "Bearer",
		"expires_in": int(g.access.ends.Sub(now) / time.Second)}
	if withRefresh {
		answer["refresh_token"] = g.refresh.value
	}
	return jsonReply(http.StatusOK, answer)
}

func (s *Sim) tokenForm(c *call) (url.Values, bool) {
	kind, _, _ := mime.ParseMediaType(c.header.Get("Content-Type"))
	form, err := url.ParseQuery(string(c.body))
	if kind != "application/x-www-form-urlencoded" || err != nil {
		return nil, false
	}
	if s.property("glide.oauth.allow.parameters.in.post.body.only") != "false" {
		return form, true
	}
	for name, values := range c.query {
		form[name] = values
	}
	return form, true
}

// grant checks the grant and says whether the answer names a refresh token. nil is a refusal.
func (s *Sim) grant(client Client, form url.Values) (*grant, bool) {
	switch form.Get("grant_type") {
	case "password":
		return s.passwordGrant(client, form.Get("username"), form.Get("password")), true
	case "refresh_token":
		g, _ := s.oauth.refreshing(client, form.Get("refresh_token"), s.now())
		return g, !s.opts.OmitRefreshToken
	case "client_credentials":
		if client.User != "" && s.property("glide.oauth.inbound.client.credential.grant_type.enabled") == "true" {
			return s.oauth.grantFor(client, client.User), false
		}
	}
	return nil, false
}

func (s *Sim) passwordGrant(client Client, user, password string) *grant {
	if s.property("glide.oauth.inbound.ropc.grant_type.disabled") == "true" || !s.mayLogIn(user, password) {
		return nil
	}
	if s.opts.MachinesCannotPass && s.userRow(user)["web_service_access_only"] == "true" {
		return nil
	}
	g := s.oauth.grantFor(client, user)
	g.renewRefresh(s.now())
	return g
}

// revoke serves /oauth_revoke_token.do: whoever knows a token may end it.
func (s *Sim) revoke(c *call) reply {
	token := c.query.Get("token")
	for _, g := range s.oauth.grants {
		if g.access.value == token {
			g.access = credential{}
		}
		if g.refresh.value == token {
			g.refresh = credential{}
		}
	}
	return reply{status: http.StatusOK, header: http.Header{}}
}

// KillRefreshToken ends all refresh tokens, as their life or an administrator would. Access tokens live on.
func (s *Sim) KillRefreshToken() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, g := range s.oauth.grants {
		g.refresh = credential{}
	}
}

// ExpireTokens ends all access tokens; refresh tokens live on.
func (s *Sim) ExpireTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, g := range s.oauth.grants {
		g.access = credential{}
	}
}
