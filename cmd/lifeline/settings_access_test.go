package main

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/support"
)

// The settings of the help pages that say who gets in: to Lifeline, to Rescue, and to the button.

func TestS1IntegrationIsActiveOrNot(t *testing.T) {
	t.Parallel()
	for enabled, status := range map[string]int{"true": http.StatusCreated, "false": http.StatusForbidden} {
		t.Run(enabled, func(t *testing.T) {
			t.Parallel()
			s := play(t, map[string]string{sn + "ENABLED": enabled})
			assert.Equal(t, status, s.press(s.incident("VPN")).Status)
			assert.Equal(t, http.StatusOK, s.post("end", s.endPost("41", nil)), "a post is acknowledged all the same")
			if enabled == "true" {
				s.vendorRow(41, "filed")
				return
			}
			assert.False(t, s.adopted(41))
			assert.Empty(t, s.sessionsFiled())
		})
	}
}

func TestS2CompanyIDAndSSOPasswordOpenRescue(t *testing.T) {
	t.Parallel()
	for name, env := range map[string]map[string]string{
		"right": nil, "wrong company": {sn + "RESCUE_COMPANY_ID": "4712"}, "wrong password": {sn + "RESCUE_SSO_PASSWORD": "not-the-password"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := play(t, env)
			pressed := s.press(s.incident("VPN"))
			if name == "right" {
				assert.Equal(t, http.StatusCreated, pressed.Status, pressed.Raw)
				return
			}
			assert.Equal(t, support.CodeNoTechnician, pressed.Problem.Code, pressed.Raw)
			assert.NotContains(t, pressed.Raw, "not-the-password")
			assert.NotContains(t, s.log.String(), "not-the-password")
		})
	}
}

func TestS5ButtonIsForTheChosenRecordTypes(t *testing.T) {
	t.Parallel()
	for types, want := range map[string][2]int{
		"": {http.StatusCreated, http.StatusCreated}, "incident": {http.StatusCreated, http.StatusForbidden},
		"sn_customerservice_case": {http.StatusForbidden, http.StatusCreated},
	} {
		t.Run("types "+types, func(t *testing.T) {
			t.Parallel()
			s := play(t, map[string]string{sn + "BUTTON_TYPES": types})
			assert.Equal(t, want[0], s.press(s.incident("VPN")).Status, "incident")
			assert.Equal(t, want[1], s.pressCase("Printer").Status, "case")
		})
	}
}

// pressCase presses the button on a seeded case as Dana.
func (s *stage) pressCase(word string) answer {
	s.t.Helper()
	cases := s.world.ServiceNow.List("sn_customerservice_case", "short_descriptionLIKE"+word)
	require.Len(s.t, cases, 1)
	return s.call(http.MethodPost, s.connection, "sn_customerservice_case", cases[0]["sys_id"], "/session", map[string]any{"agent": s.agent("dana")})
}

func TestS23TechnicianIsTheUserWithTheSameAddress(t *testing.T) {
	t.Parallel()
	s := play(t, nil)
	got := s.call(http.MethodPost, "acme-sn", "incident", s.incident("VPN"), "/session", map[string]any{"agent": map[string]string{"email": "SAM@example.com", "id": "x"}})
	require.Equal(t, http.StatusCreated, got.Status, got.Raw)
	users := s.world.Rescue.Users()
	pin := s.world.Rescue.PINs()[0]
	for _, user := range users {
		if user.ID == pin.Technician {
			assert.Equal(t, "sam@example.com", user.Email)
		}
	}
	got = s.call(http.MethodPost, "acme-sn", "incident", s.incident("Outlook"), "/session", map[string]any{"agent": s.agent("noor")})
	assert.Equal(t, support.CodeNoTechnician, got.Problem.Code, "noor@example.com is nobody at Rescue")
	assert.Contains(t, s.examine().line("!", "technicians"), "noor@example.com")
}
