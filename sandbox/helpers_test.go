package sandbox_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"example.com/lifeline/sandbox"
	simdataverse "example.com/lifeline/sandbox/dataverse"
	"example.com/lifeline/sandbox/mailbox"
	simrescue "example.com/lifeline/sandbox/rescue"
)

func isTechnician(email string) func(simrescue.User) bool {
	return func(u simrescue.User) bool { return u.Email == email && u.Seat && u.Console }
}

func addressedTo(email string) func(mailbox.Mail) bool {
	return func(m mailbox.Mail) bool { return strings.Contains(m.To, email) }
}

// sendFromDynamics sends an e-mail activity about the demo's case, as Dana would.
func sendFromDynamics(t *testing.T, world *sandbox.World) {
	t.Helper()
	id, err := world.Dataverse.Create("email", map[string]any{
		"subject": "Your code", "description": "<p>123456</p>",
		"regardingobjectid_incident_email@odata.bind": "/incidents(" + simdataverse.DemoCase + ")",
		"email_activity_parties": []any{
			map[string]any{"partyid_systemuser@odata.bind": "/systemusers(" + simdataverse.DemoDana + ")", "participationtypemask": 1},
			map[string]any{"partyid_contact@odata.bind": "/contacts(" + simdataverse.DemoContact + ")", "participationtypemask": 2},
		},
	})
	require.NoError(t, err)
	address := world.URL("dataverse") + "/api/data/v9.2/emails(" + id + ")/Microsoft.Dynamics.CRM.SendEmail"
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader(`{"IssueSend":true}`))
	require.NoError(t, err)
	request.Header.Set("Authorization", "Bearer "+world.Dataverse.UserToken(simdataverse.DemoDana))
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	require.Equal(t, http.StatusOK, response.StatusCode)
}
