package dataverse

import (
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// whoAmI is the connection test (reference 2.9).
func (c *call) whoAmI() (*answer, error) {
	return reply(http.StatusOK, object{
		"@odata.context": c.base + "$metadata#Microsoft.Dynamics.CRM.WhoAmIResponse",
		"BusinessUnitId": c.unit, "UserId": c.who.user, "OrganizationId": c.opts.OrgID,
	}), nil
}

func (c *call) retrieveVersion() (*answer, error) {
	return reply(http.StatusOK, object{"@odata.context": c.base + "$metadata#Microsoft.Dynamics.CRM.RetrieveVersionResponse", "Version": "9.2.24011.00184"}), nil
}

// boundUser finds the user a bound function is called on.
func (c *call) boundUser(t *table) (*row, error) {
	if err := c.onlyMethod(http.MethodGet); err != nil {
		return nil, err
	}
	if t.logicalName != "systemuser" {
		return nil, noSegment(c.path[1].name)
	}
	at, err := c.target(t, c.path[0])
	if err != nil {
		return nil, err
	}
	if at.row == nil {
		return nil, at.missing()
	}
	return at.row, nil
}

// userPrivileges lists the privileges of a user's roles (reference 2.9, shape unverified).
func (c *call) userPrivileges(t *table) (*answer, error) {
	user, err := c.boundUser(t)
	if err != nil {
		return nil, err
	}
	var list []object
	for _, name := range c.allPrivileges() {
		if depth := c.userDepth(user.id, name); depth != "" {
			list = append(list, object{"PrivilegeName": name, "Depth": depth, "PrivilegeId": privilegeID(name), "BusinessUnitId": c.unit})
		}
	}
	return reply(http.StatusOK, object{"@odata.context": c.base + "$metadata#Microsoft.Dynamics.CRM.RetrieveUserPrivilegesResponse", "RolePrivileges": list}), nil
}

var rowVerbs = []string{"Create", "Read", "Write", "Delete", "Append", "AppendTo", "Assign", "Share"}

// allPrivileges names every privilege there is: those of tables, and those roles mention.
func (s *Sim) allPrivileges() []string {
	seen := map[string]bool{}
	for _, t := range s.tables {
		for _, verb := range rowVerbs {
			if t.privilege != "" {
				seen["prv"+verb+t.privilege] = true
			}
		}
	}
	for _, role := range s.roles {
		for name := range role {
			seen[name] = name != everything
		}
	}
	var names []string
	for name, real := range seen {
		if real {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func privilegeID(name string) string { return uuid.NewSHA1(uuid.NameSpaceURL, []byte(name)).String() }

var odataIDPattern = regexp.MustCompile(`^\{\s*['"]@odata\.id['"]\s*:\s*['"]([^'"]+)['"]\s*\}$`)

// principalAccess answers what a user may do with one row (reference 1.3, option B; response unverified).
func (c *call) principalAccess(t *table) (*answer, error) {
	user, err := c.boundUser(t)
	if err != nil {
		return nil, err
	}
	found := odataIDPattern.FindStringSubmatch(c.path[1].arg("Target", c.query.Get))
	if found == nil {
		return nil, badRequest(codeProperty, "The parameter 'Target' must be given as {'@odata.id':'set(id)'}.")
	}
	target, r, err := c.locate(found[1])
	if err != nil {
		return nil, err
	}
	var rights []string
	for _, verb := range rowVerbs {
		if c.may(principal{user: user.id}, verb, target, r) == nil {
			rights = append(rights, verb+"Access")
		}
	}
	if len(rights) == 0 {
		rights = []string{"None"}
	}
	return reply(http.StatusOK, object{"@odata.context": c.base + "$metadata#Microsoft.Dynamics.CRM.RetrievePrincipalAccessResponse", "AccessRights": strings.Join(rights, ",")}), nil
}
