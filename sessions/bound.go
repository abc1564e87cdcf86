package sessions

import (
	"example.com/lifeline/support"
	"example.com/lifeline/workflows"
)

// The bounds of an event besides its chat, in bytes. Together with the largest chat, all that is filed of a session
// stays below what the engine takes in one payload (temporal.md 6). Rows of the CRM hold no more.
const (
	maxLine   = 512
	maxNotes  = 64 << 10
	maxFields = 128 << 10 // names and values of all fields
)

// cutMark ends a text that was longer.
const cutMark = " [...]"

// bounded cuts what an event carries too much of: one that the engine refuses would never be filed.
func bounded(e support.Event) support.Event {
	for _, line := range []*string{
		&e.Technician.ID, &e.Technician.SSOID, &e.Technician.Name, &e.Technician.Email,
		&e.Customer.ID, &e.Customer.Name, &e.Customer.Email, &e.Platform, &e.DeviceID,
	} {
		*line = cut(*line, maxLine)
	}
	e.Notes = cut(e.Notes, maxNotes)
	e.Fields = boundedFields(e.Fields)
	e.Raw, _ = workflows.CutText(e.Raw, maxPart)
	return e
}

// boundedFields keeps the first fields that have room, the last of them cut.
func boundedFields(fields []support.Field) []support.Field {
	room := maxFields
	var kept []support.Field
	for _, field := range fields {
		field.Name = cut(field.Name, maxLine)
		room -= len(field.Name)
		if room <= 0 {
			break
		}
		field.Value = cut(field.Value, min(room, maxNotes))
		room -= len(field.Value)
		kept = append(kept, field)
	}
	return kept
}

func cut(text string, size int) string {
	if len(text) <= size {
		return text
	}
	head, _ := workflows.CutText(text, max(0, size-len(cutMark)))
	return head + cutMark
}
