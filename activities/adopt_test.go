package activities_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/activities"
	"example.com/lifeline/support"
)

// The row has only what came of all connections together, so that edited notes could not take the place of what they were.
func TestNewsOfAConnectionBringAllOfItsSession(t *testing.T) {
	const code = "s104-882-317"
	h := newHouse(support.TeamViewer)
	h.crm.rows = map[string]support.RowInfo{code: {RowID: "row-1", State: support.Filed, Sources: []string{"c1", support.EventID("report", "c1", "wrong")}}}
	h.vendor.pages = map[string]support.ReportPage{"": {Reports: []support.Report{
		{ID: "c2", VendorSessionID: code, WorkSeconds: 60, Notes: strings.Repeat("é", 1<<20)}, {ID: "c1", VendorSessionID: code, Notes: "first"},
		{ID: "c3", VendorSessionID: "s1-000-001"},
	}}}
	event := support.Event{Kind: support.EventReported, VendorSessionID: code, Reports: []string{"c2"}}
	found, err := h.Adopt(t.Context(), activities.AdoptInput{Connection: acme, Event: event})
	require.NoError(t, err)
	require.Len(t, found.Connections, 2)
	assert.Equal(t, activities.Connected{Report: "c1", Notes: "first", Edit: support.EventID("report", "c1", "first")}, found.Connections[1])
	assert.Equal(t, []string{"c1"}, found.Row.Sources, "what a report says no more would be news again")
	assert.LessOrEqual(t, len(found.Connections[0].Notes), 16<<10, "below what the engine takes")

	event.Kind = support.EventObserved
	found, err = h.Adopt(t.Context(), activities.AdoptInput{Connection: acme, Event: event})
	require.NoError(t, err)
	assert.Empty(t, found.Connections)
}
