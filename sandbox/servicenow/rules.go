package servicenow

import (
	"crypto/md5"
	"encoding/hex"
	"strings"
)

// applyRules runs the platform's own before-rules and data policies on a write.
func (s *Sim) applyRules(w *write) error {
	var err error
	switch {
	case w.table.is("incident"):
		err = s.incidentRules(w)
	case w.table.is("sn_customerservice_case"):
		err = s.caseRules(w)
	}
	if err != nil {
		return err
	}
	s.dropUnknownChoices(w)
	if w.old == nil && w.table.is("task") {
		w.setIfEmpty("opened_at", s.db.now().Format(timeLayout))
		w.setIfEmpty("opened_by", w.by.id)
	}
	return nil
}

// Incident states (servicenow.md 4.6).
const (
	incidentResolved = "6"
	incidentClosed   = "7"
	incidentCanceled = "8"
)

func (s *Sim) incidentRules(w *write) error {
	mirror(w)
	state := w.row["state"]
	if w.old != nil && w.old["state"] == incidentClosed && state != incidentClosed {
		return aborted("incident", "Closed incidents stay closed")
	}
	if state == incidentResolved || state == incidentClosed {
		if err := w.demand(field{"close_code", "Resolution code"}, field{"close_notes", "Resolution notes"}); err != nil {
			return err
		}
	}
	if w.changes("assignment_group") && w.sent["assigned_to"] == "" {
		w.row["assigned_to"] = ""
	}
	w.row["priority"] = priorityOf(w.row["impact"], w.row["urgency"])
	s.stampIncident(w, state)
	return nil
}

// mirror keeps state and incident_state alike, whichever was sent.
func mirror(w *write) {
	if sent, ok := w.sent["incident_state"]; ok && w.sent["state"] == "" {
		w.row["state"] = sent
	}
	w.row["incident_state"] = w.row["state"]
}

func (s *Sim) stampIncident(w *write, state string) {
	now := s.db.now().Format(timeLayout)
	switch state {
	case incidentResolved:
		w.setIfEmpty("resolved_at", now)
		w.setIfEmpty("resolved_by", w.by.id)
	case incidentClosed:
		w.setIfEmpty("closed_at", now)
		w.setIfEmpty("closed_by", w.by.id)
	case incidentCanceled:
	default:
		w.row["resolved_at"], w.row["resolved_by"] = "", ""
	}
	w.row["active"] = yesNo(state != incidentClosed && state != incidentCanceled)
}

// priorityOf is the platform's matrix of impact and urgency: 1 and 1 make 1, 3 and 3 make 5.
func priorityOf(impact, urgency string) string {
	if len(impact) != 1 || len(urgency) != 1 {
		return "5"
	}
	return string(impact[0] - '0' + urgency[0] - 1)
}

// Case states (servicenow.md 4.7).
const (
	caseClosed   = "3"
	caseResolved = "6"
)

// customerRole marks those who may accept a solution; only they close a resolved case.
const customerRole = "sn_customerservice.customer"

func (s *Sim) caseRules(w *write) error {
	state := w.row["state"]
	if w.old != nil && w.old["state"] == caseClosed {
		return aborted("sn_customerservice_case", "Closed cases cannot be updated")
	}
	if w.old != nil && w.old["state"] == caseResolved && state == caseClosed && !s.hasRole(w.by.name, customerRole) {
		return aborted("sn_customerservice_case", "Only the customer closes a resolved case")
	}
	now := s.db.now().Format(timeLayout)
	switch state {
	case caseResolved:
		w.setIfEmpty("resolved_at", now)
		w.setIfEmpty("resolved_by", w.by.id)
		return w.demand(field{"resolution_code", "Resolution code"}, field{"close_notes", "Resolution notes"})
	case caseClosed:
		w.setIfEmpty("closed_at", now)
		w.setIfEmpty("closed_by", w.by.id)
		w.row["active"] = "false"
		return w.demand(field{"close_notes", "Resolution notes"})
	}
	return nil
}

// field is a column with the label that messages use.
type field struct{ name, label string }

// demand is the data policy: the fields must have values.
func (w *write) demand(fields ...field) error {
	var missing []string
	for _, f := range fields {
		if strings.TrimSpace(w.row[f.name]) == "" {
			missing = append(missing, f.label)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return operationFailed("Data Policy Exception: The following fields are mandatory: " + strings.Join(missing, ", "))
}

func (w *write) changes(name string) bool { return w.old != nil && w.row[name] != w.old[name] }

func (w *write) setIfEmpty(name, value string) {
	if w.row[name] == "" {
		w.row[name] = value
	}
}

func yesNo(yes bool) string {
	if yes {
		return "true"
	}
	return "false"
}

// ruleID derives a sys_id for a business rule that exists only in messages.
func ruleID(name string) string {
	sum := md5.Sum([]byte(name))
	return hex.EncodeToString(sum[:])
}
