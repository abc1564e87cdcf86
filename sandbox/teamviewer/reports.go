package teamviewer

import (
	"cmp"
	"fmt"
	"iter"
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

// batch is a year of reports, spread evenly and computed from their index: 0 is the newest. Only what was changed by
// hand takes memory.
type batch struct {
	number  int
	count   int
	newest  time.Time
	step    time.Duration
	users   []*User
	changed map[int]*Report
	gone    map[int]bool
}

const (
	batchSpan     = 365 * 24 * time.Hour
	batchDuration = 20 * time.Minute // of each connection
	uncoded       = 5                // every fifth connection was made without a session code
)

// entry is a report on its way to an answer: enough to choose it, the rest on demand.
type entry struct {
	live       *Report // nil for one of a batch
	batch      *batch
	index      int
	userID     string
	start, end time.Time
}

// AddReports adds n reports over the last 365 days, computed when they are read, shared by the users there are now.
// Every fifth has no session code. Without users there is nobody to report about, and nothing is added.
func (s *Sim) AddReports(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n <= 0 || len(s.users) == 0 {
		return
	}
	s.reports.batches = append(s.reports.batches, &batch{
		number: len(s.reports.batches) + 1, count: n, newest: s.now(), step: batchSpan / time.Duration(n),
		users: slices.Clone(s.users), changed: map[int]*Report{}, gone: map[int]bool{},
	})
	s.touch()
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

// newestFirst yields all reports by descending end.
func (st *reportStore) newestFirst() iter.Seq[entry] {
	return func(yield func(entry) bool) {
		next := make([]int, len(st.batches))
		for live := 0; ; {
			var newest entry
			from := -1
			for i, b := range st.batches {
				for b.gone[next[i]] {
					next[i]++
				}
				if next[i] < b.count && (from < 0 || b.end(next[i]).After(newest.end)) {
					newest, from = b.entry(next[i]), i
				}
			}
			switch {
			case live < len(st.live) && (from < 0 || !st.live[live].EndDate.Before(newest.end)):
				newest = liveEntry(st.live[live])
				live++
			case from < 0:
				return
			default:
				next[from]++
			}
			if !yield(newest) {
				return
			}
		}
	}
}

func liveEntry(r *Report) entry {
	return entry{live: r, userID: r.UserID, start: r.StartDate, end: r.EndDate}
}

// same tells whether two entries are one report.
func (e entry) same(other entry) bool {
	return e.live == other.live && e.batch == other.batch && e.index == other.index
}

// report is the whole report; not to be changed.
func (e entry) report() *Report {
	if e.live != nil {
		return e.live
	}
	return cmp.Or(e.batch.changed[e.index], e.batch.report(e.index))
}

// editable is the report, kept from now on if it was computed.
func (e entry) editable() *Report {
	r := e.report()
	if e.live == nil {
		e.batch.changed[e.index] = r
	}
	return r
}

const batchID = "%08x-0000-4000-8000-%012x"

func (b *batch) id(i int) string { return fmt.Sprintf(batchID, b.number, i) }

func (b *batch) end(i int) time.Time {
	return b.newest.Add(-time.Duration(i) * b.step).Truncate(time.Second)
}

func (b *batch) entry(i int) entry {
	end := b.end(i)
	return entry{batch: b, index: i, userID: b.users[i%len(b.users)].ID, start: end.Add(-batchDuration), end: end}
}

func (b *batch) report(i int) *Report {
	e, user := b.entry(i), b.users[i%len(b.users)]
	r := &Report{
		ID: b.id(i), UserID: e.userID, Username: user.Name, DeviceID: fmt.Sprint(1_000_000_000 + i), DeviceName: fmt.Sprintf("PC-%06d", i),
		SupportSessionType: 1, StartDate: e.start, EndDate: e.end, Currency: "EUR", BillingState: "Bill", Notes: fmt.Sprintf("Connection %d", i),
	}
	if i%uncoded == uncoded-1 {
		return r
	}
	n := b.number*1_000_000 + i
	r.SessionCode = fmt.Sprintf("s%d-%03d-%03d", 9000+n/1_000_000, n/1000%1000, n%1000)
	r.SessionCreatedAt, r.ValidUntil = e.start.Add(-5*time.Minute), e.start.Add(24*time.Hour-5*time.Minute)
	r.AssignedUserID, r.AssignedAt = e.userID, r.SessionCreatedAt
	r.EndCustomer = &EndCustomer{Name: fmt.Sprintf("Customer %d", i)}
	return r
}
