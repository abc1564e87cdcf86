package rescue

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/support"
)

var wholeDay = support.ReportQuery{From: testNow.Add(-24 * time.Hour), To: testNow}

// reportXML writes a report with headings in any order; the fields of a row are tied to them by id.
func reportXML(headings []string, rows ...[]string) string {
	fields := func(values []string) string {
		var b strings.Builder
		for i, value := range values {
			b.WriteString(`<field id="` + strconv.Itoa(i) + `">` + value + `</field>`)
		}
		return b.String()
	}
	var b strings.Builder
	b.WriteString("OK\n\n<report><header>" + fields(headings) + "</header><data>")
	for _, row := range rows {
		b.WriteString("<row>" + fields(row) + "</row>")
	}
	return b.String() + "</data></report>"
}

var (
	testHeadings = []string{"Session ID", "Start Time", "End Time", "Status", "Your Name:", "E-mail", "Ticket", "Tracking ID", "Waiting Time", "Work Time", "Active Time", "Technician ID", "Technician Name", "Host Name"}
	testRow      = []string{"1080000123", "18/06/2026 09:42:05", "18/06/2026 10:03:40", "Encerrado pelo técnico", "Ana Lopez", "ana@example.org", "CAS-0042", "TOKEN", "0:00:35", "1180", "0:21:00", "25500123", "Dana Ruiz", "PC-7"}
)

func withCookie(w http.ResponseWriter, _ call) {
	http.SetCookie(w, &http.Cookie{Name: "ASP.NET_SessionId", Value: "session1"})
	_, _ = w.Write([]byte("OK"))
}

// reportServer answers the whole chain with one report.
func reportServer(t *testing.T, report string) *rescueServer {
	t.Helper()
	s := newServer(t)
	s.handle("login", withCookie)
	for _, step := range []string{"setreportarea", "settimezone", "setdateformat", "setreportdate_v2", "setoutput"} {
		s.on(step, "OK")
	}
	s.on("setreporttype", "NOTSUPPORTED")
	s.on("getaccount", "OK\n\nAccountID:900001\nOrganization:Acme\nAdminID:77\nTechID:0\nEmail:reports@example.org\n")
	s.on("getreport_v2", report)
	return s
}

func TestReportIsReadByItsHeadings(t *testing.T) {
	token := testToken37(t)
	row := append([]string{}, testRow...)
	row[7] = string(token)
	s := reportServer(t, reportXML(testHeadings, row, []string{"no session"}))
	page, err := open(t, s, nil).Report(t.Context(), wholeDay)
	require.NoError(t, err)
	require.Len(t, page.Reports, 1)
	assert.Empty(t, page.Next)
	got := page.Reports[0]
	assert.Contains(t, got.Fields, support.Field{Name: "CField2", Value: "CAS-0042"})
	assert.Contains(t, got.Fields, support.Field{Name: "Tracking0", Value: string(token)})
	assert.Contains(t, got.Fields, support.Field{Name: "Host Name", Value: "PC-7"})
	got.Fields = nil
	assert.Equal(t, support.Report{
		ID: "1080000123", VendorSessionID: "1080000123", Token: token,
		Technician: support.Technician{ID: "25500123", Name: "Dana Ruiz"}, Customer: support.Customer{Name: "Ana Lopez", Email: "ana@example.org"},
		DeviceName: "PC-7", StartedAt: time.Date(2026, 6, 18, 9, 42, 5, 0, time.UTC), EndedAt: time.Date(2026, 6, 18, 10, 3, 40, 0, time.UTC),
		WaitingSeconds: 35, WorkSeconds: 1180, ActiveSeconds: 1260, Reason: support.ReasonUnknownCause,
	}, got)
}

func TestReportChainIsCompleteAndInOrder(t *testing.T) {
	s := reportServer(t, "OK")
	page, err := open(t, s, nil).Report(t.Context(), wholeDay)
	require.NoError(t, err)
	assert.Empty(t, page.Reports)
	assert.Equal(t, []string{"login", "setreportarea", "setreporttype", "settimezone", "setdateformat", "setreportdate_v2", "setoutput", "getaccount", "getreport_v2"}, s.methods())
	for method, want := range map[string]map[string]string{
		"setreportarea": {"area": "0"}, "setreporttype": {"type": "LISTALL"}, "settimezone": {"timezone": "0"}, "setdateformat": {"dateformat": "DDMMYY"},
		"setreportdate_v2": {"bdate": "6/17/2026 09:42:00", "edate": "6/18/2026 09:42:00"}, "setoutput": {"output": "XML"},
		"getreport_v2": {"node": "900001", "nodetype": "NODE", "authcode": testToken},
	} {
		sent := s.seen(method)[0]
		assert.Equal(t, "ASP.NET_SessionId=session1", sent.header.Get("Cookie"), method)
		for name, value := range want {
			assert.Equal(t, value, sent.form.Get(name), method)
		}
	}
}

func TestSecondReportWaitsForTheRestOfTheMinute(t *testing.T) {
	s := reportServer(t, "OK")
	v := open(t, s, nil)
	now := testNow
	v.now = func() time.Time { return now }
	_, err := v.Report(t.Context(), wholeDay)
	require.NoError(t, err)
	now = now.Add(20 * time.Second)
	_, err = v.Report(t.Context(), wholeDay)
	assert.Equal(t, 40*time.Second, requireFailure(t, err, support.Retry, support.CodeRateLimited).RetryAfter)
	assert.Len(t, s.seen("setreportarea"), 1)
	now = now.Add(40 * time.Second)
	_, err = v.Report(t.Context(), wholeDay)
	require.NoError(t, err)
	assert.Len(t, s.seen("login"), 1)
}

func TestReportsDoNotMixTheirSettings(t *testing.T) {
	s := reportServer(t, "OK")
	entered, leave := make(chan struct{}), make(chan struct{})
	s.handle("settimezone", func(w http.ResponseWriter, _ call) {
		close(entered)
		<-leave
		_, _ = w.Write([]byte("OK"))
	})
	v := open(t, s, nil)
	first := make(chan error, 1)
	go func() {
		_, err := v.Report(t.Context(), wholeDay)
		first <- err
	}()
	<-entered
	_, err := v.Report(t.Context(), wholeDay)
	assert.Equal(t, time.Minute, requireFailure(t, err, support.Retry, support.CodeRateLimited).RetryAfter)
	close(leave)
	require.NoError(t, <-first)
}

func TestTooFastAtTheVendorCostsAMinute(t *testing.T) {
	_, err := open(t, reportServer(t, "POLLRATEEXCEEDED"), nil).Report(t.Context(), wholeDay)
	assert.Equal(t, time.Minute, requireFailure(t, err, support.Retry, support.CodeRateLimited).RetryAfter)
}

func TestReportOfOneSession(t *testing.T) {
	other := append([]string{"2"}, testRow[1:]...)
	query := wholeDay
	query.VendorSessionID = "2"
	page, err := open(t, reportServer(t, reportXML(testHeadings, testRow, other)), nil).Report(t.Context(), query)
	require.NoError(t, err)
	require.Len(t, page.Reports, 1)
	assert.Equal(t, "2", page.Reports[0].ID)
}

func TestEmptySpanIsRefusedBeforeAnyCall(t *testing.T) {
	s := newServer(t)
	_, err := open(t, s, nil).Report(t.Context(), support.ReportQuery{From: testNow, To: testNow})
	requireFailure(t, err, support.Stop, support.CodeInvalid)
	assert.Empty(t, s.methods())
}

func TestReasonIsTakenFromTheEnumerationOnly(t *testing.T) {
	for status, want := range map[string]support.Reason{
		"Closed by technician": support.ReasonUnknownCause, "Tempo esgotado": support.ReasonUnknownCause, "": support.ReasonUnknownCause,
		"SESSION_CLOSEDBYTECHNICIAN": support.ReasonTechnician,
	} {
		payload, err := readPlain([]byte(reportXML([]string{"Status", "Session ID"}, []string{status, "7"})))
		require.NoError(t, err)
		table, err := parseReport(payload)
		require.NoError(t, err)
		assert.Equal(t, want, table.reports("DDMMYY", "")[0].Reason, status)
	}
}

func TestReportThatIsNoXMLIsRetried(t *testing.T) {
	for _, body := range []string{"OK\n\nSession ID|Status|\n", "OK\n\n<a/>", "OK\n\n<!DOCTYPE a><a/>", loginPage} {
		_, err := open(t, reportServer(t, body), nil).Report(t.Context(), wholeDay)
		requireFailure(t, err, support.Retry, support.CodeProtocol)
	}
}

func TestReportDatesFollowTheFormatThatWasAskedFor(t *testing.T) {
	want := time.Date(2026, 6, 5, 15, 4, 5, 0, time.UTC)
	for text, format := range map[string]string{
		"05/06/2026 15:04:05": "DDMMYY", "5-6-26 3:04:05 PM": "DDMMYY", "05.06.2026 15:04:05": "DDMMYY", "2026-06-05T15:04:05": "DDMMYY",
		"6/5/2026 3:04:05 PM": "MMDDYY", "26/06/05 15:04:05": "YYMMDD",
	} {
		assert.Equal(t, want, parseReportTime(text, format), text)
	}
	assert.Equal(t, time.Date(2026, 6, 18, 15, 4, 0, 0, time.UTC), parseReportTime("6/18/2026 15:04", "DDMMYY"), "an impossible month is the other order")
	for _, text := range []string{"", "soon", "2026-06-05", "1/2/3 4"} {
		assert.True(t, parseReportTime(text, "DDMMYY").IsZero(), text)
	}
}

func FuzzParseReport(f *testing.F) {
	f.Add(strings.TrimPrefix(reportXML(testHeadings, testRow), "OK\n\n"))
	f.Add(`<r><header><field>Session ID</field><field id="0">Status</field></header><data><row/><row><field id="9">1</field></row></data></r>`)
	f.Fuzz(func(t *testing.T, payload string) {
		table, err := parseReport(payload)
		if err != nil {
			requireFailure(t, err, support.Retry, support.CodeProtocol)
			return
		}
		for _, report := range table.reports("DDMMYY", "") {
			require.NotEmpty(t, report.ID)
		}
	})
}
