package servicenow

import (
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/support"
	"example.com/lifeline/support/conformance"
)

// bySubject makes findings easy to look at.
func bySubject(findings []support.Finding) map[string]support.Finding {
	list := map[string]support.Finding{}
	for _, finding := range findings {
		list[finding.Subject] = finding
	}
	return list
}

func fullRow(columns []Column) map[string]any {
	full := map[string]any{"sys_id": rowID}
	for _, column := range columns {
		full[column.Name] = ""
	}
	return full
}

func TestCheckFindsAHealthyInstance(t *testing.T) {
	i := newInstance(t)
	i.on("GET /api/now/table/incident", rows(incident(nil)))
	i.on("GET /api/now/table/sn_customerservice_case", func(w http.ResponseWriter, _ *http.Request) {
		failure(w, 400, "Invalid table sn_customerservice_case", "")
	})
	i.on("GET /api/now/table/sys_user", rows(map[string]any{"sys_id": userID, "email": "dana@example.org"}))
	i.on("GET /api/now/table/sys_user_has_role", rows(map[string]any{"sys_id": rowID, "user": userID, "user.user_name": "svc", "role.name": "itil"}))
	i.on("GET "+sessionPath, rows(fullRow(Columns)))
	i.on("GET "+reportPath, rows(fullRow(ReportColumns)))
	findings := i.open().Check(t.Context())
	assert.Len(t, findings, 8)
	for _, finding := range findings {
		assert.Equal(t, support.OK, finding.Level, "%+v", finding)
		assert.NotEmpty(t, finding.Text)
	}
	assert.Empty(t, i.writes(), "nothing is written")
}

func TestCheckJudgesOnlyTheServiceUsersOwnRoles(t *testing.T) {
	own := map[string]any{"sys_id": rowID, "user": userID, "user.user_name": "svc", "role.name": "x_lfln_lifeline.user"}
	others := map[string]any{"sys_id": rowID, "user": groupID, "user.user_name": "dana", "role.name": "itil"}
	for name, each := range map[string]struct {
		answer http.HandlerFunc
		text   string
	}{
		"no writer":          {rows(own), "svc has no role"},
		"filter was ignored": {rows(own, others), "not looked at"},
		"hidden":             {rows(), "not looked at"},
		"refused":            {func(w http.ResponseWriter, _ *http.Request) { failure(w, 403, "User Not Authorized", "") }, "not looked at"},
	} {
		t.Run(name, func(t *testing.T) {
			i := newInstance(t)
			i.on("GET /api/now/table/sys_user_has_role", each.answer)
			finding := i.open().checkRoles(t.Context())
			assert.Equal(t, support.Warning, finding.Level)
			assert.Contains(t, finding.Text, each.text)
			assert.NotEmpty(t, finding.Remedy)
		})
	}
}

func TestCheckNamesWhatIsWrong(t *testing.T) {
	i := newInstance(t)
	i.on("GET /api/now/table/incident", rows(incident(nil)))
	i.on("GET /api/now/table/sn_customerservice_case", func(w http.ResponseWriter, _ *http.Request) { failure(w, 403, "User Not Authorized", "") })
	i.on("GET /api/now/table/sys_user", rows(map[string]any{"sys_id": userID}))
	partial := fullRow(Columns)
	delete(partial, "chat")
	i.on("GET "+sessionPath, rows(partial))
	c := i.open(func(cfg *Config) { cfg.CallerField = "u_missing" })
	c.now = func() time.Time { return time.Now().Add(10 * time.Minute) }
	findings := bySubject(c.Check(t.Context()))
	for subject, level := range map[string]support.Level{
		"clock": support.Fault, "SERVICENOW_CALLER_FIELD": support.Warning, "table sn_customerservice_case": support.Fault, "table sys_user": support.Warning,
		"table x_lfln_lifeline_session": support.Fault, "table x_lfln_lifeline_connection": support.Fault,
	} {
		assert.Equal(t, level, findings[subject].Level, subject)
		assert.NotEmpty(t, findings[subject].Remedy, subject)
	}
	assert.Contains(t, findings["table x_lfln_lifeline_session"].Text, "chat")
}

func TestCheckReadsTheDictionaryOfAnEmptyTable(t *testing.T) {
	i := newInstance(t)
	i.on("GET "+sessionPath, rows())
	var entries []map[string]any
	for _, column := range Columns[1:] {
		entries = append(entries, map[string]any{"sys_id": rowID, "name": "x_lfln_lifeline_session", "element": column.Name})
	}
	i.on("GET /api/now/table/sys_dictionary", func(w http.ResponseWriter, r *http.Request) { rows(entries...)(w, r) })
	c := i.open()
	finding := c.checkTable(t.Context(), c.sessions(), Columns)
	assert.Equal(t, support.Fault, finding.Level)
	assert.Contains(t, finding.Text, "session_key")
	entries = nil
	assert.Equal(t, support.Warning, c.checkTable(t.Context(), c.sessions(), Columns).Level)
}

func TestCheckStopsWithoutAToken(t *testing.T) {
	i := newInstance(t)
	i.token = refuseGrant
	findings := i.open().Check(t.Context())
	require.Len(t, findings, 1)
	assert.Equal(t, support.Fault, findings[0].Level)
	assert.NotEmpty(t, findings[0].Remedy)
}

func TestCheckWarnsOfConsentThatEnds(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for name, each := range map[string]struct {
		given map[string]support.Credential
		level support.Level
	}{
		"far":  {map[string]support.Credential{SubjectOAuth: {Refresh: "refresh-1", Ends: now.AddDate(0, 0, 60)}}, support.OK},
		"near": {map[string]support.Credential{SubjectOAuth: {Refresh: "refresh-1", Ends: now.AddDate(0, 0, 5)}}, support.Warning},
		"none": {nil, support.Fault},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := testConfig("http://127.0.0.1:1")
			cfg.Auth = AuthRefreshToken
			keeper := conformance.NewKeeper(each.given)
			c := New(cfg, cfg.Seats(), keeper, slog.New(slog.DiscardHandler), nil)
			keeper.Issuer = c
			c.now = func() time.Time { return now }
			findings := c.checkConsent(t.Context())
			require.Len(t, findings, 1)
			assert.Equal(t, each.level, findings[0].Level)
			if each.level == support.Fault {
				assert.Equal(t, findings, c.Check(t.Context()), "what is missing is said once")
			}
		})
	}
}
