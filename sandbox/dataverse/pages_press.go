package dataverse

import "net/http"

// requestedStatus is the status reason of a row that asks for a session (reference 6.1).
const requestedStatus = 1

// mayPress tells whether the button is shown: the tables are there and the person may create session rows.
func (s *Sim) mayPress(person User) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.tables[s.named("session")]
	return t != nil && person.ID != "" && s.may(principal{user: person.ID}, "Create", t, nil) == nil
}

// pressButton does what the button's script does: it creates a session row as the current user, bound to the record,
// and leaves the rest to whoever hears of the row (reference 1.3, option A).
func (s *Sim) pressButton(w http.ResponseWriter, r *http.Request) {
	t, ok := pageTableOf(r.FormValue("etn"))
	person, id := s.person(r), r.FormValue("id")
	if _, found := s.rowFor(person, t.table, id); !ok || !found {
		http.NotFound(w, r)
		return
	}
	s.mu.Lock()
	set := s.tables[t.table].set
	s.mu.Unlock()
	_, err := s.CreateAs(person.ID, s.named("session"), map[string]any{
		s.named("name"):                    "Remote session",
		s.named("regardingtype"):           t.table,
		"statuscode":                       requestedStatus,
		s.named(t.table + "id@odata.bind"): "/" + set + "(" + id + ")",
	})
	if err != nil {
		s.showForm(w, r, t, http.StatusForbidden, err.Error())
		return
	}
	http.Redirect(w, r, formAddress(t.table, id), http.StatusSeeOther)
}
