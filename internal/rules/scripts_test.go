package rules

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/api"
	"example.com/lifeline/crm/dynamics"
)

// play runs a script of the documentation in Node.js and reads what it did.
func play[T any](t *testing.T, name string, args ...string) T {
	t.Helper()
	node := exec.CommandContext(t.Context(), "node", append([]string{filepath.Join("testdata", name)}, args...)...)
	node.Stderr = os.Stderr
	output, err := node.Output()
	require.NoError(t, err)
	var seen T
	require.NoError(t, json.Unmarshal(output, &seen), string(output))
	return seen
}

// pressed is what the ServiceNow button sent and showed.
type pressed struct {
	URL, Method, Body, Algorithm string
	Timeout                      int
	Headers                      map[string]string
	Messages, Errors             []string
	Redirected                   bool
}

func TestServiceNowButtonSignsAsTheAPIChecks(t *testing.T) {
	seen := play[pressed](t, "servicenow.js", "201", `{"code":"481516","customerLink":"https://rescue.example.com/?pin","panelUrl":"https://lifeline.example.com/panel?t=x"}`)
	const path = "/v1/connections/acme-sn/records/incident/9c573169c611228700193229fff72400/session"
	assert.Equal(t, "https://lifeline.example.com"+path, seen.URL)
	assert.Equal(t, "HmacSHA256", seen.Algorithm)
	assert.Equal(t, "k1", seen.Headers["X-Lifeline-Key-Id"])
	expected := api.Sign("a-signing-secret-0001", seen.Headers["X-Lifeline-Timestamp"], "POST", path, []byte(seen.Body))
	assert.Equal(t, expected, seen.Headers["X-Lifeline-Signature"])

	assert.NotRegexp(t, `[^ -~]`, seen.Body, "the body is pure ASCII")
	var body struct {
		Number string
		Agent  struct{ ID, Name, Email string }
	}
	require.NoError(t, json.Unmarshal([]byte(seen.Body), &body))
	assert.Equal(t, "INC0010001", body.Number)
	assert.Equal(t, "Dana Müller", body.Agent.Name)
	assert.Equal(t, "dana@example.com", body.Agent.Email)
	require.Len(t, seen.Messages, 1)
	assert.Contains(t, seen.Messages[0], "481516")
	assert.True(t, seen.Redirected, "the agent stays on the record")
}

func TestServiceNowButtonShowsTheReasonOfARefusal(t *testing.T) {
	seen := play[pressed](t, "servicenow.js", "422", `{"code":"no_console","detail":"the technician's console is not running"}`)
	assert.Equal(t, []string{"the technician's console is not running"}, seen.Errors)
	seen = play[pressed](t, "servicenow.js", "502", "<html>bad gateway</html>")
	assert.Equal(t, []string{"Lifeline did not answer (status 502). Please try again."}, seen.Errors)
}

// Agents without an SSO id were told to sign in to Rescue once, and not where.
func TestServiceNowButtonLeadsToTheSignIn(t *testing.T) {
	seen := play[pressed](t, "servicenow.js", "422", `{"code":"sign_in_needed","detail":"Sign in once.","signInUrl":"https://lifeline.example.com/signin?t=x"}`)
	assert.Equal(t, []string{`Sign in once. <a href="https://lifeline.example.com/signin?t=x" target="_blank" rel="noopener">Sign in</a>, then press again.`}, seen.Errors)
	assert.Empty(t, seen.Messages)
}

// Older releases run nothing newer, and say so only when somebody presses.
func TestServiceNowScriptsAreES5(t *testing.T) {
	newer := regexp.MustCompile("\\b(let|const|class|async|await)\\s|=>|`|\\.\\.\\.")
	comments := regexp.MustCompile(`(?s)/\*.*?\*/|//[^\n]*`)
	for _, name := range []string{"LifelineSession.js", "ui_action.js"} {
		script := comments.ReplaceAllString(string(read(t, "docs/scripts/servicenow/"+name)), "")
		assert.Empty(t, newer.FindAllString(script, -1), name)
	}
}

// clicked is what the Dynamics button sent and showed.
type clicked struct {
	Table, Query             string
	Row                      map[string]string
	Alerts, Confirms, Opened []string
	Looks, Busy              int
	MayCreate                bool
}

func TestDynamicsButtonCreatesARowAndWaitsForItsCode(t *testing.T) {
	seen := play[clicked](t, "dynamics.js", `[{"statecode":0},{"statecode":0,"lifeline_pin":"481516","lifeline_panelurl":"https://lifeline.example.com/panel?t=x"}]`)
	assert.Equal(t, "lifeline_session", seen.Table)
	assert.Equal(t, "/incidents(75c2a1b0-0000-4000-8000-00000000000a)", seen.Row["lifeline_incidentid@odata.bind"])
	assert.Equal(t, 2, seen.Looks)
	assert.Equal(t, []string{"https://lifeline.example.com/panel?t=x"}, seen.Opened)
	assert.Zero(t, seen.Busy)
	assert.False(t, seen.MayCreate)
	assert.Contains(t, seen.Query, "_lifeline_incidentid_value eq 75c2a1b0-0000-4000-8000-00000000000a")
}

func TestDynamicsButtonShowsAnErrorAndGivesUpAfterAWhile(t *testing.T) {
	seen := play[clicked](t, "dynamics.js", `[{"statecode":1,"lifeline_errorcode":"no_console","lifeline_errormessage":"the technician's console is not running"}]`)
	assert.Equal(t, []string{"the technician's console is not running"}, seen.Alerts)
	seen = play[clicked](t, "dynamics.js", `[{"statecode":0}]`)
	assert.Equal(t, 30, seen.Looks)
	require.Len(t, seen.Alerts, 1)
	assert.Contains(t, seen.Alerts[0], "not here yet")
}

func TestDynamicsButtonLeadsToTheSignIn(t *testing.T) {
	seen := play[clicked](t, "dynamics.js", `[{"statecode":1,"lifeline_errorcode":"sign_in_needed","lifeline_errormessage":"sign in once","lifeline_panelurl":"https://lifeline.example.com/signin?t=x"}]`)
	assert.Equal(t, []string{"sign in once"}, seen.Confirms)
	assert.Equal(t, []string{"https://lifeline.example.com/signin?t=x"}, seen.Opened)
}

func TestDynamicsButtonNamesOnlyColumnsThatExist(t *testing.T) {
	names := regexp.MustCompile(`\blifeline_([a-z]+)\b`)
	for _, match := range names.FindAllStringSubmatch(string(read(t, "docs/scripts/dynamics/session.js")), -1) {
		column := strings.TrimPrefix(match[0], "lifeline_")
		_, exists := dynamics.Sessions.Column(column)
		assert.True(t, exists || column == "session" || column == "sessionid", match[0])
	}
}
