package rescue_test

import (
	"encoding/xml"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	simrescue "example.com/lifeline/sandbox/rescue"
)

// report is the XML of rescue.md 5.4.
type report struct {
	Header []string `xml:"header>field"`
	Rows   []struct {
		Cells []string `xml:"field"`
	} `xml:"data>row"`
}

// reporter logs in as the administrator and chooses today's sessions in XML.
func (b *bench) reporter() {
	b.Helper()
	for _, step := range [][]string{
		{"login", "email", "max@example.org", "pwd", "max-secret"},
		{"setReportArea", "area", "0"},
		{"setReportType", "type", "LISTALL"},
		{"setTimezone", "timezone", "0"},
		{"setReportDate_v2", "bdate", "6/18/2026 0:00:00", "edate", "6/18/2026 23:59:59"},
		{"setOutput", "output", "XML"},
	} {
		require.Equal(b, "OK", b.call(step[0], step[1:]...), step[0])
	}
}

// report fetches the account's report as maps by heading.
func (b *bench) report() []map[string]string {
	b.Helper()
	body := b.call("getReport_v2", "node", "41200", "nodetype", "NODE")
	payload, found := strings.CutPrefix(body, "OK\n\n")
	require.True(b, found, body)
	var parsed report
	require.NoError(b, xml.Unmarshal([]byte(payload), &parsed))
	var rows []map[string]string
	for _, row := range parsed.Rows {
		cells := map[string]string{}
		for i, cell := range row.Cells {
			cells[parsed.Header[i]] = cell
		}
		rows = append(rows, cells)
	}
	return rows
}

func TestASessionReportTellsHowItEnded(t *testing.T) {
	b := newBench(t)
	x := b.joined("tracking0", "c:7f3e", "cfield1", "a|b <c>")
	b.sim.Advance(35 * time.Second)
	_, err := b.sim.PickUp(x.ID, "")
	require.NoError(t, err)
	b.sim.Advance(10 * time.Minute)
	_, err = b.sim.Hold(x.ID)
	require.NoError(t, err)
	b.sim.Advance(5 * time.Minute)
	_, err = b.sim.PickUp(x.ID, "")
	require.NoError(t, err)
	_, err = b.sim.CloseByCustomer(x.ID)
	require.NoError(t, err)
	b.sim.Advance(time.Hour)
	_, err = b.sim.CloseByTechnician(x.ID)
	require.NoError(t, err)

	b.reporter()
	rows := b.report()
	require.Len(t, rows, 1)
	for heading, want := range map[string]string{
		"Session ID": "1080000123", "Tracking ID": "c:7f3e", "Status": "Closed by active customer", "Technician ID": "25500123",
		"Custom field 1": "a|b <c>", "Start Time": "6/18/2026 9:41:31 AM", "End Time": "6/18/2026 9:57:06 AM",
		"Waiting Time": "0:00:35", "Active Time": "0:15:00", "Work Time": "0:10:00", "Hold Time": "0:05:00", "Total Time": "0:15:35",
		"Technician Email": "dana@example.org", "Technician Group": "First line",
	} {
		require.Equal(t, want, rows[0][heading], heading)
	}
}

func TestAReportHasTheAccountsOwnHeadings(t *testing.T) {
	b := newBench(t)
	home := b.sim.AddCompany(simrescue.Company{Name: "Other", FieldTitles: [6]string{"Your Name:", "", "Ticket:"}})
	tech, err := b.sim.AddTechnician(simrescue.User{Company: home.ID, Name: "Ola", Email: "ola@example.org", Password: "ola-secret"})
	require.NoError(t, err)
	require.Equal(t, "OK", b.call("login", "email", "ola@example.org", "pwd", "ola-secret"))
	body := b.call("getReport_v2", "node", "25500124", "nodetype", "NODE")
	require.Equal(t, "INVALIDPARAM_NODE", body)
	body = b.call("getReport_v2", "node", idText(tech.ID), "nodetype", "NODE")
	require.Contains(t, body, "|Status|Your Name:|Custom field 1|Ticket:|Custom field 3|Custom field 4|Custom field 5|Tracking ID|")
}

func TestTextOutputIsNotEscaped(t *testing.T) {
	b := newBench(t)
	b.reporter()
	require.Equal(t, "OK", b.call("setOutput", "output", "TEXT"))
	_, err := b.sim.CloseByTechnician(b.active("cfield1", "a|b").ID)
	require.NoError(t, err)
	body := b.call("getReport_v2", "node", "41200", "nodetype", "NODE")
	require.True(t, strings.HasPrefix(body, "OK\n\nStart Time|End Time|"), body)
	require.Contains(t, body, "|Ana Lopez|a|b|")
	require.True(t, strings.HasSuffix(body, "|CUSTOMER-PC|\n"))
}

func TestOneReportInSixtySeconds(t *testing.T) {
	b := newBench(t)
	b.reporter()
	require.Empty(t, b.report())
	b.sim.Advance(59 * time.Second)
	require.Equal(t, "POLLRATEEXCEEDED", b.call("getReport_v2", "node", "41200", "nodetype", "NODE"))
	b.sim.Advance(time.Second)
	require.Empty(t, b.report())
}

func TestReportsNeedALoginAnAuthcodeIsNotEnough(t *testing.T) {
	b := newBench(t)
	require.Equal(t, "INVALID_SECRETAUTHCODE", b.call("setReportArea", "area", "0", "authcode", b.token()))
	require.Equal(t, "NOTLOGGEDIN", b.call("getReport_v2", "node", "41200"))
	b.reporter()
	require.Equal(t, "OK", b.call("setReportArea", "area", "0", "authcode", b.token()))
}

func TestReportSettingsAreCheckedAndKeptPerUser(t *testing.T) {
	b := newBench(t)
	b.reporter()
	require.Equal(t, "INVALIDFORMAT", b.call("setReportDate_v2", "bdate", "2026-06-18", "edate", "6/18/2026 1:00:00"))
	require.Equal(t, "INVALIDDATERANGE", b.call("setReportDate_v2", "bdate", "6/19/2026 0:00:00", "edate", "6/18/2026 0:00:00"))
	require.Equal(t, "ERROR", b.call("setReportArea", "area", "16"))
	require.Equal(t, "OK", b.call("setReportArea_v8", "area", "16"))
	require.Equal(t, "NOTSUPPORTED", b.call("setReportType", "type", "LISTALL"))
	require.Equal(t, "OK", b.call("setReportArea_v2", "area", "3"))
	_, err := b.sim.CloseByCustomer(b.joined("tracking0", "c:missed").ID)
	require.NoError(t, err)
	_, err = b.sim.CloseByTechnician(b.active().ID)
	require.NoError(t, err)
	require.Equal(t, "OK", b.call("login", "email", "max@example.org", "pwd", "max-secret")) // a new cookie, the same settings
	rows := b.report()
	require.Len(t, rows, 1)
	require.Equal(t, "c:missed", rows[0]["Tracking ID"])
}

func TestDatesFollowTimezoneAndFormat(t *testing.T) {
	b := newBench(t)
	b.reporter()
	b.sim.Configure(func(s *simrescue.Settings) { s.SecondsInReports = true })
	require.Equal(t, "OK", b.call("setTimezone", "timezone", "120"))
	require.Equal(t, "OK", b.call("setDateFormat", "dateformat", "DDMMYY"))
	require.Equal(t, "OK", b.call("setReportDate", "bdate", "6/18/2026", "edate", "6/18/2026"))
	require.Equal(t, "OK", b.call("setReportTime", "btime", "11:00:00", "etime", "12:00:00"))
	x := b.active()
	b.sim.Advance(90 * time.Second)
	_, err := b.sim.CloseByTechnician(x.ID)
	require.NoError(t, err)
	row := b.report()[0]
	require.Equal(t, "18/6/2026 11:41:31", row["Start Time"])
	require.Equal(t, "90", row["Work Time"])
}

func TestChatAndSurveyHaveAreasOfTheirOwn(t *testing.T) {
	b := newBench(t)
	b.reporter()
	x := b.active()
	_, err := b.sim.Say(x.ID, "customer", "hello")
	require.NoError(t, err)
	_, err = b.sim.CloseByTechnician(x.ID, "Resolved")
	require.NoError(t, err)
	require.Equal(t, "OK", b.call("setReportArea", "area", "5"))
	require.Equal(t, "9:41 AM Ana Lopez: hello", b.report()[0]["Chat Log"])
	b.sim.Advance(time.Minute)
	require.Equal(t, "OK", b.call("setReportArea", "area", "8"))
	require.Equal(t, "Resolved", b.report()[0]["Question 1"])
}
