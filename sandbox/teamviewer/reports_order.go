package teamviewer

import (
	"cmp"
	"time"
)

// entry is a report on its way to an answer: enough to choose it, the rest on demand.
type entry struct {
	live       *Report // nil for one of a batch
	batch      *batch
	index      int
	userID     string
	start, end time.Time
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

// walk goes through the reports by descending end; of those that ended together, those made by people come first, then
// the older batches.
type walk struct{ cursors []*cursor }

// cursor walks through one source of reports and holds the one that comes next.
type cursor struct {
	batch *batch                  // nil for reports made by people
	at    func(int) (entry, bool) // false for a report that was deleted
	count int
	index int
	next  entry
	full  bool // next is set
}

// walk begins with the newest report, or with the one after the given.
func (st *reportStore) walk(after *entry) *walk {
	w := &walk{[]*cursor{{count: len(st.live), at: func(i int) (entry, bool) { return liveEntry(st.live[i]), true }}}}
	for _, b := range st.batches {
		c := &cursor{batch: b, count: b.count, at: func(i int) (entry, bool) { return b.entry(i), !b.gone[i] }}
		if after != nil {
			c.index = b.firstFrom(after.end)
		}
		w.cursors = append(w.cursors, c)
	}
	for passed := after == nil; !passed; {
		e, found := w.next()
		passed = !found || e.same(*after)
	}
	return w
}

func (w *walk) next() (entry, bool) {
	newest := w.cursors[0]
	for _, c := range w.cursors {
		if c.fill() && (!newest.full || c.next.end.After(newest.next.end)) {
			newest = c
		}
	}
	found := newest.full
	newest.full = false
	return newest.next, found
}

// count tells how many of the reports that are left the condition picks; f is the filter in it. It does not move.
func (w *walk) count(f *reportFilter, picks func(entry) bool) int {
	n := 0
	for _, c := range w.cursors {
		if c.fill() && picks(c.next) {
			n++
		}
		if c.batch != nil && f.quick() {
			n += c.batch.countFrom(c.index, f)
			continue
		}
		for i := c.index; i < c.count; i++ {
			if e, there := c.at(i); there && picks(e) {
				n++
			}
		}
	}
	return n
}

// fill sets next; false is the end of the source.
func (c *cursor) fill() bool {
	for !c.full && c.index < c.count {
		c.next, c.full = c.at(c.index)
		c.index++
	}
	return c.full
}
