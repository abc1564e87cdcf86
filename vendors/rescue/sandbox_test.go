package rescue

import (
	"log/slog"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	sandbox "example.com/lifeline/sandbox/rescue"
	"example.com/lifeline/support"
	"example.com/lifeline/support/conformance"
)

// stage is the adapter before the simulator, in a language that is not English.
type stage struct {
	sim *sandbox.Sim
	v   *Vendor
	url string
}

func newStage(t *testing.T, change func(*Config), layout sandbox.Layout) stage {
	t.Helper()
	sim := sandbox.New(sandbox.Options{
		Clock:    func() time.Time { return testNow },
		Settings: sandbox.Settings{Layout: layout, Language: "pt", KeepClosed: sandbox.Duration(time.Hour)},
	})
	t.Cleanup(sim.Close)
	sim.AddCompany(sandbox.Company{ID: 1234567, Name: "Acme", MasterPassword: testPassword, FieldTitles: [6]string{"Seu nome:"}})
	_, err := sim.AddTechnician(sandbox.User{Name: "Dana Ruiz", Email: dana, SSOID: dana, Password: "own", Console: true})
	require.NoError(t, err)
	_, err = sim.AddAdministrator(sandbox.User{Name: "Reports", Email: "reports@example.org", Password: testReporter})
	require.NoError(t, err)
	token, err := sim.IssueToken("reports@example.org")
	require.NoError(t, err)
	server := httptest.NewServer(sim.Handler())
	t.Cleanup(server.Close)
	cfg := testConfig(t, server.URL)
	cfg.APIToken = support.Secret(token)
	change(&cfg)
	keeper := conformance.NewKeeper(nil)
	v := New(cfg, keeper, slog.New(slog.DiscardHandler), nil)
	v.now = sim.Now
	keeper.Issuer = v
	return stage{sim: sim, v: v, url: server.URL}
}

func (s stage) observe(t *testing.T) support.Observation {
	t.Helper()
	seen, err := s.v.Observe(t.Context(), support.ObserveRequest{Technicians: []string{dana}})
	require.NoError(t, err)
	require.Len(t, seen, 1)
	return seen[0]
}

func (s stage) open(t *testing.T) (support.OpenRequest, support.Invitation) {
	t.Helper()
	technician, err := s.v.Technician(t.Context(), support.Technician{SSOID: dana})
	require.NoError(t, err)
	req := request(t)
	req.Technician = technician
	invitation, err := s.v.Open(t.Context(), req)
	require.NoError(t, err)
	return req, invitation
}

func TestWholeSessionBeforeTheSimulator(t *testing.T) {
	for name, change := range map[string]func(*Config){"by account": func(*Config) {}, "by technician": func(c *Config) { c.Poll = pollTechnicians }} {
		for _, layout := range []sandbox.Layout{sandbox.BlankLine, sandbox.OneLine} {
			t.Run(name+" "+string(layout), func(t *testing.T) { playSession(t, newStage(t, change, layout)) })
		}
	}
}

func playSession(t *testing.T, s stage) {
	req, invitation := s.open(t)
	assert.True(t, strings.HasPrefix(invitation.CustomerLink, s.url))
	ticket, err := s.v.Join(t.Context(), support.JoinRequest{Invitation: invitation, Technician: req.Technician})
	require.NoError(t, err)
	assert.True(t, strings.HasPrefix(ticket.Reveal(), s.url))

	joined, err := s.sim.CustomerJoins(invitation.Code, "Ana")
	require.NoError(t, err)
	seen := s.observe(t)
	assert.Equal(t, support.PhaseWaiting, seen.Phase)
	assert.Equal(t, req.Token, seen.Token)

	_, err = s.sim.PickUp(joined.ID, "")
	require.NoError(t, err)
	assert.Equal(t, support.PhaseConnected, s.observe(t).Phase)
	_, err = s.sim.Say(joined.ID, "Ana", "thanks | a:b")
	require.NoError(t, err)
	_, err = s.sim.Note(joined.ID, "Reset the profile")
	require.NoError(t, err)
	s.sim.Advance(5 * time.Minute)
	require.NoError(t, s.v.Close(t.Context(), support.CloseRequest{VendorSessionID: seen.VendorSessionID}))
	require.NoError(t, s.v.Close(t.Context(), support.CloseRequest{VendorSessionID: seen.VendorSessionID}), "already closed is success")
	seen = s.observe(t)
	assert.Equal(t, support.PhaseEnded, seen.Phase)
	assert.Equal(t, support.ReasonTechnician, seen.Reason)

	told, err := s.v.Transcript(t.Context(), seen.VendorSessionID)
	require.NoError(t, err)
	assert.Contains(t, told.Chat, "thanks | a:b")
	assert.Equal(t, "Reset the profile", told.Notes)
	checkReport(t, s, req, seen.VendorSessionID)
}

func checkReport(t *testing.T, s stage, req support.OpenRequest, id string) {
	t.Helper()
	page, err := s.v.Report(t.Context(), support.ReportQuery{From: testNow.Add(-time.Hour), To: testNow.Add(time.Hour)})
	require.NoError(t, err)
	require.Len(t, page.Reports, 1)
	got := page.Reports[0]
	assert.Equal(t, id, got.ID)
	assert.Equal(t, req.Token, got.Token)
	assert.Equal(t, req.Customer, got.Customer)
	assert.Equal(t, req.Technician.ID, got.Technician.ID)
	assert.Equal(t, testNow.Add(5*time.Minute), got.EndedAt)
	assert.Equal(t, int64(300), got.WorkSeconds)
	assert.Equal(t, support.ReasonUnknownCause, got.Reason, "the report's words are translated")
	_, err = s.v.Report(t.Context(), support.ReportQuery{From: testNow.Add(-time.Hour), To: testNow})
	requireFailure(t, err, support.Retry, support.CodeRateLimited)
}

func TestPostsOfTheSimulatorAreUnderstood(t *testing.T) {
	for _, format := range []sandbox.Format{sandbox.FormatForm, sandbox.FormatXML, sandbox.FormatJSON} {
		s := newStage(t, func(*Config) {}, sandbox.BlankLine)
		receiver := s.url + "/nobody"
		require.NoError(t, s.sim.SetPostURLs("Technicians", receiver, receiver, format))
		req, invitation := s.open(t)
		joined, err := s.sim.CustomerJoins(invitation.Code, "Ana")
		require.NoError(t, err)
		_, err = s.sim.PickUp(joined.ID, "")
		require.NoError(t, err)
		_, err = s.sim.CloseByTechnician(joined.ID, "Resolved")
		require.NoError(t, err)
		require.NoError(t, s.sim.WaitPosts(t.Context()))
		kinds := []support.EventKind{}
		for _, post := range s.sim.Posts() {
			e, err := DecodePost(post.ContentType, "", []byte(post.Body), testNow)
			require.NoError(t, err)
			assert.Equal(t, req.Token, e.Token)
			assert.Equal(t, req.Customer, e.Customer)
			assert.Equal(t, dana, e.Technician.SSOID)
			kinds = append(kinds, e.Kind)
		}
		assert.ElementsMatch(t, []support.EventKind{support.EventStarted, support.EventEnded}, kinds, format)
	}
}

func TestVoidedAuthcodeIsReplacedAtTheSimulator(t *testing.T) {
	s := newStage(t, func(*Config) {}, sandbox.BlankLine)
	_, err := s.v.Technician(t.Context(), support.Technician{SSOID: dana})
	require.NoError(t, err)
	require.NoError(t, s.sim.RevokeAuthcode(dana))
	_, err = s.v.Technician(t.Context(), support.Technician{SSOID: dana})
	require.NoError(t, err)
}

func TestCustomerLinkOpensTheSimulatorsPage(t *testing.T) {
	s := newStage(t, func(*Config) {}, sandbox.BlankLine)
	_, invitation := s.open(t)
	link, err := url.Parse(invitation.CustomerLink)
	require.NoError(t, err)
	assert.Equal(t, "/R", link.Path)
	assert.Equal(t, url.Values{"i": {"2"}, "Code": {invitation.Code}}, link.Query())
}

func TestDoctorIsContentWithTheSimulator(t *testing.T) {
	for _, finding := range newStage(t, func(*Config) {}, sandbox.BlankLine).v.Check(t.Context()) {
		assert.NotEqual(t, support.Fault, finding.Level, "%+v", finding)
	}
}
