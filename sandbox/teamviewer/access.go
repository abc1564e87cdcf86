package teamviewer

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// Level is the reach of a token (teamviewer.md 1.2).
type Level string

// The levels.
const (
	UserLevel    Level = "user"
	CompanyLevel Level = "company"
)

// ScriptToken is a token made in the console. It never expires (teamviewer.md 1.2).
type ScriptToken struct {
	Name   string   `json:"name"` // for the request log
	Value  string   `json:"value"`
	Level  Level    `json:"level,omitempty"` // empty is UserLevel
	User   string   `json:"user"`            // who made it, by id or e-mail; for CompanyLevel an administrator
	Scopes []string `json:"scopes,omitempty"`
}

// bearer is a token that is accepted, of either kind.
type bearer struct {
	value   string
	name    string
	level   Level
	user    *User
	scopes  []string  // none: everything
	expires time.Time // zero: never
}

func (b *bearer) may(scope string) bool {
	return len(b.scopes) == 0 || slices.Contains(b.scopes, scope)
}

// AddToken adds a script token, or replaces the one with this value.
func (s *Sim) AddToken(t ScriptToken) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.user(t.User)
	if u == nil {
		return ErrUnknownUser
	}
	if t.Level == "" {
		t.Level = UserLevel
	}
	if t.Level == CompanyLevel && !u.Admin {
		return ErrNotAdministrator
	}
	s.tokens[t.Value] = &bearer{value: t.Value, name: t.Name, level: t.Level, user: u, scopes: t.Scopes}
	return nil
}

// RevokeToken removes a script token or an access token.
func (s *Sim) RevokeToken(value string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.tokens, value)
}

// authenticate finds the sender of a request.
func (s *Sim) authenticate(r *http.Request) (*bearer, error) {
	header := r.Header.Get("Authorization")
	if header == "" {
		return nil, errNoToken
	}
	scheme, value, _ := strings.Cut(header, " ")
	b := s.tokens[strings.TrimSpace(value)]
	switch {
	case !strings.EqualFold(scheme, "Bearer"), b == nil:
		return nil, invalidToken()
	case !b.expires.IsZero() && !s.now().Before(b.expires):
		return nil, expiredToken()
	}
	return b, nil
}

// permission is what the sender may do in a group: "owned", "readwrite", "read", or "" when it is hidden from him.
func (b *bearer) permission(g *group) string {
	switch {
	case g == nil:
		return ""
	case g.owner == b.user:
		return "owned"
	case b.level == CompanyLevel:
		return "readwrite"
	}
	return g.shared[b.user.ID]
}

// mine tells whether the sender made the session or has it assigned.
func (b *bearer) mine(x *session) bool {
	return x.Creator == b.user.ID || x.AssignedUserID == b.user.ID
}

func (s *Sim) maySee(b *bearer, x *session) bool {
	return b.mine(x) || b.may(scopeReadAll) && b.permission(s.group(x.GroupID)) != ""
}

func (s *Sim) mayChange(b *bearer, x *session) bool {
	permission := b.permission(s.group(x.GroupID))
	return b.mine(x) || b.may(scopeModifyAll) && (permission == "owned" || permission == "readwrite")
}
