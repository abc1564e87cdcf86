package servicenow

import (
	"context"
	"log/slog"
	"net/http"
	"testing"

	"example.com/lifeline/support"
	"example.com/lifeline/support/conformance"
)

func TestEveryFaultUnderRecordsIsClassified(t *testing.T) {
	t.Parallel()
	apiFaults(t, recordCalls)
}

func TestEveryFaultUnderRowsIsClassified(t *testing.T) {
	t.Parallel()
	apiFaults(t, rowCalls)
}

// apiFaults runs the suite with a token endpoint that works.
func apiFaults(t *testing.T, calls func(c *CRM) []conformance.Call) {
	healthy := func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != "/oauth_token.do" {
			return false
		}
		goodToken(w, r)
		return true
	}
	conformance.Faults(t, healthy, func(_ *testing.T, baseURL string, log *slog.Logger) conformance.Target {
		return conformance.Target{Calls: calls(faulty(baseURL, AuthPassword, log)), Secrets: secrets}
	})
}

func TestEveryFaultOfTheTokenEndpointIsClassified(t *testing.T) {
	t.Parallel()
	conformance.Faults(t, nil, func(_ *testing.T, baseURL string, log *slog.Logger) conformance.Target {
		c := faulty(baseURL, AuthRefreshToken, log)
		return conformance.Target{Secrets: secrets, Calls: []conformance.Call{
			{Name: "ReadRecord", Do: func(ctx context.Context) error { _, err := c.ReadRecord(ctx, incidentRef); return err }},
			{Name: "Exchange", Do: func(ctx context.Context) error { _, err := c.Exchange(ctx, "svc", "password-1"); return err }},
			{Name: "Issue", Do: func(ctx context.Context) error {
				_, err := c.Issue(ctx, SubjectOAuth, support.Credential{Refresh: "refresh-1"})
				return err
			}},
		}}
	})
}

var secrets = []string{"client-secret-1", "password-1", "refresh-1", "access-1", "482913"}

func faulty(baseURL, auth string, log *slog.Logger) *CRM {
	cfg := testConfig(baseURL)
	cfg.Auth, cfg.User, cfg.Password, cfg.Debug = auth, "svc", "password-1", true
	keeper := conformance.NewKeeper(map[string]support.Credential{SubjectOAuth: {Refresh: "refresh-1"}})
	return New(cfg, cfg.Seats(), keeper, log, nil)
}

func recordCalls(c *CRM) []conformance.Call {
	note := support.Note{Record: incidentRef, Marker: "s-1:end", Text: "done", Again: true}
	technician := support.Technician{SSOID: "dana@example.org"}
	created := support.NewRecord{Connection: "acme-sn", Type: incidentTable, Correlation: "rescue:1", Title: "help"}
	return []conformance.Call{
		{Name: "ReadRecord", Do: func(ctx context.Context) error { _, err := c.ReadRecord(ctx, incidentRef); return err }},
		{Name: "FindRecord", Do: func(ctx context.Context) error { _, err := c.FindRecord(ctx, "acme-sn", "INC0010001"); return err }},
		{Name: "TechnicianOf", Do: func(ctx context.Context) error { _, err := c.TechnicianOf(ctx, support.Agent{ID: userID}); return err }},
		{Name: "AgentOf", Do: func(ctx context.Context) error { _, err := c.AgentOf(ctx, technician); return err }},
		{Name: "Agents", Do: func(ctx context.Context) error { _, err := c.Agents(ctx); return err }},
		{Name: "AddNote", Do: func(ctx context.Context) error { return c.AddNote(ctx, note) }},
		{Name: "Attach", Do: func(ctx context.Context) error {
			return c.Attach(ctx, support.Attachment{Record: incidentRef, Name: "session-1-chat.txt", Type: "text/plain", Contents: []byte("hello")})
		}},
		{Name: "Reassign", Do: func(ctx context.Context) error { return c.Reassign(ctx, incidentRef, support.Agent{ID: userID}) }},
		{Name: "ResolveRecord", Do: func(ctx context.Context) error {
			return c.ResolveRecord(ctx, support.Resolution{Record: incidentRef, Text: "solved"})
		}},
		{Name: "CreateRecord", Do: func(ctx context.Context) error { _, err := c.CreateRecord(ctx, created); return err }},
	}
}

func rowCalls(c *CRM) []conformance.Call {
	row := support.SessionRow{Key: "s-1", Vendor: support.Rescue, State: support.Invited, Code: "482913", RowID: rowID}
	return []conformance.Call{
		{Name: "SaveRow", Do: func(ctx context.Context) error { _, err := c.SaveRow(ctx, row); return err }},
		{Name: "CloseRow", Do: func(ctx context.Context) error { return c.CloseRow(ctx, rowID, support.Filed) }},
		{Name: "FindRow", Do: func(ctx context.Context) error { _, err := c.FindRow(ctx, support.Rescue, "1"); return err }},
		{Name: "FindRowByToken", Do: func(ctx context.Context) error { _, err := c.FindRowByToken(ctx, "c:token"); return err }},
		{Name: "History", Do: func(ctx context.Context) error { _, err := c.History(ctx, incidentRef, 10); return err }},
		{Name: "Contacts", Do: func(ctx context.Context) error { _, err := c.Contacts(ctx, incidentRef); return err }},
		{Name: "Contact", Do: func(ctx context.Context) error { _, err := c.Contact(ctx, incidentRef, recordID); return err }},
		{Name: "SaveReports", Do: func(ctx context.Context) error {
			return c.SaveReports(ctx, "acme-sn", support.Rescue, []support.Report{{ID: "1"}})
		}},
	}
}
