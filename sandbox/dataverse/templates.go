package dataverse

import (
	"net/http"
	"regexp"
	"strings"
)

// instantiateTemplate merges an e-mail template for a row and stores nothing (reference 2.7).
func (c *call) instantiateTemplate() (*answer, error) {
	body, err := c.json()
	if err != nil {
		return nil, err
	}
	id, _ := body["TemplateId"].(string)
	kind, _ := body["ObjectType"].(string)
	objectID, _ := body["ObjectId"].(string)
	template, r := c.find("template", strings.ToLower(id)), c.find(kind, strings.ToLower(objectID))
	if template == nil {
		return nil, noRow("template", id)
	}
	if r == nil {
		return nil, noRow(kind, objectID)
	}
	if err := c.mayMerge(template, kind, r); err != nil {
		return nil, err
	}
	merge := c.merger(ref{kind, r.id})
	letter := object{"@odata.type": "#Microsoft.Dynamics.CRM.email", "subject": merge(template.text("subject")), "description": merge(template.text("body"))}
	return reply(http.StatusOK, object{"@odata.context": c.base + "$metadata#Collection(Microsoft.Dynamics.CRM.crmbaseentity)", "value": []object{letter}}), nil
}

func (c *call) mayMerge(template *row, kind string, r *row) error {
	if err := c.may(c.who, "Read", c.tables["template"], template); err != nil {
		return err
	}
	if template.text("templatetypecode") != kind {
		return badRequest(codeInvalidArgument, "The template is of type '%s', not '%s'.", template.text("templatetypecode"), kind)
	}
	return c.may(c.who, "Read", c.tables[kind], r)
}

// placeholder is {!Table:column;default}, with the display text when the column is empty.
var placeholder = regexp.MustCompile(`\{!([A-Za-z_]+):([A-Za-z0-9_ ]+);([^}]*)\}`)

// merger fills placeholders. {!Customer:...} of a lead, opportunity or case is filled from the person who sends instead
// of the customer: the known defect for which the original tells people not to use that field (teamviewer.md 6).
func (c *call) merger(object ref) func(string) string {
	sources := map[string]ref{object.table: object, "user": {"systemuser", c.who.user}, "customer": {"systemuser", c.who.user}}
	if object.table == "account" || object.table == "contact" {
		sources["customer"] = object
	}
	return func(text string) string {
		return placeholder.ReplaceAllStringFunc(text, func(field string) string {
			parts := placeholder.FindStringSubmatch(field)
			if value := c.merged(sources[strings.ToLower(parts[1])], parts[2]); value != "" {
				return value
			}
			return parts[3]
		})
	}
}

func (s *Sim) merged(from ref, column string) string {
	t, r := s.tables[from.table], s.find(from.table, from.id)
	if t == nil || r == nil {
		return ""
	}
	if column == "name" || column == "fullname" {
		column = t.primaryName
	}
	return plain(r.values[column])
}
