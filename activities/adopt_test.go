package activities_test

import (
	"strconv"
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

// Of connections on several pages those of the first took the place of all: what was noted on the others was gone.
func TestConnectionsOnACodeAreReadFromPageToPageAllOrNone(t *testing.T) {
	const code = "s104-882-317"
	report := func(id string) support.Report { return support.Report{ID: id, VendorSessionID: code} }
	many := make([]support.Report, 101)
	for i := range many {
		many[i] = report(strconv.Itoa(i))
	}
	for name, test := range map[string]struct {
		pages map[string]support.ReportPage
		want  int
	}{
		"two pages": {map[string]support.ReportPage{"": {Reports: []support.Report{report("c2")}, Next: "c2"}, "c2": {Reports: []support.Report{report("c1")}}}, 2},
		"empty end": {map[string]support.ReportPage{"": {Reports: []support.Report{report("c2")}, Next: "c2"}}, 1},
		"led round": {map[string]support.ReportPage{"": {Reports: []support.Report{report("c2")}, Next: "c2"}, "c2": {Reports: []support.Report{report("c1")}, Next: "c2"}}, 0},
		"too many":  {map[string]support.ReportPage{"": {Reports: many}}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(support.TeamViewer)
			row := support.RowInfo{RowID: "row-1", State: support.Filed, Sources: []string{"c1", "edit"}}
			h.crm.rows, h.vendor.pages = map[string]support.RowInfo{code: row}, test.pages
			event := support.Event{Kind: support.EventReported, VendorSessionID: code, Reports: []string{"c2"}}
			found, err := h.Adopt(t.Context(), activities.AdoptInput{Connection: acme, Event: event})
			require.NoError(t, err)
			assert.Len(t, found.Connections, test.want)
			if test.want == 0 {
				assert.Equal(t, []string{"c1", "edit"}, found.Row.Sources, "the news are added to what the row has")
			}
		})
	}
}
