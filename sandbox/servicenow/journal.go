package servicenow

import (
	"fmt"
	"slices"
	"strings"
)

// Entry is one entry of a journal field.
type Entry struct {
	Element string `json:"element"` // work_notes or comments
	Text    string `json:"text"`
	Author  string `json:"author"` // user name
	At      string `json:"at"`     // UTC, "2026-11-22 01:18:05"
}

// writeJournal appends entries; they can't be edited afterwards.
func (s *Sim) writeJournal(rec *record, notes []journalEntry, by actor) {
	t := s.db.tables["sys_journal_field"]
	for _, note := range notes {
		s.db.add(t, Row{"name": rec.table.name, "element": note.element, "element_id": rec.row["sys_id"], "value": note.text}, by.name)
	}
}

// journal lists a record's entries of one element, or of all for "", oldest first. The lock is held.
func (s *Sim) journal(id, element string) []Entry {
	match := Row{"element_id": id}
	if element != "" {
		match["element"] = element
	}
	var entries []Entry
	for _, rec := range s.db.where("sys_journal_field", match) {
		entries = append(entries, Entry{rec.row["element"], rec.row["value"], rec.row["sys_created_by"], rec.row["sys_created_on"]})
	}
	return entries
}

// journalText is the display value of a journal field: all entries, newest first, each under a header line.
func (s *Sim) journalText(id string, c Column, zone string) string {
	var b strings.Builder
	for _, e := range slices.Backward(s.journal(id, c.Name)) {
		fmt.Fprintf(&b, "%s - %s (%s)\n%s\n\n", inZone(e.At, zone), s.nameOf(e.Author), c.Label, e.Text)
	}
	return b.String()
}

// nameOf gives the display name of a user name.
func (s *Sim) nameOf(userName string) string {
	for _, rec := range s.db.where("sys_user", Row{"user_name": userName}) {
		return rec.row["name"]
	}
	return userName
}
