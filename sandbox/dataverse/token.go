package dataverse

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// token is an access token: opaque to clients, as the reference demands (1.1).
type token struct {
	user    string // systemuserid; empty: no application user exists
	expires time.Time
}

// entraError is an error answer of the token endpoint (reference 1.1).
type entraError struct {
	status  int
	word    string // RFC 6749 error
	code    int    // AADSTS number
	message string
}

func (e *entraError) Error() string { return e.message }

// serveToken answers the client credentials grant.
func (s *Sim) serveToken(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
	if err := r.ParseForm(); err != nil {
		s.writeEntraError(w, &entraError{400, "invalid_request", 900144, "The request body is malformed."})
		return
	}
	value, refused := s.grant(r, r.PostForm)
	if refused != nil {
		s.writeEntraError(w, refused)
		return
	}
	life := int(s.opts.TokenLife / time.Second)
	s.writeAnswer(w, reply(http.StatusOK, object{"token_type": "Bearer", "expires_in": life, "ext_expires_in": life, "access_token": value}))
}

func (s *Sim) writeEntraError(w http.ResponseWriter, e *entraError) {
	trace, correlation, at := uuid.NewString(), uuid.NewString(), s.Now().Format("2006-01-02 15:04:05Z")
	s.writeAnswer(w, reply(e.status, object{
		"error": e.word, "error_codes": []int{e.code}, "timestamp": at, "trace_id": trace, "correlation_id": correlation,
		"error_description": "AADSTS" + strconv.Itoa(e.code) + ": " + e.message + " Trace ID: " + trace + " Correlation ID: " + correlation + " Timestamp: " + at,
	}))
}

func (s *Sim) grant(r *http.Request, form url.Values) (string, *entraError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if refused := s.checkGrant(r, form); refused != nil {
		return "", refused
	}
	app, known := s.apps[form.Get("client_id")]
	if !known {
		return "", &entraError{400, "unauthorized_client", 700016, "Application with identifier '" + form.Get("client_id") + "' was not found in the directory."}
	}
	if refused := s.checkCredential(app, form, baseURL(r)+r.URL.Path); refused != nil {
		return "", refused
	}
	return s.issue(s.applicationUser(app.ID)), nil
}

func (s *Sim) checkGrant(r *http.Request, form url.Values) *entraError {
	if !strings.EqualFold(r.PathValue("tenant"), s.opts.TenantID) {
		return &entraError{400, "invalid_request", 90002, "Tenant '" + r.PathValue("tenant") + "' not found. Check to make sure you have the correct tenant ID."}
	}
	if form.Get("grant_type") != "client_credentials" {
		return &entraError{400, "unsupported_grant_type", 70003, "The app requested an unsupported grant type '" + form.Get("grant_type") + "'."}
	}
	resource, isDefault := strings.CutSuffix(form.Get("scope"), "/.default")
	if !isDefault {
		return &entraError{400, "invalid_scope", 1002012, "The provided value for scope is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier."}
	}
	if resource != baseURL(r) {
		return &entraError{400, "invalid_resource", 500011, "The resource principal named " + resource + " was not found in the tenant."}
	}
	return nil
}

func (s *Sim) checkCredential(app *App, form url.Values, endpoint string) *entraError {
	if form.Has("client_assertion") {
		return s.checkAssertion(app, form, endpoint)
	}
	switch secret := form.Get("client_secret"); {
	case secret == "":
		return &entraError{401, "invalid_client", 7000216, "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type."}
	case app.Secret == "" || secret != app.Secret:
		return &entraError{401, "invalid_client", 7000215, "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID."}
	case app.SecretExpired:
		return &entraError{401, "invalid_client", 7000222, "The provided client secret keys are expired."}
	}
	return nil
}

func (s *Sim) issue(user string) string {
	value := strings.ReplaceAll(uuid.NewString()+uuid.NewString(), "-", "")
	s.tokens[value] = token{user: user, expires: s.now().Add(s.opts.TokenLife)}
	return value
}

// UserToken issues an access token that acts as a user of the organisation, as a browser of that user would hold.
func (s *Sim) UserToken(userID string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.issue(userID)
}

// RevokeTokens makes every access token issued so far worthless: the next call is 401.
func (s *Sim) RevokeTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.tokens)
}

// authenticate finds the user behind the bearer token.
func (s *Sim) authenticate(r *http.Request) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	value, isBearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	known, ok := s.tokens[value]
	if !isBearer || !ok || !s.now().Before(known.expires) {
		return "", fail(http.StatusUnauthorized, "", "Unauthorized")
	}
	user := s.find("systemuser", known.user)
	if user == nil {
		return "", forbidden(codeNotMember, "The user is not a member of the organization.")
	}
	return user.id, s.checkUser(user)
}
