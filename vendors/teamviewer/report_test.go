package teamviewer

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/support"
)

const reportID = "4f1d2c60-8a51-4a7e-9b1c-2f0a6d3e7710"

func recordOf(extra string) string {
	return `{"id":"` + reportID + `","userid":"u11223344","username":"Li Wei","deviceid":1203456789,"devicename":"ANA-LAPTOP",
	"start_date":"2026-03-01T14:09:12Z","end_date":"20260301T143140Z","notes":"Driver reinstalled",
	"end_customer":{"name":"Ana Ruiz","email":"ana@example.com"}` + extra + `}`
}

func TestReportIsReadInEveryForm(t *testing.T) {
	customAPI := `"custom_api":"{\"v\":1,\"ref\":\"x\",\"token\":\"` + string(token()) + `\"}"`
	page := `{"records":[` +
		recordOf(`,"session_code":"s104-882-317","fee":1.5,"currency":"EUR","support_session_type":1,"feedback":{},`+customAPI) + "," +
		recordOf(`,"session_code":"s104882317","fee":"1.50","support_session_type":"RemoteConnection","feedback":{"session_rating":5}`) + "," +
		recordOf(`,"bill":"0.00","feedback":null`) + "," +
		recordOf(`,"feedback":[],"end_customer":""`) + `,{"id":""},"nonsense"],"reports_remaining":12,"next_offset":"` + reportID + `"}`
	v, s := vendor(t, map[string]http.HandlerFunc{"GET /reports/connections": says(200, page)}, nil)
	got, err := v.Report(t.Context(), support.ReportQuery{From: noon.Add(-time.Hour), To: noon, VendorSessionID: code})
	require.NoError(t, err)
	assert.Equal(t, "from_date=2026-03-01T11%3A00%3A00Z&session_code=s104882317&to_date=2026-03-01T12%3A00%3A00Z", s.seen()[0].Query)
	assert.Equal(t, reportID, got.Next)
	require.Len(t, got.Reports, 4, "only records without an id are left out")
	first := got.Reports[0]
	assert.Equal(t, code, first.VendorSessionID)
	assert.Equal(t, token(), first.Token)
	assert.Equal(t, support.Technician{ID: "u11223344", Name: "Li Wei"}, first.Technician)
	assert.Equal(t, support.Customer{Name: "Ana Ruiz", Email: "ana@example.com"}, first.Customer)
	assert.Equal(t, "1203456789", first.DeviceID)
	assert.Equal(t, time.Date(2026, 3, 1, 14, 9, 12, 0, time.UTC), first.StartedAt)
	assert.Equal(t, int64(22*60+28), first.WorkSeconds)
	assert.Equal(t, "Driver reinstalled", first.Notes)
	assert.Contains(t, first.Description, string(token()))
	assert.Contains(t, first.Fields, support.Field{Name: "fee", Value: "1.5"})
	assert.Equal(t, code, got.Reports[1].VendorSessionID, "the same form as in the invitation")
	assert.Contains(t, got.Reports[1].Fields, support.Field{Name: "session_rating", Value: "5"})
	assert.Empty(t, got.Reports[2].VendorSessionID, "a connection without a code")
	assert.Contains(t, got.Reports[2].Fields, support.Field{Name: "fee", Value: "0.00"})
}

func TestReportPagesByOffsetAndEnds(t *testing.T) {
	v, s := vendor(t, map[string]http.HandlerFunc{"GET /reports/connections": says(200, `{"records":[],"next_offset":"`+reportID+`"}`)}, nil)
	got, err := v.Report(t.Context(), support.ReportQuery{Cursor: reportID})
	require.NoError(t, err)
	assert.Empty(t, got.Next, "an offset that does not move is the end")
	assert.Equal(t, "offset_id="+reportID, s.seen()[0].Query)
}

func TestTranscriptIsFetchedOnlyOnRequest(t *testing.T) {
	second := "5f1d2c60-8a51-4a7e-9b1c-2f0a6d3e7710"
	page := `{"records":[{"id":"` + second + `","session_code":"s104882317","start_date":"2026-03-01T15:00:00Z"},` + recordOf(`,"session_code":"s104-882-317"`) + `]}`
	chat := `[{"Sender":{"TeamViewerId":1,"Name":"Ana"},"WrittenAtTimestamp":"2026-03-01T14:10:00Z","Content":"Hello"}]`
	answer := map[string]http.HandlerFunc{
		"GET /reports/connections":                                  says(200, page),
		"GET /reports/connections/" + reportID + "/chat-transcript": says(200, chat),
	}
	v, s := vendor(t, answer, nil)
	got, err := v.Transcript(t.Context(), code)
	require.NoError(t, err)
	assert.Empty(t, got)
	assert.Empty(t, s.seen())

	v, _ = vendor(t, answer, func(c *Config) { c.ChatTranscript = true })
	got, err = v.Transcript(t.Context(), code)
	require.NoError(t, err)
	assert.Equal(t, support.Transcript{Chat: "14:10:00 Ana: Hello", Notes: "Driver reinstalled"}, got)
}

func TestCodesHaveOneForm(t *testing.T) {
	for in, want := range map[string]string{"s104882317": code, code: code, "s12345678": "s12-345-678", "s1234": "s1-234", "": "", "x1": "x1"} {
		assert.Equal(t, want, dashed(in), in)
	}
	assert.Equal(t, "s104882317", undashed(code))
}

func FuzzReadRecord(f *testing.F) {
	f.Add([]byte(recordOf("")))
	f.Add([]byte(`{"id":1,"fee":{},"start_date":null,"custom_api":"{"}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if report, ok := readRecord(raw); ok && report.ID == "" {
			t.Fatal("a report without an id")
		}
	})
}

func FuzzSession(f *testing.F) {
	f.Add([]byte(`{"code":"s104882317","state":1,"online":true,"valid_until":"20260301T120000Z","custom_api":"{}"}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var s session
		if decode(answerOf(200, string(raw)), &s) == nil {
			_, _ = invitation(s, noon)
			_ = tokenOf(s.CustomAPI)
			_ = s.closed() || s.expired(noon)
		}
	})
}
