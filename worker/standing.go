package worker

import (
	"context"
	"time"

	"example.com/lifeline/activities"
	"example.com/lifeline/sessions"
	"example.com/lifeline/support"
	"example.com/lifeline/workflows"
)

// Rhythm says how often the periodic work of a connection is done.
type Rhythm struct {
	Reconcile       time.Duration
	ReconcileWindow time.Duration
	Report          time.Duration // TeamViewer's company report
	ReportWindow    time.Duration
	Sweep           time.Duration // where a button is a row
	KeyHealth       time.Duration // where rows are found by a key that may fail
}

// Periodics lists what a connection does at intervals.
func Periodics(c *activities.Connection, rhythm Rhythm) []sessions.Periodic {
	list := []sessions.Periodic{{Type: workflows.ReconcileType, Connection: c.Name, Every: rhythm.Reconcile, Window: rhythm.ReconcileWindow}}
	if c.Vendor.Kind() == support.TeamViewer {
		list = append(list, sessions.Periodic{Type: workflows.ReportType, Connection: c.Name, Every: rhythm.Report, Window: rhythm.ReportWindow})
	}
	if _, rows := c.CRM.(support.Requests); rows {
		list = append(list, sessions.Periodic{Type: workflows.SweepType, Connection: c.Name, Every: rhythm.Sweep})
	}
	if _, keyed := c.CRM.(support.KeyHealth); keyed {
		list = append(list, sessions.Periodic{Type: workflows.KeyHealthType, Connection: c.Name, Every: rhythm.KeyHealth})
	}
	return list
}

// StartStanding starts, or brings to the configuration, what runs all the time: alert desks, watchers and schedules.
// Every worker may call it.
func StartStanding(ctx context.Context, client *sessions.Client, connections map[string]*activities.Connection, rhythm func(connection string) Rhythm) error {
	accounts := map[string]bool{}
	for name, c := range connections {
		accounts[c.Vendor.Account()] = true
		if err := client.StartAlerts(ctx, name); err != nil {
			return err
		}
		for _, periodic := range Periodics(c, rhythm(name)) {
			if err := client.EnsureSchedule(ctx, periodic); err != nil {
				return err
			}
		}
	}
	for account := range accounts {
		if err := client.StartWatch(ctx, account); err != nil {
			return err
		}
	}
	return nil
}
