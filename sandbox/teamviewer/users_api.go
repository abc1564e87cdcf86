package teamviewer

import (
	"net/url"
	"slices"
	"strings"
)

// shownUser is a user as a short list writes him (teamviewer.md 4.2).
type shownUser struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Email string `json:"email"`
}

// fullUser is a user by himself, or in a list with full_list.
type fullUser struct {
	shownUser
	Permissions          string `json:"permissions,omitempty"`
	Active               bool   `json:"active"`
	OnlineState          string `json:"online_state"`
	LogSessions          bool   `json:"log_sessions"`
	ShowCommentWindow    bool   `json:"show_comment_window"`
	ActivatedLicenceName string `json:"activated_license_name"`
	TFAEnabled           bool   `json:"tfa_enabled"`
}

func (s *Sim) showUser(u *User, full bool) any {
	short := shownUser{u.ID, u.Name, u.Email}
	if !full {
		return short
	}
	return fullUser{shownUser: short, Permissions: strings.Join(u.Permissions, ","), Active: true, OnlineState: "Online",
		LogSessions: !u.Unlogged, ShowCommentWindow: true, ActivatedLicenceName: string(s.licence.Type)}
}

func (s *Sim) listUsers(c *call) (answer, error) {
	full, err := queryBool(c.query, "full_list")
	if err != nil {
		return answer{}, err
	}
	found := []any{}
	for _, u := range s.users {
		if u.matches(c.query) {
			found = append(found, s.showUser(u, full != nil && *full))
		}
	}
	return ok(map[string]any{"users": found})
}

// matches compares with the query: any of the e-mails, a part of the name, all of the permissions.
func (u *User) matches(q url.Values) bool {
	emails, permissions := list(q.Get("email")), list(q.Get("permissions"))
	if len(emails) > 0 && !slices.ContainsFunc(emails, func(e string) bool { return strings.EqualFold(e, u.Email) }) {
		return false
	}
	for _, p := range permissions {
		if !slices.Contains(u.Permissions, p) {
			return false
		}
	}
	return strings.Contains(strings.ToLower(u.Name), strings.ToLower(q.Get("name")))
}

// list splits a comma-separated value.
func list(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' })
}

func (s *Sim) getUser(c *call) (answer, error) {
	u := s.userByID(c.PathValue("id"))
	if u == nil {
		return answer{}, notFound("The user is unknown.")
	}
	return ok(s.showUser(u, true))
}
