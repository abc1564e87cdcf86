package teamviewer

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// reportStore holds the reports that people made, and batches that are computed when they are looked at.
type reportStore struct {
	live    []*Report // newest end first
	batches []*batch
}

// AddReport adds a report as it is and returns its id, which is made when empty. It is visible at once.
func (s *Sim) AddReport(r Report) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.ID == "" {
		r.ID = uuid.NewString()
	}
	s.reports.insert(&r)
	s.touch()
	return r.ID
}

// Reports lists the reports that people made, newest end first, also those the API does not show yet. Those of
// AddReports are left out.
func (s *Sim) Reports() []Report {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]Report, 0, len(s.reports.live))
	for _, r := range s.reports.live {
		all = append(all, *r)
	}
	return all
}

// EditNotes is a supporter changing the notes of a report, named by its id or by a session code: then its newest.
func (s *Sim) EditNotes(reportOrCode, text string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.reports.editable(reportOrCode)
	if r == nil {
		return ErrUnknownReport
	}
	r.Notes = text
	s.touch()
	return nil
}

// file adds the report of a connection that has just ended; it becomes visible after the delay.
func (s *Sim) file(r *Report) {
	delay := time.Duration(*s.settings.ReportDelay)
	r.VisibleAt = s.now().Add(delay)
	s.reports.insert(r)
	time.AfterFunc(delay, func() { // wakes those who wait for it when the clock is not advanced by hand
		s.mu.Lock()
		defer s.mu.Unlock()
		s.touch()
	})
}

func (st *reportStore) insert(r *Report) {
	at := slices.IndexFunc(st.live, func(other *Report) bool { return !other.EndDate.After(r.EndDate) })
	if at < 0 {
		at = len(st.live)
	}
	st.live = slices.Insert(st.live, at, r)
}

// editable finds a report to be changed, by id or session code.
func (st *reportStore) editable(idOrCode string) *Report {
	if e, found := st.find(idOrCode); found {
		return e.editable()
	}
	bare := undashed(idOrCode)
	for _, r := range st.live {
		if r.SessionCode != "" && undashed(r.SessionCode) == bare {
			return r
		}
	}
	return nil
}

// find looks a report up by its id, without regard to case.
func (st *reportStore) find(id string) (entry, bool) {
	for _, r := range st.live {
		if strings.EqualFold(r.ID, id) {
			return liveEntry(r), true
		}
	}
	var number, index int
	if _, err := fmt.Sscanf(strings.ToLower(id), batchID, &number, &index); err != nil || number < 1 || number > len(st.batches) {
		return entry{}, false
	}
	b := st.batches[number-1]
	if index >= b.count || b.gone[index] || !strings.EqualFold(b.id(index), id) {
		return entry{}, false
	}
	return b.entry(index), true
}

func (st *reportStore) remove(e entry) {
	if e.live == nil {
		e.batch.gone[e.index] = true
		return
	}
	st.live = slices.DeleteFunc(st.live, func(r *Report) bool { return r == e.live })
}
