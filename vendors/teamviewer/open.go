package teamviewer

import (
	"context"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"example.com/lifeline/outbound"
	"example.com/lifeline/support"
)

const (
	sessionsFunction = "/sessions"
	sessionFunction  = "/sessions/{code}"

	// maxLife is the longest life of a code that TeamViewer is known to grant (teamviewer.md 2.3).
	maxLife = 24 * time.Hour
	// minLife is what must be left of a code to be of use.
	minLife = time.Minute

	maxText  = 4000
	maxName  = 100
	maxEmail = 254
)

// create is the body of POST /sessions.
type create struct {
	GroupID     string    `json:"groupid,omitempty"`
	GroupName   string    `json:"groupname,omitempty"`
	ValidUntil  string    `json:"valid_until"`
	Description string    `json:"description,omitempty"`
	Customer    *customer `json:"end_customer,omitempty"`
	Assigned    string    `json:"assigned_userid,omitempty"`
	CustomAPI   string    `json:"custom_api"`
}

type customer struct {
	Name  string `json:"name,omitempty"`
	Email string `json:"email,omitempty"`
}

// Open implements support.Vendor: POST /sessions (teamviewer.md 2.3). TeamViewer would create a second session for a
// repeated call, so with Again the open sessions are searched for the request's token first; EarlierCode, the code that
// is to be replaced, is not taken for it. The code lives from when it was requested, at most 24 hours, and from now on
// when next to nothing of that life is left.
func (v *Vendor) Open(ctx context.Context, req support.OpenRequest) (support.Invitation, error) {
	if req.Again {
		found, err := v.opened(ctx, req)
		if err != nil || found.Code != "" {
			return found, err
		}
	}
	answer, err := v.call(ctx, request{method: http.MethodPost, function: sessionsFunction, path: sessionsFunction, body: v.creation(req), client: v.first})
	if err != nil {
		return support.Invitation{}, err
	}
	created, err := v.created(ctx, answer)
	if err != nil {
		return support.Invitation{}, err
	}
	return invitation(created, v.until(req))
}

// opened looks for the session that an earlier attempt made.
func (v *Vendor) opened(ctx context.Context, req support.OpenRequest) (support.Invitation, error) {
	var found support.Invitation
	err := v.eachOpen(ctx, func(s session) bool {
		same := req.Token != "" && tokenOf(s.CustomAPI) == req.Token
		earlier := undashed(string(s.Code)) == undashed(req.EarlierCode)
		if !same || earlier || s.closed() || s.expired(v.now()) {
			return true
		}
		candidate, err := invitation(s, v.until(req))
		if err == nil {
			found = candidate
		}
		return err != nil
	})
	return found, err
}

func (v *Vendor) creation(req support.OpenRequest) create {
	body := create{
		GroupID:     v.cfg.GroupID,
		ValidUntil:  v.until(req).Format(time.RFC3339),
		Description: shorten(description(req), maxText),
		Customer:    customerOf(req.Customer),
		CustomAPI:   correlate(req.Record.Ref, req.Token),
	}
	if body.GroupID == "" {
		body.GroupName = v.cfg.GroupName
	}
	if v.cfg.Assign && userIDForm.MatchString(req.Technician.ID) {
		body.Assigned = req.Technician.ID
	}
	return body
}

func description(req support.OpenRequest) string {
	if req.Description != "" {
		return req.Description
	}
	return strings.Trim(req.Record.Number+": "+req.Record.Title, ": ")
}

// customerOf leaves an address out that is longer than TeamViewer takes: half of one is of no use.
func customerOf(c support.Customer) *customer {
	body := customer{Name: shorten(c.Name, maxName)}
	if len(c.Email) <= maxEmail {
		body.Email = c.Email
	}
	if body == (customer{}) {
		return nil
	}
	return &body
}

func (v *Vendor) until(req support.OpenRequest) time.Time {
	now := v.now()
	life := req.InvitationTTL
	if life <= 0 || life > maxLife {
		life = maxLife
	}
	until := req.Now.Add(life)
	if until.Before(now.Add(minLife)) {
		until = now.Add(max(life, minLife))
	}
	if latest := now.Add(maxLife); until.After(latest) {
		until = latest
	}
	return until.UTC().Truncate(time.Second)
}

// created reads the answer to POST: the session object with status 200, or perhaps a redirect to the new session
// (teamviewer.md 2.3, status caution).
func (v *Vendor) created(ctx context.Context, answer outbound.Answer) (session, error) {
	switch answer.Status {
	case http.StatusOK, http.StatusCreated, http.StatusFound, http.StatusSeeOther:
	default:
		return session{}, errProtocol(nil)
	}
	var s session
	if decode(answer, &s) == nil && codeForm.MatchString(string(s.Code)) {
		return s, nil
	}
	location, err := url.Parse(answer.Header.Get("Location"))
	if err != nil || !codeForm.MatchString(path.Base(location.Path)) {
		return session{}, errProtocol(nil)
	}
	return v.session(ctx, path.Base(location.Path))
}

// session reads one session.
func (v *Vendor) session(ctx context.Context, code string) (session, error) {
	if !codeForm.MatchString(code) {
		return session{}, errNoCode()
	}
	var s session
	_, err := v.get(ctx, sessionFunction, sessionPath(code), &s)
	if err == nil && !codeForm.MatchString(string(s.Code)) {
		err = errProtocol(nil)
	}
	return s, err
}

func sessionPath(code string) string { return "/sessions/" + url.PathEscape(dashed(code)) }

func errNoCode() error {
	return support.Stopped(support.CodeNotFound, "this is no TeamViewer session code", nil)
}

func invitation(s session, until time.Time) (support.Invitation, error) {
	if !codeForm.MatchString(string(s.Code)) || s.CustomerLink == "" {
		return support.Invitation{}, errProtocol(nil)
	}
	if !s.ValidUntil.IsZero() {
		until = s.ValidUntil.Time
	}
	return support.Invitation{
		Code: dashed(string(s.Code)), VendorSessionID: dashed(string(s.Code)), CustomerLink: string(s.CustomerLink),
		SupporterLink: s.SupporterLink.value, ExpiresAt: until,
	}, nil
}

// Join implements support.Vendor: the supporter link, read anew. Whoever has it joins as supporter.
func (v *Vendor) Join(ctx context.Context, req support.JoinRequest) (support.Secret, error) {
	s, err := v.session(ctx, req.Invitation.Code)
	switch {
	case err != nil:
		return "", err
	case s.closed():
		return "", support.Stopped(support.CodeActionFailed, "the TeamViewer session is closed", nil)
	case s.SupporterLink.value == "":
		return "", errProtocol(nil)
	}
	return s.SupporterLink.value, nil
}
