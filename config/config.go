// Package config reads Lifeline's configuration from the environment, names every fault at once, and describes itself:
// the list of all variables and the masked summary are made from the same structs.
package config

import (
	"time"

	"example.com/lifeline/crm/dynamics"
	"example.com/lifeline/crm/servicenow"
	"example.com/lifeline/mail"
	"example.com/lifeline/support"
	"example.com/lifeline/vendors/rescue"
	"example.com/lifeline/vendors/teamviewer"
)

// Prefix begins every variable of Lifeline. Temporal's own variables (TEMPORAL_ADDRESS, ...) are the ecosystem's.
const Prefix = "LIFELINE"

// Process is what one process of Lifeline needs, whatever its connections.
type Process struct {
	Mode           string         `default:"production" desc:"production, or dev: loopback only, no key needed"`
	Listen         string         `default:"127.0.0.1:8080" desc:"address the API listens on"`
	PublicURL      string         `split_words:"true" default:"http://127.0.0.1:8080" desc:"address under which browsers, ServiceNow and vendors reach the API"`
	WorkerListen   string         `split_words:"true" default:"127.0.0.1:8081" desc:"address where a worker without the API answers /healthz, /readyz and /metrics; empty: nowhere"`
	TLSCertificate string         `split_words:"true" desc:"PEM file with the API's certificate chain"`
	TLSKey         string         `split_words:"true" desc:"PEM file with its private key"`
	TrustedProxies []string       `split_words:"true" desc:"networks (CIDR) of the proxies that end TLS and set X-Forwarded-For"`
	Connections    []string       `desc:"names of the connections, e.g. acme-sn,acme-d365; each is read with its own prefix, e.g. LIFELINE_ACME_SN_"`
	Keys           support.Secret `desc:"keys that encrypt payloads, as id:base64 of 32 bytes; the first encrypts, further ones still decrypt"`
	LinkKey        support.Secret `split_words:"true" desc:"secret that signs the agents' panel links, at least 16 characters"`
	OperatorToken  support.Secret `split_words:"true" desc:"bearer token for operations pages, codec and metrics, at least 16 characters"`
	OIDCIssuer     string         `split_words:"true" desc:"OpenID Connect issuer that signs operators in"`
	OIDCAudience   string         `split_words:"true" desc:"audience of the operators' tokens"`
	OIDCGroup      string         `split_words:"true" desc:"group claim that operators must have; empty: every signed-in user of the audience"`
	TemporalUI     string         `split_words:"true" desc:"address of the Temporal UI, for links and for the codec's CORS"`
	AlertTo        []string       `split_words:"true" desc:"e-mail addresses that receive alerts"`
	AlertAfter     time.Duration  `split_words:"true" default:"15m" desc:"how long a trouble lasts before it is mailed"`
	AlertEvery     time.Duration  `split_words:"true" default:"1h" desc:"how often a lasting trouble is mailed again"`
	Inbox          string         `default:"inbox" desc:"folder for posts that come while the engine cannot be reached"`
	InboxMaxBytes  int64          `split_words:"true" default:"1073741824" desc:"most bytes the inbox holds; above it hooks answer 503"`
	BodyLimit      int64          `split_words:"true" default:"5242880" desc:"largest post in bytes; a larger one is refused with 413"`
	HookRate       float64        `split_words:"true" default:"200" desc:"posts a second that one hook secret may send"`
	HookBurst      int            `split_words:"true" default:"2000" desc:"posts at once that one hook secret may send"`
	Workers        int            `default:"200" desc:"steps that one worker runs at once"`
	WorkflowCache  int            `split_words:"true" default:"4000" desc:"sessions a worker keeps in memory, about 33 KB each"`
	DrainTimeout   time.Duration  `split_words:"true" default:"25s" desc:"how long running steps and requests may finish on shutdown"`
	LogLevel       string         `split_words:"true" default:"info" desc:"debug, info, warn or error"`
	LogFormat      string         `split_words:"true" default:"json" desc:"json or text"`
	Mail           mail.Config    `desc:"mail server"`
}

// Connection is one pairing of a vendor account and a CRM instance with its options.
type Connection struct {
	Name string `ignored:"true"`

	CRM    support.CRMKind    `desc:"servicenow or dynamics"`
	Vendor support.VendorKind `desc:"rescue or teamviewer"`

	Enabled           bool          `default:"true" desc:"off: buttons refuse, posts are acknowledged and dropped"`
	ButtonTypes       []string      `split_words:"true" desc:"record types on which the button may be pressed; empty: all"`
	EmailCustomer     bool          `split_words:"true" default:"false" desc:"mail the link to the customer"`
	EmailTechnician   bool          `split_words:"true" default:"false" desc:"mail the code to the agent who pressed"`
	Language          string        `default:"en" desc:"language of mails: en, es, fr or nl"`
	RequireConsole    bool          `split_words:"true" default:"false" desc:"Rescue: refuse when the technician's console is not running"`
	PassEmail         bool          `split_words:"true" default:"true" desc:"Rescue: pass the customer's e-mail in custom field 1"`
	TokenField        int           `split_words:"true" default:"5" desc:"Rescue: custom field 2 to 5 that carries Lifeline's token; 0: none"`
	Notes             string        `default:"all" desc:"work note: all, selection or none"`
	NoteFields        []string      `split_words:"true" desc:"with NOTES=selection: the vendor's variable names in order, e.g. TechName,Notes,ChatLog"`
	NoteLimit         int           `split_words:"true" default:"4000" desc:"characters of a note; a longer chat becomes an attachment"`
	CreateFromConsole bool          `split_words:"true" default:"false" desc:"create a record for sessions begun in the technician's console"`
	ConsoleRecordType string        `split_words:"true" default:"incident" desc:"type of that record"`
	ResolveOn         []string      `split_words:"true" desc:"outcomes that resolve the record, e.g. technician,customer; empty: never"`
	ResolutionCode    string        `split_words:"true" desc:"resolution code; empty: the CRM's configured one"`
	Deactivate        bool          `default:"true" desc:"close the session row at the end"`
	DeactivateOn      []string      `split_words:"true" desc:"outcomes that close the session row; empty: every one"`
	Reassign          string        `default:"never" desc:"the record follows the technician: never, if-unassigned or always"`
	InvitationTTL     time.Duration `split_words:"true" default:"0" desc:"life of a code; 0: 20m at Rescue, 24h at TeamViewer"`
	EndGrace          time.Duration `split_words:"true" default:"2m" desc:"wait for the end post or report after the vendor's list shows the end"`
	MailChannel       string        `split_words:"true" default:"smtp" desc:"how shared invitations go out: smtp, crm or mailto"`

	HookSecret         support.Secret `split_words:"true" desc:"secret in the address of the vendor's posts, at least 16 characters"`
	HookSecretPrevious support.Secret `split_words:"true" desc:"secret before the last rotation, still accepted"`
	SigningKeys        support.Secret `split_words:"true" desc:"keys with which ServiceNow signs, as id:secret; two during rotation"`
	APIKey             support.Secret `split_words:"true" desc:"API key for buttons, at least 16 characters"`
	APIKeyPrevious     support.Secret `split_words:"true" desc:"API key before the last rotation, still accepted"`

	Poll            time.Duration `default:"0" desc:"how often the vendor's list is read while sessions are open; 0: 10s at Rescue, 10s to 30s by the licence at TeamViewer"`
	Reconcile       time.Duration `default:"10m" desc:"how often the vendor's report is compared with the session rows"`
	ReconcileWindow time.Duration `split_words:"true" default:"24h" desc:"how far back it is compared"`
	Report          time.Duration `default:"24h" desc:"TeamViewer: how often the company report is copied"`
	ReportWindow    time.Duration `split_words:"true" default:"48h" desc:"TeamViewer: how far back it is copied"`
	Sweep           time.Duration `default:"1m" desc:"Dynamics: how often waiting session rows are looked for"`
	KeyHealth       time.Duration `split_words:"true" default:"5m" desc:"Dynamics: how often the index of the session key is looked at"`

	Rescue     rescue.Config     `desc:"LogMeIn Rescue"`
	TeamViewer teamviewer.Config `desc:"TeamViewer"`
	ServiceNow servicenow.Config `desc:"ServiceNow"`
	Dynamics   dynamics.Config   `desc:"Dynamics 365"`
}

// Config is everything.
type Config struct {
	Process     Process
	Connections []Connection
}

// Settings are the connection's choices in the words of the business.
func (c Connection) Settings() support.Settings {
	return support.Settings{
		Enabled: c.Enabled, EmailCustomer: c.EmailCustomer, EmailTechnician: c.EmailTechnician, Language: c.Language,
		RequireConsole: c.RequireConsole, PassEmail: c.PassEmail, TokenField: c.TokenField, Notes: support.NotesMode(c.Notes),
		NoteFields: c.NoteFields, NoteLimit: c.NoteLimit, CreateFromConsole: c.CreateFromConsole,
		ConsoleRecordType: c.ConsoleRecordType, ResolveOn: reasons(c.ResolveOn), ResolutionCode: c.ResolutionCode,
		DeactivateOn: reasons(c.DeactivateOn), KeepRowOpen: !c.Deactivate, Reassign: support.ReassignMode(c.Reassign),
		InvitationTTL: c.invitationTTL(), EndGrace: c.EndGrace, MailChannel: support.MailChannel(c.MailChannel),
		ButtonTypes: c.ButtonTypes,
	}
}

// PollEvery is how often the vendor's list is read while sessions are open.
func (c Connection) PollEvery() time.Duration {
	switch {
	case c.Poll != 0:
		return c.Poll
	case c.Vendor == support.TeamViewer:
		return c.TeamViewer.PollEvery()
	}
	return 10 * time.Second
}

func (c Connection) invitationTTL() time.Duration {
	switch {
	case c.InvitationTTL > 0:
		return c.InvitationTTL
	case c.Vendor == support.TeamViewer:
		return 24 * time.Hour
	}
	return 20 * time.Minute
}

func reasons(words []string) []support.Reason {
	var list []support.Reason
	for _, word := range words {
		list = append(list, support.Reason(word))
	}
	return list
}
