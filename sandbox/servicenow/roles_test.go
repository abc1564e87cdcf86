package servicenow

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// roles lists what the service account reads of a user's roles.
func (b *bench) roles(query string) []string {
	b.t.Helper()
	list := []string{}
	for _, row := range b.find("sys_user_has_role", query, "sysparm_fields", "role.name").rows(b.t) {
		list = append(list, row["role.name"].(string))
	}
	return list
}

func TestRolesOfUsersAreATable(t *testing.T) {
	b := open(t)
	require.Equal(t, []string{"itil"}, b.roles("user.user_name=noor"))
	b.SetRole("noor", "sn_incident_write", true)
	b.SetRole("noor", "sn_incident_write", true)
	require.Equal(t, []string{"itil", "sn_incident_write"}, b.roles("user.user_name=noor"), "a role is held once")
	b.SetRole("noor", "itil", false)
	require.Equal(t, []string{"sn_incident_write"}, b.roles("user.user_name=noor"))
	b.AddUser(User{Name: "Noor Haddad", UserName: "noor", Email: "noor@example.com", Roles: []string{"itil"}})
	require.Equal(t, []string{"itil"}, b.roles("user.email=noor@example.com^user.active=true^role.name=itil"))
	require.Equal(t, service().Roles, b.roles("user=javascript:gs.getUserID()"), "one's own")
	require.Len(t, b.List("sys_user_role", "name=itil"), 1)
}

func TestRolesOfUsersCanBeHidden(t *testing.T) {
	b := open(t)
	b.Allow("sys_user_has_role", Read, "admin")
	require.Equal(t, http.StatusForbidden, b.find("sys_user_has_role", "").status)
}
