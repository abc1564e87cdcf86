package teamviewer

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"example.com/lifeline/outbound"
	"example.com/lifeline/support"
)

// maxSkew is how far our clock may be from TeamViewer's: codes expire by theirs and are judged by ours.
const maxSkew = time.Minute

// Check implements support.Vendor. It changes nothing at TeamViewer, and does not create the group.
func (v *Vendor) Check(ctx context.Context) []support.Finding {
	findings, usable := v.checkToken(ctx)
	if !usable {
		return findings
	}
	findings = append(findings, v.checkLicence(ctx), v.checkGroup(ctx), v.checkSessions(ctx), v.checkReports(ctx))
	return append(findings, v.checkLogging(ctx)...)
}

// failed is a finding about what did not work. What was not even tried, for want of calls, is no fault of the account.
func failed(subject string, err error, remedy string) support.Finding {
	if errors.As(err, new(notMade)) {
		return support.Warn(subject, "not looked at: "+support.AsError(err).Message, "the engine and a worker give out the licence's calls: see above, and run doctor again")
	}
	return support.Failed(subject, err, remedy)
}

// checkToken pings; an invalid token is answered with false or with 401 (teamviewer.md 1.7).
func (v *Vendor) checkToken(ctx context.Context) (findings []support.Finding, usable bool) {
	const subject = "token"
	var ping struct {
		Valid bool `json:"token_valid"`
	}
	asked := v.now()
	answer, err := v.get(ctx, "/ping", "/ping", &ping)
	if err == nil && !ping.Valid {
		err = errTokenDead(nil)
	}
	if err != nil {
		remedy := "check TEAMVIEWER_BASE_URL, the proxy and the firewall"
		if code := support.AsError(err).Code; code == support.CodeCredentialDead || code == support.CodeConsentMissing {
			remedy = "run `lifeline connect` for this connection, or set a new TEAMVIEWER_TOKEN"
		}
		return []support.Finding{failed(subject, err, remedy)}, false
	}
	return append([]support.Finding{support.Fine(subject, "TeamViewer accepts it")}, v.checkClock(answer, asked)...), true
}

func (v *Vendor) checkClock(answer outbound.Answer, asked time.Time) []support.Finding {
	theirs, err := http.ParseTime(answer.Header.Get("Date"))
	if err != nil {
		return nil
	}
	skew := theirs.Sub(asked).Abs().Truncate(time.Second)
	if skew > maxSkew {
		return []support.Finding{support.Warn("clock", fmt.Sprintf("this server's clock differs from TeamViewer's by %s", skew), "let the server keep its time by NTP")}
	}
	return []support.Finding{support.Fine("clock", "agrees with TeamViewer's")}
}

func (v *Vendor) checkLicence(ctx context.Context) support.Finding {
	const subject = "licence"
	var account struct {
		Company text `json:"company_name"`
		License struct {
			Type   text  `json:"type"`
			Active *bool `json:"isactive"`
		} `json:"license"`
	}
	if _, err := v.get(ctx, "/account", "/account", &account); err != nil {
		return failed(subject, err, "give the token the right to view account data")
	}
	kind := strings.ToLower(string(account.License.Type))
	_, known := licences[kind]
	switch {
	case account.License.Active != nil && !*account.License.Active:
		return support.Warn(subject, "the licence "+kind+" is not active", "renew the licence or assign one to the account")
	case known && kind != v.cfg.Licence:
		return support.Warn(subject, "the account has the licence "+kind+", but TEAMVIEWER_LICENCE is "+v.cfg.Licence, "set TEAMVIEWER_LICENCE="+kind)
	case kind == "":
		return support.Warn(subject, "TeamViewer does not tell the account's licence", "compare TEAMVIEWER_LICENCE with the contract")
	}
	return support.Fine(subject, kind)
}

// checkGroup looks for the group; one named by GROUP_NAME is created with the first session.
func (v *Vendor) checkGroup(ctx context.Context) support.Finding {
	subject := "group " + v.cfg.GroupID
	if v.cfg.GroupID != "" {
		var group struct {
			Name text `json:"name"`
		}
		if _, err := v.get(ctx, "/groups/{id}", "/groups/"+v.cfg.GroupID, &group); err != nil {
			return failed(subject, err, "check TEAMVIEWER_GROUP_ID, and that the token may view groups")
		}
		return support.Fine(subject, "is there: "+string(group.Name))
	}
	subject = "group " + v.cfg.GroupName
	var page struct {
		Groups []struct {
			Name text `json:"name"`
		} `json:"groups"`
	}
	if err := v.page(ctx, "/groups", url.Values{"name": {v.cfg.GroupName}}, &page); err != nil {
		return support.Warn(subject, support.AsError(err).Message, "let the token view groups, or set TEAMVIEWER_GROUP_ID")
	}
	for _, group := range page.Groups {
		if string(group.Name) == v.cfg.GroupName {
			return support.Fine(subject, "is there")
		}
	}
	return support.Warn(subject, "does not exist yet; it is created with the first session", "share it with the technicians afterwards, so that sessions appear in their queue")
}

func (v *Vendor) checkSessions(ctx context.Context) support.Finding {
	const subject = "session list"
	seen, err := v.Observe(ctx, support.ObserveRequest{})
	if err != nil {
		return failed(subject, err, "give the token the rights to view, create and edit sessions")
	}
	return support.Fine(subject, fmt.Sprintf("%d sessions are open", len(seen)))
}

func (v *Vendor) checkReports(ctx context.Context) support.Finding {
	const subject = "connection report"
	if v.cfg.NoReports {
		return support.Fine(subject, "not asked for; sessions are filed without")
	}
	now := v.now()
	if _, err := v.Report(ctx, support.ReportQuery{From: now.Add(-time.Hour), To: now}); err != nil {
		return failed(subject, err, "give the token the right to read connections; without Premium or Corporate set TEAMVIEWER_NO_REPORTS")
	}
	return support.Fine(subject, "can be read")
}

// checkLogging finds technicians whose connections leave no record (teamviewer.md 3.5).
func (v *Vendor) checkLogging(ctx context.Context) []support.Finding {
	const subject = "technicians' logging"
	if v.cfg.NoReports {
		return nil
	}
	users, err := v.users(ctx, url.Values{"full_list": {"true"}})
	if err != nil {
		return []support.Finding{support.Warn(subject, "the users cannot be listed: "+support.AsError(err).Message, "let the token view users; this needs Premium or Corporate")}
	}
	var findings []support.Finding
	for _, u := range users {
		active := u.Active == nil || *u.Active
		if active && u.LogSessions != nil && !*u.LogSessions {
			findings = append(findings, support.Warn("technician "+string(u.Email), "connections are not logged, so sessions leave no report", "switch on \"log sessions\" for this user in the Management Console"))
		}
	}
	if len(findings) == 0 {
		findings = append(findings, support.Fine(subject, fmt.Sprintf("on for all %d users", len(users))))
	}
	return findings
}
