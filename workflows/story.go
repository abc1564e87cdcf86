package workflows

import (
	"slices"
	"strings"
	"time"

	"example.com/lifeline/activities"
	"example.com/lifeline/support"
)

// story is what is known of a session, gathered from events in whatever order, however often and however incomplete
// they come. It travels to the next run when a record is wanted for a new session.
type story struct {
	vendor      support.VendorKind
	requestedAt time.Time
	unseenEnds  bool // a report also ends a session that the vendor's list never showed
	storyData
}

// storyData is the part of a story that travels.
type storyData struct {
	SessionID    string             `json:"sessionId,omitempty"`
	Phase        support.Phase      `json:"phase,omitempty"`
	Reason       support.Reason     `json:"reason,omitempty"`
	Technician   support.Technician `json:"technician,omitzero"`
	Customer     support.Customer   `json:"customer,omitzero"`
	StartedAt    time.Time          `json:"startedAt,omitzero"`
	StartSeen    bool               `json:"startSeen,omitempty"` // StartedAt is when the vendor's list showed it
	EndedAt      time.Time          `json:"endedAt,omitzero"`
	LastActionAt time.Time          `json:"lastActionAt,omitzero"`
	Waiting      int64              `json:"waiting,omitempty"`
	Work         int64              `json:"work,omitempty"`
	Active       int64              `json:"active,omitempty"`
	Chat         []chatPart         `json:"chat,omitempty"`
	ChatCut      bool               `json:"chatCut,omitempty"` // it was longer than is kept
	Notes        string             `json:"notes,omitempty"`
	Platform     string             `json:"platform,omitempty"`
	DeviceID     string             `json:"deviceId,omitempty"`
	Fields       []support.Field    `json:"fields,omitempty"`
	FieldsFinal  bool               `json:"fieldsFinal,omitempty"` // fields come from the end post
	Sources      []string           `json:"sources,omitempty"`     // ids of the posts and reports taken in
	Online       *bool              `json:"online,omitempty"`
	Joins        []time.Time        `json:"joins,omitempty"`     // when the customer came, each time
	Joined       bool               `json:"joined,omitempty"`    // the customer was there
	Connected    bool               `json:"connected,omitempty"` // and so was the technician
	PostEnded    bool               `json:"postEnded,omitempty"` // an end post came
	Reported     bool               `json:"reported,omitempty"`  // the vendor's report has it
	// Connections are those on a TeamViewer code, as its report tells them.
	Connections []activities.Connected `json:"connections,omitempty"`
	NewestEdits bool                   `json:"newestEdits,omitempty"` // of a report's edits the newest counts, whatever was there before
	EndSeenAt   time.Time              `json:"endSeenAt,omitzero"`    // when list, report or a close showed the end
}

// bind ties the story to the vendor's session on first sight.
func (s *story) bind(sessionID string) {
	if s.SessionID == "" {
		s.SessionID = sessionID
	}
}

// brings tells whether an event would add anything to what was filed.
func (s *story) brings(e support.Event) bool {
	if e.Kind == support.EventObserved || (e.ID != "" && slices.Contains(s.Sources, e.ID)) {
		return false
	}
	if s.isConnection(e) {
		return s.NewestEdits || !s.isEdited(e) || e.Notes != ""
	}
	return e.Chat != "" && !strings.Contains(s.chatText(), strings.TrimSpace(e.Chat)) ||
		e.Notes != "" && !strings.Contains(s.Notes, strings.TrimSpace(e.Notes)) ||
		s.StartedAt.IsZero() && !e.PickedUpAt.IsZero()
}

// take takes an event in and tells whether it was new.
func (s *story) take(e support.Event) bool {
	if e.ID != "" && slices.Contains(s.Sources, e.ID) {
		return false
	}
	s.bind(e.VendorSessionID)
	edited := s.isEdited(e)
	switch e.Kind {
	case support.EventObserved:
		return s.observe(e)
	case support.EventStarted:
		s.started(e)
	case support.EventEnded:
		s.ended(e)
	case support.EventReported:
		s.reported(e)
	}
	if e.ID != "" {
		s.Sources = append(s.Sources, e.ID)
	}
	for _, report := range e.Reports {
		if !slices.Contains(s.Sources, report) {
			s.Sources = append(s.Sources, report)
		}
	}
	s.gather(e, edited)
	return true
}

// isEdited tells whether a report came before, with other notes: its times were taken in then.
func (s *story) isEdited(e support.Event) bool {
	return slices.ContainsFunc(e.Reports, func(id string) bool { return slices.Contains(s.Sources, id) })
}

// observe takes in what the vendor's list shows. The list is seen again and again; only a change is news.
func (s *story) observe(e support.Event) bool {
	news := e.Phase != support.PhaseUnknown && e.Phase != s.Phase
	if e.Customer.Name != "" && s.Customer.Name == "" {
		s.Customer = e.Customer
	}
	if technician := newest(s.Technician, e.Technician); technician != s.Technician {
		s.Technician, news = technician, true
	}
	if e.Phase == support.PhaseUnknown {
		return news
	}
	s.setPhase(e.Phase, e.At)
	if e.Phase == support.PhaseEnded || e.Phase == support.PhaseGone {
		s.markEnd(e.At, s.reasonSeen(e))
	}
	return news
}

// reasonSeen completes the list's reason: a session that vanished before anybody picked it up was abandoned.
// TeamViewer's list does not show whether somebody did; that is told by its report.
func (s *story) reasonSeen(e support.Event) support.Reason {
	switch {
	case !vague(e.Reason):
		return e.Reason
	case s.Joined && !s.Connected && s.vendor != support.TeamViewer:
		return support.ReasonAbandoned
	}
	return support.ReasonUnknownCause
}

func (s *story) setPhase(phase support.Phase, at time.Time) {
	s.Phase = phase
	switch phase {
	case support.PhaseJoining, support.PhaseWaiting:
		s.Joined = true
	case support.PhaseConnected, support.PhaseTransferring:
		s.Joined, s.Connected = true, true
		if s.StartedAt.IsZero() {
			s.StartedAt, s.StartSeen = at, true
		}
	case support.PhaseOpen:
		if s.Reported { // the customer left, and the vendor has reported the connection
			s.markEnd(at, support.ReasonUnknownCause)
		}
	}
	if there := present(phase); there || phase == support.PhaseOpen {
		if there && (s.Online == nil || !*s.Online) && len(s.Joins) < maxJoins {
			s.Joins = append(s.Joins, at)
		}
		s.Online = &there
		if there {
			s.EndSeenAt, s.EndedAt = time.Time{}, time.Time{}
		}
	}
}

// maxJoins bounds what is kept of a customer whose line breaks again and again.
const maxJoins = 50

// present tells whether the customer is there.
func present(phase support.Phase) bool {
	return phase == support.PhaseWaiting || phase == support.PhaseConnected || phase == support.PhaseTransferring
}

// vague tells whether a reason may give way to a better one.
func vague(reason support.Reason) bool {
	return reason == support.ReasonNone || reason == support.ReasonUnknownCause || reason == support.ReasonNoReport
}

// markEnd notes when and why the session was seen to be over; the first sight counts.
func (s *story) markEnd(at time.Time, reason support.Reason) {
	if s.EndSeenAt.IsZero() {
		s.EndSeenAt = at
	}
	if vague(s.Reason) {
		s.Reason = reason
	}
}

// started takes in a start post. One that comes after the end was seen is late: it says that somebody picked up, and
// nothing of now.
func (s *story) started(e support.Event) {
	s.Joined, s.Connected = true, true
	if !s.PostEnded && s.EndSeenAt.IsZero() {
		s.setPhase(support.PhaseConnected, e.At)
	}
}

// ended takes in an end post. One that comes while the session is on its way to another technician ends only the
// giver's part.
func (s *story) ended(e support.Event) {
	s.Joined, s.Connected = true, true
	if s.Phase == support.PhaseTransferring {
		return
	}
	s.Phase, s.PostEnded = support.PhaseEnded, true
	s.markEnd(e.At, reasonOr(e.Reason, support.ReasonTechnician))
}

// reported takes in a line of the vendor's report. It proves that the session took place, whatever its end looked like
// before. A TeamViewer report tells of one connection: a customer who is there goes on with another.
func (s *story) reported(e support.Event) {
	s.Joined, s.Connected, s.Reported = true, true, true
	if s.Reason == support.ReasonExpired || s.Reason == support.ReasonAbandoned {
		s.Reason = support.ReasonNone
	}
	if s.vendor == support.TeamViewer && present(s.Phase) {
		return
	}
	if e.Phase == support.PhaseEnded {
		s.Phase = support.PhaseEnded
	}
	unseen := s.Phase == support.PhaseUnknown && s.unseenEnds
	if unseen || s.Phase == support.PhaseEnded || s.Phase == support.PhaseOpen || s.Phase == support.PhaseGone {
		s.markEnd(e.At, reasonOr(e.Reason, support.ReasonUnknownCause))
	}
}

func reasonOr(reason, otherwise support.Reason) support.Reason {
	if reason == support.ReasonNone {
		return otherwise
	}
	return reason
}

// gather merges an event's data: later knowledge fills gaps, the newest technician wins, texts are appended and
// nothing is emptied.
func (s *story) gather(e support.Event, edited bool) {
	s.Technician = newest(s.Technician, e.Technician)
	if e.Customer.Name != "" {
		s.Customer.Name = e.Customer.Name
	}
	if e.Customer.Email != "" {
		s.Customer.Email = e.Customer.Email
	}
	s.pickedUp(e.PickedUpAt)
	s.EndedAt, s.LastActionAt = latest(s.EndedAt, e.EndedAt), latest(s.LastActionAt, e.LastActionAt)
	s.Platform, s.DeviceID = or(e.Platform, s.Platform), or(e.DeviceID, s.DeviceID)
	if s.isConnection(e) {
		s.connect(e)
	} else {
		s.addTimes(e, edited)
		s.addNotes(e)
	}
	s.addChat(chatPart{At: e.PickedUpAt, End: e.Kind == support.EventEnded || e.Phase == support.PhaseEnded, Text: e.Chat})
	if len(e.Fields) > 0 && (!s.FieldsFinal || e.Kind == support.EventEnded) {
		s.Fields, s.FieldsFinal = e.Fields, e.Kind == support.EventEnded
	}
}

// pickedUp takes in the vendor's time of the pick-up. It goes before the time when the list showed it, which is by our
// clock: the end is by the vendor's, and a session is as long as the vendor says.
func (s *story) pickedUp(at time.Time) {
	if at.IsZero() {
		return
	}
	if s.StartSeen {
		s.StartedAt, s.StartSeen = time.Time{}, false
	}
	s.StartedAt = earliest(s.StartedAt, at)
}

// addTimes takes the session's times in, which Rescue's posts and report tell whole each time.
func (s *story) addTimes(e support.Event, edited bool) {
	s.Waiting, s.Work = max(s.Waiting, e.WaitingSeconds), max(s.Work, e.WorkSeconds)
	if e.Kind == support.EventReported && !edited && !e.PickedUpAt.IsZero() && e.EndedAt.After(e.PickedUpAt) {
		s.Active += int64(e.EndedAt.Sub(e.PickedUpAt).Seconds())
	}
}

// addNotes keeps the newest notes of a session; those of a report add to what its posts told.
func (s *story) addNotes(e support.Event) {
	switch {
	case e.Notes == "" || strings.Contains(s.Notes, e.Notes):
	case e.Kind == support.EventReported && s.Notes != "" && !strings.Contains(e.Notes, s.Notes):
		s.Notes += "\n" + e.Notes
	default:
		s.Notes = e.Notes
	}
}

// outcome is the story as it is filed.
func (s *story) outcome() support.Outcome {
	return support.Outcome{
		VendorSessionID: s.SessionID, Reason: s.Reason, Technician: s.Technician, Customer: s.Customer,
		StartedAt: s.StartedAt, EndedAt: s.EndedAt, LastActionAt: s.LastActionAt, WaitingSeconds: s.Waiting,
		WorkSeconds: s.Work, ActiveSeconds: s.Active, Chat: s.chatText(), Notes: s.Notes,
		ClearNotes: s.NewestEdits && s.Notes == "", Platform: s.Platform, DeviceID: s.DeviceID, Fields: s.Fields, Reports: s.Sources,
	}
}

// minutes is how long the session lasted; 0 when that is not known.
func (s *story) minutes() int {
	if s.StartedAt.IsZero() || !s.EndedAt.After(s.StartedAt) {
		return 0
	}
	return int(s.EndedAt.Sub(s.StartedAt).Minutes())
}

// newest gives the later technician, completed by what was known before if it is the same one.
func newest(before, later support.Technician) support.Technician {
	switch {
	case later == (support.Technician{}):
		return before
	case !sameTechnician(before, later):
		return later
	}
	return support.Technician{
		ID: or(later.ID, before.ID), SSOID: or(later.SSOID, before.SSOID), Name: or(later.Name, before.Name), Email: or(later.Email, before.Email),
	}
}

func sameTechnician(a, b support.Technician) bool {
	switch {
	case a.ID != "" && b.ID != "":
		return a.ID == b.ID
	case a.SSOID != "" && b.SSOID != "":
		return strings.EqualFold(a.SSOID, b.SSOID)
	}
	return a.Name == b.Name
}

// earliest gives the earlier of two times of which either may be unknown.
func earliest(a, b time.Time) time.Time {
	if a.IsZero() || (!b.IsZero() && b.Before(a)) {
		return b
	}
	return a
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
