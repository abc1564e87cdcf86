package rescue

import (
	"context"
	"net/http"
	"net/url"
	"sync"
	"time"

	"example.com/lifeline/support"
)

const (
	loginIdle = 15 * time.Minute // Rescue drops a login after 20 idle minutes (rescue.md 2.1)
	loginHold = 15 * time.Minute // after a refused password: trying on would lock the user out
)

// reportLogin is the cookie login of the reporting user, the only identity that may read reports, chat and notes
// (rescue.md 5.4). Its cookies are shared with nobody.
type reportLogin struct {
	mu        sync.Mutex
	cookies   []*http.Cookie
	usedAt    time.Time
	held      *support.Error // the refusal that is repeated without a call
	heldUntil time.Time
}

// asReporter makes calls with the login's cookies. A lost login is made anew once.
func (v *Vendor) asReporter(ctx context.Context, call func(cookies []*http.Cookie) error) error {
	if v.cfg.ReportEmail == "" {
		return support.Stopped(support.CodeNotSupported, "Rescue tells reports, chat and notes to a login only; set RESCUE_REPORT_EMAIL and RESCUE_REPORT_PASSWORD", nil)
	}
	cookies, err := v.reportCookies(ctx, nil)
	if err != nil {
		return err
	}
	err = call(cookies)
	if !loginLost(err) {
		return err
	}
	if cookies, err = v.reportCookies(ctx, cookies); err != nil {
		return err
	}
	return call(cookies)
}

// loginLost also takes a page for a lost login, which is how some methods say it (rescue.md 1.3).
func loginLost(err error) bool { return codeRefused(err) || unknownMethod(err) }

// reportCookies returns the login's cookies, logging in if there are none, they are old, or they are the lost ones.
func (v *Vendor) reportCookies(ctx context.Context, lost []*http.Cookie) ([]*http.Cookie, error) {
	l := v.login
	l.mu.Lock()
	defer l.mu.Unlock()
	now := v.now()
	if l.held != nil && now.Before(l.heldUntil) {
		return nil, l.repeat(now)
	}
	same := len(lost) > 0 && len(l.cookies) > 0 && lost[0] == l.cookies[0]
	if len(l.cookies) > 0 && !same && now.Sub(l.usedAt) < loginIdle {
		l.usedAt = now
		return l.cookies, nil
	}
	cookies, err := v.logIn(ctx)
	l.cookies, l.usedAt, l.held = cookies, now, nil
	if err != nil {
		l.hold(support.AsError(err), now)
		return nil, err
	}
	return cookies, nil
}

// hold remembers a refusal that must not be tried again at once: a wrong password, or too many logins.
func (l *reportLogin) hold(err *support.Error, now time.Time) {
	switch {
	case err.Kind == support.Attention:
		l.held, l.heldUntil = err, now.Add(loginHold)
	case refusedWith(err, wordLimitReached):
		l.held, l.heldUntil = err, now.Add(err.RetryAfter)
	}
}

// repeat answers the held refusal again, with the rest of its delay.
func (l *reportLogin) repeat(now time.Time) *support.Error {
	again := *l.held
	if again.Kind == support.Retry {
		again.RetryAfter = l.heldUntil.Sub(now)
	}
	return &again
}

func (v *Vendor) logIn(ctx context.Context) ([]*http.Cookie, error) {
	answer, err := v.wire.form(ctx, v.wire.quick, "/API/login.aspx", url.Values{
		"email": {v.cfg.ReportEmail},
		"pwd":   {v.cfg.ReportPassword.Reveal()},
	}, nil)
	if err != nil {
		return nil, err
	}
	if _, err := readPlain(answer.Body); err != nil {
		if refusedWith(err, wordInvalid) {
			return nil, support.NeedsAttention(support.CodeCredentialDead, "Rescue refused the e-mail or password of the reporting user; under \"SSO only\" it must be a user without SSO id", err)
		}
		return nil, err
	}
	return sessionCookies(answer.Header)
}

// sessionCookies keeps what the login set: name and value alone are sent back.
func sessionCookies(header http.Header) ([]*http.Cookie, error) {
	var kept []*http.Cookie
	for _, cookie := range (&http.Response{Header: header}).Cookies() {
		if cookie.Value != "" && cookie.MaxAge >= 0 {
			kept = append(kept, &http.Cookie{Name: cookie.Name, Value: cookie.Value})
		}
	}
	if len(kept) == 0 {
		return nil, notUnderstood("Rescue accepted the login but opened no session", nil)
	}
	return kept, nil
}

// reportForm is the start of every call that is made with the login: the API token goes along where there is one.
func (v *Vendor) reportForm() url.Values {
	if v.cfg.APIToken == "" {
		return url.Values{}
	}
	return url.Values{"authcode": {v.cfg.APIToken.Reveal()}}
}
