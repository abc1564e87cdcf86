package sandbox

import (
	"context"

	"example.com/lifeline/crm/servicenow"
	simservicenow "example.com/lifeline/sandbox/servicenow"
)

// What the simulated ServiceNow instances are set up with.
const (
	Instance     = "acme"
	ServiceUser  = "lifeline.service"
	SigningKeyID = "k1"
	tablePrefix  = "x_lfln_lifeline"
)

// ClientID names Lifeline to a connection's instance.
func ClientID(connection string) string { return "sandbox-client-" + connection }

// ClientSecret is the secret of that client.
func ClientSecret(connection string) string { return "sandbox-client-secret-" + connection }

// SigningSecret is what the buttons of a connection's instance sign with.
func SigningSecret(connection string) string { return "sandbox-signing-secret-" + connection }

func (w *World) startServiceNow(p pair) error {
	listener, err := w.listen(p.part, "")
	if err != nil {
		return err
	}
	sim := simservicenow.New(simservicenow.Options{
		Instance: p.instance, Address: w.URL(p.part), Logger: w.options.Log, Prefix: tablePrefix,
		SessionColumns: columns(servicenow.Columns), ConnectionColumns: columns(servicenow.ReportColumns),
		Clients: []simservicenow.Client{{ID: ClientID(p.connection), Secret: ClientSecret(p.connection), User: ServiceUser}},
		Users: []simservicenow.User{{Name: "Lifeline", UserName: ServiceUser, Password: "sandbox-service-password", Machine: true,
			Roles: []string{"itil", "sn_customerservice_agent", tablePrefix + ".user", tablePrefix + ".admin"}}},
		Press: func(ctx context.Context, press simservicenow.Press) (simservicenow.Result, error) {
			return w.pressServiceNow(ctx, p.connection, press)
		},
	})
	sim.Seed()
	w.serveOn(listener, sim.Handler())
	w.instances[p.connection] = sim
	if w.ServiceNow == nil {
		w.ServiceNow = sim
	}
	return nil
}

// ServiceNowOf is the instance of a connection; nil if it has none.
func (w *World) ServiceNowOf(connection string) *simservicenow.Sim { return w.instances[connection] }

// columns are the adapter's columns as the simulator's tables take them.
func columns(list []servicenow.Column) []simservicenow.Column {
	out := make([]simservicenow.Column, len(list))
	for i, c := range list {
		out[i] = simservicenow.Column{Name: c.Name, Type: simservicenow.ColumnType(c.Type), Length: c.Length, Unique: c.Unique}
	}
	return out
}

// serviceNowEnvironment configures a connection's ServiceNow half.
func (w *World) serviceNowEnvironment(p pair) map[string]string {
	return map[string]string{
		"SERVICENOW_INSTANCE":      p.instance,
		"SERVICENOW_BASE_URL":      w.URL(p.part),
		"SERVICENOW_CLIENT_ID":     ClientID(p.connection),
		"SERVICENOW_CLIENT_SECRET": ClientSecret(p.connection),
		"SERVICENOW_CONCURRENCY":   "8",
		"SIGNING_KEYS":             SigningKeyID + ":" + SigningSecret(p.connection),
	}
}
