package dataverse

import (
	"net/http"
	"strings"
)

// closeIncident resolves a case (reference 2.7): the only way into the state Resolved.
func (c *call) closeIncident() (*answer, error) {
	body, err := c.json()
	if err != nil {
		return nil, err
	}
	resolution, ok := body["IncidentResolution"].(object)
	if !ok {
		return nil, badRequest(codeInvalidArgument, "Required parameter 'IncidentResolution' is missing.")
	}
	status, err := c.resolvedStatus(body["Status"])
	if err != nil {
		return nil, err
	}
	incident, err := c.incidentOf(resolution)
	if err != nil {
		return nil, err
	}
	return reply(http.StatusNoContent, nil), c.resolve(incident, resolution, status)
}

// resolvedStatus checks the status reason; -1 takes the default of Resolved.
func (c *call) resolvedStatus(value any) (int64, error) {
	number, ok := convertNumber(value)
	if !ok {
		return 0, badRequest(codeInvalidArgument, "Required parameter 'Status' is missing.")
	}
	reasons := c.tables["incident"].statusesOf(1)
	if number == -1 {
		return int64(reasons[0].Value), nil
	}
	for _, reason := range reasons {
		if reason.Value == int(number) {
			return int64(number), nil
		}
	}
	return 0, badPair(c.tables["incident"], 1, int64(number))
}

func (c *call) incidentOf(resolution object) (*row, error) {
	address, ok := resolution["incidentid"+bindSuffix].(string)
	if !ok {
		return nil, fail(http.StatusBadRequest, "0x80044409", "The incident id is missing.")
	}
	t, incident, err := c.locate(address)
	if err != nil {
		return nil, err
	}
	if t.logicalName != "incident" {
		return nil, badRequest(codeInvalidArgument, "'%s' is not a case.", address)
	}
	if incident.int("statecode") != 0 {
		return nil, badRequest("0x80044411", "This case has already been resolved. Close and reopen the case record to see the updates.")
	}
	return incident, c.noOpenChildren(incident)
}

func (c *call) noOpenChildren(incident *row) error {
	open := c.match(c.tables["incident"], map[string]any{"parentcaseid": ref{"incident", incident.id}, "statecode": int64(0)})
	if len(open) > 0 {
		return badRequest("0x8004f456", "You can't resolve this case because it has open child cases.")
	}
	return nil
}

// resolve writes the resolution, then the case's state, then completes the resolution.
func (c *call) resolve(incident *row, resolution object, status int64) error {
	t := c.tables["incidentresolution"]
	p, err := c.decode(t, resolution)
	if err != nil {
		return err
	}
	activity, err := c.create(t, p)
	if err != nil {
		return err
	}
	if err := c.update(c.tables["incident"], incident, payload{values: map[string]any{"statecode": int64(1), "statuscode": status}}); err != nil {
		return err
	}
	return c.update(t, activity, payload{values: map[string]any{"statecode": int64(1), "statuscode": int64(2)}})
}

// bulk runs CreateMultiple, UpdateMultiple or UpsertMultiple over "Targets", all or none (reference 2.8).
func (c *call) bulk(t *table, action string) (*answer, error) {
	if err := c.onlyMethod(http.MethodPost); err != nil {
		return nil, err
	}
	body, err := c.json()
	if err != nil {
		return nil, err
	}
	targets, ok := body["Targets"].([]any)
	if !ok || len(targets) == 0 {
		return nil, badRequest(codeInvalidArgument, "Required parameter 'Targets' is missing.")
	}
	ids := make([]string, 0, len(targets))
	for _, one := range targets {
		id, err := c.bulkOne(t, action, one)
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	if action != "CreateMultiple" {
		return reply(http.StatusNoContent, nil), nil
	}
	return reply(http.StatusOK, object{"@odata.context": c.base + "$metadata#Microsoft.Dynamics.CRM.CreateMultipleResponse", "Ids": ids}), nil
}

func (c *call) bulkOne(t *table, action string, one any) (string, error) {
	body, ok := one.(object)
	if !ok || body["@odata.type"] != namespace+t.logicalName {
		return "", badRequest(codeInvalidArgument, "Each target needs the @odata.type %s%s.", namespace, t.logicalName)
	}
	p, err := c.decode(t, body)
	if err != nil {
		return "", err
	}
	if action == "CreateMultiple" {
		r, err := c.create(t, p)
		if err != nil {
			return "", err
		}
		return r.id, nil
	}
	at, err := c.bulkTarget(t, body, p)
	if err != nil {
		return "", err
	}
	return at.id, c.bulkWrite(at, action, p)
}

// bulkTarget finds the row by "@odata.id" or by the primary id in the body.
func (c *call) bulkTarget(t *table, body object, p payload) (target, error) {
	address, ok := body["@odata.id"].(string)
	if !ok {
		if p.id == "" {
			return target{}, badRequest(codeInvalidArgument, "A target has neither @odata.id nor %s.", t.id)
		}
		return target{table: t, id: p.id, row: c.find(t.logicalName, p.id)}, nil
	}
	segments, err := parsePath(strings.TrimPrefix(address, c.base))
	if err != nil {
		return target{}, err
	}
	if segments[0].name != t.set {
		return target{}, noSegment(segments[0].name)
	}
	return c.target(t, segments[0])
}

func (c *call) bulkWrite(at target, action string, p payload) error {
	if at.row != nil {
		for name := range at.keys {
			delete(p.values, name)
		}
		return c.update(at.table, at.row, p)
	}
	if action == "UpdateMultiple" {
		return at.missing()
	}
	for name := range at.keys {
		if _, repeated := p.values[name]; repeated { // only the create path fails on this (reference 2.4)
			return badRequest(codeUnexpected, "An item with the same key has already been added.")
		}
	}
	_, err := c.createAt(at, p)
	return err
}
