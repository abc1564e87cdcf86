package main

import (
	"maps"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/sandbox"
	simdataverse "example.com/lifeline/sandbox/dataverse"
)

// nounsOf are the names in privileges of what the documentation's role tables call by its label.
var nounsOf = map[string][]string{
	"Lifeline's three tables (below)": {"lifeline_session", "lifeline_usersetting", "lifeline_connection"},
	"Remote Session":                  {"lifeline_session"}, "Remote Connection": {"lifeline_connection"},
	"Case": {"Incident"}, "Activity (e-mail)": {"Activity"}, "E-mail template": {"EmailTemplate"}, "Entity key": {"EntityKey"},
	"Service endpoint": {"ServiceEndpoint"}, "SDK message processing step": {"SdkMessageProcessingStep"}, "System job": {"AsyncOperation"},
}

var verbsOf = map[string]string{"create": "Create", "read": "Read", "write": "Write", "append": "Append", "append to": "AppendTo", "assign": "Assign"}

var footnote = regexp.MustCompile(` [¹²]`)

// documentedRoles reads the role tables of docs/dynamics.md, in order.
func documentedRoles(t *testing.T) (roles []map[string]simdataverse.Depth) {
	t.Helper()
	page, err := os.ReadFile("../../docs/dynamics.md")
	require.NoError(t, err)
	_, section, found := strings.Cut(string(page), "## 2. Application user and role")
	require.True(t, found)
	section, _, _ = strings.Cut(section, "## 3.")
	for block := range strings.SplitSeq(footnote.ReplaceAllString(section, ""), "\n\n") {
		var verbs []string
		role := map[string]simdataverse.Depth{}
		for line := range strings.Lines(block) {
			cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
			switch label := strings.TrimSpace(cells[0]); {
			case len(cells) == 1: // text
			case label == "table":
				for _, verb := range cells[1:] {
					verbs = append(verbs, verbsOf[strings.TrimSpace(verb)])
				}
			default:
				maps.Copy(role, privilegesOf(label, verbs, cells[1:]))
			}
		}
		if len(role) > 0 {
			roles = append(roles, role)
		}
	}
	return roles
}

// privilegesOf reads one line: which of the verbs it gives, and how far.
func privilegesOf(label string, verbs, cells []string) map[string]simdataverse.Depth {
	given := map[string]simdataverse.Depth{}
	var nouns []string
	for name := range strings.SplitSeq(label, ", ") {
		if other, differs := nounsOf[name]; differs {
			nouns = append(nouns, other...)
		} else {
			nouns = append(nouns, name)
		}
	}
	depths := map[string]simdataverse.Depth{"user": simdataverse.Basic, "org": simdataverse.Global}
	for i, cell := range cells {
		if depth, gives := depths[strings.TrimSpace(cell)]; gives {
			for _, noun := range nouns {
				given["prv"+verbs[i]+noun] = depth
			}
		}
	}
	return given
}

// Who follows the page to the letter, for the application and for the agents, has a button that works, and all of what
// comes after it.
func TestRolesOfTheDocumentationAreEnough(t *testing.T) {
	t.Parallel()
	roles := documentedRoles(t)
	require.Len(t, roles, 2, "of the application and of the agents")
	s := playDynamics(t, merge(sweepNever, map[string]string{
		d365 + "RESOLVE_ON": "technician", d365 + "REASSIGN": "always", d365 + "MAIL_CHANNEL": "crm", d365 + "API_KEY": apiKey,
	}))
	s.world.Dataverse.DefineRole("by the book", roles[0])
	s.world.Dataverse.SetRoles(s.world.Dataverse.ApplicationUser(sandbox.AppID), "by the book")
	s.world.Dataverse.DefineRole("agent by the book", roles[1])
	s.world.Dataverse.SetRoles(simdataverse.DemoDana, "agent by the book")
	require.NoError(t, s.world.Dataverse.Update("incident", simdataverse.DemoCase, map[string]any{"ownerid@odata.bind": "/systemusers(" + simdataverse.DemoDana + ")"}))

	row := s.pressRow(simdataverse.DemoDana, simdataverse.DemoCase)
	pin := s.invited(row).Text("lifeline_pin")
	shared := s.send(http.MethodPost, "/v1/connections/acme-d365/records/incident/"+simdataverse.DemoCase+"/session/share", map[string]any{
		"agent": map[string]string{"id": simdataverse.DemoDana}, "to": map[string]string{"email": "maria.campbell@contoso.example"},
	}, "X-Api-Key", apiKey)
	require.Equal(t, http.StatusOK, shared.Status, shared.Raw)
	session := s.join(pin, "Maria").ID
	s.pickUp(session)
	s.dynamicsRow(row, "connected", inState("connected"))
	s.do(s.world.Rescue.Say(session, "customer", strings.Repeat("long ", 30_000)))
	s.do(s.world.Rescue.CloseByTechnician(session))
	filed := s.dynamicsRow(row, "filed and closed", filedAndClosed)
	assert.Empty(t, filed.Text("lifeline_errormessage"))
	assert.Len(t, s.annotations(row), 1, "the chat")
	assert.Len(t, s.annotations(simdataverse.DemoCase), 1)
	assert.Len(t, s.list("email", ""), 1)
	assert.Len(t, s.list("incidentresolution", ""), 1)
	printed, err := s.doctor(s.env, false)
	require.NoError(t, err, printed)
	assert.Contains(t, printed, "privileges: all there")
}
