package servicenow

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

// The ways to authenticate (servicenow.md 2.2).
const (
	AuthClientCredentials = "client_credentials" // nothing to expire; Washington DC and later
	AuthPassword          = "password"           // Lifeline keeps the service user's password
	AuthRefreshToken      = "refresh_token"      // Lifeline keeps a refresh token given by `lifeline connect`
)

// Config is one connection's ServiceNow instance.
type Config struct {
	Instance            string            `split_words:"true" default:"" desc:"name of the instance, as it appears in ?instance= of posts"`
	BaseURL             string            `split_words:"true" default:"" desc:"address of the instance, e.g. https://example.service-now.com"`
	Auth                string            `split_words:"true" default:"client_credentials" desc:"client_credentials, password or refresh_token"`
	ClientID            string            `split_words:"true" default:"" desc:"client id of the OAuth application registry"`
	ClientSecret        support.Secret    `split_words:"true" default:"" desc:"client secret of the OAuth application registry"`
	User                string            `split_words:"true" default:"" desc:"service user, for the mode password"`
	Password            support.Secret    `split_words:"true" default:"" desc:"password of the service user, for the mode password"`
	RefreshLife         time.Duration     `split_words:"true" default:"2400h" desc:"life of a refresh token as set in the registry (100 days by default)"`
	TablePrefix         string            `split_words:"true" default:"x_lfln_lifeline" desc:"scope of Lifeline's tables <prefix>_session and <prefix>_connection"`
	CallerField         string            `split_words:"true" default:"caller_id" desc:"incident field that names the person helped; may be dot-walked"`
	ContactField        string            `split_words:"true" default:"contact" desc:"case field that names the person helped: contact, consumer or a reference of your own"`
	InteractionField    string            `split_words:"true" default:"opened_for" desc:"interaction field that names the person helped"`
	CloseCode           string            `split_words:"true" default:"Solution provided" desc:"resolution code of incidents; must be one of the instance's choices"`
	CloseState          string            `split_words:"true" default:"6" desc:"state of a resolved incident"`
	CaseResolutionCode  string            `split_words:"true" default:"" desc:"resolution code of cases; must be one of the instance's choices"`
	InteractionEndState string            `split_words:"true" default:"closed_complete" desc:"state of an ended interaction"`
	InsertFields        map[string]string `split_words:"true" default:"" desc:"further fields of created records, field:value pairs separated by commas"`
	ContactType         string            `split_words:"true" default:"" desc:"contact type (channel) of created incidents and cases"`
	AgentRole           string            `split_words:"true" default:"itil" desc:"role of the users who may use Lifeline, whom doctor looks at"`
	Concurrency         int               `split_words:"true" default:"2" desc:"calls to the instance at the same time, 1 to 16, by all of its connections in one process; its nodes have 4 integration threads"`
	Timeout             time.Duration     `split_words:"true" default:"65s" desc:"time-out of one call; ServiceNow cancels its own work after 60s"`
	Debug               bool              `split_words:"true" default:"false" desc:"log every call with its outcome, without contents"`
}

var (
	fieldPath = regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$`)
	tableName = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
)

// maxTableName is ServiceNow's bound on the length of table names (servicenow.md 6.6).
const maxTableName = 30

// Caller names whose calls the service counts together: all that reach the instance, whose threads they share.
func (c Config) Caller() string { return strings.ToLower(strings.TrimRight(c.BaseURL, "/")) }

// Seats are as many as configured, for an adapter that shares them with no other.
func (c Config) Seats() *outbound.Seats { return outbound.NewSeats(c.Concurrency) }

// Validate names every fault of the configuration in plain words; none means it can be used.
func (c Config) Validate() []string {
	faults := append(c.addressFaults(), c.authFaults()...)
	faults = append(faults, c.fieldFaults()...)
	if c.Concurrency < 1 || c.Concurrency > 16 {
		faults = append(faults, "CONCURRENCY must be between 1 and 16")
	}
	if c.Timeout < time.Second || c.Timeout > 5*time.Minute {
		faults = append(faults, "TIMEOUT must be between 1s and 5m")
	}
	return faults
}

func (c Config) addressFaults() []string {
	var faults []string
	if c.Instance == "" {
		faults = append(faults, "INSTANCE is missing")
	}
	address, err := url.Parse(c.BaseURL)
	switch {
	case c.BaseURL == "":
		return append(faults, "BASE_URL is missing")
	case err != nil || address.Hostname() == "" || address.User != nil || address.RawQuery != "" || address.Fragment != "":
		return append(faults, "BASE_URL must be a plain address such as https://example.service-now.com")
	case address.Scheme == "http" && outbound.IsLoopback(address.Hostname()):
		return faults
	case address.Scheme != "https":
		return append(faults, "BASE_URL must begin with https://")
	}
	return faults
}

func (c Config) authFaults() []string {
	var faults []string
	if !slices.Contains([]string{AuthClientCredentials, AuthPassword, AuthRefreshToken}, c.Auth) {
		faults = append(faults, "AUTH must be client_credentials, password or refresh_token")
	}
	if c.ClientID == "" {
		faults = append(faults, "CLIENT_ID is missing")
	}
	if c.ClientSecret == "" {
		faults = append(faults, "CLIENT_SECRET is missing")
	}
	if c.Auth == AuthPassword && (c.User == "" || c.Password == "") {
		faults = append(faults, "USER and PASSWORD are needed with AUTH=password")
	}
	if c.Auth == AuthRefreshToken && c.RefreshLife < time.Hour {
		faults = append(faults, "REFRESH_LIFE must be at least 1h")
	}
	return faults
}

func (c Config) fieldFaults() []string {
	var faults []string
	for _, field := range []struct{ name, value string }{
		{"CALLER_FIELD", c.CallerField}, {"CONTACT_FIELD", c.ContactField}, {"INTERACTION_FIELD", c.InteractionField},
	} {
		if !fieldPath.MatchString(field.value) {
			faults = append(faults, field.name+" must be a field name such as caller_id")
		}
	}
	for field := range c.InsertFields {
		if !tableName.MatchString(field) {
			faults = append(faults, fmt.Sprintf("INSERT_FIELDS: %q is no field name", field))
		}
	}
	slices.Sort(faults)
	if !tableName.MatchString(c.TablePrefix) || len(c.TablePrefix+reportTable) > maxTableName {
		faults = append(faults, fmt.Sprintf("TABLE_PREFIX must be a scope name of at most %d characters", maxTableName-len(reportTable)))
	}
	if c.CloseState == "" || c.InteractionEndState == "" {
		faults = append(faults, "CLOSE_STATE and INTERACTION_END_STATE must not be empty")
	}
	if c.AgentRole != "" && safe(c.AgentRole) != nil {
		faults = append(faults, "AGENT_ROLE must be the name of a role")
	}
	return faults
}
