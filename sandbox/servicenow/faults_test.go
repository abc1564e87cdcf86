package servicenow

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestFaultsThatKeepACallFromBeingCarriedOut(t *testing.T) {
	for kind, want := range map[FaultKind]struct {
		status int
		part   string
	}{
		RateLimited:     {429, "Rate limit exceeded"},
		Dropped:         {202, ""},
		Unauthenticated: {401, "User Not Authenticated"},
		Maintenance:     {503, "<html>"},
		LoginPage:       {200, "<html>"},
		Cancelled:       {500, "Transaction cancelled"},
		RuleAbort:       {403, "aborted by Business Rule 'No weekend work^"},
		ACLRefused:      {403, "ACL Exception Update Failed due to security constraints"},
		Unclear403:      {403, "Error during insert of incident"},
	} {
		t.Run(string(kind), func(t *testing.T) {
			b := open(t)
			b.AddFault(Fault{Method: "PATCH", Table: "incident", Kind: kind, Rule: "No weekend work"})
			a := b.call("PATCH", b.incident(), Row{"description": "changed"})
			require.Equal(t, want.status, a.status)
			require.Contains(t, a.body, want.part)
			require.NotEmpty(t, a.header["Set-Cookie"])
			row, _ := b.Get("incident", b.demo.Incidents[0])
			require.NotEqual(t, "changed", row["description"])
			require.Equal(t, 200, b.call("PATCH", b.incident(), Row{"description": "changed"}).status, "once only")
		})
	}
}

func TestFaultsAfterTheCommit(t *testing.T) {
	for kind, status := range map[FaultKind]int{CommitThenFail: 500, CutOff: 200, ErrorInOK: 200, CommitThenDrop: 0} {
		t.Run(string(kind), func(t *testing.T) {
			b := open(t)
			b.AddFault(Fault{Path: "/table/incident", Kind: kind})
			response, err := http.DefaultClient.Do(b.request("POST", "/api/now/table/incident", Row{"correlation_id": "rescue:7"}))
			if status == 0 {
				require.Error(t, err)
			} else {
				require.NoError(t, err)
				response.Body.Close()
				require.Equal(t, status, response.StatusCode)
			}
			require.Len(t, b.List("incident", "correlation_id=rescue:7"), 1)
		})
	}
}

func TestACutOffAnswerIsNoJSONAndAnErrorMayHideIn200(t *testing.T) {
	b := open(t)
	b.AddFault(Fault{Kind: CutOff})
	require.False(t, json.Valid([]byte(b.find("incident", "").body)))
	b.AddFault(Fault{Kind: ErrorInOK})
	var out map[string]any
	require.NoError(t, json.Unmarshal([]byte(b.find("incident", "").body), &out))
	require.Contains(t, out, "error")
	require.Len(t, out["result"], 3)
}

func TestAFaultCanWaitRepeatAndNameADelay(t *testing.T) {
	b := open(t)
	b.AddFault(Fault{Path: "/oauth_token.do", Kind: RateLimited, Skip: 1, Times: 2, RetryAfter: 7 * time.Second})
	var statuses []any
	for range 4 {
		statuses = append(statuses, b.grant("client_credentials", nil)["status"])
	}
	require.Equal(t, []any{200, 429, 429, 200}, statuses)
	require.Empty(t, b.Faults())

	b.AddFault(Fault{Kind: RateLimited, Times: -1, RetryAfter: 7 * time.Second})
	require.Equal(t, "7", b.call("GET", b.incident(), nil).header.Get("Retry-After"))
	b.ClearFaults()
	b.AddFault(Fault{Kind: RateLimited})
	require.Empty(t, b.call("GET", b.incident(), nil).header.Get("Retry-After"))
}

func TestASlowCallIsNotCarriedOutWhenTheCallerLeaves(t *testing.T) {
	b := open(t)
	b.AddFault(Fault{Kind: Slow, Delay: time.Hour})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err := http.DefaultClient.Do(b.request("PATCH", b.incident(), Row{"description": "late"}).WithContext(ctx))
	require.ErrorIs(t, err, context.DeadlineExceeded)
	row, _ := b.Get("incident", b.demo.Incidents[0])
	require.NotEqual(t, "late", row["description"])
	b.AddFault(Fault{Kind: Slow, Delay: time.Millisecond})
	require.Equal(t, 200, b.call("GET", b.incident(), nil).status)
}

func TestAHangUpEndsTheConnection(t *testing.T) {
	b := open(t)
	b.AddFault(Fault{Method: "PATCH", Kind: HangUp})
	_, err := http.DefaultClient.Do(b.request("PATCH", b.incident(), Row{"description": "lost"}))
	require.Error(t, err)
}

func TestARateRuleCountsPerHour(t *testing.T) {
	b := open(t, func(o *Options) { o.Rules = []RateRule{{ID: "abc", API: "Table API", User: "lifeline", Limit: 2}} })
	b.Advance(20 * time.Minute)
	a := b.call("GET", b.incident(), nil)
	require.Equal(t, "2", a.header.Get("X-RateLimit-Limit"))
	require.Equal(t, "1795338000", a.header.Get("X-RateLimit-Reset"))
	require.Equal(t, "abc", a.header.Get("X-RateLimit-Rule"))
	b.call("GET", b.incident(), nil)
	a = b.call("GET", b.incident(), nil)
	requireError(t, a, 429, "Rate limit exceeded", "Rate limit of 2 requests per hour for Table API exceeded")
	require.Equal(t, "2401", a.header.Get("Retry-After"))
	require.Equal(t, 200, b.call("GET", "/api/now/stats/incident?sysparm_count=true", nil).status, "another API")
	b.Advance(40 * time.Minute)
	b.token = b.grant("client_credentials", nil)["access_token"].(string)
	require.Equal(t, 200, b.call("GET", b.incident(), nil).status)
	b.ClearRateRules()
	require.Empty(t, b.call("GET", b.incident(), nil).header.Get("X-RateLimit-Limit"))
}
