package workflows_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"example.com/lifeline/support"
	"example.com/lifeline/workflows"
)

// plot is what happens around one session, all drawn from a seed: who presses what and when, what the vendor tells, and
// which steps fail meanwhile.
type plot struct {
	seed   uint64
	vendor support.VendorKind
	origin workflows.Origin
	wishes []wish   // of the settings
	before []string // the changes that the run began before
	faults []fault
	beats  []beat
	dice   *rand.Rand
}

// beat is one thing that happens from outside.
type beat struct {
	at    time.Duration
	what  string
	which string        // the row of a press, the channel of a share, or that it was handed on
	event support.Event // of what the vendor tells
}

// fault keeps a step from working for a time.
type fault struct {
	step        string
	from, until time.Duration
	kind        string
}

// wish is a setting that the story is played with.
type wish struct {
	name   string
	change func(*support.Settings)
}

// The kinds of faults. A lost answer is that of a step that did its work.
const (
	busy   = "busy"
	stuck  = "stuck"
	refuse = "refused"
	lost   = "lost"
)

// The beats.
const (
	presses  = "press"
	closes   = "close"
	renews   = "renew"
	shares   = "share"
	joins    = "join"
	retries  = "retry"
	tells    = "tell"
	handedOn = "handed on"
	lifetime = 20 * time.Minute // of a code
)

// ofTheEngine are the steps that ask nobody but the engine. While it is away for long, no run goes on either.
var ofTheEngine = []string{"HandOn", "RaiseAlert", "ClearAlert"}

// mayFail lists the kinds of faults of each step.
var mayFail = map[string][]string{
	"ReadRecord": {busy, stuck, refuse}, "ResolveTechnician": {busy, refuse}, "OpenSession": {busy, busy, refuse},
	"InviteCustomer": {busy, lost, refuse}, "InviteTechnician": {busy}, "ShareLink": {busy, refuse}, "FollowMail": {busy},
	"FileProgress": {busy, stuck, lost}, "FileOutcome": {busy, stuck, lost}, "CloseRow": {busy, stuck, lost, refuse},
	"ResolveRecord": {busy, stuck, lost, refuse}, "Reassign": {busy, stuck, lost, refuse}, "Attach": {busy, stuck, lost},
	"CloseSession": {busy, busy, lost}, "JoinSession": {busy, refuse}, "Adopt": {busy, stuck}, "CreateRecord": {busy, stuck},
	"FetchTranscript": {busy, refuse}, "HandOn": {lost}, "RaiseAlert": {lost}, "ClearAlert": {lost},
}

var wishable = []wish{
	{"mail the customer", func(s *support.Settings) { s.EmailCustomer = true }},
	{"mail the technician", func(s *support.Settings) { s.EmailTechnician = true }},
	{"let the CRM mail", func(s *support.Settings) { s.MailChannel = support.MailCRM }},
	{"reassign", func(s *support.Settings) { s.Reassign = support.ReassignAlways }},
	{"resolve", func(s *support.Settings) {
		s.ResolveOn = []support.Reason{support.ReasonTechnician, support.ReasonClosedByUs, support.ReasonUnknownCause}
	}},
	{"short notes, chat in files", func(s *support.Settings) {
		s.Notes, s.NoteFields, s.NoteLimit = support.NotesSelection, []string{"SessionID", chat, "Notes", "notes"}, 10
	}},
	{"tickets for console sessions", func(s *support.Settings) { s.CreateFromConsole, s.ConsoleRecordType = true, "incident" }},
}

// chat is the name of the field that has what was said.
const chat = "ChatLog"

// drawn makes the plot of a seed.
func drawn(seed uint64) *plot {
	p := &plot{seed: seed, dice: rand.New(rand.NewPCG(seed, 1)), vendor: support.Rescue, origin: workflows.FromButton}
	if p.chance(50) {
		p.vendor = support.TeamViewer
	}
	if p.chance(20) {
		p.origin = workflows.FromVendor
	}
	for _, w := range wishable {
		if p.chance(35) {
			p.wishes = append(p.wishes, w)
		}
	}
	p.visit()
	if p.origin == workflows.FromButton {
		p.agents()
	}
	p.breakSteps()
	slices.SortStableFunc(p.beats, func(a, b beat) int { return int(a.at - b.at) })
	return p
}

func (p *plot) chance(percent int) bool { return p.dice.IntN(100) < percent }

func (p *plot) within(longest time.Duration) time.Duration {
	return time.Duration(p.dice.Int64N(int64(longest/time.Millisecond))) * time.Millisecond
}

func pick[T any](p *plot, from []T) T { return from[p.dice.IntN(len(from))] }

// soon is a moment of the story's: close to another one, where things meet, or any.
func (p *plot) soon() time.Duration {
	offsets := []time.Duration{-time.Second, -100 * time.Millisecond, 0, time.Millisecond, 100 * time.Millisecond, time.Second, 5 * time.Second, 2 * time.Minute}
	moments := []time.Duration{0, lifetime, lifetime + 2*time.Minute}
	for _, b := range p.beats {
		moments = append(moments, b.at)
	}
	if p.chance(30) {
		return p.within(40 * time.Minute)
	}
	return max(0, pick(p, moments)+pick(p, offsets))
}

// agents draws what agents press: the first one at the very start, others mostly while something goes on.
func (p *plot) agents() {
	p.add(beat{what: presses, which: pick(p, []string{"", "row-1"})})
	for range p.dice.IntN(6) {
		b := beat{at: p.soon(), what: pick(p, []string{presses, presses, presses, closes, closes, renews, renews, shares, joins, retries})}
		switch b.what {
		case presses:
			b.which = pick(p, []string{"", "", "row-1", "row-2"})
		case shares:
			b.which = pick(p, []string{"", string(support.MailSMTP), string(support.MailCRM), string(support.MailMailto)})
		}
		p.add(b)
	}
}

func (p *plot) add(b beat) { p.beats = append(p.beats, b) }

// visit draws the customer's visit, as list, posts and report tell it: late, doubled and in any order. In the end
// nobody is there any more.
func (p *plot) visit() {
	if p.origin == workflows.FromButton && p.chance(25) {
		return
	}
	came := p.within(lifetime + 2*time.Minute)
	if p.origin == workflows.FromVendor {
		came = 0
	}
	took := came + p.within(5*time.Minute)
	left := took + p.within(20*time.Minute)
	p.list(came, support.PhaseJoining, support.PhaseWaiting)
	p.list(took, support.PhaseConnected, support.PhaseTransferring, support.PhaseConnected)
	if p.vendor == support.Rescue {
		p.posts(took, left)
	}
	p.reports(took, left)
	p.list(left, support.PhaseOpen, support.PhaseEnded)
	if p.origin == workflows.FromVendor && len(p.beats) > 0 {
		first := slices.MinFunc(p.beats, func(a, b beat) int { return int(a.at - b.at) })
		for i := range p.beats {
			p.beats[i].at -= first.at
		}
	}
	gone := left
	for _, b := range p.beats {
		gone = max(gone, b.at)
	}
	p.tell(gone+time.Minute, support.Event{Kind: support.EventObserved, Phase: support.PhaseGone})
}

// ofRescue are the phases that TeamViewer's list does not tell.
var ofRescue = []support.Phase{support.PhaseJoining, support.PhaseTransferring}

// list draws some of what the vendor's list shows from a moment on.
func (p *plot) list(from time.Duration, phases ...support.Phase) {
	for _, phase := range phases {
		if p.vendor == support.Rescue && phase == support.PhaseOpen || p.vendor == support.TeamViewer && slices.Contains(ofRescue, phase) {
			continue
		}
		for range p.dice.IntN(3) {
			p.tell(from+p.within(30*time.Second), support.Event{Kind: support.EventObserved, Phase: phase})
		}
	}
}

func (p *plot) posts(took, left time.Duration) {
	if p.chance(70) {
		e := startPost()
		e.Chat, e.PickedUpAt = "hello", start.Add(took)
		p.post(took, e)
	}
	if p.chance(70) {
		e := endPost()
		e.PickedUpAt, e.EndedAt = start.Add(took), start.Add(left)
		p.post(left, e)
	}
	for n := range p.dice.IntN(3) {
		e := endPost()
		e.ID, e.Chat = fmt.Sprintf("part %d", n), fmt.Sprintf("and %d", n)
		e.PickedUpAt, e.EndedAt = start.Add(took), start.Add(left)
		p.post(left+time.Second, e)
	}
}

// post draws when a post comes: mostly at once, and sometimes again.
func (p *plot) post(from time.Duration, e support.Event) {
	for range 1 + p.dice.IntN(2) {
		late := p.within(2 * time.Second)
		if p.chance(20) {
			late = p.within(time.Hour)
		}
		p.tell(from+late, e)
	}
}

// reports draws what the vendor's report says, and how its notes are edited: to nothing, or to what they were. It is read
// soon after each edit, and once more after hours.
func (p *plot) reports(took, left time.Duration) {
	for n := range p.dice.IntN(3) {
		var e support.Event
		for edit := range 1 + p.dice.IntN(3) {
			notes := fmt.Sprintf("note %d", n)
			if edit == 1 {
				notes = ""
			}
			e = report(fmt.Sprint("r", n), notes, took, left)
			e.VendorSessionID, e.Token, e.Phase = "", "", support.PhaseEnded
			for range 1 + p.dice.IntN(2) {
				p.tell(left+time.Duration(edit)*time.Minute+p.within(time.Minute), e)
			}
		}
		if p.chance(30) {
			p.tell(left+5*time.Minute+p.within(4*time.Hour), e)
		}
	}
}

func (p *plot) tell(at time.Duration, e support.Event) { p.add(beat{at: at, what: tells, event: e}) }

// breakSteps draws which steps fail, and for how long.
func (p *plot) breakSteps() {
	steps := make([]string, 0, len(mayFail))
	for step := range mayFail {
		steps = append(steps, step)
	}
	slices.Sort(steps)
	for range p.dice.IntN(5) {
		f := fault{step: pick(p, steps), from: p.soon()}
		f.kind = pick(p, mayFail[f.step])
		f.from = max(0, f.from-pick(p, []time.Duration{0, time.Millisecond, time.Second}))
		f.until = f.from + p.within(pick(p, []time.Duration{3 * time.Second, 15 * time.Second, 30 * time.Minute, 3 * time.Hour}))
		if slices.Contains(ofTheEngine, f.step) {
			f.until = min(f.until, f.from+2*time.Second)
		}
		p.faults = append(p.faults, f)
	}
}

// quiet is when the last fault is over, and the last thing has happened.
func (p *plot) quiet() time.Duration {
	var quiet time.Duration
	for _, f := range p.faults {
		quiet = max(quiet, f.until)
	}
	for _, b := range p.beats {
		quiet = max(quiet, b.at)
	}
	return quiet
}

// String tells the plot so that it can be read.
func (p *plot) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Seed %d: a %s session, begun by %s.\n", p.seed, p.vendor, p.origin)
	for _, w := range p.wishes {
		fmt.Fprintf(&b, "  settings: %s\n", w.name)
	}
	for _, change := range p.before {
		fmt.Fprintf(&b, "  begun before: %s\n", change)
	}
	for _, f := range p.faults {
		fmt.Fprintf(&b, "  %s is %s from %v until %v\n", f.step, f.kind, f.from, f.until)
	}
	for _, beat := range p.beats {
		fmt.Fprintf(&b, "  %12v  %s\n", beat.at, beat)
	}
	return b.String()
}

func (b beat) String() string {
	if b.what != tells {
		return strings.TrimSpace(b.what + " " + b.which)
	}
	return strings.TrimSpace(fmt.Sprintf("%s %s %s %s", b.event.Kind, b.event.Phase, b.event.ID, b.which))
}
