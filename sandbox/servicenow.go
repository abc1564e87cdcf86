package sandbox

import (
	"context"

	"example.com/lifeline/crm/servicenow"
	simservicenow "example.com/lifeline/sandbox/servicenow"
)

// What the simulated ServiceNow instance is set up with.
const (
	Instance      = "acme"
	ClientID      = "sandbox-client"
	ClientSecret  = "sandboxClientSecret01"
	ServiceUser   = "lifeline.service"
	SigningKeyID  = "k1"
	SigningSecret = "sandbox-signing-secret-01"
	tablePrefix   = "x_lfln_lifeline"
)

func (w *World) startServiceNow() error {
	listener, err := w.listen("servicenow", "")
	if err != nil {
		return err
	}
	w.ServiceNow = simservicenow.New(simservicenow.Options{
		Instance: Instance, Address: w.URL("servicenow"), Logger: w.options.Log, Prefix: tablePrefix,
		SessionColumns: columns(servicenow.Columns), ConnectionColumns: columns(servicenow.ReportColumns),
		Clients: []simservicenow.Client{{ID: ClientID, Secret: ClientSecret, User: ServiceUser}},
		Users: []simservicenow.User{{Name: "Lifeline", UserName: ServiceUser, Password: "sandbox-service-password", Machine: true,
			Roles: []string{"itil", "sn_customerservice_agent", tablePrefix + ".user", tablePrefix + ".admin"}}},
		Press: func(ctx context.Context, press simservicenow.Press) (simservicenow.Result, error) {
			return w.pressServiceNow(ctx, "acme-sn", press)
		},
	})
	w.ServiceNow.Seed()
	w.serveOn(listener, w.ServiceNow.Handler())
	return nil
}

// columns are the adapter's columns as the simulator's tables take them.
func columns(list []servicenow.Column) []simservicenow.Column {
	out := make([]simservicenow.Column, len(list))
	for i, c := range list {
		out[i] = simservicenow.Column{Name: c.Name, Type: simservicenow.ColumnType(c.Type), Length: c.Length, Unique: c.Unique}
	}
	return out
}

// serviceNowEnvironment configures a connection's ServiceNow half.
func (w *World) serviceNowEnvironment(prefix string) map[string]string {
	return map[string]string{
		prefix + "_CRM":                      "servicenow",
		prefix + "_SERVICENOW_INSTANCE":      Instance,
		prefix + "_SERVICENOW_BASE_URL":      w.URL("servicenow"),
		prefix + "_SERVICENOW_CLIENT_ID":     ClientID,
		prefix + "_SERVICENOW_CLIENT_SECRET": ClientSecret,
		prefix + "_SERVICENOW_CONCURRENCY":   "8",
		prefix + "_SIGNING_KEYS":             SigningKeyID + ":" + SigningSecret,
	}
}
