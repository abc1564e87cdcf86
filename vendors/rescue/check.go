package rescue

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"example.com/lifeline/support"
)

// maxSkew is how far our clock may be from Rescue's before doctor warns: links and reports are timed by both.
const maxSkew = time.Minute

// Check implements support.Vendor. It never asks for an authcode, which would void the one in use; whether each agent
// is known at Rescue is seen by calling Technician.
func (v *Vendor) Check(ctx context.Context) []support.Finding {
	host, reached := v.checkHost(ctx)
	if !reached {
		return host
	}
	findings := append(host, v.checkSSO(ctx))
	findings = append(findings, v.checkAdministrator(ctx)...)
	return append(findings, v.checkReports(ctx))
}

// checkHost makes a call without any identity: the host is there when it refuses that in its own words.
func (v *Vendor) checkHost(ctx context.Context) (findings []support.Finding, reached bool) {
	subject := "host " + v.cfg.base()
	sent := v.now()
	answer, err := v.wire.form(ctx, v.wire.quick, "/API/getAccount.aspx", url.Values{}, nil)
	if err == nil {
		_, err = readPlain(answer.Body)
	}
	if err != nil && !refusedWith(err, wordNotLoggedIn, wordInvalidAuthcode) {
		return []support.Finding{support.Failed(subject, err, "check RESCUE_REGION or RESCUE_BASE_URL, the proxy and the firewall")}, false
	}
	return append([]support.Finding{support.Fine(subject, "Rescue answers")}, v.checkClock(answer.Header, sent)...), true
}

func (v *Vendor) checkClock(header http.Header, sent time.Time) []support.Finding {
	theirs, err := http.ParseTime(header.Get("Date"))
	if err != nil {
		return nil
	}
	skew := theirs.Sub(sent).Abs().Truncate(time.Second)
	if skew > maxSkew {
		return []support.Finding{support.Warn("clock", fmt.Sprintf("this server's clock differs from Rescue's by %s", skew), "let the server keep its time by NTP")}
	}
	return []support.Finding{support.Fine("clock", "agrees with Rescue's")}
}

// probeSSOID is nobody's: a login ticket for it tells of the company id without touching a technician. Of the password it
// tells nothing: Rescue has one word for a wrong one and for an unknown SSO id (rescue.md 2.4).
const probeSSOID = "lifeline-doctor"

func (v *Vendor) checkSSO(ctx context.Context) support.Finding {
	const subject = "single sign-on"
	if v.cfg.SSOPassword == "" {
		return support.Warn(subject, "no SSO password is configured: each agent signs in to Rescue once, and consoles cannot be opened from the ticket", "set RESCUE_SSO_PASSWORD to the master SSO password, if agents have SSO ids")
	}
	body, err := v.loginTicket(ctx, probeSSOID)
	if err == nil {
		_, err = v.readTicket(body)
	}
	switch {
	case err == nil, refusedWith(err, wordInvalid, wordInvalidPassword):
		return support.Fine(subject, "Rescue knows the company id "+v.cfg.CompanyID+"; whether the SSO password is right shows with technicians who have no authcode yet")
	case refusedWith(err, wordInvalidCompany):
		return support.Failed(subject, err, "set RESCUE_COMPANY_ID to the number shown under Global Settings > Single Sign-On")
	}
	return support.Failed(subject, err, "try again; if it stays, check RESCUE_COMPANY_ID and RESCUE_SSO_PASSWORD")
}

// checkAdministrator looks at the API token and at what it may see.
func (v *Vendor) checkAdministrator(ctx context.Context) []support.Finding {
	const subject = "API token"
	if v.cfg.APIToken == "" {
		return []support.Finding{support.Warn(subject, "no API token is configured: sessions are observed technician by technician and cannot be closed from the ticket", "set RESCUE_API_TOKEN to a token of a master administrator")}
	}
	var who identity
	err := v.asAdministrator(func(token support.Secret) (err error) {
		who, err = v.identify(ctx, token)
		return err
	})
	if err != nil {
		return []support.Finding{support.Failed(subject, err, "make a new API token as a master administrator")}
	}
	if who.AdminID == "" {
		return []support.Finding{support.Warn(subject, "its owner is no administrator, so closing sessions will be refused", "make the API token as a master administrator")}
	}
	return []support.Finding{support.Fine(subject, "accepted for account "+who.AccountID), v.checkSessions(ctx)}
}

func (v *Vendor) checkSessions(ctx context.Context) support.Finding {
	const subject = "session list"
	seen, err := v.observeAccount(ctx)
	if err != nil {
		return support.Failed(subject, err, "check RESCUE_NODE, or set RESCUE_POLL=technicians")
	}
	return support.Fine(subject, fmt.Sprintf("%d sessions are listed", len(merge(seen))))
}

func (v *Vendor) checkReports(ctx context.Context) support.Finding {
	const subject = "report login"
	if v.cfg.ReportEmail == "" {
		return support.Warn(subject, "none is configured: chat and notes come by Post-to-URL only, and missed posts are not found again", "set RESCUE_REPORT_EMAIL and RESCUE_REPORT_PASSWORD to a user of Lifeline's own")
	}
	if _, err := v.reportCookies(ctx, nil); err != nil {
		return support.Failed(subject, err, "check RESCUE_REPORT_EMAIL and RESCUE_REPORT_PASSWORD, and that standard login is allowed for this user")
	}
	return support.Fine(subject, "accepted")
}
