package teamviewer

import (
	"fmt"
	"slices"
	"time"
)

// batch is a year of reports, spread evenly and computed from their index: 0 is the newest. Only what was changed by
// hand takes memory.
type batch struct {
	number  int
	count   int
	newest  time.Time
	step    time.Duration // whole seconds
	users   []*User
	changed map[int]*Report
	gone    map[int]bool
}

const (
	batchSpan     = 365 * 24 * time.Hour
	batchDuration = 20 * time.Minute // of each connection
	uncoded       = 5                // every fifth connection was made without a session code
)

// AddReports adds n reports over the last 365 days, computed when they are read, shared by the users there are now.
// Every fifth has no session code. Without users there is nobody to report about, and nothing is added.
func (s *Sim) AddReports(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n <= 0 || len(s.users) == 0 {
		return
	}
	s.reports.batches = append(s.reports.batches, &batch{
		number: len(s.reports.batches) + 1, count: n, newest: s.now(), step: max(time.Second, (batchSpan / time.Duration(n)).Truncate(time.Second)),
		users: slices.Clone(s.users), changed: map[int]*Report{}, gone: map[int]bool{},
	})
	s.touch()
}

const batchID = "%08x-0000-4000-8000-%012x"

func (b *batch) id(i int) string { return fmt.Sprintf(batchID, b.number, i) }

// end is when a connection ended; the others are older, step by step.
func (b *batch) end(i int) time.Time {
	return b.newest.Add(-time.Duration(i) * b.step)
}

// firstFrom is the index of the first report that ended at this time or before.
func (b *batch) firstFrom(end time.Time) int {
	if !end.Before(b.newest) {
		return 0
	}
	age := b.newest.Sub(end)
	return int(min(age/b.step+min(1, age%b.step), time.Duration(b.count)))
}

// countFrom tells how many reports from an index on match a quick filter.
func (b *batch) countFrom(index int, f *reportFilter) int {
	first, last, n := index, b.count, 0
	if f.nothing {
		return 0
	}
	if !f.to.IsZero() {
		first = max(first, b.firstFrom(f.to.Add(batchDuration-time.Second)))
	}
	if !f.from.IsZero() {
		last = b.firstFrom(f.from.Add(batchDuration - time.Second))
	}
	for turn, u := range b.users {
		if f.userID == "" || f.userID == u.ID {
			n += max(0, turns(last, turn, len(b.users))-turns(first, turn, len(b.users)))
		}
	}
	for i := range b.gone {
		if i >= first && i < last && f.matches(b.entry(i)) {
			n--
		}
	}
	return n
}

// turns tells how many of the first n reports are made in one of the turns.
func turns(n, turn, of int) int { return (n - turn + of - 1) / of }

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
