package sandbox

import (
	"slices"

	"example.com/lifeline/support"
)

// pair is one connection of the sandbox: a vendor's account joined with a CRM's instance.
type pair struct {
	connection string
	vendor     support.VendorKind
	crm        support.CRMKind
	part       string // of the CRM's instance, see World.URL
	instance   string // the instance's or organisation's own name
	byName     bool   // started only for those who ask for it by name
}

// pairs are all connections. Each has a CRM instance of its own, as two companies would; the vendors' accounts are
// shared, so that one person can play the technician for all of them. The last is a second ServiceNow instance on the
// Rescue account, for tests.
var pairs = []pair{
	{connection: "acme-sn", vendor: support.Rescue, crm: support.ServiceNow, part: "servicenow", instance: Instance},
	{connection: "acme-d365", vendor: support.Rescue, crm: support.Dynamics, part: "dataverse", instance: "acme"},
	{connection: "acme-tv-sn", vendor: support.TeamViewer, crm: support.ServiceNow, part: "servicenow-teamviewer", instance: "acme2"},
	{connection: "acme-tv-d365", vendor: support.TeamViewer, crm: support.Dynamics, part: "dataverse-teamviewer", instance: "acme2"},
	{connection: "globex-sn", vendor: support.Rescue, crm: support.ServiceNow, part: "servicenow-globex", instance: "globex", byName: true},
}

// Connections names the connections that were started, in order.
func (w *World) Connections() []string {
	names := make([]string, len(w.pairs))
	for i, p := range w.pairs {
		names[i] = p.connection
	}
	return names
}

// chosen are the pairs that the options ask for; none named means each kind once.
func (o Options) chosen() []pair {
	return slices.DeleteFunc(slices.Clone(pairs), func(p pair) bool {
		if len(o.Only) == 0 {
			return p.byName
		}
		return !slices.Contains(o.Only, p.connection)
	})
}

func (w *World) pair(connection string) (pair, bool) {
	at := slices.IndexFunc(w.pairs, func(p pair) bool { return p.connection == connection })
	if at < 0 {
		return pair{}, false
	}
	return w.pairs[at], true
}
