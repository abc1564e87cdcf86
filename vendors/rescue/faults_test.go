package rescue

import (
	"context"
	"log/slog"
	"net/http"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/lifeline/support"
	"example.com/lifeline/support/conformance"
)

// ported are the calls of both ports that reach Rescue.
func ported(t *testing.T, v *Vendor) []conformance.Call {
	t.Helper()
	technician := support.Technician{SSOID: dana}
	return []conformance.Call{
		{Name: "Technician", Do: func(ctx context.Context) error { _, err := v.Technician(ctx, technician); return err }},
		{Name: "Open", Do: func(ctx context.Context) error { _, err := v.Open(ctx, request(t)); return err }},
		{Name: "Join", Do: func(ctx context.Context) error {
			_, err := v.Join(ctx, support.JoinRequest{Technician: technician})
			return err
		}},
		{Name: "Observe", Do: func(ctx context.Context) error {
			_, err := v.Observe(ctx, support.ObserveRequest{Technicians: []string{dana}})
			return err
		}},
		{Name: "Transcript", Do: func(ctx context.Context) error { _, err := v.Transcript(ctx, "1080000123"); return err }},
		{Name: "Report", Do: func(ctx context.Context) error {
			v.report.last = time.Time{}
			_, err := v.Report(ctx, wholeDay)
			return err
		}},
		{Name: "Close", Do: func(ctx context.Context) error {
			return v.Close(ctx, support.CloseRequest{VendorSessionID: "1080000123"})
		}},
		{Name: "Issue", Do: func(ctx context.Context) error {
			_, err := v.Issue(ctx, "authcode/"+dana, support.Credential{})
			return err
		}},
		{Name: "SignIn", Do: func(ctx context.Context) error { _, _, err := v.SignIn(ctx, dana, testReporter); return err }},
	}
}

// faulty opens an adapter for the suite; only, if any, are the calls that are worth repeating.
func faulty(change func(*Config), only ...string) func(t *testing.T, baseURL string, log *slog.Logger) conformance.Target {
	return func(t *testing.T, baseURL string, log *slog.Logger) conformance.Target {
		t.Helper()
		cfg := testConfig(t, baseURL)
		cfg.DebugSOAP = true
		change(&cfg)
		keeper := conformance.NewKeeper(map[string]support.Credential{"authcode/" + dana: {Value: testAuthcode}})
		v := New(cfg, keeper, log, nil)
		v.pins.sleep = func(context.Context, time.Duration) error { return nil }
		v.pins.limiter.SetLimit(1e6)
		keeper.Issuer = v
		calls := slices.DeleteFunc(ported(t, v), func(c conformance.Call) bool { return len(only) > 0 && !slices.Contains(only, c.Name) })
		return conformance.Target{Calls: calls, Secrets: []string{testPassword, testToken, testAuthcode, testReporter}}
	}
}

func unchanged(*Config) {}

func TestFaultsOfTheFirstHop(t *testing.T) {
	t.Parallel()
	conformance.Faults(t, nil, faulty(unchanged))
}

func TestFaultsWhenTechniciansAreListed(t *testing.T) {
	t.Parallel()
	conformance.Faults(t, nil, faulty(func(c *Config) { c.Poll = pollTechnicians }, "Observe"))
}

// Behind a good login and a good account, each later hop meets the fault.
func TestFaultsOfTheLaterHops(t *testing.T) {
	t.Parallel()
	conformance.Faults(t, goodBeginning, faulty(unchanged, "Observe", "Transcript", "Report"))
}

func goodBeginning(w http.ResponseWriter, r *http.Request) bool {
	method := strings.ToLower(path.Base(r.URL.Path))
	switch {
	case method == "login.aspx":
		withCookie(w, call{})
	case strings.HasPrefix(method, "set"):
		_, _ = w.Write([]byte("OK"))
	case strings.Contains(r.Header.Get("SOAPAction"), "getAccount_v2"):
		_, _ = w.Write([]byte(accountAnswer("9", "77", "25500123")))
	case method == "getaccount.aspx":
		_, _ = w.Write([]byte("OK AccountID:9 AdminID:77 TechID:0"))
	default:
		return false
	}
	return true
}
