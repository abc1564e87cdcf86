package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/support"
)

func TestS9AndS10RegionSaysWhichHostIsAsked(t *testing.T) {
	t.Parallel()
	for host, region := range map[string]map[string]string{
		"secure.logmeinrescue.com":            {},
		"secure.logmeinrescue.eu":             {sn + "RESCUE_EU": "true"},
		"secure.logmeinrescue-enterprise.com": {sn + "RESCUE_ENTERPRISE": "true"},
	} {
		t.Run(host, func(t *testing.T) {
			t.Parallel()
			net := newInternet(t, nil)
			c := apart(t, sharedEngine, merge(net.environment(), region))
			delete(c.env, sn+"RESCUE_BASE_URL")
			doctor := startProcess(t, c.env, "doctor", "acme-sn")
			assert.Equal(t, 1, doctor.code(), "the vendor can't be reached")
			net.onlyAsked(t, host)
		})
	}
}

func TestS9WithS10IsRefused(t *testing.T) {
	t.Parallel()
	c := apart(t, sharedEngine, map[string]string{sn + "RESCUE_EU": "true", sn + "RESCUE_ENTERPRISE": "true"})
	refused := startProcess(t, c.env, "worker")
	assert.NotZero(t, refused.code())
	assert.Contains(t, refused.log.String(), "EU and ENTERPRISE")
}

func TestS12AndS13CallsAreLoggedOnlyWhenAskedFor(t *testing.T) {
	t.Parallel()
	lines := map[string]string{"SERVICENOW_DEBUG": `"path":"/api/now/table/incident/`, "RESCUE_DEBUG_SOAP": `"msg":"rescue soap"`}
	for setting := range lines {
		t.Run(setting, func(t *testing.T) {
			t.Parallel()
			s := play(t, map[string]string{sn + setting: "true"})
			require.Equal(t, http.StatusCreated, s.press(s.incident("VPN")).Status)
			for other, line := range lines {
				assert.Equal(t, other == setting, strings.Contains(s.log.String(), line), other)
			}
		})
	}
}

func TestS26CasesAreInertWithoutCustomerServiceManagement(t *testing.T) {
	t.Parallel()
	s := play(t, nil)
	router := s.world.ServiceNow.List("sn_customerservice_case", "short_descriptionLIKERouter")[0]["sys_id"]
	require.Equal(t, http.StatusCreated, s.pressCase("Printer").Status, "with it they have the button as incidents do")
	s.world.ServiceNow.SetCSM(false)
	got := s.call(http.MethodPost, "acme-sn", "sn_customerservice_case", router, "/session", map[string]any{"agent": s.agent("dana")})
	assert.Equal(t, support.CodeConfiguration, got.Problem.Code, got.Raw)
	assert.Contains(t, got.Raw, "sn_customerservice_case")
	vpn := s.incident("VPN")
	s.wholeSession(vpn, said)
	s.rowState(vpn, "filed")
	assert.Len(t, s.notes(vpn), 1)
}
