package teamviewer

import (
	"crypto/rand"
	"net/http"
	"net/url"
)

// consent is what the authorize page asks for (teamviewer.md 1.4).
type consent struct {
	Client      Client
	RedirectURI string
	State       string
	Challenge   string
	Users       []User
	Query       map[string]string // to be asked again when the form is sent
	stateGiven  bool
}

// consentParameters are kept from the page to the form.
var consentParameters = []string{"response_type", "client_id", "redirect_uri", "state", "display", "code_challenge", "code_challenge_method"}

// consent checks an authorize request. The text tells a person what is wrong; nobody is redirected to an address that
// is not registered.
func (s *Sim) consent(q url.Values) (consent, string) {
	s.mu.Lock()
	client, known := s.clients[q.Get("client_id")]
	s.mu.Unlock()
	switch {
	case !known:
		return consent{}, "client_id is unknown."
	case q.Get("redirect_uri") != client.RedirectURI:
		return consent{}, "redirect_uri is not the registered one."
	case q.Get("response_type") != "code":
		return consent{}, "response_type must be code."
	case q.Get("display") != "popup":
		return consent{}, "display must be popup."
	case q.Get("code_challenge") != "" && q.Get("code_challenge_method") != "S256":
		return consent{}, "code_challenge_method must be S256."
	}
	asked := consent{Client: client, RedirectURI: client.RedirectURI, State: q.Get("state"), stateGiven: q.Has("state"),
		Challenge: q.Get("code_challenge"), Users: s.Users(), Query: map[string]string{}}
	for _, name := range consentParameters {
		if q.Has(name) {
			asked.Query[name] = q.Get(name)
		}
	}
	return asked, ""
}

// showAuthorize is the consent page.
func (s *Sim) showAuthorize(w http.ResponseWriter, r *http.Request) {
	asked, fault := s.consent(r.URL.Query())
	if fault != "" {
		s.message(w, http.StatusBadRequest, fault)
		return
	}
	s.render(w, "authorize", page{Title: "Allow access?", Consent: &asked})
}

// answerAuthorize takes Allow or Deny and goes back to the app.
func (s *Sim) answerAuthorize(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	if err := r.ParseForm(); err != nil {
		s.message(w, http.StatusBadRequest, "The form could not be read.")
		return
	}
	asked, fault := s.consent(r.PostForm)
	if fault != "" {
		s.message(w, http.StatusBadRequest, fault)
		return
	}
	result := url.Values{"error": {"access_denied"}}
	if r.PostForm.Get("answer") == "allow" {
		code, err := s.allow(asked, r.PostForm.Get("user"))
		if err != nil {
			s.message(w, http.StatusForbidden, "Access was not granted: "+err.Error()+".")
			return
		}
		result = url.Values{"code": {code}}
	}
	http.Redirect(w, r, asked.back(result), http.StatusFound)
}

// allow makes an authorization code for the user.
func (s *Sim) allow(asked consent, user string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.user(user)
	switch {
	case u == nil:
		return "", ErrUnknownUser
	case asked.Client.Level == CompanyLevel && !u.Admin:
		return "", ErrNotAdministrator
	}
	code := rand.Text()
	s.codes[code] = authCode{client: asked.Client, user: u, expires: s.now().Add(codeLife), challenge: asked.Challenge}
	return code, nil
}

// back is the app's address with the result, and the state as it was given.
func (asked consent) back(result url.Values) string {
	if asked.stateGiven {
		result.Set("state", asked.State)
	}
	target, err := url.Parse(asked.RedirectURI)
	if err != nil {
		return asked.RedirectURI
	}
	query := target.Query()
	for name := range result {
		query.Set(name, result.Get(name))
	}
	target.RawQuery = query.Encode()
	return target.String()
}
