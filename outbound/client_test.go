package outbound_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/outbound"
	"example.com/lifeline/support"
)

// People read "servicenow cannot be reached" at the head of a sentence on the agent's panel.
func TestMessagesCallAServiceByItsName(t *testing.T) {
	var observed string
	client := outbound.New(outbound.Options{Service: "servicenow", Name: "ServiceNow", Timeout: time.Second, MaxBytes: 1 << 10,
		Observe: func(service, _ string, _ time.Duration) { observed = service }})
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1:1", nil)
	require.NoError(t, err)
	_, err = client.Do(request)
	assert.Equal(t, "ServiceNow cannot be reached", support.AsError(err).Message)
	assert.Equal(t, "servicenow", observed, "metrics keep their label")
}

func TestRetryAfterIsReadInEveryFormAndBounded(t *testing.T) {
	now := time.Date(2026, 6, 18, 9, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"": 0, "0": 0, "3": 3 * time.Second, " 2.5 ": 2500 * time.Millisecond, "3600": time.Hour,
		"3601": time.Hour, "99999999999": time.Hour, "1e300": time.Hour, "Inf": time.Hour, // more than a Duration holds
		"-5": 0, "NaN": 0, "soon": 0, "12 s": 0, "3600,5": 0,
		"Thu, 18 Jun 2026 09:00:30 GMT": 30 * time.Second, "Thu, 18 Jun 2026 08:00:00 GMT": 0, "Wed, 21 Oct 9999 07:28:00 GMT": time.Hour,
	} {
		assert.Equal(t, want, outbound.RetryAfter(http.Header{"Retry-After": {value}}, now), value)
	}
}
