// Package dynamics is the adapter to Microsoft Dynamics 365: it implements support.CRM, support.Requests,
// support.KeyHealth and support.Authcodes over the Dataverse Web API, and owns every fact about that wire (reference:
// dynamics.md).
//
// How it keeps to "once, however often the step runs": session rows are upserted by an alternate key, notes, files,
// mails and cases carry an id that is derived from their marker, and every update says If-Match: *, because a PATCH
// without it creates what is missing (dynamics.md 2.3).
package dynamics

import (
	"log/slog"
	"strings"
	"sync"
	"time"

	"example.com/lifeline/outbound"
	"example.com/lifeline/support"
)

const (
	service        = "dynamics"
	maxAnswer      = 12 << 20
	maxTokenAnswer = 64 << 10
	tokenMargin    = 2 * time.Minute
	slowTimeout    = 3 * time.Minute // creating tables and publishing take their time
)

// CRM is one Dataverse environment. It is safe for concurrent use.
type CRM struct {
	cfg      Config
	names    names
	base     string // https://org.crm4.dynamics.com/api/data/v9.2/
	log      *slog.Logger
	client   *outbound.Client
	slow     *outbound.Client
	entra    *tokenSource
	tokens   *outbound.Tokens
	seats    *outbound.Seats
	now      func() time.Time
	objectID sync.Map // systemuserid -> Entra object id
}

var (
	_ support.CRM       = (*CRM)(nil)
	_ support.Requests  = (*CRM)(nil)
	_ support.KeyHealth = (*CRM)(nil)
	_ support.Authcodes = (*CRM)(nil)
)

// New makes the adapter of a configuration that Validate found without fault. Nothing is called yet. Seats are shared
// by the adapters of one Caller. Observe is told of every outbound call and may be nil.
func New(cfg Config, seats *outbound.Seats, log *slog.Logger, observe func(service, outcome string, took time.Duration)) *CRM {
	client := func(timeout time.Duration, limit int64, keepFirst bool) *outbound.Client {
		return outbound.New(outbound.Options{Service: service, Name: "Dynamics 365", Timeout: timeout, MaxBytes: limit, KeepFirst: keepFirst, Observe: observe})
	}
	c := &CRM{
		cfg:    cfg,
		names:  names{prefix: cfg.Prefix, options: cfg.OptionPrefix},
		base:   cfg.root() + apiPath + cfg.APIVersion + "/",
		log:    log,
		client: client(cfg.Timeout, maxAnswer, false),
		slow:   client(max(cfg.Timeout, slowTimeout), maxAnswer, false),
		seats:  seats,
		now:    time.Now,
	}
	c.entra = &tokenSource{cfg: cfg, client: client(cfg.Timeout, maxTokenAnswer, true), now: c.clock}
	c.tokens = outbound.NewTokens(c.entra.client, tokenMargin, c.entra.fetch)
	return c
}

func (c *CRM) clock() time.Time { return c.now() }

// Kind implements support.CRM.
func (c *CRM) Kind() support.CRMKind { return support.Dynamics }

// hookHeader carries the shared secret of the webhook step (dynamics.md 1.3).
const hookHeader = "X-Lifeline-Key"

// FromThisOrganization compares a delivery's OrganizationId with the configured one; without one, every
// organization passes, because the row is read again before anything is believed.
func (c Config) FromThisOrganization(id string) bool {
	return c.OrganizationID == "" || strings.EqualFold(c.OrganizationID, id)
}
