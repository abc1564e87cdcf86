package dataverse

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// tx gathers what one request, change set or bulk action did, so that it can be undone as a whole.
type tx struct {
	undo   []func()
	events []event
	after  []func() // run at commit, with the lock held
	ids    []string // of created rows, in order; a repetition creates the same ones
	used   int
}

func (x *tx) newID() string {
	if x.used == len(x.ids) {
		x.ids = append(x.ids, uuid.NewString())
	}
	x.used++
	return x.ids[x.used-1]
}

// rollback undoes everything and forgets all but the ids.
func (x *tx) rollback() {
	for _, undo := range slices.Backward(x.undo) {
		undo()
	}
	*x = tx{ids: x.ids}
}

// transact runs calls all or none: one failure undoes all and is the only answer. Synchronous steps are asked before
// anything becomes visible, and can refuse (reference 1.3, option C).
func (s *Sim) transact(ctx context.Context, calls []*call) []*answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.awaitRows(ctx, calls)
	x := &tx{}
	answers, ok := s.attempt(calls, x)
	if !ok {
		return answers
	}
	if jobs := s.synchronousJobs(x.events); len(jobs) > 0 {
		x.rollback()
		if err := s.runInside(ctx, x.ids, jobs); err != nil {
			return []*answer{calls[0].failed(err)}
		}
		if answers, ok = s.attempt(calls, x); !ok {
			return answers
		}
	}
	s.commit(x)
	return answers
}

func (s *Sim) attempt(calls []*call, x *tx) ([]*answer, bool) {
	answers := make([]*answer, 0, len(calls))
	for _, c := range calls {
		c.tx = x
		result := c.run()
		if result.status >= http.StatusBadRequest {
			x.rollback()
			return []*answer{result}, false
		}
		c.remember(result)
		answers = append(answers, result)
	}
	return answers, true
}

// remember makes the row a call created known to later calls of its change set, as $<Content-ID>.
func (c *call) remember(result *answer) {
	if id := c.header.Get("Content-ID"); id != "" && c.refs != nil {
		c.refs["$"+id] = result.header.Get("OData-EntityId")
	}
}

// commit publishes what the transaction did: asynchronous steps are queued, watchers wake.
func (s *Sim) commit(x *tx) {
	if len(x.undo) == 0 {
		return
	}
	s.queueJobs(x.events)
	for _, after := range x.after {
		after()
	}
	s.touch()
}

// runInside asks synchronous steps while the rows of the open transaction stay locked and invisible.
func (s *Sim) runInside(ctx context.Context, ids []string, jobs []job) error {
	released := make(chan struct{})
	for _, id := range ids {
		s.inFlight[id] = released
	}
	s.mu.Unlock()
	var err error
	for _, j := range jobs {
		if err = s.askStep(ctx, j); err != nil {
			break
		}
	}
	s.mu.Lock()
	for _, id := range ids {
		delete(s.inFlight, id)
	}
	close(released)
	return err
}

// awaitRows blocks writes on rows that another, open transaction holds.
func (s *Sim) awaitRows(ctx context.Context, calls []*call) {
	for _, c := range calls {
		if c.method == http.MethodGet || len(c.path[0].args) == 0 {
			continue
		}
		released, locked := s.inFlight[strings.ToLower(c.path[0].args[0].value)]
		if !locked {
			continue
		}
		s.mu.Unlock()
		select {
		case <-released:
		case <-ctx.Done():
		}
		s.mu.Lock()
	}
}

// inTransaction runs work of the platform itself; the lock must be held.
func (s *Sim) inTransaction(who principal, work func(c *call) error) error {
	c := &call{Sim: s, who: who, header: http.Header{}, tx: &tx{}}
	if err := work(c); err != nil {
		c.tx.rollback()
		return err
	}
	s.commit(c.tx)
	return nil
}
