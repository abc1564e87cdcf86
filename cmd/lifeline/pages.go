package main

import (
	"net/url"
	"slices"
	"time"

	"example.com/lifeline/api"
	"example.com/lifeline/web"
	"example.com/lifeline/workflows"
)

// addPages puts panel and operations pages on the API's server.
func (a *App) addPages(operators api.Operators) {
	opts := web.Options{
		PublicURL: a.cfg.Process.PublicURL, Sessions: a.sessions, Links: a.server, Operators: operators, Now: time.Now,
	}
	for _, c := range a.connections {
		opts.Connections = append(opts.Connections, web.Connection{
			Name: c.Name, CRM: c.CRM.Kind(), Vendor: c.Vendor.Kind(), History: c.CRM, Report: c.periodic(workflows.ReportType),
		})
		if origin := c.origin(); origin != "" && !slices.Contains(opts.FrameAncestors, origin) {
			opts.FrameAncestors = append(opts.FrameAncestors, origin)
		}
	}
	web.Register(a.server.Echo(), opts)
}

// origin is where the CRM's own pages come from: they may hold the panel in a frame.
func (c *connection) origin() string {
	for _, address := range []string{c.config.ServiceNow.BaseURL, c.config.Dynamics.OrgURL} {
		if parsed, err := url.Parse(address); err == nil && parsed.Host != "" {
			return parsed.Scheme + "://" + parsed.Host
		}
	}
	return ""
}
