package teamviewer_test

import (
	"encoding/json"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	sim "example.com/lifeline/sandbox/teamviewer"
)

func withoutDelay(o *sim.Options) { o.ReportDelay = sim.Delay(0) }

func TestAReportTellsOfTheConnectionAndItsSession(t *testing.T) {
	b := newBench(t, withoutDelay)
	code := b.supported()
	r := b.reports("")[0]
	require.Regexp(t, `^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`, r["id"])
	require.Regexp(t, `^\d{10}$`, r["deviceid"])
	delete(r, "id")
	delete(r, "deviceid")
	require.Equal(t, map[string]any{
		"userid": "u11223344", "username": "Li Wei", "devicename": "PC-" + strings.ReplaceAll(code, "-", ""),
		"groupid": b.Groups()[0].ID, "groupname": "Dynamics", "support_session_type": 1.0,
		"start_date": "2026-03-01T14:05:00Z", "end_date": "2026-03-01T14:06:00Z", "fee": 0.0, "currency": "EUR", "billing_state": "Bill",
		"session_code": code, "session_created_at": "2026-03-01T14:05:00Z", "valid_until": "2026-03-02T14:05:00Z",
		"assigned_userid": "u11223344", "assigned_at": "2026-03-01T14:05:00Z", "custom_api": "ref-1", "session_note": "",
		"end_customer": map[string]any{"name": "Ana Ruiz"},
	}, r)
}

func TestReportsAppearAfterTheDelay(t *testing.T) {
	for name, delay := range map[string]time.Duration{"default": 5 * time.Second, "none": 0, "ten minutes": 10 * time.Minute} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, func(o *sim.Options) {
				if name != "default" {
					o.ReportDelay = sim.Delay(delay)
				}
			})
			b.supported()
			if delay > 0 {
				b.Advance(delay - time.Second)
				require.Empty(t, b.reports(""))
				b.refused(404, "not_found", "GET", "/reports/connections/"+b.Reports()[0].ID, "")
				b.Advance(time.Second)
			}
			require.Len(t, b.reports(""), 1)
		})
	}
}

func TestConnectionsThatLeaveNoReport(t *testing.T) {
	b := newBench(t, withoutDelay)
	code := b.session()
	require.ErrorIs(t, b.SupporterConnects(code, "li@example.com", true), sim.ErrCustomerOffline)
	require.NoError(t, b.CustomerOnline(code))
	require.ErrorIs(t, b.SupporterConnects(code, "nobody@example.com", true), sim.ErrUnknownUser)
	require.ErrorIs(t, b.ConnectionEnds(code), sim.ErrNotConnected)
	for _, supporter := range []string{"", "li@example.com"} {
		require.NoError(t, b.SupporterConnects(code, supporter, false))
		require.ErrorIs(t, b.SupporterConnects(code, "li@example.com", true), sim.ErrConnected)
		require.NoError(t, b.ConnectionEnds(code))
	}
	require.NoError(t, b.SetLogging("li@example.com", false))
	b.connect(code)
	require.Empty(t, b.Reports())
	require.NoError(t, b.SetLogging("li@example.com", true))
	b.connect(code)
	require.Len(t, b.Reports(), 1)
}

func TestOneCodeLeavesAReportForEachConnectionNewestEndFirst(t *testing.T) {
	b := newBench(t, withoutDelay)
	code := b.supported()
	require.NoError(t, b.SupporterConnects(code, "li@example.com", true))
	b.Advance(time.Minute)
	require.NoError(t, b.CloseInConsole(code))
	x, _ := b.Session(code)
	require.True(t, x.Connected, "closing does not cut a running connection")
	require.NoError(t, b.CustomerOffline(code))
	b.AddReport(sim.Report{UserID: "u11223344", StartDate: start, EndDate: start.Add(90 * time.Second)})
	var ends []any
	for _, r := range b.reports("") {
		ends = append(ends, r["end_date"])
	}
	require.Equal(t, []any{"2026-03-01T14:07:00Z", "2026-03-01T14:06:30Z", "2026-03-01T14:06:00Z"}, ends)
}

func TestDeletingASessionEndsItsConnectionAndKeepsItsReports(t *testing.T) {
	b := newBench(t, withoutDelay)
	code := b.supported()
	require.NoError(t, b.SupporterConnects(code, "li@example.com", true))
	require.NoError(t, b.DeleteSession(code))
	require.Len(t, b.reports("?session_code="+code), 2)
	require.ErrorIs(t, b.DeleteSession(code), sim.ErrUnknownSession)
}

func TestReportFilters(t *testing.T) {
	b := newBench(t, withoutDelay)
	code := b.supported()
	b.AddReport(sim.Report{ID: "4F1D2C60-8A51-4A7E-9B1C-2F0A6D3E7710", UserID: "u11223344", Username: "Li Wei", DeviceID: "77", SupportSessionType: 2,
		StartDate: start.Add(-24 * time.Hour), EndDate: start.Add(-23 * time.Hour)})
	group := b.Groups()[0].ID
	for query, want := range map[string]int{
		"": 2, "?has_code=true": 1, "?has_code=false": 1, "?session_code=" + code: 1, "?session_code=" + strings.ReplaceAll(code, "-", ""): 1,
		"?session_code=s1": 0, "?userid=u11223344": 2, "?userid=u1": 0, "?username=Li%20Wei": 2, "?groupid=" + group: 1, "?groupid=0": 1,
		"?deviceid=77": 1, "?devicename=PC-" + strings.ReplaceAll(code, "-", ""): 1, "?unnamed_device=true": 1,
		"?support_session_type=2": 1, "?support_session_type=remoteconnection": 1, "?sessionReportFeatures=any": 0,
		"?from_date=2026-03-01": 1, "?to_date=2026-03-01": 1, "?from_date=2026-02-28T14:05:00Z": 2, "?to_date=2026-02-28T14:05:00Z": 0,
		"?from_date=2026-03-01T14:05:00Z&to_date=20260301T140501Z": 1, "?from_date=2026-03-01T14:05:00.5Z": 1,
	} {
		require.Len(t, b.reports(query), want, query)
	}
	for _, query := range []string{"from_date=1.3.2026", "to_date=x", "has_code=2", "unnamed_device=x", "support_session_type=4",
		"support_session_type=x", "offset_id=4f1d2c60-8a51-4a7e-9b1c-2f0a6d3e7711"} {
		b.refused(400, "invalid_request", "GET", "/reports/connections?"+query, "")
	}
	b.as(companyToken).refused(400, "invalid_request", "GET", "/reports/connections?unnamed_device=true", "")
	require.Equal(t, 200, b.call("GET", "/reports/connections/4f1d2c60-8a51-4a7e-9b1c-2f0a6d3e7710", "").status)
}

func TestUserTokensSeeTheirOwnReportsAndCompanyTokensAll(t *testing.T) {
	b := newBench(t, withoutDelay)
	b.supported()
	dana := b.as(danaToken)
	require.Empty(t, dana.reports(""))
	dana.refused(404, "not_found", "PUT", "/reports/connections/"+b.Reports()[0].ID, `{"notes":"x"}`)
	require.Len(t, b.as(companyToken).reports(""), 1)
}

func TestTheCodeAndTheCounterAreWrittenAsConfigured(t *testing.T) {
	b := newBench(t, withoutDelay, func(o *sim.Options) { o.PageSize = 1 })
	code := b.supported()
	b.connect(code)
	page := b.call("GET", "/reports/connections", "").object(t)
	require.Equal(t, 1.0, page["records_remaining"])
	require.NotContains(t, page, "reports_remaining")
	b.Configure(func(set *sim.Settings) { set.ReportsRemaining, set.UndashedCodes = true, true })
	page = b.call("GET", "/reports/connections", "").object(t)
	require.Equal(t, 1.0, page["reports_remaining"])
	require.NotContains(t, page, "records_remaining")
	require.Equal(t, strings.ReplaceAll(code, "-", ""), b.reports("")[0]["session_code"])
	last := b.call("GET", "/reports/connections?offset_id="+page["next_offset"].(string), "").object(t)
	require.NotContains(t, last, "next_offset")
	require.NotContains(t, last, "reports_remaining")
}

func TestNotesAndBillingCanBeChangedAndReportsDeleted(t *testing.T) {
	b := newBench(t, withoutDelay)
	code := b.supported()
	path := "/reports/connections/" + strings.ToUpper(b.Reports()[0].ID)
	a := b.call("PUT", path, `{"notes":"Driver reinstalled","billing_state":"DoNotBill"}`)
	require.Equal(t, 204, a.status, a.body)
	b.refused(400, "invalid_request", "PUT", path, `{"billing_state":"Free","notes":"lost"}`)
	r := b.call("GET", path, "").object(t)
	require.Equal(t, "Driver reinstalled", r["notes"])
	require.Equal(t, "DoNotBill", r["billing_state"])
	require.NoError(t, b.EditNotes(strings.ReplaceAll(code, "-", ""), "Edited later"))
	require.Equal(t, "Edited later", b.call("GET", path, "").object(t)["notes"])
	require.ErrorIs(t, b.EditNotes("s1", "x"), sim.ErrUnknownReport)
	require.Equal(t, 204, b.call("DELETE", path, "").status)
	b.refused(404, "not_found", "GET", path, "")
}

func TestFeedbackIsEmptyWhenEnabledAndNotGiven(t *testing.T) {
	b := newBench(t, withoutDelay, func(o *sim.Options) { o.Feedback = true })
	code := b.supported()
	require.Equal(t, map[string]any{}, b.reports("")[0]["feedback"])
	require.NoError(t, b.SupporterConnects(code, "li@example.com", true))
	b.Advance(time.Minute)
	require.NoError(t, b.Rate(code, 5, "thanks"))
	require.NoError(t, b.ConnectionEnds(code))
	require.Equal(t, map[string]any{"session_rating": 5.0, "user_comment": "thanks"}, b.reports("")[0]["feedback"])
	require.ErrorIs(t, b.Rate(code, 1, ""), sim.ErrNotConnected)
}

func TestTheChatTranscriptOfAConnection(t *testing.T) {
	b := newBench(t, withoutDelay)
	code := b.session()
	require.NoError(t, b.CustomerOnline(code))
	require.ErrorIs(t, b.Say(code, true, "Hello?"), sim.ErrNotConnected)
	require.NoError(t, b.SupporterConnects(code, "li@example.com", true))
	require.NoError(t, b.Say(code, false, "Hello"))
	require.NoError(t, b.Say(code, true, "Hi"))
	require.NoError(t, b.ConnectionEnds(code))
	r := b.reports("")[0]
	a := b.call("GET", "/reports/connections/"+r["id"].(string)+"/chat-transcript", "")
	customer := fmt.Sprintf(`{"TeamViewerId":%q,"Name":"Ana Ruiz"}`, r["deviceid"])
	supporter := `{"TeamViewerId":"","Name":"Li Wei"}`
	require.JSONEq(t, `[
		{"Sender":`+supporter+`,"Recipients":[`+customer+`],"WrittenAtTimestamp":"2026-03-01T14:05:00Z","IsOutgoing":true,"Content":"Hello"},
		{"Sender":`+customer+`,"Recipients":[`+supporter+`],"WrittenAtTimestamp":"2026-03-01T14:05:00Z","IsOutgoing":false,"Content":"Hi"}]`, a.body)

	b.connect(code)
	silent := "/reports/connections/" + b.Reports()[0].ID + "/chat-transcript"
	b.refused(404, "not_found", "GET", silent, "")
	b.Configure(func(set *sim.Settings) { set.EmptyTranscript = true })
	require.Equal(t, "[]", b.call("GET", silent, "").body)
}

func TestPagesOfComputedReportsCoverThemOnceInOrder(t *testing.T) {
	b := newBench(t, withoutDelay)
	company := b.as(companyToken)
	b.AddReports(3500)
	code := b.supported()
	seen, last, pages := map[string]bool{}, start.Add(time.Hour), 0
	for offset := ""; ; {
		var page struct {
			Records    []sim.Report `json:"records"`
			NextOffset string       `json:"next_offset"`
		}
		require.NoError(t, json.Unmarshal([]byte(company.call("GET", "/reports/connections?offset_id="+offset, "").body), &page))
		for _, r := range page.Records {
			if seen[r.ID] || r.EndDate.After(last) {
				t.Fatalf("report %s is listed twice or out of order", r.ID)
			}
			seen[r.ID], last = true, r.EndDate
		}
		pages++
		if offset = page.NextOffset; offset == "" {
			break
		}
	}
	require.Len(t, seen, 3501)
	require.Equal(t, 4, pages)
	require.Equal(t, code, company.reports("?from_date=2026-03-01T14:05:00Z")[0]["session_code"])
}

func TestAYearOfReportsTakesNoMemory(t *testing.T) {
	const count = 100_000
	b := newBench(t)
	company := b.as(companyToken)
	before := heap()
	b.AddReports(count)
	first := company.call("GET", "/reports/connections", "").object(t)
	require.Equal(t, float64(count-1000), first["records_remaining"])
	require.Len(t, company.reports("?from_date=2026-03-01"), 158, "one every 315 s since midnight")
	require.Len(t, company.reports("?from_date=2026-03-01&has_code=false"), 31)
	require.Less(t, heap(), before+(8<<20))
}

func heap() uint64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

func TestComputedReportsCanBeFilteredChangedAndDeleted(t *testing.T) {
	b := newBench(t, withoutDelay)
	b.AddReports(10)
	b.AddReports(10)
	company := b.as(companyToken)
	require.Len(t, company.reports(""), 20)
	require.Len(t, company.reports("?has_code=false"), 4)
	require.Len(t, b.reports(""), 8, "every third is by Li")
	require.Empty(t, b.reports("?userid=u11223345"))
	r := b.reports("")[0]
	require.Len(t, b.reports("?session_code="+r["session_code"].(string)), 1)
	path := "/reports/connections/" + r["id"].(string)
	require.Equal(t, 204, b.call("PUT", path, `{"notes":"changed"}`).status)
	require.Equal(t, "changed", b.reports("")[0]["notes"])
	require.Equal(t, 204, b.call("DELETE", path, "").status)
	b.refused(404, "not_found", "GET", path, "")
	require.Len(t, company.reports(""), 19)
	require.Empty(t, b.Reports(), "the desk lists what people did")
	b.refused(404, "not_found", "GET", "/reports/connections/00000009-0000-4000-8000-000000000001", "")
	b.refused(404, "not_found", "GET", "/reports/connections/00000001-0000-4000-8000-00000000000a", "")
}

func TestTheCounterOfComputedReportsIsExact(t *testing.T) {
	b := newBench(t, withoutDelay)
	b.AddReports(40)
	b.AddReports(23)
	company := b.as(companyToken)
	for i := range 5 {
		path := "/reports/connections/" + company.reports("")[i*3]["id"].(string)
		require.Equal(t, 204, company.call("DELETE", path, "").status)
	}
	b.Configure(func(set *sim.Settings) { set.PageSize = 7 })
	for _, query := range []string{"?", "?userid=u11223345", "?from_date=2025-06-01", "?to_date=2025-12-01", "?from_date=2025-06-01&to_date=2025-12-01",
		"?has_code=true", "?to_date=2024-01-01", "?from_date=2025-12-01&userid=u11223346"} {
		var promised []float64
		found := 0
		for offset := ""; ; {
			page := company.call("GET", "/reports/connections"+query+"&offset_id="+offset, "")
			found += len(page.list(t, "records"))
			next, more := page.object(t)["next_offset"]
			if !more {
				break
			}
			promised = append(promised, float64(found)+page.object(t)["records_remaining"].(float64))
			offset = next.(string)
		}
		for _, total := range promised {
			require.Equal(t, float64(found), total, query)
		}
	}
}

func TestDeviceReportsAreFilteredAndPaged(t *testing.T) {
	b := newBench(t, func(o *sim.Options) { o.PageSize = 1 })
	older := b.AddDeviceReport(sim.DeviceReport{OriginID: 1, TargetID: 2, UserID: "u11223344", StartDate: start, EndDate: start.Add(time.Minute)})
	newer := b.AddDeviceReport(sim.DeviceReport{OriginID: 3, TargetID: 2, UserID: "u11223344", StartDate: start, EndDate: start.Add(time.Hour)})
	page := b.call("GET", "/reports/devices?targetid=2&userid=u11223344&from_date=2026-03-01", "")
	require.Equal(t, newer, page.list(t, "records")[0]["Id"])
	require.Equal(t, newer, page.object(t)["next_offset"])
	require.Equal(t, older, b.call("GET", "/reports/devices?offset_id="+newer, "").list(t, "records")[0]["Id"])
	require.Equal(t, older, b.call("GET", "/reports/devices?originid=1", "").list(t, "records")[0]["Id"])
	require.Empty(t, b.as(danaToken).call("GET", "/reports/devices", "").list(t, "records"))
	b.refused(400, "invalid_request", "GET", "/reports/devices?offset_id=none", "")
	b.refused(400, "invalid_request", "GET", "/reports/devices?to_date=x", "")
	b.SetLicence(sim.Licence{Type: sim.Premium})
	b.refused(403, "invalid_permission", "GET", "/reports/devices", "")
}
