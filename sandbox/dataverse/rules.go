package dataverse

import (
	"encoding/base64"
	"fmt"
	"strings"
)

// rule is a table's business logic. It runs inside the transaction; before is nil when the row is new.
type rule func(c *call, r, before *row) error

var rules = map[string]rule{
	"contact":         fullNameRule,
	"lead":            fullNameRule,
	"systemuser":      fullNameRule,
	"incident":        incidentRule,
	"annotation":      annotationRule,
	"activityparty":   partyRule,
	"email":           emailRule,
	"serviceendpoint": endpointRule,
}

func (c *call) applyRules(t *table, r, before *row) error {
	if apply := rules[t.logicalName]; apply != nil {
		return apply(c, r, before)
	}
	return nil
}

// complete writes columns the platform computes.
func (c *call) complete(r *row, values map[string]any) { c.Sim.set(c.tx, r, values) }

func fullNameRule(c *call, r, _ *row) error {
	if full := strings.TrimSpace(r.text("firstname") + " " + r.text("lastname")); full != "" {
		c.complete(r, map[string]any{"fullname": full})
	}
	return nil
}

// incidentRule numbers cases, demands a customer, and keeps the state Resolved for CloseIncident (reference 2.7).
func incidentRule(c *call, r, before *row) error {
	if _, ok := r.values["customerid"]; !ok && !c.opts.AnyCustomer {
		return badRequest(codeInvalidArgument, "You should specify a parent contact or account.")
	}
	if r.int("statecode") == 1 && (before == nil || before.int("statecode") != 1) && !c.closing(r) {
		return badRequest(codeInvalidArgument, "This message can not be used to set the state of incident to Resolved. In order to set state of incident to Resolved, use the CloseIncidentRequest message instead.")
	}
	if before != nil || r.text("ticketnumber") != "" {
		return nil
	}
	c.tickets++
	c.complete(r, map[string]any{"ticketnumber": fmt.Sprintf("CAS-%05d", c.tickets)})
	return nil
}

// closing tells whether the case has just got its resolution, which only CloseIncident writes first.
func (c *call) closing(r *row) bool {
	resolutions := c.match(c.tables["incidentresolution"], map[string]any{"incidentid": ref{"incident", r.id}, "statecode": int64(0)})
	return len(resolutions) > 0
}

// annotationRule checks a note's file and gives its size.
func annotationRule(c *call, r, _ *row) error {
	values := map[string]any{"objecttypecode": nil}
	if link, ok := r.values["objectid"].(ref); ok {
		values["objecttypecode"] = link.table
	}
	body := r.text("documentbody")
	if body == "" {
		c.complete(r, values)
		return nil
	}
	file, err := base64.StdEncoding.DecodeString(body)
	if err != nil {
		return badRequest(codeInvalidArgument, "The document body is not valid base64.")
	}
	if len(file) > c.opts.MaxNoteBytes {
		return badRequest("0x80043e09", "Attachment file size is too big.")
	}
	values["isdocument"], values["filesize"] = true, int64(len(file))
	c.complete(r, values)
	return nil
}

// partyRule notes the address a resolved party has now.
func partyRule(c *call, r, _ *row) error {
	link, resolved := r.values["partyid"].(ref)
	if !resolved || r.text("addressused") != "" {
		return nil
	}
	if address := c.addressOf(link); address != "" {
		c.complete(r, map[string]any{"addressused": address})
	}
	return nil
}

func (s *Sim) addressOf(link ref) string {
	r := s.find(link.table, link.id)
	if r == nil {
		return ""
	}
	if link.table == "systemuser" {
		return r.text("internalemailaddress")
	}
	return r.text("emailaddress1")
}

// emailRule makes e-mails outgoing unless they say otherwise.
func emailRule(c *call, r, before *row) error {
	if _, said := r.values["directioncode"]; before == nil && !said {
		c.complete(r, map[string]any{"directioncode": true})
	}
	return nil
}

// endpointRule shows of the secret only that there is one (reference 1.3).
func endpointRule(c *call, r, _ *row) error {
	if r.text("name") == "" || r.int("contract") == 8 && r.text("url") == "" {
		return badRequest(codeInvalidArgument, "A webhook needs a name and a URL.")
	}
	c.complete(r, map[string]any{"isauthvalueset": r.text("authvalue") != ""})
	return nil
}
