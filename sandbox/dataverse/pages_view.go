package dataverse

import (
	"encoding/base64"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"
)

// frame is what every page shows around its content.
type frame struct {
	Organisation string
	Title        string
	Tabs         []tab
	Table, ID    string // for the user switch
	Person       User
	People       []User
}

type tab struct {
	Label, Address string
	Current        bool
}

// listView is the list of a table's records.
type listView struct {
	frame
	Problem string
	Rows    []listLine
}

type listLine struct{ Address, Number, Title, Who, Status, Owner string }

// formView is a record.
type formView struct {
	frame
	Label    string
	Fields   []shownField
	Text     string
	Version  int64
	Sessions []sessionCard
	Timeline []timelineEntry
	Button   bool
	Problem  string
}

type shownField struct{ Label, Value string }

// sessionCard is a session row on the record's form.
type sessionCard struct {
	ID, Name, Status, Vendor, PIN, CustomerLink, Panel, Technician, Agent, Problem string
	Waiting, Late                                                                  bool
	ValidUntil, StartedOn, EndedOn, CreatedOn                                      time.Time
}

// timelineEntry is a note or an e-mail.
type timelineEntry struct {
	Kind, By, Subject, Text, File, FileAddress string
	At                                         time.Time
}

func (s *Sim) frameOf(r *http.Request, t pageTable) frame {
	f := frame{Organisation: s.opts.OrgName, Title: t.plural, Table: t.table, ID: r.FormValue("id"), Person: s.person(r), People: s.people()}
	for _, one := range pageTables {
		f.Tabs = append(f.Tabs, tab{one.plural, listAddress(one.table), one.table == t.table})
	}
	return f
}

func (s *Sim) showPage(w http.ResponseWriter, r *http.Request) {
	t, ok := pageTableOf(r.FormValue("etn"))
	switch {
	case !ok:
		http.NotFound(w, r)
	case r.FormValue("pagetype") == "entityrecord":
		s.showForm(w, r, t, http.StatusOK, "")
	default:
		s.showList(w, r, t)
	}
}

func (s *Sim) showList(w http.ResponseWriter, r *http.Request, t pageTable) {
	page := listView{frame: s.frameOf(r, t)}
	rows, err := s.ListAs(page.Person.ID, t.table, "")
	if err != nil {
		page.Problem = "You do not have the rights to see these records."
	}
	for _, row := range slices.Backward(rows) {
		page.Rows = append(page.Rows, listLine{t.address(row), row.Text(t.number), row.Text(t.title), row.Label(t.who),
			row.Label("statuscode"), row.Label("_ownerid_value")})
	}
	s.showHTML(w, http.StatusOK, "list.html", page)
}

// showForm shows a record, or with ?part=state only what changes by itself.
func (s *Sim) showForm(w http.ResponseWriter, r *http.Request, t pageTable, status int, problem string) {
	page := formView{frame: s.frameOf(r, t), Label: t.label, Version: s.Changes(), Problem: problem}
	row, ok := s.rowFor(page.Person, t.table, page.ID)
	if !ok {
		page.Title, page.Problem = "Record not found", "It does not exist, or you do not have the rights to see it."
		s.showHTML(w, http.StatusNotFound, "message.html", page)
		return
	}
	s.fillForm(&page, t, row)
	name := "form.html"
	if r.FormValue("part") == "state" {
		name = "state"
	}
	s.showHTML(w, status, name, page)
}

func (s *Sim) fillForm(page *formView, t pageTable, row Row) {
	page.Title, page.Text = row.Text(t.title), row.Text("description")
	for _, field := range t.fields {
		page.Fields = append(page.Fields, shownField{field.label, row.Label(field.column)})
	}
	page.Fields = append(page.Fields, shownField{"Owner", row.Label("_ownerid_value")})
	page.Button = s.mayPress(page.Person)
	page.Sessions = s.sessionCards(page.Person, t.table, page.ID)
	page.Timeline = append(s.notesOn(page.Person, page.ID), s.mailsOn(page.Person, page.ID)...)
	slices.SortStableFunc(page.Timeline, func(a, b timelineEntry) int { return b.At.Compare(a.At) })
}

// lateAfter is when a waiting row is said to wait long. The button's script polls for as long (reference 1.3).
const lateAfter = time.Minute

// sessionCards are the record's session rows that the person may see, newest first. Without the tables there are none.
func (s *Sim) sessionCards(person User, table, id string) []sessionCard {
	rows, _ := s.ListAs(person.ID, s.named("session"), "_"+s.named(table+"id_value")+" eq "+id)
	var cards []sessionCard
	for _, row := range slices.Backward(rows) {
		cards = append(cards, s.sessionCard(row))
	}
	return cards
}

func (s *Sim) sessionCard(row Row) sessionCard {
	text := func(column string) string { return row.Text(s.named(column)) }
	at := func(column string) time.Time { return row.Time(s.named(column)) }
	card := sessionCard{
		ID: row.Text(s.named("sessionid")), Name: text("name"), Status: row.Label("statuscode"), Vendor: row.Label(s.named("vendor")),
		PIN: text("pin"), CustomerLink: webLink(text("customerlink")), Panel: webLink(text("panelurl")), Technician: text("technicianname"),
		Agent: row.Label("_createdby_value"), Problem: text("errormessage"),
		ValidUntil: at("validuntil"), StartedOn: at("startedon"), EndedOn: at("endedon"), CreatedOn: row.Time("createdon"),
	}
	card.Waiting = row.Int("statecode") == 0 && row.Int("statuscode") == requestedStatus && card.Problem == ""
	card.Late = card.Waiting && s.Now().Sub(card.CreatedOn) > lateAfter
	return card
}

func (s *Sim) notesOn(person User, id string) []timelineEntry {
	rows, _ := s.ListAs(person.ID, "annotation", "_objectid_value eq "+id)
	var entries []timelineEntry
	for _, row := range rows {
		entry := timelineEntry{Kind: "Note", By: row.Label("_createdby_value"), Subject: row.Text("subject"), Text: row.Text("notetext"), At: row.Time("createdon")}
		if row.Text("filename") != "" {
			entry.File, entry.FileAddress = row.Text("filename"), "/ui/notes/"+row.Text("annotationid")+"/file"
		}
		entries = append(entries, entry)
	}
	return entries
}

func (s *Sim) mailsOn(person User, id string) []timelineEntry {
	rows, _ := s.ListAs(person.ID, "email", "_regardingobjectid_value eq "+id)
	var entries []timelineEntry
	for _, row := range rows {
		email, _ := s.EmailOf(row.Text("activityid"))
		entries = append(entries, timelineEntry{Kind: "E-mail, " + row.Label("statuscode"), By: email.From, Subject: email.Subject,
			Text: "To " + strings.Join(email.To, ", "), At: row.Time("createdon")})
	}
	return entries
}

// fileOf is the content of a note's file.
func fileOf(note Row) ([]byte, error) {
	if note.Text("documentbody") == "" {
		return nil, errors.New("the note has no file")
	}
	return base64.StdEncoding.DecodeString(note.Text("documentbody"))
}

// webLink gives the address if it is one a browser may open.
func webLink(address string) string {
	if strings.HasPrefix(address, "https://") || strings.HasPrefix(address, "http://") {
		return address
	}
	return ""
}
