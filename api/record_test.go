package api_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"example.com/lifeline/support"
	"example.com/lifeline/workflows"
)

func asText(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// joinPath finds the path of the technician link in an answer.
func joinPath(body string) string {
	_, rest, _ := strings.Cut(body, publicURL+"/join/")
	token, _, _ := strings.Cut(rest, `"`)
	return "/join/" + token
}

// live is a session in the middle of its life, with every field that agents may see.
func live() workflows.View {
	online, at := true, time.Date(2026, 6, 18, 9, 40, 0, 0, time.UTC)
	return workflows.View{
		Vendor: support.Rescue, Number: "INC0010001", Key: "s-1", State: support.Connected, Code: "123456",
		CustomerLink: "https://secure.example.com/R?i=2&Code=123456", ExpiresAt: at.Add(time.Hour), VendorSessionID: "1080000123",
		Agent: dana, Technician: "Dana Ruiz", Customer: support.Customer{ID: "c-1", Name: "Ana Lopez", Email: "ana@example.org"},
		CustomerOnline: &online, RequestedAt: at, StartedAt: at.Add(time.Minute), Buttons: support.Buttons{Join: true, Share: true, Close: true},
		Attention: &workflows.AttentionView{Step: "note", Code: support.CodePermission, Reason: "the account may not write notes", Since: at},
		Shared: []workflows.Shared{{At: at, To: support.Customer{Name: "Ana Lopez"}, Channel: support.MailMailto, Status: support.MailSent,
			Letter: &support.Letter{Subject: "Join", Text: "Your code"}}},
		Remarks: []string{"the customer has no e-mail address"}, RunID: "run-1", WorkflowID: "session/acme-sn/incident/" + sysID,
	}
}

func TestOpeningAnswers201OnceAnd200ForTheLiveSession(t *testing.T) {
	w := newWorld(t)
	view := live()
	view.First = true
	w.sessions.show(view)
	opened := w.asCRM("POST", snPath+"/session", pressed).status(201).session()
	require.Equal(t, "123456", opened.Code)
	require.Equal(t, "https://temporal.example.com/namespaces/lifeline/workflows/session%2Facme-sn%2Fincident%2F"+sysID+"/run-1/history", opened.TemporalURL)
	require.True(t, strings.HasPrefix(opened.PanelURL, publicURL+"/panel?t="))
	require.True(t, strings.HasPrefix(opened.TechnicianLink, publicURL+"/join/"))

	w.sessions.show(live())
	w.asCRM("POST", snPath+"/session", pressed).status(200)
	require.Equal(t, workflows.Press{Agent: support.Agent{ID: "u-dana", Name: "Dana Ruiz", Email: "dana@example.org"}, Number: "INC0010001"}, w.sessions.last().arg)
}

func TestIdempotencyKeyComesByHeaderOrBodyAndIsMadeWithoutOne(t *testing.T) {
	w := newWorld(t)
	w.asCRM("POST", snPath+"/session", `{"requestId":"from-body"}`, "Idempotency-Key", "from-header").status(200)
	require.Equal(t, "from-header", w.sessions.last().key)
	w.asCRM("POST", snPath+"/session", `{"requestId":"from-body"}`).status(200)
	require.Equal(t, "from-body", w.sessions.last().key)
	w.asCRM("POST", snPath+"/session", "").status(200)
	first := w.sessions.last().key
	w.asCRM("POST", snPath+"/session", "").status(200)
	require.NotEqual(t, first, w.sessions.last().key)
	require.NotEmpty(t, first)
}

func TestSignedKeyCountsAboveTheUnsignedHeader(t *testing.T) {
	w := newWorld(t)
	w.sessions.show(live())
	for body, key := range map[string]string{`{"requestId":"signed"}`: "signed", `{}`: "header"} {
		request := w.signed("one", signingKey, "POST", snPath+"/session/renew", body)
		request.Header.Set("Idempotency-Key", "header")
		w.send(request).status(200)
		require.Equal(t, key, w.sessions.last().key)
	}
}

func TestEveryButtonReachesItsSession(t *testing.T) {
	w := newWorld(t)
	w.sessions.show(live())
	for path, name := range map[string]string{"": "open", "/renew": "renew", "/close": "close", "/retry": "retry"} {
		w.asCRM("POST", snPath+"/session"+path, pressed, "Idempotency-Key", "k").status(200)
		require.Equal(t, name, w.sessions.last().name)
		require.Equal(t, snRecord, w.sessions.last().ref)
		require.Equal(t, "k", w.sessions.last().key)
		require.Contains(t, asText(w.sessions.last().arg), "u-dana")
	}
}

func TestRecordsAreMeantInAnySpelling(t *testing.T) {
	w := newWorld(t)
	for _, spelling := range []string{guid, strings.ToUpper(guid), strings.ReplaceAll(guid, "-", "")} {
		w.asOperator("GET", "/v1/connections/acme-d365/records/incident/"+spelling+"/session", "").status(200)
		require.Equal(t, guid, w.sessions.last().ref.ID)
	}
}

func TestRequestIsRefusedInPlainWords(t *testing.T) {
	w := newWorld(t)
	long := strings.Repeat("x", 321)
	for body, fault := range map[string]string{
		`{"agent":`:                         "JSON",
		`[]`:                                "JSON",
		`{} {}`:                             "JSON",
		`{"agent":"dana"}`:                  "JSON",
		`{"requestId":"` + long + `"}`:      "idempotency key",
		`{"requestId":"a b"}`:               "idempotency key",
		`{"agent":{"name":"` + long + `"}}`: "longer",
		`{"number":"INC1\r\nBcc: eve@example.net"}`:     "control",
		`{"to":{"email":"ana@example.org, eve@x.org"}}`: "e-mail",
		`{"to":{"email":"Ana <ana@example.org>"}}`:      "e-mail",
		`{"to":{"name":"Ana\nLopez"}}`:                  "control",
		`{"channel":"pigeon"}`:                          "channel",
	} {
		problem := w.asCRM("POST", snPath+"/session/share", body).problem(400, "invalid")
		require.Contains(t, strings.ToLower(problem.Detail), strings.ToLower(fault), body)
	}
	w.asCRM("POST", snPath+"/session", "{}", "Idempotency-Key", strings.Repeat("k", 129)).problem(400, "invalid")
	w.asCRM("POST", snPath+"/session", "{}", "Idempotency-Key", "schlüssel").problem(400, "invalid")
	w.asCRM("GET", "/v1/connections/acme-sn/records/invoice/"+sysID+"/session", "").problem(400, "invalid")
	w.asCRM("GET", "/v1/connections/acme-sn/records/incident/12/session", "").problem(400, "invalid")
	require.Empty(t, w.sessions.calls)
}

func TestHugeBodiesAreRefusedBeforeTheyAreRead(t *testing.T) {
	w := newWorld(t)
	huge := `{"number":"` + strings.Repeat("x", 2<<20) + `"}`
	w.asCRM("POST", snPath+"/session", huge).problem(413, "too_large")
	w.send(w.signed("one", signingKey, "POST", snPath+"/session", huge)).problem(413, "too_large")
	w.asCRM("POST", "/hooks/servicenow/acme-sn/token", huge).problem(413, "too_large")
	w.asOperator("POST", "/v1/sessions/retry", huge).problem(413, "too_large")
	w.send(form("/signin", url.Values{"t": {strings.Repeat("x", 2<<20)}})).problem(413, "too_large")
	require.Empty(t, w.sessions.calls)
}

func TestRecordWithoutASessionHasOneButton(t *testing.T) {
	w := newWorld(t)
	w.sessions.fail(support.Stopped(support.CodeNoLiveSession, "there is no live session on this record", nil))
	session := w.asCRM("GET", snPath+"/session", "").status(200).session()
	require.Equal(t, support.Buttons{New: true}, session.Buttons)
	require.Equal(t, snRecord, session.Record)
	require.Empty(t, session.TechnicianLink)
	require.Empty(t, session.TemporalURL)
}

func TestShareAnswersWhatBecameOfTheInvitation(t *testing.T) {
	w := newWorld(t)
	ana := support.Customer{ID: "c-1", Name: "Ana Lopez", Email: "ana@example.org"}
	w.sessions.shared = workflows.Shared{To: ana, Channel: support.MailSMTP, Status: support.MailSent}
	body := `{"agent":{"id":"u-dana"},"to":{"id":"c-1","name":"Ana Lopez","email":"ana@example.org"},"templateId":"t-1","channel":"smtp"}`
	require.NotContains(t, w.asCRM("POST", snPath+"/session/share", body).status(200).Body.String(), "mailto:")
	require.Equal(t, workflows.Share{Agent: support.Agent{ID: "u-dana"}, To: ana, TemplateID: "t-1", Channel: support.MailSMTP}, w.sessions.last().arg)

	w.sessions.shared = workflows.Shared{To: ana, Channel: support.MailMailto, Letter: &support.Letter{Subject: "Join", Text: "Your code: 123456"}}
	draft := w.asCRM("POST", snPath+"/session/share", `{"channel":"mailto"}`).status(200).Body.String()
	require.Contains(t, draft, "mailto:ana@example.org?subject=Join\\u0026body=Your%20code%3A%20123456")
}

func TestTemplatesBeginWithLifelinesOwn(t *testing.T) {
	w := newWorld(t)
	crm := w.crm["acme-sn"]
	crm.noMails = support.Stopped(support.CodeNotSupported, "no templates", nil)
	require.JSONEq(t, `{"templates":[{"id":"","title":"Lifeline's invitation"}],"contacts":[]}`, w.asCRM("GET", snPath+"/templates", "").status(200).Body.String())

	crm.noMails = nil
	crm.templates = []support.Template{{ID: "t-1", Title: "Bienvenue", Language: "fr"}}
	crm.contacts = []support.Customer{{Name: "Ana Lopez", Email: "ana@example.org"}}
	body := w.asCRM("GET", snPath+"/templates", "").status(200).Body.String()
	require.Contains(t, body, "Bienvenue")
	require.Contains(t, body, "ana@example.org")

	crm.noMails = support.NeedsAttention(support.CodePermission, "the account may not read templates", nil)
	w.asCRM("GET", snPath+"/templates", "").problem(502, "permission")
}

func TestHistoryIsBoundedAndShowsNoChat(t *testing.T) {
	w := newWorld(t)
	w.crm["acme-sn"].rows = []support.RowInfo{{
		RowID: "row-1", Key: "s-1", Vendor: support.Rescue, VendorSessionID: "1080000123", State: support.Filed, Reason: support.ReasonTechnician,
		Technician: support.Technician{Name: "Dana Ruiz"}, Customer: support.Customer{Name: "Ana Lopez"}, RequestedAt: w.now, StartedAt: w.now,
		EndedAt: w.now, Notes: "Reset the profile", Chat: "hello", Token: "c:secret",
	}}
	body := w.asCRM("GET", snPath+"/sessions", "").status(200).Body.String()
	require.Equal(t, 50, w.crm["acme-sn"].limit)
	require.Contains(t, body, "Reset the profile")
	require.NotContains(t, body, "hello")
	require.NotContains(t, body, "c:secret")
	w.asCRM("GET", snPath+"/sessions?limit=200", "").status(200)
	require.Equal(t, 200, w.crm["acme-sn"].limit)
	for _, limit := range []string{"0", "-1", "201", "many"} {
		w.asCRM("GET", snPath+"/sessions?limit="+limit, "").problem(400, "invalid")
	}
}

func TestJoinLeadsTheBrowserToTheVendorAndLeavesNoTrace(t *testing.T) {
	w := newWorld(t)
	w.sessions.show(live())
	w.sessions.link = "https://vendor.example.com/supporter?ticket=bearer-of-the-session"
	link := w.asCRM("POST", snPath+"/session/join", pressed).status(200).Body.String()
	answer := w.send(request("GET", joinPath(link), "")).status(303)
	require.Equal(t, w.sessions.link.Reveal(), answer.Header().Get("Location"))
	require.Equal(t, "no-store", answer.Header().Get("Cache-Control"))
	require.Equal(t, "no-referrer", answer.Header().Get("Referrer-Policy"))
	require.Empty(t, answer.Body.String())
	require.Contains(t, asText(w.sessions.last().arg), "u-dana")
	require.NotContains(t, w.log.String(), "bearer-of-the-session")

	w.now = w.now.Add(10*time.Minute + time.Second)
	w.send(request("GET", joinPath(link), "")).problem(401, "unauthenticated")
	page := w.send(request("GET", joinPath(link), "", "Accept", "text/html,*/*;q=0.8")).status(401)
	require.Contains(t, page.Header().Get("Content-Type"), "text/html")
	require.Contains(t, page.Body.String(), "This link has run out")
}

func TestJoinLeadsToTheSignInWhereTheVendorWantsOne(t *testing.T) {
	w := newWorld(t)
	w.sessions.fail(support.Stopped(support.CodeSignInNeeded, "sign in to Rescue once", nil))
	link := w.asCRM("POST", snPath+"/session/join", pressed).Body.String()
	answer := w.send(request("GET", joinPath(link), "")).status(303)
	require.True(t, strings.HasPrefix(answer.Header().Get("Location"), publicURL+"/signin?t="))
}
