package config

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// faultsWith loads the good configuration with changes and gives its faults, one a line.
func faultsWith(t *testing.T, changes map[string]string) []string {
	t.Helper()
	set(t, changes)
	_, err := Load()
	require.Error(t, err)
	return strings.Split(err.Error(), "\n  ")[1:]
}

// One value that could not be read hid the others behind it, and left the rest of its struct empty: some twenty
// variables that were in order were named as faults.
func TestAValueThatCannotBeReadStandsForItselfAlone(t *testing.T) {
	faults := faultsWith(t, map[string]string{
		"LIFELINE_ALERT_AFTER": "soon", "LIFELINE_WORKERS": "many", "LIFELINE_HOOK_RATE": "high",
		"LIFELINE_ACME_SN_ENABLED": "perhaps", "LIFELINE_ACME_SN_TOKEN_FIELD": "five", "LIFELINE_ACME_SN_SERVICENOW_INSERT_FIELDS": "category",
	})
	assert.ElementsMatch(t, []string{
		"LIFELINE_ALERT_AFTER must be a duration such as 90s, 15m or 24h", "LIFELINE_WORKERS must be a whole number",
		"LIFELINE_HOOK_RATE must be a number", "LIFELINE_ACME_SN_ENABLED must be true or false",
		"LIFELINE_ACME_SN_TOKEN_FIELD must be a whole number",
		"LIFELINE_ACME_SN_SERVICENOW_INSERT_FIELDS must be name:value pairs, separated by commas",
	}, faults)
}

func TestEachWrongValueIsRefusedByItsName(t *testing.T) {
	for name, wrong := range map[string]struct{ value, fault string }{
		"LIFELINE_WORKER_LISTEN":                 {"8081", " must be host:port, or empty"},
		"LIFELINE_ALERT_TO":                      {"operations", `: "operations" is no e-mail address`},
		"LIFELINE_DRAIN_TIMEOUT":                 {"-1s", " must not be negative"},
		"LIFELINE_INBOX_MAX_BYTES":               {"0", " must be positive"},
		"LIFELINE_TEMPORAL_UI":                   {"temporal.example.com", " must be an address such as https://temporal.example.com"},
		"LIFELINE_ACME_SN_POLL":                  {"1ms", " must be 0 or at least 100ms"},
		"LIFELINE_ACME_SN_RECONCILE":             {"1ms", " must be at least 100ms"},
		"LIFELINE_ACME_SN_RECONCILE_WINDOW":      {"-24h", " must be above zero"},
		"LIFELINE_ACME_SN_INVITATION_TTL":        {"-20m", " must be 0 or at least 1s"},
		"LIFELINE_CONNECTIONS":                   {"acme_sn", `: "acme_sn" is no name of a connection; it has small letters, digits and dashes only`},
		"LIFELINE_ACME_SN_RESCUE_REPORT_PASWORD": {"x", " is read by nobody: it is misspelt, or of a connection or product that is not configured; `lifeline config` lists what is read"},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Contains(t, strings.Join(faultsWith(t, map[string]string{name: wrong.value}), "\n"), name+wrong.fault)
		})
	}
}

func TestACertificateThatCannotBeUsedIsSeenBeforeListening(t *testing.T) {
	faults := faultsWith(t, map[string]string{"LIFELINE_TLS_CERTIFICATE": "/nowhere/chain.pem", "LIFELINE_TLS_KEY": "/nowhere/key.pem"})
	require.Len(t, faults, 1)
	assert.Contains(t, faults[0], "LIFELINE_TLS_CERTIFICATE and TLS_KEY cannot be used: open /nowhere/chain.pem")
}

// Every name after the comma was taken with its space, and each of its variables named as one that nobody reads.
func TestSpacesAroundCommasAreNoPartOfAList(t *testing.T) {
	set(t, map[string]string{
		"LIFELINE_CONNECTIONS": "acme-sn, acme-tv ", "LIFELINE_ACME_SN_RESOLVE_ON": "technician , customer", "LIFELINE_ACME_TV_CRM": "servicenow", "LIFELINE_ACME_TV_VENDOR": "teamviewer",
		"LIFELINE_ACME_TV_SIGNING_KEYS": "k1:a-signing-secret-02", "LIFELINE_ACME_TV_TEAMVIEWER_TOKEN": "token",
		"LIFELINE_ACME_TV_SERVICENOW_INSTANCE": "acme", "LIFELINE_ACME_TV_SERVICENOW_BASE_URL": "https://acme.service-now.example.com",
		"LIFELINE_ACME_TV_SERVICENOW_CLIENT_ID": "client", "LIFELINE_ACME_TV_SERVICENOW_CLIENT_SECRET": "the-clients-secret-01",
	})
	c, err := Load()
	require.NoError(t, err)
	assert.Equal(t, []string{"acme-sn", "acme-tv"}, c.Process.Connections)
	assert.Equal(t, []string{"technician", "customer"}, c.Connections[0].ResolveOn)
}

func TestFaultsComeInTheSameOrderEachTime(t *testing.T) {
	wrong := map[string]string{"LIFELINE_ACME_SN_RECONCILE": "1ms", "LIFELINE_ACME_SN_REPORT": "1ms", "LIFELINE_ACME_SN_SWEEP": "1ms", "LIFELINE_B": "1", "LIFELINE_A": "1", "LIFELINE_C": "1"}
	first := faultsWith(t, wrong)
	for range 20 {
		_, err := Load()
		assert.Equal(t, first, strings.Split(err.Error(), "\n  ")[1:])
	}
}

// Addresses were made with two slashes, and those that are signed were refused.
func TestThePublicAddressMayEndWithASlash(t *testing.T) {
	set(t, map[string]string{"LIFELINE_PUBLIC_URL": "https://lifeline.example.com/"})
	cfg, err := Load()
	require.NoError(t, err)
	assert.Equal(t, "https://lifeline.example.com", cfg.Process.PublicURL)
}

// Every duration and every list was shown as set: "15m" is not written like "15m0s".
func TestSummaryLeavesOutWhatIsAsByDefault(t *testing.T) {
	set(t, map[string]string{"LIFELINE_ALERT_AFTER": "15m", "LIFELINE_ALERT_EVERY": "2h", "LIFELINE_ALERT_TO": "a@example.com,b@example.com"})
	cfg, err := Load()
	require.NoError(t, err)
	summary := cfg.Summary()
	assert.Contains(t, summary, "LIFELINE_ALERT_EVERY=2h0m0s")
	assert.Contains(t, summary, "LIFELINE_ALERT_TO=a@example.com,b@example.com")
	for _, line := range summary {
		for _, unchanged := range []string{"ALERT_AFTER", "RECONCILE", "INVITATION_TTL", "POLL", "DRAIN_TIMEOUT", "REPORT_TIMEOUT"} {
			assert.NotContains(t, line, unchanged)
		}
	}
}

func TestDescriptionSpeaksOfTypesAsTheDocumentationDoes(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, Describe(&out, Config{}))
	assert.Regexp(t, `LIFELINE_ALERT_TO +list +e-mail`, out.String())
	assert.Regexp(t, `LIFELINE_KEYS +secret +keys`, out.String())
	assert.NotContains(t, out.String(), "Comma-separated")
}

func TestLoadLeavesTheEnvironmentAsItWas(t *testing.T) {
	faultsWith(t, map[string]string{"LIFELINE_WORKERS": "many"})
	assert.Equal(t, "many", os.Getenv("LIFELINE_WORKERS"))
}
