package servicenow

import (
	"mime"
	"net/http"
	"slices"
)

// frame is what every page shows around its content.
type frame struct {
	Instance string
	Title    string
	Table    string
	Path     string // of this page, for the user switch
	ID       string
	CSM      bool
	Person   Row
	People   []Row
}

// listView is the list of a table.
type listView struct {
	frame
	Denied bool
	Rows   []listRow
}

type listRow struct{ ID, Number, Text, Customer, State, Owner string }

// formView is a record.
type formView struct {
	frame
	Version  int64
	Fields   []shownField
	Text     string
	Details  string
	Journal  []shownEntry
	Files    []File
	Sessions []sessionLine
	Button   bool
	Flash    *flash
}

type (
	shownField  struct{ Label, Value string }
	shownEntry  struct{ Kind, Author, At, Text string }
	sessionLine struct {
		State, Vendor, PIN, Link, Technician, Requested, Ended, Error string
		Panel                                                         string
	}
)

// formFields are the fields of a form, by table.
var formFields = map[string][]string{
	"incident":                {"number", "caller_id", "state", "priority", "assigned_to", "assignment_group", "opened_at", "resolved_at", "close_code", "close_notes", "correlation_id"},
	"sn_customerservice_case": {"number", "account", "contact", "consumer", "state", "priority", "assigned_to", "opened_at", "resolved_at", "resolution_code", "close_notes", "correlation_id"},
}

// formLabels are labels that the columns' names do not give.
var formLabels = map[string]string{
	"number": "Number", "caller_id": "Caller", "assigned_to": "Assigned to", "assignment_group": "Assignment group", "opened_at": "Opened",
	"resolved_at": "Resolved", "close_notes": "Resolution notes", "correlation_id": "Correlation", "account": "Account", "contact": "Contact", "consumer": "Consumer",
}

func (s *Sim) frame(r *http.Request, t *table) frame {
	return frame{Instance: s.opts.Instance, Title: t.label, Table: t.name, Path: r.URL.Path, ID: r.FormValue("sys_id"), CSM: s.db.csm,
		Person: s.person(r), People: s.people()}
}

func (s *Sim) listPage(w http.ResponseWriter, r *http.Request, tableName string) {
	s.mu.Lock()
	t, ok := s.db.table(tableName)
	if !ok {
		s.mu.Unlock()
		http.NotFound(w, r)
		return
	}
	page := listView{frame: s.frame(r, t)}
	page.Denied = !s.may(page.Person["user_name"], t, Read)
	if !page.Denied {
		page.Rows = s.listLines(t, page.Person["time_zone"])
	}
	s.mu.Unlock()
	s.show(w, "list.html", page)
}

func (s *Sim) listLines(t *table, zone string) []listRow {
	var lines []listRow
	for _, rec := range slices.Backward(s.db.scan(t)) {
		if s.hidden[rec.row["sys_id"]] {
			continue
		}
		shown := s.shower(rec, zone)
		lines = append(lines, listRow{rec.row["sys_id"], rec.row["number"], rec.row["short_description"],
			shown("caller_id") + shown("contact") + shown("consumer"), shown("state"), shown("assigned_to")})
	}
	return lines
}

// shower gives display values of a record; "" for columns it does not have.
func (s *Sim) shower(rec *record, zone string) func(string) string {
	return func(name string) string {
		c, ok := rec.table.column(name)
		if !ok {
			return ""
		}
		return s.displayValue(rec, c, zone)
	}
}

// formPage shows a record, or with ?part=state only the part that changes.
func (s *Sim) formPage(w http.ResponseWriter, r *http.Request, tableName string) {
	s.mu.Lock()
	rec, ok := s.db.find(tableName, r.FormValue("sys_id"))
	if !ok || s.hidden[rec.row["sys_id"]] || !s.may(s.person(r)["user_name"], rec.table, Read) {
		s.mu.Unlock()
		http.Error(w, "Record not found", http.StatusNotFound)
		return
	}
	page := s.form(r, rec)
	part := r.FormValue("part") == "state"
	if shown, ok := s.flashes[page.Person["user_name"]]; ok && !part && shown.record == page.ID {
		shown.zone = page.Person["time_zone"]
		page.Flash = &shown
		delete(s.flashes, page.Person["user_name"])
	}
	s.mu.Unlock()
	if part {
		s.show(w, "state", page)
		return
	}
	s.show(w, "form.html", page)
}

func (s *Sim) form(r *http.Request, rec *record) formView {
	page := formView{frame: s.frame(r, rec.table), Version: s.news.Count(), Text: rec.row["short_description"], Details: rec.row["description"]}
	page.Button = s.mayPress(page.Person["user_name"])
	zone := page.Person["time_zone"]
	shown := s.shower(rec, zone)
	for _, name := range formFields[rec.table.name] {
		label := formLabels[name]
		if c, ok := rec.table.column(name); ok && label == "" {
			label = c.Label
		}
		page.Fields = append(page.Fields, shownField{label, shown(name)})
	}
	for _, e := range slices.Backward(s.journal(page.ID, "")) {
		c, _ := rec.table.column(e.Element)
		page.Journal = append(page.Journal, shownEntry{c.Label, s.nameOf(e.Author), inZone(e.At, zone), e.Text})
	}
	page.Files = s.attachments(page.ID)
	page.Sessions = s.sessionLines(page.ID, zone)
	return page
}

// sessionLines are the record's rows in the app's session table, newest first.
func (s *Sim) sessionLines(id, zone string) []sessionLine {
	var lines []sessionLine
	for _, rec := range slices.Backward(s.db.where(s.SessionTable(), Row{"source_id": id})) {
		row := rec.row
		lines = append(lines, sessionLine{State: row["state"], Vendor: row["vendor"], PIN: row["pin"], Link: webLink(row["link"]),
			Technician: row["technician_name"], Requested: inZone(row["requested_at"], zone), Ended: inZone(row["ended_at"], zone),
			Error: row["error_message"], Panel: webLink(row["panel_url"])})
	}
	return lines
}

// filePage hands out an attachment to somebody who may read its record.
func (s *Sim) filePage(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	who := actor{name: s.person(r)["user_name"]}
	rec, ok := s.db.find("sys_attachment", r.FormValue("sys_id"))
	if !ok {
		http.NotFound(w, r)
		return
	}
	if _, err := s.visible(who, rec.row["table_name"], rec.row["table_sys_id"]); err != nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", rec.row["content_type"])
	w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": rec.row["file_name"]}))
	w.Write(s.files[rec.row["sys_id"]])
}

func (s *Sim) show(w http.ResponseWriter, name string, data any) {
	deskPages.Show(w, s.log, http.StatusOK, name, data)
}
