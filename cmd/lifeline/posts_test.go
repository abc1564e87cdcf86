package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/config"
	simrescue "example.com/lifeline/sandbox/rescue"
)

func TestS19PostsOfEveryFormFileTheSameSession(t *testing.T) {
	t.Parallel()
	for _, format := range []simrescue.Format{simrescue.FormatForm, simrescue.FormatXML, simrescue.FormatJSON} {
		for _, door := range []string{"hook", "drop-in"} {
			t.Run(string(format)+" through the "+door, func(t *testing.T) {
				t.Parallel()
				s := play(t, map[string]string{"LIFELINE_ACME_SN_POLL": "1h"}) // posts alone
				if door == "drop-in" {
					url := s.env["LIFELINE_PUBLIC_URL"] + dropInPath + "?instance=acme&key=" + s.env["LIFELINE_ACME_SN_HOOK_SECRET"]
					require.NoError(t, s.world.Rescue.SetPostURLs("Service desk", url, url, format))
				} else {
					require.NoError(t, s.world.PostTo("acme-sn", format))
				}
				vpn := s.incident("VPN")
				id := s.wholeSession(vpn, "a < b & \"c\" | d ñ")
				row := s.rowState(vpn, "filed")
				assert.Equal(t, id, row["vendor_session_id"])
				assert.Contains(t, row["chat"], "a < b & \"c\" | d ñ")
				assert.Len(t, s.notes(vpn), 1)
			})
		}
	}
}

// wholeSession plays a session from press to end and returns the vendor's id.
func (s *stage) wholeSession(record, said string) string {
	s.t.Helper()
	pressed := s.press(record)
	require.Less(s.t, pressed.Status, 300, pressed.Raw)
	return s.playOut(pressed.Code, said)
}

func (s *stage) playOut(code, said string) string {
	s.t.Helper()
	session := s.join(code, "Joe Employee")
	s.pickUp(session.ID)
	s.do(s.world.Rescue.Say(session.ID, "customer", said))
	s.do(s.world.Rescue.Note(session.ID, "Fixed it"))
	s.do(s.world.Rescue.CloseByTechnician(session.ID, "Resolved"))
	return itoa(session.ID)
}

func TestPollingAloneFilesTheSession(t *testing.T) {
	t.Parallel()
	s := play(t, nil)
	s.world.Rescue.DropPosts(1000)
	vpn := s.incident("VPN")
	pressed := s.press(vpn)
	require.Equal(t, http.StatusCreated, pressed.Status, pressed.Raw)
	session := s.join(pressed.Code, "Joe Employee")
	s.rowState(vpn, "waiting")
	s.pickUp(session.ID)
	s.rowState(vpn, "connected")
	s.do(s.world.Rescue.Say(session.ID, "customer", "hello there"))
	s.do(s.world.Rescue.Note(session.ID, "Done by list"))
	s.do(s.world.Rescue.CloseByTechnician(session.ID))
	row := s.rowState(vpn, "filed")
	assert.Contains(t, row["chat"], "hello there", "chat and notes are fetched when no post brings them")
	assert.Equal(t, "Done by list", row["notes"])
	assert.Len(t, s.notes(vpn), 1)
}

func TestDuplicatePostsAreFiledOnce(t *testing.T) {
	t.Parallel()
	s := play(t, nil)
	s.world.Rescue.DuplicatePosts(10)
	vpn := s.incident("VPN")
	s.wholeSession(vpn, "only once")
	row := s.rowState(vpn, "filed")
	assert.Equal(t, 1, strings.Count(row["chat"], "only once"))
	assert.Len(t, s.notes(vpn), 1)
	assert.Len(t, s.rows(vpn), 1)
}

func TestEndPostBeforeStartPostEndsRight(t *testing.T) {
	t.Parallel()
	s := play(t, map[string]string{"LIFELINE_ACME_SN_POLL": "1h"})
	s.world.Rescue.HoldPosts()
	vpn := s.incident("VPN")
	s.wholeSession(vpn, "in the right order")
	s.world.Rescue.ReleasePosts(true)
	row := s.rowState(vpn, "filed")
	assert.Contains(t, row["chat"], "in the right order")
	assert.Len(t, s.rows(vpn), 1)
}

func TestLatePostOfAFiledSessionBringsItsNewsInAFurtherNote(t *testing.T) {
	t.Parallel()
	s := play(t, nil)
	s.world.Rescue.HoldPosts()
	vpn := s.incident("VPN")
	session := s.untilConnected(vpn)
	s.do(s.world.Rescue.CloseByTechnician(session.ID))
	s.rowState(vpn, "filed")
	s.eventually(func() bool { return s.rows(vpn)[0]["active"] == "false" }, "closed")
	before := len(s.notes(vpn))

	late := `{"SessionID":` + itoa(session.ID) + `,"Notes":"Told me later","ChatLog":"9:00 Joe: late words","Tracking0":"` + session.Tracking + `","ClosingTime":"2026-11-30 10:00:00"}`
	for range 2 {
		assert.Equal(t, http.StatusOK, s.post("end", late), "a late post is taken, however often")
	}
	s.eventually(func() bool { return len(s.notes(vpn)) == before+1 }, "one further note")
	s.eventually(func() bool { return strings.Contains(s.rows(vpn)[0]["chat"], "late words") }, "the chat is appended")
	assert.Equal(t, "Told me later", s.rows(vpn)[0]["notes"])
	assert.Equal(t, "false", s.rows(vpn)[0]["active"])
	assert.Len(t, s.rows(vpn), 1)
}

// post sends a JSON post to the connection's hook.
func (s *stage) post(event, body string) int {
	s.t.Helper()
	secret := s.env[config.ConnectionPrefix(s.connection)+"_HOOK_SECRET"]
	return s.postTo("/hooks/rescue/"+s.connection+"/"+secret+"?event="+event, "application/json", body)
}

func (s *stage) postTo(path, contentType, body string) int {
	s.t.Helper()
	response, err := http.Post(s.env["LIFELINE_PUBLIC_URL"]+path, contentType, strings.NewReader(body))
	require.NoError(s.t, err)
	defer response.Body.Close()
	return response.StatusCode
}

func TestForeignAndUnknownPosts(t *testing.T) {
	t.Parallel()
	s := play(t, nil)
	assert.Equal(t, http.StatusUnauthorized, s.postTo("/hooks/rescue/acme-sn/wrong-secret-wrong-secret?event=end", "application/json", `{"SessionID":1}`))
	assert.Equal(t, http.StatusUnauthorized, s.postTo("/hooks/rescue/nobody/"+s.env["LIFELINE_ACME_SN_HOOK_SECRET"], "application/json", `{"SessionID":1}`))
	assert.Equal(t, http.StatusBadRequest, s.post("end", `{"TechName":"nobody"}`), "a post without a session")
	assert.Equal(t, http.StatusOK, s.post("end", `{"SessionID":99,"Tracking0":"c:AAAAiAAAAAAAAAAAAAAAAAAAAAA12345678"}`), "a session of another installation")
	assert.Equal(t, http.StatusOK, s.post("end", `{"SessionID":77,"TechName":"Dana","Notes":"begun in the console","ClosingTime":"2026-11-30 10:00:00"}`))
	s.eventually(func() bool {
		return len(s.world.ServiceNow.List(s.world.ServiceNow.SessionTable(), "vendor_session_id=77")) == 1
	}, "a row for the console's session")
	assert.Empty(t, s.world.ServiceNow.List(s.world.ServiceNow.SessionTable(), "vendor_session_id=99"))
}

func TestTransferAppendsChatAndTheNewestTechnicianWins(t *testing.T) {
	t.Parallel()
	s := play(t, nil)
	vpn := s.incident("VPN")
	pressed := s.press(vpn)
	session := s.join(pressed.Code, "Joe Employee")
	s.pickUp(session.ID)
	s.do(s.world.Rescue.Say(session.ID, "customer", "first part"))
	s.rowState(vpn, "connected")
	s.do(s.world.Rescue.Transfer(session.ID, "sam@example.com", "please take over"))
	s.do(s.world.Rescue.PickUp(session.ID, "sam@example.com"))
	s.do(s.world.Rescue.Say(session.ID, "customer", "second part"))
	s.do(s.world.Rescue.CloseByTechnician(session.ID))
	row := s.rowState(vpn, "filed")
	first, second := strings.Index(row["chat"], "first part"), strings.Index(row["chat"], "second part")
	assert.True(t, first >= 0 && second > first, row["chat"])
	assert.Equal(t, "Sam Okafor", row["technician_name"])
	assert.Len(t, s.notes(vpn), 1)
}
