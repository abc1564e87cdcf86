package dynamics

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"example.com/lifeline/support"
)

const privilegesRoute = "GET systemusers(" + userID + ")/Microsoft.Dynamics.CRM.RetrieveUserPrivileges()"

func me(organization string) reply {
	return ok(`{"BusinessUnitId":"` + otherID + `","UserId":"` + userID + `","OrganizationId":"` + organization + `"}`)
}

// healthyEnvironment is one with everything set up.
func healthyEnvironment(t *testing.T) *environment {
	e := finishedEnvironment(t)
	var held []string
	for _, privilege := range e.crm().neededPrivileges() {
		held = append(held, `{"PrivilegeName":"`+privilege+`"}`)
	}
	return e.on("GET WhoAmI", me(orgID)).on(privilegesRoute, ok(`{"RolePrivileges":[`+strings.Join(held, ",")+`]}`))
}

func findingsBySubject(findings []support.Finding) map[string]support.Finding {
	bySubject := map[string]support.Finding{}
	for _, finding := range findings {
		bySubject[finding.Subject] = finding
	}
	return bySubject
}

func TestAHealthyEnvironmentHasNoFaults(t *testing.T) {
	e := healthyEnvironment(t)
	findings := e.crm(func(c *Config) { c.OrganizationID = orgID }).Check(t.Context())
	for _, finding := range findings {
		if finding.Subject != "client secret" {
			assert.Equal(t, support.OK, finding.Level, "%+v", finding)
			assert.Empty(t, finding.Remedy, "doctor prints no remedy of what is fine")
		}
	}
	found := findingsBySubject(findings)
	for _, subject := range []string{"sign-in", "environment", "clock", "table lifeline_session", "table lifeline_usersetting", "table lifeline_connection", "session key", "webhook", "privileges", "mailbox"} {
		assert.Contains(t, found, subject)
	}
	assert.Equal(t, support.Warning, found["client secret"].Level, "its expiry cannot be seen")
	assert.Contains(t, found["mailbox"].Text, "MAIL_CHANNEL=crm", "whom it concerns")
}

func TestCheckNamesTheMissingApplicationUserAndStops(t *testing.T) {
	e := newEnvironment(t).on("GET WhoAmI", refusal(403, "0x80072560", ""))
	found := findingsBySubject(e.crm().Check(t.Context()))
	assert.Equal(t, support.Fault, found["environment"].Level)
	assert.Contains(t, found["environment"].Text, "add the application user")
	assert.Len(t, e.calls, 1)
}

func TestCheckStopsAtARefusedSignIn(t *testing.T) {
	address, _ := signInHost(t, reply{status: 401, body: `{"error":"invalid_client","error_codes":[7000222]}`})
	e := newEnvironment(t)
	findings := e.crm(func(c *Config) { c.Authority = address }).Check(t.Context())
	assert.Len(t, findings, 1)
	assert.Contains(t, findings[0].Text, "expired")
	assert.Contains(t, findings[0].Remedy, "DYNAMICS_CLIENT_SECRET", "it was: look at the message")
	assert.Empty(t, e.calls)
}

func TestCheckShowsEachHopThatFails(t *testing.T) {
	e := healthyEnvironment(t).on("GET WhoAmI", me(otherID)).
		on(attributesRoute("lifeline_usersetting"), refusal(404, "", "")).on(attributesRoute("lifeline_connection"), rows(`{"LogicalName":"lifeline_notes"}`)).
		on(keysRoute, rows(aKey("Failed", "null"))).
		on("GET sdkmessageprocessingsteps", rows(`{"sdkmessageprocessingstepid":"`+stepID+`","statecode":1}`)).
		on(privilegesRoute, refusal(404, "", ""))
	c := e.crm(func(c *Config) { c.OrganizationID = orgID })
	c.now = func() time.Time { return time.Now().Add(10 * time.Minute) }
	found := findingsBySubject(c.Check(t.Context()))
	assert.Equal(t, support.Fault, found["organization"].Level)
	assert.Contains(t, found["table lifeline_usersetting"].Text, "missing")
	assert.Contains(t, found["table lifeline_connection"].Text, "lifeline_connectionkey")
	assert.Contains(t, found["session key"].Text, "failed")
	assert.Contains(t, found["webhook"].Text, "disabled")
	assert.Equal(t, support.Warning, found["privileges"].Level)
	assert.Contains(t, found["clock"].Text, "differs")
}

func TestACertificateTellsItsExpiry(t *testing.T) {
	cert, key := selfSigned(t)
	c := newEnvironment(t).crm(func(c *Config) { c.ClientSecret, c.Certificate, c.CertificateKey = "", cert.pem, key.pem })
	c.now = func() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) }
	assert.Equal(t, support.OK, c.checkExpiry().Level)
	c.now = func() time.Time { return time.Date(2026, 6, 15, 0, 0, 0, 0, time.UTC) }
	assert.Equal(t, support.Warning, c.checkExpiry().Level)
}

func TestAClockThatCannotBeComparedIsSaid(t *testing.T) {
	assert.Equal(t, support.Warning, newEnvironment(t).crm().checkClock(http.Header{}).Level)
}
