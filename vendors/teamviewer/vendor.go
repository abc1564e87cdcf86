// Package teamviewer is the adapter to TeamViewer's Web API (teamviewer.md): it issues session codes, watches the list
// of open sessions, reads the connection report and keeps the OAuth grant alive. TeamViewer pushes nothing; what
// Lifeline knows of a session it has asked for, within the calls that the licence allows.
package teamviewer

import (
	"log/slog"
	"time"

	"example.com/lifeline/outbound"
	"example.com/lifeline/support"
)

const (
	service = "teamviewer"
	// maxPage bounds a page of 1,000 sessions or records, each with texts of up to 4,000 letters.
	maxPage = 16 << 20
	// maxAnswer bounds any other answer.
	maxAnswer = 1 << 20
)

// Vendor is one TeamViewer account. It implements support.Vendor, support.Issuer and support.Addressing.
type Vendor struct {
	cfg     Config
	account string
	keeper  support.Keeper
	log     *slog.Logger
	now     func() time.Time
	budget  support.CallBudget
	single  *outbound.Client // for one object
	pages   *outbound.Client // for lists
	first   *outbound.Client // returns a redirect as the answer (teamviewer.md 2.3)
}

var (
	_ support.Vendor     = (*Vendor)(nil)
	_ support.Issuer     = (*Vendor)(nil)
	_ support.Addressing = (*Vendor)(nil)
)

// New makes the adapter of a validated configuration. Account names the TeamViewer account, [a-z0-9.-]; it is the
// caller's choice, because a token does not tell whose it is. The keeper holds the OAuth grant and is not asked when
// a script token is configured; the budget is asked before every call that TeamViewer counts; observe is told of each
// call's outcome and may be nil.
func New(cfg Config, account string, keeper support.Keeper, budget support.CallBudget, log *slog.Logger, observe func(service, outcome string, took time.Duration)) *Vendor {
	client := func(limit int64, keepFirst bool) *outbound.Client {
		return outbound.New(outbound.Options{Service: service, Name: "TeamViewer", Timeout: cfg.Timeout, MaxBytes: limit, KeepFirst: keepFirst, Observe: observe})
	}
	return &Vendor{
		cfg: cfg, account: account, keeper: keeper, budget: budget, log: log, now: time.Now,
		single: client(maxAnswer, false), pages: client(maxPage, false), first: client(maxAnswer, true),
	}
}

// Kind implements support.Vendor.
func (v *Vendor) Kind() support.VendorKind { return support.TeamViewer }

// Account implements support.Vendor.
func (v *Vendor) Account() string { return v.account }
