package workflows

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"example.com/lifeline/support"
)

// maxPart bounds one attachment, so that a step's input stays below what the engine takes.
const maxPart = 768 << 10

// chatField is the name under which the selection asks for the chat (rescue.md 7.2).
const chatField = "ChatLog"

// paper writes the note and the chat's attachments, as the settings say. What names the note among the session's.
func (s *session) paper(what string) (*support.Note, []support.Attachment) {
	if s.record.Ref.IsZero() || s.settings.Notes == support.NotesNone {
		return nil, nil
	}
	lines, attachments := s.noteLines(what)
	if len(lines) == 0 {
		return nil, attachments
	}
	return &support.Note{
		Record: s.record.Ref, Marker: s.key + ":" + what, Again: s.again, Subject: s.noteTitle(), Text: strings.Join(lines, "\n"), Agent: s.agent,
	}, attachments
}

func (s *session) noteTitle() string {
	return strings.TrimSpace(fmt.Sprintf("Remote support session %s", s.story.SessionID))
}

// noteLines gives the lines of the note in order: the vendor's variables, and what the agent should know besides.
func (s *session) noteLines(what string) ([]string, []support.Attachment) {
	var lines []string
	var attachments []support.Attachment
	for _, field := range s.noteFields() {
		if field.Name != chatField {
			lines = append(lines, field.Name+": "+field.Value)
			continue
		}
		if len([]rune(field.Value))+runes(lines) <= s.settings.NoteLimit {
			lines = append(lines, chatField+":\n"+field.Value)
			continue
		}
		attachments = s.chatFiles(what, field.Value)
		lines = append(lines, chatField+": see "+attachments[0].Name)
	}
	if s.settings.Notes == support.NotesSelection && len(lines) == 0 {
		return nil, attachments
	}
	return append(lines, s.remarks...), attachments
}

func runes(lines []string) int { return len([]rune(strings.Join(lines, "\n"))) }

// noteFields are the variables that go into the note: all that are not empty without the chat, or the selection in the
// given order, names without regard to case and duplicates once.
func (s *session) noteFields() []support.Field {
	known := s.knownFields()
	if s.settings.Notes == support.NotesAll {
		return slices.DeleteFunc(known, func(f support.Field) bool { return f.Name == chatField })
	}
	var chosen []support.Field
	for _, name := range s.settings.NoteFields {
		at := slices.IndexFunc(known, func(f support.Field) bool { return strings.EqualFold(f.Name, strings.TrimSpace(name)) })
		if at >= 0 && !slices.Contains(chosen, known[at]) {
			chosen = append(chosen, known[at])
		}
	}
	return chosen
}

// knownFields are the vendor's variables that are not empty. A session without any post is told under the same names,
// from what list and report showed.
func (s *session) knownFields() []support.Field {
	fields := s.story.Fields
	if len(fields) == 0 {
		fields = s.derivedFields()
	}
	fields = slices.DeleteFunc(slices.Clone(fields), func(f support.Field) bool {
		return strings.TrimSpace(f.Value) == "" || support.IsToken(f.Value)
	})
	s.overall(fields)
	fields = append(fields, s.seenFields()...)
	if chat := s.story.chatText(); chat != "" {
		fields = append(fields, support.Field{Name: chatField, Value: chat})
	}
	return fields
}

// overall lets the fields of TeamViewer's report, which are those of the last connection, tell of all connections on
// the code.
func (s *session) overall(fields []support.Field) {
	if s.in.Vendor != support.TeamViewer {
		return
	}
	all := map[string]string{"notes": s.story.Notes, "start_date": stamp(s.story.StartedAt), "end_date": stamp(s.story.EndedAt)}
	for i, field := range fields {
		fields[i].Value = or(all[field.Name], field.Value)
	}
}

// seenFields are what Lifeline itself saw of a TeamViewer session and the vendor's report does not tell. Rescue's posts
// tell all that its own connector put into the note.
func (s *session) seenFields() []support.Field {
	if s.in.Vendor != support.TeamViewer {
		return nil
	}
	var fields []support.Field
	add := func(name string, parts []string) {
		if len(parts) > 0 {
			fields = append(fields, support.Field{Name: name, Value: strings.Join(parts, ", ")})
		}
	}
	var joined, sent []string
	for _, at := range s.story.Joins {
		joined = append(joined, stamp(at)+" UTC")
	}
	for _, share := range s.shared {
		sent = append(sent, fmt.Sprintf("%s UTC to %s by %s (%s)", stamp(share.At), or(share.To.Name, share.To.Email), share.Channel, share.Status))
	}
	add("Link sent", sent)
	add("Customer joined", joined)
	return fields
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.DateTime)
}

func (s *session) derivedFields() []support.Field {
	seconds := func(n int64) string {
		if n == 0 {
			return ""
		}
		return fmt.Sprint(n)
	}
	return []support.Field{
		{Name: "SessionID", Value: s.story.SessionID}, {Name: "TechName", Value: s.currentTechnician().Name},
		{Name: "TechEmail", Value: s.currentTechnician().Email}, {Name: "CField0", Value: s.story.Customer.Name},
		{Name: "CField1", Value: s.story.Customer.Email}, {Name: "Notes", Value: s.story.Notes},
		{Name: "WaitingTime", Value: seconds(s.story.Waiting)}, {Name: "PickupTime", Value: stamp(s.story.StartedAt)},
		{Name: "ClosingTime", Value: stamp(s.story.EndedAt)}, {Name: "WorkTime", Value: seconds(s.story.Work)},
		{Name: "Platform", Value: s.story.Platform}, {Name: "DeviceID", Value: s.story.DeviceID},
	}
}

// chatFiles cuts a long chat into files of bounded size.
func (s *session) chatFiles(what, chat string) []support.Attachment {
	var files []support.Attachment
	base := "session-" + or(s.story.SessionID, s.key)
	if what != "end" {
		base += "-" + what
	}
	for n := 1; chat != ""; n++ {
		var part string
		part, chat = CutText(chat, maxPart)
		name := base + "-chat.txt"
		if n > 1 {
			name = fmt.Sprintf("%s-chat-%d.txt", base, n)
		}
		files = append(files, support.Attachment{Record: s.record.Ref, Name: name, Type: "text/plain; charset=utf-8", Contents: []byte(part)})
	}
	return files
}
