package teamviewer

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/support"
)

func posted(t *testing.T, s *server) create {
	t.Helper()
	for _, c := range s.seen() {
		if c.Method == http.MethodPost {
			var body create
			require.NoError(t, json.Unmarshal([]byte(c.Body), &body))
			return body
		}
	}
	t.Fatal("nothing was created")
	return create{}
}

func TestOpenCreatesASessionThatCarriesOurToken(t *testing.T) {
	v, s := vendor(t, map[string]http.HandlerFunc{"POST /sessions": says(200, sessionJSON(t, nil))}, nil)
	got, err := v.Open(t.Context(), openRequest())
	require.NoError(t, err)
	assert.Equal(t, support.Invitation{Code: code, VendorSessionID: code, CustomerLink: "https://get.example.com/v15/s104882317",
		SupporterLink: supporterLink, ExpiresAt: noon.Add(24 * time.Hour)}, got)
	body := posted(t, s)
	assert.Equal(t, "Lifeline", body.GroupName)
	assert.Equal(t, "2026-03-01T20:00:00Z", body.ValidUntil)
	assert.Equal(t, "CAS-01042: Printer offline", body.Description)
	assert.Equal(t, &customer{Name: "Ana Ruiz", Email: "ana@example.com"}, body.Customer)
	assert.Empty(t, body.Assigned)
	assert.JSONEq(t, `{"v":1,"ref":"incident:7b1e0000-0000-4000-8000-00000000cafe","token":"`+string(token())+`"}`, body.CustomAPI)
	assert.Equal(t, "Bearer "+scriptToken, s.seen()[0].Authorization)
	assert.Equal(t, []string{"POST /sessions"}, s.paths(), "a first attempt costs one call")
}

func TestCodeLivesAtMostADayAndNeverADeadMinute(t *testing.T) {
	for name, test := range map[string]struct {
		ttl  time.Duration
		asks time.Time
		want string
	}{
		"the default is a day":       {0, noon, "2026-03-02T12:00:00Z"},
		"no longer than a day":       {90 * time.Hour, noon, "2026-03-02T12:00:00Z"},
		"counted from the request":   {time.Hour, noon.Add(-20 * time.Minute), "2026-03-01T12:40:00Z"},
		"anew when it would be dead": {time.Hour, noon.Add(-2 * time.Hour), "2026-03-01T13:00:00Z"},
		"our clock runs behind":      {24 * time.Hour, noon.Add(time.Hour), "2026-03-02T12:00:00Z"},
	} {
		t.Run(name, func(t *testing.T) {
			v, s := vendor(t, map[string]http.HandlerFunc{"POST /sessions": says(200, sessionJSON(t, nil))}, nil)
			req := openRequest()
			req.InvitationTTL, req.Now = test.ttl, test.asks
			_, err := v.Open(t.Context(), req)
			require.NoError(t, err)
			assert.Equal(t, test.want, posted(t, s).ValidUntil)
		})
	}
}

func TestLengthsStayWithinTeamViewersLimits(t *testing.T) {
	v, s := vendor(t, map[string]http.HandlerFunc{"POST /sessions": says(200, sessionJSON(t, nil))}, nil)
	req := openRequest()
	req.Description = strings.Repeat("é", 5000)
	req.Customer = support.Customer{Name: strings.Repeat("n", 200), Email: strings.Repeat("e", 260) + "@example.com"}
	_, err := v.Open(t.Context(), req)
	require.NoError(t, err)
	body := posted(t, s)
	assert.Len(t, []rune(body.Description), maxText)
	assert.Equal(t, &customer{Name: strings.Repeat("n", maxName)}, body.Customer)
}

func TestGroupIDAndAssignmentAreSentWhenConfigured(t *testing.T) {
	v, s := vendor(t, map[string]http.HandlerFunc{"POST /sessions": says(200, sessionJSON(t, nil))}, func(c *Config) {
		c.TokenLevel, c.GroupID, c.Assign = levelCompany, "g270010045", true
	})
	req := openRequest()
	req.Technician.ID = "u5566"
	_, err := v.Open(t.Context(), req)
	require.NoError(t, err)
	body := posted(t, s)
	assert.Equal(t, "g270010045", body.GroupID)
	assert.Empty(t, body.GroupName, "company tokens may not name a group")
	assert.Equal(t, "u5566", body.Assigned)
}

func TestOpenAcceptsEveryFormOfSuccess(t *testing.T) {
	redirect := func(status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", "https://elsewhere.example.com/api/v1/sessions/"+code)
			says(status, body)(w, r)
		}
	}
	for name, answer := range map[string]http.HandlerFunc{
		"200":                    says(200, sessionJSON(t, nil)),
		"201":                    says(201, sessionJSON(t, nil)),
		"302 with the object":    redirect(302, sessionJSON(t, nil)),
		"303 with the object":    redirect(303, sessionJSON(t, nil)),
		"302 without the object": redirect(302, ""),
		"200 with Location only": redirect(200, "{}"),
	} {
		t.Run(name, func(t *testing.T) {
			v, s := vendor(t, map[string]http.HandlerFunc{"POST /sessions": answer, "GET /sessions/" + code: says(200, sessionJSON(t, nil))}, nil)
			got, err := v.Open(t.Context(), openRequest())
			require.NoError(t, err)
			assert.Equal(t, code, got.Code)
			assert.Equal(t, "POST /sessions", s.paths()[0])
		})
	}
}

func TestOpenAgainFindsTheSessionOfTheLostAnswer(t *testing.T) {
	other := sessionJSON(t, map[string]any{"code": "s1-000-001", "custom_api": "typed by hand"})
	earlier := sessionJSON(t, map[string]any{"code": "s1-000-002"})
	expired := sessionJSON(t, map[string]any{"code": "s1-000-003", "valid_until": "2026-03-01T11:00:00Z"})
	page := strings.TrimSuffix(listOf(other, earlier, expired), "}") + `,"next_offset":"s1-000-003","sessions_remaining":1}`
	v, s := vendor(t, map[string]http.HandlerFunc{
		"GET /sessions":  inTurn(says(200, page), says(200, listOf(sessionJSON(t, nil)))),
		"POST /sessions": says(200, sessionJSON(t, map[string]any{"code": "s9-999-999"})),
	}, nil)
	req := openRequest()
	req.Again, req.EarlierCode = true, "s1-000-002"
	got, err := v.Open(t.Context(), req)
	require.NoError(t, err)
	assert.Equal(t, code, got.Code)
	assert.Equal(t, []string{"GET /sessions", "GET /sessions"}, s.paths(), "nothing is created")
	assert.Equal(t, "full_list=true&state=open", s.seen()[0].Query)
	assert.Equal(t, "full_list=true&offset=s1-000-003&state=open", s.seen()[1].Query)
}

func TestOpenAgainCreatesWhenTheFirstAttemptDidNothing(t *testing.T) {
	v, s := vendor(t, map[string]http.HandlerFunc{
		"GET /sessions": says(200, `{"sessions":[]}`), "POST /sessions": says(200, sessionJSON(t, nil)),
	}, nil)
	req := openRequest()
	req.Again = true
	_, err := v.Open(t.Context(), req)
	require.NoError(t, err)
	assert.Equal(t, []string{"GET /sessions", "POST /sessions"}, s.paths())
}

func TestJoinGivesTheSupporterLinkOfAnOpenSession(t *testing.T) {
	answer := map[string]http.HandlerFunc{"GET /sessions/" + code: says(200, sessionJSON(t, nil))}
	v, s := vendor(t, answer, nil)
	req := support.JoinRequest{Invitation: support.Invitation{Code: code}}
	link, err := v.Join(t.Context(), req)
	require.NoError(t, err)
	assert.Equal(t, supporterLink, link.Reveal())

	s.answer["GET /sessions/"+code] = says(200, sessionJSON(t, map[string]any{"state": "Closed"}))
	_, err = v.Join(t.Context(), req)
	assert.True(t, support.HasCode(err, support.CodeActionFailed), "%v", err)

	_, err = v.Join(t.Context(), support.JoinRequest{Invitation: support.Invitation{Code: "../account"}})
	assert.True(t, support.HasCode(err, support.CodeNotFound), "%v", err)
}
