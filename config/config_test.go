package config

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/crm/dynamics"
	"example.com/lifeline/support"
)

// set sets a configuration without faults, with changes; an empty value takes a variable away.
func set(t *testing.T, changes map[string]string) {
	t.Helper()
	env := map[string]string{
		"LIFELINE_KEYS": "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "LIFELINE_LINK_KEY": "a-link-key-of-the-tests",
		"LIFELINE_OPERATOR_TOKEN": "an-operators-token-01", "LIFELINE_CONNECTIONS": "acme-sn",
		"LIFELINE_ACME_SN_CRM": "servicenow", "LIFELINE_ACME_SN_VENDOR": "rescue", "LIFELINE_ACME_SN_HOOK_SECRET": "a-hook-secret-of-acme",
		"LIFELINE_ACME_SN_SIGNING_KEYS": "k1:a-signing-secret-01", "LIFELINE_ACME_SN_RESCUE_COMPANY_ID": "4711",
		"LIFELINE_ACME_SN_SERVICENOW_INSTANCE": "acme", "LIFELINE_ACME_SN_SERVICENOW_BASE_URL": "https://acme.service-now.example.com",
		"LIFELINE_ACME_SN_SERVICENOW_CLIENT_ID": "client", "LIFELINE_ACME_SN_SERVICENOW_CLIENT_SECRET": "the-clients-secret-01",
	}
	for name, value := range changes {
		env[name] = value
	}
	for name, value := range env {
		if value != "" {
			t.Setenv(name, value)
		}
	}
}

func TestEveryFaultIsNamedAtOnce(t *testing.T) {
	set(t, map[string]string{"LIFELINE_KEYS": "", "LIFELINE_LISTEN": "0.0.0.0:8080", "LIFELINE_ACME_SN_CRM": "salesforce", "LIFELINE_ACME_SN_NOTES": "some"})
	_, err := Load()
	require.Error(t, err)
	for _, fault := range []string{"LIFELINE_KEYS", "LIFELINE_LISTEN", "LIFELINE_ACME_SN_CRM", "LIFELINE_ACME_SN_NOTES"} {
		assert.ErrorContains(t, err, fault)
	}
}

func TestSlipOfThePenIsAFault(t *testing.T) {
	set(t, map[string]string{"LIFELINE_ACME_SN_RESOLVE_UPON": "technician"})
	_, err := Load()
	assert.ErrorContains(t, err, "LIFELINE_ACME_SN_RESOLVE_UPON")
}

func TestSecretIsReadFromItsFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret")
	require.NoError(t, os.WriteFile(path, []byte("the-secret-of-a-file\n"), 0o600))
	t.Setenv("LIFELINE_ACME_SN_API_KEY", "")
	require.NoError(t, os.Unsetenv("LIFELINE_ACME_SN_API_KEY"))
	set(t, map[string]string{"LIFELINE_ACME_SN_API_KEY_FILE": path})
	cfg, err := Load()
	require.NoError(t, err)
	assert.Equal(t, support.Secret("the-secret-of-a-file"), cfg.Connections[0].APIKey)
}

func TestUnreadableValueIsNamedWithoutItself(t *testing.T) {
	set(t, map[string]string{"LIFELINE_ALERT_AFTER": "soonish-secret"})
	_, err := Load()
	assert.ErrorContains(t, err, "LIFELINE_ALERT_AFTER")
	assert.NotContains(t, err.Error(), "soonish-secret")
}

func TestSummaryShowsSecretsOnlyAsSetOrMissing(t *testing.T) {
	set(t, nil)
	cfg, err := Load()
	require.NoError(t, err)
	summary := strings.Join(cfg.Summary(), "\n")
	assert.Contains(t, summary, "LIFELINE_ACME_SN_HOOK_SECRET=(set)")
	assert.Contains(t, summary, "LIFELINE_ACME_SN_API_KEY=(missing)")
	assert.Contains(t, summary, "LIFELINE_ACME_SN_SERVICENOW_INSTANCE=acme")
	assert.NotContains(t, summary, "a-hook-secret-of-acme")
}

func TestDescriptionListsOnlyWhatTheConnectionUses(t *testing.T) {
	set(t, nil)
	cfg, err := Load()
	require.NoError(t, err)
	var out bytes.Buffer
	require.NoError(t, Describe(&out, cfg))
	assert.Contains(t, out.String(), "LIFELINE_ACME_SN_RESCUE_COMPANY_ID")
	assert.NotContains(t, out.String(), "LIFELINE_ACME_SN_TEAMVIEWER_")
	assert.NotContains(t, out.String(), "4711", "values are not part of the description")
}

func TestCodesLiveAsLongAsTheVendorLetsThem(t *testing.T) {
	assert.Equal(t, 20*time.Minute, Connection{Vendor: support.Rescue}.Settings().InvitationTTL)
	assert.Equal(t, 24*time.Hour, Connection{Vendor: support.TeamViewer}.Settings().InvitationTTL)
	assert.Equal(t, time.Hour, Connection{Vendor: support.Rescue, InvitationTTL: time.Hour}.Settings().InvitationTTL)
}

// The list of Business was read every ten seconds, and its licence allows a call every twelve: agents who pressed a
// button found all calls used up.
func TestListIsReadAsOftenAsTheLicenceAllows(t *testing.T) {
	for licence, every := range map[string]time.Duration{
		"free": 30 * time.Second, "business": 30 * time.Second, "premium": 15 * time.Second, "corporate": 10 * time.Second,
	} {
		c := Connection{Vendor: support.TeamViewer}
		c.TeamViewer.Licence = licence
		assert.Equal(t, every, c.PollEvery(), licence)
		c.Poll = time.Second
		assert.Equal(t, time.Second, c.PollEvery(), "as set")
	}
	assert.Equal(t, 10*time.Second, Connection{Vendor: support.Rescue}.PollEvery())
}

// Every shared invitation was refused.
func TestServiceNowIsNotAskedToSendMails(t *testing.T) {
	set(t, map[string]string{"LIFELINE_ACME_SN_MAIL_CHANNEL": "crm"})
	_, err := Load()
	assert.ErrorContains(t, err, "LIFELINE_ACME_SN_MAIL_CHANNEL must be smtp or mailto")
}

func TestConnectionsOfOneEnvironmentHaveTablesOfTheirOwn(t *testing.T) {
	connection := func(name, address, prefix string) Connection {
		return Connection{Name: name, CRM: support.Dynamics, Dynamics: dynamics.Config{OrgURL: address, Prefix: prefix}}
	}
	first := connection("acme-d365", "https://acme.crm4.dynamics.com", "lifeline")
	for second, shared := range map[*Connection]bool{
		new(connection("acme-tv", "https://ACME.crm4.dynamics.com/", "lifeline")): true,
		new(connection("acme-tv", "https://acme.crm4.dynamics.com", "second")):    false,
		new(connection("acme-tv", "https://other.crm4.dynamics.com", "lifeline")): false,
	} {
		faults := strings.Join(Config{Connections: []Connection{first, *second}}.Validate(), "\n")
		assert.Equal(t, shared, strings.Contains(faults, "acme-d365 and acme-tv would share their tables"), second.Dynamics)
	}
}
