// Package sandbox starts the simulators of the vendors' clouds together, seeded so that they fit each other, and the
// desk where one person plays all the parts. It is used by `lifeline dev` and by tests, never in production.
package sandbox

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"example.com/lifeline/config"
	simdataverse "example.com/lifeline/sandbox/dataverse"
	"example.com/lifeline/sandbox/mailbox"
	simrescue "example.com/lifeline/sandbox/rescue"
	simservicenow "example.com/lifeline/sandbox/servicenow"
	simteamviewer "example.com/lifeline/sandbox/teamviewer"
	"example.com/lifeline/support"
)

// Options of a sandbox. Addresses are host:port on loopback; empty ones take a free port.
type Options struct {
	Desk         string
	Mailbox      string
	API          string   // base URL under which Lifeline's API answers; default http://127.0.0.1:8080
	Only         []string // connections to start, with the simulators they need; none: one of each kind
	FirstSession int64    // first session id of the Rescue simulator; ids must not repeat against a durable engine
	NoLimits     bool     // switch the vendors' rate limits off, for load tests
	Log          *slog.Logger

	// Around wraps the handler of each part, to watch or measure what it is asked; nil leaves them as they are.
	Around func(http.Handler) http.Handler
}

// World is a running sandbox. A simulator that no connection needs is nil.
type World struct {
	Rescue     *simrescue.Sim
	TeamViewer *simteamviewer.Sim
	ServiceNow *simservicenow.Sim // of the first ServiceNow connection; ServiceNowOf gives the others'
	Dataverse  *simdataverse.Sim  // of the first Dynamics connection; DataverseOf gives the others'
	Mailbox    *mailbox.Mailbox

	options       Options
	pairs         []pair
	instances     map[string]*simservicenow.Sim // by connection
	organisations map[string]*simdataverse.Sim  // by connection
	servers       []*http.Server
	addresses     map[string]string // by part
	smtp          string
}

// Start starts the simulators.
func Start(options Options) (*World, error) {
	if options.Log == nil {
		options.Log = slog.New(slog.DiscardHandler)
	}
	if options.API == "" {
		options.API = "http://127.0.0.1:8080"
	}
	w := &World{
		options: options, pairs: options.chosen(), addresses: map[string]string{},
		instances: map[string]*simservicenow.Sim{}, organisations: map[string]*simdataverse.Sim{},
	}
	if err := w.start(); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	return w, nil
}

func (w *World) start() error {
	if len(w.pairs) == 0 {
		return fmt.Errorf("the sandbox has no connection named %s", strings.Join(w.options.Only, ", "))
	}
	if err := w.startMailbox(); err != nil {
		return err
	}
	if err := w.startVendors(); err != nil {
		return err
	}
	for _, p := range w.pairs {
		if err := w.startCRM(p); err != nil {
			return err
		}
	}
	return w.serve("desk", w.options.Desk, w.desk())
}

func (w *World) startVendors() error {
	if w.uses(support.Rescue) {
		if err := w.startRescue(); err != nil {
			return err
		}
	}
	if w.uses(support.TeamViewer) {
		return w.startTeamViewer()
	}
	return nil
}

func (w *World) uses(vendor support.VendorKind) bool {
	return slices.ContainsFunc(w.pairs, func(p pair) bool { return p.vendor == vendor })
}

func (w *World) startCRM(p pair) error {
	if p.crm == support.Dynamics {
		return w.startDataverse(p)
	}
	return w.startServiceNow(p)
}

func (w *World) startMailbox() error {
	var err error
	if w.Mailbox, err = mailbox.New(mailbox.Options{Log: w.options.Log}); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	w.smtp = listener.Addr().String()
	go func() { _ = w.Mailbox.Serve(listener) }()
	return w.serve("mailbox", w.options.Mailbox, w.Mailbox.Handler())
}

// serve serves a part on an address of its own, as the real host would.
func (w *World) serve(part, address string, handler http.Handler) error {
	listener, err := w.listen(part, address)
	if err != nil {
		return err
	}
	w.serveOn(listener, handler)
	return nil
}

func (w *World) listen(part, address string) (net.Listener, error) {
	if address == "" {
		address = "127.0.0.1:0"
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("the %s cannot listen: %w", part, err)
	}
	w.addresses[part] = "http://" + listener.Addr().String()
	return listener, nil
}

func (w *World) serveOn(listener net.Listener, handler http.Handler) {
	if w.options.Around != nil {
		handler = w.options.Around(handler)
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	w.servers = append(w.servers, server)
	go func() { _ = server.Serve(listener) }()
}

// URL is where a part answers: desk, mailbox, a vendor (rescue, teamviewer), or the
// instance of a CRM (servicenow, dataverse, and with -teamviewer behind them those of the TeamViewer connections).
func (w *World) URL(part string) string { return w.addresses[part] }

// DeskURL is where the desk answers.
func (w *World) DeskURL() string { return w.URL("desk") }

// MailboxURL is where the mailbox's page answers.
func (w *World) MailboxURL() string { return w.URL("mailbox") }

// Close stops all simulators.
func (w *World) Close() error {
	var errs []error
	for _, server := range w.servers {
		errs = append(errs, server.Close())
	}
	if w.Rescue != nil {
		w.Rescue.Close()
	}
	for _, organisation := range w.organisations {
		organisation.Close()
	}
	if w.Mailbox != nil {
		errs = append(errs, w.Mailbox.Close())
	}
	return errors.Join(errs...)
}

// Environment is what Lifeline is configured with to work against the sandbox.
func (w *World) Environment() map[string]string {
	host, port, _ := net.SplitHostPort(w.smtp)
	environment := map[string]string{
		"LIFELINE_CONNECTIONS": strings.Join(w.Connections(), ","), "LIFELINE_ALERT_TO": "operator@example.com",
		"LIFELINE_LINK_KEY":  "sandbox-link-key-0001",
		"LIFELINE_MAIL_FROM": "Example Support <support@example.com>", "LIFELINE_MAIL_STARTTLS": "none",
		"LIFELINE_MAIL_HOST": host, "LIFELINE_MAIL_PORT": port,
	}
	for _, p := range w.pairs {
		for name, value := range w.connectionEnvironment(p) {
			environment[config.ConnectionPrefix(p.connection)+"_"+name] = value
		}
	}
	return environment
}

// connectionEnvironment configures a connection, by names without its prefix.
func (w *World) connectionEnvironment(p pair) map[string]string {
	environment := map[string]string{
		"VENDOR": string(p.vendor), "CRM": string(p.crm), "EMAIL_CUSTOMER": "true", "EMAIL_TECHNICIAN": "true",
	}
	if p.vendor == support.TeamViewer {
		maps.Copy(environment, w.teamViewerEnvironment())
		if w.options.Desk != "" { // somebody sits at it and watches
			environment["POLL"], environment["END_GRACE"] = "2s", "15s"
		}
	} else {
		maps.Copy(environment, w.rescueEnvironment(p))
	}
	if p.crm == support.Dynamics {
		maps.Copy(environment, w.dynamicsEnvironment(p))
	} else {
		maps.Copy(environment, w.serviceNowEnvironment(p))
	}
	return environment
}
