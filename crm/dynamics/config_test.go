package dynamics

import (
	"reflect"
	"strings"
	"testing"

	"github.com/kelseyhightower/envconfig"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTheDefaultsNeedOnlyAddressesAndAnIdentity(t *testing.T) {
	for name, value := range map[string]string{"ORG_URL": "https://org.crm4.dynamics.com", "TENANT_ID": tenant, "CLIENT_ID": "app", "CLIENT_SECRET": "secret"} {
		t.Setenv("LIFELINE_TEST_"+name, value)
	}
	var cfg Config
	require.NoError(t, envconfig.Process("LIFELINE_TEST", &cfg))
	assert.Empty(t, cfg.Validate())
	assert.Equal(t, 100000000, cfg.OptionPrefix)
	assert.Equal(t, "secret", cfg.ClientSecret.Reveal())
}

func TestVariablesWithoutThePrefixAreNotRead(t *testing.T) {
	t.Setenv("CLIENT_SECRET", "somebody else's")
	var cfg Config
	require.NoError(t, envconfig.Process("LIFELINE_TEST", &cfg))
	assert.Empty(t, cfg.ClientSecret.Reveal())
}

func TestEveryFaultOfTheConfigurationIsNamedAtOnce(t *testing.T) {
	cfg := Config{OrgURL: "http://org.example.com/x", TenantID: "common", Impersonate: "yes", Concurrency: 52, RecordTypes: []string{"task"},
		DefaultCustomer: "leads(1)", WebhookSecret: "short", OrganizationID: "x", Prefix: "mscrm"}
	faults := strings.Join(cfg.Validate(), "\n")
	for _, name := range []string{"ORG_URL", "AUTHORITY", "TENANT_ID", "CLIENT_ID", "CLIENT_SECRET", "API_VERSION", "PREFIX", "OPTION_PREFIX", "IMPERSONATE",
		"DEFAULT_CUSTOMER", "MAX_ATTACHMENT", "CONCURRENCY", "TIMEOUT", "PAGE_SIZE", "RECORD_TYPES", "WEBHOOK_SECRET", "ORGANIZATION_ID", "ASSERTION_ALGORITHM", "LABEL_LANGUAGE"} {
		assert.Contains(t, faults, name)
	}
}

func TestEverySettingSaysWhatItMeans(t *testing.T) {
	config := reflect.TypeFor[Config]()
	for i := range config.NumField() {
		field := config.Field(i)
		assert.NotEmpty(t, field.Tag.Get("desc"), field.Name)
		_, has := field.Tag.Lookup("default")
		assert.True(t, has, field.Name)
		assert.Equal(t, "true", field.Tag.Get("split_words"), field.Name)
	}
}
