package servicenow

import (
	"context"
	"net/http"
	"strings"

	"example.com/lifeline/support"
)

// journal is the internal one; "comments" would be mailed to the customer (servicenow.md 4.5).
const journal = "work_notes"

// AddNote implements support.Records. Work notes are append-only, so that a note which may have been written before is
// looked for by the marker in its last line. Text from outside cannot carry HTML or a marker into the journal.
func (c *CRM) AddNote(ctx context.Context, note support.Note) error {
	if _, err := c.ticketAt(note.Record); err != nil {
		return err
	}
	marker := "[lifeline:" + note.Marker + "]"
	if note.Again {
		written, err := c.noteWritten(ctx, note.Record, marker)
		if err != nil || written {
			return err
		}
	}
	_, err := c.update(ctx, note.Record.Type, note.Record.ID, values{journal: noteText(note, marker)})
	return err
}

func noteText(note support.Note, marker string) string {
	var lines []string
	for _, part := range []string{note.Subject, note.Text} {
		if part != "" {
			lines = append(lines, harmless(part))
		}
	}
	return strings.Join(append(lines, marker), "\n")
}

// noteWritten looks for the marker in the record's journal as it is displayed, newest first. An instance that shows
// nothing there is asked for the entries themselves, which the service account may not be allowed to read.
func (c *CRM) noteWritten(ctx context.Context, ref support.RecordRef, marker string) (bool, error) {
	shown, err := c.readJournal(ctx, ref)
	if err != nil {
		return false, err
	}
	if shown != "" {
		return strings.Contains(shown, marker), nil
	}
	f := where("element_id", ref.ID).and("element", "=", journal).and("value", "LIKE", marker).newest()
	found, err := c.list(ctx, "sys_journal_field", f, 2, "element_id", "value")
	if e := support.AsError(err); e != nil && e.Kind == support.Attention {
		c.log.Warn("the journal cannot be read; a repeated note may appear twice", "table", ref.Type, "cause", e)
		return false, nil
	}
	if err != nil {
		return false, err
	}
	for _, r := range found.rows {
		if r.get("element_id") == ref.ID && strings.Contains(r.get("value"), marker) {
			return true, nil
		}
	}
	return false, nil
}

// readJournal reads the display value, because the stored one of a journal field is always empty.
func (c *CRM) readJournal(ctx context.Context, ref support.RecordRef) (string, error) {
	query := plain([]string{"sys_id", journal})
	query.Set("sysparm_display_value", "true")
	r, err := c.one(ctx, call{method: http.MethodGet, path: tablePath(ref.Type, ref.ID), query: query, about: ref.Type}, ref.ID)
	return r.get(journal), err
}
