package servicenow

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"example.com/lifeline/support"
)

const (
	skewWarning = 30 * time.Second
	skewFault   = 5 * time.Minute // the window in which a signed press of the button is taken (servicenow.md 3.3)
	endsSoon    = 14 * 24 * time.Hour
)

// Check implements support.CRM. Without a token nothing else can be looked at; otherwise every hop is looked at,
// whatever the others gave. Nothing is written.
func (c *CRM) Check(ctx context.Context) []support.Finding {
	findings := c.checkConsent(ctx)
	if slices.ContainsFunc(findings, func(f support.Finding) bool { return f.Level == support.Fault }) {
		return findings // there is no token without it
	}
	if _, err := c.tokens.Get(ctx); err != nil {
		return append(findings, failed("token", err))
	}
	findings = append(findings, support.Fine("token", "the instance gives access tokens"))
	findings = append(findings, c.checkIncidents(ctx)...)
	findings = append(findings, c.checkCases(ctx), c.checkUsers(ctx), c.checkRoles(ctx))
	findings = append(findings, c.checkTable(ctx, c.sessions(), Columns))
	return append(findings, c.checkTable(ctx, c.reports(), ReportColumns))
}

// remedies say what to do about a failure, by its code.
var remedies = map[string]string{
	support.CodeUnreachable:    "check SERVICENOW_BASE_URL and the network, then try again",
	support.CodeProtocol:       "see whether the instance is asleep, in maintenance, or behind a sign-in page",
	support.CodeRateLimited:    "raise the instance's rate limit rule for the service user, or try again later",
	support.CodeConsentMissing: "run `lifeline connect` for this connection",
	support.CodeCredentialDead: "check client id, client secret and service user, or run `lifeline connect` again",
	support.CodePermission:     "give the service user the roles of docs/servicenow.md, section 1",
	support.CodeConfiguration:  "create it as docs/servicenow.md, section 3, says, or correct SERVICENOW_TABLE_PREFIX",
}

func failed(subject string, err error) support.Finding {
	e := support.AsError(err)
	return support.Broken(subject, e.Message, remedies[e.Code])
}

// checkConsent warns of a refresh token that ends soon (servicenow.md 2.3).
func (c *CRM) checkConsent(ctx context.Context) []support.Finding {
	if c.cfg.Auth != AuthRefreshToken {
		return nil
	}
	held, err := c.keeper.Get(ctx, SubjectOAuth)
	if err != nil {
		return []support.Finding{failed("consent", err)}
	}
	if held.Ends.IsZero() {
		return nil
	}
	text := "the refresh token ends on " + held.Ends.UTC().Format(time.DateOnly)
	if held.Ends.Sub(c.now()) < endsSoon {
		return []support.Finding{support.Warn("consent", text, "run `lifeline connect` again before that day")}
	}
	return []support.Finding{support.Fine("consent", text)}
}

// checkIncidents reads one incident, and with it the clock and the configured customer field.
func (c *CRM) checkIncidents(ctx context.Context) []support.Finding {
	subject := "table " + incidentTable
	found, err := c.list(ctx, incidentTable, (&filter{}).newest(), 1, c.cfg.CallerField)
	if err != nil {
		return []support.Finding{failed(subject, err)}
	}
	findings := []support.Finding{support.Fine(subject, "incidents can be read"), c.checkClock(found.header)}
	if len(found.rows) > 0 && !found.rows[0].has(c.cfg.CallerField) {
		findings = append(findings, support.Warn("SERVICENOW_CALLER_FIELD", "incidents have no field "+c.cfg.CallerField+"; caller_id is used instead", "correct SERVICENOW_CALLER_FIELD"))
	}
	return findings
}

func (c *CRM) checkClock(header http.Header) support.Finding {
	theirs, err := http.ParseTime(header.Get("Date"))
	if err != nil {
		return support.Warn("clock", "the instance does not tell its time", "compare the clocks by hand")
	}
	apart := c.now().Sub(theirs).Abs().Round(time.Second)
	text := fmt.Sprintf("the clocks are %s apart", apart)
	remedy := "synchronise this machine's clock; signed calls are refused when clocks are 5 minutes apart"
	switch {
	case apart >= skewFault:
		return support.Broken("clock", text, remedy)
	case apart >= skewWarning:
		return support.Warn("clock", text, remedy)
	}
	return support.Fine("clock", text)
}

// checkCases takes the absence of Customer Service Management for fine.
func (c *CRM) checkCases(ctx context.Context) support.Finding {
	subject := "table " + caseTable
	_, err := c.list(ctx, caseTable, (&filter{}).newest(), 1, "number")
	switch {
	case support.HasCode(err, support.CodeConfiguration):
		return support.Fine(subject, "Customer Service Management is not installed; cases are not offered")
	case err != nil:
		return failed(subject, err)
	}
	return support.Fine(subject, "cases can be read")
}

func (c *CRM) checkUsers(ctx context.Context) support.Finding {
	subject := "table " + userTable
	found, err := c.list(ctx, userTable, where("active", "true").newest(), 1, "email")
	switch {
	case err != nil:
		return failed(subject, err)
	case len(found.rows) == 0 || !found.rows[0].has("email"):
		return support.Warn(subject, "users or their e-mails are hidden from the service user, so that technicians cannot be found", "give the service user the right to read sys_user")
	}
	return support.Fine(subject, "users can be read")
}

// writers are the roles of which one is needed to write incidents (servicenow.md 2.5).
var writers = []string{"itil", "sn_incident_write", "admin"}

// checkRoles looks for a role that writes incidents among those of the user whose token we hold. Only the mode password
// knows that user's name, so the instance is asked for the caller's own rows.
func (c *CRM) checkRoles(ctx context.Context) support.Finding {
	const subject, look = "roles", "look at them by hand, or give the service user read on " + roleTable
	found, err := c.list(ctx, roleTable, mine("user").oldest(), maxAgents, "user", "user.user_name", "role.name")
	if err != nil || len(found.rows) == 0 || !oneUser(found.rows) {
		return support.Warn(subject, "not looked at: the service user may not read its own roles, or has none", look)
	}
	name := found.rows[0].get("user.user_name")
	for _, r := range found.rows {
		if slices.Contains(writers, r.get("role.name")) {
			return support.Fine(subject, "the service user "+name+" has the role "+r.get("role.name"))
		}
	}
	return support.Warn(subject, "the service user "+name+" has no role that is known to write incidents", "give it one of "+strings.Join(writers, ", "))
}

// oneUser tells whether rows of the role table are of one user. An instance that ignores our filter gives everybody's.
func oneUser(rows []row) bool {
	return !slices.ContainsFunc(rows, func(r row) bool { return r.get("user") == "" || r.get("user") != rows[0].get("user") })
}

// checkTable looks at a table of ours and its columns. A row shows them; an empty table has them in the dictionary,
// which the service user may not be allowed to read.
func (c *CRM) checkTable(ctx context.Context, table string, columns []Column) support.Finding {
	subject := "table " + table
	found, err := c.list(ctx, table, (&filter{}).newest(), 1, names(columns)...)
	if err != nil {
		return failed(subject, err)
	}
	there := func(column string) bool { return found.rows[0].has(column) }
	if len(found.rows) == 0 {
		if there = c.dictionary(ctx, table); there == nil {
			return support.Warn(subject, "the table is there and empty; its columns cannot be looked at", "compare them with docs/servicenow.md, section 3")
		}
	}
	if missing := slices.DeleteFunc(names(columns), there); len(missing) > 0 {
		return support.Finding{
			Level: support.Fault, Subject: subject, Text: "columns are missing or hidden: " + strings.Join(missing, ", "),
			Remedy: "create them as docs/servicenow.md, section 3, says, or give the service user the right to read them",
		}
	}
	return support.Fine(subject, "the table and its columns are there")
}

// dictionary answers which columns the table has; nil when it cannot be read.
func (c *CRM) dictionary(ctx context.Context, table string) func(column string) bool {
	found, err := c.list(ctx, "sys_dictionary", where("name", table).oldest(), 500, "name", "element")
	if err != nil {
		return nil
	}
	known := map[string]bool{}
	for _, r := range found.rows {
		if r.get("name") == table {
			known[r.get("element")] = true
		}
	}
	if len(known) == 0 {
		return nil
	}
	return func(column string) bool { return known[column] }
}
