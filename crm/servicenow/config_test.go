package servicenow

import (
	"reflect"
	"testing"

	"github.com/kelseyhightower/envconfig"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestConfigurationReadsFromTheEnvironment(t *testing.T) {
	t.Setenv("ACME_INSTANCE", "acme")
	t.Setenv("ACME_BASE_URL", "https://acme.example.com")
	t.Setenv("ACME_CLIENT_ID", "id")
	t.Setenv("ACME_CLIENT_SECRET", "secret")
	t.Setenv("ACME_INSERT_FIELDS", "category:software,impact:3")
	var cfg Config
	require.NoError(t, envconfig.Process("ACME", &cfg))
	assert.Empty(t, cfg.Validate(), "the defaults are good")
	assert.Equal(t, "Solution provided", cfg.CloseCode)
	assert.Equal(t, 100*24.0, cfg.RefreshLife.Hours())
	assert.Equal(t, map[string]string{"category": "software", "impact": "3"}, cfg.InsertFields)
	assert.Equal(t, "secret", cfg.ClientSecret.Reveal())
}

func TestEveryFieldHasADefaultAndAMeaning(t *testing.T) {
	fields := reflect.TypeFor[Config]()
	for n := range fields.NumField() {
		field := fields.Field(n)
		_, hasDefault := field.Tag.Lookup("default")
		assert.True(t, hasDefault, field.Name)
		assert.NotEmpty(t, field.Tag.Get("desc"), field.Name)
	}
}

func TestValidateNamesEveryFaultAtOnce(t *testing.T) {
	faults := Config{Auth: "basic", TablePrefix: "x_a_name_that_is_far_too_long", CallerField: "caller_id^x", ContactField: "contact"}.Validate()
	for _, name := range []string{"INSTANCE", "BASE_URL", "AUTH", "CLIENT_ID", "CLIENT_SECRET", "CALLER_FIELD", "INTERACTION_FIELD", "TABLE_PREFIX", "CLOSE_STATE", "CONCURRENCY", "TIMEOUT"} {
		assert.Condition(t, func() bool {
			for _, fault := range faults {
				if len(fault) >= len(name) && fault[:len(name)] == name {
					return true
				}
			}
			return false
		}, "%s is not named in %q", name, faults)
	}
}

func TestAddressMustBeEncryptedOutsideLoopback(t *testing.T) {
	for address, good := range map[string]bool{
		"https://acme.example.com": true, "http://127.0.0.1:8080": true, "http://localhost:8080": true, "http://[::1]:80": true,
		"http://acme.example.com": false, "ftp://acme.example.com": false, "acme.example.com": false, "https://": false,
		"https://user:pass@acme.example.com": false, "https://acme.example.com?x=1": false, "http://127.0.0.1.example.com": false,
	} {
		cfg := testConfig(address)
		assert.Equal(t, good, len(cfg.Validate()) == 0, "%s: %v", address, cfg.Validate())
	}
}

func TestPasswordModeNeedsAUser(t *testing.T) {
	cfg := testConfig("https://acme.example.com")
	cfg.Auth = AuthPassword
	assert.Len(t, cfg.Validate(), 1)
	cfg.Auth, cfg.RefreshLife = AuthRefreshToken, 0
	assert.Len(t, cfg.Validate(), 1)
}
