package workflows

import (
	"slices"
	"strings"
	"time"

	"example.com/lifeline/support"
)

// maxChat bounds the chat a session keeps, in bytes; far below what the engine's history can hold.
const maxChat = 4 << 20

// story is what is known of a session, gathered from events in whatever order, however often and however incomplete
// they come. It travels to the next run when a record is wanted for a new session.
type story struct {
	requestedAt time.Time
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
	EndedAt      time.Time          `json:"endedAt,omitzero"`
	LastActionAt time.Time          `json:"lastActionAt,omitzero"`
	Waiting      int64              `json:"waiting,omitempty"`
	Work         int64              `json:"work,omitempty"`
	Active       int64              `json:"active,omitempty"`
	Chat         []chatPart         `json:"chat,omitempty"`
	Notes        string             `json:"notes,omitempty"`
	Platform     string             `json:"platform,omitempty"`
	DeviceID     string             `json:"deviceId,omitempty"`
	Fields       []support.Field    `json:"fields,omitempty"`
	FieldsFinal  bool               `json:"fieldsFinal,omitempty"` // fields come from the end post
	Sources      []string           `json:"sources,omitempty"`     // ids of the posts and reports taken in
	Online       *bool              `json:"online,omitempty"`
	Joined       bool               `json:"joined,omitempty"`    // the customer was there
	Connected    bool               `json:"connected,omitempty"` // and so was the technician
	PostEnded    bool               `json:"postEnded,omitempty"` // an end post came
	Reported     bool               `json:"reported,omitempty"`  // the vendor's report has it
	EndSeenAt    time.Time          `json:"endSeenAt,omitzero"`  // when list, report or a close showed the end
}

// chatPart is the chat since the previous post. Parts are kept in the order of the conversation: by pick-up, and the
// start post's before the end post's, even when the posts arrive the other way round.
type chatPart struct {
	At   time.Time `json:"at,omitzero"`
	End  bool      `json:"end,omitempty"`
	Text string    `json:"text"`
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
	s.gather(e)
	return true
}

// observe takes in what the vendor's list shows. The list is seen again and again; only a change is news.
func (s *story) observe(e support.Event) bool {
	news := e.Phase != support.PhaseUnknown && e.Phase != s.Phase
	if e.Customer.Name != "" && s.Customer.Name == "" {
		s.Customer = e.Customer
	}
	if e.Technician.ID != "" && e.Technician.ID != s.Technician.ID {
		s.Technician, news = e.Technician, true
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
func (s *story) reasonSeen(e support.Event) support.Reason {
	switch {
	case e.Reason != support.ReasonNone && e.Reason != support.ReasonUnknownCause:
		return e.Reason
	case s.Joined && !s.Connected:
		return support.ReasonAbandoned
	}
	return support.ReasonUnknownCause
}

func (s *story) setPhase(phase support.Phase, at time.Time) {
	s.Phase = phase
	switch phase {
	case support.PhaseWaiting:
		s.Joined = true
	case support.PhaseConnected, support.PhaseTransferring:
		s.Joined, s.Connected = true, true
		if s.StartedAt.IsZero() {
			s.StartedAt = at
		}
	case support.PhaseOpen:
		if s.Reported { // the customer left, and the vendor has reported the connection
			s.markEnd(at, support.ReasonUnknownCause)
		}
	}
	if present := phase == support.PhaseWaiting || phase == support.PhaseConnected; present || phase == support.PhaseOpen {
		s.Online = &present
		if present {
			s.EndSeenAt, s.EndedAt = time.Time{}, time.Time{}
		}
	}
}

// markEnd notes when and why the session was seen to be over; the first sight counts.
func (s *story) markEnd(at time.Time, reason support.Reason) {
	if s.EndSeenAt.IsZero() {
		s.EndSeenAt = at
	}
	if s.Reason == support.ReasonNone || s.Reason == support.ReasonUnknownCause {
		s.Reason = reason
	}
}

func (s *story) started(e support.Event) {
	if s.PostEnded {
		return // it comes late: only its data counts
	}
	s.setPhase(support.PhaseConnected, e.At)
}

// ended takes in an end post. One that comes while the session is on its way to another technician ends only the
// giver's part.
func (s *story) ended(e support.Event) {
	s.Joined, s.Connected = true, true
	if s.Phase == support.PhaseTransferring {
		return
	}
	s.Phase, s.PostEnded = support.PhaseEnded, true
	s.markEnd(e.At, support.ReasonTechnician)
}

func (s *story) reported(e support.Event) {
	s.Joined, s.Connected, s.Reported = true, true, true
	if e.Phase == support.PhaseEnded {
		s.Phase = support.PhaseEnded
	}
	if s.Phase == support.PhaseEnded || s.Phase == support.PhaseOpen || s.Phase == support.PhaseGone {
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
func (s *story) gather(e support.Event) {
	if e.Technician.ID != "" || e.Technician.SSOID != "" || e.Technician.Name != "" {
		s.Technician = e.Technician
	}
	if e.Customer.Name != "" {
		s.Customer.Name = e.Customer.Name
	}
	if e.Customer.Email != "" {
		s.Customer.Email = e.Customer.Email
	}
	s.StartedAt = earliest(s.StartedAt, e.PickedUpAt)
	s.EndedAt, s.LastActionAt = latest(s.EndedAt, e.EndedAt), latest(s.LastActionAt, e.LastActionAt)
	if e.Kind == support.EventReported && !e.PickedUpAt.IsZero() && e.EndedAt.After(e.PickedUpAt) {
		s.Active += int64(e.EndedAt.Sub(e.PickedUpAt).Seconds())
	}
	s.Waiting, s.Work = max(s.Waiting, e.WaitingSeconds), max(s.Work, e.WorkSeconds)
	s.Platform, s.DeviceID = or(e.Platform, s.Platform), or(e.DeviceID, s.DeviceID)
	s.addNotes(e)
	s.addChat(chatPart{At: e.PickedUpAt, End: e.Kind == support.EventEnded, Text: e.Chat})
	if len(e.Fields) > 0 && (!s.FieldsFinal || e.Kind == support.EventEnded) {
		s.Fields, s.FieldsFinal = e.Fields, e.Kind == support.EventEnded
	}
}

// addNotes keeps the newest notes of a session, but collects those of several connections on one code.
func (s *story) addNotes(e support.Event) {
	switch {
	case e.Notes == "" || strings.Contains(s.Notes, e.Notes):
	case e.Kind == support.EventReported && s.Notes != "" && !strings.Contains(e.Notes, s.Notes):
		s.Notes += "\n" + e.Notes
	default:
		s.Notes = e.Notes
	}
}

func (s *story) addChat(part chatPart) {
	if part.Text == "" || s.chatSize()+len(part.Text) > maxChat {
		return
	}
	at := len(s.Chat)
	for at > 0 && part.before(s.Chat[at-1]) {
		at--
	}
	s.Chat = slices.Insert(s.Chat, at, part)
}

func (c chatPart) before(other chatPart) bool {
	if c.At.IsZero() || other.At.IsZero() || c.At.Equal(other.At) {
		return !c.End && other.End
	}
	return c.At.Before(other.At)
}

func (s *story) chatSize() int {
	size := 0
	for _, part := range s.Chat {
		size += len(part.Text)
	}
	return size
}

func (s *story) chatText() string {
	parts := make([]string, len(s.Chat))
	for i, part := range s.Chat {
		parts[i] = strings.TrimRight(part.Text, "\r\n")
	}
	return strings.Join(parts, "\n")
}

// outcome is the story as it is filed.
func (s *story) outcome() support.Outcome {
	return support.Outcome{
		VendorSessionID: s.SessionID, Reason: s.Reason, Technician: s.Technician, Customer: s.Customer,
		StartedAt: s.StartedAt, EndedAt: s.EndedAt, LastActionAt: s.LastActionAt, WaitingSeconds: s.Waiting,
		WorkSeconds: s.Work, ActiveSeconds: s.Active, Chat: s.chatText(), Notes: s.Notes, Platform: s.Platform,
		DeviceID: s.DeviceID, Fields: s.Fields, Reports: s.Sources,
	}
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
