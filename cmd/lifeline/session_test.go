package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/support"
)

func TestSessionGoesFromTheButtonToAFiledNote(t *testing.T) {
	t.Parallel()
	s := play(t, nil)
	vpn := s.incident("VPN")

	pressed := s.press(vpn)
	require.Equal(t, http.StatusCreated, pressed.Status, pressed.Raw)
	assert.Equal(t, support.Invited, pressed.State)
	assert.Regexp(t, `^\d{6}$`, pressed.Code)
	assert.Contains(t, pressed.CustomerLink, pressed.Code)
	s.rowState(vpn, "invited")

	session := s.join(pressed.Code, "Joe Employee")
	s.rowState(vpn, "waiting")
	s.pickUp(session.ID)
	s.rowState(vpn, "connected")
	s.do(s.world.Rescue.Say(session.ID, "customer", "my screen is dark"))
	s.do(s.world.Rescue.Note(session.ID, "Cable was loose"))
	s.do(s.world.Rescue.CloseByTechnician(session.ID))

	row := s.rowState(vpn, "filed")
	assert.Contains(t, row["chat"], "my screen is dark")
	assert.Equal(t, "Cable was loose", row["notes"])
	assert.Equal(t, "technician", row["reason"])
	assert.Empty(t, row["pin"], "a used PIN is no longer shown")
	s.eventually(func() bool { return s.rows(vpn)[0]["active"] == "false" }, "the row is closed")
	require.Len(t, s.notes(vpn), 1)
	assert.Contains(t, s.notes(vpn)[0], "Notes: Cable was loose")
	assert.NotContains(t, s.notes(vpn)[0], "my screen is dark", "the chat is left out unless selected")
	assert.True(t, strings.Contains(s.notes(vpn)[0], "TechName: Dana Whitfield"), s.notes(vpn)[0])
}

func TestPressingTwiceGivesTheSameCode(t *testing.T) {
	t.Parallel()
	s := play(t, nil)
	vpn := s.incident("VPN")
	first := s.press(vpn)
	require.Equal(t, http.StatusCreated, first.Status, first.Raw)
	second := s.press(vpn)
	require.Equal(t, http.StatusOK, second.Status, second.Raw)
	assert.Equal(t, first.Code, second.Code)
	assert.Len(t, s.world.Rescue.PINs(), 1)
}
