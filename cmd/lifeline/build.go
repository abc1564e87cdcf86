package main

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"slices"
	"time"

	"example.com/lifeline/activities"
	"example.com/lifeline/config"
	"example.com/lifeline/crm/dynamics"
	"example.com/lifeline/crm/servicenow"
	"example.com/lifeline/outbound"
	"example.com/lifeline/sessions"
	"example.com/lifeline/support"
	"example.com/lifeline/vendors/rescue"
	"example.com/lifeline/vendors/teamviewer"
	"example.com/lifeline/worker"
)

// builder makes adapters out of the configuration. Connections with the same vendor account share one adapter, and so
// its rate limits and credentials. Connections with the same CRM have an adapter each, for their settings differ, but share
// the seats for calls.
type builder struct {
	log     *slog.Logger
	observe func(service, outcome string, took time.Duration)
	owners  func() activities.Owners
	lessors func() activities.Lessors
	vendors map[string]support.Vendor
	seats   map[string]*outbound.Seats
}

// connection is a configured connection with its adapters.
type connection struct {
	activities.Connection
	config config.Connection
}

func (b *builder) connections(list []config.Connection) []*connection {
	b.vendors, b.seats = map[string]support.Vendor{}, sharedSeats(list)
	out := make([]*connection, len(list))
	for i, c := range list {
		out[i] = &connection{config: c, Connection: activities.Connection{
			Name: c.Name, Vendor: b.vendor(c), CRM: b.crm(c), Settings: c.Settings(),
		}}
	}
	return out
}

// vendor makes the vendor's adapter, or gives the one that another connection of the account has.
func (b *builder) vendor(c config.Connection) support.Vendor {
	keeper := &activities.Keeper{Connection: c.Name, Owners: b.owners}
	log := b.log.With("connection", c.Name)
	var vendor support.Vendor
	switch c.Vendor {
	case support.TeamViewer:
		account := teamViewerAccount(c.TeamViewer)
		budget := &activities.CallBudget{Account: account, Allowed: c.TeamViewer.Allowance(), Lessors: b.lessors}
		vendor = teamviewer.New(c.TeamViewer, account, keeper, budget, log, b.observe)
	default:
		vendor = rescue.New(c.Rescue, keeper, log, b.observe)
	}
	if shared, ok := b.vendors[vendor.Account()]; ok {
		return shared
	}
	keeper.Owner = vendor.Account()
	b.vendors[vendor.Account()] = vendor
	return vendor
}

// sharedSeats gives the seats of each caller of a CRM. Where its connections want different numbers, the least holds.
func sharedSeats(list []config.Connection) map[string]*outbound.Seats {
	least := map[string]int{}
	for _, c := range list {
		caller, wanted := callerOf(c)
		least[caller] = min(wanted, cmp.Or(least[caller], wanted))
	}
	seats := make(map[string]*outbound.Seats, len(least))
	for caller, n := range least {
		seats[caller] = outbound.NewSeats(n)
	}
	return seats
}

func callerOf(c config.Connection) (caller string, concurrency int) {
	if c.CRM == support.Dynamics {
		return c.Dynamics.Caller(), c.Dynamics.Concurrency
	}
	return c.ServiceNow.Caller(), c.ServiceNow.Concurrency
}

func (b *builder) crm(c config.Connection) support.CRM {
	log := b.log.With("connection", c.Name)
	caller, _ := callerOf(c)
	if c.CRM == support.Dynamics {
		return dynamics.New(c.Dynamics, b.seats[caller], log, b.observe)
	}
	keeper := &activities.Keeper{Owner: c.Name, Connection: c.Name, ForCRM: true, Owners: b.owners}
	return servicenow.New(c.ServiceNow, b.seats[caller], keeper, log, b.observe)
}

// agentsSignIn tells whether each agent signs in to the vendor once, because no password speaks for all of them.
func (c *connection) agentsSignIn() bool {
	return c.Vendor.Kind() == support.Rescue && c.config.Rescue.SSOPassword == ""
}

// rhythm is how often the connection's periodic work is done.
func (c *connection) rhythm() worker.Rhythm {
	return worker.Rhythm{
		Reconcile: c.config.Reconcile, ReconcileWindow: c.config.ReconcileWindow, Report: c.config.Report,
		ReportWindow: c.config.ReportWindow, Sweep: c.config.Sweep, KeyHealth: c.config.KeyHealth,
	}
}

// periodic finds what the connection does at intervals by its workflow type.
func (c *connection) periodic(workflowType string) *sessions.Periodic {
	list := worker.Periodics(&c.Connection, c.rhythm())
	at := slices.IndexFunc(list, func(p sessions.Periodic) bool { return p.Type == workflowType })
	if at < 0 {
		return nil
	}
	return &list[at]
}

func pairings(list []*connection) map[string]sessions.Pairing {
	out := map[string]sessions.Pairing{}
	for _, c := range list {
		out[c.Name] = sessions.Pairing{CRM: c.CRM.Kind(), Vendor: c.Vendor.Kind(), Account: c.Vendor.Account()}
	}
	return out
}

// teamViewerAccount tells accounts apart without saying whose they are: a token does not tell.
func teamViewerAccount(c teamviewer.Config) string {
	sum := sha256.Sum256([]byte(c.ClientID + "\x00" + c.Token.Reveal()))
	return "teamviewer-" + hex.EncodeToString(sum[:6])
}
