package workflows_test

import (
	"cmp"
	"errors"
	"slices"
	"testing"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"example.com/lifeline/activities"
	"example.com/lifeline/support"
	"example.com/lifeline/workflows"
)

// farewell is how long after the last fault and event a session may still take. A human looks every few hours.
const farewell = 10 * 24 * time.Hour

// telling plays a plot: the run that begins it, those that take its rest over, and those that adopt what comes after
// them. They share one desk, as runs share the CRM and the vendor.
type telling struct {
	*plot
	*desk
	t    *testing.T
	runs []*world
	told []int // the beats that came to a run, in their order

	begun    time.Duration // of the run that is played
	open     []*answered[workflows.View]
	rowOf    map[*answered[workflows.View]]string
	renewals []*answered[workflows.View]
	others   []interface{ answered() bool }
	codes    []string
	ran      map[string]time.Time // when each code runs out
	mails    []mail
	closed   map[string]time.Time
	troubles map[string]int // by subject and step: how often raised and not yet cleared
	written  map[string]bool
	doubled  []string // notes written again by a step that didn't look for them
	view     workflows.View
	late     bool // a run had to be ended by force
}

// mail is one that went out.
type mail struct {
	at       time.Time
	to, code string
	share    bool // which an agent waits for
	draft    bool
}

func newTelling(t *testing.T, p *plot) *telling {
	d := newDesk()
	for _, w := range p.wishes {
		w.change(&d.settings)
	}
	k := &telling{plot: p, desk: d, t: t, ran: map[string]time.Time{}, closed: map[string]time.Time{}, rowOf: map[*answered[workflows.View]]string{}, troubles: map[string]int{}, written: map[string]bool{}}
	for step := range mayFail {
		d.faults[step] = func(int) error { return k.failure(step, false) }
	}
	d.faults["Adopt"] = func(int) error {
		k.found.Connections = k.connections()
		return k.failure("Adopt", false)
	}
	d.after = func(step string) error {
		k.note(step)
		return k.failure(step, true)
	}
	return k
}

// failure is what a step says now: before it does its work, or after, when the answer is lost.
func (k *telling) failure(step string, after bool) error {
	now := k.now().Sub(start)
	for _, f := range k.plot.faults {
		if f.step == step && f.from <= now && now < f.until && (f.kind == lost) == after {
			return map[string]*support.Error{
				busy: slow, lost: slow, stuck: forbidden, refuse: support.Stopped(support.CodeInvalid, "not so", nil),
			}[f.kind]
		}
	}
	return nil
}

// note keeps what the laws ask for when a step has done its work.
func (k *telling) note(step string) {
	switch step {
	case "OpenSession":
		code := k.invitation.Code
		if n := len(k.opened); n > 1 {
			code = nextCode(code, n)
		}
		k.codes = append(k.codes, code)
		k.ran[code] = last(k.opened).Request.Now.Add(last(k.opened).Request.InvitationTTL)
	case "InviteCustomer":
		k.mails = append(k.mails, mail{at: k.now(), to: last(k.invited).Customer.Email, code: last(k.invited).Invitation.Code})
	case "InviteTechnician":
		k.mails = append(k.mails, mail{at: k.now(), to: last(k.mailedTo).Agent.Email, code: last(k.mailedTo).Invitation.Code})
	case "ShareLink":
		s := last(k.desk.shares)
		k.mails = append(k.mails, mail{at: k.now(), to: s.Customer.Email, code: s.Invitation.Code, share: true, draft: s.Channel == support.MailMailto})
	case "CloseSession":
		if k.failure(step, true) != nil {
			return // nobody knows that it is closed
		}
		for _, code := range []string{last(k.closings).Code, last(k.closings).VendorSessionID} {
			if k.closed[code].IsZero() {
				k.closed[code] = k.now()
			}
		}
	case "FileOutcome":
		k.noteNote(last(k.outcomes))
	case "RaiseAlert":
		k.troubles[last(k.raised).Subject+": "+last(k.raised).Step] = 1
	case "ClearAlert":
		k.troubles[last(k.cleared).Subject+": "+last(k.cleared).Step] = 0
	case "HandOn":
		k.comesBack(last(k.handed))
	}
}

func last[T any](list []T) T { return list[len(list)-1] }

func (k *telling) noteNote(in activities.OutcomeInput) {
	if in.Note == nil {
		return
	}
	if k.written[in.Note.Marker] && !in.Note.Again {
		k.doubled = append(k.doubled, in.Note.Marker)
	}
	k.written[in.Note.Marker] = true
}

// comesBack lets what a run hands on come to the run that takes the session over, or adopts it. What speaks of a code
// that was replaced is another session's.
func (k *telling) comesBack(e support.Event) {
	if k.vendor == support.TeamViewer && k.origin == workflows.FromButton && e.VendorSessionID != k.code() {
		return
	}
	k.beats = append(k.beats, beat{at: k.now().Sub(start), what: tells, which: handedOn, event: e})
}

// code is the newest that was given out.
func (k *telling) code() string {
	for _, r := range slices.Backward(k.renewals) {
		if r.done && r.err == nil && r.value.Code != "" {
			return r.value.Code
		}
	}
	return k.invitation.Code
}

// sessionID is the vendor's id of the session.
func (k *telling) sessionID() string {
	if k.vendor == support.TeamViewer {
		return k.code()
	}
	return sessionID
}

// play plays the plot to its end.
func (k *telling) play() {
	k.perform(k.first())
	for len(k.runs) < 30 {
		w := last(k.runs)
		ended := w.Now().Sub(start)
		switch {
		case len(w.children) > 0:
			k.perform(k.rest(w, ended))
		case k.nextEvent() >= 0:
			k.perform(k.adopted(ended))
		default:
			return
		}
	}
	k.t.Error("one run follows the other")
}

func (k *telling) first() *world {
	w := k.stage(0)
	if k.origin == workflows.FromVendor {
		w.adopting(activities.Adopted{Record: &k.desk.record})
		k.adopts(w)
	}
	for _, change := range k.before {
		for newest := range workflow.Version(2) {
			w.OnGetVersion(change, workflow.DefaultVersion, newest+1).Return(workflow.DefaultVersion).Maybe()
		}
	}
	return w
}

func (k *telling) stage(at time.Duration) *world {
	w := among(k.t, k.desk)
	if k.vendor == support.TeamViewer {
		w.teamViewer()
	}
	k.begun = at
	w.SetStartTime(start.Add(at))
	return w
}

func (k *telling) rest(w *world, ended time.Duration) *world {
	rest := k.stage(ended)
	rest.start = w.children[0]
	return rest
}

// adopted is the run that what comes next begins, when no run is left.
func (k *telling) adopted(ended time.Duration) *world {
	w := k.stage(max(ended, k.beats[k.nextEvent()].at))
	w.adopting(activities.Adopted{Record: &k.desk.record})
	k.adopts(w)
	return w
}

// adopts prepares what is known of the session that a run adopts.
func (k *telling) adopts(w *world) {
	w.start.SessionID = k.sessionID()
	row := k.row()
	if row == nil {
		return
	}
	w.found.Row = &support.RowInfo{
		RowID: rowID(*row), Key: row.Key, Record: row.Record, RecordNumber: row.RecordNumber, State: row.State, Reason: row.Outcome.Reason,
		Technician: row.Technician, Customer: row.Customer, RequestedAt: row.RequestedAt, StartedAt: row.Outcome.StartedAt,
		EndedAt: row.Outcome.EndedAt, Notes: row.Outcome.Notes, Chat: row.Outcome.Chat, Token: row.Token, Sources: slices.Clone(row.Outcome.Reports),
	}
	if row.Record.IsZero() {
		w.found.Record = nil
	}
}

// connections are those that the vendor's report tells of by now, for a session that has a row. What it doesn't say any
// more would be news again.
func (k *telling) connections() []activities.Connected {
	if k.vendor != support.TeamViewer || k.found.Row == nil {
		return nil
	}
	var list []activities.Connected
	for _, b := range k.beats {
		if e := b.event; b.which != handedOn && e.Kind == support.EventReported && b.at <= k.now().Sub(start) {
			same := func(c activities.Connected) bool { return c.Report == e.Reports[0] }
			list = append(slices.DeleteFunc(list, same), activities.Connected{
				Report: e.Reports[0], StartedAt: e.PickedUpAt, EndedAt: e.EndedAt, Work: e.WorkSeconds, Notes: e.Notes, Edit: e.ID,
			})
		}
	}
	k.found.Row.Sources = slices.DeleteFunc(k.found.Row.Sources, func(id string) bool {
		return !slices.ContainsFunc(list, func(c activities.Connected) bool { return c.Report == id || c.Edit == id })
	})
	return list
}

// row is the session's row as it stands; nil if there is none.
func (k *telling) row() *support.SessionRow {
	keys := []string{support.SessionKey(testRun), support.AdoptedKey(k.vendor, k.sessionID())}
	for _, row := range slices.Backward(k.rows) {
		if slices.Contains(keys, row.Key) {
			return &row
		}
	}
	return nil
}

// untold lists the beats that came to no run yet, in their order.
func (k *telling) untold() []int {
	var list []int
	for i := range k.beats {
		if !slices.Contains(k.told, i) {
			list = append(list, i)
		}
	}
	slices.SortStableFunc(list, func(a, b int) int { return cmp.Compare(k.beats[a].at, k.beats[b].at) })
	return list
}

// nextEvent is the earliest beat that came to no run yet and begins one, or -1. That nobody is there begins none.
func (k *telling) nextEvent() int {
	there := []support.Phase{support.PhaseWaiting, support.PhaseConnected, support.PhaseTransferring}
	for _, i := range k.untold() {
		if b := k.beats[i]; b.what == tells && (b.event.Kind != support.EventObserved || slices.Contains(there, b.event.Phase)) {
			return i
		}
	}
	return -1
}

// perform plays one run.
func (k *telling) perform(w *world) {
	k.runs = append(k.runs, w)
	for _, i := range k.untold() {
		if b := k.beats[i]; b.what == tells {
			w.at(max(0, b.at-k.begun), func() { k.tellOf(w, i) })
		} else if len(k.runs) == 1 {
			k.presses(w, b)
		}
	}
	for turn := range 40 {
		after := max(0, k.quiet()-k.begun) + time.Duration(turn)*6*time.Hour
		w.at(after+time.Hour, func() { k.vanish(w) })
		w.retry(after + 6*time.Hour)
	}
	w.at(max(0, k.quiet()-k.begun)+farewell, func() { k.late = true; w.CancelWorkflow() })
	k.view = w.run()
}

// vanish lets the vendor's list show nobody any more, which it does again and again.
func (k *telling) vanish(w *world) {
	w.SignalWorkflow(workflows.SignalEvent, support.Event{
		Kind: support.EventObserved, Phase: support.PhaseGone, VendorSessionID: k.sessionID(), At: w.Now(),
	})
}

func (k *telling) tellOf(w *world, i int) {
	k.told = append(k.told, i)
	e := k.beats[i].event
	e.At = w.Now()
	if e.VendorSessionID == "" {
		e.VendorSessionID = k.sessionID()
	}
	w.SignalWorkflow(workflows.SignalEvent, e)
}

func (k *telling) presses(w *world, b beat) {
	switch b.what {
	case presses:
		press := w.pressRow(b.at, b.which)
		k.open, k.rowOf[press] = append(k.open, press), b.which
	case closes:
		k.others = append(k.others, w.closeAt(b.at))
	case renews:
		renewal := w.renew(b.at)
		k.renewals, k.others = append(k.renewals, renewal), append(k.others, renewal)
	case shares:
		k.others = append(k.others, w.share(b.at, workflows.Share{Agent: dana, To: lia, Channel: support.MailChannel(b.which)}))
	case joins:
		k.others = append(k.others, update[support.Secret](w, b.at, workflows.UpdateJoin, workflows.JoinPress{Agent: dana}))
	case retries:
		k.others = append(k.others, w.retry(b.at))
	}
}

// answered tells whether an update that was sent has its answer. To one that comes in the instant in which the run ends
// the engine says that no run is there, which the test's does not.
func (a *answered[T]) answered() bool {
	return a.done || a.since.IsZero() || !a.accepted && !a.since.Before(a.now())
}

func isSessionOver(err error) bool {
	var failure *temporal.ApplicationError
	return errors.As(err, &failure) && failure.Type() == workflows.FailureSessionOver
}
