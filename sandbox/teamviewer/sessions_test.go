package teamviewer_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	sim "example.com/lifeline/sandbox/teamviewer"
)

func TestCreateAnswersTheWholeSession(t *testing.T) {
	b := newBench(t)
	a := b.call("POST", "/sessions", `{"groupname":"Dynamics","description":"Printer offline",
		"end_customer":{"name":"Ana Ruiz","email":"ana@example.com"},"waiting_message":"In a moment.",
		"valid_until":"2026-03-02T08:00:00Z","custom_api":"{\"v\":1}","unknown":1}`)
	require.Equal(t, 200, a.status, a.body)
	x := a.object(t)
	code := x["code"].(string)
	require.Regexp(t, regexp.MustCompile(`^s\d{3}-\d{3}-\d{3}$`), code)
	require.Equal(t, b.url+"/api/v1/sessions/"+code, a.header.Get("Location"))
	bare := strings.ReplaceAll(code, "-", "")
	require.Equal(t, b.url+"/v15/"+bare, x["end_customer_link"])
	require.Regexp(t, "^"+regexp.QuoteMeta(b.url+"/v15/"+bare)+"-[A-Z2-7]{12}$", x["supporter_link"])
	require.Contains(t, x["webclient_supporter_link"], "/Connect/IndexByol?sessioncode="+bare+"&servicequeuetoken=")
	for _, link := range []string{"code", "end_customer_link", "supporter_link", "webclient_supporter_link"} {
		delete(x, link)
	}
	require.Equal(t, map[string]any{
		"state": "Open", "groupid": b.Groups()[0].ID, "description": "Printer offline", "waiting_message": "In a moment.",
		"end_customer":    map[string]any{"name": "Ana Ruiz", "email": "ana@example.com"},
		"assigned_userid": "u11223344", "assigned_at": "2026-03-01T14:05:00Z", "custom_api": `{"v":1}`,
		"created_at": "2026-03-01T14:05:00Z", "valid_until": "2026-03-02T08:00:00Z", "support_session_type": "Default",
	}, x)
}

func TestEmptyPropertiesAreOmittedAndValidityIsADay(t *testing.T) {
	b := newBench(t)
	code := b.create(`{"groupname":"Dynamics","assigned_userid":"u0"}`)
	x := b.call("GET", "/sessions/"+code, "").object(t)
	for _, name := range []string{"end_customer", "description", "waiting_message", "custom_api", "closed_at", "assigned_at"} {
		require.NotContains(t, x, name)
	}
	require.Equal(t, "2026-03-02T14:05:00Z", x["valid_until"])
	require.Equal(t, "u0", x["assigned_userid"])
	require.Equal(t, false, x["online"])
}

func TestCreateCanAnswerWithARedirect(t *testing.T) {
	b := newBench(t, func(o *sim.Options) { o.RedirectOnCreate = true })
	a := b.call("POST", "/sessions", `{"groupname":"Dynamics"}`)
	require.Equal(t, 302, a.status)
	require.Contains(t, a.header.Get("Location"), a.object(t)["code"])
}

func TestTheStateIsWrittenInEachForm(t *testing.T) {
	for form, want := range map[sim.StateForm][]any{
		sim.TitleCase: {"Open", "Closed"}, sim.LowerCase: {"open", "closed"}, sim.Number: {1.0, 2.0},
	} {
		t.Run(string(form), func(t *testing.T) {
			b := newBench(t, func(o *sim.Options) { o.State = form })
			code := b.session()
			require.Equal(t, want[0], b.call("GET", "/sessions/"+code, "").object(t)["state"])
			require.Equal(t, 204, b.call("PUT", "/sessions/"+code, `{"state":"cLoSeD"}`).status)
			require.Equal(t, want[1], b.call("GET", "/sessions/"+code, "").object(t)["state"])
		})
	}
}

func TestCreateRefusesWhatIsWrong(t *testing.T) {
	b := newBench(t)
	own, err := b.AddGroup(sim.Group{Name: "Dynamics", Owner: "li@example.com"})
	require.NoError(t, err)
	hidden, err := b.AddGroup(sim.Group{Name: "Hidden", Owner: "dana@example.com"})
	require.NoError(t, err)
	readable, err := b.AddGroup(sim.Group{Name: "Readable", Owner: "dana@example.com", Shared: map[string]string{"u11223344": "read"}})
	require.NoError(t, err)
	long := func(n int) string { return strings.Repeat("ä", n) }
	for name, body := range map[string]string{
		"no group":         `{}`,
		"not JSON":         `{`,
		"wrong type":       `{"groupname":7}`,
		"unknown group":    `{"groupid":"g1"}`,
		"hidden group":     `{"groupid":"` + hidden.ID + `"}`,
		"read-only group":  `{"groupid":"` + readable.ID + `"}`,
		"different groups": `{"groupid":"` + own.ID + `","groupname":"Other"}`,
		"unknown assignee": `{"groupname":"New","assigned_userid":"u1"}`,
		"session type":     `{"groupname":"New","support_session_type":"Other"}`,
		"bad date":         `{"groupname":"New","valid_until":"01/03/2026"}`,
		"past date":        `{"groupname":"New","valid_until":"2026-03-01T14:05:00Z"}`,
		"telephone":        `{"groupname":"New","sms_invite_number":"call me"}`,
		"language":         `{"groupname":"New","sms_invite_language":33}`,
		"name":             `{"groupname":"New","end_customer":{"name":"` + long(101) + `"}}`,
		"email":            `{"groupname":"New","end_customer":{"email":"` + long(255) + `"}}`,
		"description":      `{"groupname":"New","description":"` + long(4001) + `"}`,
		"custom_api":       `{"groupname":"New","custom_api":"` + long(4001) + `"}`,
	} {
		t.Run(name, func(t *testing.T) {
			b := *b
			b.T = t
			b.refused(400, "invalid_request", "POST", "/sessions", body)
		})
	}
	require.Len(t, b.Groups(), 3, "a refused call makes no group")
	require.Empty(t, b.Sessions())
	b.create(`{"groupid":"` + own.ID + `","groupname":"Dynamics","custom_api":"` + long(4000) + `"}`)
}

func TestValidityCanBeLimited(t *testing.T) {
	b := newBench(t, func(o *sim.Options) { o.MaxValidity = sim.Duration(24 * time.Hour) })
	b.create(`{"groupname":"Dynamics","valid_until":"20260302T140500Z"}`)
	b.refused(400, "invalid_request", "POST", "/sessions", `{"groupname":"Dynamics","valid_until":"2026-03-02T14:05:01Z"}`)
}

func TestCompanyTokensNeedAGroupID(t *testing.T) {
	b := newBench(t)
	company := b.as(companyToken)
	company.refused(400, "invalid_request", "POST", "/sessions", `{"groupname":"Dynamics"}`)
	code := b.session()
	group := b.Groups()[0].ID
	company.create(`{"groupid":"` + group + `"}`)
	require.Len(t, company.call("GET", "/sessions", "").list(t, "sessions"), 2)
	require.Equal(t, 204, company.call("PUT", "/sessions/"+code, `{"description":"by company"}`).status)
}

func TestPutChangesOnlyWhatIsPresent(t *testing.T) {
	b := newBench(t)
	code := b.session()
	b.Advance(time.Minute)
	a := b.call("PUT", "/sessions/"+code, `{"end_customer":{"email":"ana@example.com"},"assigned_userid":"u11223345",
		"groupname":"Second","valid_until":"2027-01-01T00:00:00Z","state":null,"unknown":{}}`)
	require.Equal(t, 204, a.status, a.body)
	require.Empty(t, a.body)
	x, _ := b.Session(code)
	require.Equal(t, &sim.EndCustomer{Name: "Ana Ruiz", Email: "ana@example.com"}, x.EndCustomer)
	require.Equal(t, "ref-1", x.CustomAPI)
	require.Equal(t, start.Add(24*time.Hour), x.ValidUntil, "valid_until cannot be changed")
	require.Equal(t, start.Add(time.Minute), x.AssignedAt)
	require.Equal(t, b.Groups()[1].ID, x.GroupID)
}

func TestARefusedPutChangesNothing(t *testing.T) {
	b := newBench(t)
	code := b.session()
	before, _ := b.Session(code)
	for _, body := range []string{`{"state":"closed","assigned_userid":"u1"}`, `{"description":"x","state":"done"}`,
		`{"state":"closed","groupid":"g1"}`, `{"state":"closed","description":"` + strings.Repeat("x", 4001) + `"}`} {
		b.refused(400, "invalid_request", "PUT", "/sessions/"+code, body)
	}
	after, _ := b.Session(code)
	require.Equal(t, before, after)
}

func TestClosingTwiceKeepsTheFirstTimeAndReopeningRemovesIt(t *testing.T) {
	b := newBench(t)
	code := b.session()
	for range 2 {
		require.Equal(t, 204, b.call("PUT", "/sessions/"+code, `{"state":"closed"}`).status)
		b.Advance(time.Minute)
	}
	require.Equal(t, "2026-03-01T14:05:00Z", b.call("GET", "/sessions/"+code, "").object(t)["closed_at"])
	require.ErrorIs(t, b.CustomerOnline(code), sim.ErrClosed)
	require.Equal(t, 204, b.call("PUT", "/sessions/"+code, `{"state":"open"}`).status)
	require.NotContains(t, b.call("GET", "/sessions/"+code, "").object(t), "closed_at")
}

func TestUnknownCodesAreAnsweredAsConfigured(t *testing.T) {
	b := newBench(t)
	code := b.session()
	require.Equal(t, 204, b.call("DELETE", "/sessions/"+code, "").status)
	b.refused(404, "not_found", "GET", "/sessions/"+code, "")
	b.refused(404, "not_found", "GET", "/sessions/"+strings.ReplaceAll(b.session(), "-", ""), "")
	b.Configure(func(set *sim.Settings) { set.UnknownAsBadRequest = true })
	b.refused(400, "invalid_request", "DELETE", "/sessions/"+code, "")
}

func TestSessionsOfHiddenGroupsAreUnknown(t *testing.T) {
	b := newBench(t)
	code, dana := b.session(), b.as(danaToken)
	dana.refused(404, "not_found", "GET", "/sessions/"+code, "")
	require.Empty(t, dana.call("GET", "/sessions", "").list(t, "sessions"))

	group := b.Groups()[0].ID
	share := func(permission string) {
		body := `{"users":[{"userid":"u11223345","permissions":"` + permission + `"}]}`
		require.Equal(t, 204, b.call("POST", "/groups/"+group+"/share_group", body).status)
	}
	share("read")
	require.Equal(t, 200, dana.call("GET", "/sessions/"+code, "").status)
	dana.refused(403, "invalid_permission", "PUT", "/sessions/"+code, `{"state":"closed"}`)
	share("readwrite")
	require.Equal(t, 204, dana.call("PUT", "/sessions/"+code, `{"state":"closed"}`).status)
}

func TestAnAssignedSessionIsVisibleWithoutItsGroup(t *testing.T) {
	b := newBench(t)
	code := b.create(`{"groupname":"Dynamics","assigned_userid":"u11223345"}`)
	require.Equal(t, 200, b.as(danaToken).call("GET", "/sessions/"+code, "").status)
}

func TestScopesLimitATokenToItsOwnSessions(t *testing.T) {
	b := newBench(t, func(o *sim.Options) {
		o.Tokens = append(o.Tokens,
			sim.ScriptToken{Name: "own", Value: "own", User: "dana@example.com", Scopes: []string{"Sessions.ReadOwn", "Sessions.ModifyOwn"}})
	})
	code := b.session()
	b.call("POST", "/groups/"+b.Groups()[0].ID+"/share_group", `{"users":[{"userid":"u11223345","permissions":"readwrite"}]}`)
	own := b.as("own")
	own.refused(404, "not_found", "GET", "/sessions/"+code, "")
	own.refused(403, "invalid_permission", "POST", "/sessions", `{"groupname":"Dynamics"}`)
	own.refused(403, "invalid_permission", "GET", "/reports/connections", "")
	b.call("PUT", "/sessions/"+code, `{"assigned_userid":"u11223345"}`)
	require.Equal(t, 204, own.call("PUT", "/sessions/"+code, `{"description":"mine"}`).status)
}

func TestTheListShowsOpenSessionsNewestFirstWithExpiredOnes(t *testing.T) {
	b := newBench(t)
	old := b.session()
	b.Advance(25 * time.Hour)
	closed, fresh := b.session(), b.session()
	require.NoError(t, b.CloseInConsole(closed))
	codes := func(query string) (found []any) {
		for _, x := range b.call("GET", "/sessions"+query, "").list(t, "sessions") {
			found = append(found, x["code"])
		}
		return found
	}
	require.Equal(t, []any{fresh, old}, codes(""))
	require.Equal(t, []any{closed}, codes("?state=closed"))
	require.Equal(t, []any{fresh, closed, old}, codes("?state=Open,Closed"))
	require.Empty(t, codes("?groupid=g1"))
	require.Empty(t, codes("?assigned_userid=u0"))
	require.Len(t, codes("?assigned_userid=u11223344&groupid="+b.Groups()[0].ID), 2)
	b.refused(400, "invalid_request", "GET", "/sessions?state=pending", "")
	b.refused(400, "invalid_request", "GET", "/sessions?full_list=maybe", "")
	b.refused(400, "invalid_request", "GET", "/sessions?offset=s1-1", "")
}

func TestTheListIsReducedWithoutFullList(t *testing.T) {
	b := newBench(t)
	b.session()
	names := func(query string) (found []string) {
		for name := range b.call("GET", "/sessions"+query, "").list(t, "sessions")[0] {
			found = append(found, name)
		}
		return found
	}
	minimal := []string{"code", "state", "groupid", "assigned_userid", "created_at", "valid_until"}
	require.ElementsMatch(t, minimal, names(""))
	require.Subset(t, names("?full_list=true"), append(minimal, "online", "custom_api", "end_customer", "supporter_link"))
	b.Configure(func(set *sim.Settings) { set.Subset = sim.WithLinks })
	require.ElementsMatch(t, append(minimal, "assigned_at", "end_customer_link", "supporter_link", "online", "support_session_type"), names(""))
}

func TestThePagesOfAListCoverItOnce(t *testing.T) {
	b := newBench(t, func(o *sim.Options) { o.PageSize = 2 })
	var made []string
	for range 5 {
		made = append(made, b.session())
	}
	var found []string
	remaining := []any{}
	for offset := ""; ; {
		page := b.call("GET", "/sessions?offset="+offset, "")
		for _, x := range page.list(t, "sessions") {
			found = append(found, x["code"].(string))
		}
		next, more := page.object(t)["next_offset"]
		if !more {
			require.NotContains(t, page.object(t), "sessions_remaining")
			break
		}
		remaining = append(remaining, page.object(t)["sessions_remaining"])
		offset = fmt.Sprint(next)
		if len(found) == 2 {
			require.NoError(t, b.CloseInConsole(offset), "an offset that has left the list still works")
		}
	}
	require.Equal(t, []string{made[4], made[3], made[2], made[1], made[0]}, found)
	require.Equal(t, []any{3.0, 1.0}, remaining)
}

func TestOnlineFollowsTheCustomer(t *testing.T) {
	b := newBench(t)
	code := b.session()
	online := func() any { return b.call("GET", "/sessions?full_list=true", "").list(t, "sessions")[0]["online"] }
	require.Equal(t, false, online())
	require.NoError(t, b.CustomerOnline(code))
	require.Equal(t, true, online())
	require.NoError(t, b.CustomerOffline(code))
	require.Equal(t, false, online())
	b.Advance(24 * time.Hour)
	require.ErrorIs(t, b.CustomerOnline(code), sim.ErrExpired)
	require.ErrorIs(t, b.CustomerOnline("s1"), sim.ErrUnknownSession)
}

func TestPilotSessionsHaveAnotherCustomerLink(t *testing.T) {
	b := newBench(t, func(o *sim.Options) { o.Pages = "https://get.example.com/" })
	code := b.create(`{"groupname":"Dynamics","support_session_type":"pilot"}`)
	x, _ := b.Session(code)
	require.Equal(t, "Pilot", x.SupportSessionType)
	require.Equal(t, "https://get.example.com/"+strings.ReplaceAll(code, "-", ""), x.EndCustomerLink)
	require.Equal(t, 200, b.page(pathOf(t, x.EndCustomerLink)).status)
}
