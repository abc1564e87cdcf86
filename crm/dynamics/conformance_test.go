package dynamics

import (
	"context"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"example.com/lifeline/support"
	"example.com/lifeline/support/conformance"
)

var secrets = []string{clientSecret, accessToken, hookSecret, "482913"}

func TestEveryFaultUnderRecordsIsClassified(t *testing.T) {
	t.Parallel()
	apiFaults(t, recordCalls)
}

func TestEveryFaultUnderRowsIsClassified(t *testing.T) {
	t.Parallel()
	apiFaults(t, rowCalls)
}

func TestEveryFaultUnderMailingsIsClassified(t *testing.T) {
	t.Parallel()
	apiFaults(t, mailCalls)
}

func TestEveryFaultUnderSetUpIsClassified(t *testing.T) {
	t.Parallel()
	apiFaults(t, setUpCalls)
}

func TestEveryFaultOfTheTokenEndpointIsClassified(t *testing.T) {
	t.Parallel()
	conformance.Faults(t, nil, func(_ *testing.T, baseURL string, log *slog.Logger) conformance.Target {
		c := newCRM(testConfig(baseURL), log)
		return conformance.Target{Calls: recordCalls(c)[:1], Secrets: secrets}
	})
}

// apiFaults runs the suite with a token endpoint that works.
func apiFaults(t *testing.T, calls func(c *CRM) []conformance.Call) {
	healthy := func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != tokenPath {
			return false
		}
		goodToken(w, r)
		return true
	}
	conformance.Faults(t, healthy, func(_ *testing.T, baseURL string, log *slog.Logger) conformance.Target {
		return conformance.Target{Calls: calls(newCRM(testConfig(baseURL), log)), Secrets: secrets}
	})
}

func recordCalls(c *CRM) []conformance.Call {
	technician := support.Technician{ID: "25500123", SSOID: "dana@example.org"}
	created := support.NewRecord{Connection: "acme-d365", Type: "incident", Correlation: "rescue:1", Title: "help", Customer: support.Customer{Email: "ana@example.org"}}
	return []conformance.Call{
		{Name: "ReadRecord", Do: func(ctx context.Context) error { _, err := c.ReadRecord(ctx, theCase); return err }},
		{Name: "FindRecord", Do: func(ctx context.Context) error { _, err := c.FindRecord(ctx, "acme-d365", "CAS-01042"); return err }},
		{Name: "TechnicianOf", Do: func(ctx context.Context) error { _, err := c.TechnicianOf(ctx, theUser); return err }},
		{Name: "LearnTechnician", Do: func(ctx context.Context) error { return c.LearnTechnician(ctx, theUser, technician) }},
		{Name: "ShowAuthcode", Do: func(ctx context.Context) error { return c.ShowAuthcode(ctx, theUser, support.AuthcodeKept) }},
		{Name: "AgentOf", Do: func(ctx context.Context) error { _, err := c.AgentOf(ctx, technician); return err }},
		{Name: "Agents", Do: func(ctx context.Context) error { _, err := c.Agents(ctx); return err }},
		{Name: "AddNote", Do: func(ctx context.Context) error {
			return c.AddNote(ctx, support.Note{Record: theCase, Marker: "s-1:end", Text: "done"})
		}},
		{Name: "Attach", Do: func(ctx context.Context) error {
			return c.Attach(ctx, support.Attachment{Record: theCase, Name: "chat.txt", Type: "text/plain", Contents: []byte("hello")})
		}},
		{Name: "Reassign", Do: func(ctx context.Context) error { return c.Reassign(ctx, theCase, theUser) }},
		{Name: "ResolveRecord", Do: func(ctx context.Context) error { return c.ResolveRecord(ctx, support.Resolution{Record: theCase}) }},
		{Name: "CreateRecord", Do: func(ctx context.Context) error { _, err := c.CreateRecord(ctx, created); return err }},
	}
}

func rowCalls(c *CRM) []conformance.Call {
	row := support.SessionRow{Key: "s-1", Vendor: support.Rescue, State: support.Invited, Code: "482913", VendorSessionID: "1"}
	byID := row
	byID.RowID = rowID
	return []conformance.Call{
		{Name: "SaveRow", Do: func(ctx context.Context) error { _, err := c.SaveRow(ctx, row); return err }},
		{Name: "SaveRow by id", Do: func(ctx context.Context) error { _, err := c.SaveRow(ctx, byID); return err }},
		{Name: "CloseRow", Do: func(ctx context.Context) error { return c.CloseRow(ctx, rowID, support.Filed) }},
		{Name: "FindRow", Do: func(ctx context.Context) error { _, err := c.FindRow(ctx, support.Rescue, "1"); return err }},
		{Name: "FindRowByToken", Do: func(ctx context.Context) error { _, err := c.FindRowByToken(ctx, "c:token"); return err }},
		{Name: "History", Do: func(ctx context.Context) error { _, err := c.History(ctx, theCase, 10); return err }},
		{Name: "SaveReports", Do: func(ctx context.Context) error {
			return c.SaveReports(ctx, "acme-d365", support.TeamViewer, []support.Report{{ID: "1"}})
		}},
		{Name: "ReadRequest", Do: func(ctx context.Context) error { _, err := c.ReadRequest(ctx, rowID); return err }},
		{Name: "OpenRequests", Do: func(ctx context.Context) error { _, err := c.OpenRequests(ctx, time.Unix(0, 0)); return err }},
	}
}

func mailCalls(c *CRM) []conformance.Call {
	to := support.Customer{ID: contactID, Name: "Ana Lopez", Email: "ana@example.org"}
	mailing := support.Mailing{Record: theCase, Marker: "s-1:share", Sender: theUser, To: to, Letter: support.Letter{Subject: "Hello", Text: "PIN 482913"}}
	return []conformance.Call{
		{Name: "Contacts", Do: func(ctx context.Context) error { _, err := c.Contacts(ctx, theCase); return err }},
		{Name: "Contact", Do: func(ctx context.Context) error { _, err := c.Contact(ctx, theCase, contactID); return err }},
		{Name: "Templates", Do: func(ctx context.Context) error { _, err := c.Templates(ctx, theCase); return err }},
		{Name: "Render", Do: func(ctx context.Context) error { _, err := c.Render(ctx, theCase, templateID, to, theUser); return err }},
		{Name: "SendMail", Do: func(ctx context.Context) error { _, err := c.SendMail(ctx, mailing); return err }},
		{Name: "MailStatus", Do: func(ctx context.Context) error { _, err := c.MailStatus(ctx, rowID); return err }},
	}
}

func setUpCalls(c *CRM) []conformance.Call {
	return []conformance.Call{
		{Name: "SessionKeyStatus", Do: func(ctx context.Context) error { _, err := c.SessionKeyStatus(ctx); return err }},
		{Name: "RepairSessionKey", Do: c.RepairSessionKey},
	}
}
