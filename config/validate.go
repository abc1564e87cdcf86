package config

import (
	"crypto/tls"
	"fmt"
	"net"
	netmail "net/mail"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"example.com/lifeline/mail"
	"example.com/lifeline/support"
)

// Dev tells whether the process runs for a developer on this machine only.
func (p Process) Dev() bool { return p.Mode == "dev" }

// minSecret is the length below which a secret is refused.
const minSecret = 16

var nameForm = regexp.MustCompile(`^[a-z][a-z0-9-]{0,30}$`)

// Validate names every fault in plain words; none means that Lifeline may start.
func (c Config) Validate() []string {
	faults := c.Process.faults()
	if len(c.Connections) == 0 {
		faults = append(faults, Prefix+"_CONNECTIONS names no connection")
	}
	seen := map[string]string{}
	for _, connection := range c.Connections {
		if !nameForm.MatchString(connection.Name) {
			faults = append(faults, fmt.Sprintf("%s_CONNECTIONS: %q is no name of a connection; it has small letters, digits and dashes only", Prefix, connection.Name))
			continue
		}
		prefix := ConnectionPrefix(connection.Name)
		if other, taken := seen[prefix]; taken {
			faults = append(faults, fmt.Sprintf("the connections %s and %s would share their variables", other, connection.Name))
		}
		seen[prefix] = connection.Name
		for _, fault := range connection.faults(c.Process.Dev()) {
			faults = append(faults, prefix+"_"+fault)
		}
	}
	return append(faults, sharedTables(c.Connections)...)
}

// sharedTables names connections that would both open a session for a row that an agent creates.
func sharedTables(list []Connection) (faults []string) {
	seen := map[string]string{}
	for _, c := range list {
		if c.CRM != support.Dynamics {
			continue
		}
		tables := c.Dynamics.TableSet()
		if other, taken := seen[tables]; taken {
			faults = append(faults, fmt.Sprintf("%s_DYNAMICS_PREFIX: the connections %s and %s would share their tables in one environment; give one of them another prefix",
				ConnectionPrefix(c.Name), other, c.Name))
		}
		seen[tables] = c.Name
	}
	return faults
}

func (p Process) faults() []string {
	var f faultList
	f.oneOf("MODE", p.Mode, "production", "dev")
	f.oneOf("LOG_LEVEL", p.LogLevel, "debug", "info", "warn", "error")
	f.oneOf("LOG_FORMAT", p.LogFormat, "json", "text")
	host, _, err := net.SplitHostPort(p.Listen)
	f.when(err != nil, "LISTEN must be host:port")
	public, err := url.Parse(p.PublicURL)
	f.when(err != nil || public.Host == "", "PUBLIC_URL must be an address such as https://lifeline.example.com")
	_, _, err = net.SplitHostPort(p.WorkerListen)
	f.when(err != nil && p.WorkerListen != "", "WORKER_LISTEN must be host:port, or empty")
	p.tlsFaults(&f)
	for _, network := range p.TrustedProxies {
		_, err := netip.ParsePrefix(network)
		f.when(err != nil, "TRUSTED_PROXIES: "+network+" is not a network such as 10.0.0.0/8")
	}
	f.address("TEMPORAL_UI", p.TemporalUI, "https://temporal.example.com")
	f.address("OIDC_ISSUER", p.OIDCIssuer, "https://login.example.com")
	f.when((p.OIDCIssuer == "") != (p.OIDCAudience == ""), "OIDC_ISSUER and OIDC_AUDIENCE must be set together")
	for _, address := range p.AlertTo {
		_, err := netmail.ParseAddress(address)
		f.when(err != nil, fmt.Sprintf("ALERT_TO: %q is no e-mail address", address))
	}
	f.secret("OPERATOR_TOKEN", p.OperatorToken)
	f.secret("LINK_KEY", p.LinkKey)
	f.when(p.BodyLimit < 64<<10 || p.BodyLimit > 64<<20, "BODY_LIMIT must be between 64 KiB and 64 MiB")
	f.when(p.HookRate <= 0 || p.HookBurst < 1, "HOOK_RATE and HOOK_BURST must be positive")
	f.when(p.Workers < 1 || p.WorkflowCache < 1, "WORKERS and WORKFLOW_CACHE must be positive")
	f.when(p.InboxMaxBytes < 1, "INBOX_MAX_BYTES must be positive")
	f.when(p.DrainTimeout < 0, "DRAIN_TIMEOUT must not be negative")
	f.when(p.AlertAfter < 0 || p.AlertEvery <= 0, "ALERT_AFTER and ALERT_EVERY must be positive")
	p.protectionFaults(&f, host, public)
	for i := range f {
		f[i] = Prefix + "_" + f[i]
	}
	for _, fault := range p.Mail.Validate() {
		f = append(f, Prefix+"_MAIL_"+fault)
	}
	return f
}

// tlsFaults read the certificate as the server will: what is wrong with it is said before anything listens.
func (p Process) tlsFaults(f *faultList) {
	f.when((p.TLSCertificate == "") != (p.TLSKey == ""), "TLS_CERTIFICATE and TLS_KEY must be set together")
	if p.TLSCertificate == "" || p.TLSKey == "" {
		return
	}
	_, err := tls.LoadX509KeyPair(p.TLSCertificate, p.TLSKey)
	f.when(err != nil, fmt.Sprintf("TLS_CERTIFICATE and TLS_KEY cannot be used: %v", err))
}

// protectionFaults refuse to start unprotected outside dev.
func (p Process) protectionFaults(f *faultList, host string, public *url.URL) {
	loopback := isLoopback(host)
	if p.Dev() {
		f.when(!loopback, "MODE=dev listens on loopback only")
		return
	}
	f.when(p.Keys == "", "KEYS must be set outside dev: payloads hold customers' data")
	f.when(p.LinkKey == "", "LINK_KEY must be set outside dev")
	f.when(p.OperatorToken == "" && p.OIDCIssuer == "", "OPERATOR_TOKEN or LIFELINE_OIDC_ISSUER must be set outside dev")
	f.when(!loopback && p.TLSCertificate == "" && len(p.TrustedProxies) == 0,
		"LISTEN is not loopback: set TLS_CERTIFICATE and TLS_KEY, or TRUSTED_PROXIES for a proxy that ends TLS")
	f.when(!isLoopback(hostOf(p.WorkerListen)) && p.WorkerListen != "" && p.TLSCertificate == "" && len(p.TrustedProxies) == 0,
		"WORKER_LISTEN is not loopback: set TLS_CERTIFICATE and TLS_KEY, or TRUSTED_PROXIES for a proxy that ends TLS")
	f.when(public != nil && public.Scheme != "https" && !isLoopback(public.Hostname()), "PUBLIC_URL must begin with https://")
}

func hostOf(address string) string {
	host, _, _ := net.SplitHostPort(address)
	return host
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}

func (c Connection) faults(dev bool) []string {
	var f faultList
	f.oneOf("CRM", string(c.CRM), string(support.ServiceNow), string(support.Dynamics))
	f.oneOf("VENDOR", string(c.Vendor), string(support.Rescue), string(support.TeamViewer))
	f.oneOf("LANGUAGE", c.Language, mail.Languages()...)
	f.oneOf("NOTES", c.Notes, string(support.NotesAll), string(support.NotesSelection), string(support.NotesNone))
	f.oneOf("REASSIGN", c.Reassign, string(support.ReassignNever), string(support.ReassignIfUnassigned), string(support.ReassignAlways))
	f.oneOf("MAIL_CHANNEL", c.MailChannel, string(support.MailSMTP), string(support.MailCRM), string(support.MailMailto))
	f.when(c.CRM == support.ServiceNow && c.MailChannel == string(support.MailCRM), "MAIL_CHANNEL must be smtp or mailto with ServiceNow, whose mails Lifeline sends itself")
	f.when(c.TokenField != 0 && (c.TokenField < 2 || c.TokenField > 5), "TOKEN_FIELD must be 0, or 2 to 5")
	f.when(c.NoteLimit < 200 || c.NoteLimit > 100_000, "NOTE_LIMIT must be between 200 and 100000")
	c.typeFaults(&f)
	c.outcomeFaults(&f)
	c.timeFaults(&f)
	c.doorFaults(&f, dev)
	f.nested("RESCUE", c.Vendor == support.Rescue, c.Rescue.Validate)
	f.nested("TEAMVIEWER", c.Vendor == support.TeamViewer, c.TeamViewer.Validate)
	f.nested("SERVICENOW", c.CRM == support.ServiceNow, c.ServiceNow.Validate)
	f.nested("DYNAMICS", c.CRM == support.Dynamics, c.Dynamics.Validate)
	return f
}

func (c Connection) typeFaults(f *faultList) {
	types := support.RecordTypes(c.CRM)
	if len(types) == 0 {
		return
	}
	if c.CreateFromConsole {
		f.oneOf("CONSOLE_RECORD_TYPE", c.ConsoleRecordType, types...)
	}
	for _, t := range c.ButtonTypes {
		f.oneOf("BUTTON_TYPES", t, types...)
	}
}

func (c Connection) outcomeFaults(f *faultList) {
	for _, word := range slices.Concat(c.ResolveOn, c.DeactivateOn) {
		f.oneOf("RESOLVE_ON or DEACTIVATE_ON", word, outcomes...)
	}
}

// outcomes are the reasons that an administrator may name.
var outcomes = []string{
	string(support.ReasonTechnician), string(support.ReasonCustomer), string(support.ReasonAbandoned), string(support.ReasonTimeout),
	string(support.ReasonConnection), string(support.ReasonAborted), string(support.ReasonDeclined), string(support.ReasonExpired),
	string(support.ReasonCancelled), string(support.ReasonClosedByUs), string(support.ReasonNoReport), string(support.ReasonUnknownCause),
}

const (
	leastCode     = time.Second
	leastInterval = 100 * time.Millisecond
)

func (c Connection) timeFaults(f *faultList) {
	f.when(c.InvitationTTL != 0 && c.InvitationTTL < leastCode, fmt.Sprintf("INVITATION_TTL must be 0 or at least %s", leastCode))
	f.when(c.EndGrace < 0 || c.EndGrace > 24*time.Hour, "END_GRACE must be between 0 and 24h")
	f.when(c.Poll != 0 && c.Poll < leastInterval, fmt.Sprintf("POLL must be 0 or at least %s", leastInterval))
	f.interval("RECONCILE", c.Reconcile)
	f.interval("REPORT", c.Report)
	f.interval("SWEEP", c.Sweep)
	f.interval("KEY_HEALTH", c.KeyHealth)
	f.when(c.ReconcileWindow <= 0, "RECONCILE_WINDOW must be above zero")
	f.when(c.ReportWindow <= 0, "REPORT_WINDOW must be above zero")
}

// doorFaults look at how requests get in.
func (c Connection) doorFaults(f *faultList, dev bool) {
	f.secret("HOOK_SECRET", c.HookSecret)
	f.secret("HOOK_SECRET_PREVIOUS", c.HookSecretPrevious)
	f.secret("API_KEY", c.APIKey)
	f.secret("API_KEY_PREVIOUS", c.APIKeyPrevious)
	_, err := c.Signers()
	f.when(err != nil, "SIGNING_KEYS must be id:secret pairs with secrets of at least 16 characters")
	if dev {
		return
	}
	f.when(c.Vendor == support.Rescue && c.HookSecret == "", "HOOK_SECRET must be set: Rescue's posts carry no other proof")
	f.when(c.CRM == support.ServiceNow && c.SigningKeys == "" && c.APIKey == "", "SIGNING_KEYS or API_KEY must be set: ServiceNow's buttons need one")
}

// Signers are the connection's signing keys by id.
func (c Connection) Signers() (map[string]support.Secret, error) {
	keys := map[string]support.Secret{}
	for pair := range strings.SplitSeq(c.SigningKeys.Reveal(), ",") {
		if pair == "" {
			continue
		}
		id, secret, ok := strings.Cut(strings.TrimSpace(pair), ":")
		if !ok || id == "" || len(secret) < minSecret {
			return nil, fmt.Errorf("not an id:secret pair")
		}
		keys[id] = support.Secret(secret)
	}
	return keys, nil
}

// faultList collects faults; none is lost because another came first.
type faultList []string

func (f *faultList) when(wrong bool, fault string) {
	if wrong {
		*f = append(*f, fault)
	}
}

func (f *faultList) oneOf(name, value string, allowed ...string) {
	f.when(!slices.Contains(allowed, value), fmt.Sprintf("%s must be one of %s", name, strings.Join(allowed, ", ")))
}

func (f *faultList) secret(name string, value support.Secret) {
	f.when(value != "" && len(value) < minSecret, name+" is shorter than 16 characters")
}

func (f *faultList) interval(name string, value time.Duration) {
	f.when(value < leastInterval, fmt.Sprintf("%s must be at least %s", name, leastInterval))
}

func (f *faultList) address(name, value, example string) {
	address, err := url.Parse(value)
	f.when(value != "" && (err != nil || address.Host == ""), name+" must be an address such as "+example)
}

func (f *faultList) nested(name string, used bool, validate func() []string) {
	if !used {
		return
	}
	for _, fault := range validate() {
		*f = append(*f, name+"_"+fault)
	}
}
