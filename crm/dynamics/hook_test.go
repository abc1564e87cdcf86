package dynamics

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/support"
)

const delivery = `{"BusinessUnitId":"` + otherID + `","Depth":1,"InitiatingUserId":"` + userID + `",
	"InputParameters":[{"key":"Target","value":{"__type":"Entity:http:\/\/schemas.microsoft.com\/xrm\/2011\/Contracts","Attributes":[],"Id":"` + rowID + `"}}],
	"MessageName":"Create","Mode":1,"OperationCreatedOn":"\/Date(1506409448000-0700)\/","OrganizationId":"` + orgID + `",
	"PrimaryEntityId":"` + rowID + `","PrimaryEntityName":"lifeline_session","Stage":40,"UserId":"` + userID + `"}`

func TestADeliveryNamesItsRow(t *testing.T) {
	stripped := `{"MessageName":"Create","OrganizationId":"` + orgID + `","PrimaryEntityId":"` + strings.ToUpper(rowID) + `","PrimaryEntityName":"lifeline_session",
		"ParentContext":null,"InputParameters":null,"PreEntityImages":null,"PostEntityImages":null}`
	for name, body := range map[string]string{"whole": delivery, "over 256 KB": stripped} {
		row, organization, entity, message, err := DecodeHook([]byte(body))
		require.NoError(t, err, name)
		assert.Equal(t, []string{rowID, orgID, "lifeline_session", "Create"}, []string{row, organization, entity, message}, name)
	}
}

func TestDeliveriesThatNameNothingAreRefused(t *testing.T) {
	for _, body := range []string{``, `[]`, `{}`, `{"PrimaryEntityId":5}`,
		strings.Replace(delivery, `"PrimaryEntityId":"`+rowID, `"PrimaryEntityId":"../x`, 1),
		strings.Replace(delivery, orgID, "org", 1),
		strings.Replace(delivery, `"PrimaryEntityName":"lifeline_session"`, `"PrimaryEntityName":"a/b"`, 1)} {
		_, _, _, _, err := DecodeHook([]byte(body))
		requireFailure(t, err, support.Stop, support.CodeInvalid)
	}
}

func TestOnlyNewSessionRowsOfTheOrganizationAreRequests(t *testing.T) {
	cfg := Config{Prefix: "lifeline", OrganizationID: orgID}
	assert.True(t, cfg.IsRequest("lifeline_session", "Create"))
	assert.False(t, cfg.IsRequest("lifeline_session", "Update"))
	assert.False(t, cfg.IsRequest("incident", "Create"))
	assert.True(t, cfg.FromThisOrganization(strings.ToUpper(orgID)))
	assert.False(t, cfg.FromThisOrganization(otherID))
	assert.True(t, Config{}.FromThisOrganization(otherID))
}

func FuzzHook(f *testing.F) {
	f.Add([]byte(delivery))
	f.Add([]byte(`{"PrimaryEntityId":null}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		row, organization, entity, message, err := DecodeHook(body)
		if err != nil {
			requireFailure(t, err, support.Stop, support.CodeInvalid)
			return
		}
		require.Len(t, row, 36)
		require.Len(t, organization, 36)
		require.NotEmpty(t, entity)
		require.NotEmpty(t, message)
	})
}
