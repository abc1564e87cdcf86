package outbound_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"example.com/lifeline/outbound"
)

func TestRootIsAHostAndNothingMore(t *testing.T) {
	for _, address := range []string{"https://example.com", "https://example.com/", "https://example.com:8443", "http://localhost:8080",
		"http://127.0.0.1", "http://[::1]:80"} {
		assert.True(t, outbound.IsRoot(address), address)
	}
	for _, address := range []string{"", "example.com", "https://", "://", "http://example.com", "ftp://localhost", "https://example.com/path",
		"https://example.com?a=b", "https://example.com#part", "https://user:word@example.com", "https://exa mple.com"} {
		assert.False(t, outbound.IsRoot(address), address)
	}
}

func TestLoopbackIsThisMachineOnly(t *testing.T) {
	for _, host := range []string{"localhost", "127.0.0.1", "127.9.9.9", "::1"} {
		assert.True(t, outbound.IsLoopback(host), host)
	}
	for _, host := range []string{"", "example.com", "10.0.0.1", "localhost.example.com"} {
		assert.False(t, outbound.IsLoopback(host), host)
	}
}
