package workflows

import (
	"slices"
	"strings"

	"example.com/lifeline/activities"
	"example.com/lifeline/support"
)

// isConnection tells whether an event is TeamViewer's report of one of the connections on a code.
func (s *story) isConnection(e support.Event) bool {
	return s.vendor == support.TeamViewer && e.Kind == support.EventReported && len(e.Reports) == 1
}

// connect takes a connection in, or what its report says now: its notes may be edited as long as anybody likes. Times and
// notes of the session are those of all connections together, in the order they were made.
func (s *story) connect(e support.Event) {
	c := activities.Connected{
		Report: e.Reports[0], StartedAt: e.PickedUpAt, EndedAt: e.EndedAt, Work: e.WorkSeconds, Notes: e.Notes, Edit: e.ID,
	}
	same := func(other activities.Connected) bool { return other.Report == c.Report }
	if at := slices.IndexFunc(s.Connections, same); at >= 0 && s.NewestEdits {
		s.forgetEdit(s.Connections[at].Edit, e.ID)
	}
	s.Connections = append(slices.DeleteFunc(slices.Clone(s.Connections), same), c)
	slices.SortStableFunc(s.Connections, func(a, b activities.Connected) int { return a.StartedAt.Compare(b.StartedAt) })

	s.Work, s.Active = 0, 0
	var notes []string
	for _, c := range s.Connections {
		s.Work += c.Work
		s.Active += c.Seconds()
		if c.Notes != "" && !slices.Contains(notes, c.Notes) {
			notes = append(notes, c.Notes)
		}
	}
	s.Notes = strings.Join(notes, "\n")
}

// forgetEdit drops what a report said before: it is news when it says so again.
func (s *story) forgetEdit(before, now string) {
	if before != now {
		s.Sources = slices.DeleteFunc(s.Sources, func(id string) bool { return id == before })
	}
}

// knownConnections are those of a session that goes on from its row: as the vendor's report tells them now, or else the
// row's notes, which new ones are added to.
func knownConnections(found activities.Adopted) []activities.Connected {
	if len(found.Connections) == 0 && found.Row.Notes != "" {
		return []activities.Connected{{StartedAt: found.Row.StartedAt, Notes: found.Row.Notes}}
	}
	return found.Connections
}
