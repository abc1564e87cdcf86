package main

import (
	"fmt"
	"net/http"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/config"
	"example.com/lifeline/sandbox"
	simdataverse "example.com/lifeline/sandbox/dataverse"
	simrescue "example.com/lifeline/sandbox/rescue"
	"example.com/lifeline/support"
)

// Whom a Dynamics connection talks to, and as whom: each setting is shown by what reached the other side.

func TestEndpointOfADynamicsConnectionIsProductionUnlessBetaIsSet(t *testing.T) {
	t.Parallel()
	const production, european, beta = "secure.logmeinrescue.com", "secure.logmeinrescue.eu", "beta.rescue.example.com"
	for host, setting := range map[string]map[string]string{
		production: {},
		european:   {d365 + "RESCUE_REGION": "eu"},
		beta:       {d365 + "RESCUE_REGION": "eu", d365 + "RESCUE_BASE_URL": "https://" + beta},
	} {
		t.Run(host, func(t *testing.T) {
			t.Parallel()
			c := apartFor(t, "acme-d365", sharedEngine, sweepNever)
			rescue := leadTo(t, c.world.URL("rescue"))
			net := newInternet(t, map[string]http.Handler{production: rescue, european: rescue, beta: rescue})
			delete(c.env, d365+"RESCUE_BASE_URL") // the sandbox's
			c.env = merge(c.env, net.environment(), setting)
			c.startWorker()
			c.startAPI()
			c.settle(c.pressRow(simdataverse.DemoDana, simdataverse.DemoCase))
			net.onlyAsked(t, host)
		})
	}
}

func TestNationalCloudIsSignedInToAndAskedWhenConfigured(t *testing.T) {
	t.Parallel()
	for name, cloud := range map[string]struct{ authority, organization string }{
		"worldwide":     {"", "acme.crm4.dynamics.com"}, // the default
		"US Government": {"login.microsoftonline.us", "acme.crm.microsoftdynamics.us"},
		"China":         {"login.partner.microsoftonline.cn", "acme.crm.dynamics.cn"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := apartFor(t, "acme-d365", sharedEngine, sweepNever)
			delete(c.env, d365+"DYNAMICS_AUTHORITY")
			c.env[d365+"DYNAMICS_ORG_URL"] = "https://" + cloud.organization
			signIn := "login.microsoftonline.com"
			if cloud.authority != "" {
				signIn, c.env[d365+"DYNAMICS_AUTHORITY"] = cloud.authority, "https://"+cloud.authority
			}
			net := newInternet(t, map[string]http.Handler{
				signIn: c.entra("https://" + cloud.organization), cloud.organization: leadTo(t, c.world.URL("dataverse")),
			})
			c.env = merge(c.env, net.environment())
			c.startWorker()
			c.startAPI()
			c.settle(c.pressRow(simdataverse.DemoDana, simdataverse.DemoCase))
			net.onlyAsked(t, signIn, cloud.organization)
		})
	}
}

// entra is a sign-in host that knows the sandbox's tenant, and in it one organization.
func (s *stage) entra(organization string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /"+sandbox.TenantID+"/oauth2/v2.0/token", func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("scope") != organization+"/.default" || r.FormValue("client_secret") != sandbox.AppSecret {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		app := s.world.Dataverse.ApplicationUser(r.FormValue("client_id"))
		fmt.Fprintf(w, `{"token_type":"Bearer","expires_in":3599,"access_token":%q}`, s.world.Dataverse.UserToken(app))
	})
	return mux
}

// secondCompany is another Rescue account, where Dana has a seat too.
const (
	secondCompany  = 4712
	secondPassword = "master-sso-password-of-the-second"
)

func TestCompanyIDAndSSOPasswordChooseTheRescueAccount(t *testing.T) {
	t.Parallel()
	both := map[string]string{d365 + "RESCUE_COMPANY_ID": strconv.Itoa(secondCompany), d365 + "RESCUE_SSO_PASSWORD": secondPassword}
	for name, want := range map[string]struct {
		env     map[string]string
		company int64 // 0: refused
	}{
		"the sandbox's":              {nil, sandbox.CompanyID},
		"the second's":               {both, secondCompany},
		"the id of the second":       {map[string]string{d365 + "RESCUE_COMPANY_ID": both[d365+"RESCUE_COMPANY_ID"]}, 0},
		"the password of the second": {map[string]string{d365 + "RESCUE_SSO_PASSWORD": secondPassword}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := playDynamics(t, want.env)
			s.world.Rescue.AddCompany(simrescue.Company{ID: secondCompany, Name: "Second", MasterPassword: secondPassword})
			_, err := s.world.Rescue.AddTechnician(simrescue.User{Company: secondCompany, Name: "Dana Whitfield", Email: "dana@second.example.com",
				SSOID: "dana@example.com", Console: true})
			require.NoError(t, err)
			row := s.pressRow(simdataverse.DemoDana, simdataverse.DemoCase)
			if want.company == 0 {
				s.dynamicsRow(row, "refused", func(r simdataverse.Row) bool { return r.Text("lifeline_errorcode") != "" })
				assert.Empty(t, s.world.Rescue.PINs())
				return
			}
			s.invited(row)
			assert.Equal(t, want.company, s.companyOf(s.world.Rescue.PINs()[0].Technician))
		})
	}
}

func (s *stage) companyOf(technician int64) int64 {
	s.t.Helper()
	for _, user := range s.world.Rescue.Users() {
		if user.ID == technician {
			return user.Company
		}
	}
	require.Fail(s.t, "nobody has that id")
	return 0
}

func TestOrganizationURLChoosesWhoseCaseIsServed(t *testing.T) {
	t.Parallel()
	for connection, other := range map[string]string{"acme-d365": "acme-tv-d365", "acme-tv-d365": "acme-d365"} {
		t.Run(connection, func(t *testing.T) {
			t.Parallel()
			s := playWith(t, merge(sweepNever, map[string]string{d365 + "API_KEY": apiKey}), "acme-d365", "acme-tv-d365")
			address := func(of string) string { return s.env[config.ConnectionPrefix(of)+"_DYNAMICS_ORG_URL"] }
			s.restart(map[string]string{
				d365 + "DYNAMICS_ORG_URL": address(connection), d365 + "DYNAMICS_AUTHORITY": address(connection),
				tvD365 + "DYNAMICS_ORG_URL": address(other), tvD365 + "DYNAMICS_AUTHORITY": address(other),
			})
			s.pressUntilOpen("incident", simdataverse.DemoCase, simdataverse.DemoDana)
			s.eventually(func() bool { return len(s.world.Rescue.PINs()) == 1 }, "a code")
			rows := func(of string) int {
				list, err := s.world.DataverseOf(of).List("lifeline_session", "")
				require.NoError(t, err)
				return len(list)
			}
			s.eventually(func() bool { return rows(connection) == 1 }, "the row")
			assert.Zero(t, rows(other))
		})
	}
}

func TestTenantIDChoosesWhereTheTokenIsAskedFor(t *testing.T) {
	t.Parallel()
	const stranger = "00000000-0000-4000-8000-0000000000ad"
	for tenant, works := range map[string]bool{sandbox.TenantID: true, stranger: false} {
		t.Run(tenant, func(t *testing.T) {
			t.Parallel()
			s := playDynamics(t, merge(sweepNever, map[string]string{d365 + "API_KEY": apiKey, d365 + "DYNAMICS_TENANT_ID": tenant}))
			r := s.record()
			pressed := s.pressAPI("incident", simdataverse.DemoCase, simdataverse.DemoDana)
			asked := r.sent(http.MethodPost, "/oauth2/v2.0/token")
			require.NotEmpty(t, asked)
			for _, one := range asked {
				assert.Equal(t, "/"+tenant+"/oauth2/v2.0/token", one.Path)
			}
			if works {
				assert.Equal(t, http.StatusCreated, pressed.Status, pressed.Raw)
				return
			}
			assert.Equal(t, support.CodeConfiguration, pressed.Problem.Code, pressed.Raw)
			assert.Empty(t, s.world.Rescue.PINs())
		})
	}
}
