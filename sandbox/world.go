// Package sandbox starts the simulators of the vendors' clouds together, seeded so that they fit each other, and the
// desk where one person plays all the parts. It is used by `lifeline dev` and by tests, never in production.
package sandbox

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"example.com/lifeline/sandbox/mailbox"
	simrescue "example.com/lifeline/sandbox/rescue"
	simservicenow "example.com/lifeline/sandbox/servicenow"
)

// Options of a sandbox. Addresses are host:port on loopback; empty ones take a free port.
type Options struct {
	Desk         string
	Mailbox      string
	API          string // base URL under which Lifeline's API answers
	FirstSession int64  // first session id of the Rescue simulator; ids must not repeat against a durable engine
	NoLimits     bool   // switch the vendors' rate limits off, for load tests
	Log          *slog.Logger
}

// World is a running sandbox.
type World struct {
	Rescue     *simrescue.Sim
	ServiceNow *simservicenow.Sim
	Mailbox    *mailbox.Mailbox

	options   Options
	servers   []*http.Server
	addresses map[string]string // by part
	smtp      string
}

// Start starts all simulators.
func Start(options Options) (*World, error) {
	if options.Log == nil {
		options.Log = slog.New(slog.DiscardHandler)
	}
	w := &World{options: options, addresses: map[string]string{}}
	if err := w.start(); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	return w, nil
}

func (w *World) start() error {
	if err := w.startMailbox(); err != nil {
		return err
	}
	if err := w.startRescue(); err != nil {
		return err
	}
	if err := w.startServiceNow(); err != nil {
		return err
	}
	return w.serve("desk", w.options.Desk, w.desk())
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
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	w.servers = append(w.servers, server)
	go func() { _ = server.Serve(listener) }()
}

// URL is where a part answers: desk, mailbox, rescue, servicenow, dataverse, teamviewer.
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
	if w.Mailbox != nil {
		errs = append(errs, w.Mailbox.Close())
	}
	return errors.Join(errs...)
}

// Environment is what Lifeline is configured with to work against the sandbox.
func (w *World) Environment() map[string]string {
	environment := map[string]string{
		"LIFELINE_CONNECTIONS": "acme-sn", "LIFELINE_ALERT_TO": "operator@example.com", "LIFELINE_LINK_KEY": "sandbox-link-key-0001",
		"LIFELINE_MAIL_FROM": "Example Support <support@example.com>", "LIFELINE_MAIL_STARTTLS": "none",
	}
	host, port, _ := net.SplitHostPort(w.smtp)
	environment["LIFELINE_MAIL_HOST"], environment["LIFELINE_MAIL_PORT"] = host, port
	for _, part := range []map[string]string{
		w.serviceNowEnvironment("LIFELINE_ACME_SN"), w.rescueEnvironment("LIFELINE_ACME_SN", "acme-sn"),
		{"LIFELINE_ACME_SN_EMAIL_CUSTOMER": "true", "LIFELINE_ACME_SN_EMAIL_TECHNICIAN": "true"},
	} {
		for name, value := range part {
			environment[name] = value
		}
	}
	return environment
}
