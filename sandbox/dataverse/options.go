package dataverse

import (
	"context"
	"log/slog"
	"net/http"
	"time"
)

// Options of a simulated environment. The zero value is a usable one with an empty organisation.
type Options struct {
	Clock        func() time.Time // default time.Now; Advance moves the simulator's own time ahead of it
	Logger       *slog.Logger     // default slog.Default
	TenantID     string           // Entra tenant (GUID); has a default
	OrgID        string           // OrganizationId of WhoAmI and of webhooks (GUID); has a default
	OrgName      string           // internal organisation name; default "sandbox"
	Apps         []App            // app registrations of the tenant
	Prefix       string           // publisher prefix without underscore; default "lifeline"
	Installed    bool             // the session tables of reference section 6 exist from the start
	Statuses     []Status         // status reasons of the session table; default DefaultStatuses
	Vendors      []Option         // values of the vendor choice; default DefaultVendors
	Limits       Limits           // service protection limits
	TokenLife    time.Duration    // of access tokens; default one hour
	HookTimeout  time.Duration    // of one webhook delivery; default 60 s (reference 1.3)
	HookClient   *http.Client     // sends webhooks; default a client of its own without redirects
	AnyCustomer  bool             // accept cases without a customer, which the real service refuses
	PendingKeys  bool             // keys created through the API stay Pending until SetKeyStatus
	MaxNoteBytes int              // size of a note's file; default 5 MB (reference 2.7, unverified)

	// Deliver hands a sent e-mail over to a real mailbox; an error makes the e-mail Failed. Nil delivers nowhere.
	Deliver func(ctx context.Context, email Email) error
}

// App is an app registration. It signs in by secret, by certificate, or by either (reference 1.1).
type App struct {
	ID             string   `json:"id"`
	Secret         string   `json:"secret,omitempty"`
	SecretExpired  bool     `json:"secretExpired,omitempty"`  // answers AADSTS7000222
	CertificatePEM string   `json:"certificatePem,omitempty"` // public certificate for client assertions
	Outside        bool     `json:"outside,omitempty"`        // no application user exists: every call is 403 0x80072560
	Roles          []string `json:"roles,omitempty"`          // default RoleIntegration
}

// Status is a status reason with the state it belongs to.
type Status struct {
	State int    `json:"state"` // 0 active, 1 inactive
	Value int    `json:"value"`
	Label string `json:"label"`
}

// Option is one value of a choice column.
type Option struct {
	Value int    `json:"value"`
	Label string `json:"label"`
}

// DefaultStatuses are the status reasons of the session table with the option prefix 10000 (reference 6.1). The first of
// a state is the state's default.
func DefaultStatuses() []Status {
	return []Status{
		{0, 1, "Requested"}, {0, 100000001, "Waiting for customer"}, {0, 100000002, "In progress"},
		{0, 100000003, "Ended - data pending"}, {0, 100000004, "Error"},
		{1, 2, "Completed"}, {1, 100000005, "Expired"}, {1, 100000006, "Cancelled"},
	}
}

// DefaultVendors are the values of the vendor choice.
func DefaultVendors() []Option {
	return []Option{{100000001, "Rescue"}, {100000002, "TeamViewer"}}
}

// Limits are the service protection limits per user (reference 4); zero values take the documented ones.
type Limits struct {
	Window     time.Duration `json:"window"`     // default 300 s
	Requests   int           `json:"requests"`   // in a window; default 6000
	Execution  time.Duration `json:"execution"`  // in a window; default 1,200 s
	Concurrent int           `json:"concurrent"` // refused from this number on; default 52
}

func (o Options) withDefaults() Options {
	setDefault(&o.TenantID, "7f3f0c1e-5a0b-4a57-9d3b-0c6a4d1f2e10")
	setDefault(&o.OrgID, "0a9d2d8c-64c1-4b1e-8f56-3f2b7c9e1d20")
	setDefault(&o.OrgName, "sandbox")
	setDefault(&o.Prefix, "lifeline")
	setDefault(&o.Logger, slog.Default())
	setDefault(&o.TokenLife, time.Hour)
	setDefault(&o.HookTimeout, time.Minute)
	setDefault(&o.MaxNoteBytes, 5<<20)
	setDefault(&o.Limits.Window, 300*time.Second)
	setDefault(&o.Limits.Requests, 6000)
	setDefault(&o.Limits.Execution, 1200*time.Second)
	setDefault(&o.Limits.Concurrent, 52)
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Statuses == nil {
		o.Statuses = DefaultStatuses()
	}
	if o.Vendors == nil {
		o.Vendors = DefaultVendors()
	}
	if o.HookClient == nil {
		o.HookClient = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	}
	return o
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}
