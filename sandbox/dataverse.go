package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/kelseyhightower/envconfig"
	gomail "github.com/wneessen/go-mail"

	"example.com/lifeline/crm/dynamics"
	simdataverse "example.com/lifeline/sandbox/dataverse"
	"example.com/lifeline/support"
)

// What the simulated Dynamics organisations are set up with. Both are in one Entra tenant.
const (
	TenantID       = "7f3f0c1e-5a0b-4a57-9d3b-0c6a4d1f2e10"
	AppID          = "5a4d0000-0000-4000-8000-000000000001"
	AppSecret      = "sandbox-app-secret-01"
	AdminAppID     = "5a4d0000-0000-4000-8000-000000000002" // sets the tables up; not used afterwards
	AdminAppSecret = "sandbox-admin-app-secret-01"
)

// WebhookSecret is what a connection's Dataverse proves itself with to Lifeline.
func WebhookSecret(connection string) string { return "sandbox-webhook-secret-" + connection }

func (w *World) startDataverse(p pair) error {
	listener, err := w.listen(p.part, "")
	if err != nil {
		return err
	}
	sim := simdataverse.New(simdataverse.Options{
		Logger: w.options.Log, TenantID: TenantID, OrgID: organisationID(p), OrgName: p.instance, Deliver: w.deliverMail,
		Apps: []simdataverse.App{
			{ID: AppID, Secret: AppSecret},
			{ID: AdminAppID, Secret: AdminAppSecret, Roles: []string{simdataverse.RoleAdmin}},
		},
	})
	w.serveOn(listener, sim.Handler())
	w.organisations[p.connection] = sim
	if w.Dataverse == nil {
		w.Dataverse = sim
	}
	if err := seedDataverse(sim); err != nil {
		return err
	}
	if w.options.FirstSession != 0 {
		if err := renewCases(sim); err != nil {
			return err
		}
	}
	return w.connectDataverse(p)
}

// DataverseOf is the organisation of a connection; nil if it has none.
func (w *World) DataverseOf(connection string) *simdataverse.Sim { return w.organisations[connection] }

func organisationID(p pair) string {
	return uuid.NewSHA1(uuid.NameSpaceURL, []byte("lifeline sandbox "+p.connection)).String()
}

// seedDataverse adds the demo's people and records. Agents see all sessions of a record, whoever asked for them: an
// administrator widens the role so where colleagues take over from each other.
func seedDataverse(sim *simdataverse.Sim) error {
	if err := sim.Seed(); err != nil {
		return err
	}
	sim.AddUser(simdataverse.User{ID: "d0000000-0000-4000-8000-000000000004", ObjectID: "0b1ec700-0000-4000-8000-000000000004", Name: "Kim Larsen",
		Email: "kim@example.com", Roles: []string{simdataverse.RoleUser, simdataverse.RoleService}})
	sim.Grant(simdataverse.RoleUser, "prvReadlifeline_session", simdataverse.Global)
	return nil
}

// renewCases gives the demo's cases new ids: a durable engine may still have sessions of those of the last start, whose
// codes no vendor knows any more.
func renewCases(sim *simdataverse.Sim) error {
	cases, err := sim.List("incident", "")
	for _, row := range cases {
		customer, set := row.Text("_customerid_value"), "account"
		if _, person := sim.Get("contact", customer); person {
			set = "contact"
		}
		_, failed := sim.Create("incident", map[string]any{
			"title": row.Text("title"), "description": row.Text("description"), "prioritycode": row.Int("prioritycode"),
			"caseorigincode": row.Int("caseorigincode"), "ownerid@odata.bind": "/systemusers(" + row.Text("_ownerid_value") + ")",
			"customerid_" + set + "@odata.bind": "/" + set + "s(" + customer + ")",
		})
		err = errors.Join(err, failed, sim.Delete("incident", row.Text("incidentid")))
	}
	return err
}

// connectTimeout bounds the set-up of an organisation, a hundred calls or so.
const connectTimeout = 30 * time.Second

// connectDataverse sets the organisation up as `lifeline connect` would, with an administrator's app.
func (w *World) connectDataverse(p pair) error {
	cfg := dynamics.Config{}
	if err := envconfig.Process("SANDBOX_DEFAULTS", &cfg); err != nil {
		return err
	}
	cfg.OrgURL, cfg.Authority, cfg.TenantID = w.URL(p.part), w.URL(p.part), TenantID
	cfg.ClientID, cfg.ClientSecret = AdminAppID, AdminAppSecret
	if faults := cfg.Validate(); len(faults) > 0 {
		return fmt.Errorf("the sandbox's Dynamics is set up wrongly: %v", faults)
	}
	ctx, cancel := context.WithTimeout(context.Background(), connectTimeout)
	defer cancel()
	_, err := dynamics.New(cfg, cfg.Seats(), w.options.Log, nil).Connect(ctx, w.options.API+"/hooks/dynamics/"+p.connection, support.Secret(WebhookSecret(p.connection)))
	return err
}

// dynamicsEnvironment configures a connection's Dynamics half.
func (w *World) dynamicsEnvironment(p pair) map[string]string {
	return map[string]string{
		"DYNAMICS_ORG_URL":         w.URL(p.part),
		"DYNAMICS_AUTHORITY":       w.URL(p.part),
		"DYNAMICS_TENANT_ID":       TenantID,
		"DYNAMICS_CLIENT_ID":       AppID,
		"DYNAMICS_CLIENT_SECRET":   AppSecret,
		"DYNAMICS_WEBHOOK_SECRET":  WebhookSecret(p.connection),
		"DYNAMICS_ORGANIZATION_ID": organisationID(p),
	}
}

// deliverMail brings what an organisation sends into the sandbox's mailbox.
func (w *World) deliverMail(ctx context.Context, email simdataverse.Email) error {
	message := gomail.NewMsg()
	message.Subject(email.Subject)
	message.SetBodyString(gomail.TypeTextHTML, email.HTML)
	if err := errors.Join(message.From(email.From), message.To(email.To...)); err != nil {
		return err
	}
	host, port, _ := net.SplitHostPort(w.smtp)
	number, err := strconv.Atoi(port)
	if err != nil {
		return err
	}
	client, err := gomail.NewClient(host, gomail.WithPort(number), gomail.WithTLSPolicy(gomail.NoTLS))
	if err != nil {
		return err
	}
	return client.DialAndSendWithContext(ctx, message)
}
