package teamviewer

import (
	"context"
	"net/url"
	"strings"

	"example.com/lifeline/support"
)

// user is an account of the company (teamviewer.md 4.2).
type user struct {
	ID          text  `json:"id"`
	Name        text  `json:"name"`
	Email       text  `json:"email"`
	Active      *bool `json:"active"`
	LogSessions *bool `json:"log_sessions"`
}

// Technician implements support.Vendor. Sessions need no technician at TeamViewer, so the hint comes back as it is,
// unless ASSIGN asks for the agent's own user: then one that is not found by e-mail is kind Stop, code
// unknown_technician.
func (v *Vendor) Technician(ctx context.Context, hint support.Technician) (support.Technician, error) {
	if !v.cfg.Assign || userIDForm.MatchString(hint.ID) {
		return hint, nil
	}
	email := strings.TrimSpace(hint.Email)
	if email == "" || strings.Contains(email, ",") { // a comma would ask for several
		return hint, errNoTechnician()
	}
	users, err := v.users(ctx, url.Values{"email": {email}, "full_list": {"true"}})
	if err != nil {
		return hint, err
	}
	for _, u := range users {
		if strings.EqualFold(string(u.Email), email) && userIDForm.MatchString(string(u.ID)) && (u.Active == nil || *u.Active) {
			hint.ID, hint.Name = string(u.ID), string(u.Name)
			return hint, nil
		}
	}
	return hint, errNoTechnician()
}

func errNoTechnician() error {
	return support.Stopped(support.CodeNoTechnician, "the agent has no active TeamViewer account with this e-mail address", nil)
}

func (v *Vendor) users(ctx context.Context, query url.Values) ([]user, error) {
	var page struct {
		Users []user `json:"users"`
	}
	err := v.page(ctx, "/users", query, &page)
	return page.Users, err
}
