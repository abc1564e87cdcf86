package servicenow

import (
	"context"
	"errors"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// browse makes a bench whose pages are looked at with cookies, as a browser would.
func browse(t *testing.T, press PressFunc) (*bench, *http.Client) {
	t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	return open(t, func(o *Options) { o.Press = press }), &http.Client{Jar: jar}
}

func (b *bench) page(client *http.Client, path string) answered {
	b.t.Helper()
	request, err := http.NewRequest("GET", b.url+path, nil)
	require.NoError(b.t, err)
	return b.send(client, request)
}

func (b *bench) pressButton(client *http.Client, id string) answered {
	b.t.Helper()
	request, err := http.NewRequest("POST", b.url+"/incident.do", strings.NewReader(url.Values{"sys_id": {id}}.Encode()))
	require.NoError(b.t, err)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.send(client, request)
}

func TestTheListShowsRecordsOfTheChosenPersonsRights(t *testing.T) {
	b, client := browse(t, nil)
	a := b.page(client, "/")
	require.Contains(t, a.body, "Simulator")
	require.Contains(t, a.body, "INC0010001")
	require.Contains(t, a.body, "for Joe Employee")
	require.Contains(t, b.page(client, "/sn_customerservice_case_list.do").body, "CS0001001")
	require.Contains(t, b.page(client, "/sn_customerservice_case_list.do?as=noor").body, "You do not have the rights")
	b.SetCSM(false)
	require.Equal(t, 404, b.page(client, "/sn_customerservice_case_list.do").status)
}

func TestTheButtonCallsPressAndShowsTheCodeOnce(t *testing.T) {
	var seen Press
	b, client := browse(t, func(_ context.Context, p Press) (Result, error) {
		seen = p
		return Result{PIN: "123456", Link: "https://support.example.com/123456", ExpiresAt: start}, nil
	})
	id := b.demo.Incidents[0]
	b.page(client, "/incident_list.do?as=sam")
	a := b.pressButton(client, id)
	require.Equal(t, 200, a.status)
	require.Contains(t, a.body, `class="pin">123456<`)
	require.Contains(t, a.body, `href="https://support.example.com/123456"`)
	require.Contains(t, a.body, "Valid until 2026-11-22 08:00:00<")
	require.Equal(t, Press{Table: "incident", SysID: id, Number: "INC0010001", UserID: b.demo.Agents["sam"],
		User: User{Name: "Sam Okafor", UserName: "sam", Email: "sam@example.com"}}, seen)
	require.NotContains(t, b.page(client, "/incident.do?sys_id="+id).body, "123456")
}

// The code seemed to run out before it was asked for: the one time was UTC, the other Dana's.
func TestTheCodesEndIsByTheClockOfTheForm(t *testing.T) {
	b, client := browse(t, func(context.Context, Press) (Result, error) { return Result{PIN: "123456", ExpiresAt: start}, nil })
	b.page(client, "/incident_list.do?as=dana")
	a := b.pressButton(client, b.demo.Incidents[0])
	require.Contains(t, a.body, "Valid until 2026-11-22 09:00:00<")
	require.Contains(t, a.body, "<dt>Opened</dt><dd>2026-11-22 09:00:00<")
}

func TestTheButtonShowsTheErrorMessageEscaped(t *testing.T) {
	b, client := browse(t, func(context.Context, Press) (Result, error) { return Result{}, errors.New("<b>No console</b>") })
	require.Contains(t, b.pressButton(client, b.demo.Incidents[0]).body, "&lt;b&gt;No console&lt;/b&gt;")
}

func TestTheButtonLeadsToTheSignIn(t *testing.T) {
	b, client := browse(t, func(context.Context, Press) (Result, error) {
		return Result{SignInURL: "https://lifeline.example.com/signin?t=x"}, errors.New("Sign in once.")
	})
	require.Contains(t, b.pressButton(client, b.demo.Incidents[0]).body, `Sign in once. <a href="https://lifeline.example.com/signin?t=x"`)
}

func TestWithoutTheRoleThereIsNoButton(t *testing.T) {
	b, client := browse(t, func(context.Context, Press) (Result, error) { return Result{}, nil })
	id := b.demo.Incidents[0]
	require.Contains(t, b.page(client, "/incident.do?sys_id="+id).body, "Generate PIN")
	require.NotContains(t, b.page(client, "/incident.do?as=noor&sys_id="+id).body, "Generate PIN")
	require.Equal(t, 403, b.pressButton(client, id).status)
	require.Equal(t, 404, b.page(client, "/incident.do?sys_id=none").status)
}

func TestTheFormShowsSessionsNotesAndFiles(t *testing.T) {
	b, client := browse(t, nil)
	id := b.demo.Incidents[0]
	b.call("PATCH", b.incident(), Row{"work_notes": "line one\n<script>two</script>"})
	b.attach("incident", id, "chat.txt", "hello")
	_, err := b.Add(b.SessionTable(), Row{"session_key": "k", "source_id": id, "state": "invited", "pin": "654321",
		"link": "javascript:alert(1)", "panel_url": "https://lifeline.example.com/p"})
	require.NoError(t, err)
	a := b.page(client, "/incident.do?part=state&sys_id="+id)
	require.NotContains(t, a.body, "<html")
	for _, part := range []string{"&lt;script&gt;two", "Lifeline Service", "2026-11-22 09:00:00", "chat.txt", "654321", "https://lifeline.example.com/p", "In Progress"} {
		require.Contains(t, a.body, part)
	}
	require.NotContains(t, a.body, "javascript:")
	file := b.page(client, "/sys_attachment.do?sys_id="+b.Attachments(id)[0].SysID)
	require.Equal(t, "hello", file.body)
	require.Contains(t, file.header.Get("Content-Disposition"), "attachment")
}

func TestAssetsAreServedAndForeignPagesCannotPress(t *testing.T) {
	b, client := browse(t, func(context.Context, Press) (Result, error) { t.Error("pressed"); return Result{}, nil })
	require.Contains(t, b.page(client, "/ui/desk.css").header.Get("Content-Type"), "text/css")
	require.Contains(t, b.page(client, "/ui/crm.js").body, "data-version")
	for _, path := range []string{"/incident.do?sys_id=" + b.demo.Incidents[0], "/_sim/down"} {
		request, err := http.NewRequest("POST", b.url+path, nil)
		require.NoError(t, err)
		request.Header.Set("Sec-Fetch-Site", "cross-site")
		require.Equal(t, 403, b.send(client, request).status)
	}
}
