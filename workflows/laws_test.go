package workflows_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"example.com/lifeline/activities"
	"example.com/lifeline/engine/index"
	"example.com/lifeline/support"
	"example.com/lifeline/workflows"
)

// law is what holds of any session, whatever happens around it.
type law struct {
	name  string
	holds func(*telling) error
}

var (
	everyRunEnds         = law{"every run ends when its faults are over", runsEnd}
	everyPressIsAnswered = law{"whoever presses anything gets an answer", pressesAreAnswered}
)

var laws = []law{
	everyRunEnds,
	everyPressIsAnswered,
	{"a press is answered while the agent waits", pressesAreAnsweredInTime},
	{"no press is given a code that is of no use", noPressGetsADeadCode},
	{"a run that gave way to a press leaves nothing behind", whatGaveWayIsHandedOver},
	{"no news are lost", noNewsAreLost},
	{"a session that took place has one note of its end, any other none", oneNoteOfTheEnd},
	{"no note is written twice", noNoteIsDoubled},
	{"no code is left open at the vendor", noCodeIsLeftOpen},
	{"no mail brings a code that was replaced before", noMailBringsAnOldCode},
	{"whoever was mailed a code is told of the newest", everybodyKnowsTheNewestCode},
	{"each trouble that was raised is cleared", everyTroubleIsCleared},
	{"the row ends as the session does, closed and without a trouble", rowEndsAsTheSession},
}

func runsEnd(k *telling) error {
	if k.late {
		return fmt.Errorf("a run went on for %v", farewell)
	}
	return nil
}

func pressesAreAnswered(k *telling) error {
	for i, press := range k.open {
		if !press.answered() {
			return fmt.Errorf("press %d, at %v", i, press.since.Sub(start))
		}
	}
	for i, other := range k.others {
		if !other.answered() {
			return fmt.Errorf("update %d", i)
		}
	}
	return nil
}

// agentsPatience is what the longest answer takes: the press waits for a renewal, that for its code, and then for the
// last try of whatever gives way.
const agentsPatience = 30 * time.Second

// pressesAreAnsweredInTime is about those who wait for the answer. A further row has it when the CRM takes it.
func pressesAreAnsweredInTime(k *telling) error {
	for _, press := range k.open {
		if press.after > agentsPatience && !k.isOnFurtherRow(press) {
			return fmt.Errorf("the press at %v took %v", press.since.Sub(start), press.after)
		}
	}
	return nil
}

func (k *telling) isOnFurtherRow(press *answered[workflows.View]) bool {
	return k.rowOf[press] != "" && k.rowOf[press] != k.rowOf[k.open[0]]
}

func noPressGetsADeadCode(k *telling) error {
	for _, press := range k.open {
		if press.since.IsZero() || press.err != nil {
			continue
		}
		code, at := press.value.Code, press.since.Add(press.after)
		if k.isOnFurtherRow(press) {
			at = at.Add(-time.Second) // what is pressed while the CRM takes the row is too late for it
		}
		if fault := k.uselessAt(at, code, press.value.State); fault != "" {
			return fmt.Errorf("the press at %v got the code %q, which %s", press.since.Sub(start), code, fault)
		}
	}
	return nil
}

// uselessAt says why a code is of no use to anybody, or nothing.
func (k *telling) uselessAt(at time.Time, code string, state support.State) string {
	newest, closed := k.codeAt(at), k.closed[code]
	switch {
	case k.isOver(at):
		return "was that of a session which was over"
	case code != "" && !closed.IsZero() && closed.Before(at):
		return "was closed"
	case (k.vendor == support.TeamViewer || state == support.Invited) && code != "" && !at.Before(k.ran[code]):
		return "had run out"
	case code != "" && slices.Index(k.codes, code) < slices.Index(k.codes, newest):
		return "had been replaced by " + newest
	}
	return ""
}

// isOver tells whether the first run's session was over before a time.
func (k *telling) isOver(at time.Time) bool {
	over := k.runs[0].over
	return !over.IsZero() && over.Before(at)
}

// codeAt is the code that had been given out last before a time.
func (k *telling) codeAt(at time.Time) string {
	code, given := k.invitation.Code, time.Time{}
	for _, r := range k.given() {
		if when := r.since.Add(r.after); when.Before(at) && when.After(given) {
			code, given = r.value.Code, when
		}
	}
	return code
}

// given are the renewals that gave out a new code.
func (k *telling) given() []*answered[workflows.View] {
	return slices.DeleteFunc(slices.Clone(k.renewals), func(r *answered[workflows.View]) bool {
		return !r.done || r.err != nil || r.since.IsZero() || r.value.Code == "" || r.value.Code == k.invitation.Code
	})
}

func oneNoteOfTheEnd(k *telling) error {
	notes := 0
	for marker := range k.notes {
		if strings.HasSuffix(marker, ":end") {
			notes++
		}
	}
	filed := k.view.State == support.Filed
	if filed != (notes == 1) || notes > 1 {
		return fmt.Errorf("%d notes of the end of a session that is %s", notes, k.view.State)
	}
	if k.tookPlace() && !filed {
		return fmt.Errorf("the customer was there, but the session is %s", k.view.State)
	}
	return nil
}

// tookPlace tells whether anything that was told shows that the customer was there.
func (k *telling) tookPlace() bool {
	for _, i := range k.told {
		if e := k.beats[i].event; e.Kind != support.EventObserved || e.Phase == support.PhaseWaiting || e.Phase == support.PhaseConnected {
			return true
		}
	}
	return false
}

func noNoteIsDoubled(k *telling) error {
	if len(k.doubled) > 0 {
		return fmt.Errorf("%v", k.doubled)
	}
	return nil
}

// noCodeIsLeftOpen is about TeamViewer, which keeps a code open until it is closed.
func noCodeIsLeftOpen(k *telling) error {
	for _, code := range k.codes {
		if k.vendor == support.TeamViewer && k.closed[code].IsZero() {
			return fmt.Errorf("%s of %v", code, k.codes)
		}
	}
	return nil
}

// noMailBringsAnOldCode is not about shares: one that is on its way while the code is replaced is followed by another.
func noMailBringsAnOldCode(k *telling) error {
	for _, m := range k.mails {
		if newest := k.codeAt(m.at); !m.share && slices.Index(k.codes, m.code) < slices.Index(k.codes, newest) {
			return fmt.Errorf("the mail at %v to %s names %s, but %s had been given out", m.at.Sub(start), m.to, m.code, newest)
		}
	}
	return nil
}

// everybodyKnowsTheNewestCode holds where the session went on long enough for a mail to get out.
func everybodyKnowsTheNewestCode(k *telling) error {
	out := time.Duration(0)
	for _, f := range k.plot.faults {
		if !slices.Contains([]string{"InviteCustomer", "InviteTechnician", "ShareLink"}, f.step) {
			continue
		}
		if f.kind == refuse {
			return nil
		}
		out = max(out, f.until)
	}
	newest := map[string]mail{}
	for _, m := range k.mails {
		if !m.draft {
			newest[m.to] = m
		}
	}
	const pause = time.Minute + time.Second
	for _, r := range k.given() {
		out = max(out, r.since.Add(r.after).Sub(start))
	}
	over := k.runs[0].over
	if over.IsZero() || over.Sub(start) < out+pause {
		return nil
	}
	for to, m := range newest {
		if m.code != k.codeAt(over) && to != dana.Email {
			return fmt.Errorf("%s knows %s, but not %s", to, m.code, k.codeAt(over))
		}
	}
	return nil
}

func everyTroubleIsCleared(k *telling) error {
	for _, trouble := range slices.Sorted(maps.Keys(k.troubles)) {
		if k.troubles[trouble] > 0 {
			return errors.New(trouble)
		}
	}
	return nil
}

func rowEndsAsTheSession(k *telling) error {
	row, w := k.row(), last(k.runs)
	if attention := w.attribute(index.Attention); attention != "" {
		return fmt.Errorf("the index shows %s", attention)
	}
	if refused := row == nil || row.ErrorCode != "" && row.State == support.Cancelled; refused {
		return nil
	}
	if row.State != k.view.State || row.ErrorCode != "" {
		return fmt.Errorf("the row says %s %s of a session that is %s", row.State, row.ErrorCode, k.view.State)
	}
	isIts := func(closing activities.CloseRowInput) bool { return closing.RowID == rowID(*row) }
	if !slices.ContainsFunc(k.closedRows, isIts) && !k.refuses("CloseRow") {
		return errors.New("the row was not closed")
	}
	return nil
}

func (k *telling) refuses(step string) bool {
	return slices.ContainsFunc(k.plot.faults, func(f fault) bool { return f.step == step && f.kind == refuse })
}

// noNewsAreLost asks for what each post said and each report says last.
func noNewsAreLost(k *telling) error {
	row, notes := k.row(), map[string]string{}
	for _, i := range k.told {
		e := k.beats[i].event
		if row != nil && !strings.Contains(row.Outcome.Chat, e.Chat) {
			return fmt.Errorf("%q of %s is not in the row's chat %q", e.Chat, e.ID, row.Outcome.Chat)
		}
		if e.Kind == support.EventReported {
			notes[e.Reports[0]] = e.Notes
		}
	}
	for id, note := range notes {
		if row != nil && k.vendor == support.TeamViewer && !strings.Contains(row.Outcome.Notes, note) {
			return fmt.Errorf("%q of %s is not in the row's notes %q", note, id, row.Outcome.Notes)
		}
	}
	return nil
}

func whatGaveWayIsHandedOver(k *telling) error {
	for _, press := range k.open {
		first := k.runs[0]
		if isSessionOver(press.err) && len(first.children) == 0 && (k.nextEvent() >= 0 || first.over.IsZero()) {
			return fmt.Errorf("the press at %v", press.since.Sub(start))
		}
	}
	return nil
}
