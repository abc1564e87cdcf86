package main

import (
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	simservicenow "example.com/lifeline/sandbox/servicenow"
	"example.com/lifeline/support"
)

// What hostile, hurried or unlucky people do, from outside. Each test stands for something that went wrong once.

// noise is text that does not compress.
func noise(size int) string {
	raw := make([]byte, size/2)
	_, _ = rand.Read(raw)
	return hex.EncodeToString(raw)
}

// endPost is an end post's JSON.
func (s *stage) endPost(session string, more map[string]any) string {
	body := map[string]any{"SessionID": session, "ClosingTime": "2026-11-30 10:00:00"}
	for name, value := range more {
		body[name] = value
	}
	return string(encode(s.t, body))
}

// It runs before the parallel tests: megabytes under the race detector want a processor to themselves.
func TestHugePostsAreFiledAndHoldNothingUp(t *testing.T) {
	s := play(t, nil)
	huge := []map[string]any{
		{"Notes": noise(4_500_000)},
		{"ChatLog": noise(2_000_000), "Notes": noise(1_000_000)},
		{"CField3": noise(2_000_000), "Unheard": noise(2_000_000), "TechSSOID": noise(200_000)},
	}
	for i, body := range huge {
		require.Equal(t, http.StatusOK, s.post("end", s.endPost(itoa(int64(500+i)), body)))
	}
	for i := range huge {
		s.vendorRow(int64(500+i), "filed")
	}
	assert.Zero(t, s.app.inbox.Depth())
}

func TestSecondEndPostWithOtherNotesIsNewsOfItsOwn(t *testing.T) {
	t.Parallel()
	s := play(t, nil)
	vpn := s.incident("VPN")
	id := s.wholeSession(vpn, "hello")
	s.rowState(vpn, "filed")
	for n, notes := range []string{"as first written", "as corrected later"} {
		require.Equal(t, http.StatusOK, s.post("end", s.endPost(id, map[string]any{"Notes": notes, "Tracking0": s.rows(vpn)[0]["token"]})))
		s.eventually(func() bool { return len(s.notes(vpn)) == n+2 }, "a further note")
	}
	assert.Equal(t, "as corrected later", s.rows(vpn)[0]["notes"])
}

func TestAddressInACustomFieldLosesNoSession(t *testing.T) {
	t.Parallel()
	s := play(t, nil)
	form := url.Values{"SessionID": {"601"}, "Notes": {"x"}, "CField3": {"Apt12\nTower"}}.Encode()
	hook := "/hooks/rescue/acme-sn/" + s.env["LIFELINE_ACME_SN_HOOK_SECRET"] + "?event=end"
	require.Equal(t, http.StatusOK, s.postTo(hook, "application/x-www-form-urlencoded", form))
	s.vendorRow(601, "filed")
}

func TestTokenInAnotherSessionsFieldKeepsTheSessionsApart(t *testing.T) {
	t.Parallel()
	for name, live := range map[string]bool{"while the session goes on": true, "after it was filed": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := play(t, postsAlone)
			vpn := s.incident("VPN")
			session := s.join(s.press(vpn).Code, "Joe Employee")
			s.pickUp(session.ID)
			s.rowState(vpn, "connected")
			end := func() {
				s.do(s.world.Rescue.Note(session.ID, "its own notes"))
				s.do(s.world.Rescue.CloseByTechnician(session.ID))
				s.vendorRow(session.ID, "filed")
			}
			if !live {
				end()
			}
			require.Equal(t, http.StatusOK, s.post("end", s.endPost("9999", map[string]any{"Notes": "other notes", "CField5": session.Tracking})))
			s.vendorRow(9999, "filed")
			if live {
				end()
			}
			assert.Equal(t, "its own notes", s.vendorRow(session.ID, "filed")["notes"])
			assert.Len(t, s.rows(vpn), 2)
			assert.Len(t, s.notes(vpn), 2)
		})
	}
}

func TestColleagueIsSignedInAsThemselves(t *testing.T) {
	t.Parallel()
	s := play(t, nil)
	vpn := s.incident("VPN")
	owner := s.press(vpn)
	colleague := s.call(http.MethodPost, "acme-sn", "incident", vpn, "/session", map[string]any{"agent": s.agent("sam")})
	require.Equal(t, owner.Code, colleague.Code)
	assert.NotEqual(t, s.consoleBehind(owner.TechnicianLink), s.consoleBehind(colleague.TechnicianLink))
}

func TestLinkOnASessionRowSignsNobodyInAsTheAgent(t *testing.T) {
	t.Parallel()
	s := play(t, nil)
	vpn := s.incident("VPN")
	require.Equal(t, http.StatusCreated, s.press(vpn).Status)
	link, err := url.Parse(s.rowState(vpn, "invited")["panel_url"])
	require.NoError(t, err)
	path := "/v1/connections/acme-sn/records/incident/" + vpn + "/session/join"
	var given struct {
		TechnicianLink string `json:"technicianLink"`
	}
	decode(t, s.send(http.MethodPost, path, map[string]any{}, "Authorization", "Bearer "+link.Query().Get("t")).Raw, &given)
	response, err := http.Get(given.TechnicianLink)
	require.NoError(t, err)
	defer response.Body.Close()
	assert.Equal(t, http.StatusBadRequest, response.StatusCode, "whoever may read the row is not the agent")
}

// consoleBehind follows a technician's link through the vendor's sign-in, and answers where it ends.
func (s *stage) consoleBehind(link string) string {
	s.t.Helper()
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for range 2 {
		response, err := browser.Get(link)
		require.NoError(s.t, err)
		_ = response.Body.Close()
		require.Equal(s.t, http.StatusSeeOther, response.StatusCode)
		next, err := response.Location()
		require.NoError(s.t, err)
		link = next.String()
	}
	return link
}

func TestRetryAfterALostAnswerAndARefusalWritesOneNote(t *testing.T) {
	t.Parallel()
	s := play(t, nil)
	vpn, rows := s.incident("VPN"), s.world.ServiceNow.SessionTable()
	session := s.join(s.press(vpn).Code, "Joe Employee")
	s.pickUp(session.ID)
	s.rowState(vpn, "connected")
	s.world.ServiceNow.AddFault(simservicenow.Fault{Method: http.MethodPatch, Table: "incident", Kind: simservicenow.CommitThenDrop})
	s.do(s.world.Rescue.CloseByTechnician(session.ID))
	s.taken()
	s.world.ServiceNow.Allow(rows, simservicenow.Write, "nobody")
	s.eventually(func() bool { return s.look(vpn).Attention != nil }, "attention")
	s.world.ServiceNow.Allow(rows, simservicenow.Write)
	retried := s.call(http.MethodPost, "acme-sn", "incident", vpn, "/session/retry", map[string]any{})
	require.Equal(t, http.StatusOK, retried.Status, retried.Raw)
	s.rowState(vpn, string(support.Filed))
	assert.Len(t, s.notes(vpn), 1)
}

func TestRecordedRequestSentAgainMailsTheLinkOnce(t *testing.T) {
	t.Parallel()
	s := play(t, nil)
	vpn := s.incident("VPN")
	require.Equal(t, http.StatusCreated, s.press(vpn).Status)
	path := "/v1/connections/acme-sn/records/incident/" + vpn + "/session/share"
	ana := map[string]any{"requestId": "one-press", "agent": s.agent("dana"), "to": map[string]string{"name": "Ana", "email": "ana@example.org"}, "channel": "smtp"}
	recorded := s.signature("acme-sn", http.MethodPost, path, ana)
	for _, header := range []string{"", "put-on-by-another"} {
		require.Equal(t, http.StatusOK, s.send(http.MethodPost, path, ana, append(recorded, "Idempotency-Key", header)...).Status)
	}
	shared := s.look(vpn).Shared
	sent := 0
	for _, invitation := range shared {
		if invitation.To.Email == "ana@example.org" {
			sent++
		}
	}
	assert.Equal(t, 1, sent, shared)
}
