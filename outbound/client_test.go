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
