package rescue

import (
	"strings"
	"testing"
	"time"

	"github.com/kelseyhightower/envconfig"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestVariablesAreNamedByTheirWords(t *testing.T) {
	for name, value := range map[string]string{
		"COMPANY_ID": "1234567", "SSO_PASSWORD": "s", "API_TOKEN": "a", "REPORT_EMAIL": "r@example.org", "REPORT_PASSWORD": "p",
		"REGION": "eu", "BASE_URL": "https://rescue.example.com", "SOAP_NAMESPACE": "https://rescue.example.com/API", "PIN_METHOD": "v2", "PIN_INTERVAL": "2s",
		"NODE": "5", "POLL": "technicians", "TIMEOUT": "3s", "REPORT_TIMEOUT": "30s", "DEBUG_SOAP": "true", "REPORT_DATE_FORMAT": "MMDDYY",
	} {
		t.Setenv("LIFELINE_ACME_RESCUE_"+name, value)
	}
	var cfg Config
	require.NoError(t, envconfig.Process("LIFELINE_ACME_RESCUE", &cfg))
	assert.Equal(t, Config{
		CompanyID: "1234567", SSOPassword: "s", APIToken: "a", ReportEmail: "r@example.org", ReportPassword: "p", Region: "eu",
		BaseURL: "https://rescue.example.com", SOAPNamespace: "https://rescue.example.com/API", PINMethod: "v2", PINInterval: 2 * time.Second, Node: "5",
		Poll: "technicians", ReportDateFormat: "MMDDYY", Timeout: 3 * time.Second, ReportTimeout: 30 * time.Second, DebugSOAP: true,
	}, cfg)
	assert.Empty(t, cfg.Validate())
}

func TestUnprefixedVariablesOfOthersAreNotTaken(t *testing.T) {
	t.Setenv("REGION", "eu-central-1")
	t.Setenv("NODE", "build-7")
	cfg := testConfig(t, "")
	assert.Equal(t, "global", cfg.Region)
	assert.Empty(t, cfg.Node)
}

func TestEveryFaultIsNamedAtOnce(t *testing.T) {
	faults := Config{
		CompanyID: "Acme", ReportEmail: "r@example.org", Region: "mars", EU: true, Enterprise: true,
		BaseURL: "http://rescue.example.com/path", SOAPNamespace: "none", PINMethod: "v9", PINInterval: -1, Poll: pollAccount, Node: "x", ReportDateFormat: "?",
	}.Validate()
	for _, name := range []string{"COMPANY_ID", "REPORT_PASSWORD", "REGION must", "EU and ENTERPRISE", "BASE_URL", "SOAP_NAMESPACE",
		"PIN_METHOD", "PIN_INTERVAL", "API_TOKEN", "NODE", "REPORT_DATE_FORMAT", "TIMEOUT", "REPORT_TIMEOUT"} {
		assert.Condition(t, func() bool { return containsPart(faults, name) }, "%s is not named in %q", name, faults)
	}
}

func TestRegionAndItsBooleansMustAgree(t *testing.T) {
	cfg := testConfig(t, "")
	cfg.Region, cfg.EU = "enterprise", true
	assert.True(t, containsPart(cfg.Validate(), "contradicts"))
	cfg.Region = "eu"
	assert.Empty(t, cfg.Validate())
}

func TestHostFollowsTheAccountsRegion(t *testing.T) {
	for want, cfg := range map[string]Config{
		"https://secure.logmeinrescue.com":            {Region: "global"},
		"https://secure.logmeinrescue.eu":             {Region: "global", EU: true},
		"https://secure.logmeinrescue-enterprise.com": {Region: "global", Enterprise: true},
		"https://secure.logmeinrescue-enterprise.eu":  {Region: "enterprise-eu"},
		"https://rescue.example.com":                  {Region: "eu", BaseURL: "https://rescue.example.com/"},
	} {
		assert.Equal(t, want, cfg.base())
	}
}

func TestAccountNamesHostAndCompany(t *testing.T) {
	assert.Equal(t, "rescue-secure.logmeinrescue.eu-1234567", New(Config{Region: "eu", CompanyID: "1234567"}, nil, nil, nil).Account())
	assert.Equal(t, "rescue-127.0.0.1-8080-7", New(Config{BaseURL: "http://127.0.0.1:8080", CompanyID: "7"}, nil, nil, nil).Account())
}

func containsPart(texts []string, part string) bool {
	for _, text := range texts {
		if strings.Contains(text, part) {
			return true
		}
	}
	return false
}
