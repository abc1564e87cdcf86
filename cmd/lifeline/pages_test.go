package main

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPagesShowALiveSession(t *testing.T) {
	t.Parallel()
	s := play(t, nil)
	vpn := s.incident("VPN")
	pressed := s.press(vpn)
	require.Equal(t, http.StatusCreated, pressed.Status, pressed.Raw)

	panel, policy := fetch(t, pressed.PanelURL)
	assert.Contains(t, panel, pressed.Code)
	assert.Contains(t, panel, "Give the customer the code")
	assert.Contains(t, policy, "frame-ancestors "+s.app.connections[0].origin())

	s.join(pressed.Code, "Joe Employee")
	s.rowState(vpn, "waiting")
	panel, _ = fetch(t, pressed.PanelURL)
	assert.Contains(t, panel, "Customer waiting")

	s.eventually(func() bool {
		list, _ := fetch(t, "http://"+s.app.Address()+"/operations?state=waiting&live=on")
		return strings.Contains(list, pressed.Number)
	}, "the operators' list shows the session")
	list, _ := fetch(t, "http://"+s.app.Address()+"/operations/connections")
	assert.Contains(t, list, "acme-sn")
}

// fetch gets a page and its policy.
func fetch(t *testing.T, address string) (body, policy string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	require.NoError(t, err)
	answer, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer answer.Body.Close()
	content, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, answer.StatusCode, string(content))
	return string(content), answer.Header.Get("Content-Security-Policy")
}
