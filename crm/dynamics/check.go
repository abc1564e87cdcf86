package dynamics

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
	skewTolerance = 2 * time.Minute
	expiryWarning = 30 * 24 * time.Hour
)

// Check implements support.CRM: every hop in the order it is needed. When sign-in or environment fail, the rest
// would only repeat that, and is left out.
func (c *CRM) Check(ctx context.Context) []support.Finding {
	if _, err := c.tokens.Get(ctx); err != nil {
		return []support.Finding{failed("sign-in", err)}
	}
	findings := []support.Finding{support.Fine("sign-in", "a token was granted"), c.checkExpiry()}
	user, environment, ok := c.checkEnvironment(ctx)
	findings = append(findings, environment...)
	if !ok {
		return findings
	}
	for _, table := range Tables {
		findings = append(findings, c.checkTable(ctx, table))
	}
	return append(findings, c.checkKey(ctx), c.checkWebhook(ctx), c.checkPrivileges(ctx, user), mailboxNote)
}

// failed makes a finding of a failure.
func failed(subject string, err error) support.Finding {
	remedy, known := remedies[support.AsError(err).Code]
	if !known {
		remedy = "try again; if it stays, look at the network and the service's health"
	}
	return support.Failed(subject, err, remedy)
}

// remedies say what to do about a failure, by its code.
var remedies = map[string]string{
	support.CodeCredentialDead: "correct DYNAMICS_CLIENT_ID, and DYNAMICS_CLIENT_SECRET or DYNAMICS_CERTIFICATE",
	support.CodeConfiguration:  "correct what the text names; `lifeline connect` makes missing tables and columns",
	support.CodePermission:     "give the application user the role of docs/dynamics.md, section 2, and System Administrator while `lifeline connect` runs",
	support.CodeKeyPending:     "run `lifeline doctor --repair`",
}

// connectRemedy makes whatever is missing.
const connectRemedy = "run `lifeline connect` for this connection"

// mailboxNote reminds of what cannot be asked over this API (dynamics.md 2.7).
var mailboxNote = support.Finding{Level: support.OK, Subject: "mailbox",
	Text: "not looked at; with MAIL_CHANNEL=crm, Dynamics sends only for agents whose mailbox is approved and enabled in the admin centre"}

// checkExpiry tells how long the credential lives, which only a certificate says by itself.
func (c *CRM) checkExpiry() support.Finding {
	if c.cfg.Certificate == "" {
		return support.Warn("client secret", "when the client secret expires cannot be seen from here", "note the date in the calendar, or use a certificate")
	}
	certificate, err := readCertificate(c.cfg.Certificate, c.cfg.CertificateKey)
	if err != nil {
		return failed("certificate", support.NeedsAttention(support.CodeConfiguration, err.Error(), nil))
	}
	text := "the certificate is valid until " + certificate.leaf.NotAfter.UTC().Format(time.DateOnly)
	if certificate.leaf.NotAfter.Before(c.now().Add(expiryWarning)) {
		return support.Warn("certificate", text, "register a new certificate and configure it")
	}
	return support.Fine("certificate", text)
}

// checkEnvironment asks who we are: the proof that the application user exists. It compares clocks on the way.
func (c *CRM) checkEnvironment(ctx context.Context) (userID string, findings []support.Finding, ok bool) {
	answer, err := c.do(ctx, call{method: http.MethodGet, path: "WhoAmI", accept: []int{http.StatusOK}})
	if err != nil {
		return "", []support.Finding{failed("environment", err)}, false
	}
	me, err := decode[struct {
		UserID         string `json:"UserId"`
		OrganizationID string `json:"OrganizationId"`
	}](answer)
	if err == nil && me.UserID == "" {
		err = unreadable(nil)
	}
	if err != nil {
		return "", []support.Finding{failed("environment", err)}, false
	}
	findings = append(findings, support.Fine("environment", "signed in as user "+me.UserID+" of organization "+me.OrganizationID))
	if !c.cfg.FromThisOrganization(me.OrganizationID) {
		findings = append(findings, support.Broken("organization", "the configured organization id is another environment's", "set DYNAMICS_ORGANIZATION_ID to "+me.OrganizationID))
	}
	return me.UserID, append(findings, c.checkClock(answer.Header)), true
}

func (c *CRM) checkClock(header http.Header) support.Finding {
	there, err := http.ParseTime(header.Get("Date"))
	if err != nil {
		return support.Warn("clock", "Dynamics does not tell its time", "check this machine's clock another way")
	}
	skew := c.now().Sub(there).Round(time.Second)
	if skew.Abs() > skewTolerance {
		return support.Warn("clock", fmt.Sprintf("this machine's clock differs by %s from that of Dynamics", skew), "synchronise the clock; certificates and tokens depend on it")
	}
	return support.Fine("clock", "in step with Dynamics")
}

func (c *CRM) checkTable(ctx context.Context, table Table) support.Finding {
	name := c.names.of(table.Name)
	missing, err := c.missingColumns(ctx, table)
	switch {
	case support.HasCode(err, support.CodeNotFound) || codeOf(err) == codeNoTable:
		return support.Broken("table "+name, "the table is missing", connectRemedy)
	case err != nil:
		return failed("table "+name, err)
	case len(missing) > 0:
		return support.Broken("table "+name, "columns are missing: "+strings.Join(missing, ", "), connectRemedy)
	}
	return support.Fine("table "+name, "present with all columns")
}

func (c *CRM) missingColumns(ctx context.Context, table Table) ([]string, error) {
	present, err := c.columnsOf(ctx, c.names.of(table.Name))
	if err != nil {
		return nil, err
	}
	var missing []string
	for _, column := range c.wanted(table) {
		if name := c.names.of(column.Name); !slices.Contains(present, name) {
			missing = append(missing, name)
		}
	}
	return missing, nil
}

func (c *CRM) checkKey(ctx context.Context) support.Finding {
	status, err := c.SessionKeyStatus(ctx)
	if err != nil {
		return failed("session key", err)
	}
	if status != support.KeyActive {
		return support.Warn("session key", "the session key is "+status+"; rows are looked up instead, which is slower", "run `lifeline doctor --repair`; a key that fails again means that two rows carry the same key: remove one")
	}
	return support.Fine("session key", "active")
}

func (c *CRM) checkWebhook(ctx context.Context) support.Finding {
	endpoint, found, err := c.endpointNamed(ctx)
	if err != nil {
		return failed("webhook", err)
	}
	if !found {
		return support.Warn("webhook", "no service endpoint is registered; requests are found by the sweep only", connectRemedy)
	}
	step, found, err := c.step(ctx)
	switch {
	case err != nil:
		return failed("webhook", err)
	case !found:
		return support.Warn("webhook", "no step calls the service endpoint; requests are found by the sweep only", connectRemedy)
	case step.State != 0:
		return support.Warn("webhook", "the step is disabled; requests are found by the sweep only", connectRemedy)
	}
	return support.Fine("webhook", "calls "+endpoint.URL)
}

// neededPrivileges are those whose names are sure; note, e-mail and template rights show in use (dynamics.md 7.2).
func (c *CRM) neededPrivileges() []string {
	var needed []string
	for _, table := range Tables {
		for _, right := range []string{"Create", "Read", "Write", "Append"} {
			needed = append(needed, "prv"+right+c.names.of(table.Name))
		}
	}
	for _, recordType := range c.cfg.RecordTypes {
		needed = append(needed, "prvRead"+recordType)
	}
	return append(needed, "prvReadUser")
}

// checkPrivileges compares the application user's privileges. The function is not verified against a live service, so
// that it cannot be asked is a warning (dynamics.md 2.9).
func (c *CRM) checkPrivileges(ctx context.Context, userID string) support.Finding {
	const subject, remedy = "privileges", "give the application user the role of docs/dynamics.md, section 2"
	id, err := guid(userID)
	if err != nil {
		return failed(subject, unreadable(err))
	}
	held, err := get[struct {
		Privileges []struct {
			Name string `json:"PrivilegeName"`
		} `json:"RolePrivileges"`
	}](ctx, c, row("systemusers", id)+"/Microsoft.Dynamics.CRM.RetrieveUserPrivileges()", nil)
	if err != nil {
		return support.Warn(subject, "the privileges cannot be listed: "+support.AsError(err).Message, remedy)
	}
	missing := slices.DeleteFunc(c.neededPrivileges(), func(needed string) bool {
		for _, privilege := range held.Privileges {
			if strings.EqualFold(privilege.Name, needed) {
				return true
			}
		}
		return false
	})
	if len(missing) > 0 {
		return support.Warn(subject, "privileges seem to be missing: "+strings.Join(missing, ", "), remedy)
	}
	return support.Fine(subject, "all there")
}
