package rescue

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"example.com/lifeline/outbound"
	"example.com/lifeline/support"
)

// Config is how one Rescue company account is reached. Variables are named by splitting the fields' words
// (COMPANY_ID, SSO_PASSWORD, ...) below the connection's prefix.
type Config struct {
	CompanyID        string         `split_words:"true" default:"" desc:"company id of the Rescue account, digits only"`
	SSOPassword      support.Secret `split_words:"true" default:"" desc:"master SSO password of the company; empty: each agent signs in once"`
	APIToken         support.Secret `split_words:"true" default:"" desc:"API token of a master administrator, for observing and closing sessions"`
	ReportEmail      string         `split_words:"true" default:"" desc:"e-mail of the administrator who reads reports, chat and notes"`
	ReportPassword   support.Secret `split_words:"true" default:"" desc:"password of the administrator who reads reports, chat and notes"`
	Region           string         `split_words:"true" default:"global" desc:"where the account lives: global, eu, enterprise or enterprise-eu"`
	EU               bool           `split_words:"true" default:"false" desc:"the account is on the EU host, same as REGION=eu"`
	Enterprise       bool           `split_words:"true" default:"false" desc:"the account is an Enterprise one, same as REGION=enterprise"`
	BaseURL          string         `split_words:"true" default:"" desc:"address of the host instead of the region's, for a sandbox or national host"`
	SOAPNamespace    string         `split_words:"true" default:"https://secure.logmeinrescue.com/API/API.asmx" desc:"XML namespace of the SOAP calls"`
	PINMethod        string         `split_words:"true" default:"v3" desc:"version of requestPINCode: v1, v2 or v3; v1 is tried when Rescue does not know it"`
	PINInterval      time.Duration  `split_words:"true" default:"1s" desc:"least time between two requests for a PIN; Rescue takes one a second, 0: any number"`
	Node             string         `split_words:"true" default:"" desc:"node observed and reported on; empty: the whole account"`
	Poll             string         `split_words:"true" default:"auto" desc:"whose sessions are listed: account, technicians, or auto (account with an API token)"`
	ReportDateFormat string         `split_words:"true" default:"DDMMYY" desc:"date format asked for in reports: DDMMYY, MMDDYY or YYMMDD"`
	Timeout          time.Duration  `split_words:"true" default:"8s" desc:"time-out of one call"`
	ReportTimeout    time.Duration  `split_words:"true" default:"60s" desc:"time-out of fetching one report"`
	DebugSOAP        bool           `split_words:"true" default:"false" desc:"log SOAP bodies at debug level, secrets masked and size bounded"`
}

const regionGlobal = "global"

// regionHosts are the hosts of rescue.md 1.1. The host belongs to the account, never to a request.
var regionHosts = map[string]string{
	regionGlobal:    "secure.logmeinrescue.com",
	"eu":            "secure.logmeinrescue.eu",
	"enterprise":    "secure.logmeinrescue-enterprise.com",
	"enterprise-eu": "secure.logmeinrescue-enterprise.eu",
}

// The ways to list sessions.
const (
	pollAuto        = "auto"
	pollAccount     = "account"
	pollTechnicians = "technicians"
)

// onlyDigits bounds the length to what fits an int64.
var onlyDigits = regexp.MustCompile(`^[0-9]{1,18}$`)

// Validate names every fault of the configuration in plain words.
func (c Config) Validate() []string {
	faults := slices.Concat(c.identityFaults(), c.hostFaults())
	faults = requireOneOf(faults, "PIN_METHOD", c.PINMethod, "v1", "v2", "v3")
	faults = requireOneOf(faults, "POLL", c.Poll, pollAuto, pollAccount, pollTechnicians)
	faults = requireOneOf(faults, "REPORT_DATE_FORMAT", c.ReportDateFormat, "DDMMYY", "MMDDYY", "YYMMDD")
	if c.Poll == pollAccount && c.APIToken == "" {
		faults = append(faults, "POLL=account needs API_TOKEN")
	}
	if c.Node != "" && !onlyDigits.MatchString(c.Node) {
		faults = append(faults, "NODE must be digits only")
	}
	if c.PINInterval < 0 || c.PINInterval > time.Minute {
		faults = append(faults, "PIN_INTERVAL must be between 0 and 1m")
	}
	faults = requireSpan(faults, "TIMEOUT", c.Timeout, time.Minute)
	return requireSpan(faults, "REPORT_TIMEOUT", c.ReportTimeout, 10*time.Minute)
}

func (c Config) identityFaults() (faults []string) {
	if !onlyDigits.MatchString(c.CompanyID) {
		faults = append(faults, "COMPANY_ID must be set, digits only")
	}
	if (c.ReportEmail == "") != (c.ReportPassword == "") {
		faults = append(faults, "REPORT_EMAIL and REPORT_PASSWORD must be set together")
	}
	return faults
}

func (c Config) hostFaults() (faults []string) {
	if c.EU && c.Enterprise {
		faults = append(faults, "EU and ENTERPRISE must not both be true; for an Enterprise account in the EU set REGION=enterprise-eu")
	} else if c.Region != regionGlobal && c.Region != c.region() {
		faults = append(faults, "REGION contradicts EU or ENTERPRISE; set REGION alone")
	}
	if _, known := regionHosts[c.Region]; !known {
		faults = append(faults, "REGION must be one of global, eu, enterprise, enterprise-eu")
	}
	if c.BaseURL != "" && !outbound.IsRoot(c.BaseURL) {
		faults = append(faults, "BASE_URL must be https://host without path or query (http on a loopback address only)")
	}
	if u, err := url.Parse(c.SOAPNamespace); err != nil || u.Scheme == "" || u.Host == "" {
		faults = append(faults, "SOAP_NAMESPACE must be an address")
	}
	return faults
}

func requireOneOf(faults []string, name, value string, allowed ...string) []string {
	if slices.Contains(allowed, value) {
		return faults
	}
	return append(faults, fmt.Sprintf("%s must be one of %s", name, strings.Join(allowed, ", ")))
}

func requireSpan(faults []string, name string, value, most time.Duration) []string {
	if value > 0 && value <= most {
		return faults
	}
	return append(faults, fmt.Sprintf("%s must be above zero and at most %s", name, most))
}

func (c Config) region() string {
	switch {
	case c.EU:
		return "eu"
	case c.Enterprise:
		return "enterprise"
	}
	return c.Region
}

// base is the account's address without a slash at the end.
func (c Config) base() string {
	if c.BaseURL != "" {
		return strings.TrimRight(c.BaseURL, "/")
	}
	return "https://" + regionHosts[c.region()]
}

// pollsAccount tells whether the whole account is listed at once, which takes an administrator.
func (c Config) pollsAccount() bool {
	return c.Poll == pollAccount || c.Poll != pollTechnicians && c.APIToken != ""
}
