package dynamics

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"example.com/lifeline/outbound"
	"example.com/lifeline/support"
)

// Config is one Dataverse environment and how Lifeline signs in to it.
type Config struct {
	OrgURL                string         `split_words:"true" default:"" desc:"address of the environment, e.g. https://org.crm4.dynamics.com"`
	TenantID              string         `split_words:"true" default:"" desc:"directory (tenant) id of the app registration"`
	Authority             string         `split_words:"true" default:"https://login.microsoftonline.com" desc:"sign-in host; national clouds use another"`
	ClientID              string         `split_words:"true" default:"" desc:"application (client) id of the app registration"`
	ClientSecret          support.Secret `split_words:"true" default:"" desc:"client secret; leave empty when a certificate is used"`
	Certificate           support.Secret `split_words:"true" default:"" desc:"PEM certificate registered with the app; may hold the key too"`
	CertificateKey        support.Secret `split_words:"true" default:"" desc:"PEM private key (RSA) of the certificate"`
	AssertionAlgorithm    string         `split_words:"true" default:"PS256" desc:"signature of the client assertion: PS256 (x5t#S256) or RS256 (x5t)"`
	APIVersion            string         `split_words:"true" default:"v9.2" desc:"version of the Web API"`
	Prefix                string         `split_words:"true" default:"lifeline" desc:"publisher prefix of Lifeline's tables and columns; never change it"`
	OptionPrefix          int            `split_words:"true" default:"100000000" desc:"base of Lifeline's choice values"`
	LabelLanguage         int            `split_words:"true" default:"1033" desc:"language code of the labels that connect creates; the base language"`
	RecordTypes           []string       `split_words:"true" default:"incident,account,contact,lead,opportunity" desc:"tables a session can belong to; leave out what is not installed"`
	Impersonate           string         `split_words:"true" default:"none" desc:"write session rows, notes and mails as the agent: none, objectid or systemuser"`
	TemplateTitle         string         `split_words:"true" default:"TeamViewer Email" desc:"e-mail templates whose title begins so are offered"`
	ResolveStatus         int            `split_words:"true" default:"-1" desc:"status reason of a resolved case; -1 takes the default one"`
	DefaultCustomer       string         `split_words:"true" default:"" desc:"customer of a new case when none is found: accounts(guid) or contacts(guid)"`
	MaxAttachment         int            `split_words:"true" default:"5242880" desc:"largest file in bytes; the organization's own limit is 5 MB by default"`
	Concurrency           int            `split_words:"true" default:"8" desc:"calls at the same time, 1 to 51, by all connections of the environment in one process; the service refuses 52"`
	Timeout               time.Duration  `split_words:"true" default:"30s" desc:"time for one call"`
	PageSize              int            `split_words:"true" default:"100" desc:"rows of one page"`
	WebhookSecret         support.Secret `split_words:"true" default:"" desc:"key that Dataverse sends with each webhook"`
	WebhookSecretPrevious support.Secret `split_words:"true" default:"" desc:"key before the last rotation, still accepted"`
	OrganizationID        string         `split_words:"true" default:"" desc:"organization id that webhooks must name; empty accepts any"`
}

// The ways to write as the agent (dynamics.md 1.2).
const (
	impersonateNone     = "none"
	impersonateObjectID = "objectid"
	impersonateUser     = "systemuser"
)

const (
	apiPath         = "/api/data/"
	maxConcurrency  = 51 // "52 or more" are refused (dynamics.md 4)
	maxPageSize     = 5000
	minSecretLength = 16
)

var (
	versionForm  = regexp.MustCompile(`^v\d{1,2}\.\d{1,2}$`)
	prefixForm   = regexp.MustCompile(`^[a-z][a-z0-9]{1,7}$`)
	customerForm = regexp.MustCompile(`^(accounts|contacts)\(([0-9a-fA-F-]{36})\)$`)
)

// root is the environment's address without a trailing slash; the token's scope is made from it (dynamics.md 1.1).
func (c Config) root() string { return strings.TrimRight(c.OrgURL, "/") }

// Caller names whose calls the service counts together: the application user's in the environment (dynamics.md 4).
func (c Config) Caller() string { return strings.ToLower(c.root() + " " + c.ClientID) }

// TableSet names the tables whose rows the connection takes for presses. No other connection may take them, too.
func (c Config) TableSet() string { return strings.ToLower(c.root() + " " + c.Prefix) }

// Seats are as many as configured, for an adapter that shares them with no other.
func (c Config) Seats() *outbound.Seats { return outbound.NewSeats(c.Concurrency) }

// Validate names every fault in plain words.
func (c Config) Validate() []string {
	var faults []string
	check := func(ok bool, format string, args ...any) {
		if !ok {
			faults = append(faults, fmt.Sprintf(format, args...))
		}
	}
	check(outbound.IsRoot(c.OrgURL), "ORG_URL must be the https address of the environment without a path")
	check(outbound.IsRoot(c.Authority), "AUTHORITY must be an https address without a path")
	check(versionForm.MatchString(c.APIVersion), "API_VERSION must look like v9.2")
	check(prefixForm.MatchString(c.Prefix) && !strings.HasPrefix(c.Prefix, "mscrm"), "PREFIX must be 2 to 8 lower-case letters or digits, begin with a letter and not be mscrm")
	check(c.OptionPrefix >= 10_000 && c.OptionPrefix < 1<<31-100, "OPTION_PREFIX must be a positive number such as 100000000")
	check(slices.Contains([]string{impersonateNone, impersonateObjectID, impersonateUser}, c.Impersonate), "IMPERSONATE must be none, objectid or systemuser")
	check(c.DefaultCustomer == "" || customerForm.MatchString(c.DefaultCustomer), "DEFAULT_CUSTOMER must look like accounts(guid) or contacts(guid)")
	check(c.MaxAttachment > 0, "MAX_ATTACHMENT must be positive")
	check(c.Concurrency > 0 && c.Concurrency <= maxConcurrency, "CONCURRENCY must be 1 to %d", maxConcurrency)
	check(c.Timeout > 0, "TIMEOUT must be positive")
	check(c.PageSize > 0 && c.PageSize <= maxPageSize, "PAGE_SIZE must be 1 to %d", maxPageSize)
	check(c.LabelLanguage > 0, "LABEL_LANGUAGE must be a language code such as 1033")
	check(c.OrganizationID == "" || uuid.Validate(c.OrganizationID) == nil, "ORGANIZATION_ID must be a GUID")
	check(c.WebhookSecret == "" || len(c.WebhookSecret) >= minSecretLength, "WEBHOOK_SECRET must have at least %d characters", minSecretLength)
	check(c.WebhookSecretPrevious == "" || c.WebhookSecret != "", "WEBHOOK_SECRET_PREVIOUS needs a WEBHOOK_SECRET")
	return slices.Concat(faults, c.recordTypeFaults(), c.signInFaults())
}

func (c Config) recordTypeFaults() []string {
	known := support.RecordTypes(support.Dynamics)
	if len(c.RecordTypes) == 0 {
		return []string{"RECORD_TYPES must name at least one of " + strings.Join(known, ", ")}
	}
	var faults []string
	for _, recordType := range c.RecordTypes {
		if !slices.Contains(known, recordType) {
			faults = append(faults, fmt.Sprintf("RECORD_TYPES: %q is not one of %s", recordType, strings.Join(known, ", ")))
		}
	}
	return faults
}

func (c Config) signInFaults() []string {
	var faults []string
	if c.TenantID == "" || c.TenantID == "common" || c.TenantID == "organizations" || strings.ContainsAny(c.TenantID, "/?# ") {
		faults = append(faults, "TENANT_ID must be the tenant's own id")
	}
	if c.ClientID == "" {
		faults = append(faults, "CLIENT_ID is missing")
	}
	if (c.ClientSecret == "") == (c.Certificate == "") {
		faults = append(faults, "CLIENT_SECRET or CERTIFICATE must be set, and not both")
	}
	if c.AssertionAlgorithm != algorithmPSS && c.AssertionAlgorithm != algorithmPKCS1 {
		faults = append(faults, "ASSERTION_ALGORITHM must be PS256 or RS256")
	}
	if c.Certificate != "" {
		if _, err := readCertificate(c.Certificate, c.CertificateKey); err != nil {
			faults = append(faults, err.Error())
		}
	}
	return faults
}
