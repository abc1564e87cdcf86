// Package servicenow is the adapter to ServiceNow: it implements support.CRM over the instance's REST APIs (Table and
// Attachment) and support.Issuer for its OAuth consent. It owns every fact about ServiceNow's wire; the facts and
// their sources are in the ServiceNow reference, whose sections the comments name ("servicenow.md 4.4").
//
// Three habits of the platform shape the code. A lookup with a wrong field name returns all rows, so every row read
// is checked to carry the key that was asked for. Writes may be committed although the answer was a failure, so each
// write looks before it repeats. And values that a choice list does not know are stored blank without a word, so
// the echo of a write is compared with what was sent.
package servicenow

import (
	"log/slog"
	"strings"
	"sync"
	"time"

	"example.com/lifeline/outbound"
	"example.com/lifeline/support"
)

const (
	service      = "servicenow"     // label of metrics
	maxAnswer    = 8 << 20          // bytes; the longest chat fits, whatever its letters
	tokenMargin  = 60 * time.Second // tokens are replaced this long before they run out (servicenow.md 10)
	sessionTable = "_session"       // appended to the table prefix
	reportTable  = "_connection"
)

// CRM is one ServiceNow instance. It is safe for concurrent use.
type CRM struct {
	cfg    Config
	base   string
	keeper support.Keeper
	log    *slog.Logger
	client *outbound.Client
	tokens *outbound.Tokens
	seats  *outbound.Seats
	now    func() time.Time
	warned sync.Map // fields that were found missing and logged already
}

var (
	_ support.CRM    = (*CRM)(nil)
	_ support.Issuer = (*CRM)(nil)
)

// New makes the adapter from a configuration that Validate found without fault. keeper is asked for the refresh token
// in the mode refresh_token only. seats are shared by the adapters of one Caller. observe is told of every call and may
// be nil.
func New(cfg Config, seats *outbound.Seats, keeper support.Keeper, log *slog.Logger, observe func(service, outcome string, took time.Duration)) *CRM {
	c := &CRM{
		cfg:    cfg,
		base:   strings.TrimRight(cfg.BaseURL, "/"),
		keeper: keeper,
		log:    log.With("crm", service, "instance", cfg.Instance),
		seats:  seats,
		now:    time.Now,
		client: outbound.New(outbound.Options{
			Service: service, Name: "ServiceNow", Timeout: cfg.Timeout, MaxBytes: maxAnswer, KeepFirst: true, Observe: observe,
		}),
	}
	c.tokens = outbound.NewTokens(c.client, tokenMargin, c.fetchToken)
	return c
}

// Kind implements support.CRM.
func (c *CRM) Kind() support.CRMKind { return support.ServiceNow }

func (c *CRM) sessions() string { return c.cfg.TablePrefix + sessionTable }

func (c *CRM) reports() string { return c.cfg.TablePrefix + reportTable }
