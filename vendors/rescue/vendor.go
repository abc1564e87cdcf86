package rescue

import (
	"log/slog"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"

	"example.com/lifeline/support"
)

// Vendor is one Rescue company account. It implements support.Vendor and support.Issuer. The pace of PINs, the report
// login and the minute between reports are kept per Vendor: connections of the same account should share one.
type Vendor struct {
	cfg    Config
	keeper support.Keeper
	log    *slog.Logger
	now    func() time.Time
	wire   *wire
	pins   *pacer
	login  *reportLogin
	report reportPace
	nodes  sync.Map // node ids by SSO id; the account's own under accountKey
}

var (
	_ support.Vendor      = (*Vendor)(nil)
	_ support.Issuer      = (*Vendor)(nil)
	_ support.PostDecoder = DecodePost
)

// New makes the adapter of a validated configuration. The keeper holds technicians' authcodes; observe is told of each
// call's outcome and may be nil.
func New(cfg Config, keeper support.Keeper, log *slog.Logger, observe func(service, outcome string, took time.Duration)) *Vendor {
	return &Vendor{
		cfg:    cfg,
		keeper: keeper,
		log:    log,
		now:    time.Now,
		wire:   newWire(cfg, log, observe),
		pins:   newPacer(cfg.PINInterval),
		login:  &reportLogin{},
	}
}

// Kind implements support.Vendor.
func (v *Vendor) Kind() support.VendorKind { return support.Rescue }

// Account implements support.Vendor: "rescue-" + host + "-" + company id. What a name may not hold, as the colon before
// a port, becomes a dash.
func (v *Vendor) Account() string {
	host := ""
	if u, err := url.Parse(v.cfg.base()); err == nil {
		host = notInNames.ReplaceAllString(strings.ToLower(u.Host), "-")
	}
	return "rescue-" + host + "-" + v.cfg.CompanyID
}

var notInNames = regexp.MustCompile(`[^a-z0-9.-]`)
