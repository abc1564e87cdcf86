package activities_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/activities"
	"example.com/lifeline/support"
)

func TestReconcilingAdoptsWhatIsMissingOrHasOtherNotes(t *testing.T) {
	h := newHouse(support.Rescue)
	elsewhere := incident
	elsewhere.Connection = "other"
	h.vendor.pages = map[string]support.ReportPage{"": {Next: "p2", Reports: []support.Report{
		{ID: "1", VendorSessionID: "missing", Token: ours}, {ID: "2", VendorSessionID: "filed", Token: ours, Notes: "fixed"},
		{ID: "3", VendorSessionID: "unfiled", Token: ours}, {ID: "4", VendorSessionID: "edited", Token: ours, Notes: "fixed, edited"},
		{ID: "5", VendorSessionID: "console"}, {ID: "7", VendorSessionID: "unreported", Token: ours},
		{ID: "6", VendorSessionID: "foreign", Token: support.NewToken(support.ServiceNow, elsewhere, support.Nonce("run"))},
	}}}
	h.crm.rows = map[string]support.RowInfo{
		"filed": {State: support.Filed, Notes: "fixed"}, "unfiled": {State: support.Ended}, "edited": {State: support.Filed, Notes: "fixed"},
		"unreported": {State: support.Filed, Reason: support.ReasonNoReport},
	}
	result, err := h.ReconcilePage(t.Context(), activities.PageInput{Connection: acme})
	require.NoError(t, err)
	assert.Equal(t, activities.PageResult{Read: 7, Adopted: 5, Next: "p2"}, result)
	var ids []string
	for _, one := range h.dispatch.delivered {
		ids = append(ids, one.Event.VendorSessionID)
		assert.Equal(t, support.PhaseEnded, one.Event.Phase)
	}
	assert.Equal(t, []string{"missing", "unfiled", "edited", "console", "unreported"}, ids)
}

func TestSessionThatGoesOnIsNotReconciledYet(t *testing.T) {
	h := newHouse(support.Rescue)
	begun := time.Date(2026, 6, 18, 9, 0, 0, 0, time.UTC)
	h.vendor.pages = map[string]support.ReportPage{"": {Reports: []support.Report{
		{ID: "1", VendorSessionID: "goes on", Token: ours, StartedAt: begun, Reason: support.ReasonUnknownCause},
		{ID: "2", VendorSessionID: "over", Token: ours, StartedAt: begun, EndedAt: begun.Add(time.Hour)},
		{ID: "3", VendorSessionID: "aborted", Token: ours, StartedAt: begun, Reason: support.ReasonAborted},
	}}}
	_, err := h.ReconcilePage(t.Context(), activities.PageInput{Connection: acme})
	require.NoError(t, err)
	require.Len(t, h.dispatch.delivered, 2)
	assert.Equal(t, "over", h.dispatch.delivered[0].Event.VendorSessionID)
	assert.Equal(t, "aborted", h.dispatch.delivered[1].Event.VendorSessionID)
}

func TestSessionThatNamesNobodyIsAdoptedByOneOfThoseWhoShareTheAccount(t *testing.T) {
	for name, want := range map[string]struct {
		second      map[string]support.RowInfo // what the other CRM has
		off         bool                       // the other is switched off
		asked       string                     // whose report is compared
		deliveredTo []string
	}{
		"filed by the other already":       {map[string]support.RowInfo{"console": {State: support.Filed}}, false, acme, nil},
		"found by the first":               {nil, false, acme, []string{acme}},
		"left to the first":                {nil, false, "beta", nil},
		"maybe of one that wants none now": {nil, true, acme, nil},
	} {
		h := newHouse(support.Rescue)
		h.Connections["beta"] = &activities.Connection{Name: "beta", Vendor: h.vendor, CRM: &crm{rows: want.second}, Settings: support.Settings{Enabled: !want.off}}
		h.vendor.pages = map[string]support.ReportPage{"": {Reports: []support.Report{{ID: "1", VendorSessionID: "console"}}}}
		_, err := h.ReconcilePage(t.Context(), activities.PageInput{Connection: want.asked})
		require.NoError(t, err)
		var delivered []string
		for _, one := range h.dispatch.delivered {
			delivered = append(delivered, one.To)
		}
		assert.Equal(t, want.deliveredTo, delivered, name)
	}
}

func TestConnectionThatDoesNotAnswerHoldsUpTheOthersReportOnce(t *testing.T) {
	h := newHouse(support.Rescue)
	silent := &crm{silent: true}
	h.Connections["beta"] = &activities.Connection{Name: "beta", Vendor: h.vendor, CRM: silent, Settings: support.Settings{Enabled: true}}
	h.vendor.pages = map[string]support.ReportPage{"": {Reports: []support.Report{
		{ID: "1", VendorSessionID: "console"}, {ID: "2", VendorSessionID: "another"}, {ID: "3", VendorSessionID: "pressed", Token: ours},
	}}}
	result, err := h.ReconcilePage(t.Context(), activities.PageInput{Connection: acme})
	require.NoError(t, err)
	assert.Equal(t, 1, result.Adopted)
	assert.Equal(t, "pressed", h.dispatch.delivered[0].Event.VendorSessionID)
	assert.Equal(t, 1, silent.sought)
}

func TestSwitchedOffConnectionReconcilesNothing(t *testing.T) {
	h := newHouse(support.Rescue)
	h.Connections[acme].Settings.Enabled = false
	h.vendor.pages = map[string]support.ReportPage{"": {Reports: []support.Report{{ID: "1", VendorSessionID: "console"}, {ID: "2", VendorSessionID: "pressed", Token: ours}}}}
	_, err := h.ReconcilePage(t.Context(), activities.PageInput{Connection: acme})
	require.NoError(t, err)
	assert.Empty(t, h.dispatch.delivered)
}

func TestTeamViewerConnectionsWithoutOurTokenAreNotAdopted(t *testing.T) {
	h := newHouse(support.TeamViewer)
	h.vendor.pages = map[string]support.ReportPage{"": {Reports: []support.Report{{ID: "1", VendorSessionID: "s1"}}}}
	result, err := h.ReconcilePage(t.Context(), activities.PageInput{Connection: acme})
	require.NoError(t, err)
	assert.Zero(t, result.Adopted)
}

func TestEditedNotesMakeAReportNews(t *testing.T) {
	h := newHouse(support.Rescue)
	for _, notes := range []string{"a", "a", "b"} {
		h.vendor.pages = map[string]support.ReportPage{"": {Reports: []support.Report{{ID: "1", VendorSessionID: "1", Notes: notes}}}}
		_, err := h.ReconcilePage(t.Context(), activities.PageInput{Connection: acme})
		require.NoError(t, err)
	}
	d := h.dispatch.delivered
	assert.Equal(t, d[0].Event.ID, d[1].Event.ID)
	assert.NotEqual(t, d[0].Event.ID, d[2].Event.ID)
}

func TestCompanyReportKeepsAllLinesWithTheirRecords(t *testing.T) {
	h := newHouse(support.TeamViewer)
	h.vendor.pages = map[string]support.ReportPage{"p2": {Reports: []support.Report{{ID: "1", Token: ours}, {ID: "2"}}}}
	result, err := h.SaveReportPage(t.Context(), activities.PageInput{Connection: acme, Cursor: "p2"})
	require.NoError(t, err)
	assert.Equal(t, activities.PageResult{Read: 2, Saved: 2}, result)
	assert.Equal(t, []support.RecordRef{incident, {}}, []support.RecordRef{h.crm.reports[0].Record, h.crm.reports[1].Record})
}

func TestWatcherIsNotLedRoundInCirclesByTheReport(t *testing.T) {
	h := newHouse(support.TeamViewer)
	h.live(liveSession("1"))
	h.vendor.list = []support.Observation{observed("1", support.PhaseOpen, ours)}
	h.vendor.pages = map[string]support.ReportPage{"": {Next: "p2"}, "p2": {Next: "p3"}, "p3": {Next: "p2"}}
	h.watch(t, func() {})
	assert.NotEmpty(t, h.vendor.asked)
}
