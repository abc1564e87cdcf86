package servicenow

import (
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// basicRole lets a user who can log in interactively use Basic on the APIs all the same (servicenow.md 2.5).
const basicRole = "snc_basic_auth_api_access"

// sessionCookie is the cookie that names a session.
const sessionCookie = "JSESSIONID"

// authenticate finds the caller by bearer token, Basic, or session cookie. The lock is held.
func (s *Sim) authenticate(c *call) (string, bool) {
	kind, credentials, _ := strings.Cut(c.header.Get("Authorization"), " ")
	var user string
	switch strings.ToLower(kind) {
	case "bearer":
		user = s.oauth.userOf(credentials, s.now())
	case "basic":
		user = s.basic(credentials)
	case "":
		user = s.sessions.userOf(cookieOf(c.header))
	}
	return user, user != "" && s.isUsable(user)
}

// basic checks Basic credentials and the gate that keeps interactive users out.
func (s *Sim) basic(credentials string) string {
	user, ok := s.checkBasic(credentials)
	if !ok || s.userRow(user)["web_service_access_only"] != "true" && !s.hasRole(user, basicRole) {
		return ""
	}
	return user
}

func (s *Sim) checkBasic(credentials string) (string, bool) {
	raw, err := base64.StdEncoding.DecodeString(credentials)
	if err != nil {
		return "", false
	}
	user, password, _ := strings.Cut(string(raw), ":")
	return user, s.mayLogIn(user, password)
}

func cookieOf(header http.Header) string {
	cookie, err := (&http.Request{Header: header}).Cookie(sessionCookie)
	if err != nil {
		return ""
	}
	return cookie.Value
}

// setCookies gives every answer a session, as the platform does. A call that brought a live session keeps it.
func (s *Sim) setCookies(answer *reply, r *http.Request, user string) {
	id := cookieOf(r.Header)
	if !s.sessions.bind(id, user) {
		id = s.sessions.open(user)
	}
	if answer.header == nil {
		answer.header = http.Header{}
	}
	expiry := s.now().Add(30 * time.Minute).Format(http.TimeFormat)
	answer.header["Set-Cookie"] = []string{
		sessionCookie + "=" + id + "; Path=/; HttpOnly; SameSite=Lax",
		"glide_user_route=glide." + id[:32] + "; Expires=" + expiry + "; Path=/; HttpOnly",
	}
}

// Bounds of the session store: sessions remembered, and calls that may wait for one (servicenow.md 4.11).
const (
	maxSessions = 1000
	maxQueued   = 10
)

// session is one login. Its calls run one at a time.
type session struct {
	user    string
	running sync.Mutex
	waiting int
}

// sessionStore has its own lock, since calls wait in it.
type sessionStore struct {
	mu    sync.Mutex
	byID  map[string]*session
	order []string
}

func newSessionStore() *sessionStore { return &sessionStore{byID: map[string]*session{}} }

// open makes a session; user may be empty.
func (st *sessionStore) open(user string) string {
	st.mu.Lock()
	defer st.mu.Unlock()
	id := strings.ToUpper(rand.Text() + rand.Text())
	st.byID[id], st.order = &session{user: user}, append(st.order, id)
	if len(st.order) > maxSessions {
		delete(st.byID, st.order[0])
		st.order = slices.Delete(st.order, 0, 1)
	}
	return id
}

// bind logs the user in on an existing session; false when there is none. An empty user changes nothing.
func (st *sessionStore) bind(id, user string) bool {
	st.mu.Lock()
	defer st.mu.Unlock()
	found, ok := st.byID[id]
	if ok && user != "" {
		found.user = user
	}
	return ok
}

func (st *sessionStore) userOf(id string) string {
	st.mu.Lock()
	defer st.mu.Unlock()
	if found, ok := st.byID[id]; ok {
		return found.user
	}
	return ""
}

// enter waits for the session's turn. It refuses when too many wait already.
func (st *sessionStore) enter(r *http.Request) (leave func(), ok bool) {
	st.mu.Lock()
	found, known := st.byID[cookieOf(r.Header)]
	if !known {
		st.mu.Unlock()
		return func() {}, true
	}
	if found.waiting > maxQueued {
		st.mu.Unlock()
		return nil, false
	}
	found.waiting++
	st.mu.Unlock()
	found.running.Lock()
	return func() {
		found.running.Unlock()
		st.mu.Lock()
		found.waiting--
		st.mu.Unlock()
	}, true
}
