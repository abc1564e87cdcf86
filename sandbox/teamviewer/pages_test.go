package teamviewer_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	sim "example.com/lifeline/sandbox/teamviewer"
)

func TestACustomerAndASupporterMeetThroughTheirLinks(t *testing.T) {
	b := newBench(t, withoutDelay)
	code := b.create(`{"groupname":"Dynamics","waiting_message":"Please <wait>","description":"Printer & co"}`)
	x, _ := b.Session(code)
	customer, supporter := pathOf(t, x.EndCustomerLink), pathOf(t, x.SupporterLink)
	press := func(path string, pairs ...string) {
		t.Helper()
		require.Equal(t, 303, b.form(path, pairs...).status)
	}
	page := b.page(customer).body
	require.Contains(t, page, "Simulator")
	require.Contains(t, page, "Join the session")
	require.NotContains(t, page, strings.TrimPrefix(supporter, customer), "the customer must not learn the supporter's link")
	require.Contains(t, b.page(supporter).body, "You can join once the customer is here.")

	press(customer + "/online")
	require.Contains(t, b.page(customer+"/live").body, "Please &lt;wait&gt;")
	require.Contains(t, b.page(supporter).body, "Printer &amp; co")
	press(supporter+"/connect", "user", "u11223345", "signedin", "true")
	require.Contains(t, b.page(customer).body, "Connected with Dana Ruiz")
	press(supporter+"/say", "text", "Good morning")
	press(customer+"/say", "text", "Hello")
	require.Contains(t, b.page(supporter+"/live").body, "Hello")
	press(customer+"/rate", "rating", "4", "text", "fine")
	press(supporter + "/end")
	require.Len(t, b.Reports()[0].Chat, 2)
	require.Equal(t, "Dana Ruiz", b.Reports()[0].Username)

	press(supporter + "/connect")
	require.Contains(t, b.page(customer).body, "Connected with Guest")
	press(customer + "/offline")
	require.Len(t, b.Reports(), 1, "a guest leaves no report")
}

func TestLinksThatDoNotWork(t *testing.T) {
	b := newBench(t)
	code := b.session()
	x, _ := b.Session(code)
	customer, supporter := pathOf(t, x.EndCustomerLink), pathOf(t, x.SupporterLink)
	require.Equal(t, 404, b.page(customer+"-WRONGSECRET1").status)
	require.Equal(t, 404, b.page(customer+"-").status)
	require.Equal(t, 404, b.page("/v15/s1").status)
	require.Equal(t, 404, b.form(customer+"/connect", "user", "u11223344").status, "a customer cannot join as supporter")
	require.Equal(t, 409, b.form(supporter+"/connect", "user", "u11223344", "signedin", "true").status)
	b.Advance(24 * time.Hour)
	require.Contains(t, b.page(customer).body, "the session code has expired")
	require.Contains(t, b.page(supporter).body, "the session code has expired")
	require.Equal(t, 409, b.form(customer+"/online").status)
}

func TestTheWebClientLinkLeadsToTheSupportersPage(t *testing.T) {
	b := newBench(t)
	x, _ := b.Session(b.session())
	a := b.page(pathOf(t, x.WebclientSupporterLink))
	require.Equal(t, 302, a.status)
	require.Equal(t, pathOf(t, x.SupporterLink), a.header.Get("Location"))
}

func TestTheConsoleListsClosesDeletesAndEditsNotes(t *testing.T) {
	b := newBench(t)
	code := b.supported()
	page := b.page("/console").body
	require.Contains(t, page, code)
	require.Contains(t, page, "Pending")
	require.Contains(t, page, "Not in the API yet")
	b.Advance(time.Minute)
	require.NotContains(t, b.page("/console/live").body, "Not in the API yet")
	report := b.Reports()[0].ID
	require.Equal(t, 303, b.form("/console/reports/"+report+"/notes", "text", "Driver reinstalled").status)
	require.Equal(t, "Driver reinstalled", b.reports("")[0]["notes"])
	require.Equal(t, 303, b.form("/console/sessions/"+code+"/close").status)
	require.Contains(t, b.page("/console").body, "Closed")
	require.Equal(t, 404, b.form("/console/sessions/"+code+"/online").status)
	require.Equal(t, 303, b.form("/console/sessions/"+code+"/delete").status)
	require.Contains(t, b.page("/console").body, "There are no sessions.")
	require.Equal(t, 409, b.form("/console/sessions/"+code+"/delete").status)
}

func TestPagesLoadNothingFromElsewhere(t *testing.T) {
	b := newBench(t, func(o *sim.Options) { o.Clients[0].Scopes = []string{"Sessions.Create"} })
	require.Contains(t, b.page("/").body, "/console")
	a := b.page("/console")
	require.Contains(t, a.header.Get("Content-Security-Policy"), "default-src 'none'")
	require.Equal(t, "no-store", a.header.Get("Cache-Control"))
	require.Contains(t, b.page("/sim-assets/style.css").header.Get("Content-Type"), "text/css")
	require.Equal(t, 200, b.page("/sim-assets/live.js").status)
	require.Equal(t, 404, b.page("/sim-assets/layout.html").status)
	require.Equal(t, 404, b.page("/a/b").status)
	b.consent("allow", "u11223344")
}
