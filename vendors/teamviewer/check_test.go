package teamviewer

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/support"
)

func healthy() map[string]http.HandlerFunc {
	return map[string]http.HandlerFunc{
		"GET /ping": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Date", noon.Format(http.TimeFormat))
			says(200, `{"token_valid":true}`)(w, r)
		},
		"GET /account":             says(200, `{"company_name":"Example AG","license":{"type":"Corporate","isactive":true}}`),
		"GET /groups":              says(200, `{"groups":[{"id":"g1","name":"Lifeline"}]}`),
		"GET /sessions":            says(200, `{"sessions":[]}`),
		"GET /reports/connections": says(200, `{"records":[]}`),
		"GET /users":               says(200, `{"users":[{"id":"u1","email":"dana@example.com","log_sessions":true}]}`),
	}
}

func findings(t *testing.T, answer map[string]http.HandlerFunc, now time.Time) map[string]support.Finding {
	t.Helper()
	v, _ := vendor(t, answer, nil)
	v.now = func() time.Time { return now }
	list := map[string]support.Finding{}
	for _, finding := range v.Check(t.Context()) {
		assert.NotEmpty(t, finding.Text)
		assert.Equal(t, finding.Level != support.OK, finding.Remedy != "", "what is wrong has a remedy: %s", finding.Subject)
		list[finding.Subject] = finding
	}
	return list
}

func TestCheckFindsNothingWrongWithAHealthyAccount(t *testing.T) {
	list := findings(t, healthy(), noon)
	require.Len(t, list, 7)
	for subject, finding := range list {
		assert.Equal(t, support.OK, finding.Level, subject)
	}
}

func TestCheckNamesWhatIsWrong(t *testing.T) {
	answer := healthy()
	answer["GET /account"] = says(200, `{"license":{"type":"Premium"}}`)
	answer["GET /groups"] = says(200, `{"groups":[]}`)
	answer["GET /sessions"] = says(403, `{"error":"invalid_permission"}`)
	answer["GET /reports/connections"] = says(403, "")
	answer["GET /users"] = says(200, `{"users":[{"id":"u1","email":"dana@example.com","log_sessions":false}]}`)
	list := findings(t, answer, noon.Add(3*time.Minute))
	for subject, level := range map[string]support.Level{
		"clock": support.Warning, "licence": support.Warning, "group Lifeline": support.Warning, "session list": support.Fault,
		"connection report": support.Fault, "technician dana@example.com": support.Warning,
	} {
		assert.Equal(t, level, list[subject].Level, subject)
	}
}

func TestCheckStopsAtATokenThatIsNotValid(t *testing.T) {
	for name, ping := range map[string]http.HandlerFunc{"false": says(200, `{"token_valid":false}`), "401": says(401, "")} {
		list := findings(t, map[string]http.HandlerFunc{"GET /ping": ping}, noon)
		require.Len(t, list, 1, name)
		assert.True(t, strings.Contains(list["token"].Remedy, "lifeline connect"), name)
	}
}

// With a licence without reports operators were told every hour that they cannot be read, and could not switch it off.
func TestLicenceWithoutReportsIsNotAskedForThem(t *testing.T) {
	v, s := vendor(t, healthy(), func(c *Config) { c.NoReports = true })
	page, err := v.Report(t.Context(), support.ReportQuery{})
	require.NoError(t, err)
	assert.Empty(t, page.Reports)
	for _, finding := range v.Check(t.Context()) {
		assert.NotEqual(t, support.Fault, finding.Level, finding.Subject)
	}
	for _, call := range s.seen() {
		assert.NotContains(t, call.Path, "/reports/")
	}
}
